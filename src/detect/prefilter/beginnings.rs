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
    pub(super) longest: usize,
}

packed_fields!(Beginnings { words, first, second, longest });

impl Beginnings {
    /// Takes words in ascending order.
    pub(super) fn new(words: impl Iterator<Item = Vec<u8>>) -> Beginnings {
        let mut out = Beginnings {
            words: Vec::new(),
            first: ByteSet::EMPTY,
            second: vec![ByteSet::EMPTY; 256],
            longest: 0,
        };
        for word in words.filter(|word| word.len() > 1) {
            if let [a, b, ..] = word[..] {
                out.first = out.first.with(&[a]);
                if let Some(set) = out.second.get_mut(usize::from(a)) {
                    *set = set.with(&[b]);
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
        let may = match suffix {
            [a] => return self.first.contains(a.to_ascii_lowercase()),
            [a, b, ..] => {
                let set = self.second.get(usize::from(a.to_ascii_lowercase()));
                set.is_some_and(|set| set.contains(b.to_ascii_lowercase()))
            }
            [] => false,
        };
        if !may {
            return false;
        }
        let suffix = suffix.to_ascii_lowercase();
        let at = self.words.partition_point(|word| **word <= *suffix);
        // Words that go on from the suffix come right behind it.
        self.words.get(at).is_some_and(|word| word.starts_with(&suffix))
    }
}
