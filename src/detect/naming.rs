//! Which rules a name calls for.
//!
//! Names are compared without case and separators, so that `DD_API_KEY`, `ddApiKey` and `dd-api-key` are one. Short
//! keywords (`pass`, `auth`) must be a whole part of the name: a compass is no password.

use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::rules::keywords;
use crate::rules::rule::{Kind, Rule};

/// Keywords up to this length must be a whole part of the name.
const SHORT: usize = 5;

#[derive(Debug)]
pub(crate) struct Names {
    rules: Vec<Arc<Rule>>,
    /// Built for the first name: many short texts hold none.
    listeners: OnceLock<Listeners>,
}

#[derive(Debug)]
struct Listeners {
    automaton: Option<AhoCorasick>,
    /// For each keyword: its normal form's length and the rules that listen to it.
    entries: Vec<(usize, Vec<u32>)>,
}

impl Listeners {
    fn new(rules: &[Arc<Rule>]) -> Listeners {
        let mut pairs: Vec<(Vec<u8>, u32)> = Vec::new();
        for (rule, number) in rules.iter().zip(0u32..) {
            pairs.extend(rule.keywords.iter().map(|k| (keywords::normal(k.as_bytes()), number)));
        }
        pairs.sort();
        pairs.dedup();
        let mut words: Vec<Vec<u8>> = Vec::new();
        let mut entries: Vec<(usize, Vec<u32>)> = Vec::new();
        for (word, number) in pairs {
            if words.last() != Some(&word) {
                entries.push((word.len(), Vec::new()));
                words.push(word);
            }
            if let Some((_, users)) = entries.last_mut() {
                users.push(number);
            }
        }
        // It fails only above 2^31 states, and packs are far too small for that.
        let build = || AhoCorasick::builder().match_kind(MatchKind::Standard).build(&words).ok();
        let automaton = if words.is_empty() { None } else { build() };
        Listeners { automaton, entries }
    }
}

impl Names {
    pub(crate) fn new(rules: &[Arc<Rule>]) -> Names {
        Names { rules: rules.to_vec(), listeners: OnceLock::new() }
    }

    /// Rules that `name` calls for: providers before generic ones, longer keywords before shorter ones.
    pub(crate) fn rules_for(&self, name: &[u8], out: &mut Vec<u32>) {
        out.clear();
        let Listeners { automaton, entries } =
            self.listeners.get_or_init(|| Listeners::new(&self.rules));
        let Some(automaton) = automaton else { return };
        let normal = keywords::normal(name);
        let edges = edges(name);
        let mut found: Vec<(bool, std::cmp::Reverse<usize>, u32)> = Vec::new();
        for m in automaton.find_overlapping_iter(&normal) {
            let Some((len, users)) = entries.get(m.pattern().as_usize()) else { continue };
            let whole = edges.contains(&m.start()) && edges.contains(&m.end());
            for &number in users {
                let kind = self.rules.get(number as usize).map(|rule| rule.kind);
                let generic = matches!(kind, Some(Kind::Password | Kind::Token));
                if *len > SHORT || whole {
                    found.push((generic, std::cmp::Reverse(*len), number));
                }
            }
        }
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
