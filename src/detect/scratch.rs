//! What one thread needs while it scans: determinised patterns, memos, counters. Never input bytes.

use super::phrase::Breaks;
use super::prefilter::Sieve;
use super::random::Ahead;
use crate::rules::pattern::{GroupCache, PatternCache};

/// Counters of one or many scans.
///
/// They are kept always, cost next to nothing, and hold no text.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Bytes scanned.
    pub bytes: u64,
    /// Places where an anchor or a keyword stood.
    pub triggers: u64,
    /// Candidates that a pattern or the assignment parser looked at.
    pub candidates: u64,
    /// Bytes that patterns examined; at most a small multiple of `bytes`, whatever the input.
    pub regex_bytes: u64,
    /// Findings reported.
    pub findings: u64,
    /// Findings cut at a rule's limit, and candidates given up at one.
    pub limits_hit: u64,
    /// For each rule, by its place in the scanner: candidates, findings, nanoseconds (0 without a clock).
    pub rules: Vec<RuleStats>,
}

/// Counters of one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleStats {
    /// Candidates looked at.
    pub candidates: u64,
    /// Findings reported.
    pub findings: u64,
    /// Time spent on candidates, in the clock's units; 0 without a clock.
    pub time: u64,
}

impl Stats {
    pub(crate) fn rule(&mut self, rule: u32) -> &mut RuleStats {
        let at = rule as usize;
        if self.rules.len() <= at {
            self.rules.resize(at + 1, RuleStats::default());
        }
        // The line above made room.
        &mut self.rules[at]
    }
}

/// Working memory of the detector, one per thread.
#[derive(Debug, Default)]
pub(crate) struct Caches {
    patterns: Vec<Option<Box<PatternCache>>>,
    companions: Vec<Option<Box<PatternCache>>>,
    end_marks: Vec<Option<Box<PatternCache>>>,
    joints: Vec<Option<Box<PatternCache>>>,
    shapes: Vec<Option<Box<PatternCache>>>,
    /// What it takes to find the secret in a match.
    pub(crate) groups: GroupCache,
    /// Where the scan for unnamed tokens keeps positions.
    pub(crate) ahead: Ahead,
    /// Where the scan for phrases keeps positions.
    pub(crate) breaks: Breaks,
    /// Where the search for known secrets keeps positions.
    pub(crate) known: Vec<u64>,
    /// The same for escapes and the edges of lines.
    pub(crate) leads: Vec<u64>,
    /// Where it undoes escapes. Erased after use.
    pub(crate) undone: Vec<u8>,
    /// Where the prefilter keeps positions.
    pub(crate) sieve: Sieve,
    #[cfg(feature = "hyperscan")]
    pub(crate) hyperscan: super::hyperscan::Memory,
    pub(crate) stats: Stats,
    /// A monotonic clock, if per-rule times are wanted. The engine has none of its own.
    pub(crate) clock: Option<fn() -> u64>,
}

impl Caches {
    pub(crate) fn now(&self) -> u64 {
        self.clock.map_or(0, |clock| clock())
    }

    /// The states of rule `rule`'s pattern, and the counters.
    pub(crate) fn pattern(&mut self, rule: u32) -> (&mut Option<Box<PatternCache>>, &mut Stats) {
        (slot(&mut self.patterns, rule), &mut self.stats)
    }

    /// The states of the pattern that ends the rule's tail.
    pub(crate) fn end_mark(&mut self, rule: u32) -> (&mut Option<Box<PatternCache>>, &mut Stats) {
        (slot(&mut self.end_marks, rule), &mut self.stats)
    }

    /// The states of the pattern over which the rule's tail goes on.
    pub(crate) fn joint(&mut self, rule: u32) -> (&mut Option<Box<PatternCache>>, &mut Stats) {
        (slot(&mut self.joints, rule), &mut self.stats)
    }

    /// The states of the rule's companion pattern; a rule has at most one.
    pub(crate) fn companion(&mut self, rule: u32) -> (&mut Option<Box<PatternCache>>, &mut Stats) {
        (slot(&mut self.companions, rule), &mut self.stats)
    }

    /// The states of a benign shape's pattern.
    pub(crate) fn shape(&mut self, shape: u32) -> (&mut Option<Box<PatternCache>>, &mut Stats) {
        (slot(&mut self.shapes, shape), &mut self.stats)
    }
}

fn slot(slots: &mut Vec<Option<Box<PatternCache>>>, rule: u32) -> &mut Option<Box<PatternCache>> {
    let at = rule as usize;
    if slots.len() <= at {
        slots.resize_with(at + 1, || None);
    }
    // The line above made room.
    &mut slots[at]
}
