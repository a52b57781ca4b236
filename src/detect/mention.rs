//! Providers that the text names near a value, for rules whose tokens have no mark of their own.
//!
//! 32 hex digits can be anybody's. The name of the assignment says whose they are ([`super::naming`]); where that name
//! says only `key` or `sig`, the provider may stand earlier on the line (`https://api.example.com/?key=…`) or a few
//! lines above. All rules share one question about the value, by alphabet and length ([`shapes`]), and one lexicon of
//! their providers' names, which is asked about the bounded text before a value that some rule's shape fits. So a thousand
//! such rules cost what a few cost.
//!
//! Guarantees: looks at no more than [`FAR`] bytes before a value, tries at most [`TRIES`] patterns on it, and never sees
//! bytes behind it. A provider called by an ordinary word counts only in a host name or as the head of an identifier.

pub(crate) mod providers;
pub(crate) mod shapes;
#[cfg(test)]
mod tests;
mod words;

use std::sync::Arc;

use super::finding::CheckOutcome;
use super::harmless;
use super::program::{Plan, Program};
use super::scratch::Caches;
use super::verdict;
use crate::check::{plausible, randomness};
use crate::rules::packed::Later;
use crate::rules::rule::{Confidence, Kind, Rule};
use crate::text::placeholder;
use crate::text::simd::Net;
use crate::text::span::Span;
use crate::text::view::View;
use providers::Providers;
use shapes::{Fits, Shapes};

/// How far before a value that has the name of a credential its provider may stand.
const FAR: usize = 320;
/// How far before any other value, on the same line.
pub(crate) const NEAR: usize = 96;
/// Most patterns that are tried on one value.
const TRIES: usize = 4;
/// More than any provider's name has, and what is looked at before it.
const LONGEST_NAME: usize = 64;
/// At most so many signs stand between a name and the unnamed value that is joined to it.
const JOINED: usize = 5;

/// How the words before a value bind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It is assigned to a name that says "credential" and nothing else.
    Named,
    /// It is assigned to a name of so many bytes that says something else: its provider, or what it is instead.
    Other(usize),
    /// It is assigned to a name that says it is no credential.
    Not,
    /// It stands on its own.
    Alone,
}

/// A rule that takes a value for its own, with the confidence that deserves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) rule: u32,
    pub(crate) span: Span,
    pub(crate) confidence: Confidence,
    pub(crate) check: CheckOutcome,
}

#[derive(Debug)]
pub(crate) struct Mentions {
    providers: Later<Providers>,
    shapes: Later<Shapes>,
    /// Whether a rule takes part.
    any: bool,
}

impl Mentions {
    pub(crate) fn new(
        rules: &[Arc<Rule>],
        providers: Later<Providers>,
        shapes: Later<Shapes>,
    ) -> Mentions {
        Mentions { providers, shapes, any: rules.iter().any(|rule| rule.kind == Kind::Context) }
    }

    /// The rules that could take an unnamed value, by its length and alphabet.
    pub(crate) fn may_take(&self, value: &[u8]) -> Option<Fits<'_>> {
        if is_mixed(value) || plausible::counts(value) { self.shapes.fits(value) } else { None }
    }

    /// The rules that could take a named value, by its length and alphabet.
    pub(crate) fn fits(&self, value: &[u8]) -> Option<Fits<'_>> {
        self.shapes.fits(value)
    }

    /// Whether there is anything to look for.
    pub(crate) fn is_empty(&self) -> bool {
        !self.any
    }
}

