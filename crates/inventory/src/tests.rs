//! The books, against files of their own.

use std::path::Path;

use rusqlite::Connection;

use crate::audit::{Fault, Head};
use crate::{CLOCK, Error, Inventory, Key, Query, Sighting, Status};

const NOON: u64 = 1_790_000_000_000;

fn key(n: u8) -> Key {
    Key::new([n; 32])
}

fn sighting(n: usize, source: &str) -> Sighting {
    Sighting {
        fingerprint: format!("ks1:{n:040x}"),
        fingerprint_key: "given".to_owned(),
        rule: "acme-token".to_owned(),
        title: "Acme token".to_owned(),
        category: "saas".to_owned(),
        severity: ["critical", "high", "medium", "low"][n % 4].to_owned(),
        preview: "acme_…(34)".to_owned(),
        revoke: Some("https://acme.example/keys".to_owned()),
        source: source.to_owned(),
        channel: None,
        path: None,
        principal: None,
        action: "report".to_owned(),
    }
}

fn file() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("books.db");
    (folder, path)
}

fn open(path: &Path) -> Inventory {
    Inventory::open(path, key(1), NOON).unwrap()
}

#[test]
fn a_credential_gathers_where_it_was_seen() {
    let (_folder, path) = file();
    let mut books = open(&path);
    let mut seen = vec![sighting(0, "a"), sighting(0, "a"), sighting(0, "b"), sighting(1, "a")];
    seen[2].channel = Some("tool_result".to_owned());
    seen[2] = seen[2].clone().seen_by(Some("agent:planner"));
    assert_eq!(books.record(&seen, NOON).unwrap(), 0);
    books.record(&seen[..1], NOON + 5).unwrap();
    let all = books.list(&Query::default()).unwrap();
    assert_eq!(all.len(), 2);
    let first = &all[0];
    assert_eq!((first.times, first.first_seen, first.last_seen), (4, NOON, NOON + 5));
    let blast = first.blast;
    assert_eq!((blast.contexts, blast.sources, blast.principals, blast.hops), (2, 2, 1, 1));
    let places = books.exposures(first, 10).unwrap();
    assert_eq!(places.iter().map(|p| p.times).sum::<u64>(), first.times, "counts add up");
    assert!(!first.is_overdue(NOON + CLOCK) && first.is_overdue(NOON + CLOCK + 1));
}

/// However sightings are cut into portions, the books say the same as if each had been entered alone.
#[test]
fn portions_do_not_matter() {
    let mut dice = keysieve::synth::Dice::new(5);
    let seen: Vec<Sighting> = (0..400)
        .map(|_| {
            let mut one = sighting(dice.below(9), ["a", "b", ""][dice.below(3)]);
            one.channel = [None, Some("prompt".to_owned())][dice.below(2)].clone();
            one.principal = [None, Some("user:ann".to_owned())][dice.below(2)].clone();
            one.action = ["report", "redact"][dice.below(2)].to_owned();
            one.rule = format!("rule-{}", dice.below(3));
            one
        })
        .collect();
    let told = |portion: usize| {
        let (_folder, path) = file();
        let mut books = open(&path);
        for some in seen.chunks(portion) {
            books.record(some, NOON).unwrap();
        }
        let mut all = books.list(&Query::default()).unwrap();
        all.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
        let places = |one| books.exposures(one, 100).unwrap();
        all.iter().map(|one| (one.clone(), places(one))).collect::<Vec<_>>()
    };
    let alone = told(1);
    assert_eq!(alone.len(), 9);
    assert!([2, 7, 60, 400].iter().all(|portion| told(*portion) == alone));
}

#[test]
fn what_cannot_be_known_again_is_left_out_and_counted() {
    let (_folder, path) = file();
    let mut books = open(&path);
    let mut seen = vec![sighting(0, "a"), sighting(1, "a")];
    seen[0].fingerprint_key = "run".to_owned();
    seen[1].fingerprint = String::new();
    assert_eq!(books.record(&seen, NOON).unwrap(), 2);
    assert_eq!(books.count(&Query::default()).unwrap(), 0);
}

#[test]
fn another_key_is_refused() {
    let (_folder, path) = file();
    drop(open(&path));
    assert!(matches!(Inventory::open(&path, key(2), NOON), Err(Error::OtherKey)));
    assert!(matches!(Inventory::open_for_reading(&path, Some(key(2))), Err(Error::OtherKey)));
    let books = Inventory::open_for_reading(&path, None).unwrap();
    assert!(matches!(books.verify(None), Err(Error::NoKey)));
    std::fs::write(path.with_extension("txt"), "no database").unwrap();
    assert!(Inventory::open(&path.with_extension("txt"), key(1), NOON).is_err());
}

