//! Redaction of files in place.
//!
//! A file with findings is written anew beside itself, synced, and moved over the old one, so that at every moment there is
//! either the old file or the new one; alerts are durable before it is the new one. Owner and mode stay; extended attributes and access lists do not. A file
//! without findings is not touched. Refused, with a message, is what would do something else than it seems: symbolic
//! links, files with further hard links (the secret would stay under the other name), files that change meanwhile.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use keysieve::{Finding, LineCounter, Record, Scratch};

use super::{Job, Told};
use crate::args::WalkArgs;
use crate::crew::{self, Hand, Idle, Turn};
use crate::door::Door;
use crate::failure::{Failure, reason};
use crate::interrupt::Unfinished;
use crate::progress::Progress;
use crate::shared;
use crate::sources::{self, CHUNK, Found, Kind, Name, Source, UTF16, WHOLE};
use crate::stats::{self, Cost};
use crate::talk;

/// What comes of a file.
enum Said {
    Finding(Box<Record>),
    Rewritten,
    Warning(String),
    Error(String),
}

/// One thread's working memory.
struct Bench {
    scratch: Scratch,
    buffer: Vec<u8>,
    cost: Cost,
}

pub(super) fn run(
    job: &Job,
    found: &Found,
    walk: &WalkArgs,
    told: &mut Told,
) -> Result<(), Failure> {
    found.errors.iter().for_each(|error| told.error(job.voice, error));
    let progress = Progress::new(found.sources.len(), job.voice);
    let clock = stats::Stopwatch::start();
    let mut rewritten = 0;
    let turn = Turn::new(|said: Vec<Said>| {
        progress.suspend(|| {
            for said in said {
                match said {
                    Said::Finding(record) => told.finding(job, *record),
                    Said::Rewritten => rewritten += 1,
                    Said::Warning(message) => job.voice.note(&message),
                    Said::Error(message) => told.error(job.voice, &message),
                }
            }
        });
        Ok(())
    });
    let bench = || Bench {
        scratch: stats::scratch(job.engine.stats),
        buffer: Vec::new(),
        cost: Cost::default(),
    };
    let idle = Idle::default();
    // Where it is asked what each rule costs, a file has one thread.
    let helpers = (walk.threads != 1 && !job.engine.stats).then_some(&idle);
    let benches =
        crew::run(walk.threads, &found.sources, &turn, &idle, bench, |bench, source, hand| {
            if let Err(error) = file(job, (walk.binary, helpers), bench, source, hand) {
                hand.put(Said::Error(format!("{}: {}", talk::shown(&source.path), reason(&error))));
            }
            progress.step();
        })?;
    turn.finish()?;
    progress.end();
    told.files = Some((rewritten, found.sources.len() as u64));
    if job.engine.stats {
        let costs = benches.into_iter().map(|bench| bench.cost.and(bench.scratch.stats()));
        stats::print(costs.fold(Cost::default(), Cost::plus), &job.engine.scanner, &clock);
    }
    Ok(())
}

/// Redacts one file.
fn file(
    job: &Job,
    (binary, helpers): (bool, Option<&Idle>),
    bench: &mut Bench,
    source: &Source,
    hand: &mut Hand<'_, '_, Said>,
) -> io::Result<()> {
    let (mut old, meta) = open(&source.path)?;
    let mut buffer = std::mem::take(&mut bench.buffer);
    let whole = sources::fill(&mut old, &mut buffer, WHOLE);
    let done = whole.and_then(|whole| {
        let message = || format!("{}: not redacted: it {UTF16}", talk::shown(&source.path));
        match job.engine.kind(&buffer) {
            Kind::Binary if !binary && !source.named => return Ok(()),
            Kind::Utf16 if source.named => hand.put(Said::Error(message())),
            Kind::Utf16 => hand.put(Said::Warning(message())),
            _ => {
                let name = Name::new(source.name());
                let task = Task { job, source, name, meta: &meta, helpers };
                let found = match whole {
                    true if job.engine.envelope(&buffer).is_none() => task.whole(bench, &buffer)?,
                    _ => task.stream(bench, &buffer, &mut old)?,
                };
                let is_clean = found.iter().all(super::stays);
                found.into_iter().for_each(|record| hand.put(Said::Finding(Box::new(record))));
                if !is_clean {
                    hand.put(Said::Rewritten);
                }
            }
        }
        Ok(())
    });
    bench.buffer = buffer;
    done
}

/// Opens a regular file that is no symbolic link, and makes sure that it is still the one that was looked at.
fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let seen = fs::symlink_metadata(path)?;
    if seen.is_symlink() {
        return Err(io::Error::other("is a symbolic link; name the file it points to"));
    }
    if !seen.is_file() {
        return Err(io::Error::other("is not a regular file"));
    }
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if is_same(&seen, &meta) { Ok((file, meta)) } else { Err(io::Error::other(CHANGED)) }
}

const CHANGED: &str = "has changed while it was read; left as it is";

#[cfg(unix)]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino()) && is_unchanged(a, b)
}

