//! `keysieve scan`: findings of files, directories and standard input.
//!
//! Small files are scanned whole, everything else as a stream in constant memory; both are the same engine, and both
//! hand their findings to a [`trail::Trail`], which knows the surroundings of each.

pub(crate) mod baseline;
mod comments;
mod excerpt;
pub(crate) mod trail;

use std::cell::RefCell;
use std::io::{self, IsTerminal, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;

use keysieve::{Finding, Mode, Profile, Redactor, Scratch};
use keysieve_inventory::{Error, Inventory, is_server};
use keysieve_report::{Entry, Report, Trend};

use crate::alarms::Alarms;
use crate::args::{OutputArgs, ReportFormat, ScanArgs, WalkArgs, When};
use crate::books::{self, Books};
use crate::crew::{self, Hand, Idle, Turn};
use crate::door::Door;
use crate::failure::{CLEAN, Count, FAULT, Failure, reason};
use crate::hiargs::{self, Engine};
use crate::policy;
use crate::progress::Progress;
use crate::reports;
use crate::shared;
use crate::sources::{self, CHUNK, Kind, Name, Source, UTF16, WHOLE};
use crate::stats::{self, Cost};
use crate::talk::{self, Voice};
use trail::{Shown, Trail};

/// What comes of a source.
pub(crate) enum Said {
    Finding(Box<Entry>),
    Warning(String),
    Error(String),
}

/// Everything fixed for the run.
struct Job<'a> {
    engine: &'a Engine,
    shown: &'a Shown,
    binary: bool,
    progress: &'a Progress,
    idle: &'a Idle,
    /// Whether there is one thread, and never another.
    alone: bool,
}

/// One thread's working memory.
struct Bench {
    scratch: Scratch,
    buffer: Vec<u8>,
    cost: Cost,
}

pub(crate) fn run(args: ScanArgs, voice: Voice) -> Result<u8, Failure> {
    let shown = shown(&args.output, args.engine.no_ignore_comments)?;
    let mut engine = Engine::new(&args.packs, &args.engine, Profile::Alert, voice)?;
    engine.policy = policy::bound(&args.policy)?;
    engine.channel = args.policy.place.channel.as_deref().map(talk::redacted);
    let paths = hiargs::paths(args.paths)?;
    let found = sources::collect(&paths, &args.walk);
    found.errors.iter().for_each(|error| voice.error(error));
    let inventory = books::named(args.inventory.as_deref());
    let trend = trend(args.output.format, inventory.as_deref())?;
    let books = match &inventory {
        Some(path) => {
            Some(Books::open(path, engine.key.as_ref(), args.policy.place.principal.as_deref())?)
        }
        None => None,
    };
    let alarms = Alarms::start(
        &args.alerts,
        Some(&args.policy.place),
        args.output.format.document(),
        voice,
    )?;
    let mut tally = Tally { errors: found.errors.len(), books, alarms, ..Tally::default() };
    let mut report = reports::writer(args.output.format, voice, trend);
    let mut out = talk::stdout();
    report.begin(&mut out).map_err(|error| Failure::output(&error))?;
    let clock = stats::Stopwatch::start();
    let look = Look { engine: &engine, shown: &shown, walk: &args.walk, voice };
    let cost = look.at(&found.sources, |said| {
        let taken = tally.take(said, &mut *report, &mut out, voice);
        if matches!(taken, Err(Failure::ClosedPipe)) {
            // Nobody reads any more, and nothing is left half done: there is no reason to read on.
            let _ = tally.alarms.take().map_or(Ok(()), Alarms::end);
            let _ = tally.books.take().map_or(Ok(()), Books::end);
            std::process::exit(i32::from(CLEAN));
        }
        taken
    })?;
    report.end(&mut out).and_then(|()| out.flush()).map_err(|error| Failure::output(&error))?;
    let alarmed = tally.alarms.take().map_or(Ok(()), Alarms::end);
    tally.books.take().map_or(Ok(()), Books::end)?;
    alarmed?;
    if engine.stats {
        stats::print(cost, &engine.scanner, &clock);
    }
    if args.output.format == ReportFormat::Text {
        voice.note(&tally.summary(found.sources.len()));
    }
    Ok(match (tally.errors, tally.findings) {
        (0, 0) => CLEAN,
        (0, _) => args.output.exit_code,
        _ => FAULT,
    })
}

/// How sources are looked at.
pub(crate) struct Look<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) shown: &'a Shown,
    pub(crate) walk: &'a WalkArgs,
    pub(crate) voice: Voice,
}