/// The rule whose provider the text before `from` names, one of those that `value` fits. `floor`: nothing before it counts.
pub(crate) fn claim(
    program: &Program,
    view: &View<'_>,
    (floor, from): (usize, usize),
    value: Span,
    (asked, fits): (Asked, &Fits<'_>),
    caches: &mut Caches,
) -> Option<Claim> {
    let mentions = &program.mentions;
    let bytes = view.slice(value.start(), value.end());
    let reach = if asked == Asked::Named { FAR } else { NEAR };
    let before = counts(context(view, floor, from, reach), asked)?;
    let before = may_name(before, asked)?;
    let mut tries = 0;
    for mention in mentions.providers.in_text(before) {
        let between = before.get(mention.end..).unwrap_or_default();
        let announced = || is_announced(before, (mention.start, mention.end), asked);
        let most = trust(between, asked, bytes);
        let Some(most) = most.or_else(|| announced().then_some(Confidence::Possible)) else {
            continue;
        };
        if most < program.threshold {
            continue;
        }
        // Asked late, as it is dear and most values have no provider before them.
        if tries == 0 && (!may_be_secret(bytes) || is_harmless(program, view, value, floor, caches))
        {
            return None;
        }
        for &number in mention.rules.iter().filter(|n| fits.holds(**n)) {
            let plan = program.plan(number)?;
            let pattern = plan.rule.pattern.as_ref()?;
            tries += 1;
            if tries > TRIES {
                return None;
            }
            let (cache, stats) = caches.pattern(number);
            if !pattern.matches_all(cache, bytes, &mut stats.regex_bytes) {
                continue;
            }
            let span = pattern.secret_in(&mut caches.groups, bytes, value.start());
            let judged = verdict::judge(plan, number, view, span, floor, caches)
                .or_else(|| by_shape(program, plan, view, (between, span), caches));
            let judged = judged.map(|(sure, check)| (sure.min(most), check));
            if let Some((confidence, check)) = judged.filter(|j| j.0 >= program.threshold) {
                return Some(Claim { rule: number, span, confidence, check });
            }
        }
    }
    None
}

/// Least length of a value whose format alone is believed.
const SHORTEST_FORMAT: usize = 20;

/// The verdict on a value that is too regular for its provider's rule, between whose name and itself a credential is
/// spoken of: possible at most.
fn by_shape(
    program: &Program,
    plan: &Plan,
    view: &View<'_>,
    (between, span): (&[u8], Span),
    caches: &mut Caches,
) -> Option<(Confidence, CheckOutcome)> {
    let value = view.slice(span.start(), span.end());
    let may_count = program.threshold == Confidence::Possible
        && value.len() >= SHORTEST_FORMAT
        && words::tells_of_credential(between)
        && !verdict::is_filled(value)
        && (plausible::counts(value) || plausible::benign(value).is_none());
    if may_count { verdict::judge_shape(plan, view, span, caches) } else { None }
}

/// What may name the provider: up to `reach` bytes before `from`, none of them before `floor` or in or before one of our
/// placeholders. What was hidden was of another length, so what stands before it may have come nearer since: a text
/// that was redacted must not show more the second time.
fn context<'v>(view: &View<'v>, floor: usize, from: usize, reach: usize) -> &'v [u8] {
    let shown = placeholder::shown(view, from, reach);
    view.slice((from - shown.len()).max(floor), from)
}

/// The part of `before` in which a provider's name may count at all, by what [`trust`] asks.
fn counts(before: &[u8], asked: Asked) -> Option<&[u8]> {
    let line = match asked {
        Asked::Named => return Some(before),
        Asked::Not => return None,
        Asked::Alone | Asked::Other(_) => words::last_line(before),
    };
    let near = if let Asked::Other(name) = asked { name + 4 + LONGEST_NAME } else { line.len() };
    line.get(line.len().saturating_sub(near)..)
}

/// The part of `before` in which a provider's name could count by [`trust`], found without looking for one: most text
/// before a value neither speaks of a credential nor ends in a name.
fn may_name(before: &[u8], asked: Asked) -> Option<&[u8]> {
    let tail = |len: usize| before.get(before.len().saturating_sub(len)..).unwrap_or_default();
    match asked {
        Asked::Not => None,
        Asked::Named => Some(before),
        Asked::Other(name) => words::tells_of_credential(tail(name + 4)).then_some(before),
        Asked::Alone if words::tells_of_credential(before) => Some(before),
        Asked::Alone => joined(before).then(|| tail(JOINED + LONGEST_NAME)),
    }
}

