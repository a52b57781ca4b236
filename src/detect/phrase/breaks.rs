//! Bytes that no seed phrase covers, many at a time: signs and letters that never stand in one, words too short or too long.
//!
//! Guarantees: every position that is not quiet is one of those; a word is named by its first byte. Not every such position
//! is told: a word at the edge of the piece at hand, with a digit in front or behind a backslash may not be.

use super::{GAP, JUMP};
use crate::text::bits;
use crate::text::byteset::ByteSet;
use crate::text::simd::{self, Class};

/// What the words of the list and the numbers of items are made of.
static WORDY: Class = ByteSet::ALNUM.class();
/// What may stand between two words.
static APART: Class = GAP.with(b"\\").class();
/// Behind these a word may be an escape or the number of an item.
static LEADING: Class = ByteSet::EMPTY.with_range(b'0', b'9').with(b"\\").class();

/// The breaks of a piece of a text. Working memory: nothing of it outlives the piece.
#[derive(Debug, Default)]
pub(crate) struct Breaks {
    from: usize,
    to: usize,
    /// What may be of a word; then all positions but the breaks.
    quiet: Vec<u64>,
    apart: Vec<u64>,
    leading: Vec<u64>,
}

impl Breaks {
    /// Looks at `piece`, which begins at absolute offset `from`.
    pub(super) fn read(&mut self, piece: &[u8], from: usize) {
        (self.from, self.to) = (from, from + piece.len());
        simd::members(&WORDY, piece, &mut self.quiet);
        simd::members(&APART, piece, &mut self.apart);
        simd::members(&LEADING, piece, &mut self.leading);
        // What comes before and behind the piece is not known.
        let inner = piece.len().saturating_sub(16);
        let (mut apart_before, mut led_before) = (0, 1);
        let mut words = self.quiet.first().copied().unwrap_or(0);
        for at in 0..self.quiet.len() {
            let next = self.quiet.get(at + 1).copied().unwrap_or(0);
            let in_word = u128::from(words) | u128::from(next) << 64;
            let apart = wide(&self.apart, at);
            let leading = self.leading.get(at).copied().unwrap_or(0);
            let led = leading | leading << 1 | led_before;
            let begins = words & ((apart as u64) << 1 | apart_before);
            let short = (apart >> 1 | apart >> 2) as u64 & !led;
            let two = in_word & in_word >> 1;
            let four = two & two >> 2;
            let long = (four & four >> 4 & two >> 8) as u64;
            let known = bits::below(inner.saturating_sub(at * 64));
            if let Some(quiet) = self.quiet.get_mut(at) {
                *quiet = (words | apart as u64) & !(begins & (short | long) & known);
            }
            (apart_before, led_before, words) = (apart as u64 >> 63, leading >> 63, next);
        }
    }

    /// Whether no break stands in `from..to`, 64 bytes at most and all of them known.
    #[inline]
    pub(super) fn is_quiet(&self, from: usize, to: usize) -> bool {
        let at = from.saturating_sub(self.from);
        let bits = wide(&self.quiet, at / 64) >> (at % 64);
        let all = (1u128 << (to - from)) - 1;
        bits & all == all
    }

    /// Where the first stretch of [`JUMP`] quiet bytes from `pos` on begins, or a shorter one that what is known of the text
    /// may cut; the byte before it is a break unless that is `pos` or before it.
    #[inline]
    pub(super) fn stretch(&self, pos: usize) -> usize {
        let len = self.to - self.from;
        self.from + bits::next_run::<JUMP>(&self.quiet, len, pos.saturating_sub(self.from))
    }

    #[cfg(test)]
    pub(super) fn is_break(&self, at: usize) -> bool {
        !bits::any(&self.quiet, at - self.from, at - self.from + 1)
    }
}

/// The bits from word `at` on.
fn wide(words: &[u64], at: usize) -> u128 {
    let word = |at: usize| words.get(at).copied().map_or(0, u128::from);
    word(at) | word(at + 1) << 64
}
