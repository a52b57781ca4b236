//! The writers, on a record made from a rule that is made up here.

use keysieve::{Config, Record};

use crate::frameworks::frameworks;
use crate::{
    Cef, Context, Ecs, Entry, Github, Gitlab, GitlabQuality, Html, Json, Jsonl, Ocsf, Part, Report,
    Sarif, Text, finding_id,
};

fn entry() -> Entry {
    let record = keysieve_acme::records(1, "a\u{1b}b.txt", Config::new()).remove(0);
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

fn fixed() -> Context {
    Context { version: "1.2.3", now: || 1_790_000_000_123 }
}

/// Every writer, by name.
fn writers() -> Vec<(&'static str, Box<dyn Report>)> {
    vec![
        ("text", Box::new(Text::new(false))),
        ("sarif", Box::new(Sarif::new(fixed()))),
        ("ocsf", Box::new(Ocsf::new(fixed()))),
        ("ecs", Box::new(Ecs::new(fixed()))),
        ("cef", Box::new(Cef::new(fixed()))),
        ("github", Box::new(Github)),
        ("gitlab", Box::new(Gitlab::new(fixed()))),
        ("gitlab-quality", Box::new(GitlabQuality::default())),
        ("html", Box::new(Html::new(fixed()))),
    ]
}

/// An entry whose every foreign text tries to get out of its format.
fn hostile() -> Entry {
    let mut entry = entry();
    let evil = "\u{1b}[2J\n::error::x\r|=,\u{202e}<script>alert(1)</script>\"'&\\";
    entry.record.source = format!("a{evil}");
    entry.record.path = Some(format!("$.{evil}"));
    entry.record.channel = Some("tool_result".to_owned());
    entry.line = Some(vec![
        Part::Plain(evil.as_bytes().to_vec()),
        Part::Hidden("acme_live_…(34)".into()),
        Part::Exposed(b"exposed".to_vec()),
    ]);
    entry
}

#[test]
fn foreign_text_stays_inside_its_format() {
    for (name, mut writer) in writers() {
        let text = written(&mut *writer, &[hostile()]);
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{name}: {text}");
        assert!(name == "text" || !text.contains("<script>alert"), "{name}: {text}");
        assert!(!text.lines().any(|line| line.starts_with("::error::")), "{name}: {text}");
    }
}

#[test]
fn what_is_one_line_stays_one_line() {
    for (name, mut writer) in writers() {
        let lines = written(&mut *writer, &[hostile(), hostile()]).lines().count();
        match name {
            "ocsf" | "ecs" | "cef" | "github" => assert_eq!(lines, 2, "{name}"),
            _ => {}
        }
    }
}

#[test]
fn what_is_json_parses_with_any_number_of_findings() {
    for count in 0..3 {
        for (name, mut writer) in writers() {
            let text = written(&mut *writer, &vec![hostile(); count]);
            let whole = serde_json::from_str::<serde_json::Value>(&text);
            match name {
                "sarif" => {
                    let run = &whole.unwrap()["runs"][0];
                    assert_eq!(run["results"].as_array().unwrap().len(), count);
                    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
                    assert_eq!(rules.len(), count.min(1));
                }
                "gitlab" => {
                    assert_eq!(whole.unwrap()["vulnerabilities"].as_array().unwrap().len(), count);
                }
                "gitlab-quality" => assert_eq!(whole.unwrap().as_array().unwrap().len(), count),
                "ocsf" | "ecs" => text.lines().for_each(|line| {
                    serde_json::from_str::<serde_json::Value>(line).unwrap();
                }),
                _ => {}
            }
        }
    }
}

#[test]
fn a_page_has_no_secret_and_its_own_script_only() {
    let page = written(&mut Html::new(fixed()), &[hostile(), hostile()]);
    assert!(!page.contains("exposed<") && page.contains("[7 bytes]"));
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("<article").count(), 1, "one credential, seen twice");
    assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"));
    assert!(!page.contains("src=\"http") && !page.contains("@import"));
}

#[test]
fn ids_tell_places_apart_and_nothing_else() {
    let one = entry();
    let mut other = entry();
    assert_eq!(finding_id(&one.record), finding_id(&other.record));
    other.record.title = "renamed".to_owned();
    assert_eq!(finding_id(&one.record), finding_id(&other.record));
    other.record.span[0] += 1;
    assert_ne!(finding_id(&one.record), finding_id(&other.record));
}

#[test]
fn channels_add_to_the_mapping() {
    let mut record = entry().record;
    let ids = |record: &Record| frameworks(record).iter().map(|e| e.id).collect::<Vec<_>>();
    for always in ["NHI2", "LLM02", "PR.AA-01", "RS.MI-01", "MEASURE 2.7"] {
        assert!(ids(&record).contains(&always));
    }
    for (channel, id) in [("system", "LLM07"), ("retrieval", "LLM08"), ("tool_call", "ASI02")] {
        assert!(!ids(&record).contains(&id));
        record.channel = Some(channel.to_owned());
        assert!(ids(&record).contains(&id));
    }
}