#[test]
fn statuses_have_an_author_and_prefixes_are_enough() {
    let (_folder, path) = file();
    let mut books = open(&path);
    books.record(&[sighting(0x10, "a"), sighting(0x11, "a")], NOON).unwrap();
    let zeros = "0".repeat(38);
    assert!(matches!(
        books.set_status(&zeros, Status::Rotated, "ann", None, NOON),
        Err(Error::Unknown(2))
    ));
    assert!(matches!(books.credential("ffff"), Err(Error::Unknown(0))));
    for short in ["", "0", "ks1:", "ks1:000"] {
        let set = books.set_status(short, Status::Rotated, "ann", None, NOON);
        assert!(matches!(set, Err(Error::Short)), "{short}");
    }
    books
        .set_status(&format!("{zeros}10"), Status::Rotated, "ann", Some("done"), NOON + 1)
        .unwrap();
    let one = books.credential(&format!("ks1:{zeros}10")).unwrap();
    assert_eq!(
        (one.status, one.status_by.as_deref(), one.status_at),
        (Status::Rotated, Some("ann"), Some(NOON + 1))
    );
    assert!(!one.seen_again());
    books.record(&[sighting(0x10, "a")], NOON + 2).unwrap();
    assert!(books.credential(&format!("{zeros}10")).unwrap().seen_again());
    assert_eq!(books.statuses(NOON).unwrap(), ([1, 1, 0], 0));
    assert_eq!(books.prune(NOON + 3, "ann", NOON + 4).unwrap(), 1);
    assert_eq!(books.statuses(NOON + CLOCK + 9).unwrap(), ([1, 0, 0], 1));
}

/// An inventory with five decisions in its log, which is sound.
fn decided() -> (tempfile::TempDir, std::path::PathBuf, Head) {
    let (folder, path) = file();
    let mut books = open(&path);
    let seen: Vec<Sighting> = (0..4).map(|n| sighting(n, "a")).collect();
    books.record(&seen, NOON).unwrap();
    for (n, s) in seen.iter().enumerate() {
        let status = if n % 2 == 0 { Status::Rotated } else { Status::Accepted };
        books.set_status(&s.fingerprint, status, "ann", None, NOON + n as u64).unwrap();
    }
    let verified = books.verify(None).unwrap();
    assert_eq!((verified.faults, verified.entries), (vec![], 5));
    (folder, path, verified.head.unwrap())
}

/// What `verify` says after somebody without the key ran `sql`.
fn after(sql: &str) -> Vec<Fault> {
    let (_folder, path, head) = decided();
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let books = Inventory::open_for_reading(&path, Some(key(1))).unwrap();
    let kept: Head = head.to_string().parse().unwrap();
    let alone = books.verify(None).unwrap().faults;
    let with_head = books.verify(Some(&kept)).unwrap().faults;
    assert!(with_head.len() >= alone.len());
    if alone.is_empty() { with_head } else { alone }
}

#[test]
fn what_was_done_to_the_log_is_noticed() {
    assert_eq!(after("SELECT 1"), []);
    assert_eq!(after("UPDATE audit SET who = 'eve' WHERE seq = 3")[0], Fault::Changed(3));
    assert_eq!(after("UPDATE audit SET at = at + 1 WHERE seq = 2")[0], Fault::Changed(2));
    assert_eq!(
        after("UPDATE audit SET what = replace(what, 'rotated', 'open') WHERE seq = 2")[0],
        Fault::Changed(2)
    );
    assert_eq!(after("DELETE FROM audit WHERE seq = 3")[0], Fault::Missing(4));
    let swap = "UPDATE audit SET seq = -1 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = -1";
    assert_eq!(after(swap)[0], Fault::Changed(2));
    assert_eq!(after("DELETE FROM audit WHERE seq >= 4")[0], Fault::Truncated(5));
    assert_eq!(after("DELETE FROM audit; DELETE FROM kept WHERE name = 'head'")[0], Fault::NoHead);
    assert_eq!(after("DELETE FROM kept WHERE name = 'head'")[0], Fault::NoHead);
    let close = "DELETE FROM audit WHERE seq = 3; UPDATE audit SET seq = seq - 1 WHERE seq > 3";
    assert_eq!(after(close)[0], Fault::Changed(3));
}

#[test]
fn a_status_past_the_log_is_noticed() {
    let zeros = "0".repeat(39);
    let unlogged = Fault::Unlogged(format!("ks1:{zeros}1"));
    let set = |what: &str| {
        after(&format!("UPDATE credential SET {what} WHERE fingerprint LIKE '%{zeros}1'"))
    };
    assert_eq!(set("status = 0"), std::slice::from_ref(&unlogged));
    for what in ["owner = 'eve'", "status_by = 'eve'", "status_at = 5", "note = 'fine'"] {
        assert_eq!(set(what), std::slice::from_ref(&unlogged), "{what}");
    }
    let gone = after(&format!("DELETE FROM credential WHERE fingerprint LIKE '%{zeros}1'"));
    assert_eq!(gone, [Fault::Gone(format!("ks1:{zeros}1"))]);
}

