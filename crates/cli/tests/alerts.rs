//! Alerts received by real programs on loopback: a web server, rsyslog, OpenTelemetry's own types; and what survives a kill.
//!
//! A program that is not there is said and skipped; with `KEYSIEVE_OUTSIDE=required`, as in CI, that is a failure. Built with the
//! feature `acknowledge-first`, which lets text go before its alert is written, the test that kills must find losses: that is how
//! we know that it would.

mod receiver;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use receiver::{Received, Receiver, missing};
use support::{ACME, code, feed, keysieve, stderr, stdout, token};

/// A command with one sink on loopback.
fn alerting(folder: &Path, verb: &str, sink: &str, more: &[&str]) -> Command {
    let mut command = keysieve(folder);
    command.arg(verb).args(ACME).args(["--alert", sink, "--alert-allow-private"]).args(more);
    command
        .env("KEYSIEVE_KEY", "alerts")
        .env("KEYSIEVE_WEBHOOK_SECRET", "whsec_c2VjcmV0IG9mIGEgdGVzdA==");
    command
}

fn redact(folder: &Path, sink: &str, more: &[&str], input: &str) -> Output {
    feed(alerting(folder, "redact", sink, more), input.as_bytes())
}

fn tokens(n: u32) -> String {
    (0..n).map(|n| format!("line {}\n", token(n))).collect()
}

/// The sum of the counts of what the generic webhook got, each id once.
fn findings(received: &[Received]) -> u64 {
    let by_id: BTreeMap<String, u64> = received
        .iter()
        .map(|it| {
            (it.json()["id"].as_str().unwrap().to_owned(), it.json()["count"].as_u64().unwrap())
        })
        .collect();
    by_id.values().sum()
}

#[test]
fn a_webhook_gets_signed_alerts_that_add_up() {
    let folder = support::folder();
    let Some(receiver) = Receiver::start(folder.path(), &[]) else { return };
    let text = format!("{}{}{}", tokens(3), tokens(2), tokens(1));
    let out = redact(folder.path(), &format!("webhook:{}hook", receiver.url()), &[], &text);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    assert!(stderr(&out).contains("5 alerts delivered"), "{}", stderr(&out));
    let received = receiver.received();
    assert_eq!(findings(&received), 6);
    for one in &received {
        assert_eq!(
            one.headers["webhook-id"],
            format!("msg_{}", one.json()["id"].as_str().unwrap())
        );
        assert!(one.read.is_null() || one.read == "verified", "{}", one.read);
        assert!(!one.body.contains("acme_live_0") && !one.body.contains(&token(0)[10..18]));
    }
    let scanned = feed(
        alerting(
            folder.path(),
            "scan",
            &format!("webhook:{}scan", receiver.url()),
            &["-f", "jsonl"],
        ),
        tokens(2).as_bytes(),
    );
    assert_eq!(code(&scanned), 1);
    assert_eq!(receiver.received().len(), received.len() + 2);
}

#[test]
fn chats_pagers_and_opentelemetry_get_their_shapes() {
    let folder = support::folder();
    let Some(receiver) = Receiver::start(folder.path(), &[]) else { return };
    let url = receiver.url();
    for sink in [format!("slack:{url}slack"), format!("teams:{url}teams"), format!("otlp:{url}")] {
        let out = redact(folder.path(), &sink, &[], &tokens(3));
        assert_eq!(code(&out), 0, "{sink}: {}", stderr(&out));
    }
    let mut pager = alerting(folder.path(), "redact", &format!("pagerduty:{url}v2/enqueue"), &[]);
    pager.env("KEYSIEVE_PAGERDUTY_KEY", "routing");
    assert_eq!(code(&feed(pager, tokens(1).as_bytes())), 0);
    let received = receiver.received();
    let at = |path: &str| received.iter().find(|it| it.path == path).unwrap().json();
    let slack = received.iter().find(|it| it.path == "/slack").unwrap();
    match slack.read.is_null() {
        true => missing("slack_sdk"),
        // What Slack's own types made of it is what we sent.
        false => assert_eq!(slack.read, slack.json()["blocks"]),
    }
    fs::write(folder.path().join("card.json"), at("/teams").to_string()).unwrap();
    receiver::node("card.js", &folder.path().join("card.json"));
    let card = &at("/teams")["attachments"][0]["content"];
    assert_eq!((&card["type"], &card["version"]), (&"AdaptiveCard".into(), &"1.4".into()));
    let event = at("/v2/enqueue");
    assert_eq!(
        (&event["event_action"], &event["routing_key"]),
        (&"trigger".into(), &"routing".into())
    );
    assert!(event["dedup_key"].as_str().unwrap().starts_with("ks1:"));
    let payload = &event["payload"];
    assert!(["summary", "source", "timestamp"].iter().all(|key| payload[key].is_string()));
    assert_eq!(payload["severity"], "error");
    let logs = received.iter().find(|it| it.path == "/v1/logs").unwrap();
    if logs.read.is_null() {
        missing("opentelemetry-proto");
        return;
    }
    let record = &logs.read[0];
    assert_eq!((&record["event"], &record["severity"]), (&"secret.detected".into(), &17.into()));
    assert_eq!(record["attributes"]["gen_ai.guardrail.verdict.type"], "modify");
}

