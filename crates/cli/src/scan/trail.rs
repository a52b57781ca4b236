//! Recent bytes of a source, and the findings that wait for the rest of their line.
//!
//! A finding is complete when its line is: an ignore comment may follow it, and what is shown must have every secret of
//! the line masked, later ones too. So it waits until the engine has decided everything up to the end of the line, or
//! [`REACH`] bytes of it. Memory follows what the engine holds, plus twice that reach.

use std::collections::VecDeque;

use keysieve::{Action, Finding, LineCounter, Record, Span};
use keysieve_report::Entry;

use super::comments;
use super::excerpt;
use crate::hiargs::Engine;
use crate::sources::Name;

#[cfg(test)]
mod tests;

/// How far the line of a finding is looked at, to each side.
pub(crate) const REACH: usize = 16 * 1024;
/// Bytes are forgotten in portions of this size.
const PORTION: usize = 64 * 1024;

/// What may be shown beside a record, and what is left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    /// The line, masked.
    pub(crate) lines: bool,
    /// The secret.
    pub(crate) secrets: bool,
    /// Whether ignore comments count.
    pub(crate) comments: bool,
}

/// Bytes of a source from offset `base` on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch<'t> {
    pub(crate) bytes: &'t [u8],
    pub(crate) base: usize,
}

impl<'t> Stretch<'t> {
    /// Bytes `start..end`, or what is there of them.
    pub(crate) fn slice(&self, start: usize, end: usize) -> &'t [u8] {
        let from = start.saturating_sub(self.base).min(self.bytes.len());
        let to = end.saturating_sub(self.base).clamp(from, self.bytes.len());
        self.bytes.get(from..to).unwrap_or_default()
    }

    pub(crate) fn end(&self) -> usize {
        self.base + self.bytes.len()
    }

    /// The line around `span` as far as it is within reach.
    pub(crate) fn line(&self, span: Span) -> Span {
        let before = self.slice(span.start().saturating_sub(REACH), span.start());
        let start = memchr::memrchr(b'\n', before).map_or(before.len(), |at| before.len() - at - 1);
        let after = self.slice(span.end(), span.end() + REACH);
        let end = memchr::memchr(b'\n', after).unwrap_or(after.len());
        Span::new(span.start() - start, span.end() + end)
    }
}

struct Waiting {
    record: Record,
    span: Span,
    /// No line end stands between the secret and this offset.
    searched: usize,
}

/// The trail of one source.
pub(crate) struct Trail<'e> {
    engine: &'e Engine,
    shown: &'e Shown,
    name: Name,
    bytes: Vec<u8>,
    base: usize,
    lines: LineCounter,
    waiting: VecDeque<Waiting>,
    /// Every finding that may still be on a line that is shown.
    marks: VecDeque<(Span, String)>,
    ready: Vec<Entry>,
}

