//! Literals found by Hyperscan or Vectorscan, in place of the prefilter's own pass.
//!
//! It answers the question of [`Prefilter::find`] with the same occurrences, gated keywords in the same stretches only. What is done
//! with them afterwards, what a window may look at and what is held at its end is the same code for both, so that findings
//! depend neither on who looked nor on how the text was cut. The binding is safe; its working memory is one per thread.
//!
//! Guarantees: where the library answers with an error, nothing is told, and the prefilter looks itself. Leaves out: patterns,
//! which are ours; streams of the library's own, since a window is a block to it; a choice of literals.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Mutex, PoisonError};

use hyperscan::{
    BlockDatabase, Builder, Literal as Pattern, LiteralFlags, Literals, Matching, Scratch,
};

use super::prefilter::{Hit, Literal, Prefilter};
use super::scratch::Caches;
use crate::error::{Error, ErrorKind};
use crate::text::span::Span;
use crate::text::view::View;

/// All literals of a prefilter, compiled.
#[derive(Debug)]
pub(crate) struct Finder {
    open: Set,
    gated: Set,
    longest: usize,
}

/// Literals that are looked for together.
#[derive(Default)]
struct Set {
    database: Option<BlockDatabase>,
    wanted: Vec<Wanted>,
}

/// One literal: its length, and all who want it.
struct Wanted {
    len: usize,
    users: Vec<Literal>,
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Set({} literals)", self.wanted.len())
    }
}

/// Working memory of one thread for the databases of one scanner. Made when first needed.
// The lock is never contended: who has the memory to write has it alone. It is there so that memory can be shared to read.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Option<Scratch>>);

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}

impl Finder {
    /// # Errors
    /// When the library does not take the literals, or not this processor.
    pub(crate) fn new(prefilter: &Prefilter) -> Result<Finder, Error> {
        let (mut open, mut gated) = (Patterns::default(), Patterns::default());
        for (is_gated, lower, users) in prefilter.filed() {
            let into = if is_gated { &mut gated } else { &mut open };
            into.add(lower, users)?;
        }
        Ok(Finder { open: open.build()?, gated: gated.build()?, longest: prefilter.longest() })
    }

    /// Adds to `hits` every occurrence whose end lies in `from + 1 ..= to`, like [`Prefilter::find`]; whether it could.
    pub(crate) fn find(
        &self,
        view: &View<'_>,
        (from, to): (usize, usize),
        caches: &mut Caches,
        hits: &mut Vec<Hit>,
    ) -> bool {
        let memory = caches.hyperscan.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if memory.is_none() {
            *memory = self.memory();
        }
        let Some(memory) = memory else { return false };
        let known = hits.len();
        let begin = from.saturating_sub(self.longest.saturating_sub(1)).max(view.base());
        let mut found = self.open.find(view, Span::new(begin, to), from, memory, hits);
        if found && !self.gated.wanted.is_empty() {
            let gate = &mut caches.sieve.gate;
            gate.read(view, begin, to);
            let mut at: Option<Span> = None;
            let end = Span::new(usize::MAX, usize::MAX);
            for stretch in gate.stretches(begin, to, self.longest).chain([end]) {
                // What stands over the seam of two stretches belongs to both.
                at = match at {
                    Some(before) if before.end() == stretch.start() => {
                        Some(Span::new(before.start(), stretch.end()))
                    }
                    Some(before) => {
                        found &= self.gated.find(view, before, from, memory, hits);
                        Some(stretch)
                    }
                    None => Some(stretch),
                };
            }
        }
        if !found {
            hits.truncate(known);
        }
        found
    }

    /// Working memory for both databases.
    fn memory(&self) -> Option<Scratch> {
        let mut databases =
            [&self.open, &self.gated].into_iter().filter_map(|s| s.database.as_ref());
        let mut memory = databases.next()?.alloc_scratch().ok()?;
        for database in databases {
            database.realloc_scratch(&mut memory).ok()?;
        }
        Some(memory)
    }
}

impl Set {
    /// Looks in `stretch` of the view; what ends at or before `from` was told before.
    fn find(
        &self,
        view: &View<'_>,
        stretch: Span,
        from: usize,
        memory: &mut Scratch,
        hits: &mut Vec<Hit>,
    ) -> bool {
        let Some(database) = &self.database else { return true };
        let text = view.slice(stretch.start(), stretch.end());
        let tell = |number: u32, _, end: u64, _| {
            let end = end as usize;
            let Some(wanted) = self.wanted.get(number as usize) else { return Matching::Continue };
            let Some(start) = end.checked_sub(wanted.len) else { return Matching::Continue };
            if stretch.start() + end > from {
                let bytes = text.get(start..end).unwrap_or_default();
                let start = stretch.start() + start;
                for literal in &wanted.users {
                    if literal.caseless || *literal.bytes == *bytes {
                        hits.push(Hit { start, user: literal.user, len: wanted.len as u32 });
                    }
                }
            }
            Matching::Continue
        };
        // An empty text is no error to us, but it may be one to the library.
        text.is_empty() || database.scan(text, memory, tell).is_ok()
    }
}

/// Literals on their way to a database.
#[derive(Default)]
struct Patterns {
    patterns: Vec<Pattern>,
    wanted: Vec<Wanted>,
}

impl Patterns {
    fn add(&mut self, lower: &[u8], users: &[Literal]) -> Result<(), Error> {
        let exact = match users {
            [user] if !user.caseless => Some(&*user.bytes),
            _ => None,
        };
        let spelled =
            std::str::from_utf8(exact.unwrap_or(lower)).map_err(|_| fault("not UTF-8"))?;
        let flags = if exact.is_some() { LiteralFlags::empty() } else { LiteralFlags::CASELESS };
        let pattern = Pattern::with_flags(spelled, flags).map_err(fault)?;
        self.patterns.push(pattern);
        self.wanted.push(Wanted { len: lower.len(), users: users.to_vec() });
        Ok(())
    }

    fn build(self) -> Result<Set, Error> {
        if self.patterns.is_empty() {
            return Ok(Set::default());
        }
        let patterns: Literals = self.patterns.into_iter().collect();
        let database: BlockDatabase = patterns.build().map_err(fault)?;
        Ok(Set { database: Some(database), wanted: self.wanted })
    }
}

fn fault(error: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Config, format!("the engine `hyperscan` cannot be built: {error}"))
}
