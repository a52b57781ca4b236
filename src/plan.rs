//! How a rule is executed: what is looked for in every text, how often that stands there, and what comes next.
//!
//! Made from the pieces the detector itself uses, so that it cannot tell a different story. Rates are expectations over the
//! texts of this repository (`cargo xtask pairs`); what a rule costs on other texts, `--stats` and `rules test` measure.

use std::fmt::Write;

use crate::detect::prefilter::sighting;
use crate::rules::keywords;
use crate::rules::rule::{Kind, Rule};

/// A literal that is expected more often than this in a KiB of ordinary text tells little by itself.
const SLOW: f64 = 1.0;

/// The steps of a rule, cheapest first.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RulePlan {
    /// What leads to a candidate, in one sentence.
    pub how: &'static str,
    /// The literals that are looked for in every text. Empty for rules that look at what others leave over.
    pub probes: Vec<Probe>,
    /// What a value must look like before the pattern sees it: its length, and how many different bytes it may be made of.
    pub shape: Option<String>,
    /// The pattern that is matched at a candidate.
    pub pattern: Option<String>,
}

/// A literal and the piece of it by which it is found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Probe {
    /// What must stand in the text.
    pub literal: String,
    /// The two to four bytes of it that ordinary text holds least; one look at a bit map for every position.
    pub fingerprint: String,
    /// Whether any case will do.
    pub caseless: bool,
    /// Whether it is looked for only where a token may follow.
    pub gated: bool,
    /// How often the fingerprint is expected in a KiB of ordinary text: each time the literal is compared. Not known of
    /// what is not ASCII.
    pub per_kib: Option<f64>,
}

impl RulePlan {
    /// The probes that stand in ordinary text so often that the rule's pattern is tried for nothing time and again. The
    /// rule is run all the same.
    pub fn slow(&self) -> impl Iterator<Item = &Probe> {
        self.probes.iter().filter(|probe| !probe.gated && probe.per_kib.is_some_and(|n| n > SLOW))
    }
}

impl Rule {
    /// How this rule is executed.
    ///
    /// ```
    /// # #[cfg(feature = "builtin")] {
    /// use keysieve::Pack;
    /// let pack = Pack::builtin();
    /// let plan = pack.rule("npm-token").unwrap().plan();
    /// assert_eq!(plan.probes[0].literal, "npm_");
    /// assert!(plan.slow().next().is_none());
    /// # }
    /// ```
    #[must_use]
    pub fn plan(&self) -> RulePlan {
        let pattern = self.pattern.as_ref();
        let shape = pattern.filter(|_| self.kind == Kind::Context).map(|pattern| {
            let (least, most) = (pattern.min_len(), pattern.max_len());
            let mut shape = format!("{least} to {most} bytes");
            // Writing to a string cannot fail.
            let _ = write!(shape, " of {} kinds", pattern.bytes().len());
            shape
        });
        RulePlan {
            how: how(self.kind),
            probes: self.probes(),
            shape,
            pattern: pattern.map(|pattern| pattern.source().to_owned()),
        }
    }

    fn probes(&self) -> Vec<Probe> {
        let probe = |literal: String, caseless: bool, gated: bool| {
            let (fingerprint, share) = sighting(literal.as_bytes());
            Probe {
                literal,
                fingerprint,
                caseless,
                gated,
                per_kib: share.map(|share| share * 1024.0),
            }
        };
        if self.kind == Kind::Anchored {
            return self.anchors.iter().map(|a| probe(a.clone(), self.caseless, false)).collect();
        }
        let gated = keywords::is_gated(self);
        let mut words: Vec<String> =
            self.keywords.iter().flat_map(|keyword| keywords::spellings(keyword)).collect();
        words.sort_unstable();
        words.dedup();
        words.into_iter().map(|word| probe(word, true, gated)).collect()
    }
}

fn how(kind: Kind) -> &'static str {
    match kind {
        Kind::Anchored => "where an anchor stands, the pattern is matched there and nowhere else",
        Kind::Context => {
            "where a keyword names a value, or a provider stands before one of this shape, the pattern is matched against it"
        }
        Kind::Password | Kind::Token => {
            "where a keyword names a value, the value is judged: no pattern is matched"
        }
        Kind::Phrase => {
            "rows of words of the list are followed in every text; most of it is passed over"
        }
        Kind::Random => {
            "runs of token characters that no other rule claims are judged by how random they look"
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::pack::Pack;

    #[cfg(feature = "builtin")]
    #[test]
    fn every_probe_is_a_piece_of_its_literal() {
        for rule in Pack::builtin().rules() {
            let plan = rule.plan();
            for probe in &plan.probes {
                let lower = probe.literal.to_ascii_lowercase();
                let lower = lower.as_bytes().escape_ascii().to_string();
                assert!(lower.contains(&probe.fingerprint), "{}: {probe:?}", rule.id());
                assert!(probe.per_kib.is_none_or(|n| n > 0.0 && n < 1024.0), "{probe:?}");
            }
        }
    }

    #[test]
    fn an_anchor_of_common_letters_is_slow() {
        let pack = r#"
            [[rule]]
            id = "slow"
            title = "Slow"
            category = "saas"
            why = "It shows what is slow."
            severity = "low"
            confidence = "likely"
            anchors = ["the"]
            pattern = 'the[0-9]{20}'
            hits = ["{secret}", "x {secret}"]
            misses = ["the", "then"]
        "#;
        let pack = Pack::parse("slow.toml", pack).unwrap();
        let plan = pack.rule("slow").unwrap().plan();
        assert_eq!(plan.slow().count(), 1);
    }
}
