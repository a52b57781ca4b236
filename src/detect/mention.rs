//! Providers that the text names near a value, for rules whose tokens have no mark of their own.
//!
//! 32 hex digits can be anybody's. The name of the assignment says whose they are ([`super::naming`]); where that name
//! says only `key` or `sig`, the provider may stand earlier on the line (`https://api.example.com/?key=…`) or a few
//! lines above. All rules share one question about the value, by alphabet and length ([`shapes`]), and one automaton of
//! their providers' names, which runs over the bounded text before a value that some rule's shape fits. So a thousand
//! such rules cost what a few cost.
//!
//! Guarantees: looks at no more than [`FAR`] bytes before a value, tries at most [`TRIES`] patterns on it, and never sees
//! bytes behind it. A provider called by an ordinary word counts only in a host name or as the head of an identifier.

mod shapes;
#[cfg(test)]
mod tests;
mod words;

use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::finding::CheckOutcome;
use super::harmless;
use super::program::Program;
use super::scratch::Caches;
use super::verdict;
use crate::check::{allow, plausible, randomness};
use crate::rules::rule::{Confidence, Kind, Rule};
use crate::text::span::Span;
use crate::text::view::View;
use shapes::Shapes;

/// How far before a value that has the name of a credential its provider may stand.
const FAR: usize = 320;
/// How far before any other value, on the same line.
const NEAR: usize = 96;
/// Most patterns that are tried on one value.
const TRIES: usize = 4;

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
    rules: Vec<Arc<Rule>>,
    /// Both are worked out when first asked for: most short texts hold no value that could be meant.
    shapes: OnceLock<Shapes>,
    known: OnceLock<Known>,
}

/// The providers, and what finds their names.
#[derive(Debug)]
struct Known {
    providers: Vec<Provider>,
    automaton: Option<AhoCorasick>,
}

/// One way to spell a provider, and the rules that are about it.
#[derive(Debug)]
struct Provider {
    spelling: String,
    /// Whether the name is an ordinary word, or too short to mean anything by itself.
    common: bool,
    rules: Vec<u32>,
}

/// A provider's name in the text before a value.
struct Mention<'m> {
    end: usize,
    provider: &'m Provider,
}

impl Known {
    fn new(rules: &[Arc<Rule>]) -> Known {
        let mut pairs: Vec<(String, u32)> = Vec::new();
        for (rule, number) in rules.iter().zip(0u32..) {
            if rule.kind == Kind::Context {
                let names = rule.keywords.iter().filter_map(|k| words::provider(k));
                pairs.extend(names.flat_map(|n| words::spellings(&n)).map(|s| (s, number)));
            }
        }
        pairs.sort();
        pairs.dedup();
        let mut providers: Vec<Provider> = Vec::new();
        for (spelling, number) in pairs {
            match providers.last_mut() {
                Some(last) if last.spelling == spelling => last.rules.push(number),
                _ => {
                    let common = words::is_common(&spelling);
                    providers.push(Provider { spelling, common, rules: vec![number] });
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(providers.iter().map(|p| &p.spelling))
            .ok();
        Known { providers, automaton }
    }
}

impl Mentions {
    pub(crate) fn new(rules: &[Arc<Rule>]) -> Mentions {
        let context = rules.iter().any(|rule| rule.kind == Kind::Context);
        let rules = if context { rules.to_vec() } else { Vec::new() };
        Mentions { rules, shapes: OnceLock::new(), known: OnceLock::new() }
    }

    fn shapes(&self) -> &Shapes {
        self.shapes.get_or_init(|| Shapes::new(&self.rules))
    }

    /// Whether some rule could take the value, by its length and alphabet.
    pub(crate) fn may_take(&self, value: &[u8]) -> bool {
        is_mixed(value) && self.shapes().fits(value).is_some()
    }

    /// Whether there is anything to look for.
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The providers that `text` names, the last one first.
    fn in_text(&self, text: &[u8]) -> Vec<Mention<'_>> {
        let known = self.known.get_or_init(|| Known::new(&self.rules));
        let Some(automaton) = &known.automaton else { return Vec::new() };
        let mut found = Vec::new();
        for m in automaton.find_overlapping_iter(text) {
            let Some(provider) = known.providers.get(m.pattern().as_usize()) else { continue };
            if words::stands(text, m.range(), provider.common) {
                found.push((m.end(), m.len(), Mention { end: m.end(), provider }));
            }
        }
        found.sort_by_key(|(end, len, _)| std::cmp::Reverse((*end, *len)));
        found.into_iter().map(|(_, _, mention)| mention).collect()
    }
}

/// The rule whose provider the text before `from` names and whose shape `value` has. `floor`: nothing before it counts.
pub(crate) fn claim(
    program: &Program,
    view: &View<'_>,
    (floor, from): (usize, usize),
    value: Span,
    asked: Asked,
    caches: &mut Caches,
) -> Option<Claim> {
    let mentions = &program.mentions;
    let bytes = view.slice(value.start(), value.end());
    let fits = mentions.shapes().fits(bytes)?;
    let reach = if asked == Asked::Named { FAR } else { NEAR };
    let before = context(view, floor, from, reach);
    let mut tries = 0;
    for mention in mentions.in_text(before) {
        let between = before.get(mention.end..).unwrap_or_default();
        let Some(most) = trust(between, asked, bytes) else { continue };
        if most < program.threshold {
            continue;
        }
        // Asked late, as it is dear and most values have no provider before them.
        if tries == 0 && (!may_be_secret(bytes) || is_harmless(program, view, value, floor, caches))
        {
            return None;
        }
        for &number in mention.provider.rules.iter().filter(|n| fits.holds(**n)) {
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
            let span = pattern.secret_in(bytes, value.start());
            let judged = verdict::judge(plan, number, view, span, floor, caches);
            let judged = judged.map(|(sure, check)| (sure.min(most), check));
            if let Some((confidence, check)) = judged.filter(|j| j.0 >= program.threshold) {
                return Some(Claim { rule: number, span, confidence, check });
            }
        }
    }
    None
}

/// What may name the provider: up to `reach` bytes before `from`, none of them before `floor` or in or before one of our
/// placeholders. What was hidden was of another length, so what stands before it may have come nearer since: a text
/// that was redacted must not show more the second time.
fn context<'v>(view: &View<'v>, floor: usize, from: usize, reach: usize) -> &'v [u8] {
    let before = view.look_back(from, reach + allow::LONGEST_PLACEHOLDER);
    let hidden = memchr::memmem::rfind(before, allow::PLACEHOLDER).map_or(0, |at| {
        let rest = before.get(at..).unwrap_or_default();
        at + rest.iter().position(|b| *b == b']').unwrap_or(rest.len())
    });
    let hidden = from - before.len() + hidden;
    view.slice(from.saturating_sub(reach).max(floor).max(hidden), from)
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
    let joined = between.len() <= 5 && !between.iter().any(u8::is_ascii_alphanumeric);
    let odd = randomness::is_random(value) && !value.iter().all(u8::is_ascii_hexdigit);
    (joined && odd).then_some(Confidence::Likely)
}

/// Whether a value that no name vouches for can be a token: with digits, and no word, path, template or mask.
fn may_be_secret(value: &[u8]) -> bool {
    let mixed = is_mixed(value);
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
