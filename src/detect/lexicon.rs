//! Words with who listens to each, laid out so that every word in a short text is found in one pass.
//!
//! Words are filed by their first four bytes (all of them, if they have no more). A position of the text costs a look at a
//! bit map, and at the words that are filed under what stands there, mostly none. Made once and stored: taking it up again costs no more
//! than reading a few lists of numbers. Guarantees: finds every occurrence, overlapping ones too; linear time but for
//! words that begin alike. Leaves out: case, which the caller folds.

#[cfg(test)]
mod tests;

use crate::rules::packed::{Bytes, packed_fields};

/// Words are filed under so many bytes.
const HEAD: usize = 4;
/// There are two to this many places to file words under.
const BITS: u32 = 14;
/// The map of what is filed at all has two to this many bits: more, so that less of a text looks as if it were filed.
const MAP_BITS: u32 = 16;

/// Words in an order of their own, each with the numbers of its listeners.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lexicon {
    /// All words, one behind the other.
    text: Bytes,
    /// Where each word ends in `text`.
    ends: Vec<u32>,
    /// For each place the number of its first word, and behind them the number of words.
    places: Vec<u32>,
    /// A bit for what begins a word: few enough to stay close by.
    taken: Vec<u64>,
    listeners: Vec<u32>,
    /// Where the listeners of each word end.
    last: Vec<u32>,
    /// Whether words have this length, for each one below [`HEAD`], a bit each.
    short: u32,
}

packed_fields!(Lexicon { text, ends, places, taken, listeners, last, short });

impl Lexicon {
    /// From words and who listens to them.
    pub(crate) fn new(mut pairs: Vec<(Vec<u8>, u32)>) -> Lexicon {
        pairs.retain(|(word, _)| !word.is_empty());
        pairs.sort_by(|a, b| (place(key(&a.0)), a).cmp(&(place(key(&b.0)), b)));
        pairs.dedup();
        let mut out = Lexicon { taken: vec![0; 1 << (MAP_BITS - 6)], ..Lexicon::default() };
        let mut text: Vec<u8> = Vec::new();
        let mut before: Option<Vec<u8>> = None;
        for (word, listener) in pairs {
            if before.as_ref() != Some(&word) {
                out.places.resize(place(key(&word)) + 1, out.ends.len() as u32);
                text.extend(&word);
                out.ends.push(text.len() as u32);
                out.last.push(0);
                out.short |= if word.len() < HEAD { 1 << word.len() } else { 0 };
                let bit = mapped(key(&word));
                if let Some(bits) = out.taken.get_mut(bit / 64) {
                    *bits |= 1 << (bit % 64);
                }
                before = Some(word);
            }
            out.listeners.push(listener);
            if let Some(last) = out.last.last_mut() {
                *last = out.listeners.len() as u32;
            }
        }
        out.places.resize((1 << BITS) + 1, out.ends.len() as u32);
        out.text = text.into();
        out
    }

    /// How many words there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The word of this number.
    pub(crate) fn word(&self, number: usize) -> &[u8] {
        let from = number.checked_sub(1).map_or(0, |before| at(&self.ends, before));
        self.text.get(from..at(&self.ends, number)).unwrap_or_default()
    }

    /// Who listens to the word of this number, in ascending order.
    pub(crate) fn listeners(&self, number: usize) -> &[u32] {
        let from = number.checked_sub(1).map_or(0, |before| at(&self.last, before));
        self.listeners.get(from..at(&self.last, number)).unwrap_or_default()
    }

    /// Tells `found` where each word begins in `text`, and its number.
    #[inline]
    pub(crate) fn find(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        for start in 0..text.len() {
            let rest = text.get(start..).unwrap_or_default();
            let head = key(rest);
            if rest.len() >= HEAD {
                self.probe(start, rest, (head, HEAD), &mut found);
            }
            let mut lengths = self.short;
            while lengths != 0 {
                let len = lengths.trailing_zeros() as usize;
                lengths &= lengths - 1;
                if rest.len() >= len {
                    self.probe(start, rest, (head & ((1 << (8 * len)) - 1), len), &mut found);
                }
            }
        }
    }

    /// The words that are filed under the `len` bytes of `head`, with which `rest` begins.
    #[inline]
    fn probe(
        &self,
        start: usize,
        rest: &[u8],
        (head, len): (u32, usize),
        found: &mut impl FnMut(usize, usize),
    ) {
        let bit = mapped(head);
        if self.taken.get(bit / 64).is_some_and(|bits| bits >> (bit % 64) & 1 == 1) {
            self.compare(start, rest, (head, len), found);
        }
    }

    fn compare(
        &self,
        start: usize,
        rest: &[u8],
        (head, len): (u32, usize),
        found: &mut impl FnMut(usize, usize),
    ) {
        let place = place(head);
        for number in at(&self.places, place)..at(&self.places, place + 1) {
            let word = self.word(number);
            // A word shorter than the head is filed under all of itself.
            if word.len().min(HEAD) == len && rest.starts_with(word) {
                found(start, number);
            }
        }
    }
}

fn at(list: &[u32], place: usize) -> usize {
    list.get(place).map_or(0, |n| *n as usize)
}

/// The first four bytes of a text as a number, zeros behind its end.
#[inline]
fn key(text: &[u8]) -> u32 {
    match text.first_chunk() {
        Some(head) => u32::from_le_bytes(*head),
        None => text.iter().rev().fold(0, |key, b| key << 8 | u32::from(*b)),
    }
}

/// Where words are filed that begin so.
#[inline]
fn place(head: u32) -> usize {
    (head.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

/// Their bit in the map.
#[inline]
fn mapped(head: u32) -> usize {
    (head.wrapping_mul(0x9e37_79b1) >> (32 - MAP_BITS)) as usize
}
