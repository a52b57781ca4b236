//! Finding records as text, JSON lines and JSON.
//!
//! A [`Report`] turns [`Record`]s into bytes. It takes any [`io::Write`] and decides nothing about input or output:
//! which file, which colour, when to flush is the caller's business. No writer ever sees a secret unless the caller
//! hands one over in [`Entry::secret`] or in an exposed [`Part`].

use std::io::{self, Write};

mod json;
mod neutral;
mod text;

#[cfg(test)]
mod tests;

pub use json::{Json, Jsonl};
use keysieve::Record;
pub use neutral::neutral;
pub use text::Text;

/// A finding and what may be shown beside it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The finding.
    pub record: Record,
    /// The line it stands on, for people.
    pub line: Option<Vec<Part>>,
    /// The secret itself, if the user asked for it.
    pub secret: Option<String>,
}

/// A piece of a shown line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Bytes of the source that are no secret.
    Plain(Vec<u8>),
    /// What stands for a secret.
    Hidden(String),
    /// A secret that the user asked to see.
    Exposed(Vec<u8>),
    /// Something was left out.
    Cut,
}

/// Writes entries one after the other.
pub trait Report: Send {
    /// Before the first entry.
    ///
    /// # Errors
    /// What the writer answers.
    fn begin(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// One entry.
    ///
    /// # Errors
    /// What the writer answers.
    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()>;

    /// After the last entry.
    ///
    /// # Errors
    /// What the writer answers.
    fn end(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}
