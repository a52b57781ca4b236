//! Making tokens up: valid ones and near misses, from a rule's own format.
//!
//! No live-looking token is ever committed to a repository. Packs, corpus and tests hold templates, and the tokens
//! are made when a test runs, checksum included. Everything is drawn from a seed, so that a failure can be repeated.
//!
//! ```
//! # #[cfg(feature = "builtin")] {
//! use keysieve::{Pack, synth::Template};
//! let template = Template::parse("export GITHUB_TOKEN={secret:github-pat}");
//! let expanded = template.expand(&Pack::builtin(), 7)?;
//! let (rule, span) = &expanded.secrets[0];
//! assert_eq!((rule.as_str(), span.start()), ("github-pat", 20));
//! # }
//! # Ok::<(), keysieve::Error>(())
//! ```

mod token;

use crate::error::{Error, ErrorKind};
use crate::rules::pack::Pack;
use crate::rules::rule::Rule;
use crate::text::span::Span;

/// A source of numbers that depend on the seed alone (SplitMix64, Steele et al. 2014). Not for keys.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice that always roll the same for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// The next 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 if `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.roll() % n as u64) as usize }
    }

    fn pick(&mut self, from: &[u8]) -> u8 {
        from.get(self.below(from.len())).copied().unwrap_or(b'x')
    }
}

/// A text with marks such as `{secret:github-pat}` or `{hex:32}`. See `patterns/README.md` for all of them; any other
/// text in braces stands for itself.
#[derive(Debug, Clone)]
pub struct Template {
    parts: Vec<Part>,
}

/// A template filled in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Expanded {
    /// The text.
    pub text: Vec<u8>,
    /// Rule and place of each `{secret}`, in order.
    pub secrets: Vec<(String, Span)>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Secret(Option<String>),
    Near(Option<String>),
    Chars(&'static [u8], usize),
    Password(usize),
    Uuid,
    Word,
}

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";
const HEX_UPPER: &[u8] = b"0123456789ABCDEF";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALNUM: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";
const BASE64URL: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const SYMBOLS: &[u8] = b"!#*?^~";
const WORDS: [&str; 24] = [
    "river", "window", "garden", "letter", "kitchen", "summer", "market", "bridge", "teacher",
    "village", "mountain", "paper", "silver", "winter", "harbor", "candle", "forest", "museum",
    "station", "pocket", "orange", "dinner", "travel", "picture",
];

impl Template {
    /// Reads a template. Nothing can go wrong: what is no mark is text.
    #[must_use]
    pub fn parse(text: &str) -> Template {
        let mut parts = Vec::new();
        let mut rest = text;
        let mut plain = String::new();
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open);
            plain.push_str(before);
            let inner = from.get(1..).unwrap_or_default();
            let mark = inner.find('}').and_then(|close| Some((mark(inner.get(..close)?)?, close)));
            if let Some((part, close)) = mark {
                parts.push(Part::Text(std::mem::take(&mut plain)));
                parts.push(part);
                rest = inner.get(close + 1..).unwrap_or_default();
            } else {
                plain.push('{');
                rest = inner;
            }
        }
        plain.push_str(rest);
        parts.push(Part::Text(plain));
        Template { parts }
    }

    /// Fills in the template. Equal seeds give equal texts.
    ///
    /// # Errors
    /// When a mark names a rule that `pack` does not have, or a token of the rule cannot be made.
    pub fn expand(&self, pack: &Pack, seed: u64) -> Result<Expanded, Error> {
        self.expand_for(pack, None, seed)
    }

    /// The same, where `{secret}` without a name stands for `own`.
    pub(crate) fn expand_for(
        &self,
        pack: &Pack,
        own: Option<&Rule>,
        seed: u64,
    ) -> Result<Expanded, Error> {
        let mut dice = Dice::new(seed);
        let mut text = Vec::new();
        let mut secrets = Vec::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.extend_from_slice(plain.as_bytes()),
                Part::Secret(name) => {
                    let rule = named(pack, own, name.as_deref())?;
                    let (bytes, span) =
                        token::valid(rule, &mut dice).ok_or_else(|| cannot(rule))?;
                    let at = text.len();
                    secrets.push((
                        rule.id().to_owned(),
                        Span::new(at + span.start(), at + span.end()),
                    ));
                    text.extend_from_slice(&bytes);
                }
                Part::Near(name) => {
                    let rule = named(pack, own, name.as_deref())?;
                    text.extend(token::near_miss(rule, &mut dice).ok_or_else(|| cannot(rule))?);
                }
                Part::Chars(set, n) => text.extend((0..*n).map(|_| dice.pick(set))),
                Part::Password(n) => password(*n, &mut dice, &mut text),
                Part::Uuid => uuid(&mut dice, &mut text),
                Part::Word => {
                    let word = WORDS.get(dice.below(WORDS.len())).copied().unwrap_or_default();
                    text.extend_from_slice(word.as_bytes());
                }
            }
        }
        Ok(Expanded { text, secrets })
    }
}

fn named<'p>(pack: &'p Pack, own: Option<&'p Rule>, name: Option<&str>) -> Result<&'p Rule, Error> {
    match name {
        Some(id) => pack.rule(id).ok_or_else(|| {
            Error::new(ErrorKind::Template, format!("the template names an unknown rule `{id}`"))
        }),
        None => own.ok_or_else(|| Error::new(ErrorKind::Template, "the template names no rule")),
    }
}

fn cannot(rule: &Rule) -> Error {
    Error::new(ErrorKind::Template, "no token of this rule could be made").in_rule(&rule.id)
}

/// The part that `{text}` stands for, if it is a mark.
fn mark(text: &str) -> Option<Part> {
    let (name, arg) = match text.split_once(':') {
        Some((name, arg)) => (name, Some(arg)),
        None => (text, None),
    };
    let id = || {
        arg.map(|id| {
            let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            id.bytes().all(fine).then(|| id.to_owned())
        })
    };
    match name {
        "secret" => Some(Part::Secret(id().map_or(Some(None), |id| id.map(Some))?)),
        "near" => Some(Part::Near(id().map_or(Some(None), |id| id.map(Some))?)),
        "uuid" if arg.is_none() => Some(Part::Uuid),
        "word" if arg.is_none() => Some(Part::Word),
        _ => {
            let n: usize = arg?.parse().ok().filter(|n| *n <= 65_536)?;
            let set = match name {
                "alnum" | "word" => ALNUM,
                "hex" => HEX,
                "HEX" => HEX_UPPER,
                "lower" => LOWER,
                "upper" => UPPER,
                "digit" => DIGITS,
                "base32" => BASE32,
                "base64" => BASE64,
                "base64url" => BASE64URL,
                "password" => return Some(Part::Password(n)),
                _ => return None,
            };
            Some(Part::Chars(set, n))
        }
    }
}

/// Letters of both cases, digits, and one symbol that is neither first nor last.
fn password(n: usize, dice: &mut Dice, out: &mut Vec<u8>) {
    let sets = [LOWER, UPPER, DIGITS, LOWER, UPPER];
    let symbol = 1 + dice.below(n.saturating_sub(2));
    for i in 0..n {
        let set =
            if i == symbol { SYMBOLS } else { sets.get(i % sets.len()).copied().unwrap_or(LOWER) };
        let byte = dice.pick(set);
        out.push(byte);
    }
}

/// A random UUID, version 4.
fn uuid(dice: &mut Dice, out: &mut Vec<u8>) {
    for shape in "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".bytes() {
        out.push(match shape {
            b'x' => dice.pick(HEX),
            b'y' => dice.pick(b"89ab"),
            fixed => fixed,
        });
    }
}
