//! Signed blocks of reasoning in documents and streams: their texts, as the bytes between the quotes of their JSON, and their
//! signatures.
//!
//! Pieces of a text that come in several events are put one behind the other as they stand, which is the string of JSON again.
//! Guarantees: linear time; at most [`MOST`] texts of [`LONGEST`] bytes are held, erased when they are let go of, and what goes
//! beyond is counted. Leaves out lines of more than [`LONGEST_LINE`] bytes, and events whose `data` has several lines.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::payload::eventstream::{Frames, Part};
use crate::payload::json::{self, Scalar};
use crate::payload::sse::LONGEST_LINE;
use crate::redact::envelope::chunk;
use crate::text::secret::append;
use crate::text::span::Span;

/// The longest text that is followed.
const LONGEST: usize = 1024 * 1024;
/// Most blocks of one stream that are open at once, and texts that are held.
pub(super) const MOST: usize = 64;

/// Whose block it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `{"type":"thinking","thinking":"…","signature":"…"}`.
    Thinking,
    /// `{"reasoningContent":{"reasoningText":{"text":"…","signature":"…"}}}`.
    ReasoningText,
}

/// A block in a document.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) kind: Kind,
    pub(super) text: Span,
    signature: Span,
    /// The element of the message's content.
    pub(super) element: Span,
}

impl Signed {
    pub(super) fn text<'t>(&self, document: &'t [u8]) -> &'t [u8] {
        document.get(self.text.range()).unwrap_or_default()
    }

    pub(super) fn signature<'t>(&self, document: &'t [u8]) -> &'t [u8] {
        document.get(self.signature.range()).unwrap_or_default()
    }
}

/// A block of which not all is seen.
#[derive(Debug, Default)]
struct Seen {
    text: Option<Span>,
    signature: Option<Span>,
}

/// The signed blocks of a document, in their order, and whether it was read to its end.
pub(super) fn of_document(document: &[u8]) -> (Vec<Signed>, bool) {
    if memchr::memmem::find(document, b"\"signature\"").is_none() {
        return (Vec::new(), true);
    }
    // By the path of the element they belong to.
    let seen = std::cell::RefCell::new(BTreeMap::<(String, bool), Seen>::new());
    let mut found = Vec::new();
    let is_whole = json::walk_objects(
        document,
        &mut |path, scalar| {
            let (Scalar::Text(span), Some((element, kind, is_text))) = (scalar, place(path)) else {
                return;
            };
            let mut seen = seen.borrow_mut();
            let block = seen.entry((element.to_owned(), kind == Kind::Thinking)).or_default();
            *(if is_text { &mut block.text } else { &mut block.signature }) = Some(span);
        },
        &mut |path, element| {
            let mut seen = seen.borrow_mut();
            for kind in [Kind::Thinking, Kind::ReasoningText] {
                let block = seen.remove(&(path.to_owned(), kind == Kind::Thinking));
                if let Some(Seen { text: Some(text), signature: Some(signature) }) = block
                    && !signature.is_empty()
                {
                    found.push(Signed { kind, text, signature, element });
                }
            }
        },
    );
    found.sort_by_key(|block| block.element.start());
    (found, is_whole)
}

/// The element that the string at `path` belongs to, whose it is, and whether it is its text or its signature.
fn place(path: &str) -> Option<(&str, Kind, bool)> {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    match (parent.strip_suffix("reasoningContent.reasoningText"), name) {
        (Some(element), "text" | "signature") => {
            let element = element.strip_suffix('.').unwrap_or(element);
            Some((element, Kind::ReasoningText, name == "text"))
        }
        (None, "thinking" | "signature") => Some((parent, Kind::Thinking, name == "thinking")),
        _ => None,
    }
}

/// Follows the blocks of a stream.
#[derive(Debug)]
pub(super) struct Blocks {
    input: Input,
    open: BTreeMap<u64, Block>,
    /// Signatures that came, each with the text before it; to be taken.
    pub(super) signed: Vec<(Vec<u8>, Zeroizing<Vec<u8>>)>,
    pub(super) limits_hit: u64,
}

#[derive(Debug)]
enum Input {
    /// The line at hand, and whether it is too long to be read.
    Lines(Zeroizing<Vec<u8>>, bool),
    Frames(Frames),
}

#[derive(Debug, Default)]
struct Block {
    text: Zeroizing<Vec<u8>>,
    signature: Vec<u8>,
    is_overlong: bool,
}

