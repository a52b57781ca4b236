//! `keysieve rules test`: what each rule finds in a corpus, how often it is right, and what it costs.
//!
//! It is a scan like any other, whose findings are counted against labels. What is shown of a finding is its masked line.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use keysieve::{Pack, Rule, RuleStats};
use keysieve_report::{Entry, Part, neutral};
use serde::Serialize;

use super::labels::{self, Label, Labels, Worth};
use super::{line, pretty};
use crate::args::{Format, TestArgs};
use crate::failure::{Count, FAULT, Failure};
use crate::hiargs::{self, Engine};
use crate::scan::trail::Shown;
use crate::scan::{Look, Said};
use crate::select;
use crate::sources;
use crate::talk::{self, Voice};

/// What shows a finding: its line, everything masked.
pub(super) const MASKED: Shown = Shown { lines: true, secrets: false, comments: false };

/// A finding, as it may be shown.
#[derive(Serialize)]
pub(super) struct Example {
    source: String,
    line: usize,
    column: usize,
    confidence: &'static str,
    preview: String,
    /// The line, masked.
    text: String,
}

impl Example {
    pub(super) fn new(entry: &Entry) -> Example {
        let Entry { record, line, .. } = entry;
        Example {
            source: record.source.clone(),
            line: record.line,
            column: record.column,
            confidence: record.confidence,
            preview: record.preview.clone(),
            text: line.iter().flatten().map(shown).collect(),
        }
    }

    /// `path:line:column  the line`.
    pub(super) fn text(&self) -> String {
        let source = neutral(self.source.as_bytes());
        format!("{source}:{}:{}  {}", self.line, self.column, self.text.trim())
    }
}

fn shown(part: &Part) -> String {
    match part {
        Part::Plain(bytes) => neutral(bytes).into_owned(),
        Part::Hidden(mark) => neutral(mark.as_bytes()).into_owned(),
        // Nobody asked for secrets here.
        Part::Exposed(_) | Part::Cut => "…".to_owned(),
    }
}

/// What one rule came to.
#[derive(Default, Serialize)]
struct Row {
    rule: String,
    pack: String,
    hits: u64,
    /// Hits that the profile `alert` reports, too.
    alerts: u64,
    /// Hits on a label that fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    right: Option<u64>,
    /// Hits on a label that names another rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_rule: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<u64>,
    /// Percent.
    precision: Option<f64>,
    /// Percent.
    recall: Option<f64>,
    candidates: u64,
    ns_per_kib: f64,
    examples: Vec<Example>,
}

#[derive(Serialize)]
struct Outcome<'a> {
    files: usize,
    bytes: u64,
    labelled: bool,
    precision: Option<f64>,
    recall: Option<f64>,
    rules: Vec<Row>,
    missed: Vec<&'a Label>,
}

