//! The library against the prefilter: the same occurrences, but for gated keywords that nobody will look at.

use proptest::prelude::*;

use super::Finder;
use crate::detect::prefilter::{Hit, Literal, Prefilter, Sieve};
use crate::detect::scratch::Caches;
use crate::text::view::View;

/// Few letters, so that literals occur and overlap; some beyond ASCII.
fn word(least: usize, most: usize) -> impl Strategy<Value = String> {
    let part = prop_oneof![6 => "[abkAB_]".boxed(), 1 => "[éÉ密\u{7f} ]".boxed()];
    proptest::collection::vec(part, least..most).prop_map(|parts| parts.concat())
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![6 => word(0, 30).boxed(), 1 => "[0-9a-f]{14,18}".boxed(), 1 => "[. ]{0,200}".boxed()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_find_the_same(
        words in proptest::collection::vec((word(2, 9), any::<bool>()), 1..60),
        parts in proptest::collection::vec(piece(), 0..40),
        cut in 0usize..400,
    ) {
        let text = parts.concat().into_bytes();
        let literals = (0u32..).zip(words).map(|(user, (word, caseless))| Literal {
            bytes: if caseless { word.to_ascii_lowercase() } else { word }.into_bytes().into(),
            caseless,
            holds: false,
            gated: user % 3 == 0,
            user,
        });
        let literals: Vec<Literal> = literals.collect();
        let prefilter = Prefilter::new(literals.clone());
        let finder = Finder::new(&prefilter).unwrap();
        let cut = cut.min(text.len());
        let view = View::new(&text, 0, true);
        let (mut caches, mut sieve) = (Caches::default(), Sieve::default());
        for (from, to) in [(0, cut), (cut, text.len())] {
            let (mut found, mut expected) = (Vec::new(), Vec::new());
            prop_assert!(finder.find(&view, (from, to), &mut caches, &mut found));
            prefilter.find(&view, from, to, &mut sieve, &mut expected);
            let gate = &sieve.gate;
            let looked_at = |hit: &Hit| {
                let gated = literals.iter().any(|lit| lit.user == hit.user && lit.gated);
                !gated || gate.opens(hit.start + hit.len as usize)
            };
            for hits in [&mut found, &mut expected] {
                hits.retain(looked_at);
                hits.sort_unstable();
            }
            prop_assert_eq!(found, expected);
        }
    }
}
