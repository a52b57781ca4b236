//! Where in a structured text a byte stands: the JSONPath of its string, and what that string is to a model.
//!
//! A [`Locator`] follows a text as a reader of JSON would: JSON documents one after the other (JSON lines, NDJSON, JSON text
//! sequences, documents over many lines), or what the `data:` lines of a stream of events carry. Which of the two it is, the
//! first bytes say; any other text is not looked at. It reads only as far as it is asked, so that a text without findings
//! costs nothing and a stream costs one pass.
//!
//! Guarantees: where it stands depends on the bytes before that place and on the findings told, never on cuts; memory does
//! not follow the text ([`DEEPEST`] levels, names of 128 bytes); no name that overlaps a finding or looks like a token
//! is part of a path. Leaves out: documents inside strings, YAML, what is wrong JSON (from there to the end of the line).

mod frame;
mod turns;

use std::fmt::Write;
use std::sync::Arc;

use self::frame::{Frame, Word};
pub(crate) use self::turns::Guard;
use crate::text::channel::Channel;
use crate::text::span::Span;
use crate::text::view::View;

/// Levels of nesting with a path; below the last of them only brackets are counted.
const DEEPEST: usize = 128;
/// Bytes of a path; longer ones are not told.
const LONGEST_PATH: usize = 512;
/// The byte order mark of UTF-8.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
/// What a stream of events begins with: a comment, or a field.
const OPENINGS: [&[u8]; 5] = [b":", b"data:", b"event:", b"id:", b"retry:"];
const FIELD: &[u8] = b"data:";

/// Where a finding stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// `$.messages[2].content`, relative to its document.
    pub(crate) path: Option<Arc<str>>,
    pub(crate) channel: Option<Channel>,
    pub(crate) guard: Guard,
}

/// What a text is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Shape {
    /// So many bytes of a mark or of blanks were seen, and these of what follows.
    #[default]
    Unknown,
    Plain,
    Documents,
    Events,
}

/// What is expected next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Mode {
    /// A document.
    #[default]
    Between,
    /// A value; if it is the first of its array, also the end of that.
    Value {
        first: bool,
    },
    /// The name of a member.
    Name {
        first: bool,
    },
    Colon,
    /// A comma, or the end of what is open.
    After,
    /// More of a number or a word.
    Bare,
    /// More of a string.
    Text {
        part: Part,
        escaped: bool,
    },
    /// Anything below the deepest level.
    Deep,
    /// The end of the line.
    Lost,
    /// The name of a field of an event, of which so many bytes match.
    Field(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Name,
    Value,
    Deep,
}

/// Follows a text.
#[derive(Debug, Default)]
pub(crate) struct Locator {
    /// The next byte.
    at: usize,
    shape: Shape,
    /// The first bytes, until they say what the text is.
    head: Word,
    mode: Mode,
    /// Of a document that goes on in the next line of an event.
    rest: Mode,
    /// The last byte was a line end; it was a carriage return.
    line_start: bool,
    returned: bool,
    frames: Vec<Frame>,
    depth: usize,
    /// Levels below the deepest.
    below: usize,
    word: Word,
    /// Where the name at hand begins.
    name_start: usize,
    /// Names that begin before this offset overlap a finding.
    hidden_to: usize,
    /// Counts strings, so that a place is worked out once for each.
    turn: u64,
    known: Option<(u64, Place)>,
}

impl Locator {
    /// Reads on to absolute offset `to`.
    pub(crate) fn pass(&mut self, view: &View<'_>, to: usize) {
        while self.at < to {
            if self.shape == Shape::Plain {
                self.at = to;
                return;
            }
            let bytes = view.slice(self.at, to);
            let Some(&byte) = bytes.first() else { return };
            self.at += match (&self.shape, self.mode) {
                (Shape::Unknown, _) => self.opening(byte),
                (_, Mode::Text { part, escaped }) => self.text(bytes, part, escaped),
                (_, Mode::Lost) => self.lost(bytes),
                _ => {
                    self.step(byte);
                    1
                }
            };
        }
    }

