//! A rule's own format: from an anchor hit to a finding, resumable at every byte.
//!
//! Cheap refusals come first: the left boundary, then the length of the run behind the anchor. Only then does the
//! pattern's automaton look at bytes. A rule with a tail is certain once its head matched; the rest is followed as it
//! arrives.

use super::boundary;
use super::cut;
use super::program::{Plan, Program, Shape};
use super::resolve::{Found, OPEN_END};
use super::runs::{Reach, Runs};
use super::scratch::Caches;
use super::verdict;
use crate::rules::pattern::{Pattern, Progress, Walk};
use crate::rules::rule::{Confidence, Rule, Tail};
use crate::text::placeholder;
use crate::text::view::View;

/// Where the evaluation of a candidate stands.
#[derive(Debug, Clone)]
pub(crate) enum Phase {
    /// The pattern is being matched.
    Head(Walk),
    /// The head is a finding; its tail is being followed.
    Tail(Following),
    /// It is too short; whether it is the beginning of a token that was cut is not known.
    Cut,
}

/// A tail being followed.
#[derive(Debug, Clone)]
pub(crate) struct Following {
    found: Found,
    /// End of the head.
    head: usize,
    /// Next byte of the run to look at.
    pos: usize,
    /// The walk through what may stand where the run stopped: the end mark, then a joint.
    mark: Option<(Mark, Walk)>,
}

/// What is being looked for where a run stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    End,
    Join,
}

/// What an evaluation came to.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// More bytes are needed.
    Suspend(Phase),
    /// No finding here.
    Reject,
    /// A finding.
    Found(Found),
    /// Two findings: the parts of a token that was cut.
    Parts(Found, Found),
}

/// Everything an evaluation works with.
pub(crate) struct Bench<'a, 'v> {
    pub(crate) program: &'a Program,
    pub(crate) view: &'a View<'v>,
    pub(crate) caches: &'a mut Caches,
    pub(crate) runs: &'a mut Runs,
}

/// Begins with the candidate of rule `number` whose match would start at `start`.
pub(crate) fn begin(bench: &mut Bench<'_, '_>, number: u32, start: usize) -> Step {
    let Some(plan) = bench.program.plan(number) else { return Step::Reject };
    if plan.rule.bounds.left && !boundary::begins(bench.view, start) {
        return Step::Reject;
    }
    if !fits(bench, plan, start) {
        return short(bench, plan, number, start);
    }
    bench.caches.stats.candidates += 1;
    bench.caches.stats.rule(number).candidates += 1;
    resume(bench, number, start, Phase::Head(Pattern::walk(start)))
}

/// What a candidate is that cannot match.
fn short(bench: &mut Bench<'_, '_>, plan: &Plan, number: u32, start: usize) -> Step {
    if plan.cut.is_none() {
        return Step::Reject;
    }
    match cut::read(bench.program, plan, number, bench.view, start, bench.caches) {
        Ok(Some((head, Some(rest)))) => Step::Parts(head, rest),
        Ok(Some((head, None))) => Step::Found(head),
        Ok(None) => Step::Reject,
        Err(_) => Step::Suspend(Phase::Cut),
    }
}

/// Whether the runs behind the anchor have lengths that a match could have, as far as is known.
fn fits(bench: &mut Bench<'_, '_>, plan: &Plan, start: usize) -> bool {
    plan.shapes.iter().all(|shape| fits_shape(bench, shape, start))
}

fn fits_shape(bench: &mut Bench<'_, '_>, shape: &Shape, start: usize) -> bool {
    if shape.least < 2 && shape.most.is_none() {
        return true;
    }
    let from = start + shape.at;
    let limit = from + shape.most.map_or(shape.least, |most| most + 1);
    let set = bench.program.class(shape.class);
    match bench.runs.reach(bench.view, shape.class, &set, from, limit) {
        Reach::Ends(end) => {
            let len = end.saturating_sub(from);
            let follows = || match bench.view.byte(end) {
                Ok(next) => shape.follow.is_none_or(|set| next.is_some_and(|b| set.contains(b))),
                Err(_) => true,
            };
            len >= shape.least && shape.most.is_none_or(|most| len <= most) && follows()
        }
        Reach::AtLeast(end) => shape.most.is_none_or(|most| end.saturating_sub(from) <= most),
    }
}

/// Goes on with a candidate.
pub(crate) fn resume(bench: &mut Bench<'_, '_>, number: u32, start: usize, phase: Phase) -> Step {
    let Some(plan) = bench.program.plan(number) else { return Step::Reject };
    let began = bench.caches.now();
    let step = match phase {
        Phase::Head(walk) => head(bench, plan, number, start, walk),
        Phase::Cut => short(bench, plan, number, start),
        Phase::Tail(following) => match &plan.rule.tail {
            Some(tail) => follow(bench, tail, number, following),
            None => Step::Reject,
        },
    };
    let took = bench.caches.now().saturating_sub(began);
    if took > 0 {
        bench.caches.stats.rule(number).time += took;
    }
    step
}

