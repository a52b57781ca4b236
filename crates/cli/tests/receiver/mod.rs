//! Programs that receive alerts, for as long as a test runs.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program is not there: a skip, or in CI a failure.
pub fn missing(name: &str) {
    println!("skipped: no {name}");
    let required = std::env::var_os("KEYSIEVE_OUTSIDE").is_some_and(|value| value == "required");
    assert!(!required, "{name} must be there");
}

/// Runs a script of `tests/outside` in Node, beside the packages that CI installs.
pub fn node(name: &str, file: &Path) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside").join(name);
    let mut node = Command::new("node");
    node.arg(script).arg(file);
    if let Some(root) = std::env::var_os("KEYSIEVE_NODE") {
        node.current_dir(root);
    }
    match node.output() {
        Ok(out) => {
            let said = String::from_utf8_lossy(&out.stdout).into_owned()
                + &String::from_utf8_lossy(&out.stderr);
            println!("{said}");
            assert!(out.status.success(), "{said}");
        }
        Err(_) => missing("node"),
    }
}

/// A request that arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
    /// What a reader of another hand made of it.
    pub read: Value,
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A web server in Python.
pub struct Receiver {
    child: Child,
    file: PathBuf,
    url: String,
}

impl Receiver {
    pub fn start(folder: &Path, more: &[&str]) -> Option<Receiver> {
        let file = folder.join("received.jsonl");
        fs::write(&file, "").unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside/receiver.py");
        let mut python = Command::new("python3");
        python.arg(script).arg(&file).args(more).stdin(Stdio::piped()).stdout(Stdio::piped());
        python.env("KEYSIEVE_WEBHOOK_SECRET", "whsec_c2VjcmV0IG9mIGEgdGVzdA==");
        let Ok(mut child) = python.spawn() else {
            missing("python3");
            return None;
        };
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let url = format!("http://127.0.0.1:{}/", port.trim());
        Some(Receiver { child, file, url })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn received(&self) -> Vec<Received> {
        let text = fs::read_to_string(&self.file).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .map(|line| Received {
                path: line["path"].as_str().unwrap().to_owned(),
                headers: serde_json::from_value(line["headers"].clone()).unwrap(),
                body: line["body"].as_str().unwrap().to_owned(),
                read: line["read"].clone(),
            })
            .collect()
    }

    pub fn wait_for(&self, count: usize) {
        wait(|| fs::read_to_string(&self.file).unwrap().lines().count() >= count);
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The OTLP receiver of the OpenTelemetry Collector, built by Go. The first build takes a minute, later ones find it done.
pub struct Collector {
    child: Child,
    file: PathBuf,
    /// `HOST:PORT` of OTLP over HTTP.
    pub address: String,
}

impl Collector {
    pub fn start(folder: &Path) -> Option<Collector> {
        let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside/otlp");
        let program = folder.join("collector");
        let mut go = Command::new("go");
        go.args(["build", "-o"]).arg(&program).arg(".").current_dir(module);
        let Ok(built) = go.output() else {
            missing("go");
            return None;
        };
        if !built.status.success() {
            println!("{}", String::from_utf8_lossy(&built.stderr));
            missing("OpenTelemetry Collector that builds");
            return None;
        }
        let file = folder.join("records.jsonl");
        fs::write(&file, "").unwrap();
        let mut command = Command::new(program);
        command.arg(&file).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Some(Collector { child, file, address: address.trim().to_owned() })
    }

    /// What it took, one for each record of a log.
    pub fn records(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.file).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait(done: impl Fn() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < PATIENCE, "it did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Debian's rsyslog, listening for UDP, TCP and TLS.
pub struct Rsyslog {
    child: Child,
    file: PathBuf,
    /// Of UDP, TCP and TLS.
    pub ports: [u16; 3],
}

impl Rsyslog {
    pub fn start(folder: &Path, cert: &str, key: &str) -> Option<Rsyslog> {
        let tcp = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let ports = [udp, tcp(), tcp()];
        let file = folder.join("syslog.jsonl");
        fs::write(&file, "").unwrap();
        let fields = ["pri", "protocol-version", "app-name", "msgid", "structured-data", "msg"];
        let fields: Vec<String> =
            fields.iter().map(|it| format!("\\\"{it}\\\":\\\"%{it}:::json%\\\"")).collect();
        let config = format!(
            "global(DefaultNetstreamDriverCAFile=\"{cert}\" DefaultNetstreamDriverCertFile=\"{cert}\" DefaultNetstreamDriverKeyFile=\"{key}\" maxMessageSize=\"16k\")\n\
             module(load=\"imudp\")\nmodule(load=\"imptcp\")\n\
             module(load=\"imtcp\" StreamDriver.Name=\"gtls\" StreamDriver.Mode=\"1\" StreamDriver.AuthMode=\"anon\")\n\
             template(name=\"all\" type=\"string\" string=\"{{{}}}\\n\")\n\
             input(type=\"imudp\" address=\"127.0.0.1\" port=\"{}\")\n\
             input(type=\"imptcp\" address=\"127.0.0.1\" port=\"{}\")\n\
             input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{}\")\n\
             action(type=\"omfile\" file=\"{}\" template=\"all\" asyncWriting=\"off\" flushOnTXEnd=\"on\")\n",
            fields.join(","),
            ports[0],
            ports[1],
            ports[2],
            file.display()
        );
        let conf = folder.join("rsyslog.conf");
        fs::write(&conf, config).unwrap();
        let program = ["/usr/sbin/rsyslogd", "rsyslogd"]
            .into_iter()
            .find(|name| Command::new(name).arg("-v").output().is_ok());
        let Some(program) = program else {
            missing("rsyslogd");
            return None;
        };
        let mut command = Command::new(program);
        command.arg("-n").arg("-f").arg(&conf).arg("-i").arg(folder.join("rsyslog.pid"));
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let rsyslog = Rsyslog { child, file, ports };
        for port in &ports[1..] {
            wait(|| std::net::TcpStream::connect(("127.0.0.1", *port)).is_ok());
        }
        Some(rsyslog)
    }

    /// Messages of ours; rsyslog logs about itself too.
    pub fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.file).unwrap();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["app-name"] == "keysieve").collect()
    }

    pub fn wait_for(&self, done: impl Fn(&[Value]) -> bool) {
        wait(|| done(&self.lines()));
    }
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
