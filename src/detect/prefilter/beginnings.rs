//! Words that a text breaks off in the middle of.

use crate::rules::packed::{Bytes, packed_fields};
use crate::text::byteset::ByteSet;
use crate::text::view::View;

/// A set of words and a quick answer to "does one of them begin here, unfinished?".
#[derive(Debug)]
pub(super) struct Beginnings {
    /// Lower-cased, sorted, without repetition.
    words: Vec<Bytes>,
    /// Which first bytes there are.
    first: ByteSet,
    /// Which second bytes there are behind each first byte.
    second: Vec<ByteSet>,
    /// A bit for the hash of the first four bytes of each word that goes on behind them.
    fourth: Vec<u32>,
    pub(super) longest: usize,
}

packed_fields!(Beginnings { words, first, second, fourth, longest });

/// There are two to this many bits for four bytes.
const BITS: u32 = 16;

/// The place of four bytes in lower case among the bits.
fn hash(four: [u8; 4]) -> usize {
    (u32::from_le_bytes(four).wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

impl Beginnings {
    /// Takes words in ascending order.
    pub(super) fn new(words: impl Iterator<Item = Vec<u8>>) -> Beginnings {
        let mut out = Beginnings {
            words: Vec::new(),
            first: ByteSet::EMPTY,
            second: vec![ByteSet::EMPTY; 256],
            fourth: vec![0; 1 << (BITS - 5)],
            longest: 0,
        };
        for word in words.filter(|word| word.len() > 1) {
            if let [a, b, ..] = word[..] {
                out.first = out.first.with(&[a]);
                if let Some(set) = out.second.get_mut(usize::from(a)) {
                    *set = set.with(&[b]);
                }
            }
            if let [a, b, c, d, _, ..] = word[..] {
                let at = hash([a, b, c, d]);
                if let Some(bits) = out.fourth.get_mut(at >> 5) {
                    *bits |= 1 << (at & 31);
                }
            }
            out.longest = out.longest.max(word.len());
            if out.words.last().is_none_or(|last| **last != *word) {
                out.words.push(word.into());
            }
        }
        out
    }

    /// Start of the longest suffix of the text before `to` that begins a word without completing it.
    pub(super) fn unfinished(&self, view: &View<'_>, to: usize) -> usize {
        let tail = view.look_back(to, self.longest.saturating_sub(1));
        (0..tail.len())
            .find(|&at| self.begins(tail.get(at..).unwrap_or_default()))
            .map_or(to, |at| to - tail.len() + at)
    }

    /// Whether a word begins with `suffix` and goes on.
    fn begins(&self, suffix: &[u8]) -> bool {
        let low = |byte: &u8| byte.to_ascii_lowercase();
        let may = match suffix {
            [] => false,
            [a] => return self.first.contains(low(a)),
            [a, b, c, d, ..] => {
                let at = hash([low(a), low(b), low(c), low(d)]);
                self.fourth.get(at >> 5).is_some_and(|bits| bits >> (at & 31) & 1 == 1)
            }
            [a, b, ..] => {
                let set = self.second.get(usize::from(low(a)));
                set.is_some_and(|set| set.contains(low(b)))
            }
        };
        if !may {
            return false;
        }
        let at = self.words.partition_point(|word| word.iter().copied().le(suffix.iter().map(low)));
        // Words that go on from the suffix come right behind it.
        let next = self.words.get(at).and_then(|word| word.get(..suffix.len()));
        next.is_some_and(|beginning| beginning.eq_ignore_ascii_case(suffix))
    }
}
