//! Which findings the packs let through, prepared for a scanner and for a place.
//!
//! Asked only of findings that stand, so that texts without any cost nothing. What is let through is clean text, and
//! claims its bytes: no weaker rule is asked about them again.

use std::sync::Arc;

use super::finding::FingerprintKey;
use crate::rules::exemption::{Day, Exemption};
use crate::rules::glob;
use crate::rules::rule::Rule;

/// The entries that apply. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exempt {
    all: Arc<[Entry]>,
    /// Places in `all` of those that apply here.
    here: Arc<[usize]>,
    /// Whether findings hold the secret itself, for whoever replaces it by a stand-in.
    keeps_originals: bool,
}

#[derive(Debug)]
struct Entry {
    /// Places of the rules it is about, sorted.
    rules: Vec<u32>,
    what: Arc<Exemption>,
}

impl Exempt {
    /// The entries that have not expired on `today`; without a day, those that never do.
    pub(crate) fn new(
        rules: &[Arc<Rule>],
        exemptions: &[Arc<Exemption>],
        today: Option<Day>,
    ) -> Exempt {
        let is_live =
            |e: &&Arc<Exemption>| e.expires.is_none_or(|day| today.is_some_and(|now| now <= day));
        let entry = |what: &Arc<Exemption>| Entry {
            rules: (0u32..)
                .zip(rules)
                .filter(|(_, rule)| glob::matches(&what.rule, &rule.id))
                .map(|(number, _)| number)
                .collect(),
            what: Arc::clone(what),
        };
        let all: Arc<[Entry]> = exemptions.iter().filter(is_live).map(entry).collect();
        Exempt { here: choose(&all, None), all, keeps_originals: false }
    }

    /// The same for texts from `place`.
    pub(crate) fn at(&self, place: &str) -> Exempt {
        if self.all.iter().all(|entry| entry.what.paths.is_empty()) {
            return self.clone();
        }
        let here = choose(&self.all, Some(place));
        Exempt { here, all: Arc::clone(&self.all), keeps_originals: self.keeps_originals }
    }

    /// The same; findings hold the secret itself.
    pub(crate) fn keeping_originals(&self) -> Exempt {
        Exempt { keeps_originals: true, ..self.clone() }
    }

    pub(crate) fn keeps_originals(&self) -> bool {
        self.keeps_originals
    }

    /// Which of the entries apply here.
    pub(crate) fn here(&self) -> &[usize] {
        &self.here
    }

    fn entries(&self, rule: u32) -> impl Iterator<Item = &Exemption> {
        let here = self.here.iter().filter_map(|at| self.all.get(*at));
        here.filter(move |e| e.rules.binary_search(&rule).is_ok()).map(|entry| &*entry.what)
    }

    /// Whether a finding of this rule may be let through, so that it cannot be announced before it is complete.
    pub(crate) fn concerns(&self, rule: u32) -> bool {
        self.entries(rule).next().is_some()
    }

    /// The entry that lets this secret through.
    pub(crate) fn of(
        &self,
        rule: u32,
        secret: &[u8],
        key: Option<&FingerprintKey>,
    ) -> Option<&Exemption> {
        let print = || key.map(|key| key.print(secret).to_string());
        self.entries(rule).find(|entry| entry.covers(secret, print))
    }
}

fn choose(all: &[Entry], place: Option<&str>) -> Arc<[usize]> {
    let here = all.iter().enumerate().filter(|(_, entry)| entry.what.is_at(place));
    here.map(|(at, _)| at).collect()
}
