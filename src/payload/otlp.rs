//! OTLP export requests in protobuf: the strings of traces, logs and metrics, and the message around them.
//!
//! A request is read by its schema into a tree of fields. Its strings are shown as the JSON that OTLP also defines, names and
//! nesting the same, so that what is found in them has the same path and channel; numbers and ids are left out of it.
//! [`Message::rebuilt`] writes the message with other strings: lengths are made anew on the way to what has changed, everything
//! else, unknown fields too, is copied. Memory is a few times the message. Leaves out: compression, the prefix of gRPC. Source:
//! `opentelemetry/proto` 1.x.

mod schema;

use std::ops::Range;

use self::schema::{Is, LOGS, METRICS, Shape, TRACES};
use super::json;
use crate::text::mapped::Mapped;
use crate::text::span::Span;

/// Levels of nesting; values in values may go deeper than any reader follows them.
const DEEPEST: usize = 64;

/// A string of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text {
    /// In the message.
    pub(crate) raw: Span,
    /// In the JSON that is shown, without quotes.
    pub(crate) shown: Span,
}

/// A request that was read.
#[derive(Debug)]
pub(crate) struct Message {
    fields: Vec<Field>,
    texts: Vec<Text>,
    shown: Vec<u8>,
}

/// A field with its tag.
#[derive(Debug)]
struct Field {
    /// All of it, and what it holds.
    whole: Range<usize>,
    body: Range<usize>,
    value: Value,
}

#[derive(Debug)]
enum Value {
    /// Copied as it is.
    Raw,
    Text,
    Fields(Vec<Field>),
}

/// A field as it stands in the message.
struct Raw {
    number: u64,
    wire: u8,
    whole: Range<usize>,
    body: Range<usize>,
}

/// The wire type of strings and messages.
const LENGTH: u8 = 2;
/// The wire type of eight bytes.
const FIXED: u8 = 1;

/// Whether a message that begins with `head` is an export request: resources, each with an attribute that has a name. Nothing
/// that people write begins so.
pub(crate) fn begins(head: &[u8]) -> bool {
    let mut at = 0;
    let mut room = usize::MAX;
    // Request, resource, attributes, key: each the first field of the one before.
    for _ in 0..4 {
        if head.get(at) != Some(&(1 << 3 | LENGTH)) {
            return false;
        }
        let Some((len, next)) = varint(head, at + 1) else { return false };
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if len == 0 || len > room.saturating_sub(next - at) {
            return false;
        }
        (at, room) = (next, len);
    }
    let key = head.get(at..at.saturating_add(room)).unwrap_or_default();
    !key.is_empty()
        && key.iter().all(u8::is_ascii_graphic)
        && head.get(at + key.len()) == Some(&(2 << 3 | LENGTH))
}

impl Message {
    /// Reads a message; nothing if it is no whole export request.
    pub(crate) fn read(bytes: &[u8]) -> Option<Message> {
        let mut reader = Reader { bytes, texts: Vec::new(), shown: Vec::new() };
        let fields = reader.fields(0..bytes.len(), signal(bytes)?, 0)?;
        reader.shown.push(b'\n');
        Some(Message { fields, texts: reader.texts, shown: reader.shown })
    }

    /// Its strings, in the order in which they are shown.
    pub(crate) fn texts(&self) -> &[Text] {
        &self.texts
    }

    /// The JSON that holds them.
    pub(crate) fn shown(&self) -> &[u8] {
        &self.shown
    }

    /// The message with what came of its strings in the JSON, in their order. `bytes` is the message as it was.
    pub(crate) fn rebuilt(
        &self,
        bytes: &[u8],
        texts: &mut dyn Iterator<Item = Vec<u8>>,
    ) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut known = self.texts.iter();
        let mut next = || {
            let text = known.next()?;
            let new = texts.next()?;
            let old = self.shown.get(text.shown.range()).unwrap_or_default();
            (new != old).then(|| {
                let mut plain = Vec::new();
                json::decode(&new, 0, &mut plain, &mut Mapped::default());
                plain
            })
        };
        write(&self.fields, bytes, &mut next, &mut out);
        out
    }
}

/// Appends fields; answers whether one of them is not what it was.
fn write(
    fields: &[Field],
    bytes: &[u8],
    next: &mut dyn FnMut() -> Option<Vec<u8>>,
    out: &mut Vec<u8>,
) -> bool {
    let mut is_changed = false;
    for field in fields {
        let new = match &field.value {
            Value::Raw => None,
            Value::Text => next(),
            Value::Fields(inner) => {
                let mut body = Vec::new();
                write(inner, bytes, next, &mut body).then_some(body)
            }
        };
        let Some(body) = new else {
            out.extend_from_slice(bytes.get(field.whole.clone()).unwrap_or_default());
            continue;
        };
        is_changed = true;
        // The tag stays, the length is new.
        let head = bytes.get(field.whole.start..field.body.start).unwrap_or_default();
        let tag = head.iter().position(|byte| byte & 0x80 == 0).map_or(0, |last| last + 1);
        out.extend_from_slice(head.get(..tag).unwrap_or_default());
        let mut len = body.len() as u64;
        while len >= 0x80 {
            out.push(len as u8 | 0x80);
            len >>= 7;
        }
        out.push(len as u8);
        out.extend_from_slice(&body);
    }
    is_changed
}

struct Reader<'b> {
    bytes: &'b [u8],
    texts: Vec<Text>,
    shown: Vec<u8>,
}

