//! Where text comes from: standard input, named files, walked directories.
//!
//! A walk is sorted, so that two runs read in the same order. What was named is read in any case; what was met on a walk
//! is left out if it is no regular file. UTF-16 is recognised by its byte order mark, because a scan of it would find
//! nothing and look clean.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ignore::{WalkBuilder, WalkState};

use crate::args::WalkArgs;
use crate::failure::reason;
use crate::hiargs::is_stdin;
use crate::talk;

mod name;
#[cfg(test)]
mod tests;

pub(crate) use name::Name;

/// Bytes in which a NUL makes a file binary.
const BINARY_WITHIN: usize = 8 * 1024;
/// Up to this size a file is read and scanned whole.
pub(crate) const WHOLE: usize = 1024 * 1024;
/// The size of a read from a stream.
pub(crate) const CHUNK: usize = 64 * 1024;

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// As given or walked; `-` for standard input.
    pub(crate) path: PathBuf,
    /// Whether the user named it, or a walk came across it.
    pub(crate) named: bool,
}

impl Source {
    pub(crate) fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// Opens it for reading.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        if is_stdin(&self.path) {
            return Ok(Box::new(io::stdin()));
        }
        let file = File::open(&self.path)?;
        Ok(Box::new(file))
    }

    /// Whether it is a stream whose bytes may come slowly, so that waiting for a full buffer would delay them.
    pub(crate) fn is_stream(&self) -> bool {
        !self.path.is_file() || is_stdin(&self.path)
    }
}

/// What the beginning of a text says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Binary,
    Utf16,
}

/// What a text is that begins with `head`.
pub(crate) fn kind(head: &[u8]) -> Kind {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Kind::Utf16;
    }
    let within = head.get(..BINARY_WITHIN).unwrap_or(head);
    if memchr::memchr(0, within).is_some() { Kind::Binary } else { Kind::Text }
}

/// The message for UTF-16 text.
pub(crate) const UTF16: &str = "is UTF-16, in which nothing would be found with --decode-depth 0";

/// Reads until `buffer` holds `limit` bytes or the end has come; answers whether it has.
pub(crate) fn fill(reader: &mut dyn Read, buffer: &mut Vec<u8>, limit: usize) -> io::Result<bool> {
    buffer.clear();
    let wanted = limit as u64;
    let got = reader.take(wanted).read_to_end(buffer)?;
    Ok(got < limit)
}

/// Reads the first piece of a stream: what is there, but at least two bytes if the first could begin a byte order mark, and
/// what the first lengths of a frame take if it could begin one. Answers how many bytes it read; 0 is the end.
pub(crate) fn first_piece(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = read(reader, buffer)?;
    let least = match buffer.first() {
        Some(0) => 12,
        Some(0xfe | 0xff) => 2,
        _ => 1,
    };
    while 0 < got && got < least {
        let rest = buffer.get_mut(got..).unwrap_or_default();
        match read(reader, rest)? {
            0 => break,
            more => got += more,
        }
    }
    Ok(got)
}

/// One read, begun again if a signal interrupts it.
pub(crate) fn read(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// What a walk met, and what it could not read.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) sources: Vec<Source>,
    pub(crate) errors: Vec<String>,
}

/// All sources behind `paths`: in the order given, each directory sorted.
pub(crate) fn collect(paths: &[PathBuf], args: &WalkArgs) -> Found {
    let mut found = Found::default();
    for path in paths {
        if is_stdin(path) {
            found.sources.push(Source { path: path.clone(), named: true });
            continue;
        }
        match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => walk(path, args, &mut found),
            Ok(_) => found.sources.push(Source { path: path.clone(), named: true }),
            Err(error) => {
                // Somebody may have passed a secret in place of a path.
                let shown = talk::redacted(&path.display().to_string());
                found.errors.push(format!("{shown}: {}", reason(&error)));
            }
        }
    }
    tracing::info!(sources = found.sources.len(), "sources collected");
    found
}

fn walk(root: &Path, args: &WalkArgs, found: &mut Found) {
    let paths: Mutex<Vec<PathBuf>> = Mutex::default();
    let errors: Mutex<Vec<String>> = Mutex::default();
    let honour = !args.no_ignore;
    let walk = WalkBuilder::new(root)
        .hidden(!args.hidden)
        .ignore(honour)
        .git_ignore(honour)
        .git_global(honour)
        .git_exclude(honour)
        .parents(honour)
        .follow_links(false)
        .threads(args.threads)
        .build_parallel();
    walk.run(|| {
        // Gathered per thread and handed over when the thread is done.
        let mut mine = Gathered { paths: Vec::new(), errors: Vec::new(), to: (&paths, &errors) };
        Box::new(move |entry| {
            match entry {
                Ok(entry) => {
                    if entry.file_type().is_some_and(|t| t.is_file()) {
                        mine.paths.push(entry.into_path());
                    }
                }
                Err(error) => mine.errors.push(talk::redacted(&error.to_string())),
            }
            WalkState::Continue
        })
    });
    let mut paths = paths.into_inner().unwrap_or_default();
    paths.sort_unstable();
    found.sources.extend(paths.into_iter().map(|path| Source { path, named: false }));
    let mut errors = errors.into_inner().unwrap_or_default();
    errors.sort_unstable();
    found.errors.extend(errors);
}

struct Gathered<'a> {
    paths: Vec<PathBuf>,
    errors: Vec<String>,
    to: (&'a Mutex<Vec<PathBuf>>, &'a Mutex<Vec<String>>),
}

impl Drop for Gathered<'_> {
    fn drop(&mut self) {
        if let Ok(mut all) = self.to.0.lock() {
            all.append(&mut self.paths);
        }
        if let Ok(mut all) = self.to.1.lock() {
            all.append(&mut self.errors);
        }
    }
}
