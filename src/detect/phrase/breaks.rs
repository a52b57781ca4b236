//! Bytes that no seed phrase covers, many at a time: signs that never stand in one, words too short and words too long.
//!
//! Guarantees: every position that is named is one of those; a word is named by its first byte. Not every such position
//! is named: a word at the edge of the piece at hand, with a digit in front or behind a backslash may not be.

use super::{GAP, IN_TOKEN};
use crate::text::bits;
use crate::text::byteset::ByteSet;
use crate::text::simd::{self, Groups};

/// What no phrase covers: ASCII bytes that are neither of a word nor between words.
static OTHER: Groups = APART.without_set(GAP).without(b"\\").groups();
/// ASCII bytes that are not of a word.
static APART_GROUPS: Groups = APART.groups();
/// Behind these a word may be an escape or the number of an item.
static LEADING: Groups = ByteSet::EMPTY.with_range(b'0', b'9').with(b"\\").groups();
const APART: ByteSet = ByteSet::EMPTY.with_range(0, 0x7f).without_set(IN_TOKEN);

/// The breaks of a piece of a text. Working memory: nothing of it outlives the piece.
#[derive(Debug, Default)]
pub(crate) struct Breaks {
    from: usize,
    found: Vec<u64>,
    apart: Vec<u64>,
    leading: Vec<u64>,
}

impl Breaks {
    /// Looks at `piece`, which begins at absolute offset `from`.
    pub(super) fn read(&mut self, piece: &[u8], from: usize) {
        self.from = from;
        simd::members(&OTHER, piece, &mut self.found);
        simd::members(&APART_GROUPS, piece, &mut self.apart);
        simd::members(&LEADING, piece, &mut self.leading);
        let inner = piece.len().saturating_sub(16);
        // Each word is told with the two after it, and the one bit before it.
        let mut before = 0;
        let mut led_before = 1;
        for at in 0..self.found.len() {
            let apart = wide(&self.apart, at);
            let leading = self.leading.get(at).copied().unwrap_or(0);
            let led = leading | leading << 1 | led_before;
            led_before = leading >> 63;
            let begins = !apart as u64 & (apart as u64) << 1 | !apart as u64 & before;
            before = apart as u64 >> 63;
            let short = (apart >> 1 | apart >> 2) as u64 & !led;
            let in_token = !apart;
            let two = in_token & in_token >> 1;
            let four = two & two >> 2;
            let long = (four & four >> 4 & two >> 8) as u64;
            let known = bits::below(inner.saturating_sub(at * 64));
            if let Some(found) = self.found.get_mut(at) {
                *found |= begins & (short | long) & known;
            }
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
