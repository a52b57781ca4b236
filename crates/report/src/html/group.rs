//! What is known of one credential, from all its findings.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use keysieve::Record;

use crate::frameworks::{self, frameworks};
use crate::{Entry, Part};

/// A credential.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) first: Record,
    pub(super) count: u64,
    pub(super) channels: BTreeSet<String>,
    pub(super) frameworks: BTreeSet<frameworks::Entry>,
    pub(super) places: Vec<Place>,
}

/// Where it stands.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) source: String,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) path: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) action: &'static str,
    pub(super) context: Option<Vec<Part>>,
}

/// What findings of one credential have in common.
pub(super) fn key(record: &Record) -> String {
    match record.fingerprint.as_str() {
        "" => format!("{}\0{}\0{}", record.rule, record.source, record.span[0]),
        fingerprint => fingerprint.to_owned(),
    }
}

impl Group {
    pub(super) fn new(record: &Record) -> Group {
        Group {
            first: record.clone(),
            count: 0,
            channels: BTreeSet::new(),
            frameworks: BTreeSet::new(),
            places: Vec::new(),
        }
    }

    /// Counts a finding, and keeps its place if there is room.
    pub(super) fn add(&mut self, entry: &Entry, room: bool) {
        let record = &entry.record;
        self.count += 1;
        self.channels.extend(record.channel.clone());
        self.frameworks.extend(frameworks(record));
        if room {
            self.places.push(Place {
                source: record.source.clone(),
                line: record.line,
                column: record.column,
                path: record.path.clone(),
                channel: record.channel.clone(),
                action: record.action,
                context: entry.line.clone(),
            });
        }
    }

    /// What is to be rotated first comes first: by severity, then by how sure it is, then by how often it was seen.
    pub(super) fn rank(&self) -> (usize, usize, Reverse<u64>, String) {
        let place = |word: &str, words: &[&str]| words.iter().position(|w| *w == word);
        let severity = place(self.first.severity, &["critical", "high", "medium", "low"]);
        let confidence = place(self.first.confidence, &["certain", "likely", "possible"]);
        let last = usize::MAX;
        (
            severity.unwrap_or(last),
            confidence.unwrap_or(last),
            Reverse(self.count),
            self.first.rule.clone(),
        )
    }
}
