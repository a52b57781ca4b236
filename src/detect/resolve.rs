//! Which of several overlapping findings stands, decided from left to right with bounded look-ahead.
//!
//! Tiers first: a token's own format beats a name beats a generic guess. Within a tier the leftmost wins, then the
//! longest. A finding of a lower tier falls as soon as a standing one of a higher tier overlaps it. Each decision
//! needs only findings that begin before its own end, so it is final once those bytes are known; findings of one
//! tier never wait for lower tiers.

use std::cmp::Reverse;

use crate::detect::finding::CheckOutcome;
use crate::rules::pattern::Pattern;
use crate::rules::rule::{Confidence, Kind, Rule};

/// How many tiers there are.
pub(crate) const TIERS: usize = 3;

/// The end of a finding whose tail is still being read.
pub(crate) const OPEN_END: usize = usize::MAX;

/// A believable candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) tier: u8,
    pub(crate) rule: u32,
    pub(crate) confidence: Confidence,
    pub(crate) check: CheckOutcome,
    pub(crate) truncated: bool,
    /// Whether its rule has a tail. Such a finding stands before its end is known, so it counts as the longest.
    pub(crate) tail: bool,
    /// Length of the rule's literal at the start of the secret.
    pub(crate) prefix: u32,
}

/// The prefix of a known secret, which has none that may be told.
pub(crate) const KNOWN: u32 = u32::MAX;

impl Found {
    /// What of it a known secret leaves that stands inside or beside it. Whoever knows a part of a secret does not know that
    /// the rest is none.
    fn beside(&self, known: &Found) -> [Option<Found>; 2] {
        let part = |start, end| {
            (start < end && self.end != OPEN_END).then_some(Found { start, end, ..*self })
        };
        [part(self.start, known.start.min(self.end)), part(known.end.max(self.start), self.end)]
    }

    /// By what comes first. Two names may lead to one value: how sure a rule is of it must not depend on which was read first.
    fn key(&self) -> (usize, u8, Reverse<usize>, u32, Reverse<Confidence>) {
        let end = if self.tail { OPEN_END } else { self.end };
        (self.start, self.tier, Reverse(end), self.rule, Reverse(self.confidence))
    }
}

/// The tier of a rule's findings; lower numbers win. A token's own format comes before formats that are told by what
/// stands before the secret, a name or a scheme; those before guesses. Unnamed tokens never meet the others here: they
/// are looked for in what is left ([`super::random`]).
pub(crate) fn tier(rule: &Rule, anchor_at: usize) -> u8 {
    match rule.kind {
        Kind::Anchored => {
            let offset = rule.pattern.as_ref().map_or(0, Pattern::secret_offset);
            u8::from(offset > anchor_at && rule.tail.is_none())
        }
        Kind::Context | Kind::Phrase => 1,
        Kind::Password | Kind::Token => 2,
        Kind::Random => 3,
    }
}

/// Findings that wait for a decision, and those that stand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resolver {
    /// Sorted by offset, then tier, then length.
    waiting: Vec<Found>,
    /// Standing findings: disjoint, in order, as long as something undecided may still overlap them.
    standing: Vec<Found>,
    /// How many of `standing` were handed out.
    handed: usize,
    last_end: [usize; TIERS],
}

impl Resolver {
    pub(crate) fn clear(&mut self) {
        *self = Resolver {
            waiting: std::mem::take(&mut self.waiting),
            standing: std::mem::take(&mut self.standing),
            ..Resolver::default()
        };
        self.waiting.clear();
        self.standing.clear();
    }

    /// Whether the same follows from both if all that is to come begins at or behind `offset`.
    pub(crate) fn agrees(&self, other: &Resolver, offset: usize) -> bool {
        let ends = |all: &Resolver| all.last_end.map(|end| end.max(offset));
        self.waiting == other.waiting
            && self.standing == other.standing
            && self.handed == other.handed
            && ends(self) == ends(other)
    }

