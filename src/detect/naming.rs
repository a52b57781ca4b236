//! Which rules a name calls for.
//!
//! Names are compared without case and separators, so that `DD_API_KEY`, `ddApiKey` and `dd-api-key` are one. Short
//! keywords (`pass`, `auth`) must be a whole part of the name: a compass is no password.

use std::sync::Arc;

use super::lexicon::Lexicon;
use crate::rules::keywords;
use crate::rules::packed::Later;
use crate::rules::rule::{Kind, Rule};

/// Keywords up to this length must be a whole part of the name.
const SHORT: usize = 5;

#[derive(Debug)]
pub(crate) struct Names {
    /// Normal forms of keywords, and the rules that listen to them.
    listeners: Later<Lexicon>,
    kinds: Vec<Kind>,
}

impl Names {
    pub(crate) fn new(rules: &[Arc<Rule>], listeners: Later<Lexicon>) -> Names {
        Names { listeners, kinds: rules.iter().map(|rule| rule.kind).collect() }
    }

    /// Rules that `name` calls for: providers before generic ones, longer keywords before shorter ones.
    pub(crate) fn rules_for(&self, name: &[u8], out: &mut Vec<u32>) {
        out.clear();
        let normal = keywords::normal(name);
        let edges = edges(name);
        let mut found: Vec<(bool, std::cmp::Reverse<usize>, u32)> = Vec::new();
        self.listeners.find(&normal, |start, word| {
            let len = self.listeners.word(word).len();
            let ends = edges.contains(&(start + len));
            // `rootpwd` ends in a password; `compass` does not.
            let begins = || edges.contains(&start) || self.listeners.word(word) == b"pwd";
            if len <= SHORT && !(ends && begins()) {
                return;
            }
            for &number in self.listeners.listeners(word) {
                let kind = self.kinds.get(number as usize).copied();
                let generic = matches!(kind, Some(Kind::Password | Kind::Token));
                found.push((generic, std::cmp::Reverse(len), number));
            }
        });
        found.sort_unstable();
        for (_, _, number) in found {
            if !out.contains(&number) {
                out.push(number);
            }
        }
    }
}

/// Offsets in the normal form of `name` at which a part of the name begins or ends.
fn edges(name: &[u8]) -> Vec<usize> {
    let mut out = vec![0];
    let mut at = 0;
    let mut before: Option<u8> = None;
    for &b in name {
        let kept = b.is_ascii_alphanumeric() || b >= 0x80;
        let turns = match before {
            Some(p) if kept => {
                (p.is_ascii_lowercase() && b.is_ascii_uppercase())
                    || p.is_ascii_digit() != b.is_ascii_digit()
                    || (p >= 0x80) != (b >= 0x80)
            }
            _ => true,
        };
        if turns {
            out.push(at);
        }
        at += usize::from(kept);
        before = kept.then_some(b);
    }
    out.push(at);
    out
}
