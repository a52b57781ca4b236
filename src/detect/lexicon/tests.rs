//! The lexicon against looking for every word at every byte.

use proptest::prelude::*;

use super::Lexicon;
use crate::rules::packed::{pack, unpack};

fn found(lexicon: &Lexicon, text: &[u8]) -> Vec<(usize, Vec<u8>, Vec<u32>)> {
    let mut all = Vec::new();
    lexicon.find(text, |start, n| {
        all.push((start, lexicon.word(n).to_vec(), lexicon.listeners(n).to_vec()));
    });
    all.sort();
    all
}

proptest! {
    #[test]
    fn finds_every_word_wherever_it_stands(
        pairs in prop::collection::vec(("[abc]{1,5}", 0u32..9), 0..40),
        text in "[abc]{0,40}",
    ) {
        let pairs: Vec<(Vec<u8>, u32)> =
            pairs.into_iter().map(|(word, n)| (word.into_bytes(), n)).collect();
        let lexicon = Lexicon::new(pairs.clone());
        let text = text.as_bytes();
        let mut wanted = Vec::new();
        for start in 0..text.len() {
            for end in start + 1..=text.len() {
                let word = &text[start..end];
                let mut who: Vec<u32> =
                    pairs.iter().filter(|(other, _)| other == word).map(|(_, n)| *n).collect();
                who.sort_unstable();
                who.dedup();
                if !who.is_empty() {
                    wanted.push((start, word.to_vec(), who));
                }
            }
        }
        wanted.sort();
        prop_assert_eq!(found(&lexicon, text), wanted);
        let again: Lexicon = unpack(Box::leak(pack(&lexicon).into_boxed_slice())).unwrap();
        prop_assert_eq!(again, lexicon);
    }
}

#[test]
fn an_empty_one_finds_nothing() {
    assert_eq!(found(&Lexicon::new(Vec::new()), b"some text"), []);
    assert_eq!(found(&Lexicon::default(), b"some text"), []);
}