/// How much a provider's name counts with `between` standing between it and the value.
fn trust(between: &[u8], asked: Asked, value: &[u8]) -> Option<Confidence> {
    if asked == Asked::Named {
        return Some(Confidence::Likely);
    }
    if asked == Asked::Not || words::breaks_line(between) {
        return None;
    }
    if let Asked::Other(name) = asked {
        // At most the rest of the name, an operator and a quote stand between.
        let within = between.len() < name + 4 && words::tells_of_credential(between);
        return within.then_some(Confidence::Likely);
    }
    if words::tells_of_credential(between) {
        return Some(Confidence::Likely);
    }
    let joined = between.len() <= JOINED && !between.iter().any(u8::is_ascii_alphanumeric);
    let odd = || randomness::is_random(value) && !value.iter().all(u8::is_ascii_hexdigit);
    (joined && odd()).then_some(Confidence::Likely)
}

/// How far before a provider's name, and between it and the value, a credential that is spoken of binds both.
const ANNOUNCES: usize = 24;

/// Whether a credential is spoken of right before the provider's name and the value follows soon: "the secret for acme is
/// …", `<secret>{acme …}`.
fn is_announced(before: &[u8], name: (usize, usize), asked: Asked) -> bool {
    let between = before.get(name.1..).unwrap_or_default();
    if asked != Asked::Alone || between.len() > ANNOUNCES || words::breaks_line(between) {
        return false;
    }
    let near = before.get(name.0.saturating_sub(ANNOUNCES)..name.0).unwrap_or_default();
    words::tells_of_credential(words::last_line(near))
}

/// Whether a value that no name vouches for can be a token: with digits, and no word, path, template or mask.
fn may_be_secret(value: &[u8]) -> bool {
    let mixed = is_mixed(value) || plausible::counts(value);
    let harmless = || {
        plausible::benign(value).is_some_and(|why| !matches!(why, "uuid" | "sequence" | "literal"))
    };
    (mixed || randomness::is_random(value)) && !harmless()
}

/// Whether the value would be harmless without a name, too: an identifier, a digest, encoded contents.
fn is_harmless(
    program: &Program,
    view: &View<'_>,
    value: Span,
    floor: usize,
    caches: &mut Caches,
) -> bool {
    let plan = program.unnamed.and_then(|number| program.plan(number));
    plan.is_some_and(|plan| harmless::is_harmless(plan, view, value, floor, caches))
}

/// Whether a value holds digits and letters.
fn is_mixed(value: &[u8]) -> bool {
    value.iter().filter(|b| b.is_ascii_digit()).count() >= 2
        && value.iter().any(u8::is_ascii_alphabetic)
}

/// Whether `name` says that its value is a credential, and not whose.
pub(crate) fn is_bare_name(name: &[u8]) -> bool {
    words::is_bare_name(name)
}

/// Whether `name` ends with a word such as `token`.
pub(crate) fn ends_telling(name: &[u8]) -> bool {
    words::ends_telling(name)
}

/// Where a word that speaks of a credential may begin.
pub(crate) static TELLING: Net = words::TELLING_NET;

/// Whether [`claim`] may come to anything for what [`asked`] would say: cheaper than either, and mostly no. `may_tell`:
/// whether the last [`NEAR`] bytes may speak of a credential.
pub(crate) fn may_ask(before: &[u8], may_tell: impl Fn() -> bool) -> bool {
    let tail = |len: usize| before.get(before.len().saturating_sub(len)..).unwrap_or_default();
    match words::bound_name(before) {
        Some(name) => {
            words::tells_of_credential(name) || words::tells_of_credential(tail(name.len() + 4))
        }
        None => joined(before) || may_tell() && words::tells_of_credential(tail(NEAR)),
    }
}

/// Whether a name may stand right before a value.
fn joined(before: &[u8]) -> bool {
    before.iter().rev().take(JOINED + 1).any(u8::is_ascii_alphanumeric)
}

/// What the text right before an unnamed value says of it.
pub(crate) fn asked(before: &[u8]) -> Asked {
    match words::bound_name(before) {
        Some(name) if words::is_bare_name(name) => Asked::Named,
        // `ACME_SITE_KEY` and `ACME_KEY_ID` are public, whoever's they are.
        Some(name) if plausible::name_speaks_against(name) => Asked::Not,
        Some(name) => Asked::Other(name.len()),
        None => Asked::Alone,
    }
}