impl Look<'_> {
    /// Scans all sources and hands what comes of them to `take`, in order.
    pub(crate) fn at(
        &self,
        sources: &[Source],
        mut take: impl FnMut(Vec<Said>) -> Result<(), Failure> + Send,
    ) -> Result<Cost, Failure> {
        let progress = Progress::new(sources.len(), self.voice);
        let Look { engine, shown, walk, .. } = *self;
        let idle = Idle::default();
        let job = Job {
            engine,
            shown,
            binary: walk.binary,
            progress: &progress,
            idle: &idle,
            alone: walk.threads == 1,
        };
        let turn = Turn::new(|said: Vec<Said>| progress.suspend(|| take(said)));
        let bench = || Bench {
            scratch: stats::scratch(engine.stats),
            buffer: Vec::new(),
            cost: Cost::default(),
        };
        let benches =
            crew::run(walk.threads, sources, &turn, &idle, bench, |bench, source, hand| {
                job.source(bench, source, hand);
            })?;
        let written = turn.finish();
        progress.end();
        written?;
        let costs = benches.into_iter().map(|bench| bench.cost.and(bench.scratch.stats()));
        Ok(costs.fold(Cost::default(), Cost::plus))
    }
}

/// What may be shown of the text itself.
fn shown(args: &OutputArgs, no_comments: bool) -> Result<Shown, Failure> {
    let terminal = io::stdout().is_terminal();
    if args.show_secrets && !terminal && !args.force {
        let message = "--show-secrets prints to a terminal only; add --force if you mean it";
        return Err(Failure::Fault(message.to_owned()));
    }
    let page = args.format == ReportFormat::Html;
    let lines = match args.lines {
        When::Always => true,
        When::Never => false,
        When::Auto => terminal || page,
    };
    Ok(Shown {
        lines: lines && (page || args.format == ReportFormat::Text),
        secrets: args.show_secrets,
        comments: !no_comments,
    })
}

/// What a page tells of the past: what stands in the inventory, if there is one already.
fn trend(format: ReportFormat, inventory: Option<&Path>) -> Result<Option<Trend>, Failure> {
    let page = format == ReportFormat::Html;
    let Some(path) = inventory.filter(|path| page && (is_server(path) || path.exists())) else {
        return Ok(None);
    };
    let trend = match Inventory::open_for_reading(path, None) {
        // A server without tables yet.
        Err(Error::Foreign) if is_server(path) => return Ok(None),
        opened => opened.and_then(|it| books::trend(&it)),
    };
    trend.map(Some).map_err(|error| books::fault(path, &error))
}

/// What the run has come to.
#[derive(Default)]
struct Tally {
    books: Option<Books>,
    alarms: Option<Alarms>,
    findings: u64,
    errors: usize,
    sources: u64,
    last: Option<String>,
}

impl Tally {
    fn take(
        &mut self,
        said: Vec<Said>,
        report: &mut dyn Report,
        out: &mut dyn Write,
        voice: Voice,
    ) -> Result<(), Failure> {
        for said in said {
            match said {
                Said::Finding(entry) => {
                    self.findings += 1;
                    if self.last.as_ref() != Some(&entry.record.source) {
                        self.sources += 1;
                        self.last = Some(entry.record.source.clone());
                    }
                    if let Some(alarms) = &self.alarms {
                        alarms.raise(&entry.record);
                    }
                    if let Some(books) = &mut self.books {
                        books.take(&entry.record);
                    }
                    report.entry(out, &entry).map_err(|error| Failure::output(&error))?;
                }
                Said::Warning(message) => voice.note(&message),
                Said::Error(message) => {
                    self.errors += 1;
                    voice.error(&message);
                }
            }
        }
        // What is reported is taken as told.
        if let Some(alarms) = &self.alarms {
            alarms.commit();
        }
        out.flush().map_err(|error| Failure::output(&error))
    }

    fn summary(&self, all: usize) -> String {
        let findings = Count(self.findings, "finding");
        match all {
            0 => format!("{findings}; no file was looked at"),
            1 => findings.to_string(),
            _ => format!("{findings} in {} of {all} files", self.sources),
        }
    }
}

