//! Windows, the queue and the forms of alerts, without a network.

use std::fs;
use std::path::Path;
use std::time::Duration;

use keysieve::synth::Dice;
use keysieve::{Config, FingerprintKey, Record};

use crate::address::{Reach, is_private};
use crate::alert::{Alert, Kind};
use crate::alerts::{Alerts, Full, Settings};
use crate::queue::Queue;
use crate::sink::{Secrets, Sink};
use crate::window::{MAX_OPEN, Taken, Windows};
use crate::{chat, otlp, pager, syslog};

/// `n` findings of different secrets in a source.
fn records(n: u32, source: &str) -> Vec<Record> {
    let key = FingerprintKey::from_text(b"alerts");
    keysieve_acme::records(n, source, Config::new().fingerprint_key(key))
}

#[test]
fn every_finding_is_in_one_count() {
    let found = records(MAX_OPEN as u32 + 300, "a.log");
    let mut dice = Dice::new(1);
    for length in [0, 50, 1_000_000] {
        let mut windows = Windows::new("run", length);
        let (mut told, mut raised, mut most) = (0, 0, 0);
        for now in 0..5_000_u64 {
            // A few secrets come again and again, and sometimes any of them.
            let of = if dice.below(3) == 0 { found.len() } else { 5 };
            if let Taken::Told(alert) = windows.take(&found[dice.below(of)], now) {
                told += alert.count;
            }
            raised += 1;
            told += windows.ended(now).iter().map(|alert| alert.count).sum::<u64>();
            most = most.max(windows.changed().len());
        }
        told += windows.end().iter().map(|alert| alert.count).sum::<u64>();
        assert_eq!((told, raised), (raised, 5_000), "window {length}");
        assert!(windows.end().is_empty() && most <= 2);
    }
}

#[test]
fn a_storm_is_bounded_and_adds_up() {
    let found = records(5_000, "-");
    let mut windows = Windows::new("run", 1_000);
    let mut alerts: Vec<Alert> = Vec::new();
    for record in &found {
        if let Taken::Told(alert) = windows.take(record, 1) {
            alerts.push(*alert);
        }
    }
    alerts.extend(windows.end());
    assert_eq!(alerts.len(), MAX_OPEN + 1);
    assert_eq!(alerts.iter().map(|alert| alert.count).sum::<u64>(), 5_000);
    assert_eq!(alerts.last().unwrap().kind, Kind::Overflow);
}

#[test]
fn ids_are_of_the_finding_not_of_the_moment() {
    let record = &records(1, "a.log")[0];
    assert_eq!(Alert::of(record, "run 1", 5).id, Alert::of(record, "run 2", 9).id);
    // Standard input has no name: two streams are two sources.
    let record = &records(1, "-")[0];
    assert_ne!(Alert::of(record, "run 1", 5).id, Alert::of(record, "run 2", 5).id);
    let first = Alert::of(record, "run 1", 5);
    assert_ne!(first.repeated(3, 5).id, first.id);
    assert_eq!(first.repeated(3, 5).id, first.repeated(4, 5).id);
}

fn queue(folder: &Path, name: &str) -> Queue {
    Queue::open(Some(folder), &["a".into(), "b".into()], 1 << 20, name).unwrap()
}

fn alerts(n: u32) -> Vec<Alert> {
    records(n, "a.log").iter().map(|record| Alert::of(record, "run", 5)).collect()
}

/// Everything in a queue that a sink does not have.
fn left(queue: &Queue, sink: &str) -> Vec<String> {
    queue.next(sink, usize::MAX).iter().map(|waiting| waiting.alert.id.clone()).collect()
}

#[test]
fn what_was_written_survives() {
    let folder = tempfile::tempdir().unwrap();
    let all = alerts(4);
    let mut first = queue(folder.path(), "1");
    all.iter().for_each(|alert| first.push_anyway(alert.clone()));
    first.write().unwrap();
    first.count(all[0].repeated(7, 5));
    first.sent("a", 2);
    first.sent("b", 3);
    first.write().unwrap();
    // Dropped like a killed process: without an end.
    drop(first);
    let second = queue(folder.path(), "2");
    // One of the sinks lacks the third: it alone gets it again, with the same id. The count became an alert.
    let repeat = all[0].repeated(7, 5).id;
    let of_a = [all[2].id.clone(), all[3].id.clone(), repeat];
    assert_eq!(left(&second, "a"), of_a);
    assert_eq!(left(&second, "b"), of_a[1..]);
    assert_eq!((second.damaged, second.taken_over), (0, 3));
    // What a sink has stays known, however often it is taken over.
    drop(second);
    let mut third = queue(folder.path(), "3");
    assert_eq!((left(&third, "a"), left(&third, "b")), (of_a.to_vec(), of_a[1..].to_vec()));
    third.sent("a", 1);
    third.write().unwrap();
    drop(third);
    let fourth = queue(folder.path(), "4");
    assert_eq!((left(&fourth, "a"), left(&fourth, "b")), (of_a[1..].to_vec(), of_a[1..].to_vec()));
    assert_eq!((fourth.damaged, fourth.taken_over), (0, 2));
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn what_is_alive_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = queue(folder.path(), "1");
    alerts(2).into_iter().for_each(|alert| first.push_anyway(alert));
    first.write().unwrap();
    assert!(left(&queue(folder.path(), "2"), "a").is_empty());
    assert_eq!(left(&first, "a").len(), 2);
}

