//! What is told: a finding, or how many more there were.

use keysieve::Record;
use keysieve_report::frameworks::frameworks;
use keysieve_report::{finding_id, neutral};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What an alert stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One finding, the first of its credential in a window.
    Finding,
    /// More findings of a credential that was told before, in the same window.
    Repeat,
    /// Findings of a rule beyond those that are told one by one.
    Overflow,
    /// Findings whose alerts had no room in the queue.
    Dropped,
    /// No finding: somebody tries whether alerts arrive.
    Test,
}

/// An alert, as it waits and as the generic webhook, the file and the console get it. Every text of others in it is harmless for
/// terminals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Alert {
    /// Equal if the same thing is told twice.
    pub id: String,
    /// What it stands for.
    pub kind: Kind,
    /// How many findings it stands for.
    pub count: u64,
    /// When it was raised, milliseconds since 1970 in UTC.
    pub at: u64,
    /// Id of the rule; empty if of several.
    pub rule: String,
    /// What was found.
    pub title: String,
    /// Kind of service.
    pub category: String,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: String,
    /// `certain`, `likely` or `possible`.
    pub confidence: String,
    /// What was done.
    pub action: String,
    /// Where: a path, or `-` for standard input.
    pub source: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1.
    pub column: usize,
    /// Half-open byte range.
    pub span: [usize; 2],
    /// JSONPath.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    /// Channel.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub channel: Option<String>,
    /// Whose the text is: `user:ann`, `agent:planner`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub principal: Option<String>,
    /// Keyed fingerprint.
    pub fingerprint: String,
    /// `given`, or `run` if it means nothing beyond this run.
    pub fingerprint_key: String,
    /// Public prefix and length.
    pub preview: String,
    /// Where the owner rotates it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revoke: Option<String>,
    /// In catalogues of risks.
    pub tags: Vec<String>,
}

/// The longest text of others that an alert carries.
const LONGEST: usize = 512;

impl Alert {
    /// The alert of a finding. `run` tells streams apart that have no name of their own.
    pub(crate) fn of(record: &Record, run: &str, at: u64) -> Alert {
        let text = |text: &str| clipped(&neutral(text.as_bytes()));
        let mut id = finding_id(record);
        if record.source == "-" {
            id = mixed(&[&id, run]);
        }
        Alert {
            id,
            kind: Kind::Finding,
            count: 1,
            at,
            rule: record.rule.clone(),
            title: text(&record.title),
            category: record.category.clone(),
            severity: record.severity.to_owned(),
            confidence: record.confidence.to_owned(),
            action: record.action.to_owned(),
            source: text(&record.source),
            line: record.line,
            column: record.column,
            span: record.span,
            path: record.path.as_deref().map(text),
            channel: record.channel.clone(),
            principal: None,
            fingerprint: record.fingerprint.clone(),
            fingerprint_key: record.fingerprint_key.to_owned(),
            preview: text(&record.preview),
            revoke: record.revoke.as_deref().map(text),
            tags: frameworks(record).iter().map(|entry| entry.tag()).collect(),
        }
    }

    /// The alert that `count` more were found since this one.
    pub(crate) fn repeated(&self, count: u64, since: u64) -> Alert {
        let id = mixed(&["repeat", &self.id, &since.to_string()]);
        Alert { id, kind: Kind::Repeat, count, ..self.clone() }
    }

    /// The alert for `count` findings that are not told one by one.
    pub(crate) fn summed(
        kind: Kind,
        rule: &str,
        title: &str,
        count: u64,
        run: &str,
        at: u64,
    ) -> Alert {
        Alert {
            id: mixed(&["summed", rule, run, &at.to_string(), title]),
            kind,
            count,
            at,
            rule: rule.to_owned(),
            title: clipped(&neutral(title.as_bytes())),
            category: "storm".to_owned(),
            severity: "high".to_owned(),
            confidence: "certain".to_owned(),
            action: "count".to_owned(),
            source: String::new(),
            line: 0,
            column: 0,
            span: [0, 0],
            path: None,
            channel: None,
            principal: None,
            fingerprint: String::new(),
            fingerprint_key: "run".to_owned(),
            preview: String::new(),
            revoke: None,
            tags: Vec::new(),
        }
    }

    /// One sentence for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        let place = match (self.source.as_str(), self.line) {
            ("", _) => String::new(),
            ("-", line) => format!(" in standard input, line {line}"),
            (source, line) => format!(" in {source}:{line}"),
        };
        let what = match self.preview.as_str() {
            "" => self.title.clone(),
            preview => format!("{} ({preview})", self.title),
        };
        match self.kind {
            Kind::Finding => format!("{what}{place}, {}", self.action),
            Kind::Repeat => format!("{what}: {} more since, the first{place}", self.count),
            Kind::Overflow => format!("{what}: {} more findings, not told one by one", self.count),
            Kind::Dropped => format!("{} findings had no room in the alert queue", self.count),
            Kind::Test => "keysieve alert test: no credential was found".to_owned(),
        }
    }
}

/// A number of parts as one id of 32 hexadecimal digits.
pub(crate) fn mixed(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
