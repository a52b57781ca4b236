//! Whether a candidate has one of the benign shapes that packs describe.
//!
//! Guarantees: looks at the value and at most [`benign::FARTHEST`] bytes before it, in linear time; the same answer
//! however the text was cut. Leaves out: what is harmless by calculation (UUIDs, repetition, words, code).

#[cfg(test)]
mod tests;

use std::cell::OnceCell;

use super::program::Plan;
use super::scratch::Caches;
use crate::rules::benign::{self, Benign};
use crate::text::byteset::ByteSet;
use crate::text::pairs::Pairs;
use crate::text::span::Span;
use crate::text::view::View;

/// How far before a value the word may begin that it ends.
const LONGEST_WORD: usize = 256;
/// What stands between a name and its value.
const BINDS: ByteSet = ByteSet::EMPTY.with(b" \t\r\n\"'\\:=>@,-");
/// What ends a word.
const BREAKS: ByteSet = ByteSet::EMPTY.with(b" \t\r\n\"'`;,<>()[]{}|\\");

/// A value and what stands before it.
struct Place<'v> {
    value: &'v [u8],
    /// What stands behind the first `=` in the value.
    given: Option<&'v [u8]>,
    /// Up to [`benign::FARTHEST`] bytes before the value.
    before: &'v [u8],
    /// The beginning of the word that the value ends, before the value.
    lead: &'v [u8],
    /// What ends with the name of the value.
    named: [Option<&'v [u8]>; 5],
    in_value: Pairs,
    in_before: OnceCell<Pairs>,
}

impl<'v> Place<'v> {
    fn new(value: &'v [u8], before: &'v [u8]) -> Place<'v> {
        let lead = word_before(before);
        let outside = before.get(..before.len() - lead.len()).filter(|_| !lead.is_empty());
        // Weak entity tags are written `W/"…"`.
        let weak = [b"W/\"".as_slice(), b"W/\\\""].into_iter();
        let weak = weak.filter_map(|weak| before.strip_suffix(weak)).next();
        Place {
            value,
            given: value.iter().position(|b| *b == b'=').and_then(|at| value.get(at + 1..)),
            before,
            lead,
            named: [
                assigned(value),
                assigned(lead),
                named_before(before),
                weak.and_then(named_before),
                outside.and_then(named_before),
            ],
            in_value: Pairs::of(value),
            in_before: OnceCell::new(),
        }
    }

    /// Whether the value, what is given in it, or the word that it ends begins with `head`.
    fn starts(&self, head: &[u8]) -> bool {
        let first = head.first();
        let given = self.given.and_then(<[u8]>::first);
        if first != self.value.first() && first != self.lead.first() && first != given {
            return false;
        }
        self.value.starts_with(head)
            || self.given.is_some_and(|given| given.starts_with(head))
            || !self.lead.is_empty() && begins(self.lead, self.value, head)
    }

    /// Whether the value holds `text`, in any case.
    fn holds(&self, text: &[u8]) -> bool {
        self.in_value.may_hold(text)
            && self.value.windows(text.len()).any(|w| w.eq_ignore_ascii_case(text))
    }

    /// Whether `text` stands in the last `within` bytes before the value.
    fn follows(&self, text: &[u8], within: usize) -> bool {
        let near = self.before.get(self.before.len().saturating_sub(within)..).unwrap_or_default();
        self.in_before.get_or_init(|| Pairs::of(self.before)).may_hold(text)
            && memchr::memmem::find(near, text).is_some()
    }

    /// `name=value` in one word, or the name and an operator before the word.
    fn is_named(&self, name: &[u8]) -> bool {
        self.named.iter().flatten().any(|text| ends_with_name(text, name))
    }
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
    let place = Place::new(view.slice(span.start(), span.end()), before);
    plan.benign.iter().any(|(number, shape)| covers(shape, *number, &place, caches))
}

/// The word at the end of `before`, as far as it is at hand.
pub(crate) fn word_before(before: &[u8]) -> &[u8] {
    let near = before.iter().rev().take(LONGEST_WORD);
    let word = near.take_while(|b| !BREAKS.contains(**b)).count();
    before.get(before.len() - word..).unwrap_or_default()
}

fn covers(shape: &Benign, number: u32, place: &Place<'_>, caches: &mut Caches) -> bool {
    any(&shape.heads, |head| place.starts(head.as_bytes()))
        && any(&shape.ends, |end| place.value.ends_with(end.as_bytes()))
        && any(&shape.holds, |text| place.holds(text.as_bytes()))
        && any(&shape.names, |name| place.is_named(name.as_bytes()))
        && any(&shape.after, |text| place.follows(text.as_bytes(), shape.within))
        && shape.inside.as_ref().is_none_or(|(open, close)| is_inside(place.before, open, close))
        && shape.pattern.as_ref().is_none_or(|pattern| {
            let (cache, stats) = caches.shape(number);
            pattern.matches_all(cache, place.value, &mut stats.regex_bytes)
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

/// What stands before the operator in `name=value`.
fn assigned(word: &[u8]) -> Option<&[u8]> {
    let end = word.iter().position(|b| matches!(b, b'=' | b':'))?;
    word.get(..end)
}

/// What stands before the operator that `text` ends with.
fn named_before(text: &[u8]) -> Option<&[u8]> {
    let bound = text.iter().rev().take_while(|b| BINDS.contains(**b)).count();
    let (head, operator) = text.split_at(text.len() - bound);
    // Over the end of a line, only a colon binds: a list below its name in YAML.
    let broken = operator.iter().any(|b| matches!(b, b'\r' | b'\n'));
    // A comma binds two arguments of a call, which are in quotes: `header("etag", "…")`.
    let listed = operator.contains(&b',') && !operator.starts_with(b"\"");
    (bound > 0 && !listed && (!broken || operator.contains(&b':'))).then_some(head)
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
