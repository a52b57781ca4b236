//! The prefilter against looking for every literal at every byte.

use proptest::prelude::*;

use super::{Edge, Hit, Literal, Prefilter, Sieve, gate};
use crate::rules::keywords;
use crate::text::view::View;

fn naive(literals: &[Literal], text: &[u8], from: usize) -> Vec<Hit> {
    let mut out = Vec::new();
    for lit in literals {
        for start in 0..text.len() {
            let Some(bytes) = text.get(start..start + lit.bytes.len()) else { continue };
            let stands = if lit.caseless {
                bytes.eq_ignore_ascii_case(&lit.bytes)
            } else {
                *bytes == *lit.bytes
            };
            if stands && start + bytes.len() > from {
                out.push(Hit { start, user: lit.user, len: bytes.len() as u32 });
            }
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Few letters, so that literals occur and overlap; some beyond ASCII.
fn word(least: usize, most: usize) -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => "[abkAB_]".boxed(),
        1 => "[é密\u{7f} ]".boxed(),
    ];
    proptest::collection::vec(part, least..most).prop_map(|parts| parts.concat())
}

/// A text between whose words what may be a token stands now and then.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![6 => word(0, 30).boxed(), 1 => "[0-9a-f]{14,18}".boxed(), 1 => "[. ]{0,200}".boxed()]
}

/// Whether a run of a token's length that holds a digit begins near enough behind `end`, or goes on there.
fn opens(text: &[u8], end: usize) -> bool {
    let in_run = |at: usize| text.get(at).is_some_and(|b| keywords::GATED_TOKEN.contains(*b));
    (0..text.len()).filter(|at| in_run(*at) && (*at == 0 || !in_run(at - 1))).any(|start| {
        let stop = (start..).find(|at| !in_run(*at)).unwrap_or(text.len());
        let digit = text[start..stop].iter().any(u8::is_ascii_digit);
        stop - start >= 16 && digit && stop > end && start <= end + gate::REACH
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_literal_is_found_wherever_it_stands(
        words in proptest::collection::vec((word(2, 9), any::<bool>()), 1..60),
        parts in proptest::collection::vec(piece(), 0..40),
        cut in 0usize..400,
    ) {
        let text = parts.concat();
        let mut literals: Vec<Literal> = (0u32..)
            .zip(words)
            .map(|(user, (word, caseless))| Literal {
                bytes: if caseless { word.to_ascii_lowercase() } else { word }.into_bytes().into(),
                caseless,
                holds: false,
                gated: user % 3 == 0,
                user,
            })
            .collect();
        literals.sort();
        let prefilter = Prefilter::new(literals.clone());
        let text = text.as_bytes();
        let cut = cut.min(text.len());
        let view = View::new(text, 0, true);
        let (mut sieve, mut found) = (Sieve::default(), Vec::new());
        prefilter.find(&view, 0, cut, &mut sieve, &mut found);
        prop_assert!(found.iter().all(|hit| hit.start + hit.len as usize <= cut));
        prefilter.find(&view, cut, text.len(), &mut sieve, &mut found);
        found.sort_unstable();
        let all = naive(&literals, text, 0);
        prop_assert!(found.iter().all(|hit| all.contains(hit)), "nothing is found that is not there");
        let due = |hit: &&Hit| {
            !literals.iter().any(|lit| lit.user == hit.user && lit.gated)
                || opens(text, hit.start + hit.len as usize)
        };
        let missed: Vec<&Hit> = all.iter().filter(due).filter(|hit| !found.contains(hit)).collect();
        prop_assert!(missed.is_empty(), "{missed:?} in {:?}", String::from_utf8_lossy(text));
        let mut once = found.clone();
        once.dedup();
        prop_assert_eq!(once, found);
    }

    #[test]
    fn what_the_end_cuts_is_told_after_every_cut(
        words in proptest::collection::vec((word(2, 9), any::<bool>()), 1..60),
        parts in proptest::collection::vec(word(0, 12), 0..8),
        cuts in proptest::collection::vec(1usize..9, 1..40),
    ) {
        let text = parts.concat().into_bytes();
        let literals: Vec<Literal> = words
            .iter()
            .map(|(word, holds)| Literal {
                bytes: word.clone().into_bytes().into(), caseless: true, holds: *holds, gated: false, user: 0,
            })
            .collect();
        let naive = |to: usize, holds: bool| {
            let cut = |start: &usize| literals.iter().filter(|lit| lit.holds || !holds).any(|lit| {
                let beginning = lit.bytes.get(..to - start).filter(|b| b.len() < lit.bytes.len());
                beginning.is_some_and(|b| b.eq_ignore_ascii_case(&text[*start..to]))
            });
            (0..to).find(cut).unwrap_or(to)
        };
        let prefilter = Prefilter::new(literals.clone());
        let (mut edge, mut to) = (Edge::default(), 0);
        for cut in cuts {
            to = text.len().min(to + cut);
            edge = prefilter.edge(&View::new(&text[..to], 0, false), to, edge);
            prop_assert_eq!(edge, Edge { horizon: naive(to, false), holding: naive(to, true) });
        }
    }
}
