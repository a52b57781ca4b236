//! Golden cases as data: `tests/golden/*.toml`.
//!
//! A case is a template and what must be found in it. Without `expect`, that is exactly its `{secret:…}` marks; with
//! it, a list of rule and literal text, or the first and last of it around `…`. Findings that are not listed fail the case. With `prefix`, what a mail, a log or
//! a listing writes before each line stands before each line of the expanded text, `#` in it being the line's number.
//! Each case runs whole and cut at every byte.

mod common;

use common::Bench;
use keysieve::synth::Template;
use keysieve::{Mode, Pack, Profile, Scanner};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    text: String,
    #[serde(default)]
    expect: Option<Vec<(String, String)>>,
    /// Profiles under which the case holds; both if not given.
    #[serde(default)]
    profiles: Vec<String>,
    #[serde(default)]
    prefix: String,
}

type Place = (String, usize, usize);

fn expected(case: &Case, pack: &Pack) -> (Vec<u8>, Vec<Place>) {
    let expanded = Template::parse(&case.text).expand(pack, 17).unwrap();
    let text = expanded.text;
    let places = match &case.expect {
        None => expanded.secrets.into_iter().map(|(id, s)| (id, s.start(), s.end())).collect(),
        Some(list) => {
            let mut from = 0;
            let mut next = |literal: &str| {
                let at = text[from..].windows(literal.len()).position(|w| w == literal.as_bytes());
                let start =
                    from + at.unwrap_or_else(|| panic!("{}: `{literal}` is not in it", case.name));
                from = start + literal.len();
                (start, from)
            };
            let mut find = |literal: &String| match literal.split_once('…') {
                Some((first, last)) => (next(first).0, next(last).1),
                None => next(literal),
            };
            list.iter()
                .map(|(id, literal)| (id.clone(), find(literal)))
                .map(|(id, (a, b))| (id, a, b))
                .collect()
        }
    };
    if case.prefix.is_empty() { (text, places) } else { prefixed(&case.prefix, &text, places) }
}

/// The text with `prefix` before each line, and where the places are then.
fn prefixed(prefix: &str, text: &[u8], places: Vec<Place>) -> (Vec<u8>, Vec<Place>) {
    let mut out = Vec::new();
    let mut moved = Vec::new();
    for (number, line) in text.split_inclusive(|b| *b == b'\n').enumerate() {
        out.extend(prefix.replace('#', &(number + 1).to_string()).into_bytes());
        for byte in line {
            moved.push(out.len());
            out.push(*byte);
        }
    }
    let to = |start: usize, end: usize| (moved[start], moved[end - 1] + 1);
    let place = |(id, start, end): Place| {
        let (start, end) = to(start, end);
        (id, start, end)
    };
    (out, places.into_iter().map(place).collect())
}

fn found(scanner: &Scanner, text: &[u8]) -> Vec<Place> {
    scanner
        .find_iter(text)
        .map(|f| (f.rule_id().to_owned(), f.span().start(), f.span().end()))
        .collect()
}

#[test]
fn golden_cases() {
    let pack = Pack::builtin();
    let mut benches = [
        ("alert", Bench::new(Profile::Alert, Mode::Label)),
        ("redact", Bench::new(Profile::Redact, Mode::Label)),
    ];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    let mut cases = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file: File = toml::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for case in file.case {
            cases += 1;
            let (text, places) = expected(&case, &pack);
            for (profile, bench) in &mut benches {
                if !case.profiles.is_empty() && !case.profiles.iter().any(|p| p == profile) {
                    continue;
                }
                let got = found(bench.scanner(), &text);
                if got != places {
                    let shown = String::from_utf8_lossy(&text);
                    wrong.push(format!(
                        "{} ({profile}): found {got:?}, expected {places:?} in\n{shown}",
                        case.name
                    ));
                    continue;
                }
                wrong.extend(bench.everywhere(&text));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cases} cases:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(cases >= 60, "only {cases} golden cases were found");
}
