//! Alerts and the inventory where things go wrong around them: full disks, silent receivers, storms. The text goes on.

#![cfg(target_os = "linux")]

mod receiver;
mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use receiver::Receiver;
use support::{ACME, code, feed, keysieve, stderr, stdout, token};

fn tokens(n: u32) -> String {
    (0..n).map(|n| format!("line {}\n", token(n))).collect()
}

fn redacting(folder: &Path, more: &[&str]) -> Command {
    let mut command = keysieve(folder);
    command.arg("redact").args(ACME).args(more).env("KEYSIEVE_KEY", "trouble");
    command
}

/// The same behind a line of bash that makes trouble, in which `"$@"` is the command.
fn behind(trouble: &str, folder: &Path, more: &[&str]) -> Command {
    let plain = redacting(folder, more);
    let mut command = Command::new("bash");
    command.args(["-c", trouble, "bash"]).arg(plain.get_program()).args(plain.get_args());
    command.current_dir(folder).env("KEYSIEVE_KEY", "trouble");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn redacted(out: &Output) -> usize {
    stdout(out).matches("[REDACTED:acme-token]").count()
}

/// The counts of what a receiver got, each id once.
fn findings(receiver: &Receiver) -> u64 {
    let count = |it: &receiver::Received| {
        (it.json()["id"].to_string(), it.json()["count"].as_u64().unwrap())
    };
    let by_id: std::collections::BTreeMap<String, u64> =
        receiver.received().iter().map(count).collect();
    by_id.values().sum()
}

const DEAD: [&str; 4] =
    ["--alert", "webhook:http://127.0.0.1:9/", "--alert-allow-private", "--alert-patience=0"];

/// A limit on the size of files is a disk that is full after so much.
const LIMIT: &str = "trap '' XFSZ; ulimit -f 8; exec \"$@\"";

#[test]
fn a_full_disk_is_said_and_stops_no_text() {
    let folder = support::folder();
    let more = [&DEAD[..], &["--alert-queue", "q"]].concat();
    let out = feed(behind(LIMIT, folder.path(), &more), tokens(200).as_bytes());
    assert_eq!((redacted(&out), code(&out)), (200, 2));
    assert!(stderr(&out).contains("queue cannot be written"), "{}", stderr(&out));
    // What is on disk waits there; what is not is lost, and neither is said of the other.
    let (lost, waiting) = (number(&out, "not delivered"), number(&out, "waiting in the queue"));
    assert_eq!(lost + waiting, 200, "{}", stderr(&out));
    assert!(lost > 0, "{}", stderr(&out));
    let mut send = keysieve(folder.path());
    send.args(["alert", "send", "--alert", "file:told.jsonl", "--alert-queue", "q"]);
    assert_eq!(code(&send.output().unwrap()), 0);
    let told = fs::read_to_string(folder.path().join("told.jsonl")).unwrap_or_default();
    assert_eq!(told.lines().count(), waiting);
}

/// The number of alerts of which `what` is said.
fn number(out: &Output, what: &str) -> usize {
    let said = stderr(out);
    let line = said.lines().find(|line| line.contains(what)).unwrap_or_default();
    line.split(' ').find_map(|word| word.parse().ok()).unwrap_or(0)
}

#[test]
fn what_has_no_room_on_a_full_disk_is_delivered_from_memory() {
    let folder = support::folder();
    let Some(receiver) = Receiver::start(folder.path(), &[]) else { return };
    fs::create_dir(folder.path().join("q")).unwrap();
    // A disk of its own of 64 KiB, which only this command sees.
    let mount = "unshare -m bash -c 'mount -t tmpfs -o size=64k none q && \"$@\"; code=$?; df --output=avail q >&2; exit $code' bash \"$@\"";
    if !Command::new("unshare").args(["-m", "true"]).status().is_ok_and(|it| it.success()) {
        receiver::missing("right to mount");
        return;
    }
    let sink = format!("webhook:{}", receiver.url());
    let more = ["--alert", &sink, "--alert-allow-private", "--alert-queue", "q", "--alert-sync"];
    let out = feed(behind(mount, folder.path(), &more), tokens(900).as_bytes());
    assert_eq!((redacted(&out), code(&out)), (900, 2), "{}", stderr(&out));
    assert!(stderr(&out).contains("no space left on device"), "{}", stderr(&out));
    assert_eq!(findings(&receiver), 900);
}

#[test]
fn a_sink_without_room_is_said_and_what_waits_stays_in_the_queue() {
    let folder = support::folder();
    let full = ["--alert", "file:/dev/full", "--alert-queue", "q", "--alert-patience=1"];
    let out = feed(redacting(folder.path(), &full), tokens(20).as_bytes());
    assert_eq!((redacted(&out), code(&out)), (20, 0), "{}", stderr(&out));
    let said = stderr(&out);
    assert!(said.contains("no space left on device"), "{said}");
    assert!(said.contains("20 alerts waiting in the queue"), "{said}");
    let mut send = keysieve(folder.path());
    send.args(["alert", "send", "--alert", "file:told.jsonl", "--alert-queue", "q"]);
    assert_eq!(code(&send.output().unwrap()), 0);
    assert_eq!(fs::read_to_string(folder.path().join("told.jsonl")).unwrap().lines().count(), 20);
}

#[test]
fn an_inventory_without_room_is_said_and_stops_no_text() {
    let folder = support::folder();
    let more = ["--inventory", "books.db"];
    // The file can be made; it cannot grow.
    assert_eq!(code(&feed(redacting(folder.path(), &more), tokens(1).as_bytes())), 0);
    let limit = "trap '' XFSZ; ulimit -f 64; exec \"$@\"";
    let out = feed(behind(limit, folder.path(), &more), tokens(5_000).as_bytes());
    assert_eq!((redacted(&out), code(&out)), (5_000, 2));
    assert!(stderr(&out).contains("books.db: "), "{}", stderr(&out));
    let mut verify = keysieve(folder.path());
    verify.args(["inventory", "verify", "--inventory", "books.db"]).env("KEYSIEVE_KEY", "trouble");
    let out = verify.output().unwrap();
    assert_eq!(code(&out), 0, "what was there is whole: {}{}", stdout(&out), stderr(&out));
}

#[test]
fn an_inventory_that_another_process_holds_stops_no_text() {
    const HOLD: &str = "import sqlite3, sys
books = sqlite3.connect('books.db', isolation_level=None)
books.executescript(sys.argv[1])
print('held', flush=True)
sys.stdin.read()";
    let folder = support::folder();
    let more = ["--inventory", "books.db"];
    assert_eq!(code(&feed(redacting(folder.path(), &more), tokens(1).as_bytes())), 0);
    // The first keeps others from writing, the second from opening it.
    for how in ["BEGIN IMMEDIATE", "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE"] {
        let mut holder = Command::new("python3");
        holder.args(["-c", HOLD, how]).current_dir(folder.path());
        let Ok(mut holder) = holder.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
            receiver::missing("python3");
            return;
        };
        let mut said = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "held\n", "{how}");
        let out = feed(redacting(folder.path(), &more), tokens(20).as_bytes());
        // It is let go only now.
        drop(holder.stdin.take());
        holder.wait().unwrap();
        assert_eq!((redacted(&out), code(&out)), (20, 2), "{how}: {}", stderr(&out));
        assert!(stderr(&out).contains("20 findings not entered"), "{how}: {}", stderr(&out));
    }
    assert_eq!(code(&feed(redacting(folder.path(), &more), tokens(20).as_bytes())), 0);
}