impl<'e> Trail<'e> {
    pub(crate) fn new(engine: &'e Engine, shown: &'e Shown, name: Name) -> Trail<'e> {
        Trail {
            engine,
            shown,
            name,
            bytes: Vec::new(),
            base: 0,
            lines: LineCounter::new(),
            waiting: VecDeque::new(),
            marks: VecDeque::new(),
            ready: Vec::new(),
        }
    }

    /// The findings of a whole text.
    pub(crate) fn whole(&mut self, text: &[u8], found: &[Finding]) {
        self.lines.push(text);
        self.found(found);
        self.settle(Stretch { bytes: text, base: 0 }, text.len(), true);
    }

    /// The next bytes of a stream.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        self.lines.push(piece);
        self.bytes.extend_from_slice(piece);
    }

    /// New findings; everything before `decided` is known.
    pub(crate) fn decided(&mut self, found: &[Finding], decided: usize) {
        self.found(found);
        let bytes = std::mem::take(&mut self.bytes);
        self.settle(Stretch { bytes: &bytes, base: self.base }, decided, false);
        self.bytes = bytes;
        self.forget(decided);
    }

    /// The last findings; the text is at its end.
    pub(crate) fn finish(&mut self, found: &[Finding]) {
        self.found(found);
        let bytes = std::mem::take(&mut self.bytes);
        let stretch = Stretch { bytes: &bytes, base: self.base };
        self.settle(stretch, stretch.end(), true);
    }

    /// The findings that are complete.
    pub(crate) fn entries(&mut self) -> std::vec::Drain<'_, Entry> {
        self.ready.drain(..)
    }

    fn found(&mut self, found: &[Finding]) {
        for finding in found {
            let span = finding.span();
            let at = self.lines.locate(span.start());
            let record = self.engine.record(finding, &self.name, at);
            self.marks.push_back((span, record.preview.clone()));
            self.waiting.push_back(Waiting { record, span, searched: span.end() });
        }
    }

    /// Completes findings, in order, as far as possible.
    fn settle(&mut self, text: Stretch<'_>, decided: usize, ended: bool) {
        while let Some(front) = self.waiting.front_mut() {
            if !ended && !is_complete(front, text, decided) {
                break;
            }
            let Some(Waiting { record, span, .. }) = self.waiting.pop_front() else { break };
            if let Some(entry) = self.entry(text, record, span) {
                self.ready.push(entry);
            }
        }
    }

    /// What is reported of a complete finding; nothing if it is known or to be ignored.
    fn entry(&self, text: Stretch<'_>, record: Record, span: Span) -> Option<Entry> {
        #[cfg(feature = "planted-leak")]
        leak(text, span);
        if self.engine.baseline.knows(&record) || record.action == Action::Allow.as_str() {
            return None;
        }
        let line = text.line(span);
        if self.shown.comments {
            let before = text.slice(line.start(), span.start());
            let after = text.slice(span.end(), line.end());
            if comments::ignores(before, &record.rule) || comments::ignores(after, &record.rule) {
                tracing::debug!(source = %keysieve_report::neutral(record.source.as_bytes()), line = record.line, "ignored by a comment");
                return None;
            }
        }
        let secrets = self.shown.secrets;
        let parts = || excerpt::parts(self.engine, text, line, span, &self.marks, secrets);
        let shown = self.shown.lines.then(parts);
        let secret = secrets.then(|| text.slice(span.start(), span.end()));
        let secret = secret.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        Some(Entry { record, line: shown, secret })
    }

    /// Drops bytes that no finding, known or to come, has within reach.
    fn forget(&mut self, decided: usize) {
        let first = self.waiting.front().map_or(decided, |w| w.span.start().min(decided));
        self.lines.forget_before(first);
        let keep = first.saturating_sub(REACH);
        let passed = keep.saturating_sub(self.base);
        if passed >= PORTION {
            self.bytes.drain(..passed);
            self.base = keep;
            while self.marks.front().is_some_and(|(span, _)| span.end() <= keep) {
                self.marks.pop_front();
            }
        }
    }
}

/// The defect that the canary test must notice; in no build but its own.
#[cfg(feature = "planted-leak")]
fn leak(text: Stretch<'_>, span: Span) {
    let secret = text.slice(span.start(), span.end());
    tracing::debug!(secret = %String::from_utf8_lossy(secret), "planted leak");
}

/// Whether the line of a finding is known to its end, or as far as it is looked at, and every finding on it.
fn is_complete(waiting: &mut Waiting, text: Stretch<'_>, decided: usize) -> bool {
    let reach = waiting.span.end() + REACH;
    let new = text.slice(waiting.searched, reach);
    match memchr::memchr(b'\n', new) {
        // The search is not repeated from further on: the line end stays where it is.
        Some(at) => decided >= waiting.searched + at,
        None => {
            waiting.searched = (waiting.searched + new.len()).min(reach);
            decided >= reach
        }
    }
}
