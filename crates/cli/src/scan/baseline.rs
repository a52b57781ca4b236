//! Findings of an earlier run that are not news.
//!
//! A baseline is what an earlier `scan -f jsonl` (or `-f json`) wrote. It holds no secret, and neither does a message
//! about it: of a broken line only the number is told.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use keysieve::Record;
use serde::Deserialize;

use crate::failure::Failure;

/// Known findings.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    fingerprints: HashSet<String>,
    /// Places of findings, and whether their fingerprints were made with a given key.
    places: HashMap<(String, String, [usize; 2]), bool>,
}

#[derive(Deserialize)]
struct Known {
    rule: String,
    source: String,
    span: [usize; 2],
    #[serde(default)]
    fingerprint: String,
    #[serde(default)]
    fingerprint_key: String,
}

impl Baseline {
    pub(crate) fn read(path: &Path) -> Result<Baseline, Failure> {
        let text = fs::read(path).map_err(|error| Failure::at(path, &error))?;
        let fault = |message: String| Failure::Fault(format!("{}{message}", path.display()));
        let mut baseline = Baseline::default();
        if text.trim_ascii_start().starts_with(b"[") {
            let all: Vec<Known> = serde_json::from_slice(&text)
                .map_err(|error| fault(format!(":{}: not a list of findings", error.line())))?;
            all.into_iter().for_each(|known| baseline.add(known));
            return Ok(baseline);
        }
        for (line, number) in text.split(|b| *b == b'\n').zip(1..) {
            if !line.trim_ascii().is_empty() {
                let known = serde_json::from_slice(line)
                    .map_err(|_| fault(format!(":{number}: not a finding")))?;
                baseline.add(known);
            }
        }
        Ok(baseline)
    }

    fn add(&mut self, known: Known) {
        if !known.fingerprint.is_empty() {
            self.fingerprints.insert(known.fingerprint);
        }
        let given = known.fingerprint_key == "given";
        self.places.insert((known.rule, known.source, known.span), given);
    }

    /// Whether a finding stands in the baseline: the same secret anywhere. Where fingerprints cannot tell, because one of
    /// the two runs had no key of its own, the same rule at the same place.
    pub(crate) fn knows(&self, record: &Record) -> bool {
        if self.places.is_empty() {
            return false;
        }
        self.fingerprints.contains(&record.fingerprint)
            || self
                .places
                .get(&(record.rule.clone(), record.source.clone(), record.span))
                .is_some_and(|given| !given || record.fingerprint_key != "given")
    }
}
