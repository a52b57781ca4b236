//! What a pack lets through is clean text, under every way of cutting it, and nothing else changes.

use std::ops::ControlFlow;

use keysieve::{Config, Finding, FingerprintKey, Mode, Pack, Profile, Redactor, Scanner};

const RULES: &str = r#"
[[rule]]
id = "acme-token"
title = "Acme token"
category = "saas"
why = "Reads and writes the owner's projects."
severity = "high"
confidence = "certain"
anchors = ["acme_"]
pattern = 'acme_[0-9a-z]{24}'
hits = ["{secret}", "x {secret}"]
misses = ["acme_", "acme_{lower:5}"]

[[rule]]
id = "acme-blob"
title = "Acme blob"
category = "saas"
why = "Reads and writes the owner's projects."
severity = "high"
confidence = "certain"
anchors = ["acmeblob."]
pattern = 'acmeblob\.[0-9a-z]{8}'
tail = { class = '[0-9a-z]', max = 4096 }
hits = ["{secret}", "x {secret}"]
misses = ["acme_", "acme_{lower:5}"]

[[rule]]
id = "any-token"
title = "Random token"
category = "generic"
why = "Random strings are often tokens."
severity = "low"
confidence = "possible"
generic = "random"
hits = ["{alnum:40}", "see {alnum:36}"]
misses = ["{uuid}", "{word}"]
"#;

fn scanner(entry: &str, config: Config) -> Scanner {
    let text = format!("{RULES}\n[[allow]]\nreason = \"a sample in the manual\"\n{entry}\n");
    let pack = Pack::parse("acme.toml", &text).unwrap();
    Scanner::builder().pack(pack).config(config.profile(Profile::Redact)).build().unwrap()
}

fn found(scanner: &Scanner, text: &[u8]) -> Vec<String> {
    scanner.find_iter(text).map(|f| f.rule_id().to_owned()).collect()
}

/// A token of the rule; `n` tells them apart.
fn token(n: u64) -> String {
    let mark = "{secret:acme-token}";
    let pack = Pack::parse("acme.toml", RULES).unwrap();
    let text = keysieve::synth::Template::parse(mark).expand(&pack, n).unwrap().text;
    String::from_utf8(text).unwrap()
}

#[test]
fn values_patterns_and_fingerprints_name_what_is_let_through() {
    let (one, two) = (token(1), token(2));
    let text = format!("a {one} b {two} c");
    let key = || Config::new().fingerprint_key(FingerprintKey::from_text(b"key"));
    let print = {
        let keyed = scanner("rule = \"acme-token\"\nvalues = [\"-\"]", key());
        keyed.find_iter(one.as_bytes()).next().unwrap().fingerprint().unwrap()
    };
    let entries = [
        format!("rule = \"acme-token\"\nvalues = [\"{one}\"]"),
        format!("rule = \"acme-*\"\npatterns = ['{}[0-9a-z]{{10}}']", &one[..19]),
        format!("rule = \"*\"\nfingerprints = [\"{print}\"]"),
    ];
    for entry in &entries {
        let scanner = scanner(entry, key());
        let left: Vec<_> = scanner.find_iter(text.as_bytes()).map(|f| f.span().start()).collect();
        assert_eq!(left, [text.find(&two).unwrap()], "{entry}");
        let clean = Redactor::new(&scanner, Mode::Label).redact(text.as_bytes()).into_owned();
        assert_eq!(String::from_utf8(clean).unwrap(), format!("a {one} b [REDACTED:acme-token] c"));
    }
    // Without the key a fingerprint says nothing, and a wrong rule lets nothing through.
    for entry in [&entries[2], &entries[0].replace("acme-token", "acme-blob")] {
        assert_eq!(found(&scanner(entry, Config::new()), text.as_bytes()).len(), 2, "{entry}");
    }
}

#[test]
fn paths_hold_where_the_caller_says_the_text_is_from() {
    let (one, two) = (token(1), token(2));
    let entry =
        format!("rule = \"acme-token\"\nvalues = [\"{one}\"]\npaths = [\"tests/**\", \"*.md\"]");
    let scanner = scanner(&entry, Config::new());
    let text = format!("{one} {two}");
    for (place, left) in [("src/a.rs", 2), ("x/tests/b/a.rs", 1), ("docs/a.md", 1), ("-", 2)] {
        assert_eq!(found(&scanner.at(place), text.as_bytes()).len(), left, "{place}");
    }
    assert_eq!(found(&scanner, text.as_bytes()).len(), 2);
}

#[test]
fn an_entry_that_expires_needs_a_day_and_ends_with_it() {
    let entry = format!("rule = \"acme-token\"\nvalues = [\"{}\"]\nexpires = 2026-06-30", token(1));
    let left = |config: Config| found(&scanner(&entry, config), token(1).as_bytes()).len();
    assert_eq!(left(Config::new()), 1);
    assert_eq!(left(Config::new().today(2026, 6, 30)), 0);
    assert_eq!(left(Config::new().today(2026, 7, 1)), 1);
}

#[test]
fn cuts_change_nothing() {
    let blob = format!("acmeblob.{}", &token(3)[5..]);
    let long = format!("acmeblob.{}{}", &token(4)[5..], &token(5)[5..]);
    let text = format!("x {} {long} y {} {blob} {}\n", token(1), token(2), token(1));
    let entries = [
        format!("rule = \"acme-token\"\nvalues = [\"{}\"]", token(1)),
        format!("rule = \"acme-blob\"\nvalues = [\"{long}\"]"),
        "rule = \"acme-*\"\npaths = [\"tests/**\"]".to_owned(),
    ];
    for entry in &entries {
        let scanner = scanner(entry, Config::new()).at("tests/a");
        let redactor = Redactor::new(&scanner, Mode::Label);
        let whole = redactor.redact(text.as_bytes()).into_owned();
        assert_ne!(
            whole,
            Redactor::new(&plain(), Mode::Label).redact(text.as_bytes()).into_owned()
        );
        for cut in 0..text.len() {
            let mut spans = Vec::new();
            let mut stream = redactor.stream_with(Vec::new(), |f: &Finding| {
                spans.push(f.span());
                ControlFlow::Continue(())
            });
            stream.write(&text.as_bytes()[..cut]).unwrap();
            for byte in &text.as_bytes()[cut..] {
                stream.write(&[*byte]).unwrap();
            }
            assert_eq!(stream.finish().unwrap(), whole, "{entry} cut at {cut}");
            let want: Vec<_> = scanner.find_iter(text.as_bytes()).map(|f| f.span()).collect();
            assert_eq!(spans, want, "{entry} cut at {cut}");
        }
        // What is let through is let through again.
        assert_eq!(redactor.redact(&whole), whole);
    }
}

fn plain() -> Scanner {
    let pack = Pack::parse("acme.toml", RULES).unwrap();
    Scanner::builder().pack(pack).config(Config::new().profile(Profile::Redact)).build().unwrap()
}

#[test]
fn explain_says_who_let_it_through() {
    let entry = format!("rule = \"acme-token\"\nvalues = [\"{}\"]", token(1));
    let traces = scanner(&entry, Config::new()).explain(token(1).as_bytes());
    let said = &traces.iter().find(|t| t.rule == "acme-token").unwrap().steps.last().unwrap().what;
    assert!(said.contains("acme.toml:") && said.contains("a sample in the manual"), "{said}");
}
