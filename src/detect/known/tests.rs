//! Known secrets against an oracle that compares every place with every secret, and against lines that were changed.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::scan::scanner::Scanner;

fn key(n: u8) -> FingerprintKey {
    FingerprintKey::new([n; 32])
}

fn scanner(secrets: &[Vec<u8>]) -> Scanner {
    let mut known = KnownSecrets::new(key(1));
    secrets.iter().for_each(|secret| known.add(secret).unwrap());
    // By hashes alone.
    let lines = known.lines(|| *b"saltsalt");
    let mut hashes = KnownSecrets::new(key(1));
    lines.iter().for_each(|line| hashes.add_line(line).unwrap());
    Scanner::builder().known(hashes).build().unwrap()
}

fn found(scanner: &Scanner, text: &[u8]) -> Vec<(usize, usize)> {
    scanner.find_iter(text).map(|f| (f.span().start(), f.span().end())).collect()
}

/// Every place of every secret, the longest of each place, from left to right; of one that begins inside another what is
/// left behind that.
fn naive(secrets: &[Vec<u8>], text: &[u8]) -> Vec<(usize, usize)> {
    let longest = |at: usize| {
        let here = secrets.iter().filter(|secret| text[at..].starts_with(secret));
        here.map(Vec::len).max().map(|length| (at, Reverse(at + length)))
    };
    let mut waiting: BTreeSet<_> = (0..text.len()).filter_map(longest).collect();
    let mut all: Vec<(usize, usize)> = Vec::new();
    while let Some((start, Reverse(end))) = waiting.pop_first() {
        let free = all.last().map_or(0, |last| last.1);
        if start >= free {
            all.push((start, end));
        } else if end > free {
            waiting.insert((free, Reverse(end)));
        }
    }
    all
}

/// Texts of few letters, so that secrets overlap and share their beginnings and ends.
fn letters(length: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(proptest::sample::select(b"abq ".to_vec()), length)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_finds_what_the_oracle_finds(
        secrets in proptest::collection::vec(letters(8..14), 1..5),
        parts in proptest::collection::vec((0usize..8, letters(0..12)), 0..12),
        cuts in proptest::collection::vec(1usize..40, 1..6),
    ) {
        let mut text = Vec::new();
        for (which, between) in &parts {
            text.extend(between);
            text.extend(secrets.get(*which).into_iter().flatten());
        }
        let scanner = scanner(&secrets);
        let wanted = naive(&secrets, &text);
        prop_assert_eq!(&found(&scanner, &text), &wanted);
        let mut stream = scanner.stream();
        let mut seen = Vec::new();
        let mut sink = |f: &crate::Finding| {
            seen.push((f.span().start(), f.span().end()));
            std::ops::ControlFlow::Continue(())
        };
        let mut rest = &text[..];
        for cut in cuts.iter().cycle() {
            let (piece, behind) = rest.split_at((*cut).min(rest.len()));
            stream.write(piece, &mut sink);
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
        stream.finish(&mut sink);
        prop_assert_eq!(seen, wanted);
    }
}

#[test]
fn lines_are_masked_and_bound_to_their_key() {
    let mut known = KnownSecrets::new(key(1));
    known.add(b"correct horse").unwrap();
    let [one, two] = [b"salt one", b"salt two"].map(|salt| known.lines(|| *salt).remove(0));
    assert_ne!(one, two, "equal secrets cannot be told to be equal");
    let mut again = KnownSecrets::new(key(1));
    again.add_line(&one).unwrap();
    again.add_line(&two).unwrap();
    assert_eq!(again.hashes[0], known.hashes[0]);
    assert_eq!(again.hashes[1], known.hashes[0]);
    let said =
        |line: &str, n: u8| KnownSecrets::new(key(n)).add_line(line).unwrap_err().to_string();
    assert!(said(&one, 2).contains("another key"));
    for at in 5..one.len() {
        let other = if one.as_bytes()[at] == b'0' { "1" } else { "0" };
        let changed = format!("{}{other}{}", &one[..at], &one[at + 1..]);
        assert!(said(&changed, 1).contains("changed"), "{at}");
    }
    for line in ["", "ksk1:", "ksk1:00", "correct horse", &one[..one.len() - 2]] {
        assert!(said(line, 1).contains("no line"), "{line}");
    }
}

#[test]
fn too_short_and_too_long_are_refused_without_being_shown() {
    let mut known = KnownSecrets::new(key(1));
    let error = known.add(b"hunter2").unwrap_err().to_string();
    assert!(error.contains("8 to 4096 bytes") && !error.contains("hunter"), "{error}");
    assert!(known.add(&[b'x'; 4097]).is_err());
    assert!(known.add(&[b'x'; 4096]).is_ok() && known.add(b"hunter22").is_ok());
}