pub(super) fn run(args: &TestArgs, voice: Voice) -> Result<u8, Failure> {
    let mut pack = if args.no_builtin { Pack::new() } else { Pack::builtin() };
    for path in &args.packs {
        pack = select::over(pack, path)?;
    }
    let names: Vec<String> = args.packs.iter().map(|path| path.display().to_string()).collect();
    let own = |rule: &Rule| names.is_empty() || names.iter().any(|name| name == rule.file());
    let mut labels = labels(args, &pack)?;
    let mut rows: BTreeMap<&str, Row> =
        pack.rules().filter(|rule| own(rule)).map(|rule| (rule.id(), Row::new(rule))).collect();
    if rows.is_empty() {
        return Err(Failure::Fault("the packs have no rule of their own to try".to_owned()));
    }
    let engine =
        Engine::for_rules(pack.clone(), vec![pack.clone()], hiargs::profile(args.profile))?;
    let mut found = sources::collect(&args.corpus, &args.walk);
    if let Some(labels) = &labels {
        found.sources.retain(|s| fs::canonicalize(&s.path).ok().as_ref() != Some(&labels.path));
        for file in labels.unseen(&found.sources) {
            voice.note(&format!("{file} has labels, but is not in the corpus"));
        }
    }
    let mut errors = found.errors.len();
    found.errors.iter().for_each(|error| voice.error(error));
    let look = Look { engine: &engine, shown: &MASKED, walk: &args.walk, voice };
    let mut right = (0, 0);
    let cost = look.at(&found.sources, |said| {
        for said in said {
            match said {
                Said::Finding(entry) => {
                    let worth = labels.as_mut().map(|labels| {
                        let source = Path::new(&entry.record.source);
                        labels.judge(source, &entry.record.rule, entry.record.span)
                    });
                    right.0 += u64::from(worth.is_some_and(|worth| worth != Worth::Wrong));
                    right.1 += 1;
                    if let Some(row) = rows.get_mut(&*entry.record.rule) {
                        row.take(&entry, worth, args.examples);
                    }
                }
                Said::Warning(message) => voice.note(&message),
                Said::Error(message) => {
                    errors += 1;
                    voice.error(&message);
                }
            }
        }
        Ok(())
    })?;
    let costs = pack.rules().map(Rule::id).zip(cost.stats().rules.iter().copied());
    let outcome =
        outcome(rows, labels.as_ref(), right, cost.stats().bytes, costs, found.sources.len());
    tell(&outcome, args.format, voice)?;
    let low = |row: &Row| {
        args.min_precision.is_some_and(|least| row.precision.is_some_and(|p| p < least))
            || args.min_recall.is_some_and(|least| row.recall.is_some_and(|r| r < least))
    };
    Ok(if errors > 0 { FAULT } else { u8::from(outcome.rules.iter().any(low)) })
}

/// The labels that were named, or that lie in the corpus.
fn labels(args: &TestArgs, pack: &Pack) -> Result<Option<Labels>, Failure> {
    let beside = || -> Option<PathBuf> {
        let path = args.corpus.first()?.join(labels::NAME);
        path.is_file().then_some(path)
    };
    let path = args.labels.clone().or_else(beside);
    if path.is_none() && (args.min_precision.is_some() || args.min_recall.is_some()) {
        let message = "--min-precision and --min-recall need labels";
        return Err(Failure::Fault(message.to_owned()));
    }
    path.map(|path| Labels::read(&path, pack)).transpose()
}

impl Row {
    fn new(rule: &Rule) -> Row {
        let (rule, pack) = (rule.id().to_owned(), rule.origin().0.to_owned());
        Row { rule, pack, ..Row::default() }
    }

    fn take(&mut self, entry: &Entry, worth: Option<Worth>, examples: usize) {
        self.hits += 1;
        self.alerts += u64::from(entry.record.confidence != "possible");
        if let Some(worth) = worth {
            *self.right.get_or_insert(0) += u64::from(worth == Worth::Right);
            *self.other_rule.get_or_insert(0) += u64::from(worth == Worth::OtherRule);
        }
        if self.examples.len() < examples {
            self.examples.push(Example::new(entry));
        }
    }
}

fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 * 1000.0 / whole as f64).round() / 10.0)
}

fn outcome<'a>(
    mut rows: BTreeMap<&str, Row>,
    labels: Option<&'a Labels>,
    (right, hits): (u64, u64),
    bytes: u64,
    costs: impl Iterator<Item = (&'a str, RuleStats)>,
    files: usize,
) -> Outcome<'a> {
    for (id, cost) in costs {
        if let Some(row) = rows.get_mut(id) {
            row.candidates = cost.candidates;
            let each = cost.time as f64 * 1024.0 / bytes.max(1) as f64;
            row.ns_per_kib = (each * 10.0).round() / 10.0;
        }
    }
    let mut missed = Vec::new();
    let (mut all, mut found) = (0, 0);
    for label in labels.iter().flat_map(|labels| labels.all()) {
        all += 1;
        found += u64::from(label.found);
        if let Some(row) = label.rule.as_deref().and_then(|id| rows.get_mut(id)) {
            *row.labels.get_or_insert(0) += 1;
            *row.found.get_or_insert(0) += u64::from(label.by_own);
        }
        let is_ours = label.rule.as_deref().is_none_or(|id| rows.contains_key(id));
        if !label.found && is_ours {
            missed.push(label);
        }
    }
    let mut rules: Vec<Row> = rows.into_values().collect();
    for row in &mut rules {
        row.precision = row.right.and_then(|right| percent(right, row.hits));
        row.recall = row.labels.and_then(|labels| percent(row.found.unwrap_or(0), labels));
    }
    Outcome {
        files,
        bytes,
        labelled: labels.is_some(),
        precision: labels.and_then(|_| percent(right, hits)),
        recall: percent(found, all),
        rules,
        missed,
    }
}

