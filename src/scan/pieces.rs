//! A text that arrives in pieces: the strings of events, or stretches of UTF-16.
//!
//! It is read like any text, with what is encoded in it: base64 and escapes, which a stream of tool arguments cuts over its
//! events. What these readings find of the same bytes is settled before it is told. The state is as small as that of any stream.

use super::overlay::settle::{Item, Source, settle};
use super::reading::{Gather, Reader};
use crate::detect::LOOK_BACK;
use crate::detect::companion::FARTHEST;
use crate::detect::finding::{Companion, Finding};
use crate::detect::state::State;
use crate::payload::json;
use crate::text::base64::Runs;
use crate::text::channel::Channel;
use crate::text::mapped::Mapped;
use crate::text::secret::{Erased, append, forget};
use crate::text::span::Span;
use crate::text::view::View;
use crate::text::wide::Order;
use crate::text::words::Words;

/// A secret that stands, or more of one, and the original bytes that hide it.
pub(crate) type Found = (Option<Finding>, Vec<Span>);

/// A text that arrives in pieces, each a JSON string of an event.
#[derive(Debug)]
pub(crate) struct Pieces {
    pub(crate) key: String,
    channel: Option<Channel>,
    encoding: Vec<&'static str>,
    state: State,
    /// Erased when it is dropped.
    buffer: Erased,
    base: usize,
    map: Mapped,
    runs: Runs,
    words: Words,
    /// What was found and not told, by start.
    items: Vec<Item>,
    /// What is encoded is not decided from this offset on.
    open: usize,
    /// Whether bytes arrived since it was read.
    grown: bool,
}

impl Pieces {
    /// A text in the strings of events, which travel as `carrier`.
    pub(crate) fn new(key: String, channel: Channel, carrier: &'static str) -> Pieces {
        Pieces { key, channel: Some(channel), encoding: vec![carrier, "json"], ..Pieces::empty() }
    }

    /// A text in UTF-16.
    pub(crate) fn wide(order: Order) -> Pieces {
        Pieces { encoding: vec![order.as_str()], ..Pieces::empty() }
    }

    fn empty() -> Pieces {
        Pieces {
            key: String::new(),
            channel: None,
            encoding: Vec::new(),
            state: State::default(),
            buffer: Erased::default(),
            base: 0,
            map: Mapped::default(),
            runs: Runs::default(),
            words: Words::default(),
            items: Vec::new(),
            open: 0,
            grown: false,
        }
    }

    /// Takes the next piece: a JSON string without quotes that begins at absolute offset `at`.
    pub(crate) fn push(&mut self, raw: &[u8], at: usize) {
        json::decode(raw, at, &mut self.buffer, &mut self.map);
        self.grown = true;
    }

    /// Takes the next characters of ASCII in UTF-16, which begin at absolute offset `at`.
    pub(crate) fn push_wide(&mut self, raw: &[u8], at: usize) {
        for (place, pair) in raw.chunks_exact(2).enumerate() {
            // One of the two bytes is zero, in either order.
            let character = pair.iter().fold(0, |character, byte| character | byte);
            append(&mut self.buffer, &[character]);
            self.map.push(1, at + 2 * place, 2);
        }
        self.grown = true;
    }

    /// Reads on, to the end if nothing follows, and tells what is settled.
    pub(crate) fn read(&mut self, reader: &mut Reader<'_>, last: bool, found: &mut Vec<Found>) {
        if !std::mem::take(&mut self.grown) && !last {
            return;
        }
        let buffer = std::mem::take(&mut self.buffer);
        let view = View::new(&buffer, self.base, last);
        self.look(reader, &view);
        self.tell(&view, found);
        self.buffer = buffer;
        // A finding may still be linked to one before it.
        self.map.forget_before(self.decided().saturating_sub(FARTHEST));
        let floor = self.state.floor().min(self.decided().saturating_sub(LOOK_BACK));
        let keep = floor.saturating_sub(self.base).min(self.buffer.len());
        forget(&mut self.buffer, keep);
        self.base += keep;
    }

    /// Lets every reading look at what is new.
    fn look(&mut self, reader: &mut Reader<'_>, view: &View<'_>) {
        let counted = reader.caches.stats.bytes;
        let mut gather = Gather { found: Vec::new(), unnamed: true };
        let _ = reader.advance(&mut self.state, view, &mut gather);
        reader.caches.stats.bytes = counted;
        let mut items: Vec<(Finding, Source)> =
            gather.found.into_iter().map(|finding| (finding, Source::Plain)).collect();
        let depth = reader.config.depth();
        let mut spans = Vec::new();
        // What is compressed is not read here: how much it may become depends on the text around the events.
        let allowance = std::mem::take(&mut reader.allowance);
        self.runs.read(view, &mut spans);
        for run in spans.drain(..) {
            let bytes = view.slice(run.start(), run.end());
            let seen = reader.decoded(bytes, run, depth);
            items.extend(seen.into_iter().map(|finding| (finding, Source::Run)));
        }
        self.words.read(view, &mut spans);
        for word in spans {
            for (finding, escaped) in reader.word(view, word, depth) {
                items.push((finding, if escaped { Source::Word } else { Source::Around }));
            }
        }
        reader.allowance = allowance;
        let item = |(finding, source): (Finding, Source)| Item {
            span: finding.span,
            finding: Some(finding),
            source,
        };
        self.items.extend(items.into_iter().map(item));
        self.items.sort_by_key(|item| item.span.start());
        self.open = self.words.hold_from(view).min(self.runs.hold_from());
    }

    /// Settles what overlaps, as far as nothing that is still open may overlap it too.
    fn tell(&mut self, view: &View<'_>, found: &mut Vec<Found>) {
        let limit = if view.is_last() { usize::MAX } else { self.read_to() };
        while let Some(first) = self.items.first() {
            let mut end = first.span.end();
            let mut count = 0;
            while let Some(next) = self.items.get(count).filter(|next| next.span.start() < end) {
                end = end.max(next.span.end());
                count += 1;
            }
            if end > limit || count == 0 {
                break;
            }
            let mut cluster: Vec<Item> = self.items.drain(..count).collect();
            settle(&mut cluster, view);
            for item in cluster {
                self.place(item, found);
            }
        }
    }

    /// Tells where the original of an item stands.
    fn place(&self, item: Item, found: &mut Vec<Found>) {
        let pieces = self.map.pieces(item.span.start(), item.span.end());
        let (Some(first), Some(end)) = (pieces.first(), pieces.last()) else { return };
        let whole = Span::new(first.start(), end.end());
        let placed = item.finding.map(|mut finding| {
            finding.span = whole;
            finding.companion = finding.companion.take().and_then(|other| {
                let pieces = self.map.pieces(other.span.start(), other.span.end());
                let span = Span::new(pieces.first()?.start(), pieces.last()?.end());
                Some(Companion { span, ..other })
            });
            finding.encoding.splice(0..0, self.encoding.iter().copied());
            finding.channel = self.channel;
            finding
        });
        found.push((placed, pieces));
    }

    /// The earliest original byte that is not decided.
    pub(crate) fn hold_from(&self) -> usize {
        self.map.raw_at(self.decided()).unwrap_or(usize::MAX)
    }

    /// Every reading has decided the bytes before this offset.
    fn read_to(&self) -> usize {
        self.state.emitted.min(self.open)
    }

    /// Every byte of the text before this offset is decided and told.
    fn decided(&self) -> usize {
        let waiting = self.items.first().map_or(usize::MAX, |item| item.span.start());
        self.read_to().min(waiting)
    }
}