#[test]
fn a_receiver_that_says_nothing_holds_no_text_up() {
    let folder = support::folder();
    // It takes connections, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let sink = format!("webhook:http://{}/", silent.local_addr().unwrap());
    let more = ["--alert", &sink, "--alert-allow-private", "--alert-patience=0"];
    let mut child = redacting(folder.path(), &more).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    for n in 0..2_000 {
        stdin.write_all(format!("a {} b\n", token(n)).as_bytes()).unwrap();
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert_eq!(line, "a [REDACTED:acme-token] b\n");
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(2));
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("not delivered"), "{said}");
}

/// Tokens of 18 bytes, so that 50,000 of them are less than a megabyte.
const SHORT: &str = r#"
[[rule]]
id = "zed-key"
title = "Zed key"
category = "saas"
why = "Reads and writes the owner's Zed projects."
severity = "high"
confidence = "certain"
anchors = ["zed_"]
pattern = 'zed_[0-9a-z]{14}'
hits = ["ZED={secret}", "token: {secret}"]
misses = ["zed_{lower:5}", "zed_"]
"#;

/// The most memory that a process had, in KiB.
fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_storm_is_told_in_numbers_and_redaction_goes_on() {
    const STORM: usize = 50_000;
    let folder = support::folder();
    fs::write(folder.path().join("zed.toml"), SHORT).unwrap();
    let Some(receiver) = Receiver::start(folder.path(), &[]) else { return };
    let storm: String = (0..STORM as u32).map(|n| format!("zed_{}\n", &token(n)[10..24])).collect();
    assert!(storm.len() < 1_000_000);
    let sink = format!("webhook:{}", receiver.url());
    let mut command = keysieve(folder.path());
    command.args(["redact", "--no-builtin", "--pack", "zed.toml", "--alert", &sink]);
    command.args(["--alert-allow-private", "--alert-queue", "q", "--alert-patience", "60"]);
    let mut child = command.env("KEYSIEVE_KEY", "storm").stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let peak = std::thread::scope(|scope| {
        let (seen, sees) = std::sync::mpsc::channel();
        scope.spawn(move || {
            stdin.write_all(storm.as_bytes()).unwrap();
            // It stays open until it was looked at how much memory the storm took.
            let _ = sees.recv();
        });
        let mut lines = out.lines().map(Result::unwrap);
        // The last one may go on behind the end of its line, for all that is known.
        let told = lines.by_ref().take(STORM - 1);
        assert!(told.into_iter().all(|line| line == "[REDACTED:zed-key]"));
        let peak = peak(child.id());
        seen.send(()).unwrap();
        assert_eq!(lines.collect::<Vec<_>>(), ["[REDACTED:zed-key]"]);
        peak
    });
    assert!(child.wait().unwrap().success());
    println!("{peak} KiB");
    assert!(peak < 64 * 1024, "{peak} KiB");
    let told = receiver.received().len();
    assert!(told <= 1_001, "{told}");
    assert_eq!(findings(&receiver), STORM as u64);
}
