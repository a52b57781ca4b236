//! What GitLab reads from a pipeline: its secret detection report (schema 15) and its Code Quality report.

use std::io::{self, Write};

use keysieve::Record;
use serde_json::{Value, json};

use crate::frameworks::frameworks;
use crate::identity::uuid;
use crate::json::harmless;
use crate::{Context, Entry, Report, finding_id, words};

const SCHEMA: &str = "15.0.7";
/// What GitLab wants where no commit is known.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// A secret detection report.
#[derive(Debug)]
pub struct Gitlab {
    context: Context,
    started: u64,
    begun: bool,
}

impl Gitlab {
    /// A report of the program of `context`.
    #[must_use]
    pub fn new(context: Context) -> Gitlab {
        Gitlab { context, started: (context.now)(), begun: false }
    }

    fn scan(&self) -> Value {
        // GitLab's schema has no place for fractions and time zones: `YYYY-MM-DDTHH:MM:SS`, in UTC.
        let time = |ms| crate::rfc3339(ms)[..19].to_owned();
        let tool = json!({
            "id": "keysieve", "name": "keysieve", "version": self.context.version,
            "vendor": { "name": "keysieve" },
        });
        json!({
            "analyzer": tool, "scanner": tool, "type": "secret_detection", "status": "success",
            "start_time": time(self.started), "end_time": time((self.context.now)()),
        })
    }
}

impl Report for Gitlab {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{{\"version\":\"{SCHEMA}\",\"vulnerabilities\":[")
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        let comma: &[u8] = if std::mem::replace(&mut self.begun, true) { b",\n" } else { b"\n" };
        out.write_all(comma)?;
        out.write_all(harmless(&vulnerability(&entry.record)).as_bytes())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n],\"scan\":{}}}", self.scan())
    }
}

fn vulnerability(record: &Record) -> Value {
    let mut identifiers = vec![json!({
        "type": "keysieve_rule_id", "name": format!("keysieve rule {}", record.rule), "value": record.rule,
    })];
    identifiers.extend(frameworks(record).iter().map(|entry| {
        json!({
            "type": entry.framework.slug().replace('-', "_"),
            "name": format!("{} {} {}", entry.framework.name(), entry.id, entry.title),
            "value": entry.id,
            "url": entry.framework.home(),
        })
    }));
    json!({
        "id": uuid(record),
        "name": crate::neutral(record.title.as_bytes()),
        "description": words::what(record),
        "severity": severity(record.severity),
        "solution": words::remedy(record),
        "location": {
            "file": words::file(record), "start_line": record.line, "end_line": record.line,
            "commit": { "sha": NO_COMMIT },
        },
        "identifiers": identifiers,
    })
}

fn severity(severity: &str) -> &'static str {
    match severity {
        "critical" => "Critical",
        "high" => "High",
        "medium" => "Medium",
        _ => "Low",
    }
}

/// A Code Quality report: the subset of the Code Climate format that GitLab reads.
#[derive(Debug, Default)]
pub struct GitlabQuality {
    begun: bool,
}

impl Report for GitlabQuality {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"[")
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        let record = &entry.record;
        let comma: &[u8] = if std::mem::replace(&mut self.begun, true) { b",\n" } else { b"\n" };
        out.write_all(comma)?;
        let issue = json!({
            "description": words::message(record),
            "check_name": record.rule,
            "fingerprint": finding_id(record),
            "severity": quality(record.severity),
            "location": { "path": words::file(record), "lines": { "begin": record.line } },
        });
        out.write_all(harmless(&issue).as_bytes())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"\n]\n")
    }
}

fn quality(severity: &str) -> &'static str {
    match severity {
        "critical" => "blocker",
        "high" => "critical",
        "medium" => "major",
        _ => "minor",
    }
}