fn tell(outcome: &Outcome<'_>, format: Format, voice: Voice) -> Result<(), Failure> {
    let text = match format {
        Format::Json => pretty(outcome)?,
        Format::Jsonl => outcome.rules.iter().map(line).collect::<Result<String, _>>()?,
        Format::Text => table(outcome),
    };
    talk::print(text.as_bytes())?;
    if format == Format::Text {
        voice.note(&summary(outcome));
    }
    Ok(())
}

fn table(outcome: &Outcome<'_>) -> String {
    let is_telling = |row: &&Row| row.hits > 0 || row.candidates > 0 || row.labels.is_some();
    let shown = outcome.rules.iter().filter(is_telling);
    let shown: Vec<&Row> = shown.collect();
    let width = shown.iter().map(|row| row.rule.len()).max().unwrap_or(0).max(4);
    let mut out = String::new();
    if shown.is_empty() {
        return out;
    }
    let share = |share: Option<f64>| share.map_or("–".to_owned(), |p| format!("{p:.1}"));
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{:<width$}  {:>7}  {:>7}  {:>9}  {:>7}  {:>7}",
        "rule", "hits", "alert", "precision", "recall", "ns/KiB"
    );
    for row in shown {
        let Row { rule, hits, alerts, ns_per_kib, .. } = row;
        let (precision, recall) = (share(row.precision), share(row.recall));
        let _ = writeln!(
            out,
            "{rule:<width$}  {hits:>7}  {alerts:>7}  {precision:>9}  {recall:>7}  {ns_per_kib:>7.1}"
        );
        for example in &row.examples {
            let _ = writeln!(out, "    {}", example.text());
        }
        let own = outcome.missed.iter().filter(|label| label.rule.as_ref() == Some(rule));
        own.take(row.examples.len().max(3)).for_each(|label| missed(&mut out, label));
    }
    let unnamed: Vec<_> = outcome.missed.iter().filter(|label| label.rule.is_none()).collect();
    if !unnamed.is_empty() {
        out.push_str("labels without a rule\n");
        unnamed.iter().take(10).for_each(|label| missed(&mut out, label));
    }
    out
}

fn missed(out: &mut String, label: &Label) {
    let Label { file, start, end, .. } = label;
    let file = neutral(file.as_bytes());
    let _ = writeln!(out, "    missed: {file}, {} bytes at {start}", end - start);
}

fn summary(outcome: &Outcome<'_>) -> String {
    let hits = outcome.rules.iter().map(|row| row.hits).sum();
    let silent = outcome.rules.iter().filter(|row| row.hits == 0).count();
    let mut text = format!(
        "{} of {} in {} ({} KiB)",
        Count(hits, "finding"),
        Count(outcome.rules.len() as u64, "rule"),
        Count(outcome.files as u64, "file"),
        outcome.bytes / 1024
    );
    let _ = write!(text, "; {} found nothing", Count(silent as u64, "rule"));
    if outcome.labelled {
        let share = |p: Option<f64>| p.map_or("–".to_owned(), |p| format!("{p:.1} %"));
        let _ = write!(
            text,
            "; all rules together: precision {}, recall {}",
            share(outcome.precision),
            share(outcome.recall)
        );
    }
    text
}
