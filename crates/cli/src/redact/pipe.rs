//! Redaction to standard output, as bytes arrive.
//!
//! A read that gives less than it could means that the writer before us is waiting, so what is decided leaves at once;
//! full reads are written in large pieces. Memory does not depend on the length of the input or of its lines.

use std::cell::RefCell;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use keysieve::{Ahead, Finding, LineCounter, Record, Scanner};

use super::gate::Gate;
use super::{Job, Told};
use crate::crew::Idle;
use crate::door::Door;
use crate::failure::{Failure, reason};
use crate::hiargs::is_stdin;
use crate::shared;
use crate::sources::{self, CHUNK, Kind, Name, Source, UTF16, WHOLE};
use crate::stats::{self, Cost};
use crate::talk::{self, Out};
use crate::traces;

/// Copies all of `paths` to standard output.
pub(super) fn run(
    job: &Job,
    paths: &[PathBuf],
    threads: usize,
    told: &mut Told,
) -> Result<(), Failure> {
    let mut out = talk::stdout();
    let mut cost = Cost::default();
    let clock = stats::Stopwatch::start();
    for path in paths {
        if let Err(what) = one(job, (path, threads), &mut out, told, &mut cost)? {
            told.error(job.voice, &format!("{}: {what}", talk::shown(path)));
        }
    }
    if job.engine.stats {
        stats::print(cost, &job.engine.scanner, &clock);
    }
    Ok(())
}

/// Copies one source. The inner error is that of the source, and others can go on; the outer that of the output.
fn one(
    job: &Job,
    (path, threads): (&Path, usize),
    out: &mut Out,
    told: &mut Told,
    cost: &mut Cost,
) -> Result<Result<(), String>, Failure> {
    if path.is_dir() && !is_stdin(path) {
        return Ok(Err("is a directory; add --in-place, or name files".to_owned()));
    }
    let source = Source { path: path.to_owned(), named: true };
    let mut buffer = vec![0; CHUNK];
    let opened = source.open().and_then(|mut reader| {
        let got = sources::first_piece(&mut *reader, &mut buffer)?;
        Ok((reader, got))
    });
    let (mut reader, got) = match opened {
        Ok(opened) => opened,
        Err(error) => return Ok(Err(reason(&error))),
    };
    if job.engine.kind(buffer.get(..got).unwrap_or_default()) == Kind::Utf16 {
        return Ok(Err(format!("not redacted: it {UTF16}")));
    }
    let mut copy = Copy { job, name: Name::new(source.name()), told, lines: LineCounter::new() };
    // Threads share a large file, not what comes when it comes; who leaves no traces has one stack.
    let large = path.metadata().is_ok_and(|meta| meta.is_file() && meta.len() > WHOLE as u64);
    let shared = large && threads != 1 && !job.engine.stats && !job.erases;
    let helpers = shared.then(|| Idle::but_one(threads));
    copy.pump(&mut *reader, (&mut buffer, got), helpers, out, cost)
}

/// Receives a piece, what was read ahead of it, and whether nothing more is there for now.
type Take<'a> = dyn FnMut(&[u8], Option<Ahead>, bool) -> Result<(), Failure> + 'a;

/// Hands on what comes, as it comes; `got` bytes are in the buffer already. The inner error is that of the source.
fn pour(
    reader: &mut dyn Read,
    buffer: &mut [u8],
    mut got: usize,
    take: &mut Take<'_>,
) -> Result<io::Result<()>, Failure> {
    while got > 0 {
        let taken = take(buffer.get(..got).unwrap_or_default(), None, got < buffer.len());
        // Secrets stay in memory no longer than they are needed.
        buffer.get_mut(..got).unwrap_or_default().fill(0);
        taken?;
        got = match sources::read(reader, buffer) {
            Ok(got) => got,
            Err(error) => return Ok(Err(error)),
        };
    }
    Ok(Ok(()))
}

/// The same for a file that begins with `head`, read ahead by several threads.
fn share(
    scanner: &Scanner,
    idle: &Idle,
    reader: &mut (dyn Read + Send),
    head: &[u8],
    take: &mut Take<'_>,
) -> Result<io::Result<()>, Failure> {
    let mut failure = None;
    let read = shared::read(scanner, idle, reader, head, |piece, ahead| {
        take(piece, ahead, false).map_err(|broken| {
            failure = Some(broken);
            io::Error::other("the output is closed")
        })
    });
    failure.map_or(Ok(read), Err)
}

/// One source on its way.
struct Copy<'a> {
    job: &'a Job,
    name: Name,
    told: &'a mut Told,
    lines: LineCounter,
}

impl Copy<'_> {
    /// Pumps until the input ends or cannot be read; `got` bytes are in the buffer already.
    fn pump(
        &mut self,
        reader: &mut (dyn Read + Send),
        (buffer, got): (&mut [u8], usize),
        helpers: Option<Idle>,
        out: &mut Out,
        cost: &mut Cost,
    ) -> Result<Result<(), String>, Failure> {
        let output = |error| Failure::output(&error);
        let found = RefCell::new(Vec::new());
        let envelope = self.job.engine.envelope(buffer.get(..got).unwrap_or_default());
        let redactor = self.job.redactor.at(self.name.given());
        let gate = Gate::new(out, self.job.alarms.is_some());
        let mut stream = Door::open(&redactor, envelope, gate, |finding: &Finding| {
            found.borrow_mut().push(finding.clone());
            ControlFlow::Continue(())
        });
        let mut piece = |piece: &[u8], ahead: Option<Ahead>, pauses: bool| {
            self.lines.push(piece);
            let written = stream.write_ahead(piece, ahead);
            if self.job.erases {
                traces::erase_stack();
            }
            self.tell(&found.take(), stream.decided());
            stream.writer_mut().open().map_err(output)?;
            if let Err(error) = written {
                // What stands before may go on, if it can.
                let _ = stream.flush();
                return Err(output(error));
            }
            if pauses {
                stream.flush().map_err(output)?;
                self.told.flush();
            }
            Ok(())
        };
        let head = buffer.get(..got).unwrap_or_default();
        let read = match helpers.filter(|_| envelope.is_none() && got == buffer.len()) {
            Some(idle) => share(redactor.scanner(), &idle, reader, head, &mut piece)?,
            None => pour(reader, buffer, got, &mut piece)?,
        };
        if let Err(error) = read {
            // What is held may be half a secret: it stays here.
            stream.flush().map_err(output)?;
            return Ok(Err(reason(&error)));
        }
        let ended = stream.end();
        self.tell(&found.take(), 0);
        stream.writer_mut().open().map_err(output)?;
        if let Err(error) = ended {
            let _ = stream.flush();
            return Err(output(error));
        }
        cost.stream(stream.scanner());
        Ok(Ok(()))
    }

    /// Passes findings on; none to come begins before `decided`.
    fn tell(&mut self, found: &[Finding], decided: usize) {
        let record = |finding: &Finding| {
            let at = self.lines.locate(finding.span().start());
            self.job.engine.record(finding, &self.name, at)
        };
        let records: Vec<Record> = found.iter().map(record).collect();
        self.job.alarm(&records);
        records.into_iter().for_each(|record| self.told.finding(self.job, record));
        self.lines.forget_before(decided);
    }
}
