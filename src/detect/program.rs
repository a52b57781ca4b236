//! All rules of a scanner, prepared: who listens to which literal, and what to do on a hit.
//!
//! Built once, immutable, shared by threads. Thresholds are applied here, so that a rule that can never reach the
//! wanted confidence costs nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::known::{Known, KnownSecrets};
use super::mention::Mentions;
use super::naming::Names;
use super::prefilter::{Hit, Prefilter};
pub(crate) use super::prepared::GATED;
use super::prepared::Prepared;
use super::resolve::tier;
use super::scratch::Caches;
use super::{boundary, cut};
use crate::error::Error;
use crate::rules::benign::Benign;
use crate::rules::keywords;
use crate::rules::pack::Pack;
use crate::rules::rule::{Anchor, Confidence, Kind, Rule};
use crate::text::byteset::ByteSet;
use crate::text::view::View;

/// One rule, prepared.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) rule: Arc<Rule>,
    /// Whether its keywords are gated; see [`super::prefilter::gate`].
    pub(crate) gated: bool,
    /// Which findings its findings give way to; see [`super::resolve`].
    pub(crate) tier: u8,
    /// Offset of the anchor within a match.
    pub(crate) anchor_at: usize,
    /// Bytes that must not follow a match, if its right side is bounded.
    pub(crate) goes_on: Option<ByteSet>,
    /// The refusals by shape, before the pattern runs.
    pub(crate) shapes: [Shape; 2],
    /// The body of its tokens, if one that was cut can be told by its beginning; see [`super::cut`].
    pub(crate) cut: Option<Shape>,
    /// What speaks against its findings, with its number among all benign shapes.
    pub(crate) benign: Against,
    /// Rules whose findings are the other part of this one's, whichever of the two says so.
    pub(crate) pairs: Vec<u32>,
}

/// Benign shapes with their numbers among all of them.
type Against = Arc<[(u32, Arc<Benign>)]>;

/// What follows an anchor in every match: `least` to `most` bytes of one class.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Number of the class among the scanner's classes.
    pub(crate) class: usize,
    /// Offset from the start of the match at which the run begins.
    pub(crate) at: usize,
    pub(crate) least: usize,
    /// The run must not be longer than this; only where the class cannot go on past a match.
    pub(crate) most: Option<usize>,
    /// The run must end with one of these bytes; only where the match goes on behind it.
    pub(crate) follow: Option<ByteSet>,
}

#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) plans: Vec<Plan>,
    pub(crate) classes: Vec<ByteSet>,
    pub(crate) prefilter: Prefilter,
    /// Who looks for literals in its place, if anybody does.
    #[cfg(feature = "hyperscan")]
    hyperscan: Option<super::hyperscan::Finder>,
    pub(crate) names: Names,
    /// Providers that stand near a value instead of in its name.
    pub(crate) mentions: Mentions,
    /// The rule for unnamed random tokens.
    pub(crate) unnamed: Option<u32>,
    /// The same, if it can pass the threshold.
    pub(crate) random: Option<u32>,
    /// The rule for seed phrases, if it can pass the threshold.
    pub(crate) phrase: Option<u32>,
    /// The secrets that are known, if any are.
    pub(crate) known: Option<Known>,
    /// Least confidence to report.
    pub(crate) threshold: Confidence,
    /// The farthest a secret can begin before its anchor.
    pub(crate) reach_back: usize,
}

impl Program {
    pub(crate) fn new(pack: &Pack, threshold: Confidence) -> Result<Program, Error> {
        let rules = pack.shared();
        let prepared = pack.prepared().unwrap_or_else(|| Prepared::new(rules));
        let mut classes = Classes::default();
        let mut reach_back = 0;
        let mut plans = Vec::with_capacity(rules.len());
        let mut speaking = Speaking::new(pack.benign());
        for rule in rules {
            let mut plan = plan(rule, &mut classes);
            plan.benign = speaking.of(rule);
            if rule.kind == Kind::Anchored {
                let offset = rule.pattern.as_ref().map_or(0, |p| p.secret_offset());
                reach_back = reach_back.max(plan.anchor_at.saturating_sub(offset));
            }
            plans.push(plan);
        }
        pair(&mut plans);
        let only = |kind: Kind| plans.iter().zip(0u32..).find(|(plan, _)| plan.rule.kind == kind);
        let number = |found: Option<(&Plan, u32)>| found.map(|(_, number)| number);
        let able = |found: &(&Plan, u32)| found.0.rule.confidence >= threshold;
        let unnamed = only(Kind::Random);
        Ok(Program {
            unnamed: number(unnamed),
            random: number(unnamed.filter(able)),
            phrase: number(only(Kind::Phrase).filter(able)),
            known: None,
            prefilter: prepared.prefilter,
            #[cfg(feature = "hyperscan")]
            hyperscan: None,
            plans,
            classes: classes.sets,
            names: Names::new(rules, prepared.names),
            mentions: Mentions::new(rules, prepared.providers, prepared.shapes),
            threshold,
            reach_back,
        })
    }

    /// The same, with secrets that are known.
    pub(crate) fn knowing(mut self, secrets: &KnownSecrets) -> Result<Program, Error> {
        if !secrets.is_empty() {
            let known = Known::new(secrets, self.plans.len() as u32)?;
            self.plans.push(plan(&known.rule, &mut Classes::default()));
            self.known = Some(known);
        }
        Ok(self)
    }

    /// The same, with literals found by Hyperscan.
    #[cfg(feature = "hyperscan")]
    pub(crate) fn by_hyperscan(mut self) -> Result<Program, Error> {
        self.hyperscan = Some(super::hyperscan::Finder::new(&self.prefilter)?);
        Ok(self)
    }

