//! Words that a text breaks off in the middle of.

use crate::rules::packed::{Bytes, packed_fields};
use crate::text::byteset::ByteSet;
use crate::text::view::View;

/// A set of words and a quick answer to "does one of them begin here, unfinished?".
#[derive(Debug)]
pub(super) struct Beginnings {
    /// Those of three bytes or more, lower-cased, by their place, without repetition.
    words: Vec<Bytes>,
    /// For each place of the first three bytes the number of the first of its words, and behind them how many there are.
    places: Vec<u32>,
    /// First bytes of words.
    first: ByteSet,
    /// Behind each first byte, the second bytes of words that go on.
    second: Vec<ByteSet>,
    /// A bit for the hash of the first three bytes of each word that goes on behind them, and of the first four.
    heads: Vec<u32>,
    pub(super) longest: usize,
}

packed_fields!(Beginnings { words, places, first, second, heads, longest });

/// There are two to this many bits for four bytes.
const BITS: u32 = 16;
/// There are two to this many places for three bytes.
const PLACES: u32 = 12;

/// The first bytes of a word in lower case, at most `len` and at most four; zeros for those that are not there.
fn head(word: &[u8], len: usize) -> [u8; 4] {
    let mut head = [0; 4];
    head.iter_mut()
        .zip(word.iter().take(len))
        .for_each(|(to, byte)| *to = byte.to_ascii_lowercase());
    head
}

/// The place of a word's first bytes among the bits.
fn hash(head: [u8; 4]) -> usize {
    (u32::from_le_bytes(head).wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

fn place(word: &[u8]) -> usize {
    hash(head(word, 3)) >> (BITS - PLACES)
}

impl Beginnings {
    pub(super) fn new(words: impl Iterator<Item = Vec<u8>>) -> Beginnings {
        let mut out = Beginnings {
            words: Vec::new(),
            places: Vec::new(),
            first: ByteSet::EMPTY,
            second: vec![ByteSet::EMPTY; 256],
            heads: vec![0; 1 << (BITS - 5)],
            longest: 0,
        };
        for word in words.filter(|word| word.len() > 1) {
            if let [a, ..] = word[..] {
                out.first = out.first.with(&[a]);
            }
            if let [a, b, _, ..] = word[..]
                && let Some(set) = out.second.get_mut(usize::from(a))
            {
                *set = set.with(&[b]);
            }
            for len in (3..=4).filter(|len| *len < word.len()) {
                let at = hash(head(&word, len));
                if let Some(bits) = out.heads.get_mut(at >> 5) {
                    *bits |= 1 << (at & 31);
                }
            }
            out.longest = out.longest.max(word.len());
            if word.len() >= 3 {
                out.words.push(word.into());
            }
        }
        out.words.sort_by(|a, b| (place(a), &**a).cmp(&(place(b), &**b)));
        out.words.dedup_by(|a, b| **a == **b);
        let before = |at: usize| out.words.partition_point(|word| place(word) < at) as u32;
        out.places = (0..=1 << PLACES).map(before).collect();
        out
    }

    /// Start of the longest suffix of the text before `to` that begins a word without completing it. `since`: the answer for
    /// an earlier `to` of the same text, or zero; what did not begin a word then does not now.
    pub(super) fn unfinished(&self, view: &View<'_>, to: usize, since: usize) -> usize {
        let from = to.saturating_sub(self.longest.saturating_sub(1)).max(since);
        let tail = view.slice(from, to);
        (0..tail.len())
            .find(|&at| self.begins(tail.get(at..).unwrap_or_default()))
            .map_or(to, |at| to - tail.len() + at)
    }

    /// Whether a word begins with `suffix` and goes on.
    fn begins(&self, suffix: &[u8]) -> bool {
        let low = |byte: &u8| byte.to_ascii_lowercase();
        match suffix {
            [] => return false,
            [a] => return self.first.contains(low(a)),
            [a, b] => {
                let set = self.second.get(usize::from(low(a)));
                return set.is_some_and(|set| set.contains(low(b)));
            }
            _ => {}
        }
        let at = hash(head(suffix, 4));
        if self.heads.get(at >> 5).is_none_or(|bits| bits >> (at & 31) & 1 == 0) {
            return false;
        }
        let place = place(suffix);
        let number = |at: usize| self.places.get(at).map_or(0, |n| *n as usize);
        let words = self.words.get(number(place)..number(place + 1)).unwrap_or_default();
        words.iter().any(|word| {
            let goes_on = word.len() > suffix.len();
            goes_on && word.get(..suffix.len()).is_some_and(|w| w.eq_ignore_ascii_case(suffix))
        })
    }
}
