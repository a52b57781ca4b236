//! Elastic Common Schema 9, one document a line.
//!
//! `event.original` stays empty on purpose: it would be the text with the secret in it.

use std::io::{self, Write};

use keysieve::Record;
use serde_json::{Value, json};

use crate::frameworks::frameworks;
use crate::json::harmless;
use crate::{Context, Entry, Report, finding_id, words};

const SCHEMA: &str = "9.4.0";

/// One document a line.
#[derive(Debug)]
pub struct Ecs {
    context: Context,
}

impl Ecs {
    /// Documents of the program of `context`.
    #[must_use]
    pub fn new(context: Context) -> Ecs {
        Ecs { context }
    }

    fn document(&self, record: &Record) -> Value {
        let mut labels = json!({
            "fingerprint": record.fingerprint,
            "fingerprint_key": record.fingerprint_key,
            "preview": record.preview,
            "confidence": record.confidence,
            "check": record.check,
            "line": record.line.to_string(),
            "column": record.column.to_string(),
            "span": format!("{}-{}", record.span[0], record.span[1]),
        });
        if let Some(channel) = &record.channel {
            labels["channel"] = json!(channel);
        }
        if let Some(path) = words::path(record) {
            labels["path"] = json!(path);
        }
        let mut tags = vec!["secret".to_owned(), record.category.clone()];
        tags.extend(frameworks(record).iter().map(|entry| entry.tag()));
        let mut rule = json!({
            "id": record.rule, "name": crate::neutral(record.title.as_bytes()),
            "category": record.category, "version": self.context.version,
        });
        if let Some(place) = &record.revoke {
            rule["reference"] = json!(crate::neutral(place.as_bytes()));
        }
        json!({
            "@timestamp": self.context.rfc3339(),
            "ecs": { "version": SCHEMA },
            "message": words::message(record),
            "tags": tags,
            "labels": labels,
            "event": {
                "kind": "alert", "category": ["intrusion_detection"], "type": ["info"],
                "id": finding_id(record), "action": record.action, "module": "keysieve",
                "provider": "keysieve", "dataset": "keysieve.finding", "severity": severity(record.severity),
            },
            "rule": rule,
            "file": { "path": words::source(record) },
        })
    }
}

impl Report for Ecs {
    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        writeln!(out, "{}", harmless(&self.document(&entry.record)))
    }
}

/// From 0 to 100, as detection rules score.
fn severity(severity: &str) -> u32 {
    match severity {
        "critical" => 99,
        "high" => 73,
        "medium" => 47,
        _ => 21,
    }
}
