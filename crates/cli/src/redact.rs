//! `keysieve redact`: text with its credentials replaced, to standard output or in place.
//!
//! Ignore comments are not read here, and a baseline only thins out what is told: the text is not trusted, and nothing
//! in it may keep a secret in it.

mod gate;
mod in_place;
mod pipe;
mod report;

use std::collections::BTreeMap;
use std::sync::Arc;

use keysieve::{Action, Mode, Profile, Record, Redactor};

use crate::alarms::Alarms;
use crate::args::{ModeArg, RedactArgs};
use crate::books::{self, Books};
use crate::failure::{CLEAN, Count, FAULT, Failure};
use crate::hiargs::{self, Engine};
use crate::policy;
use crate::reports;
use crate::sources;
use crate::talk::{self, Voice};
use crate::vault;
use report::ReportFile;

/// Everything fixed for the run.
struct Job {
    engine: Engine,
    redactor: Redactor,
    voice: Voice,
    /// Whether what a run leaves in memory is erased as it goes.
    erases: bool,
    /// Where findings are told while text goes through.
    alarms: Option<Alarms>,
}

pub(crate) fn run(args: RedactArgs, voice: Voice) -> Result<u8, Failure> {
    let mut engine = Engine::new(&args.packs, &args.engine, Profile::Redact, voice)?;
    engine.policy = policy::bound(&args.policy)?;
    engine.channel = args.policy.place.channel.as_deref().map(talk::redacted);
    let mut redactor = Redactor::new(&engine.scanner, mode(args.mode));
    match vault::stand_ins(&args.stand_ins)? {
        Some(stand_ins) if args.mode == ModeArg::Pseudonym || engine.policy.is_some() => {
            redactor = redactor.stand_ins(stand_ins);
        }
        Some(_) => {
            let message = "--vault needs --mode pseudonym, or a --policy that pseudonymizes";
            return Err(Failure::Fault(message.to_owned()));
        }
        None if args.mode == ModeArg::Pseudonym => {
            return Err(Failure::Fault("--mode pseudonym needs --vault FILE".to_owned()));
        }
        None => {}
    }
    if let Some(policy) = &engine.policy {
        redactor = redactor.decided_by(Arc::new(policy.clone()));
    }
    if args.in_place && args.paths.is_empty() {
        return Err(Failure::Fault("--in-place needs files or directories".to_owned()));
    }
    let paths = hiargs::paths(args.paths)?;
    if args.in_place && paths.iter().any(|path| hiargs::is_stdin(path)) {
        return Err(Failure::Fault("standard input cannot be redacted in place".to_owned()));
    }
    // Opened before anything is read: a report that cannot be written is told at once.
    let writer = || reports::writer(args.report_format, voice, None);
    let report = args.report.map(|path| ReportFile::create(path, writer(), &paths)).transpose()?;
    let carried = (!args.in_place).then_some("the clean text");
    let books = match &books::named(args.inventory.as_deref()) {
        Some(path) => {
            Some(Books::open(path, engine.key.as_ref(), args.policy.place.principal.as_deref())?)
        }
        None => None,
    };
    let alarms = Alarms::start(&args.alerts, Some(&args.policy.place), carried, voice)?;
    let mut told = Told { report, books, ..Told::default() };
    let erases = args.stand_ins.vault.vault.is_some();
    let mut job = Job { engine, redactor, voice, erases, alarms };
    let ended = if args.in_place {
        let found = sources::collect(&paths, &args.walk);
        in_place::run(&job, &found, &args.walk, &mut told)
    } else {
        pipe::run(&job, &paths, args.walk.threads, &mut told)
    };
    let alarmed = job.alarms.take().map_or(Ok(()), Alarms::end);
    if let Err(failure) = ended {
        // What was found until then is told all the same.
        told.flush();
        return Err(failure);
    }
    // The process ends here: nobody needs the memory of the tables back.
    std::mem::forget(job);
    let code = told.end(voice)?;
    alarmed.map(|()| code)
}

fn mode(mode: ModeArg) -> Mode {
    match mode {
        ModeArg::Label => Mode::Label,
        ModeArg::Mask => Mode::Mask,
        ModeArg::Hash => Mode::Hash,
        ModeArg::Remove => Mode::Remove,
        // Where no stand-in can be had.
        ModeArg::Pseudonym => Mode::Label,
    }
}

impl Job {
    /// Whether a finding is told at all.
    fn is_news(&self, record: &Record) -> bool {
        !self.engine.baseline.knows(record) && record.action != Action::Allow.as_str()
    }

    /// Makes the alerts of findings durable. Only then may it be shown that they were found.
    fn alarm(&self, records: &[Record]) {
        if let Some(alarms) = &self.alarms {
            records.iter().filter(|record| self.is_news(record)).for_each(|it| alarms.raise(it));
            alarms.commit();
        }
    }
}

/// What is told about the run, and what went wrong.
#[derive(Default)]
struct Told {
    report: Option<ReportFile>,
    books: Option<Books>,
    /// Findings of each rule.
    counts: BTreeMap<String, u64>,
    /// Those of them that a policy only tells of.
    let_through: BTreeMap<String, u64>,
    errors: usize,
    /// Files rewritten, of how many; none if text was copied.
    files: Option<(u64, u64)>,
}

impl Told {
    /// Takes note of a finding that was redacted.
    fn finding(&mut self, job: &Job, record: Record) {
        if !job.is_news(&record) {
            return;
        }
        let counts = if stays(&record) { &mut self.let_through } else { &mut self.counts };
        *counts.entry(record.rule.clone()).or_default() += 1;
        if let Some(books) = &mut self.books {
            books.take(&record);
        }
        if let Some(report) = &mut self.report {
            report.take(record);
        }
    }

    fn error(&mut self, voice: Voice, message: &str) {
        self.errors += 1;
        voice.error(message);
    }

    /// Writes what the report has so far.
    fn flush(&mut self) {
        if let Some(report) = &mut self.report {
            report.flush();
        }
    }

    /// Writes what is left of the report, says the summary, and answers the exit code.
    fn end(self, voice: Voice) -> Result<u8, Failure> {
        let entered = self.books.map_or(Ok(()), Books::end);
        match self.report {
            Some(report) => report.end()?,
            None => {
                voice.note(&summary(&self.counts, self.files));
                if !self.let_through.is_empty() {
                    let counted = counted(&self.let_through, "let through by the policy");
                    voice.note(&counted);
                }
            }
        }
        entered?;
        Ok(if self.errors == 0 { CLEAN } else { FAULT })
    }
}

/// Whether a policy leaves the secret of this record in the text.
fn stays(record: &Record) -> bool {
    [Action::Allow, Action::Alert].iter().any(|action| record.action == action.as_str())
}

/// How many secrets met with what, and which rules found them.
fn counted(counts: &BTreeMap<String, u64>, what: &str) -> String {
    let mut text = format!("{} {what}", Count(counts.values().sum(), "secret"));
    if !counts.is_empty() {
        let rules: Vec<String> = counts.iter().map(|(rule, n)| format!("{rule} {n}")).collect();
        text.push_str(&format!(": {}", rules.join(", ")));
    }
    text
}

fn summary(counts: &BTreeMap<String, u64>, files: Option<(u64, u64)>) -> String {
    let mut text = counted(counts, "redacted");
    if let Some((changed, all)) = files {
        text.push_str(&format!("; {changed} of {} rewritten", Count(all, "file")));
    }
    text
}
