//! A sketch of which two bytes follow each other in a text: most words that are not in it are told by it alone.
//!
//! Guarantees: a word that stands in the text in any case is never denied. Leaves out: saying that one does; who is not
//! denied is looked for.

/// Of each pair the lowest five bits of both bytes, which letters of either case share.
#[derive(Debug, Clone)]
pub(crate) struct Pairs([u32; 32]);

impl Pairs {
    /// The pairs of `text`.
    pub(crate) fn of(text: &[u8]) -> Pairs {
        let mut rows = [0; 32];
        let mut last = text.first().copied().unwrap_or_default();
        for byte in text.get(1..).unwrap_or_default() {
            rows[usize::from(last & 31)] |= 1 << (byte & 31);
            last = *byte;
        }
        Pairs(rows)
    }

    /// Whether `word` may stand in the text, in any case.
    pub(crate) fn may_hold(&self, word: &[u8]) -> bool {
        let stands = |pair: &[u8]| match pair {
            [first, second] => self.0[usize::from(first & 31)] >> (second & 31) & 1 == 1,
            _ => true,
        };
        word.windows(2).all(stands)
    }
}

#[cfg(test)]
mod tests {
    use super::Pairs;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_there_is_mostly_denied() {
        let pairs = Pairs::of(b"a5fQ0uZkT7mWx2");
        assert!(!pairs.may_hold(b"changeme") && !pairs.may_hold(b"example"));
        assert!(pairs.may_hold(b"") && pairs.may_hold(b"a") && pairs.may_hold(b"A5Fq"));
    }

    proptest! {
        #[test]
        fn no_word_of_the_text_is_denied(text in "[ -~]{0,80}", from in 0..80_usize, len in 0..12_usize) {
            let word = text.get(from..(from + len).min(text.len())).unwrap_or_default();
            let pairs = Pairs::of(text.as_bytes());
            prop_assert!(pairs.may_hold(word.as_bytes()));
            prop_assert!(pairs.may_hold(word.to_ascii_uppercase().as_bytes()));
        }
    }
}
