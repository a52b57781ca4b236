//! A token that somebody cut, as chunkers of documents do: its mark and some of its body stand at the end of a string of
//! prose, its rest at the beginning of another one.
//!
//! Where the next strings bring the rest, so that both together are a token of the rule, both parts are findings, each by
//! itself. A beginning alone is possible, no more: whoever hides what is possible hides it. Asked only where a mark stands
//! whose body is too short, so that it costs nothing anywhere else; no farther ahead than [`FARTHEST`] bytes. Leaves out:
//! formats whose mark has no `_` or `-`, rests without a mark, strings in strings.

use super::program::{Plan, Program, Shape};
use super::resolve::Found;
use super::scratch::Caches;
use super::verdict;
use crate::check::allow;
use crate::detect::finding::CheckOutcome;
use crate::rules::rule::{Confidence, Rule};
use crate::text::span::Span;
use crate::text::view::{Unseen, View};

/// Bytes that the mark and the body must have.
const MARK: usize = 3;
const BODY: usize = 6;
/// Bytes that a whole body has at least: what is shorter is not cut, but written so.
const WHOLE: usize = 16;
/// Bytes of prose that stand before it in its string, and behind its rest.
const PROSE: usize = 32;
/// Bytes behind a beginning in which its rest may begin, and strings there that are asked.
pub(super) const FARTHEST: usize = 2048;
const MOST_STRINGS: usize = 32;

/// A beginning, and the rest if it was found.
pub(super) type Parts = (Found, Option<Found>);

/// The beginning of a token of this rule that stands at `start`, if its string ends within it.
pub(super) fn read(
    program: &Program,
    plan: &Plan,
    number: u32,
    view: &View<'_>,
    start: usize,
    caches: &mut Caches,
) -> Result<Option<Parts>, Unseen> {
    let Some(shape) = shape(program, plan, view, start) else { return Ok(None) };
    let from = start + shape.at;
    let set = program.class(shape.class);
    let mut end = from;
    while end - from < shape.least && view.byte(end)?.is_some_and(|byte| set.contains(byte)) {
        end += 1;
    }
    let is_cut = (BODY..shape.least).contains(&(end - from)) && ends(view, end)?;
    if !is_cut || !follows_prose(view, start) {
        return Ok(None);
    }
    let part = |span: Span, confidence, prefix| Found {
        start: span.start(),
        end: span.end(),
        tier: plan.tier,
        rule: number,
        confidence,
        check: CheckOutcome::None,
        truncated: true,
        tail: false,
        prefix,
    };
    let head = Span::new(start, end);
    if let Some((rest, confidence)) = rest(program, plan, number, view, (head, shape), caches)? {
        let head = part(head, confidence, shape.at as u32);
        return Ok(Some((head, Some(part(rest, confidence, 0)))));
    }
    let shown = program.threshold <= Confidence::Possible && is_telling(view.slice(from, end));
    Ok(shown.then(|| (part(head, Confidence::Possible, shape.at as u32), None)))
}

/// Whether tokens of `rule` with this body can be told by their beginning: they have a mark of their own.
pub(super) fn is_told(rule: &Rule, body: &Shape) -> bool {
    let mark = |anchor: &String| anchor.len() == body.at && is_telling_mark(anchor.as_bytes());
    body.least >= WHOLE && body.at >= MARK && rule.anchors.iter().any(mark)
}

/// The body of a token of this rule that may begin at `start`.
fn shape<'p>(
    program: &Program,
    plan: &'p Plan,
    view: &View<'_>,
    start: usize,
) -> Option<&'p Shape> {
    let shape = plan.cut.as_ref()?;
    let set = program.class(shape.class);
    let body = view.slice(start + shape.at, start + shape.at + BODY);
    let mark = view.slice(start, start + shape.at);
    let is_mark =
        || plan.rule.anchors.iter().any(|a| a.as_bytes() == mark && is_telling_mark(mark));
    (body.iter().all(|byte| set.contains(*byte)) && is_mark()).then_some(shape)
}

fn is_telling_mark(mark: &[u8]) -> bool {
    mark.iter().any(|byte| b"_-".contains(byte))
}