    /// See [`Prefilter::find`].
    pub(crate) fn find(
        &self,
        view: &View<'_>,
        from: usize,
        to: usize,
        caches: &mut Caches,
        hits: &mut Vec<Hit>,
    ) {
        #[cfg(feature = "hyperscan")]
        if let Some(finder) = &self.hyperscan
            && finder.find(view, (from, to), caches, hits)
        {
            return;
        }
        self.prefilter.find(view, from, to, &mut caches.sieve, hits);
    }

    pub(crate) fn plan(&self, number: u32) -> Option<&Plan> {
        self.plans.get(number as usize)
    }

    pub(crate) fn class(&self, number: usize) -> ByteSet {
        self.classes.get(number).copied().unwrap_or_default()
    }
}

fn plan(rule: &Arc<Rule>, classes: &mut Classes) -> Plan {
    let none = Shape { class: 0, at: 0, least: 0, most: None, follow: None };
    let rule = Arc::clone(rule);
    let Some(pattern) = rule.pattern.as_ref().filter(|_| rule.kind == Kind::Anchored) else {
        let tier = tier(&rule, 0);
        return Plan {
            gated: keywords::is_gated(&rule),
            rule,
            tier,
            anchor_at: 0,
            goes_on: None,
            shapes: [none; 2],
            cut: None,
            benign: Arc::default(),
            pairs: Vec::new(),
        };
    };
    let Anchor { at: anchor_at, shortest, body, .. } = rule.anchor;
    let at = anchor_at + shortest;
    let bounded = rule.bounds.right && pattern.ends_with_secret() && rule.tail.is_none();
    let goes_on = bounded.then(|| boundary::continuation(body));
    let exact = goes_on.is_some_and(|set| body.is_subset(set));
    let whole = Shape {
        class: classes.number(body),
        at,
        least: pattern.min_len().saturating_sub(at),
        most: exact.then(|| pattern.max_len().saturating_sub(at)),
        follow: None,
    };
    // A run that the match goes on behind must have one of the lengths; so must one at its end, if nothing may go on.
    let lead = rule.anchor.lead.filter(|lead| {
        lead.follow.is_some() || goes_on.is_some_and(|set| lead.class.is_subset(set))
    });
    let lead = lead.map_or(none, |lead| Shape {
        class: classes.number(lead.class),
        at: lead.at,
        least: lead.least,
        most: Some(lead.most),
        follow: lead.follow,
    });
    let tier = tier(&rule, anchor_at);
    let plain = rule.tail.is_none() && tier == 0 && anchor_at == 0 && pattern.secret_offset() == 0;
    let body = [whole, lead].into_iter().max_by_key(|shape| shape.least);
    let cut = body.filter(|shape| plain && cut::is_told(&rule, shape));
    Plan {
        gated: false,
        rule,
        tier,
        anchor_at,
        goes_on,
        shapes: [whole, lead],
        cut,
        benign: Arc::default(),
        pairs: Vec::new(),
    }
}

/// The benign shapes that speak about rules: those of one kind share them, unless a shape names the rule.
struct Speaking<'p> {
    shapes: &'p [Arc<Benign>],
    named: Vec<&'p str>,
    shared: Vec<(Kind, Against)>,
}

impl Speaking<'_> {
    fn new(shapes: &[Arc<Benign>]) -> Speaking<'_> {
        let named = shapes.iter().flat_map(|shape| shape.named()).collect();
        Speaking { shapes, named, shared: Vec::new() }
    }

    fn of(&mut self, rule: &Rule) -> Against {
        let named = self.named.iter().any(|id| *id == rule.id);
        let known = self.shared.iter().find(|(kind, _)| !named && *kind == rule.kind);
        if let Some((_, known)) = known {
            return Arc::clone(known);
        }
        let shapes = (0u32..).zip(self.shapes).filter(|(_, shape)| shape.concerns(rule));
        let shapes: Arc<[_]> = shapes.map(|(number, shape)| (number, Arc::clone(shape))).collect();
        if !named {
            self.shared.push((rule.kind, Arc::clone(&shapes)));
        }
        shapes
    }
}

/// Tells each rule of a pair who the other one is; ids that are not there are passed over.
fn pair(plans: &mut [Plan]) {
    let numbered = || plans.iter().zip(0u32..);
    let pairs: Vec<(u32, u32)> = numbered()
        .flat_map(|(plan, number)| plan.rule.pairs.iter().map(move |id| (number, id)))
        .filter_map(|(number, id)| {
            let other = numbered().find(|(plan, _)| plan.rule.id == *id)?.1;
            Some((number, other))
        })
        .collect();
    for (one, other) in pairs {
        for (from, to) in [(one, other), (other, one)] {
            if let Some(plan) = plans.get_mut(from as usize)
                && !plan.pairs.contains(&to)
            {
                plan.pairs.push(to);
            }
        }
    }
}

/// The classes of all rules, each once.
#[derive(Default)]
struct Classes {
    sets: Vec<ByteSet>,
    numbers: BTreeMap<ByteSet, usize>,
}

impl Classes {
    fn number(&mut self, class: ByteSet) -> usize {
        *self.numbers.entry(class).or_insert_with(|| {
            self.sets.push(class);
            self.sets.len() - 1
        })
    }
}

/// Every way a rule's keywords are spelled in texts.
#[cfg(test)]
pub(crate) fn spellings(rule: &Rule) -> impl Iterator<Item = String> {
    rule.keywords.iter().flat_map(|keyword| keywords::spellings(keyword))
}
