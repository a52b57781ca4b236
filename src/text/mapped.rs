//! Where the bytes of a decoded text stand in the bytes they were decoded from.
//!
//! A decoded text is a sequence of stretches, each of which came from one stretch of the original: byte for byte, or as
//! a whole (an escape). [`Mapped`] answers for a span of the decoded text which original bytes stand for it; those need
//! not be contiguous. Offsets are absolute on both sides and grow together. It holds offsets only, never bytes.

use std::collections::VecDeque;

use super::span::Span;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    /// Decoded bytes: offset and length.
    decoded: usize,
    len: usize,
    /// Original bytes: offset and length. Equal lengths stand byte for byte.
    raw: usize,
    raw_len: usize,
}

/// The map of one decoded text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mapped {
    stretches: VecDeque<Stretch>,
    end: usize,
}

impl Mapped {
    /// Adds `len` decoded bytes that came from `raw_len` original bytes at `raw`.
    pub(crate) fn push(&mut self, len: usize, raw: usize, raw_len: usize) {
        let decoded = self.end;
        self.end += len;
        if let Some(last) = self.stretches.back_mut()
            && last.len == last.raw_len
            && len == raw_len
            && last.raw + last.raw_len == raw
        {
            last.len += len;
            last.raw_len += raw_len;
            return;
        }
        self.stretches.push_back(Stretch { decoded, len, raw, raw_len });
    }

    /// The original bytes of decoded bytes `start..end`: disjoint, in order, touching ones joined.
    pub(crate) fn pieces(&self, start: usize, end: usize) -> Vec<Span> {
        let mut pieces: Vec<Span> = Vec::new();
        let first = self.stretches.partition_point(|s| s.decoded + s.len <= start);
        for stretch in self.stretches.iter().skip(first) {
            if stretch.decoded >= end {
                break;
            }
            let piece = stretch.raw_of(start, end);
            match pieces.last_mut() {
                Some(last) if last.end() == piece.start() => {
                    *last = Span::new(last.start(), piece.end());
                }
                _ => pieces.push(piece),
            }
        }
        pieces
    }

    /// The original offset of the decoded byte at `at`, if it is there.
    pub(crate) fn raw_at(&self, at: usize) -> Option<usize> {
        let index = self.stretches.partition_point(|s| s.decoded + s.len <= at);
        let stretch = self.stretches.get(index)?;
        Some(stretch.raw_of(at, at + 1).start())
    }

    /// Forgets stretches that end at or before decoded offset `at`.
    pub(crate) fn forget_before(&mut self, at: usize) {
        while self.stretches.front().is_some_and(|s| s.decoded + s.len <= at) {
            self.stretches.pop_front();
        }
    }
}

impl Stretch {
    /// The original bytes of the part of `start..end` that lies in this stretch.
    fn raw_of(&self, start: usize, end: usize) -> Span {
        if self.len != self.raw_len {
            return Span::new(self.raw, self.raw + self.raw_len);
        }
        let from = start.max(self.decoded) - self.decoded;
        let to = end.min(self.decoded + self.len) - self.decoded;
        Span::new(self.raw + from, self.raw + to.max(from))
    }
}
