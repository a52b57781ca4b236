//! A list of words that is asked, far more often than not, about a word it does not have.
//!
//! Guarantees: comparisons ignore ASCII case; most words are turned away by their first letter and length alone, for which
//! a table is made when the list is compiled. Leaves out: words beyond 31 letters.

/// Words in lower case with one blank between them.
#[derive(Debug)]
pub(crate) struct WordList {
    text: &'static str,
    /// For each first byte, by its lowest five bits: the lengths of the words that begin so, a bit each.
    lengths: [u32; 32],
}

const LONGEST: usize = 31;

impl WordList {
    pub(crate) const fn new(text: &'static str) -> WordList {
        let bytes = text.as_bytes();
        let mut lengths = [0; 32];
        let (mut at, mut start) = (0, 0);
        while at <= bytes.len() {
            if at == bytes.len() || bytes[at] == b' ' {
                if at > start {
                    assert!(at - start <= LONGEST);
                    lengths[(bytes[start] & 31) as usize] |= 1 << (at - start);
                }
                start = at + 1;
            }
            at += 1;
        }
        WordList { text, lengths }
    }

    /// The words, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.text.split_ascii_whitespace()
    }

    /// Whether `word` is one of them, whatever its case.
    pub(crate) fn holds(&self, word: &[u8]) -> bool {
        let [first, ..] = word else { return false };
        let lengths = self.lengths.get(usize::from(first & 31)).copied().unwrap_or(0);
        if word.contains(&b' ') || word.len() > LONGEST || lengths >> word.len() & 1 == 0 {
            return false;
        }
        // One search for the word in its blanks.
        let mut room = [b' '; LONGEST + 2];
        let Some(middle) = room.get_mut(1..=word.len()) else { return false };
        middle.copy_from_slice(word);
        middle.make_ascii_lowercase();
        let part = |from, to| room.get(from..to).unwrap_or_default();
        let (head, tail) = (part(1, word.len() + 2), part(0, word.len() + 1));
        let whole = part(0, word.len() + 2);
        let text = self.text.as_bytes();
        text.starts_with(head)
            || text.ends_with(tail)
            || memchr::memmem::find(text, whole).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::WordList;
    use proptest::prelude::*;

    static LIST: WordList = WordList::new(" alpha beta gamma\u{e9} x delta alp be");

    #[test]
    fn every_word_is_held_in_any_case() {
        for word in LIST.iter() {
            assert!(
                LIST.holds(word.as_bytes()) && LIST.holds(word.to_ascii_uppercase().as_bytes())
            );
        }
        assert_eq!(LIST.iter().count(), 7);
        assert!(!LIST.holds(b"") && !LIST.holds(b" ") && !LIST.holds(b"alpha beta"));
    }

    proptest! {
        #[test]
        fn it_holds_what_comparing_says(word in "[a-dx ]{0,6}") {
            let naive = LIST.iter().any(|known| known == word);
            prop_assert_eq!(LIST.holds(word.as_bytes()), naive);
        }
    }
}
