//! Server-sent events (WHATWG HTML, section 9.2), as far as a scanner needs: which lines carry data.
//!
//! Lines end in LF, CR or CRLF. A line that may be, or is, a `data:` line is held until its end, since what it carries
//! is decided by the whole of it; longer ones than [`LONGEST_LINE`] are let go unread, and counted. Other fields,
//! comments pass; a byte order mark before the first is skipped.

use crate::text::span::Span;
use crate::text::view::View;

/// Bytes of a line that are held for it to be read as an event.
pub(crate) const LONGEST_LINE: usize = 1024 * 1024;

const FIELD: &[u8] = b"data:";
/// The byte order mark of UTF-8.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

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
}

impl Lines {
    /// Reads on to the end of `view` and hands out what each `data:` line that ended carries.
    pub(crate) fn read(&mut self, view: &View<'_>, found: &mut Vec<Span>) {
        self.skip_mark(view);
        loop {
            let rest = view.slice(self.seen, view.end());
            let Some(end) = memchr::memchr2(b'\n', b'\r', rest) else { break };
            let end = self.seen + end;
            self.close(view, end, found);
            self.start = end + 1;
            self.seen = end + 1;
            self.skipping = false;
        }
        self.seen = view.end();
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
        !head.is_empty() && FIELD.starts_with(head)
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

    fn close(&mut self, view: &View<'_>, end: usize, found: &mut Vec<Span>) {
        if end - self.start > LONGEST_LINE {
            // The line's first bytes may be gone by now; what was skipped is known to be a data line.
            self.too_long += u64::from(self.skipping || self.is_held(view));
        } else if view.slice(self.start, self.start + FIELD.len()) == FIELD {
            let from = self.start + FIELD.len();
            let blank = view.slice(from, from + 1) == b" ";
            found.push(Span::new(from + usize::from(blank), end));
        }
    }
}
