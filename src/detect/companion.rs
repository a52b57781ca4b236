//! The other part of a credential: an id and its secret, reported as what belongs together.
//!
//! Two ways, both looking back only, so that nothing waits for what may still come. A rule's `companion` check names a
//! pattern for an id that is no finding of its own; it stands in the bytes before the secret. A rule's `pairs` name
//! rules whose findings are the other part; the later of the two is linked to the nearest earlier one that has no
//! partner yet. Findings are remembered as offsets, few and not far.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use super::finding::Companion;
use super::program::Program;
use super::resolve::Found;
use super::scratch::Caches;
use crate::rules::pattern::Pattern;
use crate::rules::rule::{self, Check};
use crate::text::placeholder;
use crate::text::span::Span;
use crate::text::view::View;

/// How far before a finding the one that belongs to it may begin.
pub(crate) const FARTHEST: usize = 1024;
/// How many findings without a partner are remembered.
const MOST: usize = 16;

/// Findings that still have no partner, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Singles(VecDeque<(u32, Span)>);

impl Singles {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether the same follows from both behind `offset`.
    pub(crate) fn agrees(&self, other: &Singles, offset: usize) -> bool {
        let of = |all: &Singles| -> Vec<(u32, Span)> {
            all.0.iter().filter(|(_, span)| span.start() + FARTHEST >= offset).copied().collect()
        };
        of(self) == of(other)
    }

    /// The partner of `found` among those before it; without one, `found` waits for its own.
    pub(crate) fn link(&mut self, program: &Program, found: &Found) -> Option<Companion> {
        let pairs = &program.plan(found.rule)?.pairs;
        if pairs.is_empty() {
            return None;
        }
        while self.0.front().is_some_and(|(_, span)| span.start() + FARTHEST < found.start) {
            self.0.pop_front();
        }
        if let Some(at) = self.0.iter().rposition(|(rule, _)| pairs.contains(rule)) {
            let (rule, span) = self.0.remove(at)?;
            let rule = program.plan(rule)?.rule.id().to_owned();
            return Some(Companion { rule, span });
        }
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back((found.rule, Span::new(found.start, found.end)));
        None
    }
}

/// The id before the secret at `start` that the rule's `companion` check names.
pub(crate) fn named(
    program: &Program,
    view: &View<'_>,
    found: &Found,
    caches: &mut Caches,
) -> Option<Companion> {
    let plan = program.plan(found.rule)?;
    let (check, name) = plan.rule.checks.iter().find_map(|check| match check {
        Check::Companion(companion) => Some((companion, companion.name.as_ref()?)),
        _ => None,
    })?;
    let span = nearest(check, found.rule, view, found.start, caches)?;
    Some(Companion { rule: name.clone(), span })
}

/// The match of a companion's pattern that begins nearest before `start`.
pub(crate) fn nearest(
    check: &rule::Companion,
    number: u32,
    view: &View<'_>,
    start: usize,
    caches: &mut Caches,
) -> Option<Span> {
    let before = placeholder::shown(view, start, check.within);
    let base = start - before.len();
    let (cache, stats) = caches.companion(number);
    let (at, matched) = (0..before.len()).rev().find_map(|at| {
        let mut walk = Pattern::walk(at);
        check.pattern.advance(cache, &mut walk, before, 0, true, &mut stats.regex_bytes);
        Some((at, before.get(at..walk.matched?)?))
    })?;
    Some(check.pattern.secret_in(&mut caches.groups, matched, base + at))
}
