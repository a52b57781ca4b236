//! The plain reading of a text and the readings of what is encoded in it, laid over each other.
//!
//! Every byte is handed out once, in order, as clean or as a secret's, when every reading that could claim it has
//! decided: the plain reading, an unfinished run of base64, an unfinished event, a text that a stream sends in pieces.
//! Where secrets overlap, the leftmost stands and the longer one of those; a generic guess yields to what a decoding
//! found around it. Where nothing is encoded, the plain reading passes straight through.
//! What is held for events is limited to [`MOST_HELD`] bytes: beyond it the texts in pieces are ended, which is counted.

pub(super) mod settle;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use self::settle::{Item, Source, settle};
use super::pieces::{Found, Pieces};
pub(crate) use super::reading::Reader;
use crate::detect::advance::Output;
use crate::detect::finding::Finding;
use crate::detect::state::State;
use crate::payload::elements::Elements;
use crate::payload::{chat, sse};
use crate::rules::rule::Rule;
use crate::text::base64::Runs;
use crate::text::span::Span;
use crate::text::spread::Spread;
use crate::text::view::View;
use crate::text::wide::Wide;
use crate::text::words::Words;
use crate::text::wraps::Wraps;

/// Bytes of a stream of events that may wait for one text to be decided.
const MOST_HELD: usize = 16 * 1024 * 1024;
/// Limits are looked at whenever so many bytes of the text were read.
const STRETCH: usize = 1024 * 1024;
/// Bytes of UTF-16 that are read at once, so that memory does not follow the text.
const WIDE_PIECE: usize = 64 * 1024;
/// Bytes that compressed data may become, and so many times the bytes of the text up to it.
const MOST_UNPACKED: usize = 1024 * 1024;
const MOST_RATIO: usize = 4;
/// Texts in pieces that are followed at a time.
const MOST_TEXTS: usize = 64;

/// Where the readings of one text stand.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    runs: Runs,
    lines: sse::Lines,
    elements: Elements,
    words: Words,
    wraps: Wraps,
    spread: Spread,
    wide: Wide,
    /// The stretch of UTF-16 at hand.
    wide_text: Option<Pieces>,
    /// Bytes that compressed data has become.
    unpacked: usize,
    /// They have seen every byte before this offset.
    read: usize,
    texts: Vec<Pieces>,
    /// By start, then order of arrival.
    items: BTreeMap<(usize, u64), Item>,
    arrived: u64,
    /// The plain reading has decided every byte before this offset.
    decided: usize,
    emitted: usize,
    /// The rule of a plain finding that begins at `decided` and whose end is not known, until that is told.
    certain: Option<Arc<Rule>>,
}

impl Overlay {
    pub(crate) fn reset(&mut self) {
        *self = Overlay::default();
    }

    /// At the offset `offset`, as if the text began there.
    pub(crate) fn at(offset: usize) -> Overlay {
        Overlay {
            runs: Runs::at(offset),
            lines: sse::Lines::at(offset),
            elements: Elements::at(offset),
            words: Words::at(offset),
            wraps: Wraps::at(offset),
            spread: Spread::at(offset),
            wide: Wide::at(offset),
            read: offset,
            decided: offset,
            emitted: offset,
            ..Overlay::default()
        }
    }

    /// Whether nothing is pending that holds bytes of the text or that was announced.
    pub(crate) fn is_quiet(&self) -> bool {
        self.holds_nothing() && self.certain.is_none()
    }

    /// Whether nothing is pending that holds bytes of the text.
    fn holds_nothing(&self) -> bool {
        self.texts.is_empty() && self.items.is_empty() && self.wide_text.is_none()
    }

    /// Whether the line at hand carries no event, whatever follows in it.
    pub(crate) fn is_idle(&self, view: &View<'_>) -> bool {
        self.lines.is_idle(view)
    }

    /// Bytes that compressed data has become.
    pub(crate) fn unpacked(&self) -> usize {
        self.unpacked
    }