/// Where the rest of the token stands whose beginning is `head`: at the beginning of one of the next strings of prose.
fn rest(
    program: &Program,
    plan: &Plan,
    number: u32,
    view: &View<'_>,
    (head, shape): (Span, &Shape),
    caches: &mut Caches,
) -> Result<Option<(Span, Confidence)>, Unseen> {
    let limit = head.end() + FARTHEST;
    if view.byte(head.end())? != Some(b'"') {
        return Ok(None);
    }
    let set = program.class(shape.class);
    let most = shape.most.unwrap_or(usize::MAX).min(plan.rule.max_len());
    let have = head.len() - shape.at;
    let mut strings = 0;
    let mut at = head.end() + 1;
    while at < limit && strings < MOST_STRINGS {
        let ahead = view.slice(at, limit);
        let Some(quote) = memchr::memchr(b'"', ahead) else {
            // More may follow, up to the limit or the end of the text.
            view.byte((at + ahead.len()).min(limit - 1))?;
            return Ok(None);
        };
        at += quote + 1;
        strings += 1;
        let mut end = at;
        while have + end - at <= most && view.byte(end)?.is_some_and(|b| set.contains(b)) {
            end += 1;
        }
        let fits = (shape.least..=most).contains(&(have + end - at)) && end > at;
        if fits && leads_prose(view, end)? {
            let token = [view.slice(head.start(), head.end()), view.slice(at, end)].concat();
            if let Some(confidence) = judged(program, plan, number, &token, caches) {
                return Ok(Some((Span::new(at, end), confidence)));
            }
        }
    }
    Ok(None)
}

/// How sure the rule is of a token that was put together.
fn judged(
    program: &Program,
    plan: &Plan,
    number: u32,
    token: &[u8],
    caches: &mut Caches,
) -> Option<Confidence> {
    let pattern = plan.rule.pattern.as_ref()?;
    let (cache, stats) = caches.pattern(number);
    if !pattern.matches_all(cache, token, &mut stats.regex_bytes) {
        return None;
    }
    let view = View::new(token, 0, true);
    let judged = verdict::judge(plan, number, &view, Span::new(0, token.len()), 0, caches);
    judged.map(|(confidence, _)| confidence).filter(|sure| *sure >= program.threshold)
}

/// Whether a string ends at `pos`, or the text.
fn ends(view: &View<'_>, pos: usize) -> Result<bool, Unseen> {
    Ok(match view.byte(pos)? {
        None | Some(b'"') => true,
        Some(b'\\') => view.byte(pos + 1)? == Some(b'"'),
        _ => false,
    })
}

/// Whether words stand before `start` on its line and in its string.
fn follows_prose(view: &View<'_>, start: usize) -> bool {
    let before = view.look_back(start, PROSE);
    before.len() == PROSE
        && before.last() == Some(&b' ')
        && before.iter().filter(|byte| **byte == b' ').count() > 3
        && !before.iter().any(|byte| b"\"\n`<>{}()[]=;".contains(byte))
}

/// Whether words stand behind `end` in its string.
fn leads_prose(view: &View<'_>, end: usize) -> Result<bool, Unseen> {
    let after = view.slice(end, end + PROSE);
    let is_text = |byte: &u8| !b"\"\n`<>{}()[]=".contains(byte);
    let text = after.iter().take_while(|byte| is_text(byte)).count();
    if text == after.len() && after.len() < PROSE {
        view.byte(end + after.len())?;
    }
    let blanks = after.get(..text).unwrap_or_default().iter().filter(|byte| **byte == b' ');
    Ok(text == PROSE && blanks.count() > 3)
}

/// Whether a body is drawn rather than written: letters and digits mixed, and nothing else.
fn is_telling(body: &[u8]) -> bool {
    let kind = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
    let turns = body.windows(2).filter(|pair| matches!(pair, [a, b] if kind(*a) != kind(*b)));
    body.iter().all(u8::is_ascii_alphanumeric)
        && body.iter().any(u8::is_ascii_digit)
        && turns.count() > 1
        && !allow::is_filler(body)
}