    pub(crate) fn push(&mut self, found: Found) {
        let at = self.waiting.partition_point(|other| other.key() <= found.key());
        self.waiting.insert(at, found);
    }

    /// The tail of the finding of `rule` that begins at `start` has come to its end.
    pub(crate) fn close(&mut self, rule: u32, start: usize, end: usize, truncated: bool) {
        let is_it = |f: &&mut Found| f.rule == rule && f.start == start && f.end == OPEN_END;
        for f in self.waiting.iter_mut().filter(is_it) {
            (f.end, f.truncated) = (end, truncated);
        }
        for f in self.standing.iter_mut().filter(is_it) {
            (f.end, f.truncated) = (end, truncated);
            // Only what stands had ended its tier: another that waits inside it must not open that again.
            if let Some(last) = self.last_end.get_mut(usize::from(f.tier)) {
                *last = end;
            }
        }
    }

    /// Decides what can be decided when every finding that begins before `frontier` is known. Returns the offset
    /// before which everything is decided.
    pub(crate) fn settle(&mut self, frontier: usize) -> usize {
        let mut decided = frontier;
        for tier in 0..TIERS {
            if self.waiting.is_empty() {
                break;
            }
            decided = self.settle_tier(tier, frontier, decided);
        }
        decided
    }

    fn settle_tier(&mut self, tier: usize, frontier: usize, decided: usize) -> usize {
        loop {
            let mut rest = [None, None];
            let undecided = self.pass(tier, frontier, decided, &mut rest);
            if rest == [None, None] {
                return undecided.map_or(decided, |start| start.min(decided));
            }
            // What is left of it comes before what begins behind it.
            rest.into_iter().flatten().for_each(|found| self.push(found));
        }
    }

    /// Decides about the findings of a tier up to the first that cannot be decided, which is told, or of which a known
    /// secret leaves a `rest`.
    fn pass(
        &mut self,
        tier: usize,
        frontier: usize,
        decided: usize,
        rest: &mut [Option<Found>; 2],
    ) -> Option<usize> {
        let Resolver { waiting, standing, last_end, .. } = self;
        let last = last_end.get_mut(tier)?;
        let mut undecided = None;
        waiting.retain(|found| {
            let stops = undecided.is_some() || *rest != [None, None];
            if stops || usize::from(found.tier) != tier || found.start >= frontier {
                return true;
            }
            let at = standing.partition_point(|other| other.start < found.end);
            let before = standing.get(..at).unwrap_or_default().iter().rev();
            let beaten = before
                .take_while(|other| other.end > found.start)
                .any(|other| usize::from(other.tier) < tier);
            if !beaten && tier > 0 && found.end > decided {
                undecided = Some(found.start);
                return true;
            }
            if !beaten && found.start >= *last {
                *last = found.end;
                let at = standing.partition_point(|other| other.start <= found.start);
                standing.insert(at, *found);
            } else if let Some(known) = known_in(standing, found) {
                *rest = found.beside(known);
            }
            false
        });
        undecided
    }

    /// The next standing finding that begins before `decided` and was not handed out yet.
    pub(crate) fn next(&self, decided: usize) -> Option<Found> {
        self.standing.get(self.handed).filter(|found| found.start < decided).copied()
    }

    /// Marks the finding that [`Resolver::next`] gave as handed out.
    pub(crate) fn hand_out(&mut self) {
        self.handed += 1;
    }

    /// Forgets standing findings that nothing undecided can overlap.
    pub(crate) fn forget_before(&mut self, decided: usize) {
        let done = self.standing.iter().take(self.handed).take_while(|f| f.end <= decided).count();
        self.standing.drain(..done);
        self.handed -= done;
    }
}

/// The first known secret among standing findings that overlaps `found`.
fn known_in<'f>(standing: &'f [Found], found: &Found) -> Option<&'f Found> {
    standing
        .iter()
        .find(|other| other.prefix == KNOWN && other.start < found.end && found.start < other.end)
}
