//! Whether a candidate has one of the benign shapes that packs describe.
//!
//! Guarantees: looks at the value and at most [`benign::FARTHEST`] bytes before it, in linear time; the same answer
//! however the text was cut. Leaves out: what is harmless by calculation (UUIDs, repetition, words, code).

#[cfg(test)]
mod tests;

use super::program::Plan;
use super::scratch::Caches;
use crate::rules::benign::{self, Benign};
use crate::text::span::Span;
use crate::text::view::View;

/// How far before a value the word may begin that it ends.
const LONGEST_WORD: usize = 256;
/// What stands between a name and its value.
const BINDS: &[u8] = b" \t\r\n\"'\\:=>@,-";
/// What ends a word.
const BREAKS: &[u8] = b" \t\r\n\"'`;,<>()[]{}|\\";

/// A value and what stands before it.
struct Place<'v> {
    value: &'v [u8],
    /// Up to [`benign::FARTHEST`] bytes before the value.
    before: &'v [u8],
    /// Where the word begins that the value ends, in `before`.
    word: usize,
}

/// Whether a shape of the pack says that `span` is harmless to the rule of `plan`. Nothing before `floor` counts.
pub(crate) fn is_harmless(
    plan: &Plan,
    view: &View<'_>,
    span: Span,
    floor: usize,
    caches: &mut Caches,
) -> bool {
    if plan.benign.is_empty() {
        return false;
    }
    let from = span.start().saturating_sub(benign::FARTHEST).max(floor);
    let before = view.slice(from, span.start());
    let word = before.len() - word_before(before).len();
    let place = Place { value: view.slice(span.start(), span.end()), before, word };
    plan.benign.iter().any(|(number, shape)| covers(shape, *number, &place, caches))
}

/// The word at the end of `before`, as far as it is at hand.
pub(crate) fn word_before(before: &[u8]) -> &[u8] {
    let near = before.iter().rev().take(LONGEST_WORD);
    let word = near.take_while(|b| !BREAKS.contains(b)).count();
    before.get(before.len() - word..).unwrap_or_default()
}

fn covers(shape: &Benign, number: u32, place: &Place<'_>, caches: &mut Caches) -> bool {
    let Place { value, before, word } = *place;
    let lead = before.get(word..).unwrap_or_default();
    let given = value.iter().position(|b| *b == b'=').and_then(|at| value.get(at + 1..));
    let starts = |head: &String| {
        value.starts_with(head.as_bytes())
            || given.is_some_and(|given| given.starts_with(head.as_bytes()))
            || !lead.is_empty() && begins(lead, value, head.as_bytes())
    };
    let holds =
        |text: &String| value.windows(text.len()).any(|w| w.eq_ignore_ascii_case(text.as_bytes()));
    let close = before.get(before.len().saturating_sub(shape.within)..).unwrap_or_default();
    let stands = |text: &String| memchr::memmem::rfind(close, text.as_bytes()).is_some();
    any(&shape.heads, starts)
        && any(&shape.ends, |end| value.ends_with(end.as_bytes()))
        && any(&shape.holds, holds)
        && any(&shape.after, stands)
        && any(&shape.names, |name| named(place, lead, name.as_bytes()))
        && shape.inside.as_ref().is_none_or(|(open, close)| is_inside(before, open, close))
        && shape.pattern.as_ref().is_none_or(|pattern| {
            let (cache, stats) = caches.shape(number);
            pattern.matches_all(cache, value, &mut stats.regex_bytes)
        })
}

/// Of a list any text will do; an empty list asks nothing.
fn any(list: &[String], says: impl Fn(&String) -> bool) -> bool {
    list.is_empty() || list.iter().any(says)
}

/// Whether `lead` and `rest`, put together, begin with `head`.
fn begins(lead: &[u8], rest: &[u8], head: &[u8]) -> bool {
    match head.split_at_checked(lead.len()) {
        Some((first, second)) => lead == first && rest.starts_with(second),
        None => lead.starts_with(head),
    }
}

/// `name=value` in one word, or the name and an operator before the word.
fn named(place: &Place<'_>, lead: &[u8], name: &[u8]) -> bool {
    let assigned = |word: &[u8]| {
        let end = word.iter().position(|b| b"=:".contains(b));
        end.and_then(|end| word.get(..end)).is_some_and(|head| ends_with_name(head, name))
    };
    if assigned(place.value) || assigned(lead) {
        return true;
    }
    let ends_before = |text: &[u8]| {
        let bound = text.iter().rev().take_while(|b| BINDS.contains(b)).count();
        let (head, operator) = text.split_at(text.len() - bound);
        // Over the end of a line, only a colon binds: a list below its name in YAML.
        let broken = operator.iter().any(|b| b"\r\n".contains(b));
        // A comma binds two arguments of a call, which are in quotes: `header("etag", "…")`.
        let listed = operator.contains(&b',') && !operator.starts_with(b"\"");
        bound > 0 && !listed && (!broken || operator.contains(&b':')) && ends_with_name(head, name)
    };
    // Weak entity tags are written `W/"…"`.
    let text = place.before;
    let weak = [b"W/\"".as_slice(), b"W/\\\""].into_iter().find_map(|w| text.strip_suffix(w));
    ends_before(text)
        || weak.is_some_and(ends_before)
        || place.before.get(..place.word).is_some_and(ends_before)
}

/// Whether `text` ends with `name` as a whole word or hump, in any case; `_` in `name` is any separator or none.
fn ends_with_name(text: &[u8], name: &[u8]) -> bool {
    let mut rest = text;
    let mut first = 0;
    for &want in name.iter().rev() {
        match (rest, want) {
            ([head @ .., b'_' | b'-' | b'.' | b' '], b'_') => rest = head,
            (_, b'_') => {}
            ([head @ .., last], _) if last.eq_ignore_ascii_case(&want) => {
                first = *last;
                rest = head;
            }
            _ => return false,
        }
    }
    // `traceId` and `trace_id`, but not `paid` or `grid`.
    !rest.last().is_some_and(u8::is_ascii_alphanumeric)
        || first.is_ascii_uppercase() && rest.last().is_some_and(u8::is_ascii_lowercase)
}

/// Whether the last `open` of the line is not closed.
fn is_inside(before: &[u8], open: &str, close: &str) -> bool {
    let line = before.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    let Some(at) = memchr::memmem::rfind(line, open.as_bytes()) else { return false };
    let rest = line.get(at + open.len()..).unwrap_or_default();
    memchr::memmem::find(rest, close.as_bytes()).is_none()
}
