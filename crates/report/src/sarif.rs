//! SARIF 2.1.0 (OASIS standard), for code hosts and editors.
//!
//! Results are written as they come; the rules they name and the catalogues follow them, which JSON allows. There are no
//! snippets, and no columns: SARIF counts characters, findings count bytes. The byte range is exact.

use std::collections::BTreeMap;
use std::io::{self, Write};

use keysieve::Record;
use serde_json::{Value, json};

use crate::frameworks::{self, ENTRIES, Framework, frameworks};
use crate::json::harmless;
use crate::{Context, Entry, Report, words};

/// One SARIF log of one run.
#[derive(Debug)]
pub struct Sarif {
    context: Context,
    /// Rules by id, with their index.
    rules: BTreeMap<String, (usize, Value)>,
    begun: bool,
}

impl Sarif {
    /// A log written by the program of `context`.
    #[must_use]
    pub fn new(context: Context) -> Sarif {
        Sarif { context, rules: BTreeMap::new(), begun: false }
    }

    fn rule(&mut self, record: &Record) -> usize {
        let next = self.rules.len();
        let make = || (next, rule(record));
        self.rules.entry(record.rule.clone()).or_insert_with(make).0
    }

    fn result(&mut self, record: &Record) -> Value {
        let mut location = json!({
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&record.source) },
                "region": {
                    "startLine": record.line,
                    "byteOffset": record.span[0],
                    "byteLength": record.span[1] - record.span[0],
                },
            },
        });
        if let Some(path) = words::path(record) {
            location["logicalLocations"] =
                json!([{ "fullyQualifiedName": path, "kind": "member" }]);
        }
        let mut result = json!({
            "ruleId": record.rule,
            "ruleIndex": self.rule(record),
            "level": level(record.severity),
            "message": { "text": words::message(record) },
            "locations": [location],
            "taxa": frameworks(record).iter().map(taxon).collect::<Vec<_>>(),
            "properties": {
                "byteColumn": record.column,
                "confidence": record.confidence,
                "check": record.check,
                "channel": record.channel,
                "action": record.action,
                "encoding": record.encoding,
            },
        });
        if let Some(fingerprint) = words::lasting_fingerprint(record) {
            result["partialFingerprints"] = json!({ "secretHmac/v1": fingerprint });
        }
        result
    }

    /// What stands behind the results.
    fn rest(&self) -> Value {
        let mut rules: Vec<&(usize, Value)> = self.rules.values().collect();
        rules.sort_by_key(|(index, _)| *index);
        let rules: Vec<&Value> = rules.into_iter().map(|(_, rule)| rule).collect();
        json!({
            "tool": { "driver": {
                "name": "keysieve",
                "semanticVersion": self.context.version,
                "rules": rules,
                "supportedTaxonomies":
                    Framework::ALL.iter().map(|f| json!({ "name": f.name() })).collect::<Vec<_>>(),
            }},
            "taxonomies": Framework::ALL.iter().map(|f| taxonomy(*f)).collect::<Vec<_>>(),
            "invocations": [{ "executionSuccessful": true, "endTimeUtc": self.context.rfc3339() }],
        })
    }
}

impl Report for Sarif {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(
            b"{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\"results\":[",
        )
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        let comma: &[u8] = if std::mem::replace(&mut self.begun, true) { b",\n" } else { b"\n" };
        out.write_all(comma)?;
        out.write_all(harmless(&self.result(&entry.record)).as_bytes())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let rest = harmless(&self.rest());
        // The rest is an object of its own; without its first brace it goes on with ours.
        writeln!(out, "\n],{}]}}", rest.trim_start_matches('{'))
    }
}

fn rule(record: &Record) -> Value {
    let mut rule = json!({
        "id": record.rule,
        "name": record.rule,
        "shortDescription": { "text": crate::neutral(record.title.as_bytes()) },
        "help": { "text": words::remedy(record) },
        "defaultConfiguration": { "level": level(record.severity) },
        "properties": {
            "tags": ["security", "secret", record.category],
            "precision": precision(record.confidence),
            "security-severity": security_severity(record.severity),
        },
    });
    if let Some(place) = record.revoke.as_ref().filter(|place| place.starts_with("https://")) {
        rule["helpUri"] = json!(uri_text(place));
    }
    rule
}

fn taxon(entry: &frameworks::Entry) -> Value {
    json!({ "id": entry.id, "toolComponent": { "name": entry.framework.name() } })
}

fn taxonomy(framework: Framework) -> Value {
    let taxa = ENTRIES.iter().filter(|entry| entry.framework == framework);
    let taxa = taxa.map(|e| json!({ "id": e.id, "shortDescription": { "text": e.title } }));
    json!({
        "name": framework.name(),
        "version": framework.version(),
        "informationUri": framework.home(),
        "isComprehensive": false,
        "taxa": taxa.collect::<Vec<_>>(),
    })
}

fn level(severity: &str) -> &'static str {
    match severity {
        "critical" | "high" => "error",
        "medium" => "warning",
        _ => "note",
    }
}

fn precision(confidence: &str) -> &'static str {
    match confidence {
        "certain" => "very-high",
        "likely" => "high",
        _ => "medium",
    }
}

/// The score that code hosts sort by.
fn security_severity(severity: &str) -> &'static str {
    match severity {
        "critical" => "9.5",
        "high" => "8.0",
        "medium" => "5.5",
        _ => "3.0",
    }
}

/// A path as a URI reference: `file://` before it if it is absolute, everything unusual in percent escapes.
fn uri(path: &str) -> String {
    let slashes = if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() };
    let text = uri_text(&slashes).replace(':', "%3A");
    match text.starts_with('/') {
        true => format!("file://{text}"),
        false => text,
    }
}

fn uri_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' | b':' => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
