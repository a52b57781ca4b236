//! Lines, reach, and what is forgotten.

use keysieve::{Finding, Pack, Scanner};

use super::*;
use crate::args::{EngineArg, EngineArgs, Input, PackArgs};
use crate::sources::Name;
use crate::talk::Voice;

const TOKEN: &str = "acme_live_";

fn token(n: u64) -> String {
    let mut dice = keysieve::synth::Dice::new(n);
    let alphabet = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let body: String = (0..24).map(|_| char::from(alphabet[dice.below(36)])).collect();
    format!("{TOKEN}{body}")
}

fn engine() -> (tempfile::TempDir, Engine) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("acme.toml");
    std::fs::write(&path, include_str!("../../../tests/cmd/rules.in/acme.toml")).unwrap();
    let packs =
        PackArgs { pack: vec![path], no_builtin: true, rule: Vec::new(), exclude_rule: Vec::new() };
    let args = EngineArgs {
        engine: EngineArg::Auto,
        vectors: None,
        known: crate::args::KnownArgs::default(),
        profile: None,
        min_confidence: None,
        input: Input::Auto,
        decode_depth: None,
        baseline: None,
        no_ignore_comments: false,
        key_file: None,
        stats: false,
    };
    let engine = Engine::new(&packs, &args, keysieve::Profile::Alert, QUIET).unwrap();
    (dir, engine)
}

fn find(text: &[u8]) -> Vec<Finding> {
    let pack = include_str!("../../../tests/cmd/rules.in/acme.toml");
    let pack = Pack::parse("acme.toml", pack).unwrap();
    Scanner::builder().pack(pack).build().unwrap().find_iter(text).collect()
}

const QUIET: Voice = Voice { quiet: true, colour: false, details: false };
const SHOWN: Shown = Shown { lines: false, secrets: false, comments: true };

#[test]
fn the_line_around_a_span() {
    let text = Stretch { bytes: b"one\ntwo three\nfour", base: 100 };
    let line = |start, end| {
        let span = text.line(Span::new(start, end));
        (span.start(), span.end())
    };
    assert_eq!(line(108, 113), (104, 113));
    assert_eq!(line(104, 104), (104, 113));
    assert_eq!(line(100, 101), (100, 103));
    assert_eq!(line(115, 118), (114, 118));
}

#[test]
fn a_finding_waits_for_its_line_to_be_decided() {
    let (_dir, engine) = engine();
    let text = format!("{} and more\nnext", token(1));
    let found = find(text.as_bytes());
    let mut trail = Trail::new(&engine, &SHOWN, Name::new("-".to_owned()));
    let (a, b) = text.as_bytes().split_at(38);
    trail.push(a);
    trail.decided(&found, 38);
    assert_eq!(trail.entries().count(), 0);
    trail.push(b);
    trail.decided(&[], 40);
    assert_eq!(trail.entries().count(), 0, "the rest of the line may hold a secret");
    trail.decided(&[], text.find('\n').unwrap());
    assert_eq!(trail.entries().count(), 1);
}

#[test]
fn beyond_reach_it_does_not_wait() {
    let (_dir, engine) = engine();
    let text = format!("{} {}", token(1), "x ".repeat(REACH));
    let found = find(text.as_bytes());
    let mut trail = Trail::new(&engine, &SHOWN, Name::new("-".to_owned()));
    trail.push(text.as_bytes());
    trail.decided(&found, text.len());
    assert_eq!(trail.entries().count(), 1);
}

#[test]
fn memory_does_not_follow_the_text() {
    let (_dir, engine) = engine();
    let mut trail = Trail::new(&engine, &SHOWN, Name::new("-".to_owned()));
    let piece = "no line end ".repeat(1000);
    for n in 1..1000 {
        trail.push(piece.as_bytes());
        trail.decided(&[], n * piece.len());
        assert!(trail.bytes.len() < PORTION + 2 * REACH + piece.len());
    }
}

#[test]
fn later_secrets_of_the_line_are_masked_too() {
    let (_dir, engine) = engine();
    let text = format!("a {} b {} c\n", token(1), token(2));
    let shown = Shown { lines: true, ..SHOWN };
    let mut trail = Trail::new(&engine, &shown, Name::new("-".to_owned()));
    trail.whole(text.as_bytes(), &find(text.as_bytes()));
    let entries: Vec<Entry> = trail.entries().collect();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        let line = format!("{:?}", entry.line.unwrap());
        assert_eq!(line.matches("Hidden").count(), 2, "{line}");
    }
}
