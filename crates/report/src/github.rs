//! Workflow commands of GitHub Actions: findings as annotations of a change.

use std::io::{self, Write};

use keysieve::Record;

use crate::{Entry, Report, words};

/// One workflow command a line.
#[derive(Debug, Default)]
pub struct Github;

impl Report for Github {
    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        let record = &entry.record;
        let title = format!("{} secret: {}", record.severity, record.rule);
        let line = format!(
            "::{} file={},line={},title={}::{}\n",
            level(record),
            property(&words::untagged(&words::file(record))),
            record.line,
            property(&title),
            message(&words::message(record)),
        );
        out.write_all(line.as_bytes())
    }
}

fn level(record: &Record) -> &'static str {
    match record.severity {
        "critical" | "high" => "error",
        "medium" => "warning",
        _ => "notice",
    }
}

/// Text behind the second pair of colons.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value: colons and commas would end it.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
