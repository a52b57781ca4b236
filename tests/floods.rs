//! Hostile input costs linear time: floods made from every rule's own prefix and alphabet.
//!
//! No clocks: the counter of bytes that patterns examined must stay under 16 for each input byte, and must not grow
//! faster than the input.

mod common;

use std::ops::ControlFlow;
use std::sync::Mutex;

use common::{on_every_rule, scanner, soup};
use keysieve::synth::Dice;
use keysieve::{Finding, Pack, Profile, Rule, Scanner, Scratch};

const MOST_PER_BYTE: f64 = 16.0;
/// Length of the shorter flood; the longer one is twice as long.
const SMALL: usize = 3 * 1024;

fn examined(scanner: &Scanner, scratch: &mut Scratch, text: &[u8]) -> u64 {
    let before = scratch.stats().regex_bytes;
    scanner.scan(scratch, text, &mut |_: &Finding| ControlFlow::Continue(()));
    scratch.stats().regex_bytes - before
}

fn flood(piece: &[u8], len: usize) -> Vec<u8> {
    piece.iter().copied().cycle().take(len).collect()
}

/// Pieces that make a rule work for nothing when they are repeated.
fn pieces(pack: &Pack, rule: &Rule, seed: u64) -> Vec<Vec<u8>> {
    let token = soup::token(pack, rule, seed);
    let anchor = rule.anchors().first().cloned().unwrap_or_default().into_bytes();
    let cut = |n: usize| token[..token.len().saturating_sub(n)].to_vec();
    let mut out = vec![anchor.clone(), token.clone(), cut(1), cut(2), cut(token.len() / 2)];
    let body = token.last().copied().unwrap_or(b'a');
    for n in [1, 3, 8, 30, 200] {
        let mut piece = anchor.clone();
        piece.extend(std::iter::repeat_n(body, n));
        out.push(piece);
    }
    for glue in [&b"="[..], b"=\"", b": ", b"=\\\"", b" is "] {
        out.push([&anchor[..], glue].concat());
        out.push([&anchor[..], glue, b"a1B!"].concat());
    }
    out.retain(|piece| !piece.is_empty());
    out
}

/// Measures a flood and writes down what is wrong with it.
fn measure(
    scanner: &Scanner,
    scratch: &mut Scratch,
    name: &str,
    piece: &[u8],
    bad: &mut Vec<String>,
) -> f64 {
    let small = examined(scanner, scratch, &flood(piece, SMALL));
    let large = examined(scanner, scratch, &flood(piece, 2 * SMALL));
    let ratio = large as f64 / (2 * SMALL) as f64;
    let shown = String::from_utf8_lossy(&piece[..piece.len().min(60)]);
    if ratio > MOST_PER_BYTE {
        bad.push(format!("{name}: {ratio:.1} bytes examined per byte of {shown:?}"));
    }
    let grown = large as f64 / (small as f64 + 2048.0);
    if grown > 2.2 {
        bad.push(format!("{name}: grows {grown:.2} times when the input doubles: {shown:?}"));
    }
    ratio
}

#[test]
fn each_rule_alone() {
    let pack = Pack::builtin();
    let bad = Mutex::new(Vec::new());
    on_every_rule(&pack, |rules| {
        let scanner = scanner(Profile::Redact);
        let mut scratch = Scratch::new();
        let mut mine = Vec::new();
        let mut worst = (0.0, String::new());
        for rule in rules {
            for piece in pieces(&pack, rule, 1) {
                let ratio = measure(&scanner, &mut scratch, rule.id(), &piece, &mut mine);
                if ratio > worst.0 {
                    worst = (ratio, rule.id().to_owned());
                }
            }
        }
        println!("worst: {:.2} bytes examined per byte, {}", worst.0, worst.1);
        bad.lock().unwrap().extend(mine);
    });
    let bad = bad.into_inner().unwrap();
    assert!(bad.is_empty(), "{} floods:\n{}", bad.len(), bad.join("\n"));
}

#[test]
fn rules_nested_and_mixed() {
    let pack = Pack::builtin();
    let scanner = scanner(Profile::Redact);
    let mut scratch = Scratch::new();
    let rules: Vec<&Rule> = pack.rules().collect();
    let mut dice = Dice::new(99);
    let mut bad = Vec::new();
    for round in 0..300 {
        let mut piece = Vec::new();
        for _ in 0..1 + dice.below(5) {
            let all = pieces(&pack, rules[dice.below(rules.len())], dice.roll());
            piece.extend_from_slice(&all[dice.below(all.len())]);
        }
        piece.truncate(2 * 1024);
        measure(&scanner, &mut scratch, &format!("mix {round}"), &piece, &mut bad);
    }
    assert!(bad.is_empty(), "{} floods:\n{}", bad.len(), bad.join("\n"));
}

#[test]
fn long_lines_without_breaks() {
    let scanner = scanner(Profile::Redact);
    let mut scratch = Scratch::new();
    let mut bad = Vec::new();
    for piece in [
        "A",
        "a1",
        "[",
        "\\",
        "\"",
        "=",
        ":",
        "/",
        "eyJ",
        "{\"a\":",
        "\\\"",
        "-----BEGIN ",
        "://a:",
    ] {
        measure(&scanner, &mut scratch, "line", piece.as_bytes(), &mut bad);
    }
    assert!(bad.is_empty(), "{} floods:\n{}", bad.len(), bad.join("\n"));
}