#[test]
fn damage_is_counted_and_the_rest_is_read() {
    let all = alerts(20);
    let sound = {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = queue(folder.path(), "1");
        all.iter().for_each(|alert| queue.push_anyway(alert.clone()));
        queue.write().unwrap();
        fs::read(folder.path().join("1.queue")).unwrap()
    };
    // What the next process makes of such a file: the alerts, and how many it says are damaged.
    let read = |text: &[u8]| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("1.lock"), "").unwrap();
        fs::write(folder.path().join("1.queue"), text).unwrap();
        let queue = queue(folder.path(), "2");
        (left(&queue, "a"), queue.damaged)
    };
    let ids: Vec<String> = all.iter().map(|alert| alert.id.clone()).collect();
    assert_eq!(read(&sound), (ids.clone(), 0));
    let length = sound.len();
    let mut dice = Dice::new(3);
    for _ in 0..200 {
        let mut text = sound.clone();
        let at = dice.below(length);
        text[at] ^= 1 << dice.below(8);
        // A flipped line end joins two lines; everything else hurts one.
        let (told, damaged) = read(&text);
        let hurt = 20 - told.len() as u64;
        assert!((hurt.max(1)..=2).contains(&damaged), "{at}: {damaged}");
    }
    // A line is gone as a whole, which no checksum tells.
    let lines: Vec<&[u8]> = sound.split_inclusive(|byte| *byte == b'\n').collect();
    for gone in 2..21 {
        let (told, damaged) = read(&[&lines[..gone], &lines[gone + 1..]].concat().concat());
        assert_eq!((told.len(), damaged), (19, 1), "{gone}");
    }
    // Cut anywhere: what stands before the cut is there.
    for _ in 0..50 {
        let text = &sound[..dice.below(length)];
        let whole = text.split(|byte| *byte == b'\n').count() - 1;
        let half = text.last().is_some_and(|byte| *byte != b'\n');
        let (told, damaged) = read(text);
        assert_eq!((told.len(), damaged), (whole - 2.min(whole), u64::from(half)));
    }
    // Anything in it: what is told was there, and what is not told is counted.
    for _ in 0..200 {
        let mut text = sound.clone();
        (0..1 + dice.below(40)).for_each(|_| text[dice.below(length)] = dice.below(256) as u8);
        let (told, damaged) = read(&text);
        assert!(told.iter().all(|id| ids.contains(id)));
        assert!(damaged > 0 || text == sound);
    }
}

#[test]
fn several_threads_wait_for_the_disk_together() {
    let folder = tempfile::tempdir().unwrap();
    let sink =
        Sink::parse("webhook:http://127.0.0.1:9/", &Secrets::default(), Reach::Anywhere, "h");
    let settings = Settings {
        queue: Some(folder.path().join("q")),
        sync: true,
        patience: Duration::ZERO,
        ..Settings::default()
    };
    let alerts = Alerts::start(vec![sink.unwrap()], settings.clone(), [1; 8]).unwrap();
    let found = records(400, "a.log");
    std::thread::scope(|scope| {
        for some in found.chunks(100) {
            let alerts = &alerts;
            scope.spawn(move || {
                for record in some {
                    alerts.raise(record);
                    alerts.commit().unwrap();
                }
            });
        }
    });
    let outcome = alerts.end();
    assert_eq!((outcome.findings, outcome.waiting), (400, 400), "{outcome:?}");
    let next = Alerts::start(Vec::new(), settings, [2; 8]).unwrap();
    assert_eq!(next.end().taken_over, 400);
}

