//! For every input and every way of cutting it, findings and redacted bytes are those of the whole text.

mod common;

use std::cell::RefCell;

use common::{Bench, on_every_rule, soup};
use keysieve::synth::Dice;
use keysieve::{Mode, Pack, Profile};
use proptest::prelude::*;

#[test]
fn every_example_of_every_rule_at_every_byte() {
    let pack = Pack::builtin();
    on_every_rule(&pack, |rules| {
        let mut bench = Bench::new(Profile::Redact, Mode::Label);
        for rule in rules {
            let examples = soup::examples(&pack, rule, 11);
            assert!(examples.len() >= 4, "every rule has at least two hits and two misses");
            for text in examples {
                if let Some(message) = bench.everywhere(&text) {
                    panic!("{}: {message}", rule.id());
                }
            }
        }
    });
}

#[test]
fn both_profiles_and_all_modes() {
    let pack = Pack::builtin();
    for profile in [Profile::Alert, Profile::Redact] {
        for (seed, mode) in (0..).zip([Mode::Label, Mode::Mask, Mode::Hash, Mode::Remove]) {
            let text = soup::soup(&pack, 1_000 + seed, 60);
            assert_eq!(Bench::new(profile, mode).everywhere(&text), None);
        }
    }
}

#[test]
fn an_early_placeholder_is_written_once() {
    // The first run is told early by the plain reading while it may still be text in base64; it turns out not to be.
    let pack = Pack::builtin();
    let rule = pack.rules().find(|rule| rule.id() == "pem-private-key-base64").unwrap();
    let mut bench = Bench::new(Profile::Redact, Mode::Label);
    for mut text in soup::examples(&pack, rule, 11) {
        text.extend_from_slice(br"_\u000a|API_KEY=Yg4Y and more");
        let whole = bench.whole(&text);
        for size in 1..40 {
            let cuts: Vec<usize> = (size..text.len()).step_by(size).collect();
            assert_eq!(bench.difference(&whole, &text, &cuts), None);
        }
    }
}

#[test]
fn a_value_may_begin_with_the_backslash_behind_its_name() {
    let mut bench = Bench::new(Profile::Redact, Mode::Label);
    for text in [
        "29068706|hPRwpPwL6Xgswpn\\u0050t4u16ZV-d\u{200b}dZ6\r=\n",
        "a|db_password\\x50t4u16ZV9d\r\n",
    ] {
        assert_eq!(bench.everywhere(text.as_bytes()), None);
    }
}

#[test]
fn what_has_not_arrived_opens_and_closes_nothing() {
    let pack = Pack::builtin();
    let token = |id: &str, seed: u64| {
        let rule = pack.rules().find(|rule| rule.id() == id).unwrap();
        String::from_utf8(soup::token(&pack, rule, seed)).unwrap()
    };
    for seed in 0..20 {
        let (long, nuget) = (token("github-pat", seed), token("nuget-api-key", seed));
        let short = &long[8..24];
        let texts = [
            // Only a long run behind it makes this name one that is looked at.
            format!("nango_key：user:iv<git&{}", 491_177_575_466 + seed),
            // Two names lead to the value: that of a provider, and the word before it.
            format!("token FERNETKEY={short}"),
            // A token whose end is not known, inside a key whose end is not known.
            format!(
                "-----BEGIN PGP PRIVATE KEY BLOCK-----\n{}\"{nuget}",
                token("salesforce-refresh-token", seed)
            ),
        ];
        for text in texts {
            let cuts: Vec<usize> = (1..text.len()).collect();
            assert_eq!(in_pieces(text.as_bytes(), &cuts), None);
        }
    }
}

fn in_pieces(text: &[u8], cuts: &[usize]) -> Option<String> {
    BENCH.with_borrow_mut(|bench| {
        let whole = bench.whole(text);
        bench.difference(&whole, text, cuts)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn soup_in_random_pieces(seed in any::<u64>(), parts in 1usize..60, most in 1usize..40) {
        let text = soup::soup(&Pack::builtin(), seed, parts);
        let mut dice = Dice::new(seed ^ 0xfeed);
        let mut cuts = Vec::new();
        let mut at = 1 + dice.below(most);
        while at < text.len() {
            cuts.push(at);
            at += 1 + dice.below(most);
        }
        prop_assert_eq!(in_pieces(&text, &cuts), None);
    }

    #[test]
    fn arbitrary_bytes(text in proptest::collection::vec(any::<u8>(), 0..600), cut in 0usize..600) {
        prop_assert_eq!(in_pieces(&text, &[cut.min(text.len())]), None);
    }
}

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench::new(Profile::Redact, Mode::Label));
}
