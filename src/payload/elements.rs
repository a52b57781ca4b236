//! Streams that are one JSON array (Gemini's `streamGenerateContent` without `alt=sse`): each element is an event.
//!
//! A text is such a stream if it begins with an array whose first element begins with a member of an answer of Gemini.
//! An element is held until its end, since what it carries is decided by the whole of it; one that is longer than
//! [`LONGEST_ELEMENT`] is let go unread, and counted. Only brackets and strings are followed; whether an element is JSON
//! asks who reads it. Source: the reference of the Gemini API, `models.streamGenerateContent`.

use super::sse::Line;
use crate::text::span::Span;
use crate::text::view::View;

/// Bytes of an element that are held for it to be read.
pub(crate) const LONGEST_ELEMENT: usize = 1024 * 1024;

/// With one of these the first element begins.
const MEMBERS: [&[u8]; 5] = [
    b"\"candidates\"",
    b"\"promptFeedback\"",
    b"\"usageMetadata\"",
    b"\"modelVersion\"",
    b"\"responseId\"",
];
/// Bytes in which that has to stand.
const OPENING_WITHIN: usize = 64;

/// Follows a text element by element.
#[derive(Debug, Clone, Default)]
pub(crate) struct Elements {
    place: Place,
    /// Every byte before this offset was looked at.
    seen: usize,
    pub(crate) too_long: u64,
}

/// Where in the array the next byte stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// At the beginning of the text, which may be no array.
    #[default]
    Opening,
    /// In no array, or behind it.
    Outside,
    Between,
    Inside(Element),
}

/// An element that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Element {
    start: usize,
    /// Brackets that are open.
    depth: usize,
    string: bool,
    escaped: bool,
}

impl Elements {
    /// At the beginning of what is at hand of a text that was no array up to there.
    pub(crate) fn at(offset: usize) -> Elements {
        let place = if offset == 0 { Place::Opening } else { Place::Outside };
        Elements { place, seen: offset, too_long: 0 }
    }

    /// Whether the same follows from both.
    pub(crate) fn agrees(&self, other: &Elements) -> bool {
        (self.place, self.seen) == (other.place, other.seen)
    }

    /// Reads on to the end of `view` and hands out every element that ended.
    pub(crate) fn read(&mut self, view: &View<'_>, found: &mut Vec<Line>) {
        if self.place == Place::Opening {
            self.place = match opens(view.slice(0, OPENING_WITHIN)) {
                None if !view.is_last() && view.end() < OPENING_WITHIN => return,
                Some(true) => Place::Between,
                _ => Place::Outside,
            };
        }
        while self.place != Place::Outside && self.seen < view.end() {
            for byte in view.slice(self.seen, view.end()) {
                self.seen += 1;
                self.step(*byte, found);
                if self.place == Place::Outside {
                    break;
                }
            }
        }
        self.seen = view.end();
    }

    /// Takes the next byte; `seen` is the offset behind it.
    fn step(&mut self, byte: u8, found: &mut Vec<Line>) {
        match &mut self.place {
            Place::Between if byte == b'{' => {
                let start = self.seen - 1;
                let element = Element { start, depth: 1, string: false, escaped: false };
                self.place = Place::Inside(element);
            }
            Place::Between if byte == b']' => self.place = Place::Outside,
            Place::Inside(element) => {
                element.step(byte);
                if element.depth == 0 {
                    if self.seen - element.start > LONGEST_ELEMENT {
                        self.too_long += 1;
                    } else {
                        let span = Span::new(element.start, self.seen);
                        found.push(Line { span, carrier: "json-array" });
                    }
                    self.place = Place::Between;
                }
            }
            _ => {}
        }
    }

    /// The earliest byte of an element that is not decided.
    pub(crate) fn hold_from(&self, view: &View<'_>) -> usize {
        match self.place {
            Place::Opening if view.end() > 0 => 0,
            Place::Inside(element) if self.seen - element.start <= LONGEST_ELEMENT => element.start,
            _ => usize::MAX,
        }
    }
}

impl Element {
    fn step(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.string => self.escaped = true,
            b'"' => self.string = !self.string,
            _ if self.string => {}
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth -= 1,
            _ => {}
        }
    }
}

/// Whether a text that begins with `head` is such a stream; nothing if more of it has to be seen.
fn opens(head: &[u8]) -> Option<bool> {
    let mut rest = head;
    for sign in [b'[', b'{'] {
        match rest.trim_ascii_start() {
            [] => return None,
            [first, tail @ ..] if *first == sign => rest = tail,
            _ => return Some(false),
        }
    }
    let rest = rest.trim_ascii_start();
    if MEMBERS.iter().any(|member| rest.starts_with(member)) {
        return Some(true);
    }
    let open = MEMBERS.iter().any(|member| member.starts_with(rest));
    if open { None } else { Some(false) }
}

#[cfg(test)]
mod tests;
