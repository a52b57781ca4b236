//! Whether the value of an assignment is a secret, and by which rule.
//!
//! A provider's rule wants its pattern to match the whole value, and its provider in the name or, if the name says
//! only that it is a credential, before it. Generic rules ask how plausible the value is under that name. The first rule
//! that believes it has it.

use std::borrow::Cow;

use super::assignment::{Assignment, Bond};
use super::finding::CheckOutcome;
use super::mention::{self, Asked};
use super::prefilter::gate;
use super::program::{Plan, Program};
use super::resolve::Found;
use super::scratch::Caches;
use super::verdict;
use crate::check::plausible::{self, Belief};
use crate::rules::rule::{Confidence, Kind};
use crate::text::span::Span;
use crate::text::view::View;

/// Least length of a value that is not of its provider's format.
const SHORTEST_OTHER: usize = 12;
/// The scheme of a header whose value is base64 of a login.
const BASIC: &[u8] = b"Basic ";
/// Least length of a value whose format alone is believed.
const SHORTEST_FORMAT: usize = 16;

/// The finding an assignment makes, if any. `gated`: where the keyword ends, if only gated rules listen to it: they alone
/// are asked, since the others have keywords of their own.
pub(crate) fn believe(
    program: &Program,
    assignment: &Assignment,
    gated: Option<usize>,
    view: &View<'_>,
    caches: &mut Caches,
) -> Option<Found> {
    let name = view.slice(assignment.name.start(), assignment.name.end());
    let mut rules = Vec::new();
    program.names.rules_for(name, &mut rules);
    let is_context =
        |number: &u32| program.plan(*number).is_some_and(|plan| plan.rule.kind == Kind::Context);
    if let Some(keyword_end) = gated {
        if assignment.value.start() > keyword_end + gate::REACH {
            return None;
        }
        let asked_again = !rules.iter().all(is_context);
        rules.retain(|number| program.plan(*number).is_some_and(|plan| plan.gated));
        let found = by_rules(program, &rules, assignment, view, caches);
        // What a word for a credential in the name says is said where that word is read.
        let named = !asked_again && gate::is_opened_by(view, assignment.value, keyword_end);
        return found.or_else(|| {
            named.then(|| by_name(program, &rules, assignment, view, caches)).flatten()
        });
    }
    let generic = rules.iter().position(|number| !is_context(number)).unwrap_or(rules.len());
    let (named, generic) = rules.split_at_checked(generic).unwrap_or_default();
    by_rules(program, named, assignment, view, caches)
        .or_else(|| by_neighbour(program, assignment, view, caches))
        .or_else(|| by_rules(program, generic, assignment, view, caches))
        .or_else(|| by_name(program, named, assignment, view, caches))
}

/// The finding of the first of `rules` that believes the value.
fn by_rules(
    program: &Program,
    rules: &[u32],
    assignment: &Assignment,
    view: &View<'_>,
    caches: &mut Caches,
) -> Option<Found> {
    rules.iter().copied().find_map(|number| {
        let plan = program.plan(number)?;
        let began = caches.now();
        let found = by_rule(program, plan, number, assignment, view, caches);
        let took = caches.now().saturating_sub(began);
        let stats = caches.stats.rule(number);
        stats.candidates += 1;
        stats.time += took;
        found
    })
}

/// The finding of a value of another format than that of the provider whose key it is by its name: providers change their
/// formats, so that it is possible.
fn by_name(
    program: &Program,
    named: &[u32],
    assignment: &Assignment,
    view: &View<'_>,
    caches: &mut Caches,
) -> Option<Found> {
    let name = view.slice(assignment.name.start(), assignment.name.end());
    let value = view.slice(assignment.value.start(), assignment.value.end());
    let may_be = program.threshold == Confidence::Possible
        && !named.is_empty()
        && assignment.bond == Bond::Firm
        && value.len() >= SHORTEST_OTHER
        && value.iter().filter(|b| b.is_ascii_digit()).count() > 1
        && value.iter().any(u8::is_ascii_alphabetic)
        && mention::ends_telling(name)
        && !verdict::is_filled(value)
        && !plausible::name_speaks_against(name)
        && plausible::token(b"API_KEY", value, assignment.quoted) > Belief::No;
    if !may_be {
        return None;
    }
    let number = program.plans.iter().position(|plan| plan.rule.kind == Kind::Token)? as u32;
    let plan = program.plan(number)?;
    let (_, check) = verdict::judge(plan, number, view, assignment.value, 0, caches)?;
    accept(program, number, plan, assignment.value, Confidence::Possible, check)
}

/// The finding of a rule whose provider stands before a name that says only "credential".
fn by_neighbour(
    program: &Program,
    assignment: &Assignment,
    view: &View<'_>,
    caches: &mut Caches,
) -> Option<Found> {
    let name = view.slice(assignment.name.start(), assignment.name.end());
    if assignment.bond == Bond::Faint || !mention::is_bare_name(name) {
        return None;
    }
    let value = view.slice(assignment.value.start(), assignment.value.end());
    let scheme = plausible::scheme_len(value);
    let value = Span::new(assignment.value.start() + scheme, assignment.value.end());
    let place = (0, assignment.name.start());
    let fits = program.mentions.fits(view.slice(value.start(), value.end()))?;
    let claim = mention::claim(program, view, place, value, (Asked::Named, &fits), caches)?;
    let plan = program.plan(claim.rule)?;
    accept(program, claim.rule, plan, claim.span, claim.confidence, claim.check)
}