#[cfg(not(unix))]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    is_unchanged(a, b)
}

fn is_unchanged(a: &Metadata, b: &Metadata) -> bool {
    a.len() == b.len() && a.modified().ok() == b.modified().ok()
}

#[cfg(unix)]
fn has_other_names(meta: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    meta.nlink() > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
    false
}

/// One file to redact.
struct Task<'a> {
    job: &'a Job,
    source: &'a Source,
    name: Name,
    meta: &'a Metadata,
    /// Threads that may read ahead of a large file.
    helpers: Option<&'a Idle>,
}

impl Task<'_> {
    fn whole(&self, bench: &mut Bench, text: &[u8]) -> io::Result<Vec<Record>> {
        let mut found: Vec<Finding> = Vec::new();
        let scratch = &mut bench.scratch;
        let redactor = self.job.redactor.at(self.name.given());
        let clean = redactor.try_redact_with(scratch, text, &mut |finding: &Finding| {
            found.push(finding.clone());
            ControlFlow::Continue(())
        });
        let clean = clean.map_err(|error| io::Error::other(format!("{error}; left as it is")))?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let mut lines = LineCounter::new();
        lines.push(text);
        let records: Vec<Record> = found.iter().map(|f| self.record(f, &lines)).collect();
        self.job.alarm(&records);
        if !records.iter().all(super::stays) {
            let (unfinished, mut file) = self.create()?;
            file.write_all(&clean)?;
            self.replace(unfinished, &file)?;
        }
        Ok(records)
    }

    /// A large file, or one with lengths in it: written while it is read, and thrown away if there was nothing to redact.
    fn stream(&self, bench: &mut Bench, head: &[u8], old: &mut File) -> io::Result<Vec<Record>> {
        let (unfinished, file) = self.create()?;
        let found = std::cell::RefCell::new(Vec::new());
        let out = BufWriter::with_capacity(CHUNK, file);
        let redactor = self.job.redactor.at(self.name.given());
        let envelope = self.job.engine.envelope(head);
        let mut stream = Door::open(&redactor, envelope, out, |finding: &Finding| {
            found.borrow_mut().push(finding.clone());
            ControlFlow::Continue(())
        });
        let mut lines = LineCounter::new();
        let mut records = Vec::new();
        let mut tell = |lines: &LineCounter| {
            records.extend(found.take().iter().map(|finding| self.record(finding, lines)));
        };
        let mut piece = |piece: &[u8], ahead| -> io::Result<()> {
            lines.push(piece);
            stream.write_ahead(piece, ahead)?;
            tell(&lines);
            lines.forget_before(stream.decided());
            Ok(())
        };
        match self.helpers.filter(|_| envelope.is_none()) {
            Some(idle) => shared::read(redactor.scanner(), idle, old, head, &mut piece)?,
            None => {
                piece(head, None)?;
                let mut buffer = vec![0; CHUNK];
                loop {
                    let got = sources::read(old, &mut buffer)?;
                    if got == 0 {
                        break;
                    }
                    piece(buffer.get(..got).unwrap_or_default(), None)?;
                }
            }
        }
        stream.end()?;
        bench.cost.stream(stream.scanner());
        let file = stream.finish()?.into_inner()?;
        tell(&lines);
        self.job.alarm(&records);
        if !records.iter().all(super::stays) {
            self.replace(unfinished, &file)?;
        }
        Ok(records)
    }

    fn record(&self, finding: &Finding, lines: &LineCounter) -> Record {
        let at = lines.locate(finding.span().start());
        self.job.engine.record(finding, &self.name, at)
    }

    /// A new file beside the old one that nobody else can read.
    fn create(&self) -> io::Result<(Unfinished, File)> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let name = format!(".keysieve-{:016x}.tmp", u64::from_ne_bytes(random));
        Unfinished::create(self.folder().join(name), |path| {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(path)
        })
    }

    /// Puts the new file into the place of the old one.
    fn replace(&self, new: Unfinished, file: &File) -> io::Result<()> {
        let path = &self.source.path;
        if has_other_names(self.meta) {
            let message =
                "has further hard links, under which the secrets would stay; left as it is";
            return Err(io::Error::other(message));
        }
        #[cfg(unix)]
        keep_owner(file, self.meta)?;
        file.set_permissions(self.meta.permissions())?;
        file.sync_all()?;
        if !is_same(&fs::symlink_metadata(path)?, self.meta) {
            return Err(io::Error::other(CHANGED));
        }
        new.rename(path)?;
        // So that the new name survives a power cut. The file itself is safe in any case.
        if let Ok(folder) = File::open(self.folder()) {
            let _ = folder.sync_all();
        }
        tracing::info!(file = %talk::shown(path), "rewritten");
        Ok(())
    }

    fn folder(&self) -> PathBuf {
        match self.source.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}

#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        fchown(file, Some(old.uid()), Some(old.gid()))
            .map_err(|_| io::Error::other("cannot keep its owner; left as it is"))?;
    }
    Ok(())
}
