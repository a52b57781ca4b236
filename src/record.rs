//! The one wire shape of a finding.
//!
//! Every report writes this and nothing else: spans and fingerprints, never the secret. Keys may be added, none is
//! ever renamed or removed.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::detect::finding::Finding;
use crate::scan::config::Profile;

/// A finding as it is written to JSON, JSON lines and other reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Record {
    /// Id of the rule.
    pub rule: String,
    /// What the rule finds.
    pub title: String,
    /// Kind of service.
    pub category: String,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: &'static str,
    /// `certain`, `likely` or `possible`.
    pub confidence: &'static str,
    /// `alert` or `redact`.
    pub profile: &'static str,
    /// Path as given or walked; `-` for standard input.
    pub source: String,
    /// Half-open byte range of the secret in the source.
    pub span: [usize; 2],
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1.
    pub column: usize,
    /// JSONPath of the string that holds it, if the source is structured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Decodings through which it was found, outermost first.
    pub encoding: Vec<String>,
    /// Outcome of the offline check: `passed`, `failed` or `none`.
    pub check: &'static str,
    /// Keyed fingerprint; empty if the scanner had no key.
    pub fingerprint: String,
    /// `given` if the key was given, `run` if it was drawn for this run only, so that fingerprints of two runs differ.
    pub fingerprint_key: &'static str,
    /// The rule's own literal prefix and the length.
    pub preview: String,
    /// Channel of the text: `prompt`, `tool_result`, `trace` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// What was done: `report` or `redact`, or what a policy decided: `alert`, `pseudonymize`, `redact` or `block`.
    pub action: &'static str,
    /// Id of the policy's rule that decided, or `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_rule: Option<String>,
    /// Whether the secret goes on past what `span` covers, because it hit a limit.
    pub truncated: bool,
    /// What can be told without telling the secret: `jwt.exp`, `aws.account` and others of a closed set.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<&'static str, String>,
    /// The other part of the same credential, if it stands close before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub companion: Option<RecordedCompanion>,
    /// Where the owner rotates it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoke: Option<String>,
}

/// The other part of a credential, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RecordedCompanion {
    /// Id of the rule that found it, or what the finding's rule calls it.
    pub rule: String,
    /// Half-open byte range in the source.
    pub span: [usize; 2],
}

impl Record {
    /// The record of a finding in `source`, at a 1-based line and byte column.
    #[must_use]
    pub fn new(
        finding: &Finding,
        source: &str,
        line_column: (usize, usize),
        profile: Profile,
    ) -> Record {
        let rule = finding.rule();
        let span = finding.span();
        Record {
            rule: rule.id().to_owned(),
            title: rule.title().to_owned(),
            category: rule.category().to_owned(),
            severity: rule.severity().as_str(),
            confidence: finding.confidence().as_str(),
            profile: profile.as_str(),
            source: source.to_owned(),
            span: [span.start(), span.end()],
            line: line_column.0,
            column: line_column.1,
            path: finding.path().map(str::to_owned),
            encoding: finding.encoding().iter().map(|name| (*name).to_owned()).collect(),
            check: finding.check().as_str(),
            fingerprint: finding.fingerprint().map(|f| f.to_string()).unwrap_or_default(),
            fingerprint_key: "given",
            preview: finding.preview(),
            channel: finding.channel().map(|channel| channel.as_str().to_owned()),
            action: match profile {
                Profile::Alert => "report",
                Profile::Redact => "redact",
            },
            policy_rule: None,
            truncated: finding.truncated(),
            attributes: finding
                .attributes()
                .map(|(name, value)| (name.as_str(), value.to_owned()))
                .collect(),
            companion: finding.companion().map(|other| RecordedCompanion {
                rule: other.rule.clone(),
                span: [other.span.start(), other.span.end()],
            }),
            revoke: rule.revoke().map(str::to_owned),
        }
    }
}
