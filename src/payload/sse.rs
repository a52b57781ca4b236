//! Server-sent events (WHATWG HTML, section 9.2), as far as a scanner needs: which lines carry data.
//!
//! Lines end in LF, CR or CRLF. A line that may be, or is, a `data:` line is held until its end, since what it carries
//! is decided by the whole of it; longer ones than [`LONGEST_LINE`] are let go unread, and counted. Other fields,
//! comments pass; a byte order mark before the first is skipped. Lines of a stream of JSON lines carry data too: those that
//! begin as the answers of Ollama do, `{"model":"…","created_at":`.

use crate::text::bits;
use crate::text::byteset::ByteSet;
use crate::text::simd::{self, Class};
use crate::text::span::Span;
use crate::text::view::View;

/// Bytes of a line that are held for it to be read as an event.
pub(crate) const LONGEST_LINE: usize = 1024 * 1024;

const FIELD: &[u8; 5] = b"data:";
/// The byte order mark of UTF-8.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// What a line of a stream of JSON lines begins with; the empty token is any string.
const OPENING: [&[u8]; 6] = [b"{", b"\"model\"", b":", b"", b",", b"\"created_at\""];
/// Bytes in which that has to stand, and of the string in it.
const OPENING_WITHIN: usize = 256;
const LONGEST_MODEL: usize = 128;

/// Bytes that are looked at together.
const PIECE: usize = 1024;
/// What lines end with.
static ENDS: Class = ByteSet::EMPTY.with(b"\n\r").class();

/// What a line carries, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) span: Span,
    /// `sse` or `ndjson`.
    pub(crate) carrier: &'static str,
}

/// Follows a text line by line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines {
    /// Where the line at hand begins.
    start: usize,
    /// No line end stands before this offset.
    seen: usize,
    pub(crate) too_long: u64,
    skipping: bool,
    /// How many bytes of a byte order mark the text began with.
    mark: usize,
    /// Working memory: where lines end in a piece of the text.
    ends: Vec<u64>,
}

impl Lines {
    /// At the beginning of what is at hand of a text, as if a line began there.
    pub(crate) fn at(offset: usize) -> Lines {
        Lines { start: offset, seen: offset, ..Lines::default() }
    }

    /// Whether the line at hand carries nothing, whatever follows in it: all of it that matters is where it ends.
    pub(crate) fn is_idle(&self, view: &View<'_>) -> bool {
        !self.skipping && self.seen > self.start.max(MARK.len()) && !self.is_held(view)
    }

    /// Whether the same follows from both; `idle` says of each whether its line is.
    pub(crate) fn agrees(&self, other: &Lines, idle: (bool, bool)) -> bool {
        let of = |lines: &Lines| (lines.start, lines.skipping);
        self.seen == other.seen
            && (idle == (true, true) || idle.0 == idle.1 && of(self) == of(other))
    }

    /// Stands where `other` does, which agreed with it at the offset `since`.
    pub(crate) fn follow(&mut self, other: &Lines, since: usize) {
        // Of a line that began before, where it began is known here only.
        if other.start >= since {
            (self.start, self.skipping) = (other.start, other.skipping);
        }
        self.seen = other.seen;
    }

    /// Reads on to the end of `view` and hands out what each `data:` line that ended carries.
    pub(crate) fn read(&mut self, view: &View<'_>, found: &mut Vec<Line>) {
        self.skip_mark(view);
        let mut ends = std::mem::take(&mut self.ends);
        while self.seen < view.end() {
            let piece = view.slice(self.seen, self.seen + PIECE);
            simd::members(&ENDS, piece, &mut ends);
            for end in bits::positions(&ends) {
                let end = self.seen + end;
                self.close(view, end, found);
                self.start = end + 1;
                self.skipping = false;
            }
            self.seen += piece.len();
        }
        self.ends = ends;
        if view.is_last() {
            self.close(view, view.end(), found);
            self.start = view.end();
        }
        if !self.skipping && self.is_held(view) && view.end() - self.start > LONGEST_LINE {
            self.skipping = true;
        }
    }

    /// The earliest byte of a line that is not decided.
    pub(crate) fn hold_from(&self, view: &View<'_>) -> usize {
        if self.skipping || !self.is_held(view) { usize::MAX } else { self.start }
    }

    /// Whether the line at hand is a data line, or may still become one.
    fn is_held(&self, view: &View<'_>) -> bool {
        let head = view.slice(self.start, self.start + FIELD.len());
        !head.is_empty() && (FIELD.starts_with(head) || self.opens(view) != Some(false))
    }

    /// Whether the line at hand is one of a stream of JSON lines; nothing if that is open.
    fn opens(&self, view: &View<'_>) -> Option<bool> {
        opens(view.slice(self.start, self.start + OPENING_WITHIN))
    }

    /// A byte order mark before the first line is no part of it.
    fn skip_mark(&mut self, view: &View<'_>) {
        while let Some(byte) = MARK.get(self.mark)
            && self.seen == self.mark
            && view.slice(self.seen, self.seen + 1) == [*byte]
        {
            self.mark += 1;
            self.seen += 1;
            if self.mark == MARK.len() {
                self.start = self.seen;
            }
        }
    }

    fn close(&mut self, view: &View<'_>, end: usize, found: &mut Vec<Line>) {
        if end - self.start > LONGEST_LINE {
            // The line's first bytes may be gone by now; what was skipped is known to be a data line.
            self.too_long += u64::from(self.skipping || self.is_held(view));
        } else if view.slice(self.start, self.start + FIELD.len()).first_chunk() == Some(FIELD) {
            let from = self.start + FIELD.len();
            let blank = view.slice(from, from + 1) == b" ";
            let span = Span::new(from + usize::from(blank), end);
            found.push(Line { span, carrier: "sse" });
        } else if opens(view.slice(self.start, end.min(self.start + OPENING_WITHIN))) == Some(true)
        {
            found.push(Line { span: Span::new(self.start, end), carrier: "ndjson" });
        }
    }
}

/// Whether a line that begins with `head` is one of a stream of JSON lines; nothing if more of it has to be seen.
fn opens(head: &[u8]) -> Option<bool> {
    let mut rest = head;
    for token in OPENING {
        rest = rest.trim_ascii_start();
        if token.is_empty() {
            if !rest.is_empty() && !rest.starts_with(b"\"") {
                return Some(false);
            }
            let body = rest.get(1..)?;
            match memchr::memchr2(b'"', b'\\', body) {
                Some(end) if end <= LONGEST_MODEL && body.get(end) == Some(&b'"') => {
                    rest = body.get(end + 1..)?;
                }
                None if body.len() <= LONGEST_MODEL => return None,
                _ => return Some(false),
            }
        } else if let Some(after) = rest.strip_prefix(token) {
            rest = after;
        } else {
            return if token.starts_with(rest) { None } else { Some(false) };
        }
    }
    Some(true)
}

#[cfg(test)]
mod tests;