#[test]
fn an_alert_leaves_while_the_stream_runs() {
    let folder = support::folder();
    let Some(receiver) = Receiver::start(folder.path(), &[]) else { return };
    let mut command =
        alerting(folder.path(), "redact", &format!("webhook:{}", receiver.url()), &[]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // What follows decides that the token is not broken at the edge of a line.
    stdin.write_all(format!("{} end\n", token(0)).as_bytes()).unwrap();
    stdin.flush().unwrap();
    // The stream stays open until the alert is there.
    receiver.wait_for(1);
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_receiver_that_stumbles_gets_the_same_id_again() {
    let folder = support::folder();
    let Some(receiver) = Receiver::start(folder.path(), &["--say", "503,429,500"]) else { return };
    let out = redact(folder.path(), &format!("webhook:{}", receiver.url()), &[], &tokens(1));
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let received = receiver.received();
    let ids: BTreeSet<&String> = received.iter().map(|it| &it.headers["webhook-id"]).collect();
    assert_eq!((received.len(), ids.len()), (4, 1));
}

#[test]
fn redirects_are_not_followed_and_refusals_are_told() {
    let folder = support::folder();
    let Some(receiver) = Receiver::start(folder.path(), &["--say", "302,307,400"]) else { return };
    let out = redact(folder.path(), &format!("webhook:{}s3cr3t", receiver.url()), &[], &tokens(1));
    assert_eq!(code(&out), 2);
    assert!(stderr(&out).contains("redirects are not followed"), "{}", stderr(&out));
    assert!(stderr(&out).contains("answered 400") && !stderr(&out).contains("s3cr3t"));
    assert!(receiver.received().iter().all(|it| it.path == "/s3cr3t"));
}

#[test]
fn private_addresses_are_refused_unless_allowed() {
    let folder = support::folder();
    let Some(receiver) = Receiver::start(folder.path(), &[]) else { return };
    let port = receiver.url().rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    for host in ["localhost", "127.0.0.1", "127.1", "[::ffff:127.0.0.1]", "0x7f000001"] {
        let mut command = keysieve(folder.path());
        let sink = format!("webhook:https://{host}:{port}/");
        command.arg("redact").args(ACME).args(["--alert", &sink, "--alert-patience", "1"]);
        let out = feed(command, tokens(1).as_bytes());
        assert_eq!(code(&out), 2, "{host}");
        assert!(stderr(&out).contains("--alert-allow-private"), "{host}: {}", stderr(&out));
        assert!(stdout(&out).contains("[REDACTED:acme-token]"), "redaction goes on");
    }
    assert!(receiver.received().is_empty());
}

#[test]
fn tls_is_checked() {
    let folder = support::folder();
    let Some((cert, key)) = certificate(folder.path()) else { return };
    let Some(receiver) = Receiver::start(folder.path(), &["--tls", &cert, &key]) else { return };
    let sink =
        format!("webhook:{}", receiver.url().replace("http://127.0.0.1", "https://localhost"));
    let out = redact(folder.path(), &sink, &["--alert-ca", &cert], &tokens(1));
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    assert_eq!(receiver.received().len(), 1);
    // The public authorities do not know it.
    let out = redact(folder.path(), &sink, &["--alert-patience", "1"], &tokens(1));
    assert_eq!(code(&out), 2, "{}", stderr(&out));
    assert_eq!(receiver.received().len(), 1);
}

/// A certificate for localhost, made by OpenSSL.
fn certificate(folder: &Path) -> Option<(String, String)> {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (cert, key) = (path("cert.pem"), path("key.pem"));
    // Its own configuration would make an authority of it, which is no server.
    fs::write(path("openssl.conf"), "[req]\ndistinguished_name = name\n[name]\n").unwrap();
    let mut openssl = Command::new("openssl");
    openssl.args([
        "req",
        "-config",
        &path("openssl.conf"),
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]);
    openssl.args([
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
    ]);
    openssl.args(["-keyout", &key, "-out", &cert]);
    match openssl.output() {
        Ok(out) => {
            assert!(out.status.success(), "{}", stderr(&out));
            Some((cert, key))
        }
        Err(_) => {
            missing("openssl");
            None
        }
    }
}

#[test]
fn rsyslog_gets_every_alert_over_udp_tcp_and_tls() {
    let folder = support::folder();
    let Some((cert, key)) = certificate(folder.path()) else { return };
    let Some(rsyslog) = receiver::Rsyslog::start(folder.path(), &cert, &key) else { return };
    for (scheme, port) in ["udp", "tcp", "tls"].iter().zip(rsyslog.ports) {
        let sink = format!("syslog+{scheme}://localhost:{port}");
        let name = format!("{scheme}.txt");
        fs::write(folder.path().join(&name), tokens(20)).unwrap();
        let out = alerting(folder.path(), "scan", &sink, &["--alert-ca", &cert, "-q", &name])
            .output()
            .unwrap();
        assert_eq!(code(&out), 1, "{scheme}: {}", stderr(&out));
        rsyslog.wait_for(|lines| {
            lines.iter().filter(|it| it["structured-data"].to_string().contains(&name)).count()
                == 20
        });
    }
    // The public authorities do not know it: nothing is said to it.
    let before = rsyslog.lines().len();
    let sink = format!("syslog+tls://localhost:{}", rsyslog.ports[2]);
    let out = alerting(folder.path(), "scan", &sink, &["--alert-patience", "1", "tls.txt"]);
    assert_eq!(code(&feed(out, b"")), 2);
    assert_eq!(rsyslog.lines().len(), before);
    for line in rsyslog.lines() {
        assert_eq!((&line["app-name"], &line["msgid"]), (&"keysieve".into(), &"FINDING".into()));
        assert_eq!((&line["pri"], &line["protocol-version"]), (&"83".into(), &"1".into()));
        assert!(line["structured-data"].as_str().unwrap().starts_with("[finding@32473 id=\""));
    }
}

#[test]
fn a_dead_receiver_stops_nothing_and_the_next_run_delivers() {
    let folder = support::folder();
    let queue = ["--alert-queue", "q", "--alert-patience", "0"];
    let out = redact(folder.path(), "webhook:http://127.0.0.1:9/", &queue, &tokens(30));
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    assert!(stderr(&out).contains("30 alerts waiting in the queue"), "{}", stderr(&out));
    let Some(receiver) = Receiver::start(folder.path(), &[]) else { return };
    let out = send(folder.path(), &receiver);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    assert_eq!(findings(&receiver.received()), 30);
    assert_eq!(fs::read_dir(folder.path().join("q")).unwrap().count(), 0, "nothing is left behind");
}

fn send(folder: &Path, receiver: &Receiver) -> Output {
    let mut command = keysieve(folder);
    command.args(["alert", "send", "--alert", &format!("webhook:{}", receiver.url())]);
    command.args(["--alert-queue", "q", "--alert-allow-private", "--alert-patience", "60"]);
    command.output().unwrap()
}

#[test]
fn a_damaged_queue_is_counted_said_and_read() {
    let folder = support::folder();
    let queue = ["--alert-queue", "q", "--alert-patience", "0"];
    redact(folder.path(), "webhook:http://127.0.0.1:9/", &queue, &tokens(30));
    let file = fs::read_dir(folder.path().join("q")).unwrap().map(|it| it.unwrap().path());
    let file = file.into_iter().find(|it| it.extension().unwrap() == "queue").unwrap();
    let mut text = fs::read(&file).unwrap();
    // A bit is flipped in the middle, and the end is cut off within a line.
    let middle = text.len() / 2;
    text[middle] ^= 4;
    text.truncate(text.len() - 50);
    fs::write(&file, text).unwrap();
    let Some(receiver) = Receiver::start(folder.path(), &[]) else { return };
    let out = send(folder.path(), &receiver);
    assert!(stderr(&out).contains("2 lines of the alert queue did not hold"), "{}", stderr(&out));
    assert_eq!((findings(&receiver.received()), code(&out)), (28, 2));
}

#[test]
fn a_queue_that_lost_its_end_is_noticed() {
    // Whole lines are cut off, it was emptied, or it was removed.
    for left in [Some(20), Some(0), None] {
        let folder = support::folder();
        let queue = ["--alert-queue", "q", "--alert-patience", "0"];
        redact(folder.path(), "webhook:http://127.0.0.1:9/", &queue, &tokens(30));
        let file = fs::read_dir(folder.path().join("q")).unwrap().map(|it| it.unwrap().path());
        let file = file.into_iter().find(|it| it.extension().unwrap() == "queue").unwrap();
        let text = fs::read_to_string(&file).unwrap();
        match left {
            Some(lines) => {
                // How far the sink got stands in the first line.
                let some = text.lines().take(lines + 1).filter(|_| lines > 0);
                fs::write(&file, some.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
            }
            None => fs::remove_file(&file).unwrap(),
        }
        let send = || {
            let mut command = keysieve(folder.path());
            command.args(["alert", "send", "--alert", "file:told", "--alert-queue", "q"]);
            command.output().unwrap()
        };
        let out = send();
        let lost = 30 - left.unwrap_or(0);
        let said = format!("{lost} lines of the alert queue did not hold or are missing");
        assert!(stderr(&out).contains(&said) && code(&out) == 2, "{left:?}: {}", stderr(&out));
        // Said once: nothing is left behind.
        assert_eq!(code(&send()), 0);
        assert_eq!(fs::read_dir(folder.path().join("q")).unwrap().count(), 0);
    }
}

#[test]
fn a_mistyped_queue_is_not_made() {
    let folder = support::folder();
    let mut command = keysieve(folder.path());
    command.args(["alert", "send", "--alert", "file:told", "--alert-queue", "typo"]);
    let out = command.output().unwrap();
    assert!(code(&out) == 2 && stderr(&out).contains("no such file"), "{}", stderr(&out));
    assert!(!folder.path().join("typo").exists());
}

#[test]
fn what_a_sink_has_is_not_told_to_it_again_because_another_is_down() {
    let folder = support::folder();
    let more = ["--alert", "webhook:http://127.0.0.1:9/", "--alert-queue", "q"];
    let more = [&more[..], &["--alert-patience", "1"]].concat();
    for (n, input) in [tokens(5), String::new(), String::new()].iter().enumerate() {
        let out = redact(folder.path(), "file:told.jsonl", &more, input);
        assert!(stderr(&out).contains("5 alerts waiting"), "{n}: {}", stderr(&out));
        let told = fs::read_to_string(folder.path().join("told.jsonl")).unwrap();
        assert_eq!(told.lines().count(), 5, "run {n}");
    }
}

/// Findings of one run: fewer than are told one by one.
const EACH: u32 = 100;

/// Kills a run at a random moment; gives the short fingerprints of the placeholders that had left by then.
fn killed(folder: &Path, sink: &str, round: u32) -> BTreeSet<String> {
    let more = ["--mode", "hash", "--alert-queue", "q"];
    let mut command = alerting(folder, "redact", sink, &more);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let out = child.stdout.take().unwrap();
    let (begun, begins) = std::sync::mpsc::channel();
    let (go, goes) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for n in 0..EACH {
                if n == 1 {
                    // The rest goes in while it is at work, not while it starts.
                    let _ = goes.recv();
                }
                let line = format!("a {} b\n", token(round * EACH + n));
                if stdin.write_all(line.as_bytes()).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_micros(100));
            }
        });
        let reader = scope.spawn(move || {
            let mut text = String::new();
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let _ = begun.send(());
                text.push_str(&line);
            }
            text
        });
        let mut dice = keysieve::synth::Dice::new(round.into());
        if !round.is_multiple_of(10) {
            // In the midst of its work; every tenth is killed while it begins.
            let _ = begins.recv_timeout(Duration::from_secs(10));
        }
        let _ = go.send(());
        std::thread::sleep(Duration::from_micros(dice.below(12_000) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        let text = reader.join().unwrap();
        let marks = text.split("[REDACTED:acme-token:").skip(1);
        let whole = |it: &&str| it.get(8..9) == Some("]");
        marks.filter(whole).map(|it| it[..8].to_owned()).collect()
    })
}