impl Reader<'_> {
    /// Reads the fields of a message of this shape and shows them.
    fn fields(
        &mut self,
        range: Range<usize>,
        shape: &'static Shape,
        depth: usize,
    ) -> Option<Vec<Field>> {
        let raw = split(self.bytes, range)?;
        let mut fields = Vec::with_capacity(raw.len());
        let mut open: Option<(u64, bool)> = None;
        self.shown.push(b'{');
        for field in raw {
            let known = shape.iter().find(|known| known.0 == field.number);
            let known = known.filter(|_| field.wire == LENGTH);
            if known.is_some() && depth == DEEPEST {
                return None;
            }
            let Some((number, name, is)) = known else {
                fields.push(Field { whole: field.whole, body: field.body, value: Value::Raw });
                continue;
            };
            // Elements of one list stand one after the other.
            let is_list = matches!(is, Is::List(_));
            match open {
                Some((before, true)) if before == *number => self.shown.push(b','),
                before => {
                    match before {
                        Some((_, true)) => self.shown.extend_from_slice(b"],"),
                        Some((_, false)) => self.shown.push(b','),
                        None => {}
                    }
                    self.shown.push(b'"');
                    self.shown.extend_from_slice(name.as_bytes());
                    self.shown.extend_from_slice(if is_list { b"\":[" } else { b"\":" });
                }
            }
            open = Some((*number, is_list));
            let value = match is {
                Is::Text => self.text(field.body.clone()),
                Is::One(shape) | Is::List(shape) => {
                    Value::Fields(self.fields(field.body.clone(), shape, depth + 1)?)
                }
            };
            fields.push(Field { whole: field.whole, body: field.body, value });
        }
        self.shown.extend_from_slice(if matches!(open, Some((_, true))) { b"]}" } else { b"}" });
        Some(fields)
    }

    /// Shows a string; bytes that are no text are left out.
    fn text(&mut self, body: Range<usize>) -> Value {
        let raw = self.bytes.get(body.clone()).unwrap_or_default();
        self.shown.push(b'"');
        let start = self.shown.len();
        let is_text = std::str::from_utf8(raw).is_ok();
        if is_text {
            for byte in raw {
                match byte {
                    b'"' | b'\\' => self.shown.extend([b'\\', *byte]),
                    b'\n' => self.shown.extend_from_slice(b"\\n"),
                    0..0x20 => self.shown.extend(format!("\\u{byte:04x}").bytes()),
                    byte => self.shown.push(*byte),
                }
            }
            self.texts.push(Text {
                raw: Span::new(body.start, body.end),
                shown: Span::new(start, self.shown.len()),
            });
        }
        self.shown.push(b'"');
        if is_text { Value::Text } else { Value::Raw }
    }
}

/// Which of the three requests it is: they differ in what a scope holds. The first element tells.
fn signal(bytes: &[u8]) -> Option<&'static Shape> {
    for resource in messages(bytes, 0..bytes.len(), 1)? {
        for scope in messages(bytes, resource, 2)? {
            if let Some(element) = messages(bytes, scope, 2)?.into_iter().next() {
                return Some(signal_of(&split(bytes, element)?));
            }
        }
    }
    Some(&TRACES)
}

/// Which request it is whose spans, records or metrics have these fields: the ids of a span and the time of a record have
/// lengths of their own.
fn signal_of(fields: &[Raw]) -> &'static Shape {
    let has = |number: u64, wire: u8, len: Option<usize>| {
        fields.iter().any(|field| {
            field.number == number
                && field.wire == wire
                && len.is_none_or(|len| field.body.len() == len)
        })
    };
    let is_log = has(1, FIXED, None)
        || has(11, FIXED, None)
        || has(5, LENGTH, None) && !has(1, LENGTH, None);
    if has(1, LENGTH, Some(16)) && has(2, LENGTH, Some(8)) {
        &TRACES
    } else if is_log {
        &LOGS
    } else {
        &METRICS
    }
}

/// What the fields of this number hold that are messages.
fn messages(bytes: &[u8], range: Range<usize>, number: u64) -> Option<Vec<Range<usize>>> {
    let fields = split(bytes, range)?.into_iter();
    Some(fields.filter(|f| f.number == number && f.wire == LENGTH).map(|f| f.body).collect())
}

/// The fields of the message that stands at `range`; nothing if it is none.
fn split(bytes: &[u8], range: Range<usize>) -> Option<Vec<Raw>> {
    let bytes = bytes.get(..range.end)?;
    let mut fields = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let (tag, after) = varint(bytes, at)?;
        let (number, wire) = (tag >> 3, (tag & 7) as u8);
        let (start, end) = match wire {
            0 => (after, varint(bytes, after)?.1),
            1 => (after, after.checked_add(8)?),
            LENGTH => {
                let (len, start) = varint(bytes, after)?;
                (start, start.checked_add(usize::try_from(len).ok()?)?)
            }
            5 => (after, after.checked_add(4)?),
            _ => return None,
        };
        if end > range.end || number == 0 {
            return None;
        }
        fields.push(Raw { number, wire, whole: at..end, body: start..end });
        at = end;
    }
    Some(fields)
}

/// The number at `at` in base 128, and where it ends.
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut number = 0;
    for (place, byte) in bytes.get(at..)?.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7f).checked_shl(7 * place as u32)?;
        if byte & 0x80 == 0 {
            return Some((number, at + place + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests;
