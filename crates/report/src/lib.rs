//! Finding records as text, JSON, SARIF, OCSF, ECS, CEF, annotations of code hosts, and a page for people.
//!
//! A [`Report`] turns [`Record`]s into bytes. It takes any [`io::Write`] and decides nothing about input or output:
//! which file, which colour, when to flush is the caller's business. No writer ever sees a secret unless the caller
//! hands one over in [`Entry::secret`] or in an exposed [`Part`].

use std::io::{self, Write};

mod cef;
mod context;
mod ecs;
pub mod frameworks;
mod github;
mod gitlab;
mod html;
mod identity;
mod json;
mod neutral;
mod ocsf;
mod sarif;
mod text;
mod words;

#[cfg(test)]
mod tests;

pub use cef::Cef;
pub use context::{Context, rfc3339};
pub use ecs::Ecs;
pub use github::Github;
pub use gitlab::{Gitlab, GitlabQuality};
pub use html::{Html, Trend, TrendDay};
pub use identity::finding_id;
pub use json::{Json, Jsonl};
use keysieve::Record;
pub use neutral::neutral;
pub use ocsf::Ocsf;
pub use sarif::Sarif;
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