    /// Where a finding stands that begins at or after those asked for before.
    pub(crate) fn locate(&mut self, view: &View<'_>, span: Span) -> Place {
        self.pass(view, span.start());
        self.hidden_to = self.hidden_to.max(span.end());
        if self.depth == 0 || self.below > 0 || matches!(self.mode, Mode::Lost | Mode::Field(_)) {
            return Place::default();
        }
        if let Some((turn, place)) = &self.known
            && *turn == self.turn
        {
            return place.clone();
        }
        let frames = self.frames.get(..self.depth).unwrap_or_default();
        let place = Place {
            path: path(frames).map(Arc::from),
            channel: turns::channel(frames),
            guard: turns::guard(frames),
        };
        self.known = Some((self.turn, place.clone()));
        place
    }

    /// One of the first bytes of the text.
    fn opening(&mut self, byte: u8) -> usize {
        if self.head.is_empty() && b" \t\r\n".contains(&byte) {
            return 1;
        }
        if self.head.is_empty() && MARK.get(self.at) == Some(&byte) {
            return 1;
        }
        if self.head.is_empty() && (byte == b'{' || byte == b'[') {
            self.shape = Shape::Documents;
            return 0;
        }
        self.head.push(&[byte]);
        let head = self.head.bytes();
        if let Some(opening) = OPENINGS.into_iter().find(|opening| opening.starts_with(head)) {
            if opening == head {
                self.shape = Shape::Events;
                let is_data = opening == FIELD;
                self.mode = if is_data { Mode::Between } else { Mode::Lost };
            }
        } else {
            self.shape = Shape::Plain;
        }
        1
    }

    /// The rest of the line.
    fn lost(&mut self, bytes: &[u8]) -> usize {
        let end = match self.shape {
            Shape::Events => memchr::memchr2(b'\n', b'\r', bytes),
            _ => memchr::memchr(b'\n', bytes),
        };
        let Some(end) = end else {
            self.line_start = false;
            return bytes.len();
        };
        if let Some(&byte) = bytes.get(end) {
            self.step(byte);
        }
        end + 1
    }

    /// More of a string.
    fn text(&mut self, bytes: &[u8], part: Part, escaped: bool) -> usize {
        if escaped {
            self.word.push(bytes.get(..1).unwrap_or_default());
            if bytes.first() == Some(&b'\n') {
                self.fail(b'\n');
            } else {
                self.mode = Mode::Text { part, escaped: false };
            }
            return 1;
        }
        let end = memchr::memchr3(b'"', b'\\', b'\n', bytes).unwrap_or(bytes.len());
        self.word.push(bytes.get(..end).unwrap_or_default());
        match bytes.get(end) {
            None => return end,
            Some(b'"') => self.close_text(part),
            Some(b'\\') => {
                self.word.push(b"\\");
                self.mode = Mode::Text { part, escaped: true };
            }
            // A line ends in no string.
            Some(&byte) => self.fail(byte),
        }
        end + 1
    }

    fn open_text(&mut self, part: Part) {
        self.word.clear();
        let wanted = match part {
            Part::Name => true,
            Part::Value => self.top().is_some_and(|frame| frame.tells()),
            Part::Deep => false,
        };
        if !wanted {
            self.word.close();
        }
        self.mode = Mode::Text { part, escaped: false };
    }

    fn close_text(&mut self, part: Part) {
        self.turn += 1;
        let mut word = std::mem::take(&mut self.word);
        let hidden = self.name_start < self.hidden_to;
        match part {
            Part::Name => {
                if let Some(frame) = self.top() {
                    frame.name(&word, hidden);
                }
                self.mode = Mode::Colon;
            }
            Part::Value => {
                if !word.is_closed()
                    && let Some(frame) = self.top()
                {
                    frame.told(&word);
                }
                self.mode = Mode::After;
            }
            Part::Deep => self.mode = Mode::Deep,
        }
        word.clear();
        self.word = word;
    }

    /// One byte outside of strings.
    fn step(&mut self, byte: u8) {
        let after_return = std::mem::take(&mut self.returned);
        if byte == b'\n' || byte == b'\r' && self.shape == Shape::Events {
            self.returned = byte == b'\r';
            if !(after_return && byte == b'\n') {
                self.line_ends();
            }
            return;
        }
        match self.mode {
            Mode::Field(matched) => self.field(byte, matched),
            Mode::Bare if byte.is_ascii_alphanumeric() || b"+-.".contains(&byte) => {}
            Mode::Lost | Mode::Text { .. } => {}
            _ if b" \t\r".contains(&byte) => {
                if self.mode == Mode::Bare {
                    self.mode = Mode::After;
                }
            }
            _ => self.token(byte),
        }
        self.line_start = false;
    }