    /// Whether the same follows from both, which are quiet; `idle` says of each whether its line is. What was unpacked is not
    /// looked at.
    pub(crate) fn agrees(&self, other: &Overlay, idle: (bool, bool)) -> bool {
        let of = |overlay: &Overlay| (overlay.read, overlay.decided, overlay.emitted);
        of(self) == of(other)
            && self.runs.agrees(&other.runs)
            && self.lines.agrees(&other.lines, idle)
            && self.elements.agrees(&other.elements)
            && self.words.agrees(&other.words)
            && self.wraps.agrees(&other.wraps)
            && self.spread.agrees(&other.spread)
            && self.wide.agrees(&other.wide)
    }

    /// Stands where `other` does, which agreed with it at the offset `since`, and has unpacked so many bytes more.
    pub(crate) fn follow(&mut self, other: Overlay, since: usize, unpacked: usize) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.follow(&other.lines, since);
        let (arrived, unpacked) = (self.arrived.max(other.arrived), self.unpacked + unpacked);
        *self = Overlay { lines, arrived, unpacked, ..other };
    }

    /// A copy to go on from later, if nothing is pending that holds bytes of the text.
    pub(crate) fn snapshot(&self) -> Option<Overlay> {
        self.holds_nothing().then(|| Overlay {
            runs: self.runs.clone(),
            lines: self.lines.clone(),
            elements: self.elements.clone(),
            words: self.words.clone(),
            wraps: self.wraps.clone(),
            spread: self.spread.clone(),
            wide: self.wide.clone(),
            wide_text: None,
            texts: Vec::new(),
            items: BTreeMap::new(),
            certain: self.certain.clone(),
            ..*self
        })
    }

    /// Every byte before this offset was handed out.
    pub(crate) fn emitted(&self) -> usize {
        self.emitted
    }

    /// Reads as far as `view` allows and hands out everything that is decided.
    pub(crate) fn step(
        &mut self,
        reader: &mut Reader<'_>,
        state: &mut State,
        view: &View<'_>,
        out: &mut dyn Output,
    ) -> ControlFlow<()> {
        self.read(reader, view);
        let hold = if reader.config.depth() == 0 { usize::MAX } else { self.hold_from(view) };
        if hold == usize::MAX && self.items.is_empty() && self.emitted == state.emitted {
            // What held it back has turned out to be nothing.
            if let Some(rule) = self.certain.take() {
                out.certain(&rule)?;
            }
            let flow = reader.advance(state, view, out);
            self.decided = state.emitted;
            self.emitted = state.emitted;
            return flow;
        }
        // The plain reading never stops early; what stops is the handing out.
        let _ = reader.advance(state, view, &mut Plain(self));
        self.release(hold, view, out)
    }

    /// Lets the readings other than the plain one look at what is new, stretch by stretch: limits are looked at where a
    /// stretch ends, so that they do not depend on how the text is cut.
    fn read(&mut self, reader: &mut Reader<'_>, view: &View<'_>) {
        if reader.config.depth() == 0 {
            return;
        }
        let limits = self.too_long();
        loop {
            let end = (self.read / STRETCH + 1) * STRETCH;
            if end >= view.end() {
                break;
            }
            self.stretch(reader, &view.before_end(end));
            self.read_texts(reader, false);
            if end.saturating_sub(self.texts_hold_from()) > MOST_HELD {
                reader.caches.stats.limits_hit += 1;
                self.read_texts(reader, true);
            }
            self.read = end;
        }
        self.stretch(reader, view);
        self.read_texts(reader, view.is_last());
        self.read = view.end();
        reader.caches.stats.limits_hit += self.too_long() - limits;
    }

    fn too_long(&self) -> u64 {
        self.runs.too_long
            + self.lines.too_long
            + self.elements.too_long
            + self.words.too_long
            + self.wraps.too_long
            + self.spread.too_long
    }

    fn stretch(&mut self, reader: &mut Reader<'_>, view: &View<'_>) {
        let mut spans = Vec::new();
        self.runs.read(view, &mut spans);
        for run in spans.drain(..) {
            let bytes = view.slice(run.start(), run.end());
            // It depends on the place of the run only, so that cuts do not matter.
            let allowance = MOST_UNPACKED + MOST_RATIO * run.end() - self.unpacked;
            reader.allowance = allowance;
            for finding in reader.decoded(bytes, run, reader.config.depth()) {
                self.insert(run, Some(finding), Source::Run);
            }
            self.unpacked += allowance - reader.allowance;
        }
        // What is left depends on the step at hand: nothing is unpacked inside a word.
        reader.allowance = 0;
        self.words.read(view, &mut spans);
        for word in spans.drain(..) {
            for (finding, escaped) in reader.word(view, word, reader.config.depth()) {
                let source = if escaped { Source::Word } else { Source::Around };
                self.insert(finding.span, Some(finding), source);
            }
        }
        self.read_parts(reader, view);
        self.read_wide(reader, view);
        if reader.config.reads_events() {
            let mut lines = Vec::new();
            self.lines.read(view, &mut lines);
            self.elements.read(view, &mut lines);
            for line in lines {
                self.event(reader, view, line);
            }
        }
    }

    fn read_parts(&mut self, reader: &mut Reader<'_>, view: &View<'_>) {
        let (mut words, mut found) = (Vec::new(), Vec::new());
        self.wraps.read(view, &mut words);
        words.into_iter().for_each(|word| found.extend(reader.wrapped(view, word)));
        if reader.config.is_strict() {
            let mut words = Vec::new();
            self.spread.read(view, &mut words);
            words.iter().for_each(|parts| found.extend(reader.spread(view, parts)));
        } else {
            self.spread.skip(view);
        }
        for finding in found {
            self.insert(finding.span, Some(finding), Source::Parts);
        }
    }

    fn read_wide(&mut self, reader: &mut Reader<'_>, view: &View<'_>) {
        let mut parts = Vec::new();
        self.wide.read(view, &mut parts);
        let mut found = Vec::new();
        for part in parts {
            let mut text = self.wide_text.take().unwrap_or_else(|| Pieces::wide(part.order));
            let (mut at, end) = (part.span.start(), part.span.end());
            while at < end {
                let next = end.min(at + WIDE_PIECE);
                text.push_wide(view.slice(at, next), at);
                text.read(reader, false, &mut found);
                at = next;
            }
            if part.ends {
                text.read(reader, true, &mut found);
            } else {
                self.wide_text = Some(text);
            }
        }
        self.take(found);
    }

    fn event(&mut self, reader: &mut Reader<'_>, view: &View<'_>, line: sse::Line) {
        let span = line.span;
        let bytes = view.slice(span.start(), span.end());
        let event = chat::read(bytes);
        for piece in event.pieces {
            let at =
                self.texts.iter().position(|text| text.key == piece.key).unwrap_or_else(|| {
                    if self.texts.len() == MOST_TEXTS {
                        reader.caches.stats.limits_hit += 1;
                        self.end_texts(reader, 0..1);
                    }
                    self.texts.push(Pieces::new(piece.key, piece.channel, line.carrier));
                    self.texts.len() - 1
                });
            if let Some(text) = self.texts.get_mut(at) {
                let raw = bytes.get(piece.raw.range()).unwrap_or_default();
                text.push(raw, span.start() + piece.raw.start());
            }
        }
        for beginning in event.ends {
            let mut at = 0;
            while at < self.texts.len() {
                if self.texts.get(at).is_some_and(|text| text.key.starts_with(&beginning)) {
                    self.end_texts(reader, at..at + 1);
                } else {
                    at += 1;
                }
            }
        }
    }

    fn read_texts(&mut self, reader: &mut Reader<'_>, last: bool) {
        if last {
            return self.end_texts(reader, 0..self.texts.len());
        }
        let mut found = Vec::new();
        for text in &mut self.texts {
            text.read(reader, false, &mut found);
        }
        self.take(found);
    }

    fn end_texts(&mut self, reader: &mut Reader<'_>, range: std::ops::Range<usize>) {
        let mut found = Vec::new();
        for mut text in self.texts.drain(range) {
            text.read(reader, true, &mut found);
        }
        self.take(found);
    }

    fn take(&mut self, found: Vec<Found>) {
        for (mut finding, pieces) in found {
            for piece in pieces {
                self.insert(piece, finding.take(), Source::Piece);
            }
        }
    }

    fn insert(&mut self, span: Span, finding: Option<Finding>, source: Source) {
        self.arrived += 1;
        self.items.insert((span.start(), self.arrived), Item { span, finding, source });
    }

    fn texts_hold_from(&self) -> usize {
        self.texts.iter().map(Pieces::hold_from).min().unwrap_or(usize::MAX)
    }

    fn wide_hold_from(&self, view: &View<'_>) -> usize {
        let text = self.wide_text.as_ref().map_or(usize::MAX, Pieces::hold_from);
        text.min(self.wide.hold_from(view))
    }

    /// The earliest byte that a reading other than the plain one may still claim.
    fn hold_from(&self, view: &View<'_>) -> usize {
        let runs = self.runs.hold_from();
        runs.min(self.lines.hold_from(view))
            .min(self.elements.hold_from(view))
            .min(self.texts_hold_from())
            .min(self.words.hold_from(view))
            .min(self.wraps.hold_from(view))
            .min(self.spread.hold_from(view))
            .min(self.wide_hold_from(view))
    }

    /// Hands out everything that is decided, by the other readings before `hold`.
    fn release(&mut self, hold: usize, view: &View<'_>, out: &mut dyn Output) -> ControlFlow<()> {
        let limit = if view.is_last() { usize::MAX } else { hold.min(self.decided) };
        while let Some(start) = self.items.keys().next().map(|key| key.0) {
            if start >= limit {
                break;
            }
            let end = self.cluster_end();
            self.clean_to(start, view, out)?;
            if end > limit {
                return ControlFlow::Continue(());
            }
            let rest = self.items.split_off(&(end, 0));
            let cluster = std::mem::replace(&mut self.items, rest);
            self.emit(cluster.into_values().collect(), view, out)?;
        }
        self.clean_to(limit.min(view.end()), view, out)?;
        // Told early only if no other reading has claimed the place or still may: what is told cannot be taken back.
        if self.emitted == self.decided
            && hold > self.decided
            && self.items.is_empty()
            && let Some(rule) = self.certain.take()
        {
            out.certain(&rule)?;
        }
        ControlFlow::Continue(())
    }

    /// Where the first item ends, and all that overlap it.
    fn cluster_end(&self) -> usize {
        let mut end = 0;
        for (key, item) in &self.items {
            if end > 0 && key.0 >= end {
                break;
            }
            end = end.max(item.span.end());
        }
        end
    }

    fn emit(
        &mut self,
        mut items: Vec<Item>,
        view: &View<'_>,
        out: &mut dyn Output,
    ) -> ControlFlow<()> {
        settle(&mut items, view);
        out.together(&mut items.iter().filter_map(|item| item.finding.as_ref()));
        let mut hidden_by_plain = false;
        for item in items {
            let start = item.span.start().max(self.emitted);
            if start >= item.span.end() {
                if let Some(finding) =
                    item.finding.filter(|_| item.source != Source::Plain && !hidden_by_plain)
                {
                    out.beside(&finding)?;
                }
                continue;
            }
            self.clean_to(start, view, out)?;
            let bytes = view.slice(start, item.span.end());
            self.emitted = item.span.end();
            hidden_by_plain = item.source == Source::Plain;
            match item.finding {
                Some(finding) => out.secret(&finding, bytes)?,
                None => out.more(bytes)?,
            }
        }
        ControlFlow::Continue(())
    }

    fn clean_to(&mut self, end: usize, view: &View<'_>, out: &mut dyn Output) -> ControlFlow<()> {
        if end > self.emitted {
            let bytes = view.slice(self.emitted, end);
            self.emitted = end;
            out.clean(bytes)?;
        }
        ControlFlow::Continue(())
    }
}

/// Takes what the plain reading hands out.
struct Plain<'o>(&'o mut Overlay);

impl Output for Plain<'_> {
    fn clean(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.0.decided += bytes.len();
        ControlFlow::Continue(())
    }

    fn certain(&mut self, rule: &Arc<Rule>) -> ControlFlow<()> {
        self.0.certain = Some(Arc::clone(rule));
        ControlFlow::Continue(())
    }

    fn secret(&mut self, finding: &Finding, _: &[u8]) -> ControlFlow<()> {
        self.0.certain = None;
        self.0.decided = finding.span.end();
        self.0.insert(finding.span, Some(finding.clone()), Source::Plain);
        ControlFlow::Continue(())
    }

    fn more(&mut self, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn beside(&mut self, _: &Finding) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
