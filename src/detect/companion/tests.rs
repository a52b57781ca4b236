//! Which finding is linked to which, by rules made up here.

use crate::{Config, Pack, Profile, Scanner};

const PACK: &str = r#"
[[rule]]
id = "acme-id"
title = "Acme id"
category = "saas"
why = "Names the account."
severity = "low"
confidence = "certain"
anchors = ["acid_"]
pattern = 'acid_[0-9]{4}'
pairs = ["acme-secret"]
hits = ["{secret}", "x {secret}"]
misses = ["acid_", "acid_1"]

[[rule]]
id = "acme-secret"
title = "Acme secret"
category = "saas"
why = "Opens the account."
severity = "high"
confidence = "likely"
anchors = ["acsec_"]
pattern = 'acsec_[0-9a-z]{6}'
hits = ["{secret}", "x {secret}"]
misses = ["acsec_", "acsec_1"]

[[rule]]
id = "beta-secret"
title = "Beta secret"
category = "saas"
why = "Opens the account."
severity = "high"
confidence = "likely"
anchors = ["besec_"]
pattern = 'besec_[0-9a-z]{6}'
checks = [{ companion = 'site=(?<secret>[0-9]{3})', within = 40, name = "beta-site", required = true }]
hits = ["site=123 {secret}", "site=456, {secret}"]
misses = ["besec_abcdef", "site=12 besec_abcdef"]
"#;

fn links(text: &str) -> Vec<(String, String)> {
    let pack = Pack::parse("acme", PACK).unwrap();
    assert_eq!(crate::lint::lint(&pack), []);
    let config = Config::new().profile(Profile::Redact);
    let scanner = Scanner::builder().pack(pack).config(config).build().unwrap();
    let at = |f: &crate::Finding| text[f.span().range()].to_owned();
    scanner
        .find_iter(text.as_bytes())
        .map(|f| {
            let other = f.companion().map(|c| format!("{} {}", c.rule, &text[c.span.range()]));
            (at(&f), other.unwrap_or_default())
        })
        .collect()
}

fn check(text: &str, want: &[(&str, &str)]) {
    let got = links(text);
    let got: Vec<(&str, &str)> = got.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(got, want, "{text}");
}

#[test]
fn the_later_one_is_linked_to_the_earlier_in_either_order() {
    check(
        "{\"id\": \"acid_1111\",\n \"secret\": \"acsec_aaaaaa\"}",
        &[("acid_1111", ""), ("acsec_aaaaaa", "acme-id acid_1111")],
    );
    check(
        "acsec_aaaaaa and acid_1111",
        &[("acsec_aaaaaa", ""), ("acid_1111", "acme-secret acsec_aaaaaa")],
    );
}

#[test]
fn each_has_one_partner() {
    check(
        "acid_1111 acsec_aaaaaa acid_2222 acsec_bbbbbb acid_3333",
        &[
            ("acid_1111", ""),
            ("acsec_aaaaaa", "acme-id acid_1111"),
            ("acid_2222", ""),
            ("acsec_bbbbbb", "acme-id acid_2222"),
            ("acid_3333", ""),
        ],
    );
}

#[test]
fn what_is_far_away_is_not_linked() {
    let far = "filler ".repeat(200);
    check(&format!("acid_1111 {far} acsec_aaaaaa"), &[("acid_1111", ""), ("acsec_aaaaaa", "")]);
}

#[test]
fn an_id_that_is_no_finding_is_told_by_its_name() {
    check("site=123\nbesec_abcdef", &[("besec_abcdef", "beta-site 123")]);
    check("site=123 site=456 besec_abcdef", &[("besec_abcdef", "beta-site 456")]);
    check("besec_abcdef site=123", &[]);
}

#[test]
fn a_pair_that_does_not_exist_is_a_fault() {
    let pack = Pack::parse("acme", &PACK.replace("\"acme-secret\"]", "\"acme-secrets\"]")).unwrap();
    let faults = crate::lint::lint(&pack);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].message.contains("acme-secrets"));
}
