//! ArcSight Common Event Format, version 0, one event a line.
//!
//! Header fields escape `\` and `|`, extensions `\` and `=`; line ends cannot occur, because everything foreign is made
//! neutral before it is escaped.

use std::io::{self, Write};

use keysieve::Record;

use crate::frameworks::frameworks;
use crate::{Context, Entry, Report, finding_id, words};

/// One event a line.
#[derive(Debug)]
pub struct Cef {
    context: Context,
}

impl Cef {
    /// Events of the program of `context`.
    #[must_use]
    pub fn new(context: Context) -> Cef {
        Cef { context }
    }

    fn event(&self, record: &Record) -> String {
        let title = crate::neutral(record.title.as_bytes());
        let mut line = format!(
            "CEF:0|keysieve|keysieve|{}|{}|{}|{}|",
            header(self.context.version),
            header(&record.rule),
            header(&title),
            severity(record.severity)
        );
        let tags: Vec<String> = frameworks(record).iter().map(|entry| entry.tag()).collect();
        let fields = [
            ("rt", (self.context.now)().to_string()),
            ("externalId", finding_id(record)),
            ("cat", record.category.clone()),
            ("act", record.action.to_owned()),
            ("fname", words::source(record)),
            ("cn1Label", "line".to_owned()),
            ("cn1", record.line.to_string()),
            ("cs1Label", "fingerprint".to_owned()),
            ("cs1", record.fingerprint.clone()),
            ("cs2Label", "channel".to_owned()),
            ("cs2", record.channel.clone().unwrap_or_default()),
            ("cs3Label", "path".to_owned()),
            ("cs3", words::path(record).unwrap_or_default()),
            ("cs4Label", "confidence".to_owned()),
            ("cs4", record.confidence.to_owned()),
            ("cs5Label", "frameworks".to_owned()),
            ("cs5", tags.join(",")),
            ("msg", words::message(record)),
        ];
        let fields: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", extension(value))).collect();
        line.push_str(&fields.join(" "));
        line.push('\n');
        line
    }
}

impl Report for Cef {
    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        out.write_all(self.event(&entry.record).as_bytes())
    }
}

fn header(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|")
}

fn extension(text: &str) -> String {
    words::untagged(text).replace('\\', "\\\\").replace('=', "\\=")
}

/// From 0 to 10.
fn severity(severity: &str) -> u32 {
    match severity {
        "critical" => 10,
        "high" => 8,
        "medium" => 5,
        _ => 3,
    }
}
