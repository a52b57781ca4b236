//! The providers of rules whose tokens have no mark of their own, and where a text names them.

use std::sync::Arc;

use super::words;
use crate::detect::lexicon::Lexicon;
use crate::rules::packed::packed_fields;
use crate::rules::rule::{Kind, Rule};

/// Every way to spell a provider, and the rules that are about it.
#[derive(Debug, Default)]
pub(crate) struct Providers {
    /// Spellings in lower case, and the rules that listen to them.
    spellings: Lexicon,
    /// Of each spelling, whether it is an ordinary word, or too short to mean anything by itself.
    common: Vec<bool>,
}

packed_fields!(Providers { spellings, common });

/// A provider's name in the text before a value.
pub(super) struct Mention<'m> {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Places of the rules that are about the provider.
    pub(super) rules: &'m [u32],
}

impl Providers {
    pub(crate) fn new(rules: &[Arc<Rule>]) -> Providers {
        let mut pairs: Vec<(Vec<u8>, u32)> = Vec::new();
        for (rule, number) in rules.iter().zip(0u32..) {
            if rule.kind == Kind::Context {
                let names = rule.keywords.iter().filter_map(|k| words::provider(k));
                let spellings = names.flat_map(|name| words::spellings(&name));
                pairs.extend(spellings.map(|spelling| (spelling.into_bytes(), number)));
            }
        }
        let spellings = Lexicon::new(pairs);
        let common = (0..spellings.len()).map(|n| words::is_common(spellings.word(n))).collect();
        Providers { spellings, common }
    }

    /// The providers that `text` names, the last one first.
    pub(super) fn in_text(&self, text: &[u8]) -> Vec<Mention<'_>> {
        let mut found = Vec::new();
        self.spellings.find(&text.to_ascii_lowercase(), |start, number| {
            let len = self.spellings.word(number).len();
            let common = self.common.get(number).copied().unwrap_or(true);
            if words::stands(text, start..start + len, common) {
                let rules = self.spellings.listeners(number);
                found.push((start + len, len, Mention { start, end: start + len, rules }));
            }
        });
        found.sort_by_key(|(end, len, _)| std::cmp::Reverse((*end, *len)));
        found.into_iter().map(|(_, _, mention)| mention).collect()
    }
}
