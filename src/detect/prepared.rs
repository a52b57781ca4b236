//! What follows from the rules alone and is the same for every scanner of them: tables of names.
//!
//! For the packs that are shipped the build script works it out and stores it; for others it is done when the scanner is
//! built. Leaves out: thresholds, and everything else that a scanner's settings decide.

#[cfg(all(test, feature = "builtin"))]
mod tests;

use std::sync::Arc;

use super::lexicon::Lexicon;
use super::mention::providers::Providers;
use super::mention::shapes::Shapes;
use super::prefilter::{Literal, Prefilter};
use crate::rules::keywords;
use crate::rules::packed::{Later, packed_fields};
use crate::rules::rule::{Kind, Rule};

/// The lane of the assignment parser; lanes below [`GATED`] are places in the list of rules.
pub(crate) const ASSIGNMENT: u32 = u32::MAX;
/// The lane of the assignment parser for keywords of gated rules.
pub(crate) const GATED: u32 = u32::MAX - 1;

/// Tables for one list of rules. Numbers of rules are places in that list.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// What finds the anchors and keywords of all of them.
    pub(crate) prefilter: Prefilter,
    /// Normal forms of keywords and the rules that listen to them.
    pub(crate) names: Later<Lexicon>,
    /// Providers that stand near a value instead of in its name.
    pub(crate) providers: Later<Providers>,
    /// Lengths and alphabets of the values of their rules.
    pub(crate) shapes: Later<Shapes>,
}

packed_fields!(Prepared { prefilter, names, providers, shapes });

impl Prepared {
    pub(crate) fn new(rules: &[Arc<Rule>]) -> Prepared {
        let numbered = (0u32..).zip(rules);
        let normal = |k: &String| keywords::normal(k.as_bytes());
        let pairs =
            numbered.flat_map(|(n, rule)| rule.keywords.iter().map(move |k| (normal(k), n)));
        Prepared {
            prefilter: Prefilter::new(literals(rules)),
            names: Later::now(Lexicon::new(pairs.collect())),
            providers: Later::now(Providers::new(rules)),
            shapes: Later::now(Shapes::new(rules)),
        }
    }
}

/// Everything that is looked for, and in whose name.
fn literals(rules: &[Arc<Rule>]) -> Vec<Literal> {
    let mut all = Vec::new();
    for (rule, user) in rules.iter().zip(0u32..).filter(|(rule, _)| rule.kind == Kind::Anchored) {
        let offset = rule.pattern.as_ref().map_or(0, |pattern| pattern.secret_offset());
        all.extend(rule.anchors.iter().map(|anchor| Literal {
            bytes: anchor.clone().into_bytes().into(),
            caseless: rule.caseless,
            holds: offset < rule.anchor.at + anchor.len(),
            gated: false,
            user,
        }));
    }
    all.extend(keywords::literals(rules).into_iter().map(|(keyword, gated)| Literal {
        bytes: keyword.into_owned().into_bytes().into(),
        caseless: true,
        holds: false,
        gated,
        user: if gated { GATED } else { ASSIGNMENT },
    }));
    all
}
