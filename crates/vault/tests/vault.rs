//! What a vault promises: nothing acknowledged is lost, nothing wrong is given back, nothing is in the file in clear.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::time::Duration;

use keysieve::{Secret, Vault};
use keysieve_vault::{VaultFile, VaultKey};

fn key(n: u8) -> VaultKey {
    VaultKey::from_text(&[b'a' + n; 40]).unwrap()
}

fn open(path: &Path) -> VaultFile {
    VaultFile::open(path, &key(0)).unwrap()
}

fn name(n: usize) -> Vec<u8> {
    format!("[SEALED:acme:{n:020}]").into_bytes()
}

fn original(n: usize) -> Vec<u8> {
    format!("original number {n}, {}", "x".repeat(n % 50)).into_bytes()
}

fn keep(vault: &VaultFile, n: usize) -> bool {
    vault.keep(&name(n), Secret::new(&original(n))).unwrap()
}

fn has(vault: &VaultFile, n: usize) -> bool {
    let kept = vault.original(&name(n)).unwrap();
    kept.is_some_and(|kept| {
        assert_eq!(kept.secret().expose(), original(n), "something else is given back");
        true
    })
}

#[test]
fn what_is_kept_is_there_when_opened_again_and_nowhere_in_clear() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("v");
    let vault = open(&path);
    assert!((0..100).all(|n| keep(&vault, n) && keep(&vault, n)));
    // The name is taken by another original.
    assert!(!vault.keep(&name(1), Secret::new(b"other")).unwrap());
    let again = VaultFile::existing(&path, &key(0)).unwrap();
    assert!((0..100).all(|n| has(&again, n)) && !has(&again, 100));
    assert_eq!(again.live().unwrap(), 100);
    let bytes = fs::read(&path).unwrap();
    assert!(!bytes.windows(8).any(|window| window == b"original"));
    assert!(!bytes.windows(7).any(|window| window == b"[SEALED"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_vault_of_another_key_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("v");
    keep(&open(&path), 1);
    let before = fs::read(&path).unwrap();
    let error = VaultFile::open(&path, &key(1)).unwrap_err().to_string();
    assert!(error.contains("another key"), "{error}");
    assert!(fs::read(&path).unwrap() == before);
    assert!(VaultKey::from_text(b"too short").is_err());
    let other = dir.path().join("notes.txt");
    fs::write(&other, "these are notes, and more of them than a header").unwrap();
    assert!(VaultFile::open(&other, &key(0)).unwrap_err().to_string().contains("is no vault"));
    assert!(VaultFile::wipe(&other).is_err() && other.exists());
    assert!(VaultFile::existing(&dir.path().join("none"), &key(0)).is_err());
}

#[test]
fn every_changed_byte_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("v");
    let vault = open(&path);
    assert!((0..3).all(|n| keep(&vault, n)));
    drop(vault);
    let good = fs::read(&path).unwrap();
    for at in 0..good.len() {
        for bit in [1, 0x80] {
            let mut bad = good.clone();
            bad[at] ^= bit;
            fs::write(&path, &bad).unwrap();
            assert!(VaultFile::open(&path, &key(0)).is_err(), "byte {at} of {}", good.len());
        }
    }
    // Entries exchanged, taken out of the middle, taken from another vault.
    fs::write(&path, &good).unwrap();
    let frames = frames(&good);
    let with = |order: &[usize]| {
        let parts = order.iter().map(|n| &good[frames[*n].0..frames[*n].1]);
        [&good[..32]].into_iter().chain(parts).collect::<Vec<_>>().concat()
    };
    for order in [&[0, 2, 1, 3][..], &[0, 2, 3], &[1, 2, 3], &[0, 1, 1, 2, 3]] {
        fs::write(&path, with(order)).unwrap();
        assert!(VaultFile::open(&path, &key(0)).is_err(), "{order:?}");
    }
    let other = dir.path().join("w");
    keep(&open(&other), 0);
    let foreign = fs::read(&other).unwrap();
    fs::write(&path, [&foreign[..32], &good[32..]].concat()).unwrap();
    assert!(VaultFile::open(&path, &key(0)).is_err());
}

/// Where the frames of a file begin and end.
fn frames(bytes: &[u8]) -> Vec<(usize, usize)> {
    let (mut at, mut all) = (32, Vec::new());
    while at < bytes.len() {
        let length = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        all.push((at, at + 8 + length));
        at += 8 + length;
    }
    all
}

#[test]
fn a_torn_end_costs_only_what_nobody_relied_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("v");
    let vault = open(&path);
    assert!((0..4).all(|n| keep(&vault, n)));
    let good = fs::read(&path).unwrap();
    let ends: Vec<usize> = frames(&good).iter().map(|frame| frame.1).collect();
    for cut in 0..good.len() {
        for zeros in [0, 40] {
            fs::write(&path, [&good[..cut], &vec![0; zeros][..]].concat()).unwrap();
            if zeros > 0 && !ends.contains(&cut) {
                continue;
            }
            let vault = open(&path);
            let whole = ends.iter().filter(|end| **end <= cut).count().saturating_sub(1);
            assert_eq!((0..4).filter(|n| has(&vault, *n)).count(), whole, "cut at {cut}");
            assert!(keep(&vault, 9) && has(&open(&path), 9), "cut at {cut}");
            assert!((0..whole).all(|n| has(&open(&path), n)), "cut at {cut}");
        }
    }
}

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(1_000_000) };
}

