//! What is shared between texts, the beginning of a context or the working memory of streams, changes nothing of what is found.

mod common;

use std::ops::ControlFlow;

use common::{scanner, seen, soup};
use keysieve::{ContextCache, Finding, FingerprintKey, Mode, Pack, Profile, Redactor, Scratch};
use proptest::prelude::*;

/// More than one block, and no multiple of one.
const TURN: usize = 5_000;

fn key() -> FingerprintKey {
    FingerprintKey::new([9; 32])
}

/// Tokens of some rules between words, as JSON on one line: what agents send.
fn turn(pack: &Pack, seed: u64) -> Vec<u8> {
    let rules: Vec<_> = pack.rules().collect();
    let mut text = format!(r#"{{"role":"user","content":"turn {seed}: "#).into_bytes();
    for n in 0..6 {
        let rule = rules[(seed as usize * 31 + n * 277) % rules.len()];
        text.extend(soup::token(pack, rule, seed + n as u64));
        text.extend(b" and the password is c0rrect-h0rse, said he, ".repeat(4 + n));
    }
    text.resize(text.len().max(TURN), b'.');
    text.extend(b"\"},");
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_turn_reads_as_without_a_cache(
        seeds in proptest::collection::vec(0u64..500, 2..6),
        change in proptest::option::of(0usize..20_000),
        most in prop_oneof![Just(0usize), Just(20_000), Just(10_000_000)],
    ) {
        let pack = Pack::builtin();
        let scanner = scanner(Profile::Redact);
        let redactor = Redactor::new(&scanner, Mode::Label);
        let mut cache = ContextCache::new(key(), most);
        let mut context = b"{\"messages\":[".to_vec();
        for seed in seeds {
            context.extend(turn(&pack, seed));
            if let Some(byte) = change.and_then(|at| context.get_mut(at)) {
                // Somebody has edited an earlier message.
                *byte = byte.wrapping_add(1);
            }
            let (mut found, mut shown) = (Vec::new(), Vec::new());
            let body = [&context[..], b"]}"].concat();
            cache.scan(&scanner, &body, &mut |f: &Finding| {
                found.push(seen(f));
                ControlFlow::Continue(())
            });
            prop_assert_eq!(&found, &common::whole(&scanner, &body));
            let clean = redactor.redact_context(&mut cache, &body, &mut |f: &Finding| {
                shown.push(seen(f));
                ControlFlow::Continue(())
            });
            prop_assert!(clean == redactor.redact(&body));
            prop_assert_eq!(shown, found);
            prop_assert!(cache.weight() <= most);
        }
    }
}

#[test]
fn what_was_read_is_skipped_and_another_scanner_reads_anew() {
    let (alert, redact) = (scanner(Profile::Alert), scanner(Profile::Redact));
    let pack = Pack::builtin();
    let mut cache = ContextCache::new(key(), 10_000_000);
    let text = [turn(&pack, 1), turn(&pack, 2), turn(&pack, 3)].concat();
    let mut ignore = |_: &Finding| ControlFlow::Continue(());
    cache.scan(&alert, &text, &mut ignore);
    assert_eq!(cache.skipped(), 0);
    cache.scan(&alert, &text, &mut ignore);
    let once = cache.skipped();
    assert!(once > text.len() as u64 / 2, "{once} of {}", text.len());
    cache.scan(&redact, &text, &mut ignore);
    assert_eq!(cache.skipped(), once);
}

#[test]
fn a_sink_that_has_enough_leaves_the_cache_usable() {
    let scanner = scanner(Profile::Redact);
    let pack = Pack::builtin();
    let mut cache = ContextCache::new(key(), 10_000_000);
    let text = [turn(&pack, 4), turn(&pack, 5)].concat();
    cache.scan(&scanner, &text, &mut |_: &Finding| ControlFlow::Break(()));
    let mut found = Vec::new();
    cache.scan(&scanner, &text, &mut |f: &Finding| {
        found.push(seen(f));
        ControlFlow::Continue(())
    });
    assert_eq!(found, common::whole(&scanner, &text));
}

#[test]
fn streams_that_share_working_memory_find_what_they_find_alone() {
    let pack = Pack::builtin();
    let redactor = Redactor::new(&scanner(Profile::Redact), Mode::Label);
    let rules: Vec<_> = pack.rules().collect();
    let texts: Vec<Vec<u8>> = (0..20u64)
        .map(|n| [b"x ", &soup::token(&pack, rules[n as usize * 50], n)[..], b" y"].concat())
        .collect();
    let mut scratch = Scratch::new();
    let mut streams: Vec<_> = texts.iter().map(|_| redactor.stream(Vec::new())).collect();
    for at in 0..texts.iter().map(Vec::len).max().unwrap_or(0) {
        for (stream, text) in streams.iter_mut().zip(&texts) {
            stream.write_with(&mut scratch, text.get(at..=at).unwrap_or_default()).unwrap();
        }
    }
    for (stream, text) in streams.iter_mut().zip(&texts) {
        stream.end_with(&mut scratch).unwrap();
        assert!(*stream.writer_mut() == *redactor.redact(text));
    }
}
