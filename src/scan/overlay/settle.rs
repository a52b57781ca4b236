//! Which of the findings stand that several readings made of the same bytes.
//!
//! What has a format beats a guess by a name; what the plain reading knows as well it knows better; nothing is told twice.
//! What is left stands in the order in which it is handed out; what is done about parts that overlap all the same is the overlay's
//! business.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::detect::finding::Finding;
use crate::rules::rule::{self, Rule};
use crate::text::escape::Kind;
use crate::text::span::Span;
use crate::text::view::View;

/// A stretch of bytes to be hidden.
#[derive(Debug)]
pub(in crate::scan) struct Item {
    pub(in crate::scan) span: Span,
    /// None for a further piece of a finding that was told with its first.
    pub(in crate::scan) finding: Option<Finding>,
    pub(in crate::scan) source: Source,
}

/// The reading that claims a stretch. Of what begins and ends alike, the first of these is handed out first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::scan) enum Source {
    /// A run of base64, as a whole.
    Run,
    /// A word with escapes in the stretch itself.
    Word,
    /// A word with escapes around the stretch only: the plain reading knows better.
    Around,
    /// A word in parts: over the edge of a line, or taken apart. It stands if nothing is found in one part.
    Parts,
    /// A text in pieces.
    Piece,
    Plain,
}

/// Drops what another of these overlapping items knows better. First what the plain reading knows better; what is left of
/// the other readings then stands, and only what stands can drop a guess of the plain one.
pub(in crate::scan) fn settle(items: &mut Vec<Item>, view: &View<'_>) {
    // Which of them came first depends on how the text was cut.
    items.sort_by_key(Item::place);
    drop_decoded(items, view);
    let spans = |of: &dyn Fn(&Item) -> bool| -> Vec<Span> {
        items.iter().filter(|item| of(item)).map(|item| item.span).collect()
    };
    let named = spans(&|item| item.source == Source::Plain && !item.is_generic());
    let decoded = spans(&|item| !matches!(item.source, Source::Plain | Source::Around));
    // A format of its own beats the name before it, as in plain text.
    let formats = spans(&|item| {
        matches!(item.source, Source::Word | Source::Around | Source::Parts)
            && item.finding.is_some()
            && !item.is_generic()
            && !named.iter().any(|span| span.overlaps(item.span))
    });
    let mut rest = Vec::new();
    items.retain(|item| {
        if item.source != Source::Plain || !item.is_generic() {
            return true;
        }
        let beaten = formats.iter().any(|span| span.overlaps(item.span));
        if beaten {
            rest.extend(behind(item.span, &formats));
        }
        !beaten && !decoded.iter().any(|span| item.lies_in(*span))
    });
    // What else the guess would have hidden stays hidden, behind the placeholder of the format.
    let hidden = |span| Item { span, finding: None, source: Source::Plain };
    items.extend(rest.into_iter().map(hidden));
    items.sort_by_key(Item::place);
}

/// The parts of `span` behind the first of `others` in it and outside of all.
fn behind(span: Span, others: &[Span]) -> Vec<Span> {
    let mut others: Vec<Span> = others.to_vec();
    others.sort_unstable_by_key(|other| other.start());
    let mut parts = Vec::new();
    let mut from = None;
    for other in others.iter().filter(|other| other.overlaps(span)) {
        let start = from.unwrap_or(other.start());
        parts.push(Span::new(start, other.start().max(start)));
        from = Some(other.end().max(start));
    }
    let start = from.unwrap_or(span.end()).min(span.end());
    parts.push(Span::new(start, span.end()));
    parts.retain(|part| !part.is_empty());
    parts
}

/// Drops what the plain reading knows better, and what is told twice.
fn drop_decoded(items: &mut Vec<Item>, view: &View<'_>) {
    let spans = |of: &dyn Fn(&Item) -> bool| -> Vec<Span> {
        items.iter().filter(|item| of(item)).map(|item| item.span).collect()
    };
    let plain = spans(&|item| item.source == Source::Plain);
    let named = spans(&|item| item.source == Source::Plain && !item.is_generic());
    // Padding at the end of a line is no soft break.
    let padded = spans(&|item| {
        let end = item.span.end();
        item.source == Source::Plain
            && !item.is_generic()
            && view.slice(end.saturating_sub(1), end) == b"="
    });
    // A word may be read twice: in an event and by itself, or where a long one goes on.
    let mut told: Vec<(Span, Option<Arc<Rule>>)> = Vec::new();
    for item in items.iter().filter(|item| item.source == Source::Piece) {
        told.push((item.span, item.finding.as_ref().map(|finding| Arc::clone(&finding.rule))));
    }
    items.retain(|item| {
        let clear = |spans: &[Span]| !spans.iter().any(|span| span.overlaps(item.span));
        match (item.source, item.is_generic()) {
            (Source::Plain, _) => return true,
            (Source::Around, true) if !clear(&plain) => return false,
            (Source::Around, false) | (Source::Parts, _) if !clear(&named) => return false,
            (_, true) if !clear(&named) => return false,
            (Source::Word, _) if item.is_joined() && !clear(&padded) => return false,
            (Source::Run | Source::Piece, _) => return true,
            _ => {}
        }
        let rule = item.finding.as_ref().map(|finding| Arc::clone(&finding.rule));
        let again = told.iter().any(|(span, known)| {
            *span == item.span
                && known.as_ref().map(|rule| rule.id()) == rule.as_ref().map(|rule| rule.id())
        });
        told.push((item.span, rule));
        !again
    });
}

impl Item {
    /// Its place among items that overlap: what begins first, of that what ends last, then by the reading.
    fn place(&self) -> (usize, Reverse<usize>, Source) {
        (self.span.start(), Reverse(self.span.end()), self.source)
    }

    /// Whether it is a guess by a name, not a format of its own.
    fn is_generic(&self) -> bool {
        let generic = |rule: &Rule| {
            matches!(rule.kind, rule::Kind::Password | rule::Kind::Token | rule::Kind::Random)
        };
        self.finding.as_ref().is_some_and(|finding| generic(&finding.rule))
    }

    /// Whether it may have been joined over a soft line break.
    fn is_joined(&self) -> bool {
        let quoted = Kind::Quoted.as_str();
        self.finding.as_ref().is_some_and(|finding| finding.encoding.contains(&quoted))
    }

    fn lies_in(&self, span: Span) -> bool {
        span.start() <= self.span.start() && self.span.end() <= span.end()
    }
}
