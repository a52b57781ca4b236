//! A few words of which one may stand at a place, in any case.
//!
//! Guarantees: words that do not begin with the byte at the place cost nothing. Leaves out: long lists.

/// Words of which one may come next: those that begin with the byte that does are known at once.
#[derive(Debug)]
pub(crate) struct Choice<const N: usize> {
    words: [&'static str; N],
    /// For each byte the words that begin with it in any case, a bit each.
    begin: [u64; 256],
}

impl<const N: usize> Choice<N> {
    /// At most 64 words, none of them empty.
    pub(crate) const fn new(words: [&'static str; N]) -> Choice<N> {
        assert!(N <= 64);
        let mut begin = [0; 256];
        let mut number = 0;
        while number < N {
            let first = words[number].as_bytes()[0];
            begin[first.to_ascii_lowercase() as usize] |= 1 << number;
            if first.is_ascii_alphabetic() {
                begin[first.to_ascii_uppercase() as usize] |= 1 << number;
            }
            number += 1;
        }
        Choice { words, begin }
    }

    /// Whether any word begins with `first`.
    #[inline]
    pub(crate) fn may_begin(&self, first: u8) -> bool {
        self.begin.get(usize::from(first)).is_some_and(|words| *words != 0)
    }

    /// All words.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static [u8]> + '_ {
        self.words.iter().map(|word| word.as_bytes())
    }

    /// Whether a word stands anywhere in `text`.
    pub(crate) fn stands_in(&self, text: &[u8]) -> bool {
        (text.iter().enumerate()).any(|(at, first)| {
            self.beginning(*first).any(|(_, word)| {
                text.get(at..at + word.len()).is_some_and(|here| here.eq_ignore_ascii_case(word))
            })
        })
    }

    /// The words that begin with `first`, in their order, and their numbers.
    pub(crate) fn beginning(&self, first: u8) -> impl Iterator<Item = (usize, &'static [u8])> + '_ {
        let mut left = self.begin.get(usize::from(first)).copied().unwrap_or(0);
        std::iter::from_fn(move || {
            let number = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            self.words.get(number).map(|word| (number, word.as_bytes()))
        })
    }
}
