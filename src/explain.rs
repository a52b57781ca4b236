//! Why a text is or is not a finding.
//!
//! Walks the same path as a scan, but writes down what each step said. It calls the detector's own pieces, so that it
//! cannot tell a different story; it is meant for short texts and people, not for speed. Steps name offsets, lengths
//! and values of checks, never the text.

use crate::check::plausible::{self, Belief};
use crate::check::{allow, context, randomness};
use crate::detect::anchored as marked;
use crate::detect::assignment::{self, Assignment, Parsed};
use crate::detect::boundary;
use crate::detect::companion;
use crate::detect::prefilter::{Hit, Sieve};
use crate::detect::program::{GATED, Plan, Program};
use crate::detect::scratch::Caches;
use crate::detect::{harmless, value, verdict};
use crate::rules::pattern::{GroupCache, Pattern};
use crate::rules::rule::{Check, Confidence, Kind};
use crate::scan::scanner::Scanner;
use crate::text::placeholder;
use crate::text::span::Span;
use crate::text::view::View;

/// One candidate and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trace {
    /// Id of the rule that looked.
    pub rule: String,
    /// What it looked at: the secret, or as much of a candidate as there was.
    pub span: Span,
    /// What each step said, in order; the last one decided.
    pub steps: Vec<Step>,
    /// Whether a finding of this rule stands here in the end.
    pub found: bool,
}

/// One step of a [`Trace`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// What was looked at and what came out.
    pub what: String,
    /// Whether the candidate passed.
    pub passed: bool,
}

impl Scanner {
    /// Explains every candidate of a short text under this scanner's rules and profile.
    ///
    /// ```
    /// # #[cfg(feature = "builtin")] {
    /// use keysieve::{Pack, Scanner};
    /// let scanner = Scanner::builder().pack(Pack::builtin()).build()?;
    /// let traces = scanner.explain(b"password = \"${DB_PASSWORD}\"");
    /// assert!(traces.iter().all(|trace| !trace.found));
    /// assert!(traces.iter().any(|trace| trace.steps.iter().any(|s| s.what.contains("template"))));
    /// # }
    /// # Ok::<(), keysieve::Error>(())
    /// ```
    #[must_use]
    pub fn explain(&self, text: &[u8]) -> Vec<Trace> {
        let program = self.program();
        let view = View::new(text, 0, true);
        let mut hits = Vec::new();
        program.prefilter.find(&view, 0, text.len(), &mut Sieve::default(), &mut hits);
        hits.sort_unstable();
        let mut traces: Vec<Trace> = Vec::new();
        for hit in hits {
            let found = if hit.user >= GATED {
                assigned(program, &view, hit)
            } else {
                program
                    .plan(hit.user)
                    .and_then(|plan| anchored(program, plan, &view, hit))
                    .into_iter()
                    .collect()
            };
            for trace in found {
                if !traces.contains(&trace) {
                    traces.push(trace);
                }
            }
        }
        let standing: Vec<(String, Span)> =
            self.find_iter(text).map(|f| (f.rule_id().to_owned(), f.span())).collect();
        for (rule, span) in &standing {
            let stands = |t: &Trace| t.rule == *rule && t.span.overlaps(*span);
            match traces.iter_mut().find(|t| stands(t)) {
                Some(trace) => {
                    trace.found = true;
                    trace.span = *span;
                }
                None => traces.push(self.unnamed(rule, *span, text)),
            }
        }
        for trace in traces.iter_mut().filter(|t| !t.found && t.steps.iter().all(|s| s.passed)) {
            let number = (0u32..).zip(self.rules()).find(|(_, rule)| rule.id() == trace.rule);
            let secret = view.slice(trace.span.start(), trace.span.end());
            if let Some((number, _)) = number
                && let Some(entry) = self.exempt().of(number, secret, self.config().key())
            {
                let (file, line) = entry.origin();
                trace.say(false, format!("let through by {file}:{line}: {}", entry.reason()));
                continue;
            }
            trace.say(false, "another finding claims these bytes".to_owned());
        }
        traces
    }