#[test]
fn nothing_that_was_shown_is_lost_by_a_kill() {
    let folder = support::folder();
    let Some(receiver) = Receiver::start(folder.path(), &[]) else { return };
    let (alive, dead) = (format!("webhook:{}", receiver.url()), "webhook:http://127.0.0.1:9/");
    let mut shown: BTreeSet<String> = BTreeSet::new();
    let mut at_work = 0;
    for round in 0..200 {
        let sink = if round % 4 == 0 { &alive } else { dead };
        let left = killed(folder.path(), sink, round);
        at_work += u32::from(!left.is_empty());
        shown.extend(left);
    }
    assert!(at_work > 150, "killed before anything happened");
    let out = send(folder.path(), &receiver);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let received = receiver.received();
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut told: BTreeSet<String> = BTreeSet::new();
    for alert in received.iter().map(Received::json) {
        let text = |key: &str| alert[key].as_str().unwrap().to_owned();
        let print = text("fingerprint");
        told.insert(print[4..12].to_owned());
        ids.entry(print).or_default().insert(text("id"));
    }
    let lost = shown.difference(&told).count();
    let (shown, told, all) = (shown.len(), told.len(), received.len());
    println!("{at_work} killed at work: {shown} shown, {told} told, {all} deliveries, {lost} lost");
    assert!(ids.values().all(|ids| ids.len() == 1), "one finding, two ids");
    if cfg!(feature = "acknowledge-first") {
        assert!(lost > 0, "the control must lose something");
    } else {
        assert_eq!(lost, 0);
    }
}

