//! Where gated keywords are worth a look: a provider's name is an ordinary word in most texts, its token is not.
//!
//! The keywords of rules whose tokens are long runs of token characters with a digit among them are *gated*
//! ([`crate::rules::keywords::is_gated`]): such a keyword counts only if its value begins no farther than [`REACH`] bytes
//! behind it. So only what stands before a run of that kind is searched for them at all, which little of most texts does.
//!
//! Guarantees: where the text that decides has not arrived, the gate is open; who reads the value asks [`may_be_value`]
//! and the distance again, so that the outcome never depends on it. Leaves out: whether the value is one.

use crate::rules::keywords::GATED_TOKEN;
use crate::text::bits::{self, SHORTEST_RUN};
use crate::text::byteset::ByteSet;
use crate::text::simd::{self, Class};
use crate::text::span::Span;
use crate::text::view::View;

/// How far behind a gated keyword its value may begin.
pub(crate) const REACH: usize = 160;

static TOKENS: Class = GATED_TOKEN.class();
static DIGITS: Class = ByteSet::EMPTY.with_range(b'0', b'9').class();

/// What a gated rule asks of its values before its pattern looks at them: letters alone are words.
pub(crate) fn may_be_value(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit)
}

/// Whether the gate is open for sure behind a keyword that ends at `end`, because of what stands in `value`: who believes
/// in values of another form than that of gated rules asks this, so that it does not matter what had arrived.
pub(crate) fn is_opened_by(view: &View<'_>, value: Span, end: usize) -> bool {
    let text = view.slice(value.start(), value.end());
    let mut at = value.start();
    text.split(|b| !GATED_TOKEN.contains(*b)).any(|run| {
        let start = at;
        at += run.len() + 1;
        start <= end + REACH && run.len() >= SHORTEST_RUN && may_be_value(run)
    })
}

/// Runs in a part of a text that may be values of gated rules.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    token: Vec<u64>,
    digit: Vec<u64>,
    runs: Vec<Span>,
    /// What follows this offset is not known.
    known: usize,
}

impl Gate {
    /// Looks at the bytes `from..to`, and beyond `to` as far as a keyword before it may reach.
    pub(crate) fn read(&mut self, view: &View<'_>, from: usize, to: usize) {
        let text = view.slice(from, to.saturating_add(REACH));
        let end = from + text.len();
        let closes = view.is_last() && end == view.end();
        self.known = if closes { usize::MAX } else { end };
        simd::members(&TOKENS, text, &mut self.token);
        simd::members(&DIGITS, text, &mut self.digit);
        self.runs.clear();
        let mut at = 0;
        loop {
            let start = bits::next_run::<SHORTEST_RUN>(&self.token, text.len(), at);
            if start >= text.len() {
                return;
            }
            at = bits::run_end(&self.token, text.len(), start);
            // A run that goes on may still become one.
            let open = at == text.len() && !closes;
            let long = at - start >= SHORTEST_RUN;
            if open || long && bits::any(&self.digit, start, at) {
                self.runs.push(Span::new(from + start, from + at));
            }
        }
    }

    /// Whether a value of a gated rule may stand behind a keyword that ends at `end`.
    pub(crate) fn opens(&self, end: usize) -> bool {
        let bound = end + REACH;
        let first = self.runs.partition_point(|run| run.end() <= end);
        let near = self.runs.get(first).is_some_and(|run| run.start() <= bound);
        near || self.known < bound
    }

    /// Stretches of `from..to`, in order, in which a keyword of at most `longest` bytes may begin that the gate lets pass.
    pub(crate) fn stretches(
        &self,
        from: usize,
        to: usize,
        longest: usize,
    ) -> impl Iterator<Item = Span> + '_ {
        let back = REACH + longest;
        let unknown = (self.known < to + REACH).then(|| Span::new(self.known, usize::MAX));
        let mut done = from;
        self.runs.iter().copied().chain(unknown).filter_map(move |run| {
            let start = run.start().saturating_sub(back).max(done);
            let end = run.end().min(to);
            (start < end).then(|| {
                done = end;
                Span::new(start, end)
            })
        })
    }
}
