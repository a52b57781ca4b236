//! One finding, as the books take it.

use keysieve::Record;
use serde::Deserialize;

/// A finding of a credential with a lasting fingerprint. It reads the JSON lines of `scan` and of reports.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Sighting {
    /// Keyed fingerprint.
    pub fingerprint: String,
    /// `given`, or `run` if the fingerprint means nothing beyond its run.
    pub fingerprint_key: String,
    /// Id of the rule.
    pub rule: String,
    /// What it found.
    pub title: String,
    /// Kind of service.
    pub category: String,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: String,
    /// Public prefix and length.
    pub preview: String,
    /// Where it is rotated.
    pub revoke: Option<String>,
    /// Where it was seen.
    pub source: String,
    /// In which channel.
    pub channel: Option<String>,
    /// At which JSONPath.
    pub path: Option<String>,
    /// Who saw it: `user:ann`, `agent:planner`.
    pub principal: Option<String>,
    /// What was done.
    pub action: String,
}

impl Sighting {
    /// Whether other runs can know it again. What cannot be known again has no place in the books.
    #[must_use]
    pub fn lasts(&self) -> bool {
        self.fingerprint_key == "given" && !self.fingerprint.is_empty()
    }

    /// With who saw it, unless that is known.
    #[must_use]
    pub fn seen_by(mut self, principal: Option<&str>) -> Sighting {
        if self.principal.is_none() {
            self.principal = principal.map(str::to_owned);
        }
        self
    }
}

impl From<&Record> for Sighting {
    fn from(record: &Record) -> Sighting {
        Sighting {
            fingerprint: record.fingerprint.clone(),
            fingerprint_key: record.fingerprint_key.to_owned(),
            rule: record.rule.clone(),
            title: record.title.clone(),
            category: record.category.clone(),
            severity: record.severity.to_owned(),
            preview: record.preview.clone(),
            revoke: record.revoke.clone(),
            source: record.source.clone(),
            channel: record.channel.clone(),
            path: record.path.clone(),
            principal: None,
            action: record.action.to_owned(),
        }
    }
}