/// What an event says of a block.
#[derive(Debug, Default)]
struct Said {
    index: u64,
    begins: bool,
    text: Option<Span>,
    signature: Option<Span>,
}

impl Blocks {
    /// Of events in lines (`text/event-stream`).
    pub(super) fn of_lines() -> Blocks {
        Blocks::new(Input::Lines(Zeroizing::default(), false))
    }

    /// Of AWS event streams.
    pub(super) fn of_frames() -> Blocks {
        Blocks::new(Input::Frames(Frames::default()))
    }

    fn new(input: Input) -> Blocks {
        Blocks { input, open: BTreeMap::new(), signed: Vec::new(), limits_hit: 0 }
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        match &mut self.input {
            Input::Lines(..) => self.lines(bytes),
            Input::Frames(frames) => {
                let mut parts = Vec::new();
                frames.push(bytes, &mut parts);
                for part in parts {
                    let Part::Frame(frame) = part else { continue };
                    let inner = (frame.header(":event-type") == Some("chunk"))
                        .then(|| chunk(frame.payload()))
                        .flatten();
                    match inner {
                        Some((_, text)) => self.event(&text),
                        None => self.event(frame.payload()),
                    }
                }
            }
        }
    }

    /// Nothing follows.
    pub(super) fn end(&mut self) {
        if let Input::Lines(..) = self.input {
            self.lines(b"\n");
        }
    }

    fn lines(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Input::Lines(line, is_overlong) = &mut self.input {
            let end = memchr::memchr2(b'\n', b'\r', rest);
            let piece = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if line.len() + piece.len() > LONGEST_LINE {
                *is_overlong = true;
                line.clear();
            } else if !*is_overlong {
                append(line, piece);
            }
            let Some(end) = end else { return };
            rest = rest.get(end + 1..).unwrap_or_default();
            let (line, skipped) = (std::mem::take(line), std::mem::take(is_overlong));
            self.limits_hit += u64::from(skipped);
            if let Some(carried) = line.strip_prefix(b"data:") {
                self.event(carried);
            }
        }
    }

    fn event(&mut self, event: &[u8]) {
        let said = said(event);
        if said.begins {
            self.open.remove(&said.index);
        }
        if said.text.is_none() && said.signature.is_none() {
            return;
        }
        if self.open.len() >= MOST && !self.open.contains_key(&said.index) {
            self.limits_hit += 1;
            self.open.pop_first();
        }
        let block = self.open.entry(said.index).or_default();
        let piece = |span: Option<Span>| span.and_then(|span| event.get(span.range()));
        if let Some(piece) = piece(said.text).filter(|_| !block.is_overlong) {
            append(&mut block.text, piece);
            if block.text.len() > LONGEST {
                (block.is_overlong, block.text) = (true, Zeroizing::default());
                self.limits_hit += 1;
            }
        }
        if let Some(piece) = piece(said.signature).filter(|piece| !piece.is_empty()) {
            block.signature.extend_from_slice(piece);
            if !block.is_overlong && block.signature.len() < LONGEST_LINE {
                // Of a signature in pieces, only the whole says anything.
                self.signed.retain(|(before, _)| !block.signature.starts_with(before));
                self.signed.push((block.signature.clone(), block.text.clone()));
            }
            if self.signed.len() > MOST {
                self.signed.remove(0);
                self.limits_hit += 1;
            }
        }
    }
}

/// What an event says of a block of reasoning; nothing if it is about anything else.
fn said(event: &[u8]) -> Said {
    let mut said = Said::default();
    let _ = json::walk(event, &mut |path, scalar| match (path, scalar) {
        ("index" | "contentBlockIndex", Scalar::Bare(span)) => {
            let digits = event.get(span.range()).and_then(|word| std::str::from_utf8(word).ok());
            said.index = digits.and_then(|word| word.parse().ok()).unwrap_or(0);
        }
        ("type", Scalar::Text(span)) => {
            said.begins = event.get(span.range()) == Some(b"content_block_start");
        }
        (
            "delta.thinking" | "content_block.thinking" | "delta.reasoningContent.text",
            Scalar::Text(span),
        ) => {
            said.text = Some(span);
        }
        (
            "delta.signature" | "content_block.signature" | "delta.reasoningContent.signature",
            Scalar::Text(span),
        ) => {
            said.signature = Some(span);
        }
        _ => {}
    });
    said
}
