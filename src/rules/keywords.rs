//! Comparing the names that people give to secrets.
//!
//! `DD_API_KEY`, `dd-api-key`, `ddApiKey` and `dd api key` are one name. Names and keywords are compared after
//! dropping case and separators.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::packed::Text;
use super::pattern::Pattern;
use super::rule::{Kind, Rule};
use crate::text::byteset::ByteSet;

/// Lower-cased letters and digits of a name; everything else is dropped.
pub(crate) fn normal(name: &[u8]) -> Vec<u8> {
    name.iter()
        .filter(|b| b.is_ascii_alphanumeric() || **b >= 0x80)
        .map(u8::to_ascii_lowercase)
        .collect()
}

/// Whether a word can be a keyword: long enough to be looked for, and with something to compare.
pub(crate) fn is_fit(word: &str) -> bool {
    word.len() >= super::parse::SHORTEST_ANCHOR && !normal(word.as_bytes()).is_empty()
}

/// Words that stand in many names: looking for them would trigger everywhere.
const COMMON: [&str; 30] = [
    "access",
    "secret",
    "token",
    "tokens",
    "client",
    "account",
    "private",
    "service",
    "password",
    "webhook",
    "master",
    "license",
    "signing",
    "encryption",
    "shared",
    "session",
    "admin",
    "server",
    "production",
    "project",
    "personal",
    "application",
    "deploy",
    "credential",
    "credentials",
    "security",
    "subscription",
    "database",
    "connection",
    "oauth",
];

/// Literals one of which stands in every text in which the keyword is a name, whatever separates its parts.
///
/// If a part is telling enough, that part alone, and the whole with blanks, which no name runs over; otherwise the
/// keyword with each usual separator for its `_`.
pub(crate) fn spellings(keyword: &str) -> Vec<String> {
    let lower = keyword.to_ascii_lowercase();
    if !lower.contains('_') {
        return vec![lower];
    }
    let telling = lower.split('_').filter(|part| part.len() >= 5 && !COMMON.contains(part));
    if let Some(part) = telling.max_by_key(|part| part.len()) {
        return vec![part.to_owned(), lower.replace('_', " ")];
    }
    ["_", "-", " ", ".", ""].iter().map(|separator| lower.replace('_', separator)).collect()
}

/// Words that go on with a name behind a blank: `deepgram api key`. What reads names relies on it, and so does [`needed`].
pub(crate) const GOES_ON: [&[u8]; 21] = [
    b"api",
    b"access",
    b"auth",
    b"secret",
    b"secrets",
    b"key",
    b"keys",
    b"token",
    b"tokens",
    b"password",
    b"passwd",
    b"passphrase",
    b"client",
    b"private",
    b"personal",
    b"bearer",
    b"credential",
    b"credentials",
    b"bot",
    b"signing",
    b"webhook",
];
/// Most words that go on with a name.
pub(crate) const MOST_WORDS: usize = 3;

/// What the tokens of gated rules are made of.
pub(crate) const GATED_TOKEN: ByteSet = ByteSet::TOKEN;
/// Tokens of gated rules are at least so long.
const SHORTEST_GATED: usize = 16;

/// Whether the keywords of `rule` count only where a token may follow: its tokens are long runs with digits among them.
pub(crate) fn is_gated(rule: &Rule) -> bool {
    let digits = const { ByteSet::EMPTY.with_range(b'0', b'9') };
    let fits = |pattern: &Pattern| {
        let bytes = pattern.bytes();
        let made_of = bytes.is_subset(GATED_TOKEN) && digits.is_subset(bytes);
        pattern.min_len() >= SHORTEST_GATED && made_of
    };
    rule.kind == Kind::Context && rule.pattern.as_ref().is_some_and(fits)
}

/// What has to be looked for to find every name that `rules` listen to, and whether only gated rules ask for it.
pub(crate) fn literals(rules: &[Arc<Rule>]) -> Vec<(Text, bool)> {
    let mut all: BTreeMap<String, bool> = BTreeMap::new();
    for rule in rules {
        let gated = is_gated(rule);
        for spelling in rule.keywords.iter().flat_map(|keyword| spellings(keyword)) {
            *all.entry(spelling).or_insert(true) &= gated;
        }
    }
    needed(&all).into_iter().map(|(word, gated)| (word.into(), gated)).collect()
}

/// Of `spellings`, each with whether it is gated, those that have to be looked for: all but those in which another one
/// stands that leads to the same name.
///
/// A name is read to both sides of its keyword, so of `acme_api_key` and `api_key` the shorter does; and it is read on
/// over certain words, so of `acme api key` and `acme` the first does. What is not gated is led to by its like only.
fn needed(spellings: &BTreeMap<String, bool>) -> Vec<(String, bool)> {
    let single: HashMap<&[u8], bool> = spellings
        .iter()
        .map(|(word, gated)| (word.as_bytes(), *gated))
        .filter(|(word, _)| in_one_name(word))
        .collect();
    let holds = |word: &[u8], gated: bool, itself: bool| {
        (2..=word.len()).any(|len| {
            let leads = |part: &[u8]| single.get(part).is_some_and(|other| gated || !other);
            word.windows(len).any(|part| (itself || len < word.len()) && leads(part))
        })
    };
    let is_led_to = |spelling: &str, gated: bool| {
        let word = spelling.as_bytes();
        if in_one_name(word) {
            return holds(word, gated, false);
        }
        let mut parts = word.split(|b| *b == b' ');
        let first = parts.next().unwrap_or_default();
        let rest: Vec<&[u8]> = parts.collect();
        in_one_name(first)
            && holds(first, gated, true)
            && rest.len() <= MOST_WORDS
            && rest.iter().all(|part| GOES_ON.contains(part))
    };
    let needed = spellings.iter().filter(|(spelling, gated)| !is_led_to(spelling, **gated));
    needed.map(|(spelling, gated)| (spelling.clone(), *gated)).collect()
}

/// Whether a word is made of what names are made of, without a break.
fn in_one_name(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b))
}
