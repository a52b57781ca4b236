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
use crate::rules::keywords;
use crate::rules::packed::{Later, Text, packed_fields};
use crate::rules::rule::Rule;

/// Tables for one list of rules. Numbers of rules are places in that list.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// What the prefilter looks for to find names, and whether only gated rules ask for it.
    pub(crate) keywords: Vec<(Text, bool)>,
    /// Normal forms of keywords and the rules that listen to them.
    pub(crate) names: Later<Lexicon>,
    /// Providers that stand near a value instead of in its name.
    pub(crate) providers: Later<Providers>,
    /// Lengths and alphabets of the values of their rules.
    pub(crate) shapes: Later<Shapes>,
}

packed_fields!(Prepared { keywords, names, providers, shapes });

impl Prepared {
    pub(crate) fn new(rules: &[Arc<Rule>]) -> Prepared {
        let numbered = (0u32..).zip(rules);
        let normal = |k: &String| keywords::normal(k.as_bytes());
        let pairs =
            numbered.flat_map(|(n, rule)| rule.keywords.iter().map(move |k| (normal(k), n)));
        Prepared {
            keywords: keywords::literals(rules),
            names: Later::now(Lexicon::new(pairs.collect())),
            providers: Later::now(Providers::new(rules)),
            shapes: Later::now(Shapes::new(rules)),
        }
    }
}
