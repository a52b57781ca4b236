//! Words that go on over the edge of a line, as terminals and mail programs break them.
//!
//! A line of at least [`WIDTH`] characters ends within a word that is no plain word (it holds letters, and a digit, `_` or `-`), and the
//! next line goes on with one. Whether the two belong together nobody can tell from this; the caller asks for a format
//! that fits both. Prose pays one look at the end of each line. Leaves out: lines that begin with a mark of quoting.

use super::bits;
use super::byteset::ByteSet;
use super::placeholder;
use super::simd::{self, Class};
use super::span::Span;
use super::view::{Unseen, View};

/// Lines are not broken before this column.
const WIDTH: usize = 60;
/// Bytes of a word before the edge.
const REACH: usize = 256;
/// Bytes of a word in all.
const LONGEST: usize = 4096;
/// Bytes a part before the edge must have.
const LEAST: usize = 4;

/// Bytes that are looked at together.
const PIECE: usize = 1024;
static ENDS: Class = ByteSet::EMPTY.with(b"\n\r").class();

/// What such words are made of.
const BODY: ByteSet = ByteSet::ALNUM.with(b"_-./+=:");
/// What they have on both sides of the edge.
const EDGE: ByteSet = ByteSet::ALNUM.with(b"_-");

/// Follows a text and tells which words may go on over the edge of a line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wraps {
    /// No such edge stands before this offset, or the word at hand goes on to it.
    seen: usize,
    /// Where the word begins, and the line in which it goes on.
    open: Option<(usize, usize)>,
    /// Words that were not read because they are too long.
    pub(crate) too_long: u64,
    /// Working memory: where lines end in a piece of the text.
    ends: Vec<u64>,
}

impl Wraps {
    /// At the beginning of what is at hand of a text.
    pub(crate) fn at(offset: usize) -> Wraps {
        Wraps { seen: offset, ..Wraps::default() }
    }

    /// Whether the same follows from both.
    pub(crate) fn agrees(&self, other: &Wraps) -> bool {
        (self.seen, self.open) == (other.seen, other.open)
    }

    /// Reads on to the end of `view` and hands out every such word that ended.
    pub(crate) fn read(&mut self, view: &View<'_>, found: &mut Vec<Span>) {
        loop {
            let step = match self.open {
                None => self.edge(view),
                Some((start, line)) => self.end(view, start, line, found),
            };
            if step.is_err() || self.open.is_none() && self.seen == view.end() {
                return;
            }
        }
    }

    /// The earliest byte that may belong to a word that is not decided.
    pub(crate) fn hold_from(&self, view: &View<'_>) -> usize {
        match self.open {
            _ if view.is_last() => usize::MAX,
            Some((start, _)) => start,
            None if self.seen < view.end() => part_before(view, self.seen).unwrap_or(usize::MAX),
            None => usize::MAX,
        }
    }

    /// Goes on to the next edge over which a word may go on.
    fn edge(&mut self, view: &View<'_>) -> Result<(), Unseen> {
        while self.seen < view.end() {
            let piece = view.slice(self.seen, self.seen + PIECE);
            simd::members(&ENDS, piece, &mut self.ends);
            let from = self.seen;
            for end in bits::positions(&self.ends) {
                self.seen = from + end;
                if let Some(start) = part_before(view, self.seen)
                    && let Some(line) = goes_on(view, self.seen)?
                {
                    self.open = Some((start, line));
                    self.seen = line;
                    return Ok(());
                }
            }
            self.seen = from + piece.len();
        }
        Ok(())
    }

    /// Goes on to the end of the word.
    fn end(
        &mut self,
        view: &View<'_>,
        start: usize,
        line: usize,
        found: &mut Vec<Span>,
    ) -> Result<(), Unseen> {
        while self.seen - start < LONGEST {
            match view.byte(self.seen)? {
                Some(byte) if BODY.contains(byte) => self.seen += 1,
                Some(b'\n' | b'\r') if self.seen - line >= WIDTH => {
                    match goes_on(view, self.seen)? {
                        Some(next) => {
                            self.open = Some((start, next));
                            self.seen = next;
                            return Ok(());
                        }
                        None => break,
                    }
                }
                _ => break,
            }
        }
        if self.seen - start >= LONGEST {
            self.too_long += 1;
        } else if !placeholder::follows(view, self.seen)? {
            // Before a placeholder it went on, and was another word.
            found.push(Span::new(start, self.seen));
        }
        self.open = None;
        Ok(())
    }
}

/// Where the part of a word begins that ends at the edge `edge`, if it may go on.
fn part_before(view: &View<'_>, edge: usize) -> Option<usize> {
    view.before(edge).filter(|byte| EDGE.contains(*byte))?;
    let back = view.look_back(edge, REACH);
    let len = back.iter().rev().take_while(|byte| BODY.contains(**byte)).count();
    let part = back.get(back.len() - len..)?;
    let telling = part.iter().any(|byte| byte.is_ascii_digit() || b"_-".contains(byte))
        && part.iter().any(u8::is_ascii_alphabetic);
    let line = placeholder::shown(view, edge, WIDTH);
    let wide = line.len() == WIDTH && memchr::memchr2(b'\n', b'\r', line).is_none();
    (len >= LEAST && telling && wide).then_some(edge - len)
}

/// Where the next line begins, if a word may go on there.
fn goes_on(view: &View<'_>, edge: usize) -> Result<Option<usize>, Unseen> {
    let crlf = view.byte(edge)? == Some(b'\r') && view.byte(edge + 1)? == Some(b'\n');
    let line = edge + 1 + usize::from(crlf);
    let next = view.byte(line)?;
    Ok(next.is_some_and(|byte| EDGE.contains(byte)).then_some(line))
}
