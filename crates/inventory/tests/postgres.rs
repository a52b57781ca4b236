//! The inventory in a real PostgreSQL server, started for the test and stopped by it.
//!
//! Without the server's programs the test says so and is skipped; with `KEYSIEVE_OUTSIDE=required`, as in CI, that is a failure.

#![cfg(feature = "postgres")]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use keysieve_inventory::audit::Fault;
use keysieve_inventory::{Error, Inventory, Key, Query, Sighting, Status};
use postgres::{Client, NoTls};

const NOON: u64 = 1_790_000_000_000;

struct Server {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

/// Where Debian and others put the server's programs.
fn program(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut places: Vec<PathBuf> = versions.map(|it| it.path().join("bin")).collect();
    places.extend(["/usr/local/bin", "/usr/bin"].map(PathBuf::from));
    places.into_iter().map(|it| it.join(name)).find(|it| it.is_file())
}

/// A command of the server, which refuses to run as root.
fn unprivileged(program: &Path) -> Command {
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
    command
}

/// A certificate for localhost in a folder, owned by whom the server runs as.
fn certify(folder: &Path) {
    // OpenSSL's own configuration would make an authority of it, which is no server.
    fs::write(folder.join("openssl.conf"), "[req]\ndistinguished_name = name\n[name]\n").unwrap();
    let mut openssl = unprivileged(Path::new("openssl"));
    openssl.args(["req", "-config", "openssl.conf", "-x509", "-nodes", "-days", "2"]);
    openssl.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    openssl.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
    openssl.args(["-keyout", "key.pem", "-out", "cert.pem"]).current_dir(folder);
    let out = openssl.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

impl Server {
    fn start() -> Option<Server> {
        let (Some(initdb), Some(postgres)) = (program("initdb"), program("postgres")) else {
            println!("skipped: no PostgreSQL");
            assert!(std::env::var_os("KEYSIEVE_OUTSIDE").is_none_or(|it| it != "required"));
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let open = Command::new("chmod").arg("777").arg(folder.path()).status().unwrap();
        assert!(open.success());
        let cluster = folder.path().join("cluster");
        let mut init = unprivileged(&initdb);
        init.args(["-U", "keysieve", "-A", "trust", "-E", "UTF8", "--no-sync", "-D"]).arg(&cluster);
        let init = init.current_dir(folder.path()).output().unwrap();
        assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
        certify(folder.path());
        // Over the network by TLS only.
        let rules = "local all all trust\nhostssl all all 127.0.0.1/32 trust\n";
        fs::write(folder.path().join("rules"), rules).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = unprivileged(&postgres);
        server.arg("-D").arg(&cluster).arg("-k").arg(folder.path()).args(["-p", &port.to_string()]);
        let path = |name: &str| folder.path().join(name).display().to_string();
        for setting in [
            "listen_addresses=127.0.0.1",
            "fsync=off",
            "ssl=on",
            &format!("ssl_cert_file={}", path("cert.pem")),
            &format!("ssl_key_file={}", path("key.pem")),
            &format!("hba_file={}", path("rules")),
        ] {
            server.args(["-c", setting]);
        }
        server.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = server.spawn().unwrap();
        let server = Server { child, folder, port };
        let begin = Instant::now();
        while Client::connect(&server.address(), NoTls).is_err() {
            assert!(begin.elapsed() < Duration::from_secs(30), "the server did not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    fn address(&self) -> String {
        let socket = self.folder.path().to_str().unwrap().replace('/', "%2F");
        format!("postgres://keysieve@{socket}:{}/postgres", self.port)
    }

    /// What opening it over the network comes to.
    fn by_network(&self, host: &str, options: &str) -> Result<Inventory, Error> {
        let address = format!("postgres://keysieve@{host}:{}/postgres{options}", self.port);
        Inventory::open(Path::new(&address), Key::new([1; 32]), NOON)
    }

    fn open(&self, key: u8) -> Result<Inventory, Error> {
        Inventory::open(Path::new(&self.address()), Key::new([key; 32]), NOON)
    }

    fn reading(&self) -> Inventory {
        let key = Some(Key::new([1; 32]));
        Inventory::open_for_reading(Path::new(&self.address()), key).unwrap()
    }

    fn tamper(&self, sql: &str) {
        Client::connect(&self.address(), NoTls).unwrap().batch_execute(sql).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

fn sighting(n: usize, source: &str) -> Sighting {
    let json = serde_json::json!({
        "fingerprint": format!("ks1:{n:040x}"), "fingerprint_key": "given", "rule": "acme-token",
        "title": "Acme token", "category": "saas", "severity": "high", "preview": "acme_…(34)",
        "source": source, "action": "report",
    });
    serde_json::from_value(json).unwrap()
}

#[test]
fn the_books_in_a_server() {
    let Some(server) = Server::start() else { return };
    let address = server.address();
    let nothing = Inventory::open_for_reading(Path::new(&address), None);
    assert!(matches!(nothing, Err(Error::Foreign)));

    let mut books = server.open(1).unwrap();
    let mut seen = vec![sighting(1, "a"), sighting(1, "a"), sighting(1, "b"), sighting(2, "a")];
    seen[2] = seen[2].clone().seen_by(Some("agent:planner"));
    books.record(&seen, NOON).unwrap();
    let all = books.list(&Query::default()).unwrap();
    assert_eq!(all.iter().map(|it| it.times).collect::<Vec<_>>(), [3, 1]);
    assert_eq!((all[0].blast.contexts, all[0].blast.sources, all[0].blast.principals), (2, 2, 1));
    assert_eq!(books.exposures(&all[0], 10).unwrap().len(), 2);
    let by = Query {
        principal: Some("agent:planner".into()),
        severity: Some("high".into()),
        ..Query::default()
    };
    assert_eq!(books.count(&by).unwrap(), 1);
    assert!(matches!(server.open(2), Err(Error::OtherKey)));

    // Four writers at once.
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let server = &server;
            scope.spawn(move || {
                let mut books = server.open(1).unwrap();
                for n in 10..30 {
                    books.record(&[sighting(n, &format!("w{writer}"))], NOON).unwrap();
                    let print = format!("{n:040x}");
                    books
                        .set_status(&print, Status::Accepted, "ann", Some("why"), NOON + 1)
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(books.statuses(NOON).unwrap().0, [2, 0, 20]);
    assert_eq!(books.trend(1, NOON + 2).unwrap()[0].open, 2);
    let verified = server.reading().verify(None).unwrap();
    assert_eq!((verified.entries, &verified.faults), (81, &vec![]));
    assert_eq!(books.prune(NOON + 5, "ann", NOON + 6).unwrap(), 20);

    server.tamper("UPDATE audit SET who = 'eve' WHERE seq = 3");
    assert_eq!(server.reading().verify(None).unwrap().faults, [Fault::Changed(3)]);
    server.tamper("UPDATE audit SET who = 'ann' WHERE seq = 3; DELETE FROM audit WHERE seq > 80");
    // With the entry that tells of the pruning, what tells why credentials are gone is gone, too.
    let faults = server.reading().verify(None).unwrap().faults;
    assert_eq!((faults.len(), &faults[0]), (21, &Fault::Truncated(82)));
    assert!(faults[1..].iter().all(|fault| matches!(fault, Fault::Gone(_))), "{faults:?}");
}

#[test]
fn a_connection_over_the_network_is_encrypted_and_checked() {
    let Some(server) = Server::start() else { return };
    let trusted =
        format!("?sslmode=verify-full&sslrootcert={}/cert.pem", server.folder.path().display());
    let mut books = server.by_network("localhost", &trusted).unwrap();
    books.record(&[sighting(1, "a")], NOON).unwrap();
    let mut inside = Client::connect(&server.address(), NoTls).unwrap();
    let encrypted = "SELECT count(*) FROM pg_stat_ssl WHERE ssl AND version IS NOT NULL";
    assert_eq!(inside.query_one(encrypted, &[]).unwrap().get::<_, i64>(0), 1);
    assert_eq!(books.count(&Query::default()).unwrap(), 1);
    // Not its name; not a known authority; not without TLS.
    for (host, options) in [
        ("127.0.0.1", trusted.as_str()),
        ("localhost", "?sslmode=require"),
        ("localhost", "?sslmode=disable"),
    ] {
        let refused = server.by_network(host, options).unwrap_err().to_string();
        let why = ["certificate", "pg_hba"].iter().any(|word| refused.contains(word));
        assert!(why && !refused.contains("keysieve@"), "{host}{options}: {refused}");
    }
}

#[test]
fn a_portion_is_entered_at_once_whatever_is_in_it() {
    let Some(server) = Server::start() else { return };
    let mut books = server.open(1).unwrap();
    // The same again and again, in several places, with characters that end strings elsewhere.
    let seen: Vec<Sighting> = (0..30_000)
        .map(|n| sighting(n % 7_000, ["a", "b\u{0}'; DROP TABLE audit; --", "{\"c\",NULL}"][n % 3]))
        .collect();
    books.record(&seen, NOON).unwrap();
    books.record(&seen[..100], NOON + 1).unwrap();
    let all = books.list(&Query::default()).unwrap();
    assert_eq!((all.len(), all.iter().map(|it| it.times).sum::<u64>()), (7_000, 30_100));
    assert!(all.iter().all(|it| it.blast.contexts == 3));
    let (first, last) = (NOON, NOON + 1);
    assert_eq!(all.iter().filter(|it| (it.first_seen, it.last_seen) == (first, last)).count(), 100);
    assert_eq!(server.reading().verify(None).unwrap().faults, []);
}