    fn token(&mut self, byte: u8) {
        if self.mode == Mode::Bare {
            self.mode = Mode::After;
        }
        self.turn += 1;
        let is_object = self.top().is_some_and(|frame| frame.is_object);
        match (self.mode, byte) {
            (Mode::Between | Mode::Value { .. }, b'{' | b'[') => self.open(byte == b'{'),
            // A record separator begins a document of a sequence (RFC 7464).
            (Mode::Between, 0x1e) => {}
            (Mode::Value { .. }, b'"') => self.open_text(Part::Value),
            (Mode::Value { .. }, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => self.mode = Mode::Bare,
            (Mode::Name { .. }, b'"') => {
                self.name_start = self.at;
                if let Some(frame) = self.top() {
                    frame.unname();
                }
                self.open_text(Part::Name);
            }
            (Mode::Colon, b':') => self.mode = Mode::Value { first: false },
            (Mode::After, b',') if is_object => self.mode = Mode::Name { first: false },
            (Mode::After, b',') => {
                if let Some(frame) = self.top() {
                    frame.index += 1;
                }
                self.mode = Mode::Value { first: false };
            }
            (Mode::After | Mode::Name { first: true }, b'}') if is_object => self.close(),
            (Mode::After | Mode::Value { first: true }, b']') if !is_object => self.close(),
            (Mode::Deep, b'"') => self.open_text(Part::Deep),
            (Mode::Deep, b'{' | b'[') => self.below += 1,
            (Mode::Deep, b'}' | b']') => {
                self.below -= 1;
                if self.below == 0 {
                    self.mode = Mode::After;
                }
            }
            (Mode::Deep, _) => {}
            _ => self.fail(byte),
        }
    }

    fn top(&mut self) -> Option<&mut Frame> {
        self.frames.get_mut(self.depth.checked_sub(1)?)
    }

    fn open(&mut self, is_object: bool) {
        if self.depth == DEEPEST {
            self.below = 1;
            self.mode = Mode::Deep;
            return;
        }
        if self.depth == self.frames.len() {
            self.frames.push(Frame::default());
        }
        self.depth += 1;
        if let Some(frame) = self.top() {
            frame.begin(is_object);
        }
        self.mode =
            if is_object { Mode::Name { first: true } } else { Mode::Value { first: true } };
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.mode = if self.depth == 0 { Mode::Between } else { Mode::After };
    }

    /// The text is no JSON from here to the end of the line; a bracket at the beginning of a line begins a document.
    fn fail(&mut self, byte: u8) {
        let begins = self.line_start && matches!(byte, b'{' | b'[');
        self.drop_document();
        self.turn += 1;
        self.mode = Mode::Lost;
        if begins && self.shape == Shape::Documents {
            self.open(byte == b'{');
        } else if byte == b'\n' {
            self.line_ends();
        }
    }

    fn line_ends(&mut self) {
        self.line_start = true;
        if self.shape == Shape::Documents {
            if self.mode == Mode::Lost {
                self.mode = Mode::Between;
            } else if self.mode == Mode::Bare {
                self.mode = Mode::After;
            }
            return;
        }
        match self.mode {
            // An empty line ends the event.
            Mode::Field(0) => {
                self.depth = 0;
                self.below = 0;
                self.rest = Mode::Between;
            }
            Mode::Lost | Mode::Field(_) => {}
            Mode::Bare => self.rest = Mode::After,
            // A line ends in no string.
            Mode::Text { .. } => self.drop_document(),
            mode => self.rest = mode,
        }
        self.mode = Mode::Field(0);
    }

    fn drop_document(&mut self) {
        self.depth = 0;
        self.below = 0;
        self.rest = Mode::Lost;
    }

    /// A byte of the name of a field.
    fn field(&mut self, byte: u8, matched: usize) {
        self.mode = match FIELD.get(matched) {
            Some(wanted) if *wanted == byte && matched + 1 == FIELD.len() => self.rest,
            Some(wanted) if *wanted == byte => Mode::Field(matched + 1),
            _ => Mode::Lost,
        };
    }
}

/// The path of what is at hand, in the notation of RFC 9535; nothing if it is too long.
fn path(frames: &[Frame]) -> Option<String> {
    let mut path = String::from("$");
    for frame in frames {
        if frame.is_object {
            frame.write(&mut path);
        } else {
            // Writing to a string does not fail.
            let _ = write!(path, "[{}]", frame.index);
        }
        if path.len() > LONGEST_PATH {
            return None;
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests;
