//! Packs that must be refused, with the place and the words of the fault; and what is derived from patterns.

use super::pack::Pack;
use super::{keywords, pattern, reader, shape};
use crate::ErrorKind;

const RULE: &str = r#"[[rule]]
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
"#;

/// The rule with one line replaced.
fn with(key: &str, line: &str) -> String {
    let start = format!("{key} =");
    RULE.lines()
        .map(|l| if l.starts_with(&start) { line } else { l })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn faults_name_the_line_and_the_cause() {
    let twice = format!("{RULE}\n{RULE}");
    let cases: &[(&str, String, usize, &str)] = &[
        ("syntax", "[[rule]]\nid = \n".into(), 2, "not valid TOML"),
        ("missing key", with("severity", ""), 1, "`severity` is missing"),
        ("misspelt key", with("severity", "sevrity = \"high\""), 6, "did you mean `severity`?"),
        ("unknown key", format!("{RULE}sevrity = \"high\"\n"), 12, "did you mean `severity`?"),
        (
            "unknown table",
            format!("{RULE}[[rules]]\n"),
            12,
            "unknown key `rules`; did you mean `rule`?",
        ),
        ("word", with("severity", "severity = \"hihg\""), 6, "did you mean `high`?"),
        ("category", with("category", "category = \"sass\""), 4, "did you mean `saas`?"),
        ("type", with("title", "title = 3"), 3, "`title` must be a string, not integer"),
        ("empty", with("why", "why = \"\""), 5, "`why` is empty"),
        ("id", with("id", "id = \"Acme Token\""), 2, "not kebab-case"),
        ("unbounded", with("pattern", "pattern = 'acme_[0-9a-z]{24,}'"), 9, "no finite length"),
        ("too long", with("pattern", "pattern = 'acme_[0-9a-z]{9000}'"), 9, "the limit is 8192"),
        ("empty match", with("pattern", "pattern = '(?:acme_)?'"), 9, "matches the empty text"),
        ("bad regex", with("pattern", "pattern = 'acme_['"), 9, "does not parse"),
        ("assertion", with("pattern", "pattern = 'acme_[0-9]{9}\\b'"), 9, "use `bounds`"),
        ("look-around", with("pattern", "pattern = 'acme_(?=x)'"), 9, "does not parse"),
        (
            "anchor",
            with("anchors", "anchors = [\"acne_\"]"),
            1,
            "not every match holds one of `anchors`",
        ),
        ("short anchor", with("anchors", "anchors = [\"ac\"]"), 1, "shorter than 3 bytes"),
        (
            "optional group",
            with("pattern", "pattern = 'acme_(?<secret>[0-9]{9})?'"),
            9,
            "exactly once",
        ),
        ("max_len", format!("{RULE}max_len = 10\n"), 12, "a match can span 29 bytes"),
        ("hits", with("hits", "hits = [\"{secret}\"]"), 1, "at least two"),
        (
            "checksum",
            format!("{RULE}checks = [{{ checksum = \"githib\" }}]\n"),
            12,
            "did you mean `github`?",
        ),
        ("check", format!("{RULE}checks = [{{ entropie = 3 }}]\n"), 12, "a check is one of"),
        ("entropy", format!("{RULE}checks = [{{ entropy = 30 }}]\n"), 12, "at most 8"),
        ("tail", format!("{RULE}tail = {{ class = '[a-z]' }}\n"), 12, "a tail needs a limit"),
        (
            "tail class",
            format!("{RULE}tail = {{ class = 'ab', max = 5 }}\n"),
            12,
            "single character class",
        ),
        ("duplicate", twice, 13, "used already, in line 1"),
    ];
    for (name, text, line, words) in cases {
        let error = Pack::parse("mine.toml", text).unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains(words), "{name}: {shown}");
        assert_eq!(error.line(), Some(*line), "{name}: {shown}");
        assert!(shown.starts_with("mine.toml:"), "{name}: {shown}");
    }
    assert_eq!(Pack::parse("x", "[[rule]]\nid = 3\n").unwrap_err().kind(), ErrorKind::Schema);
}

#[test]
fn a_fault_in_a_rule_names_the_rule() {
    let error = Pack::parse("mine.toml", &with("pattern", "pattern = 'acme_.*'")).unwrap_err();
    assert_eq!(error.rule(), Some("acme-token"));
}

#[test]
fn rules_are_merged_by_id() {
    let first = Pack::parse("a", RULE).unwrap();
    let second = Pack::parse("b", &with("title", "title = \"Other\"")).unwrap();
    let both = first.merge(second);
    assert_eq!(both.len(), 1);
    assert_eq!(both.rules().next().unwrap().title(), "Other");
}

#[test]
fn anchors_are_proved_at_a_fixed_offset() {
    let cases: &[(&str, &[&str], bool, Option<usize>)] = &[
        ("ghp_[0-9a-z]{36}", &["ghp_"], false, Some(0)),
        ("(?:AKIA|ASIA)[A-Z]{16}", &["AKIA", "ASIA"], false, Some(0)),
        ("(?:AKIA|ASIA)[A-Z]{16}", &["AKIA"], false, None),
        ("gh[pousr]_[0-9a-z]{36}", &["ghp_"], false, None),
        ("[0-9A-Za-z]{52}JQQJ99[0-9]{4}", &["JQQJ99"], false, Some(52)),
        ("a{1,2}KEY[0-9]{4}", &["KEY"], false, None),
        ("(?:ab)?KEY=[0-9]{4}", &["KEY="], false, None),
        ("(?i)api_key=[0-9]{4}", &["api_key="], true, Some(0)),
        ("(?i)api_key=[0-9]{4}", &["api_key="], false, None),
        ("x(?:aa|bb)(?:KEY)[0-9]{1,4}", &["KEY"], false, Some(3)),
    ];
    for (source, anchors, caseless, offset) in cases {
        let heads = shape::heads(&pattern::parse(source).unwrap(), 256);
        let anchors: Vec<String> = anchors.iter().map(|a| (*a).to_owned()).collect();
        assert_eq!(shape::anchor_offset(&heads, &anchors, *caseless), *offset, "{source}");
    }
}

#[test]
fn names_are_compared_without_case_and_separators() {
    assert_eq!(keywords::normal(b"DD-API_Key"), b"ddapikey");
    assert_eq!(keywords::spellings("dd_key"), ["dd_key", "dd-key", "dd key", "dd.key", "ddkey"]);
    assert_eq!(keywords::spellings("datadog_api_key"), ["datadog", "datadog api key"]);
}

#[test]
fn near_words_are_close() {
    assert_eq!(reader::nearest("sevrity", &["title", "severity"]), Some("severity"));
    assert_eq!(reader::nearest("zzz", &["title", "severity"]), None);
}
