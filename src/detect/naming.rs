//! Which rules a name calls for.
//!
//! Names are compared without case and separators, so that `DD_API_KEY`, `ddApiKey` and `dd-api-key` are one. Short
//! keywords (`pass`, `auth`) must be a whole part of the name: a compass is no password.

use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};

use super::program;
use crate::error::{Error, ErrorKind};
use crate::rules::keywords;
use crate::rules::rule::{Kind, Rule};

/// Keywords up to this length must be a whole part of the name.
const SHORT: usize = 5;

#[derive(Debug)]
pub(crate) struct Names {
    automaton: Option<AhoCorasick>,
    /// For each keyword: its normal form's length and the rules that listen to it.
    entries: Vec<(usize, Vec<u32>)>,
    kinds: Vec<Kind>,
    spellings: Vec<String>,
}

impl Names {
    pub(crate) fn new(rules: &[Arc<Rule>]) -> Result<Names, Error> {
        let mut pairs: Vec<(Vec<u8>, u32)> = Vec::new();
        let mut spellings: Vec<String> = Vec::new();
        for (rule, number) in rules.iter().zip(0u32..) {
            pairs.extend(rule.keywords.iter().map(|k| (keywords::normal(k.as_bytes()), number)));
            spellings.extend(program::spellings(rule));
        }
        pairs.sort();
        pairs.dedup();
        spellings.sort();
        spellings.dedup();
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
        let automaton = if words.is_empty() {
            None
        } else {
            let built = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&words);
            Some(built.map_err(|e| {
                Error::new(ErrorKind::Config, format!("the keywords cannot be compiled: {e}"))
            })?)
        };
        Ok(Names {
            automaton,
            entries,
            kinds: rules.iter().map(|rule| rule.kind).collect(),
            spellings,
        })
    }

    /// Every spelling of every keyword, for the prefilter.
    pub(crate) fn keywords(&self) -> impl Iterator<Item = String> + '_ {
        self.spellings.iter().cloned()
    }

    /// Rules that `name` calls for: providers before generic ones, longer keywords before shorter ones.
    pub(crate) fn rules_for(&self, name: &[u8], out: &mut Vec<u32>) {
        out.clear();
        let Some(automaton) = &self.automaton else { return };
        let normal = keywords::normal(name);
        let edges = edges(name);
        let mut found: Vec<(bool, std::cmp::Reverse<usize>, u32)> = Vec::new();
        for m in automaton.find_overlapping_iter(&normal) {
            let Some((len, users)) = self.entries.get(m.pattern().as_usize()) else { continue };
            let whole = edges.contains(&m.start()) && edges.contains(&m.end());
            for &number in users {
                let kind = self.kinds.get(number as usize).copied();
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
