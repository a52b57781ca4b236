//! How a command can end other than well, and the exit code of each way.

use std::fmt;
use std::io;
use std::path::Path;

/// Nothing found, or work done.
pub(crate) const CLEAN: u8 = 0;
/// Something to look at: a finding, a fault in what was checked.
pub(crate) const FOUND: u8 = 1;
/// Usage, pack or I/O error.
pub(crate) const FAULT: u8 = 2;
/// A policy does not let the text go on.
pub(crate) const BLOCKED: u8 = 3;
/// Ended by Ctrl-C.
pub(crate) const INTERRUPTED: i32 = 130;

/// Why a command gave up.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The message for the user.
    Fault(String),
    /// The same, of the command line itself; or help that was asked for.
    Usage(Box<clap::Error>),
    /// A policy does not let the text go on; the message for the user.
    Blocked(String),
    /// The reader of our output has gone. No fault of ours or the user's.
    ClosedPipe,
}

impl Failure {
    /// The failure of reading or writing `path`.
    pub(crate) fn at(path: &Path, error: &io::Error) -> Failure {
        Failure::Fault(format!("{}: {}", path.display(), reason(error)))
    }

    /// The failure of writing to standard output.
    pub(crate) fn output(error: &io::Error) -> Failure {
        let inner = error.get_ref();
        if let Some(blocked) = inner.and_then(|inner| inner.downcast_ref::<keysieve::Blocked>()) {
            return Failure::Blocked(blocked.to_string());
        }
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
            _ => Failure::Fault(format!("standard output: {}", reason(error))),
        }
    }
}

impl From<keysieve::Error> for Failure {
    fn from(error: keysieve::Error) -> Failure {
        Failure::Fault(error.to_string())
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Failure {
        Failure::Usage(Box::new(error))
    }
}

/// An I/O error in words, without the number of the operating system.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_lowercase(),
        None => text,
    }
}

/// `n` and a noun, with an `s` where it belongs.
pub(crate) struct Count<'a>(pub(crate) u64, pub(crate) &'a str);

impl fmt::Display for Count<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} {}{s}", self.0, self.1)
    }
}