#[test]
fn files_are_told_of_before_they_are_rewritten() {
    let folder = support::folder();
    fs::create_dir(folder.path().join("logs")).unwrap();
    for n in 0..20 {
        fs::write(folder.path().join(format!("logs/{n}.log")), format!("{}\n", token(n))).unwrap();
    }
    let dead = "webhook:http://127.0.0.1:9/";
    let more = ["--in-place", "--alert-queue", "q", "--alert-patience", "0", "logs"];
    let out = alerting(folder.path(), "redact", dead, &more).output().unwrap();
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    assert!(stderr(&out).contains("20 alerts waiting in the queue"), "{}", stderr(&out));
    let Some(receiver) = Receiver::start(folder.path(), &[]) else { return };
    assert_eq!(code(&send(folder.path(), &receiver)), 0);
    let sources: BTreeSet<String> =
        receiver.received().iter().map(|it| it.json()["source"].to_string()).collect();
    assert_eq!(sources.len(), 20);
}

#[test]
fn a_report_that_is_one_document_takes_no_alerts_into_it() {
    let folder = support::folder();
    for format in ["json", "sarif", "gitlab", "gitlab-quality", "html"] {
        let out =
            feed(alerting(folder.path(), "scan", "stdout", &["-f", format]), tokens(1).as_bytes());
        assert!(code(&out) == 2 && out.stdout.is_empty(), "{format}: {}", stdout(&out));
        assert!(stderr(&out).contains("--alert stdout"), "{}", stderr(&out));
    }
    let lines = alerting(folder.path(), "scan", "stdout", &["-f", "jsonl"]);
    let out = feed(lines, tokens(1).as_bytes());
    assert_eq!((code(&out), stdout(&out).lines().count()), (1, 2), "{}", stdout(&out));
}

#[cfg(unix)]
#[test]
fn an_interrupt_says_what_was_not_delivered() {
    let folder = support::folder();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let sink = format!("webhook:http://{}/", silent.local_addr().unwrap());
    let mut child =
        alerting(folder.path(), "redact", &sink, &[]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(format!("{} end\n", token(0)).as_bytes()).unwrap();
    stdin.flush().unwrap();
    let connection = silent.accept().unwrap();
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(said.contains("1 alert not delivered"), "{said}");
    drop((connection, stdin));
}