fn by_rule(
    program: &Program,
    plan: &Plan,
    number: u32,
    assignment: &Assignment,
    view: &View<'_>,
    caches: &mut Caches,
) -> Option<Found> {
    let rule = &*plan.rule;
    let value = view.slice(assignment.value.start(), assignment.value.end());
    let (span, least) = match rule.kind {
        Kind::Context => {
            let pattern = rule.pattern.as_ref()?;
            if plan.gated && !gate::may_be_value(value) {
                return None;
            }
            let (cache, stats) = caches.pattern(number);
            if !pattern.matches_all(cache, value, &mut stats.regex_bytes) {
                return None;
            }
            (
                pattern.secret_in(&mut caches.groups, value, assignment.value.start()),
                Confidence::Certain,
            )
        }
        Kind::Password | Kind::Token => {
            (assignment.value, confidence(belief(rule.kind, view, assignment))?)
        }
        Kind::Anchored | Kind::Random | Kind::Phrase => return None,
    };
    let (judged, check) = verdict::judge(plan, number, view, span, 0, caches)
        .or_else(|| by_shape(program, plan, view, assignment, span, caches))?;
    accept(program, number, plan, span, judged.min(least), check)
}

/// The verdict on a value that a provider's rule finds too regular and that may be that provider's all the same: it is
/// assigned to the provider's own name, has the format as a whole, and is no word, code, path or template.
pub(crate) fn by_shape(
    program: &Program,
    plan: &Plan,
    view: &View<'_>,
    assignment: &Assignment,
    span: Span,
    caches: &mut Caches,
) -> Option<(Confidence, CheckOutcome)> {
    let value = view.slice(assignment.value.start(), assignment.value.end());
    let name = view.slice(assignment.name.start(), assignment.name.end());
    let may_count = program.threshold == Confidence::Possible
        && plan.rule.kind == Kind::Context
        && assignment.bond == Bond::Firm
        && value.len() >= SHORTEST_FORMAT
        && mention::ends_telling(name)
        && !verdict::is_filled(value)
        && matches!(plausible::benign(value), None | Some("sequence" | "repeated" | "literal"));
    if may_count { verdict::judge_shape(plan, view, span, caches) } else { None }
}

/// How plausible a generic rule of this kind finds a value under its name, and that they belong together.
pub(crate) fn belief(kind: Kind, view: &View<'_>, assignment: &Assignment) -> Belief {
    let name = view.slice(assignment.name.start(), assignment.name.end());
    let value = unescaped(view.slice(assignment.value.start(), assignment.value.end()));
    let quoted = assignment.quoted;
    // `Basic` announces a user and a password.
    let scheme = view.look_back(assignment.value.start(), BASIC.len());
    if scheme.eq_ignore_ascii_case(BASIC) && plausible::is_no_login(&value) {
        return Belief::No;
    }
    let belief = match kind {
        Kind::Password => plausible::password(name, &value, quoted),
        _ => plausible::token(name, &value, quoted),
    };
    // A password of digits is told by nothing but its name.
    let number = kind == Kind::Password && value.len() >= 8 && value.iter().all(u8::is_ascii_digit);
    let least = match assignment.bond {
        Bond::Firm | Bond::Loose if number => Belief::Weak,
        // "The password is required": what a word says in a sentence is said of the password.
        Bond::Firm if belief == Belief::Weak && in_sentence(view, assignment) => Belief::Fair,
        Bond::Firm => Belief::Weak,
        Bond::Loose => Belief::Fair,
        Bond::Faint => Belief::Strong,
    };
    if belief >= least { belief } else { Belief::No }
}

/// Whether only words stand between a name and its bare value.
fn in_sentence(view: &View<'_>, assignment: &Assignment) -> bool {
    let between = view.slice(assignment.name.end(), assignment.value.start());
    !assignment.quoted
        && between.iter().all(|b| b.is_ascii_alphabetic() || *b == b' ')
        && between.iter().any(u8::is_ascii_alphabetic)
}

/// The value as a person would read it: without the backslashes that escape quotes and other backslashes.
fn unescaped(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'\\') {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value.iter().peekable();
    while let Some(&byte) = rest.next() {
        let escapes = byte == b'\\' && rest.peek().is_some_and(|next| b"\\\"'/".contains(next));
        if !escapes {
            out.push(byte);
        }
    }
    Cow::Owned(out)
}

fn confidence(belief: Belief) -> Option<Confidence> {
    match belief {
        Belief::No => None,
        Belief::Weak => Some(Confidence::Possible),
        Belief::Fair | Belief::Strong => Some(Confidence::Likely),
    }
}

/// The finding of a candidate that passed its checks, if it is sure enough to be reported.
pub(crate) fn accept(
    program: &Program,
    number: u32,
    plan: &Plan,
    span: Span,
    confidence: Confidence,
    check: CheckOutcome,
) -> Option<Found> {
    (confidence >= program.threshold && !span.is_empty()).then(|| Found {
        start: span.start(),
        end: span.end(),
        tier: plan.tier,
        rule: number,
        confidence,
        check,
        truncated: false,
        tail: false,
        prefix: 0,
    })
}
