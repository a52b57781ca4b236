//! `cargo xtask accuracy RECORDS.jsonl`: what the three confidences are worth, measured on labelled records.
//!
//! A record is one JSON object a line: `text`, `label` (`positive`, `negative`, anything else is skipped), and for a
//! positive one `spans` (byte offsets into `text`, `[[start, end], …]`) or, without them, `needle` or `secret` (looked
//! for in `text`). Fields that take a record out of the count: `kind` other than `secret`, `strict` false,
//! `label_conflict` true, `fp_countable` false.
//!
//! Counted for each confidence: findings that meet a labelled span, and findings in negative records. Findings beside
//! the label of a positive record are shown apart, since nobody judged them. The second table is the curve from which
//! the profiles were chosen: recall and false records when findings of that confidence and above are reported. A
//! labelled span counts as found when the findings cover 60 % of it.
//! Reads the engine through its public interface only. Prints counts and rule names, never a text or a value.

use keysieve::{Confidence, Config, Finding, Pack, Profile, Scanner};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

const LEVELS: [Confidence; 3] = [Confidence::Certain, Confidence::Likely, Confidence::Possible];
/// Rules named in the list of what was false.
const SHOWN: usize = 25;
/// Share of a labelled span that findings have to cover, in hundredths.
const COVERED: usize = 60;

#[derive(Deserialize)]
struct Record {
    text: String,
    label: String,
    #[serde(default)]
    spans: Vec<(usize, usize)>,
    needle: Option<String>,
    secret: Option<String>,
    kind: Option<String>,
    strict: Option<bool>,
    label_conflict: Option<bool>,
    fp_countable: Option<bool>,
}

impl Record {
    fn counts(&self) -> bool {
        if self.label_conflict == Some(true) {
            return false;
        }
        match self.label.as_str() {
            "positive" => {
                self.strict != Some(false)
                    && self.kind.as_deref().is_none_or(|kind| kind == "secret")
            }
            "negative" => self.fp_countable != Some(false),
            _ => false,
        }
    }

    fn labelled(&self) -> Vec<(usize, usize)> {
        if !self.spans.is_empty() {
            return self.spans.clone();
        }
        let Some(secret) =
            self.needle.as_deref().or(self.secret.as_deref()).filter(|secret| !secret.is_empty())
        else {
            return Vec::new();
        };
        self.text.match_indices(secret).map(|(at, found)| (at, at + found.len())).collect()
    }
}

/// What one confidence came to.
#[derive(Default, Clone, Copy)]
struct Level {
    on_label: usize,
    beside_label: usize,
    in_negatives: usize,
    /// Positive records whose spans are covered by findings of this confidence and above.
    found: usize,
    /// Negative records with a finding of this confidence and above.
    false_records: usize,
}

#[derive(Default)]
struct Tally {
    positives: usize,
    negatives: usize,
    levels: [Level; LEVELS.len()],
    /// Per rule and confidence: findings on a label, findings in negative records.
    rules: BTreeMap<(String, Confidence), (usize, usize)>,
}

pub fn run(args: &[String]) -> Result<(), String> {
    let [path] = args else {
        return Err("usage: cargo xtask accuracy RECORDS.jsonl".to_owned());
    };
    let config = Config::new().profile(Profile::Redact);
    let scanner = Scanner::builder()
        .pack(Pack::builtin())
        .config(config)
        .build()
        .map_err(|error| error.to_string())?;
    let mut tally = Tally::default();
    let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|error| format!("{path}: {error}"))?;
        // The error's text would quote the record: its place is enough.
        let record: Record = serde_json::from_str(&line)
            .map_err(|_| format!("{path}:{}: not a labelled record", number + 1))?;
        if record.counts() {
            let findings: Vec<Finding> = scanner.find_iter(record.text.as_bytes()).collect();
            tally.add(&record, &findings);
        }
    }
    tally.print();
    Ok(())
}

impl Tally {
    fn add(&mut self, record: &Record, findings: &[Finding]) {
        let positive = record.label == "positive";
        let labelled = if positive { record.labelled() } else { Vec::new() };
        if positive && labelled.is_empty() {
            return;
        }
        self.positives += usize::from(positive);
        self.negatives += usize::from(!positive);
        for finding in findings {
            let met = labelled.iter().any(|&span| overlap(span, finding) > 0);
            let rule = (finding.rule_id().to_owned(), finding.confidence());
            let of_rule = self.rules.entry(rule).or_default();
            let level = &mut self.levels[rank(finding.confidence())];
            if !positive {
                level.in_negatives += 1;
                of_rule.1 += 1;
            } else if met {
                level.on_label += 1;
                of_rule.0 += 1;
            } else {
                level.beside_label += 1;
            }
        }
        for (rank_wanted, level) in self.levels.iter_mut().enumerate() {
            let kept: Vec<&Finding> = findings
                .iter()
                .filter(|finding| rank(finding.confidence()) <= rank_wanted)
                .collect();
            if positive {
                level.found += usize::from(labelled.iter().all(|&span| covered(span, &kept)));
            } else {
                level.false_records += usize::from(!kept.is_empty());
            }
        }
    }

    fn print(&self) {
        println!("{} positive records, {} negative\n", self.positives, self.negatives);
        println!("confidence   on a label   in negatives   precision %   beside a label");
        for (confidence, level) in LEVELS.iter().zip(&self.levels) {
            let precision = percent(level.on_label, level.on_label + level.in_negatives);
            println!(
                "{:<11}{:>12}{:>15}{:>14}{:>17}",
                confidence.as_str(),
                level.on_label,
                level.in_negatives,
                precision,
                level.beside_label
            );
        }
        println!("\nreported from   recall %   false records %");
        for (confidence, level) in LEVELS.iter().zip(&self.levels) {
            let recall = percent(level.found, self.positives);
            let wrong = percent(level.false_records, self.negatives);
            println!("{:<14}{:>10}{:>18}", confidence.as_str(), recall, wrong);
        }
        let mut worst: Vec<_> = self.rules.iter().filter(|(_, counts)| counts.1 > 0).collect();
        worst.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.1));
        println!(
            "\nrule and confidence, most findings in negatives first: on a label, in negatives"
        );
        for ((rule, confidence), (right, wrong)) in worst.into_iter().take(SHOWN) {
            println!("{rule:<40}{:<10}{right:>7}{wrong:>7}", confidence.as_str());
        }
    }
}

fn rank(confidence: Confidence) -> usize {
    LEVELS.iter().position(|&level| level == confidence).unwrap_or(LEVELS.len() - 1)
}

/// Bytes of `span` that `finding` covers.
fn overlap(span: (usize, usize), finding: &Finding) -> usize {
    let found = finding.span();
    found.end().min(span.1).saturating_sub(found.start().max(span.0))
}

fn covered(span: (usize, usize), findings: &[&Finding]) -> bool {
    // Findings never overlap each other, so their shares add up.
    let bytes: usize = findings.iter().map(|finding| overlap(span, finding)).sum();
    bytes * 100 >= COVERED * span.1.saturating_sub(span.0).max(1)
}

#[allow(clippy::cast_precision_loss)]
fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.2}", 100.0 * part as f64 / whole as f64) }
}