#[test]
fn a_file_does_not_grow_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = queue(folder.path(), "1");
    let alert = &alerts(1)[0];
    for place in 1..=20_000 {
        queue.push_anyway(alert.clone());
        queue.sent("a", place);
        queue.sent("b", place);
        queue.write().unwrap();
    }
    let length = fs::metadata(folder.path().join("1.queue")).unwrap().len();
    assert!(length < 2 << 20, "{length}");
    queue.close();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_has_no_room_is_told_as_a_number() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.jsonl");
    let start = |sink: &str, bytes, run| {
        let sink = Sink::parse(sink, &Secrets::default(), Reach::Anywhere, "h").unwrap();
        let settings = Settings {
            queue: Some(folder.path().join("q")),
            queue_bytes: bytes,
            full: Full::Drop,
            patience: Duration::from_millis(300),
            ..Settings::default()
        };
        Alerts::start(vec![sink], settings, [run; 8]).unwrap()
    };
    // Nobody listens there.
    let dead = start("webhook:http://127.0.0.1:9/", 4000, 1);
    for record in records(50, "a.log") {
        dead.raise(&record);
        dead.commit().unwrap();
    }
    let outcome = dead.end();
    assert!(outcome.dropped > 30 && outcome.waiting > 1, "{outcome:?}");
    assert!(outcome.faults.iter().any(|it| it.contains("127.0.0.1")), "{outcome:?}");
    let outcome = start(&format!("file:{}", out.display()), 1 << 20, 2).end();
    assert_eq!((outcome.waiting, outcome.damaged), (0, 0), "{outcome:?}");
    let text = fs::read_to_string(&out).unwrap();
    let told = text.lines().map(|line| serde_json::from_str::<Alert>(line).unwrap().count);
    assert_eq!(told.sum::<u64>(), 50);
    assert_eq!(fs::read_dir(folder.path().join("q")).unwrap().count(), 0);
}

#[test]
fn text_waits_no_longer_than_it_was_told_to() {
    let sink =
        Sink::parse("webhook:http://127.0.0.1:9/", &Secrets::default(), Reach::Anywhere, "h");
    let settings = Settings {
        queue_bytes: 1,
        full: Full::Wait(Duration::from_secs(1)),
        patience: Duration::ZERO,
        ..Settings::default()
    };
    let alerts = Alerts::start(vec![sink.unwrap()], settings, [3; 8]).unwrap();
    let begin = std::time::Instant::now();
    for record in records(200, "a.log") {
        alerts.raise(&record);
        alerts.commit().unwrap();
    }
    // A second in the whole run, not for each of them.
    let waited = begin.elapsed();
    assert!((1..100).contains(&waited.as_secs()), "{waited:?}");
    let outcome = alerts.end();
    assert_eq!((outcome.findings, outcome.dropped), (200, 199));
}

#[test]
fn private_addresses_in_every_spelling() {
    let private = "127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 168.63.129.16 ::ffff:168.63.129.16 100.64.0.1 0.0.0.0 224.0.0.1 \
         255.255.255.255 198.18.0.1 192.0.0.1 240.0.0.1 ::1 :: fe80::1 fc00::1 fd12::1 ff02::1 ::ffff:127.0.0.1 \
         ::ffff:169.254.169.254 ::127.0.0.1 64:ff9b::a00:1 2002:7f00:1:: 2001:db8::1 2001::1 fec0::1 3fff::1";
    for address in private.split_whitespace() {
        assert!(is_private(address.parse().unwrap()), "{address}");
    }
    for address in
        "1.1.1.1 8.8.8.8 100.63.0.1 172.32.0.1 2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8"
            .split(' ')
    {
        assert!(!is_private(address.parse().unwrap()), "{address}");
    }
    for host in ["localhost", "127.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"] {
        let answer = Reach::Public.resolve(host, 80);
        assert!(answer.is_err(), "{host}: {answer:?}");
    }
}

#[test]
fn a_secret_that_is_none_signs_nothing() {
    let parse = |secret: &str| {
        let secrets = Secrets { webhook: Some(secret.to_owned()), ..Secrets::default() };
        Sink::parse("webhook:https://example.com/", &secrets, Reach::Public, "h").map(|_| ())
    };
    for secret in ["", "short", "whsec_", "whsec_!!!!", "whsec_c2hvcnQ=", "whsec_a"] {
        let error = parse(secret).unwrap_err().to_string();
        assert!(error.contains("KEYSIEVE_WEBHOOK_SECRET is no secret"), "{secret}: {error}");
        assert!(!error.contains("short") && !error.contains("!!!!"), "{error}");
    }
    for secret in
        ["whsec_c2VjcmV0IG9mIGEgdGVzdA==", "whsec_c2VjcmV0IG9mIGEgdGVzdA", "secret of a test"]
    {
        parse(secret).unwrap();
    }
}

