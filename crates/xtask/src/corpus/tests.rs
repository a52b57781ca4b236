//! Every sample expands, holds what the manifest says, and its carrier parses.

use super::marks::{hide, show};
use super::{Sample, expand, expected_lines, sample, samples};
use keysieve::synth::Template;
use keysieve::{Config, Mode, Pack, Profile, Redactor, Scanner, Span};

#[test]
fn every_sample_expands_as_listed() {
    let pack = Pack::builtin();
    for sample in samples().unwrap() {
        let expanded = expand(&sample, &pack, 7).unwrap();
        let again = expand(&sample, &pack, 7).unwrap();
        assert_eq!(expanded.text, again.text, "{}: a seed gives one text", sample.file);
        let lines = expected_lines(&sample, &expanded);
        assert_eq!(lines.lines().count(), expanded.secrets.len(), "{}", sample.file);
    }
}

/// Fails unless every document in the carrier is JSON.
fn assert_parses(sample: &Sample, text: &[u8]) {
    let text = std::str::from_utf8(text).unwrap();
    let documents: Vec<&str> = match sample.carrier.as_str() {
        "json" => vec![text],
        "jsonl" => text.lines().collect(),
        "sse" => text.lines().filter_map(|line| line.strip_prefix("data: ")).collect(),
        "text" => return,
        other => panic!("{}: carrier `{other}`", sample.file),
    };
    assert!(!documents.is_empty(), "{}: an empty carrier", sample.file);
    for document in documents.into_iter().filter(|document| *document != "[DONE]") {
        let parsed: Result<serde_json::Value, _> = serde_json::from_str(document);
        assert!(parsed.is_ok(), "{}: {parsed:?}", sample.file);
    }
}

fn scanner(profile: Profile) -> Scanner {
    let config = Config::new().profile(profile);
    Scanner::builder().pack(Pack::builtin()).config(config).build().unwrap()
}

#[test]
fn every_carrier_parses_before_and_after() {
    let (pack, scanner) = (Pack::builtin(), scanner(Profile::Redact));
    let redactor = Redactor::new(&scanner, Mode::Label);
    for sample in samples().unwrap() {
        let planted = expand(&sample, &pack, 11).unwrap();
        assert_parses(&sample, &planted.text);
        assert_parses(&sample, &redactor.redact(&planted.text));
    }
}

#[test]
fn what_is_planted_is_found() {
    let (pack, scanner) = (Pack::builtin(), scanner(Profile::Redact));
    let mut faults = Vec::new();
    for (sample, seed) in samples().unwrap().iter().flat_map(|s| (1..6).map(move |n| (s, n))) {
        let planted = expand(sample, &pack, seed).unwrap();
        let found: Vec<Span> = scanner.find_iter(&planted.text).map(|f| f.span()).collect();
        let covered = |secret: &Span| {
            found.iter().any(|f| f.start() <= secret.start() && secret.end() <= f.end())
        };
        let missed = planted.secrets.iter().filter(|(_, span)| !covered(span));
        let missed: Vec<&String> = missed.map(|(rule, _)| rule).collect();
        if missed != sample.missed.iter().collect::<Vec<_>>() {
            faults.push(format!("{} seed {seed}: missed {missed:?}", sample.file));
        }
    }
    assert!(faults.is_empty(), "not as in the manifest:\n{}", faults.join("\n"));
}

#[test]
fn alert_is_quiet_about_the_rest() {
    let (pack, scanner) = (Pack::builtin(), scanner(Profile::Alert));
    for (sample, seed) in samples().unwrap().iter().flat_map(|s| (1..6).map(move |n| (s, n))) {
        let planted = expand(sample, &pack, seed).unwrap();
        for finding in scanner.find_iter(&planted.text) {
            let known = planted.secrets.iter().any(|(_, span)| *span == finding.span());
            assert!(known, "{} seed {seed}: {finding:?}", sample.file);
        }
    }
}

#[test]
fn manifest_lines_are_complete() {
    let kinds = ["prompts", "traces", "rag", "context", "benign"];
    for sample in samples().unwrap() {
        assert!(kinds.contains(&sample.kind.as_str()), "{}", sample.file);
        assert!(sample.file.starts_with(&sample.kind), "{}", sample.file);
        assert!(sample.rules.is_sorted(), "{}: rules in sorted order", sample.file);
        assert_eq!(sample.kind == "benign", sample.rules.is_empty(), "{}", sample.file);
        assert!(
            !sample.about.is_empty() && !sample.source.is_empty() && !sample.licence.is_empty()
        );
    }
}

#[test]
fn sample_by_file_name() {
    assert_eq!(sample("agent-session.jsonl").unwrap().file, "traces/agent-session.jsonl");
    assert!(sample("nothing").unwrap_err().contains("--list"));
}

#[test]
fn marks_of_the_corpus() {
    let plant =
        |text: &str| show(&Template::parse(&hide(text)).expand(&Pack::builtin(), 3).unwrap());
    let text = "{a} {secret:github-pat}: {as:some-rule}b-{digit:2}{/as}, {again:some-rule} {again:github-pat}";
    let planted = plant(text).unwrap();
    let rules: Vec<&str> = planted.secrets.iter().map(|(rule, _)| rule.as_str()).collect();
    assert_eq!(rules, ["github-pat", "some-rule", "some-rule", "github-pat"]);
    let secret = |i: usize| &planted.text[planted.secrets[i].1.range()];
    assert_eq!(secret(0), secret(3));
    assert_eq!(secret(1), secret(2));
    assert!(secret(1).starts_with(b"b-") && secret(1).len() == 4);
    assert!(planted.text.starts_with(b"{a} ") && !planted.text.contains(&4));
    assert!(plant("{again:some-rule}").unwrap_err().contains("without one before it"));
    assert!(plant("{as:some-rule}x").unwrap_err().contains("without {/as}"));
    assert!(plant("x{/as}").unwrap_err().contains("without {as:"));
}