    /// A finding that no anchor and no name led to.
    fn unnamed(&self, rule: &str, span: Span, text: &[u8]) -> Trace {
        let mut trace = Trace::new(rule, span);
        let token = text.get(span.range()).unwrap_or_default();
        let of_provider = self.rules().any(|r| r.id() == rule && r.kind == Kind::Context);
        let said = if of_provider {
            format!("{} characters of this rule's shape, and its provider before them", span.len())
        } else {
            let bits = randomness::log_odds(token);
            format!(
                "unnamed run of {} characters, {bits:.0} bits more random than text",
                span.len()
            )
        };
        trace.say(true, said);
        trace.found = true;
        trace
    }
}

impl Trace {
    fn new(rule: &str, span: Span) -> Trace {
        Trace { rule: rule.to_owned(), span, steps: Vec::new(), found: false }
    }

    fn say(&mut self, passed: bool, what: String) -> bool {
        self.steps.push(Step { what, passed });
        passed
    }
}

fn anchored(program: &Program, plan: &Plan, view: &View<'_>, hit: Hit) -> Option<Trace> {
    let rule = &*plan.rule;
    let pattern = rule.pattern.as_ref()?;
    let start = hit.start.checked_sub(plan.anchor_at)?;
    let mut trace = Trace::new(rule.id(), Span::new(start, hit.start + hit.len as usize));
    trace.say(true, format!("anchor of {} bytes at {}", hit.len, hit.start));
    if rule.bounds.left && !trace_left(&mut trace, view, start) {
        return Some(trace);
    }
    let mut walk = Pattern::walk(start);
    let mut examined = 0;
    let ahead = view.slice(start, usize::MAX);
    pattern.advance(&mut None, &mut walk, ahead, start, true, &mut examined);
    let Some(end) = walk.matched else {
        trace.say(false, format!("pattern fails at byte {} of the match", walk.pos - start));
        return Some(trace);
    };
    trace.say(true, format!("pattern matches {} bytes", end - start));
    if let Some(goes_on) = plan.goes_on {
        let ends = boundary::ends(view, end, goes_on).unwrap_or(true);
        if !trace.say(ends, "right side: the token does not go on".to_owned()) {
            return Some(trace);
        }
    }
    let span = pattern.secret_in(&mut GroupCache::default(), view.slice(start, end), start);
    trace.span = span;
    let secret = view.slice(span.start(), span.end());
    let confidence = checks(&mut trace, plan, hit.user, view, span).or_else(|| {
        let mark = marked::prefix(rule, secret) as usize;
        let form = verdict::judge_form(plan, view, span, mark, &mut Caches::default())?;
        trace.say(true, "too regular, but with the mark and length of the rule".to_owned());
        Some(form.0)
    });
    threshold(&mut trace, confidence, program.threshold);
    Some(trace)
}

fn trace_left(trace: &mut Trace, view: &View<'_>, start: usize) -> bool {
    let begins = boundary::begins(view, start);
    trace.say(begins, "left side: no letter or digit before it, or an escape".to_owned())
}

fn assigned(program: &Program, view: &View<'_>, hit: Hit) -> Vec<Trace> {
    let keyword = Span::new(hit.start, hit.start + hit.len as usize);
    let bound = match assignment::parse(view, keyword) {
        Parsed::Bound(bound) => bound,
        Parsed::Suspended { .. } => Vec::new(),
    };
    let Some(first) = bound.first() else {
        let mut trace = Trace::new("(assignment)", keyword);
        trace.say(false, "a keyword, but nothing is assigned to it here".to_owned());
        return vec![trace];
    };
    let name = view.slice(first.name.start(), first.name.end());
    let mut rules = Vec::new();
    program.names.rules_for(name, &mut rules);
    let plans = rules.into_iter().filter_map(|number| Some((number, program.plan(number)?)));
    plans
        .flat_map(|(number, plan)| {
            bound.iter().map(move |one| named(program, plan, number, view, one))
        })
        .collect()
}

