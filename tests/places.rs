//! Payloads of chat APIs, retrieval, traces and agents as data: `tests/places/*.toml`.
//!
//! A case is a template of a payload. Its `{secret:…}` marks are found, and nothing else; each has the JSONPath and the
//! channel that `places` lists, in order. The payload is JSON, JSON lines or a stream of events; redacted, it is still that,
//! and says the same but for the secrets. Each case runs whole and cut at every byte.

mod common;

use common::Bench;
use keysieve::synth::Template;
use keysieve::{Finding, Mode, Pack, Profile};
use serde::Deserialize;
use serde_json::Value;

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
    /// Path and channel of each secret; an empty channel is none.
    places: Vec<(String, String)>,
}

/// The documents of a payload.
fn documents(text: &str) -> Vec<Value> {
    if text.lines().any(|line| line.starts_with("data:")) {
        let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
        return data
            .filter(|data| data.trim() != "[DONE]")
            .map(|data| serde_json::from_str(data).expect("valid JSON in each event"))
            .collect();
    }
    serde_json::Deserializer::from_str(text)
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("valid JSON")
}

fn place(finding: &Finding) -> (String, String) {
    let channel = finding.channel().map(keysieve::Channel::as_str);
    (finding.path().unwrap_or_default().to_owned(), channel.unwrap_or_default().to_owned())
}

/// What is wrong with a case, in words.
fn fault(case: &Case, bench: &mut Bench, pack: &Pack) -> Option<String> {
    let expanded = Template::parse(&case.text).expand(pack, 23).unwrap();
    let text = String::from_utf8(expanded.text).unwrap();
    let found: Vec<Finding> = bench.scanner().find_iter(text.as_bytes()).collect();
    let spans: Vec<_> =
        found.iter().map(|f| (f.rule_id().to_owned(), f.span().start(), f.span().end())).collect();
    let marked: Vec<_> =
        expanded.secrets.iter().map(|(id, s)| (id.clone(), s.start(), s.end())).collect();
    if spans != marked {
        return Some(format!("found {spans:?} instead of {marked:?} in\n{text}"));
    }
    let places: Vec<_> = found.iter().map(place).collect();
    if places != case.places {
        return Some(format!("found at {places:?}"));
    }
    let mut hidden = text.clone();
    for (id, span) in expanded.secrets.iter().rev() {
        hidden.replace_range(span.range(), &format!("[REDACTED:{id}]"));
    }
    let clean = String::from_utf8(bench.whole(text.as_bytes()).1).unwrap();
    if documents(&clean) != documents(&hidden) {
        return Some(format!("redacted to\n{clean}"));
    }
    bench.everywhere(text.as_bytes())
}

#[test]
fn places_of_payloads() {
    let pack = Pack::builtin();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/places");
    let mut cases = 0;
    let mut wrong = Vec::new();
    let mut benches = [Profile::Alert, Profile::Redact].map(|p| Bench::new(p, Mode::Label));
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file: File = toml::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for case in file.case {
            cases += 1;
            for bench in &mut benches {
                let name = bench.scanner().config().effective_profile().as_str();
                wrong.extend(
                    fault(&case, bench, &pack)
                        .map(|what| format!("{} ({name}): {what}", case.name)),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cases} cases:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(cases >= 40, "only {cases} cases were found");
}
