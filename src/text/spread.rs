//! Words that were taken apart: `g h p _ …`, `"ghp" + "_…"`.
//!
//! Single characters with the same byte between all of them, at least [`LEAST`] of them, or strings that a program puts
//! together. Undone in text that nobody takes apart, both make words of sentences and lists, so that only the strict mode
//! asks, and only for formats with a mark of their own. Leaves out: variables between the strings, longer separators.

use super::byteset::ByteSet;
use super::span::Span;
use super::view::{Unseen, View};

/// Characters that stand alone, at least.
const LEAST: usize = 8;
/// Bytes of a word with all that stands between its parts.
const LONGEST: usize = 4096;
/// Bytes of one part.
const LONGEST_PART: usize = 512;
/// Bytes between two strings.
const LONGEST_JOINT: usize = 32;

/// What words are made of.
const BODY: ByteSet = ByteSet::ALNUM.with(b"_-/+");
const BLANK: ByteSet = ByteSet::EMPTY.with(b" \t\r\n\\");
const JOINERS: ByteSet = ByteSet::EMPTY.with(b"+.&,~");

/// Follows a text and hands out the parts of each such word.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spread {
    /// No such word begins before this offset.
    seen: usize,
    /// Words that were read in part.
    pub(crate) too_long: u64,
}

impl Spread {
    /// At the beginning of what is at hand of a text.
    pub(crate) fn at(offset: usize) -> Spread {
        Spread { seen: offset, ..Spread::default() }
    }

    /// Whether the same follows from both.
    pub(crate) fn agrees(&self, other: &Spread) -> bool {
        self.seen == other.seen
    }

    /// Reads on to the end of `view`.
    pub(crate) fn read(&mut self, view: &View<'_>, found: &mut Vec<Vec<Span>>) {
        loop {
            let rest = view.slice(self.seen, view.end());
            self.seen += rest.iter().take_while(|byte| !BODY.contains(**byte)).count();
            if self.seen == view.end() {
                return;
            }
            let Ok((parts, whole)) = parts(view, self.seen) else { return };
            self.too_long += u64::from(!whole);
            self.seen = parts.last().map_or(self.seen + 1, |part| part.end());
            if parts.len() >= LEAST || parts.len() > 1 && parts.iter().any(|part| part.len() > 1) {
                found.push(parts);
            }
        }
    }

    /// Passes by all that was seen.
    pub(crate) fn skip(&mut self, view: &View<'_>) {
        self.seen = view.end();
    }

    /// The earliest byte that may belong to a word that is not decided.
    pub(crate) fn hold_from(&self, view: &View<'_>) -> usize {
        if view.is_last() || self.seen == view.end() { usize::MAX } else { self.seen }
    }
}

/// The parts of the word that begins at `start`, and whether they are all.
fn parts(view: &View<'_>, start: usize) -> Result<(Vec<Span>, bool), Unseen> {
    let mut parts = Vec::new();
    let mut between = None;
    let mut at = start;
    loop {
        let begin = at;
        while at - begin < LONGEST_PART && goes_on(view, at, at - begin)? {
            at += 1;
        }
        parts.push(Span::new(begin, at));
        if at - begin == LONGEST_PART || at - start > LONGEST {
            return Ok((parts, at - start <= LONGEST));
        }
        let single = at - begin == 1;
        if let Some(next) = joint(view, at)? {
            at = next;
        } else if single
            && let Some(byte) = alone_behind(view, at)?
            && *between.get_or_insert(byte) == byte
        {
            at += 1;
        } else {
            return Ok((parts, true));
        }
    }
}

/// Whether the byte at `pos` belongs to a part of which so many bytes were read. A dot does inside one, but it may also stand
/// between characters that stand alone.
fn goes_on(view: &View<'_>, pos: usize, read: usize) -> Result<bool, Unseen> {
    let body = |byte: Option<u8>| byte.is_some_and(|byte| BODY.contains(byte));
    let byte = view.byte(pos)?;
    Ok(body(byte) || byte == Some(b'.') && read > 1 && body(view.byte(pos + 1)?))
}

/// Where the next string goes on if the one that ends at `pos` is put together with it.
fn joint(view: &View<'_>, pos: usize) -> Result<Option<usize>, Unseen> {
    let quote = view.byte(pos)?;
    if !quote.is_some_and(|byte| b"\"'`".contains(&byte)) {
        return Ok(None);
    }
    let mut joined = false;
    for at in pos + 1..pos + LONGEST_JOINT {
        match view.byte(at)? {
            Some(byte) if BLANK.contains(byte) => {}
            Some(byte) if JOINERS.contains(byte) && !joined => joined = true,
            byte if byte == quote => {
                let next = view.byte(at + 1)?.filter(|byte| BODY.contains(*byte));
                return Ok(next.filter(|_| at > pos + 1).map(|_| at + 1));
            }
            _ => break,
        }
    }
    Ok(None)
}

/// The byte at `pos`, if a character that stands alone follows it.
fn alone_behind(view: &View<'_>, pos: usize) -> Result<Option<u8>, Unseen> {
    let between = view.byte(pos)?.filter(|byte| byte.is_ascii() && !b"\n\r\"'`".contains(byte));
    let next = view.byte(pos + 1)?.is_some_and(|byte| BODY.contains(byte));
    let alone = next && !view.byte(pos + 2)?.is_some_and(|byte| BODY.contains(byte));
    Ok(between.filter(|_| alone))
}