fn head(bench: &mut Bench<'_, '_>, plan: &Plan, number: u32, start: usize, mut walk: Walk) -> Step {
    let rule = &*plan.rule;
    let Some(pattern) = &rule.pattern else { return Step::Reject };
    let view = bench.view;
    let ahead = view.slice(start, usize::MAX);
    let base = view.end() - ahead.len();
    let (cache, stats) = bench.caches.pattern(number);
    let progress =
        pattern.advance(cache, &mut walk, ahead, base, view.is_last(), &mut stats.regex_bytes);
    if progress == Progress::Open {
        return Step::Suspend(Phase::Head(walk));
    }
    let Some(end) = walk.matched else { return short(bench, plan, number, start) };
    if let Some(goes_on) = plan.goes_on {
        match boundary::ends(view, end, goes_on) {
            Ok(true) => {}
            Ok(false) => return Step::Reject,
            Err(_) => return Step::Suspend(Phase::Head(walk)),
        }
    }
    let span = pattern.secret_in(&mut bench.caches.groups, view.slice(start, end), start);
    let span = boundary::behind_escape(view, span);
    // A body is told by its header; over a placeholder of ours, what follows belongs to another.
    if rule.tail.is_some() && placeholder::holds(view.slice(start, span.start())) {
        return Step::Reject;
    }
    let mark = prefix(rule, view.slice(span.start(), span.end()));
    let judged = verdict::judge(plan, number, view, span, 0, bench.caches).or_else(|| {
        let hides = bench.program.threshold == Confidence::Possible;
        hides.then(|| verdict::judge_form(plan, view, span, mark as usize, bench.caches))?
    });
    let Some((confidence, check)) = judged else { return Step::Reject };
    if confidence < bench.program.threshold || span.is_empty() {
        return Step::Reject;
    }
    let found = Found {
        start: span.start(),
        end: span.end(),
        tier: plan.tier,
        rule: number,
        confidence,
        check,
        truncated: false,
        tail: rule.tail.is_some(),
        prefix: mark,
    };
    match &rule.tail {
        None => Step::Found(found),
        Some(tail) => {
            follow(bench, tail, number, Following { found, head: end, pos: end, mark: None })
        }
    }
}

/// Length of the rule's literal at the beginning of the secret.
pub(crate) fn prefix(rule: &Rule, secret: &[u8]) -> u32 {
    let fits = |anchor: &&String| {
        secret.get(..anchor.len()).is_some_and(|head| {
            head == anchor.as_bytes()
                || (rule.caseless && head.eq_ignore_ascii_case(anchor.as_bytes()))
        })
    };
    rule.anchors.iter().filter(fits).map(|a| a.len() as u32).max().unwrap_or(0)
}

fn follow(bench: &mut Bench<'_, '_>, tail: &Tail, number: u32, mut f: Following) -> Step {
    let view = bench.view;
    let limit = f.head + tail.max;
    loop {
        if f.mark.is_none() {
            let ahead = view.slice(f.pos, limit);
            let run = ahead.iter().position(|b| !tail.class.contains(*b));
            f.pos += run.unwrap_or(ahead.len());
            match view.byte(f.pos) {
                Err(_) => return Step::Suspend(Phase::Tail(f)),
                Ok(Some(b)) if f.pos >= limit && tail.class.contains(b) => {
                    bench.caches.stats.limits_hit += 1;
                    return Step::Found(Found { end: f.pos, truncated: true, ..f.found });
                }
                Ok(_) => {}
            }
        }
        let (mark, mut walk) = f.mark.take().unwrap_or_else(|| (Mark::End, Pattern::walk(f.pos)));
        let pattern = match mark {
            Mark::End => &tail.end,
            Mark::Join => &tail.join,
        };
        if let Some(pattern) = pattern {
            let ahead = view.slice(f.pos, usize::MAX);
            let (cache, stats) = match mark {
                Mark::End => bench.caches.end_mark(number),
                Mark::Join => bench.caches.joint(number),
            };
            let base = view.end() - ahead.len();
            let bytes = &mut stats.regex_bytes;
            let progress = pattern.advance(cache, &mut walk, ahead, base, view.is_last(), bytes);
            if progress == Progress::Open {
                f.mark = Some((mark, walk));
                return Step::Suspend(Phase::Tail(f));
            }
        }
        match (mark, walk.matched) {
            (Mark::End, Some(end)) => return Step::Found(Found { end, ..f.found }),
            (Mark::End, None) => f.mark = Some((Mark::Join, Pattern::walk(f.pos))),
            // The secret goes on behind the joint.
            (Mark::Join, Some(end)) if end > f.pos => f.pos = end,
            (Mark::Join, _) => return Step::Found(Found { end: f.pos, ..f.found }),
        }
    }
}

impl Phase {
    /// Begins again with a match that would start at `start`; whether it could. What a walk has come to is known to the memory of
    /// its thread only. Whoever follows a tail has forgotten its beginning.
    pub(crate) fn restart(&mut self, start: usize) -> bool {
        match self {
            Phase::Head(walk) => {
                *walk = Pattern::walk(start);
                true
            }
            Phase::Cut => true,
            Phase::Tail(_) => false,
        }
    }

    /// The finding that is certain already, with its end still open.
    pub(crate) fn committed(&self) -> Option<Found> {
        match self {
            Phase::Head(_) | Phase::Cut => None,
            Phase::Tail(f) => Some(Found { end: OPEN_END, ..f.found }),
        }
    }

    /// The offset up to which a committed finding reaches for certain.
    pub(crate) fn sure_to(&self) -> Option<usize> {
        match self {
            Phase::Head(_) | Phase::Cut => None,
            Phase::Tail(f) => Some(f.pos),
        }
    }
}
