//! Bytes that no seed phrase covers, many at a time: signs and letters that never stand in one, words too short or too long.
//!
//! Guarantees: every position that is named is one of those; a word is named by its first byte. Not every such position
//! is named: a word at the edge of the piece at hand, with a digit in front or behind a backslash may not be.

use super::GAP;
use crate::text::bits;
use crate::text::byteset::ByteSet;
use crate::text::simd::{self, Groups};

/// What the words of the list and the numbers of items are made of.
static WORDY: Groups = ByteSet::ALNUM.groups();
/// What may stand between two words.
static APART: Groups = GAP.with(b"\\").groups();
/// Behind these a word may be an escape or the number of an item.
static LEADING: Groups = ByteSet::EMPTY.with_range(b'0', b'9').with(b"\\").groups();

/// The breaks of a piece of a text. Working memory: nothing of it outlives the piece.
#[derive(Debug, Default)]
pub(crate) struct Breaks {
    from: usize,
    /// What is neither of a word nor between words; then all breaks.
    found: Vec<u64>,
    apart: Vec<u64>,
    leading: Vec<u64>,
}

impl Breaks {
    /// Looks at `piece`, which begins at absolute offset `from`.
    pub(super) fn read(&mut self, piece: &[u8], from: usize) {
        self.from = from;
        simd::members(&WORDY, piece, &mut self.found);
        simd::members(&APART, piece, &mut self.apart);
        simd::members(&LEADING, piece, &mut self.leading);
        // What comes before and behind the piece is not known.
        let inner = piece.len().saturating_sub(16);
        let (mut apart_before, mut led_before) = (0, 1);
        let mut words = self.found.first().copied().unwrap_or(0);
        for at in 0..self.found.len() {
            let next = self.found.get(at + 1).copied().unwrap_or(0);
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
            let signs = !(words | apart as u64) & bits::below(piece.len() - at * 64);
            if let Some(found) = self.found.get_mut(at) {
                *found = signs | begins & (short | long) & known;
            }
            (apart_before, led_before, words) = (apart as u64 >> 63, leading >> 63, next);
        }
    }

    /// The last break of the absolute offsets `from..to`.
    #[inline]
    pub(super) fn last(&self, from: usize, to: usize) -> Option<usize> {
        let at = bits::last(&self.found, from.checked_sub(self.from)?, to - self.from)?;
        Some(self.from + at)
    }
}

/// The bits from word `at` on.
fn wide(words: &[u64], at: usize) -> u128 {
    let word = |at: usize| words.get(at).copied().map_or(0, u128::from);
    word(at) | word(at + 1) << 64
}
