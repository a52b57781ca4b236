//! Line and column of byte offsets, counted while a text passes by.
//!
//! The engine reports byte offsets only. Whoever wants lines feeds the same chunks to a [`LineCounter`]; it
//! remembers line starts of the part that may still be asked for and forgets the rest, so that memory follows
//! what is held back and not what has passed.

use std::collections::VecDeque;

use super::bits;
use super::byteset::ByteSet;
use super::simd::{self, Class};

/// Turns byte offsets into 1-based lines and byte columns.
///
/// ```
/// let mut lines = keysieve::LineCounter::new();
/// lines.push(b"one\ntwo\nthr");
/// lines.push(b"ee");
/// assert_eq!(lines.locate(4), (2, 1));
/// assert_eq!(lines.locate(9), (3, 2));
/// ```
#[derive(Debug, Clone, Default)]
pub struct LineCounter {
    /// Line feeds at offsets below every entry of `starts`.
    passed: usize,
    /// Offset at which line `passed + 1` begins.
    first: usize,
    /// Offsets at which later lines begin, ascending.
    starts: VecDeque<usize>,
    end: usize,
    /// Working memory: line feeds of a piece.
    feeds: Vec<u64>,
}

/// Bytes that are looked at together.
const PIECE: usize = 4096;
static LINE_FEED: Class = ByteSet::EMPTY.with(b"\n").class();

impl LineCounter {
    /// A counter at the beginning of a text.
    #[must_use]
    pub fn new() -> LineCounter {
        LineCounter::default()
    }

    /// Takes the next bytes of the text.
    pub fn push(&mut self, chunk: &[u8]) {
        for piece in chunk.chunks(PIECE) {
            simd::members(&LINE_FEED, piece, &mut self.feeds);
            self.starts.extend(bits::positions(&self.feeds).map(|at| self.end + at + 1));
            self.end += piece.len();
        }
    }

    /// Declares that no offset below `offset` will be asked for any more.
    pub fn forget_before(&mut self, offset: usize) {
        while let Some(&start) = self.starts.front() {
            if start > offset {
                break;
            }
            self.starts.pop_front();
            self.first = start;
            self.passed += 1;
        }
    }

    /// Line and column, both from 1, the column in bytes. An offset that was forgotten counts on the earliest
    /// line still known.
    #[must_use]
    pub fn locate(&self, offset: usize) -> (usize, usize) {
        let later = self.starts.partition_point(|&start| start <= offset);
        let start = match later.checked_sub(1).and_then(|i| self.starts.get(i)) {
            Some(&start) => start,
            None => self.first,
        };
        (self.passed + later + 1, offset.saturating_sub(start) + 1)
    }
}
