//! The writers, on a record made from a rule that is made up here.

use keysieve::{Config, Pack, Profile, Record, Scanner};

use crate::{Entry, Json, Jsonl, Part, Report, Text};

fn entry() -> Entry {
    let pack = Pack::parse(
        "acme.toml",
        r#"
[[rule]]
id = "acme-token"
title = "Acme token"
category = "saas"
why = "Reads and writes the owner's Acme projects."
severity = "high"
confidence = "certain"
anchors = ["acme_live_"]
pattern = 'acme_live_[0-9a-z]{24}'
hits = ["ACME={secret}", "token: {secret}"]
misses = ["acme_live_{lower:5}", "acme_live_"]
"#,
    )
    .unwrap();
    let scanner = Scanner::builder().pack(pack).config(Config::new()).build().unwrap();
    let text = format!("x acme_live_{}\n", "0123456789ab".repeat(2));
    let finding = scanner.find_iter(text.as_bytes()).next().unwrap();
    let record = Record::new(&finding, "a\u{1b}b.txt", (1, 3), Profile::Alert);
    Entry { record, line: None, secret: None }
}

fn written(report: &mut dyn Report, entries: &[Entry]) -> String {
    let mut out = Vec::new();
    report.begin(&mut out).unwrap();
    entries.iter().for_each(|entry| report.entry(&mut out, entry).unwrap());
    report.end(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn text_is_neutral_and_masks() {
    let mut entry = entry();
    let parts =
        [Part::Cut, Part::Plain(b"x\x07 ".to_vec()), Part::Hidden("acme_live_…(34)".into())];
    entry.line = Some(parts.to_vec());
    let text = written(&mut Text::new(false), &[entry]);
    assert_eq!(
        text,
        "a\\u{1b}b.txt:1:3 high acme-token Acme token\n    …x\\u{7} acme_live_…(34)\n"
    );
}

#[test]
fn colour_only_if_wanted() {
    assert!(!written(&mut Text::new(false), &[entry()]).contains('\u{1b}'));
    assert!(written(&mut Text::new(true), &[entry()]).contains("\u{1b}[1m"));
}

#[test]
fn jsonl_is_one_object_a_line() {
    let text = written(&mut Jsonl, &[entry(), entry()]);
    assert_eq!(text.lines().count(), 2);
    let object: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(object["rule"], "acme-token");
    assert_eq!(object["span"], serde_json::json!([2, 36]));
    assert_eq!(object.get("secret"), None);
}

#[test]
fn json_is_one_array() {
    for n in 0..3 {
        let text = written(&mut Json::default(), &vec![entry(); n]);
        let array: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(array.len(), n);
    }
}

#[test]
fn a_secret_only_when_given() {
    let mut entry = entry();
    entry.secret = Some("shown".to_owned());
    let text = written(&mut Jsonl, std::slice::from_ref(&entry));
    assert!(text.contains("\"secret\":\"shown\""));
}
