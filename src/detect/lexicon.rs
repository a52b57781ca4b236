//! Words with who listens to each, laid out so that every word in a short text is found in one pass.
//!
//! Words are filed by their first three bytes (two, if they have no more). A position of the text costs a look at the
//! words that are filed under what stands there, mostly none. Made once and stored: taking it up again costs no more
//! than reading a few lists of numbers. Guarantees: finds every occurrence, overlapping ones too; linear time but for
//! words that begin alike. Leaves out: case, which the caller folds.

#[cfg(test)]
mod tests;

use crate::rules::packed::{Bytes, packed_fields};

/// Words are filed under so many bytes.
const HEAD: usize = 3;
/// There are two to this many places to file words under.
const BITS: u32 = 14;

/// Words in an order of their own, each with the numbers of its listeners.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lexicon {
    /// All words, one behind the other.
    text: Bytes,
    /// Where each word ends in `text`.
    ends: Vec<u32>,
    /// For each place the number of its first word, and behind them the number of words.
    places: Vec<u32>,
    /// A bit for each place that has words: few enough to stay close by.
    taken: Vec<u64>,
    listeners: Vec<u32>,
    /// Where the listeners of each word end.
    last: Vec<u32>,
    /// Length of the shortest word, if that is less than [`HEAD`].
    least: usize,
}

packed_fields!(Lexicon { text, ends, places, taken, listeners, last, least });

impl Lexicon {
    /// From words and who listens to them.
    pub(crate) fn new(mut pairs: Vec<(Vec<u8>, u32)>) -> Lexicon {
        pairs.retain(|(word, _)| !word.is_empty());
        pairs.sort_by(|a, b| (place(&a.0), a).cmp(&(place(&b.0), b)));
        pairs.dedup();
        let mut out = Lexicon { least: HEAD, ..Lexicon::default() };
        let mut text: Vec<u8> = Vec::new();
        let mut before: Option<Vec<u8>> = None;
        for (word, listener) in pairs {
            if before.as_ref() != Some(&word) {
                out.places.resize(place(&word) + 1, out.ends.len() as u32);
                text.extend(&word);
                out.ends.push(text.len() as u32);
                out.last.push(0);
                out.least = out.least.min(word.len());
                before = Some(word);
            }
            out.listeners.push(listener);
            if let Some(last) = out.last.last_mut() {
                *last = out.listeners.len() as u32;
            }
        }
        out.places.resize((1 << BITS) + 1, out.ends.len() as u32);
        out.taken = vec![0; 1 << (BITS - 6)];
        for (number, pair) in out.places.windows(2).enumerate() {
            if let ([from, to], Some(bits)) = (pair, out.taken.get_mut(number / 64)) {
                *bits |= u64::from(from < to) << (number % 64);
            }
        }
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

    fn is_taken(&self, place: usize) -> bool {
        self.taken.get(place / 64).is_some_and(|bits| bits >> (place % 64) & 1 == 1)
    }

    /// Tells `found` where each word begins in `text`, and its number.
    pub(crate) fn find(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        let mut probe = |start: usize, head: &[u8]| {
            let place = place(head);
            if !self.is_taken(place) {
                return;
            }
            for number in at(&self.places, place)..at(&self.places, place + 1) {
                let rest = text.get(start..).unwrap_or_default();
                let word = self.word(number);
                // Most words that begin alike differ in the next letter.
                if word.get(HEAD).is_none_or(|b| rest.get(HEAD) == Some(b))
                    && rest.starts_with(word)
                {
                    found(start, number);
                }
            }
        };
        for (start, head) in text.windows(HEAD).enumerate() {
            probe(start, head);
        }
        for len in self.least.max(1)..HEAD {
            text.windows(len).enumerate().for_each(|(start, head)| probe(start, head));
        }
    }
}

fn at(list: &[u32], place: usize) -> usize {
    list.get(place).map_or(0, |n| *n as usize)
}

/// Where a word is filed that begins so.
fn place(word: &[u8]) -> usize {
    let head = word.iter().take(HEAD).fold(0u32, |key, b| key << 8 | u32::from(*b));
    (head.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}
