//! What is left of the alert queue after a loss of power: only what was forced to the disk.
//!
//! A run under `strace` tells every write and every wait for the disk in their order. At each moment at which text leaves, the
//! alerts of its placeholders have to be among what is on the disk by then. Without `--alert-sync` they are not: that is how we
//! know that the search would find it.

#![cfg(target_os = "linux")]

mod receiver;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use support::{ACME, token};

const LINES: u32 = 20;

/// Runs `redact` line by line; gives the trace, or nothing where processes cannot be traced.
fn traced(folder: &Path, more: &[&str]) -> Option<String> {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-s", "1000000", "-e", "trace=write,fsync,fdatasync,rename"]);
    strace.args(["-o", "trace", env!("CARGO_BIN_EXE_keysieve"), "redact"]).args(ACME);
    strace.args(["--mode", "hash", "--alert", "webhook:http://127.0.0.1:9/"]);
    strace.args(["--alert-allow-private", "--alert-queue", "q", "--alert-patience", "0"]);
    strace.args(more).current_dir(folder).env("KEYSIEVE_KEY", "power");
    strace.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = strace.spawn() else {
        receiver::missing("strace");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    for n in 0..LINES {
        let mut line = String::new();
        let fed = stdin.write_all(format!("a {} b\n", token(n)).as_bytes());
        if fed.is_err() || out.read_line(&mut line).unwrap() == 0 {
            receiver::missing("right to trace processes");
            return None;
        }
        assert!(line.starts_with("a [REDACTED:acme-token:"), "{line}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
    Some(fs::read_to_string(folder.join("trace")).unwrap())
}

/// The eight digits behind each `mark`.
fn prints(line: &str, mark: &str) -> BTreeSet<String> {
    line.split(mark).skip(1).filter_map(|rest| rest.get(..8)).map(str::to_owned).collect()
}

/// What a trace came to.
#[derive(Debug, Default)]
struct Disk {
    written: BTreeSet<String>,
    /// What each process waits for, while it waits.
    waiting: BTreeMap<String, BTreeSet<String>>,
    durable: BTreeSet<String>,
    shown: usize,
    /// Shown, but not on the disk by then.
    early: usize,
    /// The last of the queue's names is on the disk.
    named: bool,
}

impl Disk {
    fn take(&mut self, line: &str) {
        let (pid, call) = line.split_once(' ').unwrap();
        let call = call.trim_start();
        let of_queue = call.contains(".queue>") || call.contains(".new>");
        if call.starts_with("write(1<") {
            let shown = prints(call, "[REDACTED:acme-token:");
            self.shown += shown.len();
            self.early += shown.difference(&self.durable).count();
        } else if call.starts_with("write(") && of_queue {
            self.written.extend(prints(call, "ks1:"));
        } else if call.starts_with("rename(") {
            self.named = false;
        } else if call.starts_with("fsync(") && call.contains("/q>") {
            self.named = true;
        } else if call.starts_with("fdatasync(") && of_queue {
            self.waiting.insert(pid.to_owned(), self.written.clone());
        }
        let ended = call.starts_with("fdatasync(") || call.starts_with("<... fdatasync resumed>");
        if ended && call.ends_with("= 0") {
            self.durable.extend(self.waiting.remove(pid).unwrap_or_default());
        }
    }
}

fn disk(more: &[&str]) -> Option<Disk> {
    let folder = support::folder();
    let trace = traced(folder.path(), more)?;
    let mut disk = Disk::default();
    trace.lines().for_each(|line| disk.take(line));
    println!("{} shown, {} of them early, {} durable", disk.shown, disk.early, disk.durable.len());
    assert_eq!((disk.shown, disk.written.len()), (LINES as usize, LINES as usize));
    assert!(disk.named, "the name of the queue would be lost");
    Some(disk)
}

#[test]
fn what_was_shown_survives_the_loss_of_power() {
    let Some(forced) = disk(&["--alert-sync"]) else { return };
    assert_eq!(forced.early, 0);
    let written = disk(&[]).unwrap();
    assert_eq!(written.early, LINES as usize, "the control must lose them");
}