impl Job<'_> {
    /// Scans one source, whatever it is, and puts what comes of it into `hand`.
    fn source(&self, bench: &mut Bench, source: &Source, hand: &mut Hand<'_, '_, Said>) {
        match self.read(bench, source, hand) {
            Ok(()) => tracing::debug!(source = %talk::shown(&source.path), "scanned"),
            Err(error) => {
                hand.put(Said::Error(format!("{}: {}", talk::shown(&source.path), reason(&error))));
            }
        }
        self.progress.step();
    }

    fn read(
        &self,
        bench: &mut Bench,
        source: &Source,
        hand: &mut Hand<'_, '_, Said>,
    ) -> io::Result<()> {
        let mut reader = source.open()?;
        if source.is_stream() {
            hand.live();
            return self.stream(bench, source, &mut *reader, &[], hand);
        }
        let mut buffer = std::mem::take(&mut bench.buffer);
        let whole = sources::fill(&mut *reader, &mut buffer, WHOLE);
        let done = whole.and_then(|whole| {
            if !self.is_text(source, &buffer, hand) {
                Ok(())
            } else if whole && self.engine.envelope(&buffer).is_none() {
                self.whole(bench, source, &buffer, hand);
                Ok(())
            } else {
                self.stream(bench, source, &mut *reader, &buffer, hand)
            }
        });
        // Kept for the next file, and with it its size.
        bench.buffer = buffer;
        done
    }

    /// Whether a source that begins with `head` is to be scanned.
    fn is_text(&self, source: &Source, head: &[u8], hand: &mut Hand<'_, '_, Said>) -> bool {
        match self.engine.kind(head) {
            Kind::Text => true,
            Kind::Binary => source.named || self.binary,
            Kind::Utf16 => {
                let message = format!("{}: not scanned: it {UTF16}", talk::shown(&source.path));
                hand.put(if source.named { Said::Error(message) } else { Said::Warning(message) });
                false
            }
        }
    }

    fn whole(
        &self,
        bench: &mut Bench,
        source: &Source,
        text: &[u8],
        hand: &mut Hand<'_, '_, Said>,
    ) {
        let mut found: Vec<Finding> = Vec::new();
        let scanner = self.engine.scanner.at(&source.name());
        scanner.scan(&mut bench.scratch, text, &mut |finding: &Finding| {
            found.push(finding.clone());
            ControlFlow::Continue(())
        });
        if found.is_empty() {
            return;
        }
        let mut trail = Trail::new(self.engine, self.shown, Name::new(source.name()));
        trail.whole(text, &found);
        trail.entries().for_each(|entry| hand.put(Said::Finding(Box::new(entry))));
    }

    /// Scans what `reader` gives, after `head`, which was read before.
    fn stream(
        &self,
        bench: &mut Bench,
        source: &Source,
        reader: &mut (dyn Read + Send),
        head: &[u8],
        hand: &mut Hand<'_, '_, Said>,
    ) -> io::Result<()> {
        let mut trail = Trail::new(self.engine, self.shown, Name::new(source.name()));
        let findings = RefCell::new(Vec::new());
        let mut buffer = vec![0; CHUNK];
        let mut got = 0;
        if head.is_empty() {
            got = sources::first_piece(reader, &mut buffer)?;
            if !self.is_text(source, buffer.get(..got).unwrap_or_default(), hand) {
                return Ok(());
            }
        }
        let first = if head.is_empty() { buffer.get(..got).unwrap_or_default() } else { head };
        let scanner = self.engine.scanner.at(&source.name());
        let redactor = Redactor::new(&scanner, Mode::Mask);
        let envelope = self.engine.envelope(first);
        let mut stream = Door::open(&redactor, envelope, io::sink(), |finding: &Finding| {
            findings.borrow_mut().push(finding.clone());
            ControlFlow::Continue(())
        });
        if self.engine.stats {
            stream = stream.timed();
        }
        // Threads share what is text and no live stream; where it is asked what each rule costs, there is one.
        let shared = !self.alone && !head.is_empty() && envelope.is_none() && !self.engine.stats;
        let mut piece = |piece: &[u8], ahead, hand: &mut Hand<'_, '_, Said>| -> io::Result<()> {
            trail.push(piece);
            stream.write_ahead(piece, ahead)?;
            trail.decided(&findings.take(), stream.decided());
            trail.entries().for_each(|entry| hand.put(Said::Finding(Box::new(entry))));
            hand.pause();
            Ok(())
        };
        if shared {
            shared::read(&scanner, self.idle, reader, head, |part, ahead| {
                piece(part, ahead, hand)
            })?;
        } else if !head.is_empty() {
            piece(head, None, hand)?;
            got = sources::read(reader, &mut buffer)?;
        }
        while got > 0 {
            piece(buffer.get(..got).unwrap_or_default(), None, hand)?;
            got = sources::read(reader, &mut buffer)?;
        }
        stream.end()?;
        bench.cost.stream(stream.scanner());
        trail.finish(&findings.take());
        trail.entries().for_each(|entry| hand.put(Said::Finding(Box::new(entry))));
        Ok(())
    }
}
