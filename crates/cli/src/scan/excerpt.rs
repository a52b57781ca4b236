//! The part of a line that is shown with a finding, every secret on it masked.
//!
//! Masked is what the scan found on the line, and also what the scan was told to leave out but a redactor would hide: a
//! line is shown for one finding's sake, not to show its neighbours.

use std::collections::VecDeque;

use keysieve::{Finding, Span};
use keysieve_report::Part;

use super::trail::Stretch;
use crate::hiargs::Engine;

/// Bytes shown to each side of the secret.
const SIDE: usize = 80;
/// Bytes to each side that are searched for more secrets.
const LOOK: usize = 2048;

/// The pieces of the line that are shown.
pub(crate) fn parts(
    engine: &Engine,
    text: Stretch<'_>,
    line: Span,
    secret: Span,
    marks: &VecDeque<(Span, String)>,
    expose: bool,
) -> Vec<Part> {
    let from = line.start().max(secret.start().saturating_sub(SIDE));
    let to = line.end().min(secret.end() + SIDE);
    let (from, to) =
        (boundary(text, from, 1, secret.start()), boundary(text, to, -1, secret.end()));
    // Findings come in order and do not overlap: of a file full of them, only those near by are looked at.
    let near = marks.range(marks.partition_point(|(span, _)| span.end() <= from)..);
    let mut hidden: Vec<(Span, String)> =
        near.take_while(|(span, _)| span.start() < to).cloned().collect();
    if !expose {
        hidden.extend(others(engine, text, line, secret));
    }
    hidden.sort_by_key(|(span, _)| (span.start(), std::cmp::Reverse(span.end())));
    let mut parts = Vec::new();
    if from > line.start() {
        parts.push(Part::Cut);
    }
    let mut at = from;
    for (span, mark) in hidden {
        if span.end() <= at || span.start() >= to {
            continue;
        }
        if span.start() > at {
            parts.push(Part::Plain(text.slice(at, span.start()).to_vec()));
        }
        parts.push(match expose {
            true => Part::Exposed(text.slice(span.start().max(at), span.end()).to_vec()),
            false => Part::Hidden(mark),
        });
        at = span.end();
    }
    if at < to {
        parts.push(Part::Plain(text.slice(at, to).to_vec()));
    }
    if to < line.end() {
        parts.push(Part::Cut);
    }
    parts
}

/// What a redactor would hide near by.
fn others(engine: &Engine, text: Stretch<'_>, line: Span, secret: Span) -> Vec<(Span, String)> {
    let from = line.start().max(secret.start().saturating_sub(LOOK)).max(text.base);
    let near = text.slice(from, line.end().min(secret.end() + LOOK));
    let place = |f: &Finding| Span::new(f.span().start() + from, f.span().end() + from);
    let found = engine.careful().iter().flat_map(|scanner| scanner.find_iter(near));
    found.map(|f| (place(&f), f.preview())).collect()
}

/// The offset moved, by at most three bytes and not past `limit`, so that it does not cut a character.
fn boundary(text: Stretch<'_>, offset: usize, step: isize, limit: usize) -> usize {
    let mut at = offset;
    for _ in 0..3 {
        let inside = text.slice(at, at + 1).first().is_some_and(|b| (0x80..0xc0).contains(b));
        if !inside || at == limit {
            break;
        }
        at = at.saturating_add_signed(step);
    }
    at
}