fn named(
    program: &Program,
    plan: &Plan,
    number: u32,
    view: &View<'_>,
    bound: &Assignment,
) -> Trace {
    let rule = &*plan.rule;
    let value = view.slice(bound.value.start(), bound.value.end());
    let mut trace = Trace::new(rule.id(), bound.value);
    let quoted = if bound.quoted { "quoted" } else { "unquoted" };
    let bond = format!("{:?}", bound.bond).to_lowercase();
    let said =
        format!("the name at {:?} calls for this rule; {quoted} value, bond {bond}", bound.name);
    trace.say(true, said);
    let mut confidence = rule.confidence;
    let mut span = bound.value;
    match (rule.kind, &rule.pattern) {
        (Kind::Context, Some(pattern)) => {
            let fits = pattern.matches_all(&mut None, value, &mut 0);
            if !trace.say(fits, "the pattern matches the whole value".to_owned()) {
                return trace;
            }
            span = pattern.secret_in(&mut GroupCache::default(), value, bound.value.start());
        }
        (kind, _) => {
            let belief = value::belief(kind, view, bound);
            let benign =
                plausible::benign(value).map(|why| format!(" ({why})")).unwrap_or_default();
            let how = match belief {
                Belief::No => "not plausible",
                Belief::Weak => "barely plausible",
                Belief::Fair => "plausible",
                Belief::Strong => "very plausible",
            };
            let said = format!("{how} as a value under this name{benign}");
            if !trace.say(belief != Belief::No, said) {
                return trace;
            }
            if belief == Belief::Weak {
                confidence = Confidence::Possible;
            }
        }
    }
    let mut caches = Caches::default();
    let judged = checks(&mut trace, plan, number, view, span).or_else(|| {
        let shape = value::by_shape(program, plan, view, bound, span, &mut caches)?;
        trace.say(true, "too regular, but of the format and under the name".to_owned());
        Some(shape.0)
    });
    let judged = judged.map(|judged| judged.min(confidence.max(Confidence::Possible)));
    threshold(&mut trace, judged, program.threshold);
    trace
}

/// Runs the checks aloud; `None` if one refuses.
fn checks(
    trace: &mut Trace,
    plan: &Plan,
    number: u32,
    view: &View<'_>,
    span: Span,
) -> Option<Confidence> {
    let rule = &*plan.rule;
    let secret = view.slice(span.start(), span.end());
    let before = view.look_back(span.start(), placeholder::LONGEST);
    let filler = allow::is_filler(secret) || allow::is_placeholder(secret, before);
    if filler {
        trace.say(false, "a filler or a placeholder".to_owned());
        return None;
    }
    let mut caches = Caches::default();
    if harmless::is_harmless(plan, view, span, 0, &mut caches) {
        trace.say(false, "a benign shape of the packs".to_owned());
        return None;
    }
    for check in &rule.checks {
        let (passed, what) = match check {
            Check::Entropy(least) => {
                let bits = randomness::entropy(secret);
                (bits >= *least, format!("{check}: {bits:.2}"))
            }
            Check::Classes(least) => {
                let n = context::classes(secret);
                (n >= *least, format!("{check}: {n}"))
            }
            Check::Password => {
                let belief = plausible::in_url(secret);
                (belief != Belief::No, format!("{check}: {belief:?}"))
            }
            Check::Near { words, within } => {
                let near = verdict::is_near(view, span.start(), words, *within);
                (near, format!("{check}: {near}"))
            }
            Check::Allow(words) => (!allow::holds_any(secret, words), check.to_string()),
            Check::Checksum(sum) => {
                let said = sum.check(secret);
                let word = said
                    .map_or("says nothing", |holds| if holds { "holds" } else { "does not hold" });
                (true, format!("{check}: {word}"))
            }
            Check::Companion(companion) => {
                let start = span.start();
                let mut caches = Caches::default();
                let near = companion::nearest(companion, number, view, start, &mut caches);
                (near.is_some() || !companion.required, format!("{check}: {}", near.is_some()))
            }
        };
        if !trace.say(passed, what) {
            return None;
        }
    }
    // What they come to together is the detector's to say.
    verdict::judge(plan, number, view, span, 0, &mut caches).map(|(judged, _)| judged)
}

fn threshold(trace: &mut Trace, confidence: Option<Confidence>, least: Confidence) {
    if let Some(confidence) = confidence {
        trace.say(confidence >= least, format!("confidence {confidence}, wanted at least {least}"));
    }
}
