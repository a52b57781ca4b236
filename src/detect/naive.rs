//! The oracle: the same semantics as [`super::advance`], written to be obvious instead of fast.
//!
//! It has no prefilter, no shapes, no lanes, no suspension and no windows. Every pattern is tried at every byte with
//! another regex engine; keywords are looked for by comparing; overlaps are settled by sorting. Compiled for tests only.

use std::collections::BTreeMap;

use regex::bytes::{Regex, RegexBuilder};

use super::assignment::{self, Parsed};
use super::boundary;
use super::phrase::{self, Token, Word};
use super::program::{self, Plan, Program};
use super::resolve::Found;
use super::scratch::Caches;
use super::{cut, random, value, verdict};
use crate::rules::pattern::Pattern;
use crate::rules::rule::{Kind, Tail};
use crate::text::placeholder;
use crate::text::span::Span;
use crate::text::view::View;

/// The patterns of a program, compiled by another engine.
pub(crate) struct Oracle<'p> {
    program: &'p Program,
    patterns: Vec<Option<(Regex, [Option<Regex>; 2])>>,
    escape: Regex,
}

fn regex(source: &str) -> Regex {
    RegexBuilder::new(source).unicode(false).size_limit(64 << 20).build().unwrap()
}

impl<'p> Oracle<'p> {
    pub(crate) fn new(program: &'p Program) -> Oracle<'p> {
        let patterns = program.plans.iter().map(|plan| {
            let pattern =
                plan.rule.pattern.as_ref().filter(|_| plan.rule.kind == Kind::Anchored)?;
            let tail = plan.rule.tail.as_ref();
            let here = |p: &Pattern| regex(&format!("^(?:{})", p.source()));
            let end = tail.and_then(|tail| tail.end.as_ref()).map(here);
            let join = tail.and_then(|tail| tail.join.as_ref()).map(here);
            Some((here(pattern), [end, join]))
        });
        let escape = r"(?x) (?: ^ | [^0-9A-Za-z] | \\[nrtbfvae0] | \\u[[:xdigit:]]{4} | (?: \\x | % )[[:xdigit:]]{2}
            | (?: \x1b | \\x1[bB] | \\u001[bB] | \\033 | \\e ) \[ [0-9;]* [A-Za-z] ) $";
        Oracle { program, patterns: patterns.collect(), escape: regex(escape) }
    }

    /// Every finding of a whole text.
    pub(crate) fn find(&self, text: &[u8]) -> Vec<Found> {
        let view = View::new(text, 0, true);
        let mut caches = Caches::default();
        let mut all = Vec::new();
        for (plan, number) in self.program.plans.iter().zip(0u32..) {
            if let Some(Some((head, ends))) = self.patterns.get(number as usize) {
                self.anchored(plan, number, head, ends, &view, &mut caches, &mut all);
            }
        }
        self.assignments(&view, &mut caches, &mut all);
        self.phrases(&view, &mut caches, &mut all);
        let mut standing = settle(all);
        self.random(&view, &mut caches, &mut standing);
        standing.sort_by_key(|f| f.start);
        standing
    }

    #[allow(clippy::too_many_arguments)]
    fn anchored(
        &self,
        plan: &Plan,
        number: u32,
        head: &Regex,
        ends: &[Option<Regex>; 2],
        view: &View<'_>,
        caches: &mut Caches,
        all: &mut Vec<Found>,
    ) {
        let rule = &*plan.rule;
        let text = view.slice(0, usize::MAX);
        let mut last_end = 0;
        for start in 0..text.len() {
            // A trigger is where the anchor stands; one inside the rule's last finding is skipped.
            if start + plan.anchor_at < last_end {
                continue;
            }
            let before = &text[start.saturating_sub(16)..start];
            if rule.bounds.left && !self.escape.is_match(before) {
                continue;
            }
            let Some(groups) = head.captures(&text[start..]) else {
                let parts = cut::read(self.program, plan, number, view, start, caches);
                if let Ok(Some((head, rest))) = parts {
                    last_end = head.end;
                    all.extend([Some(head), rest].into_iter().flatten());
                }
                continue;
            };
            let whole = groups.get(0).unwrap();
            let group = groups.name("secret").unwrap_or(whole);
            let stop = start + whole.end();
            let follows = text.get(stop).copied();
            if plan.goes_on.is_some_and(|set| follows.is_some_and(|b| set.contains(b))) {
                continue;
            }
            let span = Span::new(start + group.start(), start + group.end());
            let span = boundary::behind_escape(view, span);
            if rule.tail.is_some() && placeholder::holds(&text[start..span.start()]) {
                continue;
            }
            let Some((confidence, check)) = verdict::judge(plan, number, view, span, 0, caches)
            else {
                continue;
            };
            if confidence < self.program.threshold || span.is_empty() {
                continue;
            }
            let (mut finish, mut truncated) = (span.end(), false);
            if let Some(tail) = &rule.tail {
                (finish, truncated) = tail_end(tail, ends, text, stop);
            }
            last_end = finish;
            all.push(Found {
                start: span.start(),
                end: finish,
                tier: plan.tier,
                rule: number,
                confidence,
                check,
                truncated,
                tail: rule.tail.is_some(),
                prefix: 0,
            });
        }
    }

    fn assignments(&self, view: &View<'_>, caches: &mut Caches, all: &mut Vec<Found>) {
        let text = view.slice(0, usize::MAX);
        let mut keywords: BTreeMap<String, bool> = BTreeMap::new();
        for plan in &self.program.plans {
            for spelling in program::spellings(&plan.rule) {
                *keywords.entry(spelling).or_insert(true) &= plan.gated;
            }
        }
        for start in 0..text.len() {
            for (keyword, gated) in &keywords {
                let end = start + keyword.len();
                let here = text
                    .get(start..end)
                    .is_some_and(|t| t.eq_ignore_ascii_case(keyword.as_bytes()));
                if !here {
                    continue;
                }
                if let Parsed::Bound(bound) = assignment::parse(view, Span::new(start, end)) {
                    let believed =
                        |one| value::believe(self.program, one, gated.then_some(end), view, caches);
                    all.extend(bound.iter().filter_map(believed));
                }
            }
        }
    }

    /// Rows of words of the list.
    fn phrases(&self, view: &View<'_>, caches: &mut Caches, all: &mut Vec<Found>) {
        let Some(number) = self.program.phrase else { return };
        let text = view.slice(0, usize::MAX);
        let gap = regex(r#"^[ \t\r\n,;"'.)|*\\-]*$"#);
        let (mut row, mut last): (Vec<Word>, usize) = (Vec::new(), 0);
        let mut rows = Vec::new();
        for token in regex(r"[0-9A-Za-z_\x80-\xff]+").find_iter(text) {
            let token_read = phrase::read(view, token.start(), token.end());
            if !gap.is_match(&text[last..token.start()]) || token_read == Token::Other {
                rows.push(std::mem::take(&mut row));
            }
            if let Token::Word(word) = token_read {
                if row.last().is_some_and(|w: &Word| w.end + phrase::WIDEST_GAP < word.start) {
                    rows.push(std::mem::take(&mut row));
                }
                row.push(word);
            }
            last = token.end();
        }
        rows.push(row);
        for row in rows.iter().filter(|row| row.len() <= phrase::LONGEST_ROW) {
            if let Some((span, most)) =
                phrase::phrase_in(row, phrase::told(view, row.first().map_or(0, |w| w.start)))
            {
                all.extend(phrase::believe(self.program, number, view, span, most, caches));
            }
        }
    }

    /// Unnamed tokens in the gaps between the findings in `all`.
    fn random(&self, view: &View<'_>, caches: &mut Caches, all: &mut Vec<Found>) {
        let text = view.slice(0, usize::MAX);
        let ends: Vec<usize> = all.iter().map(|f| f.end).collect();
        let starts = all.iter().map(|f| f.start).chain([text.len()]);
        let gaps: Vec<(usize, usize)> = [0].into_iter().chain(ends).zip(starts).collect();
        for (from, to) in gaps {
            let mut floor = from;
            for run in regex(r"[0-9A-Za-z_+/=-]+").find_iter(&text[from..to]) {
                let run = Span::new(from + run.start(), from + run.end());
                self.run(view, run, &mut floor, caches, all);
            }
        }
    }

    /// One run, and first what stands in it before its token.
    fn run(
        &self,
        view: &View<'_>,
        run: Span,
        floor: &mut usize,
        caches: &mut Caches,
        all: &mut Vec<Found>,
    ) {
        if !(16..=257).contains(&run.len()) {
            return;
        }
        let text = view.slice(0, usize::MAX);
        let start = random::token_start(view, run, *floor);
        let span = Span::new(start, run.end());
        let named = random::of_provider(self.program, view, *floor, span, caches);
        let found = named.or_else(|| self.unnamed(view, span, *floor, text, caches));
        let Some(found) = found else { return };
        self.run(view, Span::new(run.start(), found.start), floor, caches, all);
        *floor = found.end;
        all.push(found);
    }

    fn unnamed(
        &self,
        view: &View<'_>,
        span: Span,
        floor: usize,
        text: &[u8],
        caches: &mut Caches,
    ) -> Option<Found> {
        let token = &text[span.range()];
        let before = &text[span.start().saturating_sub(random::BEFORE).max(floor)..span.start()];
        if token.len() > 256 || !random::believable(token, before) {
            return None;
        }
        let number = self.program.random?;
        let plan = self.program.plan(number)?;
        let (confidence, check) = verdict::judge(plan, number, view, span, floor, caches)?;
        (confidence >= self.program.threshold).then_some(Found {
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
}

/// Where a secret with a tail ends whose head ends at `stop`, and whether it was cut at its limit.
fn tail_end(
    tail: &Tail,
    [end, join]: &[Option<Regex>; 2],
    text: &[u8],
    stop: usize,
) -> (usize, bool) {
    let (mut at, limit) = (stop, stop + tail.max);
    loop {
        let room = limit.saturating_sub(at);
        at += text[at..].iter().take(room).take_while(|b| tail.class.contains(**b)).count();
        if at >= limit && text.get(at).is_some_and(|b| tail.class.contains(*b)) {
            return (at, true);
        }
        let found = |mark: &Option<Regex>| mark.as_ref().and_then(|mark| mark.find(&text[at..]));
        if let Some(end) = found(end) {
            return (at + end.end(), false);
        }
        match found(join) {
            Some(joint) if joint.end() > 0 => at += joint.end(),
            _ => return (at, false),
        }
    }
}

/// Higher tiers first; within a tier leftmost, then one with a tail, then longest, then the earlier rule.
fn settle(mut all: Vec<Found>) -> Vec<Found> {
    let shortness = |f: &Found| (!f.tail).then_some(std::cmp::Reverse(f.end));
    all.sort_by_key(|f| (f.tier, f.start, shortness(f), f.rule));
    let mut standing: Vec<Found> = Vec::new();
    for found in all {
        if !standing.iter().any(|f| f.start < found.end && found.start < f.end) {
            standing.push(found);
        }
    }
    standing.sort_by_key(|f| f.start);
    standing
}
