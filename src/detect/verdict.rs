//! What a candidate's checks say, from cheap to dear.
//!
//! Entropy, classes, near words and allowed words refuse. A checksum that holds makes a finding certain, one that
//! fails leaves it possible. A structure that only tells in favour, or a companion close by, makes it one step surer.

use super::companion::nearest;
use super::finding::CheckOutcome;
use super::harmless;
use super::program::Plan;
use super::scratch::Caches;
use crate::check::allow;
use crate::check::checksum::{Checksum, Strength};
use crate::check::plausible::{self, Belief};
use crate::check::{context, randomness};
use crate::rules::rule::{Check, Confidence, Kind, Rule};
use crate::text::placeholder;
use crate::text::span::Span;
use crate::text::view::View;

/// So many times the same character in a row fills a form.
const FILLED: usize = 6;

/// Whether one character stands in it so often in a row that it fills a form.
pub(crate) fn is_filled(value: &[u8]) -> bool {
    value.chunk_by(|a, b| a == b).any(|run| run.len() >= FILLED)
}

/// How sure a candidate is after its checks, or `None` if they or a benign shape refuse it. What stands before `floor`
/// is no context.
pub(crate) fn judge(
    plan: &Plan,
    number: u32,
    view: &View<'_>,
    span: Span,
    floor: usize,
    caches: &mut Caches,
) -> Option<(Confidence, CheckOutcome)> {
    let rule = &*plan.rule;
    let secret = view.slice(span.start(), span.end());
    let mut confidence = rule.confidence;
    let mut outcome = CheckOutcome::None;
    let before = view.look_back(span.start(), placeholder::LONGEST);
    let ours = || !finds_stand_ins(rule) && allow::is_placeholder(secret, before);
    if allow::is_filler(secret) || ours() || harmless::is_harmless(plan, view, span, floor, caches)
    {
        return None;
    }
    let (mut companion, mut boost) = (false, false);
    let mut ceiling = Confidence::Certain;
    for check in &rule.checks {
        match check {
            Check::Entropy(least) if randomness::entropy(secret) < *least => return None,
            Check::Classes(least) if context::classes(secret) < *least => return None,
            Check::Near { words, within } if !is_near(view, span.start(), words, *within) => {
                return None;
            }
            Check::Password => ceiling = as_password(secret)?,
            Check::Allow(words) if allow::holds_any(secret, words) => return None,
            Check::Checksum(sum) => match (sum.check(secret), sum.strength()) {
                (Some(true), _) if is_said_login(*sum, secret) => ceiling = Confidence::Possible,
                (Some(true), strength) => {
                    outcome = CheckOutcome::Passed;
                    // A real checksum settles it; a mere structure is passed by made-up tokens as well.
                    boost |= strength == Strength::Boost;
                }
                // A failed check that proves nothing leaves the finding as it was.
                (Some(false), Strength::Boost) | (None, _) => {}
                (Some(false), _) => outcome = CheckOutcome::Failed,
            },
            Check::Companion(wanted) => {
                companion |= nearest(wanted, number, view, span.start(), caches).is_some();
                if wanted.required && !companion {
                    return None;
                }
            }
            _ => {}
        }
    }
    if companion {
        confidence = confidence.raised();
    }
    confidence = settled(confidence, outcome, boost).min(ceiling);
    Some((confidence, outcome))
}

/// Whether the long pieces of a body could be those of a token, but that they count or repeat themselves.
fn is_filled_form(body: &[u8]) -> bool {
    let pieces = || body.split(|b| !b.is_ascii_alphanumeric()).filter(|piece| piece.len() >= PIECE);
    let fills =
        |piece: &[u8]| matches!(plausible::benign(piece), None | Some("sequence" | "repeated"));
    pieces().next().is_some() && pieces().all(fills)
}

/// Whether it is `user:password`, as documentation has it: a login in form only.
fn is_said_login(sum: Checksum, secret: &[u8]) -> bool {
    sum == Checksum::BasicAuth && !plausible::is_login(secret)
}

/// The same by its shape alone, though too regular: at most possible. Only what measures chance is left out.
pub(crate) fn judge_shape(
    plan: &Plan,
    view: &View<'_>,
    span: Span,
    caches: &mut Caches,
) -> Option<(Confidence, CheckOutcome)> {
    let secret = view.slice(span.start(), span.end());
    let before = view.look_back(span.start(), placeholder::LONGEST);
    let refused = |check: &Check| match check {
        Check::Entropy(_) | Check::Classes(_) => false,
        Check::Allow(words) => allow::holds_any(secret, words),
        _ => true,
    };
    let hidden = allow::is_filler(secret) || allow::is_placeholder(secret, before);
    let mut harmless = || harmless::is_harmless(plan, view, span, 0, caches);
    (!hidden && !plan.rule.checks.iter().any(refused) && !harmless())
        .then_some((Confidence::Possible, CheckOutcome::None))
}

/// Least length of a mark that says whose a token is, and of a body behind it that makes the form complete.
const MARK: usize = 4;
const BODY: usize = 16;
/// Least length of a piece of it that says anything.
const PIECE: usize = 8;

/// The verdict on a token with the complete form of its rule, mark and length, whose body counts or repeats itself: a test
/// server may take it, so that it is possible. A body that masks a token, or says what to put there, is none.
/// `mark`: length of the rule's literal at its beginning.
pub(crate) fn judge_form(
    plan: &Plan,
    view: &View<'_>,
    span: Span,
    mark: usize,
    caches: &mut Caches,
) -> Option<(Confidence, CheckOutcome)> {
    let rule = &*plan.rule;
    let body = view.slice(span.start() + mark, span.end());
    let before = view.look_back(span.start(), placeholder::LONGEST);
    let secret = view.slice(span.start(), span.end());
    let measures = |check: &Check| match check {
        Check::Entropy(_) | Check::Classes(_) => true,
        Check::Checksum(sum) => sum.check(secret) != Some(false),
        _ => false,
    };
    let complete = mark >= MARK && body.len() >= BODY && rule.tail.is_none();
    let may_be = complete
        && rule.kind == Kind::Anchored
        && rule.checks.iter().all(measures)
        && !allow::is_mask(body)
        && !allow::is_placeholder(body, before)
        && is_filled_form(body)
        && !harmless::is_harmless(plan, view, span, 0, caches);
    may_be.then_some((Confidence::Possible, CheckOutcome::None))
}

/// Whether a rule finds our own stand-ins, which are no finding for any other rule.
fn finds_stand_ins(rule: &Rule) -> bool {
    rule.anchors.first().is_some_and(|anchor| anchor.as_bytes().ends_with(placeholder::STAND_IN))
}

/// How sure anybody can be of a password found in its place; `None` if it is none.
fn as_password(secret: &[u8]) -> Option<Confidence> {
    match plausible::in_url(secret) {
        Belief::No => None,
        Belief::Weak => Some(Confidence::Possible),
        Belief::Fair | Belief::Strong => Some(Confidence::Certain),
    }
}

/// What a checksum makes of a confidence.
fn settled(confidence: Confidence, outcome: CheckOutcome, boost: bool) -> Confidence {
    match outcome {
        CheckOutcome::Passed if boost => confidence.raised(),
        CheckOutcome::Passed => Confidence::Certain,
        CheckOutcome::Failed => Confidence::Possible,
        CheckOutcome::None => confidence,
    }
}

/// Whether one of `words` stands before `pos`, with none of our marks between them.
pub(crate) fn is_near(view: &View<'_>, pos: usize, words: &[String], within: usize) -> bool {
    context::holds_any(placeholder::shown(view, pos, within), words)
}