fn at(seconds: u64) {
    NOW.set(1_000_000 + seconds);
}

#[test]
fn what_has_expired_is_not_given_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("v");
    let vault = open(&path).ttl(Duration::from_secs(100)).clock(|| NOW.get());
    at(0);
    assert!(keep(&vault, 1) && keep(&vault, 2));
    let size = || fs::metadata(&path).unwrap().len();
    let two = size();
    at(40);
    assert!(keep(&vault, 1) && size() == two, "still fresh: no new entry");
    at(60);
    assert!(keep(&vault, 1) && size() > two, "used again, it lives on");
    at(99);
    assert!(has(&vault, 1) && has(&vault, 2));
    at(100);
    assert!(has(&vault, 1) && !has(&vault, 2));
    at(160);
    assert!(!has(&vault, 1));
    assert_eq!((vault.live().unwrap(), vault.names().unwrap().len()), (0, 0));
    // The name is free again.
    assert!(vault.keep(&name(1), Secret::new(b"other")).unwrap());
}

#[test]
fn two_at_once_see_each_other_and_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("v");
    let (one, two) = (open(&path), open(&path));
    keep(&one, 1);
    assert!(has(&two, 1));
    std::thread::scope(|scope| {
        for part in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let vault = open(path);
                (part * 25..part * 25 + 50).for_each(|n| assert!(keep(&vault, n)));
            });
        }
    });
    assert!((0..125).all(|n| has(&one, n) && has(&two, n)));
    // What several kept stands there once.
    let frames = frames(&fs::read(&path).unwrap());
    assert_eq!(frames.len(), 126);
}

#[test]
fn a_wiped_vault_is_gone_for_whoever_has_it_open() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("v");
    let vault = open(&path);
    keep(&vault, 1);
    VaultFile::wipe(&path).unwrap();
    assert!(!path.exists());
    assert!(vault.keep(&name(2), Secret::new(b"o")).is_err());
    assert!(vault.original(&name(1)).is_err());
}

#[test]
fn what_has_expired_is_removed_and_the_rest_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("v");
    let vault = open(&path).ttl(Duration::from_secs(100)).clock(|| NOW.get());
    let other = VaultFile::open(&path, &key(0)).unwrap().clock(|| NOW.get());
    at(0);
    assert!((0..10).all(|n| keep(&vault, n)));
    let before = fs::read(&path).unwrap();
    at(50);
    assert!((20..25).all(|n| keep(&vault, n)));
    assert!((0..10).all(|n| has(&other, n)));
    assert_eq!(vault.purge().unwrap(), 0);
    at(120);
    assert_eq!(vault.purge().unwrap(), 10);
    assert_eq!(frames(&fs::read(&path).unwrap()).len(), 6);
    // Nothing of what stood there is in the new file.
    let after = fs::read(&path).unwrap();
    assert!(!before[32..].chunks(16).any(|part| after.windows(part.len()).any(|w| w == part)));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    // Whoever had the old file open goes on in the new one.
    assert!((20..25).all(|n| has(&other, n)) && !has(&other, 1));
    assert!(keep(&other, 30) && has(&vault, 30) && keep(&vault, 31) && has(&other, 31));
    assert_eq!(vault.purge().unwrap(), 0);
    // Opened by the clock of the wall, all of it has expired.
    assert_eq!(open(&path).live().unwrap(), 0);
    assert_eq!(frames(&fs::read(&path).unwrap()).len(), 1);
    assert!(keep(&vault, 1) && has(&other, 1));
}

#[test]
fn many_entries_that_come_and_go_do_not_pile_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("v");
    let vault = open(&path).ttl(Duration::from_secs(100)).clock(|| NOW.get());
    for n in 0..2_500 {
        at(n as u64);
        assert!(keep(&vault, n));
    }
    assert!(frames(&fs::read(&path).unwrap()).len() < 1_300);
    assert!((2_450..2_500).all(|n| has(&vault, n)));
}

#[test]
fn vaults_are_purged_while_others_write_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("v");
    open(&path);
    std::thread::scope(|scope| {
        for part in 0..3 {
            let path = &path;
            scope.spawn(move || {
                for n in part * 60..part * 60 + 60 {
                    let vault = open(path);
                    assert!(keep(&vault, n) && has(&vault, n));
                }
            });
        }
        for _ in 0..60 {
            // What expires at once is left behind, and whoever opens the vault next removes it.
            let brief = open(&path).ttl(Duration::ZERO);
            assert!(keep(&brief, 999));
            brief.purge().unwrap();
        }
    });
    let vault = open(&path);
    assert!((0..180).all(|n| has(&vault, n)));
    assert_eq!(vault.live().unwrap(), 180);
}