#[test]
fn patience_ends_while_a_receiver_is_silent() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("webhook:http://{}/", silent.local_addr().unwrap());
    let sink = Sink::parse(&address, &Secrets::default(), Reach::Anywhere, "h").unwrap();
    let settings = Settings { patience: Duration::from_millis(50), ..Settings::default() };
    let alerts = Alerts::start(vec![sink], settings, [7; 8]).unwrap();
    let pending = alerts.pending();
    alerts.raise(&records(1, "a.log")[0]);
    alerts.commit().unwrap();
    let connection = silent.accept().unwrap();
    assert_eq!(pending.count(), 1);
    let outcome = alerts.end();
    assert_eq!((outcome.waiting, outcome.delivered, pending.count()), (1, 0, 0));
    // Whoever waited until the request gave up was told so.
    assert!(outcome.faults.is_empty(), "{:?}", outcome.faults);
    drop(connection);
}

#[test]
fn sinks_that_lack_something_are_refused_without_their_address() {
    let parse = |text: &str, reach| Sink::parse(text, &Secrets::default(), reach, "h");
    for text in [
        "slack:http://hooks.example/s3cr3t",
        "webhook:ftp://x.example/s3cr3t",
        "webhook:https://user:s3cr3t@x.example/",
        "webhook:s3cr3t",
        "pigeon:s3cr3t",
        "pagerduty",
        "file:",
        "syslog+tcp:s3cr3t",
        "syslog+tls://",
    ] {
        let unfit = parse(text, Reach::Public).unwrap_err();
        assert!(!unfit.to_string().contains("s3cr3t"), "{unfit}");
    }
    let slack = parse("slack:https://hooks.example/services/s3cr3t", Reach::Public).unwrap();
    assert_eq!(slack.name(), "slack at hooks.example");
}

/// An alert with every text of others trying to get out.
fn hostile() -> Alert {
    let mut record = records(1, "a")[0].clone();
    let evil = "\u{1b}[2J\n<!channel> *b* `c` [x](http://e) \"]\\ & \u{202e}";
    record.source = evil.to_owned();
    record.path = Some(evil.to_owned());
    Alert::of(&record, "run", 1_790_000_000_123)
}

#[test]
fn foreign_text_stays_text_in_every_shape() {
    let alert = hostile();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let slack = text(chat::slack(&[&alert]));
    assert!(!slack.contains("<!channel>") && slack.contains("&lt;!channel&gt;"));
    let teams = text(chat::teams(&[&alert]));
    assert!(teams.contains("\\\\[x\\\\]\\\\(http"), "{teams}");
    let pager = text(pager::event(&alert, "key"));
    let otlp = text(otlp::logs(&[&alert]));
    for (name, shape) in [("slack", &slack), ("teams", &teams), ("pager", &pager), ("otlp", &otlp)]
    {
        serde_json::from_str::<serde_json::Value>(shape).unwrap();
        assert!(!shape.contains(['\u{1b}', '\n', '\u{202e}']), "{name}: {shape}");
    }
    let line = syslog::message(&alert, "host");
    assert!(
        !line.contains(['\n', '\u{1b}'])
            && line.starts_with("<83>1 2026-09-21T14:13:20.123Z host keysieve ")
    );
    // The value ends where it should: every quote and bracket in it is escaped.
    assert!(line.contains("\\\"\\]\\\\ &"), "{line}");
}

#[test]
fn a_channel_becomes_the_target_of_a_guardrail() {
    let mut alert = hostile();
    alert.channel = Some("tool_result".to_owned());
    alert.action = "redact".to_owned();
    let logs: serde_json::Value = serde_json::from_slice(&otlp::logs(&[&alert])).unwrap();
    let record = &logs["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
    let attribute = |key: &str| {
        let all = record["attributes"].as_array().unwrap();
        all.iter().find(|it| it["key"] == key).unwrap()["value"]["stringValue"].clone()
    };
    assert_eq!(attribute("gen_ai.guardrail.target.type"), "tool_call");
    assert_eq!(attribute("gen_ai.guardrail.verdict.type"), "modify");
    assert_eq!(record["timeUnixNano"], "1790000000123000000");
    assert_eq!(otlp::address("http://h:4318"), "http://h:4318/v1/logs");
    assert_eq!(otlp::address("http://h:4318/x/logs"), "http://h:4318/x/logs");
}
