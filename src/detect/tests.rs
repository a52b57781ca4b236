//! The engine against the naive oracle, on every rule and on soup.

use std::ops::ControlFlow;

use proptest::prelude::*;

use super::finding::Finding;
use super::naive::Oracle;
use super::program::Program;
use crate::{Config, Pack, Profile, Scanner, Scratch};

#[path = "../../tests/common/soup.rs"]
mod soup;

type Seen = (String, usize, usize, String, bool);

fn engine(scanner: &Scanner, scratch: &mut Scratch, text: &[u8]) -> Vec<Seen> {
    let mut out = Vec::new();
    scanner.scan(scratch, text, &mut |f: &Finding| {
        let span = f.span();
        let confidence = f.confidence().to_string();
        out.push((f.rule_id().to_owned(), span.start(), span.end(), confidence, f.truncated()));
        ControlFlow::Continue(())
    });
    out
}

fn naive(oracle: &Oracle<'_>, program: &Program, text: &[u8]) -> Vec<Seen> {
    let seen = |f: super::resolve::Found| {
        let id = program.plan(f.rule).unwrap().rule.id().to_owned();
        (id, f.start, f.end, f.confidence.to_string(), f.truncated)
    };
    oracle.find(text).into_iter().map(seen).collect()
}

fn compare(scanner: &Scanner, oracle: &Oracle<'_>, program: &Program, text: &[u8]) {
    let mut scratch = Scratch::new();
    assert_eq!(
        engine(scanner, &mut scratch, text),
        naive(oracle, program, text),
        "left: engine, right: oracle, text: {:?}",
        String::from_utf8_lossy(text)
    );
}

fn with_both(test: impl Fn(&Scanner, &Oracle<'_>, &Program)) {
    // What is encoded is read by the same function once more; the oracle reads texts as they stand.
    let config = Config::new().profile(Profile::Redact).decode_depth(0);
    let scanner = Scanner::builder().pack(Pack::builtin()).config(config).build().unwrap();
    let program = Program::new(&Pack::builtin(), crate::Confidence::Possible).unwrap();
    test(&scanner, &Oracle::new(&program), &program);
}

#[test]
fn every_example_of_every_rule() {
    with_both(|scanner, oracle, program| {
        let pack = Pack::builtin();
        for rule in pack.rules() {
            for text in soup::examples(&pack, rule, 31) {
                compare(scanner, oracle, program, &text);
            }
        }
    });
}

#[test]
fn soup_of_everything() {
    with_both(|scanner, oracle, program| {
        for seed in 0..250 {
            compare(scanner, oracle, program, &soup::soup(&Pack::builtin(), seed, 25));
        }
    });
}

#[test]
fn arbitrary_bytes() {
    with_both(|scanner, oracle, program| {
        let config =
            ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |(text in proptest::collection::vec(any::<u8>(), 0..300))| {
            compare(scanner, oracle, program, &text);
        });
    });
}
