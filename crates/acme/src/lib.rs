//! A credential that is made up, for the tests of the products: its rule, and as many tokens of it as are wanted.
//!
//! Nothing else finds these tokens, so that tests with them do not depend on the built-in packs; and nobody ever issued one.

use keysieve::synth::Dice;
use keysieve::{Config, Pack, Profile, Record, Scanner};

/// A pack of that one rule.
pub const PACK: &str = r#"
[[rule]]
id = "acme-token"
title = "Acme token"
category = "saas"
why = "Reads and writes the owner's Acme projects."
severity = "high"
confidence = "certain"
anchors = ["acme_live_"]
pattern = 'acme_live_[0-9a-z]{24}'
hits = ["ACME={secret}", "token: {secret}"]
misses = ["acme_live_{lower:5}", "acme_live_"]
revoke = "https://acme.example/keys"
"#;

/// A token of that rule; `n` tells them apart.
///
/// ```
/// assert_ne!(keysieve_acme::token(1), keysieve_acme::token(2));
/// assert!(keysieve_acme::token(1).starts_with("acme_live_"));
/// ```
#[must_use]
pub fn token(n: u32) -> String {
    let mut dice = Dice::new(n.into());
    let alphabet = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let body: String = (0..24).map(|_| char::from(alphabet[dice.below(36)])).collect();
    format!("acme_live_{body}")
}

/// The findings of `count` tokens in a source, one a line.
///
/// # Panics
/// If the rule does not find its tokens.
#[must_use]
pub fn records(count: u32, source: &str, config: Config) -> Vec<Record> {
    let pack = Pack::parse("acme.toml", PACK).expect("the pack is sound");
    let scanner = Scanner::builder().pack(pack).config(config).build().expect("and can be built");
    let text: String = (0..count).map(|n| format!("x {}\n", token(n))).collect();
    let record = |(finding, line)| Record::new(&finding, source, (line, 3), Profile::Alert);
    let found: Vec<Record> = scanner.find_iter(text.as_bytes()).zip(1..).map(record).collect();
    assert_eq!(found.len(), count as usize);
    found
}
