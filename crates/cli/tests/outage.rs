//! A receiver that is gone for a whole minute, while findings arrive: afterwards it has all of them.
//!
//! Takes that minute, and is left out unless it is asked for: `cargo test -p keysieve-cli --test outage -- --ignored`.

mod receiver;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use receiver::{Received, Receiver};
use support::{ACME, keysieve, token};

const OUTAGE: Duration = Duration::from_secs(60);

/// A run that goes on until its input ends.
fn stream(folder: &Path, url: &str) -> Child {
    let mut command = keysieve(folder);
    command.arg("redact").args(ACME).env("KEYSIEVE_KEY", "outage");
    command.args(["--alert", &format!("webhook:{url}"), "--alert-allow-private"]);
    command.args(["--alert-queue", "q", "--alert-patience", "120"]);
    command.stdin(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap()
}

/// Hands a finding to a run, and waits until its placeholder comes out: from then on it counts.
struct Feeder {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Feeder {
    fn new(mut child: Child) -> Feeder {
        let out = BufReader::new(child.stdout.take().unwrap());
        Feeder { child, out }
    }

    fn feed(&mut self, n: u32) {
        let line = format!("a {} b\n", token(n));
        self.child.stdin.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
        let mut shown = String::new();
        self.out.read_line(&mut shown).unwrap();
        assert_eq!(shown, "a [REDACTED:acme-token] b\n");
    }
}

/// The ids that each credential was told under.
fn ids(received: &[Received]) -> BTreeMap<String, BTreeSet<String>> {
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for alert in received.iter().map(Received::json) {
        let text = |key: &str| alert[key].as_str().unwrap().to_owned();
        assert_eq!(alert["count"], 1);
        ids.entry(text("fingerprint")).or_default().insert(text("id"));
    }
    ids
}

#[test]
#[ignore = "takes more than a minute"]
fn nothing_is_lost_while_the_receiver_is_down_for_a_minute() {
    let (before, after) = (support::folder(), support::folder());
    let folder = support::folder();
    let Some(receiver) = Receiver::start(before.path(), &[]) else { return };
    let url = receiver.url().to_owned();
    let port = url.trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
    let mut run = Feeder::new(stream(folder.path(), &url));
    for n in 0..5 {
        run.feed(n);
    }
    receiver.wait_for(5);
    let mut told = receiver.received();
    drop(receiver);

    let begin = Instant::now();
    let mut fed = 5;
    let mut killed = false;
    while begin.elapsed() < OUTAGE {
        run.feed(fed);
        fed += 1;
        if !killed && begin.elapsed() > OUTAGE / 2 {
            // Half way through, the run is killed too, and the next one goes on with what it left.
            killed = true;
            run.child.kill().unwrap();
            run.child.wait().unwrap();
            run = Feeder::new(stream(folder.path(), &url));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let receiver = Receiver::start(after.path(), &["--port", &port]).unwrap();
    run.feed(fed);
    fed += 1;
    drop(run.child.stdin.take());
    assert!(run.child.wait().unwrap().success(), "everything was delivered");

    told.extend(receiver.received());
    let ids = ids(&told);
    println!("{fed} findings, {} deliveries", told.len());
    assert_eq!(ids.len() as u32, fed, "each of them was told");
    assert!(fed > 300 && ids.values().all(|ids| ids.len() == 1), "under one id");
    let left = std::fs::read_dir(folder.path().join("q")).unwrap().count();
    assert_eq!(left, 0, "nothing is left behind");
}
