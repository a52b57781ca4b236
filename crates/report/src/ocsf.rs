//! OCSF 1.5 events of class Detection Finding (2004), one a line, for security data lakes.
//!
//! The profile `security_control` says what was done: reported (detected) or redacted (corrected). Nothing of the secret is
//! in an event; catalogues of risks are tags of the finding.

use std::io::{self, Write};

use keysieve::Record;
use serde_json::{Value, json};

use crate::frameworks::frameworks;
use crate::json::harmless;
use crate::{Context, Entry, Report, finding_id, words};

/// Version of the schema that the events follow.
const SCHEMA: &str = "1.5.0";
const DETECTION_FINDING: u32 = 2004;
const CREATE: u32 = 1;

/// One event a line.
#[derive(Debug)]
pub struct Ocsf {
    context: Context,
}

impl Ocsf {
    /// Events reported by the program of `context`.
    #[must_use]
    pub fn new(context: Context) -> Ocsf {
        Ocsf { context }
    }

    fn event(&self, record: &Record) -> Value {
        let now = (self.context.now)();
        // What was done, and what became of the text.
        let (action, disposition) = match record.action {
            "block" => (2, 2),
            "redact" | "pseudonymize" => (4, 11),
            _ => (3, 15),
        };
        json!({
            "activity_id": CREATE,
            "activity_name": "Create",
            "category_uid": 2,
            "category_name": "Findings",
            "class_uid": DETECTION_FINDING,
            "class_name": "Detection Finding",
            "type_uid": DETECTION_FINDING * 100 + CREATE,
            "time": now,
            "severity_id": severity(record.severity).0,
            "severity": severity(record.severity).1,
            "confidence_id": confidence(record.confidence).0,
            "confidence": confidence(record.confidence).1,
            "status_id": 1,
            "status": "New",
            "is_alert": true,
            "action_id": action,
            "disposition_id": disposition,
            "message": words::message(record),
            "metadata": self.metadata(record),
            "finding_info": info(record, now),
            "resources": [resource(record)],
            "remediation": { "desc": words::remedy(record), "references": record.revoke.iter().collect::<Vec<_>>() },
            "unmapped": {
                "keysieve": {
                    "span": record.span, "line": record.line, "byte_column": record.column,
                    "check": record.check, "encoding": record.encoding, "preview": record.preview,
                    "fingerprint_key": record.fingerprint_key,
                },
            },
        })
    }

    fn metadata(&self, record: &Record) -> Value {
        json!({
            "version": SCHEMA,
            "profiles": ["security_control"],
            "labels": frameworks(record).iter().map(|entry| entry.tag()).collect::<Vec<_>>(),
            "product": { "name": "keysieve", "vendor_name": "keysieve", "version": self.context.version },
        })
    }
}

fn info(record: &Record, now: u64) -> Value {
    json!({
        "uid": finding_id(record),
        "title": crate::neutral(record.title.as_bytes()),
        "desc": words::what(record),
        "created_time": now,
        "types": ["Secret Leakage", record.category],
        "analytic": { "uid": record.rule, "name": record.rule, "type_id": 1, "type": "Rule" },
        "data_sources": record.channel.iter().collect::<Vec<_>>(),
    })
}

fn resource(record: &Record) -> Value {
    let mut labels = vec![format!("fingerprint:{}", record.fingerprint)];
    labels.extend(words::path(record).map(|path| format!("path:{path}")));
    json!({ "type": "file", "name": words::source(record), "labels": labels })
}

impl Report for Ocsf {
    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        writeln!(out, "{}", harmless(&self.event(&entry.record)))
    }
}

fn severity(severity: &str) -> (u32, &'static str) {
    match severity {
        "critical" => (5, "Critical"),
        "high" => (4, "High"),
        "medium" => (3, "Medium"),
        _ => (2, "Low"),
    }
}

fn confidence(confidence: &str) -> (u32, &'static str) {
    match confidence {
        "certain" => (3, "High"),
        "likely" => (2, "Medium"),
        _ => (1, "Low"),
    }
}