#[test]
fn what_was_pruned_is_not_missing_and_begins_anew() {
    let (_folder, path, _) = decided();
    let mut books = open(&path);
    assert_eq!(books.prune(NOON + 1, "ann", NOON + 10).unwrap(), 4);
    assert_eq!(books.verify(None).unwrap().faults, []);
    books.record(&[sighting(1, "a")], NOON + 20).unwrap();
    assert_eq!(books.verify(None).unwrap().faults, []);
    let print = sighting(1, "a").fingerprint;
    books.set_status(&print, Status::Rotated, "ann", None, NOON + 21).unwrap();
    assert_eq!(books.verify(None).unwrap().faults, []);
    Connection::open(&path).unwrap().execute("DELETE FROM credential", []).unwrap();
    assert_eq!(books.verify(None).unwrap().faults, [Fault::Gone(print)]);
}

#[test]
fn many_may_be_pruned_at_once() {
    let (_folder, path) = file();
    let mut books = open(&path);
    let seen: Vec<Sighting> = (0..2_500).map(|n| sighting(n, "a")).collect();
    books.record(&seen, NOON).unwrap();
    for one in &seen {
        books.set_status(&one.fingerprint, Status::Accepted, "ann", None, NOON).unwrap();
    }
    assert_eq!(books.prune(NOON + 1, "ann", NOON + 2).unwrap(), 2_500);
    let verified = books.verify(None).unwrap();
    assert_eq!((verified.entries, verified.faults), (1 + 2_500 + 3, vec![]));
}

#[test]
fn a_whole_file_from_yesterday_is_noticed_by_the_kept_head() {
    let (_folder, path, _) = decided();
    let yesterday = path.with_extension("yesterday");
    Connection::open(&path)
        .unwrap()
        .execute("VACUUM INTO ?", [yesterday.to_str().unwrap()])
        .unwrap();
    let mut books = open(&path);
    books.set_status(&format!("{:040x}", 0), Status::Open, "ann", None, NOON + 9).unwrap();
    let kept = books.verify(None).unwrap().head.unwrap();
    let old = Inventory::open_for_reading(&yesterday, Some(key(1))).unwrap();
    assert_eq!(old.verify(None).unwrap().faults, []);
    assert_eq!(old.verify(Some(&kept)).unwrap().faults, [Fault::NotThatHead(6)]);
}

#[test]
fn the_trend_counts_what_is_open_at_the_end_of_each_day() {
    let day = 24 * 60 * 60 * 1000;
    let (_folder, path) = file();
    let mut books = open(&path);
    books.record(&[sighting(0, "a"), sighting(1, "a")], NOON).unwrap();
    books.record(&[sighting(2, "a")], NOON + day).unwrap();
    books.set_status(&format!("{:040x}", 0), Status::Rotated, "ann", None, NOON + 2 * day).unwrap();
    let trend = books.trend(4, NOON + 2 * day).unwrap();
    let numbers: Vec<(u64, u64)> = trend.iter().map(|day| (day.new, day.open)).collect();
    assert_eq!(numbers, [(0, 0), (2, 2), (1, 3), (0, 2)]);
}

#[test]
fn two_may_write_at_once() {
    let (_folder, path) = file();
    drop(open(&path));
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let mut books = open(path);
                for n in 0..50 {
                    books.record(&[sighting(n, &format!("w{writer}"))], NOON).unwrap();
                    let print = format!("{n:040x}");
                    books.set_status(&print, Status::Accepted, "ann", None, NOON).unwrap();
                }
            });
        }
    });
    let books = open(&path);
    assert_eq!(books.count(&Query::default()).unwrap(), 50);
    let all = books.list(&Query::default()).unwrap();
    assert!(all.iter().all(|c| c.times == 4 && c.blast.sources == 4));
    let verified = books.verify(None).unwrap();
    assert_eq!((verified.entries, verified.faults), (201, vec![]));
}

#[test]
fn many_may_make_a_file_at_once() {
    for _ in 0..20 {
        let (_folder, path) = file();
        std::thread::scope(|scope| {
            for n in 0..4 {
                let path = &path;
                scope.spawn(move || open(path).record(&[sighting(n, "a")], NOON).unwrap());
            }
        });
        let books = open(&path);
        assert_eq!(books.count(&Query::default()).unwrap(), 4);
        assert_eq!(books.verify(None).unwrap().entries, 1);
    }
}
