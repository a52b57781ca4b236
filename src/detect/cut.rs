//! The beginning of a token that somebody cut, as chunkers of documents do: its mark and some of its body at the end of a
//! string of prose.
//!
//! It is possible, no more: whoever hides what is possible hides it. Asked only where a mark stands whose body is too short,
//! so that it costs nothing anywhere else. Leaves out: formats whose mark has no `_` or `-`, rests without a mark.

use super::program::{Plan, Program};
use super::resolve::Found;
use crate::check::allow;
use crate::detect::finding::CheckOutcome;
use crate::rules::rule::{Confidence, Kind};
use crate::text::view::{Unseen, View};

/// Bytes that the mark and the body must have.
const MARK: usize = 3;
const BODY: usize = 6;
/// Bytes that a whole body has at least: what is shorter is not cut, but written so.
const WHOLE: usize = 16;
/// Bytes of prose that stand before it in its string.
const PROSE: usize = 32;

/// The beginning of a token of this rule that stands at `start`, if its string ends within it.
pub(super) fn read(
    program: &Program,
    plan: &Plan,
    number: u32,
    view: &View<'_>,
    start: usize,
) -> Result<Option<Found>, Unseen> {
    let rule = &*plan.rule;
    let is_plain = rule.kind == Kind::Anchored && rule.tail.is_none() && plan.tier == 0;
    let whole = rule.pattern.as_ref().is_some_and(|pattern| pattern.secret_offset() == 0);
    if program.threshold > Confidence::Possible || !is_plain || !whole {
        return Ok(None);
    }
    let Some(shape) = plan.shapes.iter().max_by_key(|shape| shape.least) else { return Ok(None) };
    let from = start + shape.at;
    let mark = view.slice(start, from);
    let is_mark = plan.anchor_at == 0 && rule.anchors.iter().any(|a| a.as_bytes() == mark);
    if shape.least < WHOLE || shape.at < MARK || !is_mark || !mark.iter().any(|b| b"_-".contains(b))
    {
        return Ok(None);
    }
    let set = program.class(shape.class);
    let mut end = from;
    while end - from < shape.least && view.byte(end)?.is_some_and(|byte| set.contains(byte)) {
        end += 1;
    }
    let is_cut = (BODY..shape.least).contains(&(end - from)) && ends(view, end)?;
    if !is_cut || !follows_prose(view, start) || !is_telling(view.slice(from, end)) {
        return Ok(None);
    }
    Ok(Some(Found {
        start,
        end,
        tier: plan.tier,
        rule: number,
        confidence: Confidence::Possible,
        check: CheckOutcome::None,
        truncated: true,
        tail: false,
        prefix: shape.at as u32,
    }))
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

/// Whether a body is drawn rather than written: letters and digits mixed, and nothing else.
fn is_telling(body: &[u8]) -> bool {
    let kind = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
    let turns = body.windows(2).filter(|pair| matches!(pair, [a, b] if kind(*a) != kind(*b)));
    body.iter().all(u8::is_ascii_alphanumeric)
        && body.iter().any(u8::is_ascii_digit)
        && turns.count() > 1
        && !allow::is_filler(body)
}
