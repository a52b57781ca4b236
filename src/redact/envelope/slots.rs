//! Parts of a text that are put back elsewhere, each on its own, when they are redacted.
//!
//! A scanner hands out every byte of the text once and in order; a [`Slot`] collects what comes out of its part. Bytes between
//! the slots are dropped. A secret stands in the slot in which it begins; what it covers of later ones is left out of them.

use std::collections::VecDeque;
use std::io;
use std::ops::ControlFlow;

use crate::detect::finding::{Companion, Finding};
use crate::redact::action::Action;
use crate::redact::replacement::{Exchanged, Replacement, Written};
use crate::redact::splice::Splicing;
use crate::redact::treatment::Treatment;
use crate::scan::sink::Sink;
use crate::text::span::Span;

/// Bytes behind a slot for which its place is remembered: a finding may be linked to one before it.
const REMEMBERED: usize = 64 * 1024;

/// Where the bytes of a slot stand in the original.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// Byte for byte from this offset on.
    Exact(usize),
    /// Encoded, as a whole.
    Whole(Span),
}

/// What came out of a part of the text.
#[derive(Debug)]
pub(super) struct Slot {
    start: usize,
    end: usize,
    place: Place,
    pub(super) out: Vec<u8>,
    pub(super) is_changed: bool,
}

/// All slots that are not filled, and those that are not taken.
#[derive(Debug)]
pub(super) struct Slots<S> {
    replacement: Replacement,
    treatment: Treatment,
    /// Why the stream must not go on.
    blocked: Option<io::Error>,
    sink: S,
    /// What the original is called in `encoding`.
    name: &'static str,
    open: VecDeque<Slot>,
    filled: VecDeque<Slot>,
    /// Places of slots, also of those that are gone.
    places: VecDeque<(usize, usize, Place)>,
    /// Bytes of the text that came out.
    position: usize,
}

impl<S: Sink> Slots<S> {
    pub(super) fn new(
        (replacement, treatment): (Replacement, Treatment),
        sink: S,
        name: &'static str,
    ) -> Slots<S> {
        Slots {
            replacement,
            treatment,
            blocked: None,
            sink,
            name,
            open: VecDeque::new(),
            filled: VecDeque::new(),
            places: VecDeque::new(),
            position: 0,
        }
    }

    /// Adds a slot for `len` bytes at `start`, behind all others.
    pub(super) fn push(&mut self, start: usize, len: usize, place: Place) {
        let end = start + len;
        self.places.push_back((start, end, place));
        self.open.push_back(Slot { start, end, place, out: Vec::new(), is_changed: false });
        self.settle();
    }

    /// The next `wanted` slots, if all of them are filled.
    pub(super) fn filled(&mut self, wanted: usize) -> Option<Vec<Slot>> {
        (self.filled.len() >= wanted).then(|| self.filled.drain(..wanted).collect())
    }

    /// Why the stream must not go on, if it must not.
    pub(super) fn blocked(&mut self) -> Option<io::Error> {
        self.blocked.take()
    }

    pub(super) fn sink(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Where the first original begins whose slot is not filled.
    pub(super) fn undecided_from(&self) -> Option<usize> {
        // Headers are shown behind the payload of their frame.
        let from = self.open.iter().map(|slot| match slot.place {
            Place::Exact(at) => at,
            Place::Whole(span) => span.start(),
        });
        from.min()
    }

    /// Hands the next `len` bytes to the slots they belong to: `put` gets the slot and which of the bytes are its own.
    fn pass(&mut self, len: usize, mut put: impl FnMut(&mut Slot, std::ops::Range<usize>)) {
        let (from, to) = (self.position, self.position + len);
        for slot in &mut self.open {
            if slot.start >= to {
                break;
            }
            let (start, end) = (slot.start.max(from), slot.end.min(to));
            if start < end {
                put(slot, start - from..end - from);
            }
        }
        self.position = to;
        self.settle();
    }

    fn settle(&mut self) {
        while self.open.front().is_some_and(|slot| slot.end <= self.position) {
            self.filled.extend(self.open.pop_front());
        }
        while self.places.front().is_some_and(|place| place.1 + REMEMBERED < self.position) {
            self.places.pop_front();
        }
    }

    /// The original bytes of `span`.
    fn original(&self, span: Span) -> Option<Span> {
        let at = |offset: usize| {
            let index = self.places.partition_point(|place| place.1 <= offset);
            self.places.get(index).filter(|place| place.0 <= offset)
        };
        let (start, _, place) = at(span.start())?;
        let from = match place {
            Place::Exact(original) => original + (span.start() - start),
            Place::Whole(original) => original.start(),
        };
        let last = span.end().max(span.start() + 1) - 1;
        // The end may lie between slots, for what goes on over more than one.
        let index = self.places.partition_point(|place| place.0 <= last).checked_sub(1)?;
        let (start, end, place) = self.places.get(index)?;
        let to = match place {
            Place::Exact(original) => original + (span.end().min(*end) - start),
            Place::Whole(original) => original.end(),
        };
        Some(Span::new(from, to.max(from)))
    }
}

impl<S: Sink> Splicing for Slots<S> {
    fn treatment(&mut self) -> &mut Treatment {
        &mut self.treatment
    }

    fn show(&mut self, finding: &Finding) {
        let Some(span) = self.original(finding.span) else { return };
        let mut finding = Finding { span, ..finding.bare() };
        finding.companion = finding.companion.take().and_then(|other| {
            // Whether its slot is remembered must not depend on how far the scanner has read.
            let is_near = other.span.end() + REMEMBERED / 2 > finding.span.start();
            let span = self.original(other.span).filter(|_| is_near)?;
            Some(Companion { span, ..other })
        });
        finding.encoding.retain(|name| *name != "sse");
        finding.encoding.insert(0, self.name);
        // A sink that had enough does not stop redaction.
        let _ = self.sink.finding(&finding);
    }

    fn keep(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.replacement.passed(bytes);
        self.pass(bytes.len(), |slot, own| {
            slot.out.extend_from_slice(bytes.get(own).unwrap_or_default());
        });
        ControlFlow::Continue(())
    }

    fn replace(&mut self, action: Action, finding: &Finding, bytes: &[u8]) -> io::Result<Written> {
        let exchanged = match self.replacement.exchange(action, finding, bytes)? {
            Exchanged::Stays => return Ok(Written::Stays),
            Exchanged::By(text) => Some(text),
            Exchanged::No => None,
        };
        let mode = self.replacement.mode;
        let mut is_first = true;
        self.pass(bytes.len(), |slot, own| {
            slot.is_changed = true;
            let is_first = std::mem::take(&mut is_first);
            match &exchanged {
                Some(text) if is_first => slot.out.extend_from_slice(text.secret().expose()),
                Some(_) => {}
                None if is_first => mode.write(finding, own.len(), &mut slot.out),
                None => mode.write_more(own.len(), &mut slot.out),
            }
        });
        Ok(Written::Replaced)
    }

    fn replace_more(&mut self, bytes: &[u8]) {
        let replacement = self.replacement.clone();
        self.pass(bytes.len(), |slot, own| {
            slot.is_changed = true;
            replacement.write_more(own.len(), &mut slot.out);
        });
    }

    fn fail(&mut self, error: io::Error, _: &Finding, _: &[u8]) -> ControlFlow<()> {
        self.blocked = Some(error);
        ControlFlow::Break(())
    }
}
