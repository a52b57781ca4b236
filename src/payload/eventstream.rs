//! AWS event streams (`application/vnd.amazon.eventstream`): frames of headers and a payload, with lengths and checksums.
//!
//! A frame is its length and the length of its headers (big-endian, 32 bits each), a CRC-32 of these eight bytes, headers, payload,
//! and a CRC-32 of all before it. [`Frames`] cuts a stream into frames and believes a length only if its checksum holds; what
//! is no frame, and all that follows it, is handed out as it is. Source: the event stream encoding of the AWS SDKs
//! (smithy.io, "Amazon Event Stream Specification").

use std::ops::Range;

use crate::text::crc::crc32;

/// Bytes of the lengths and their checksum.
const PRELUDE: usize = 12;
/// Bytes of the checksum at the end.
const TRAILER: usize = 4;
/// The longest frame that the specification allows, and the longest headers.
const LONGEST: usize = 24 * 1024 * 1024;
const LONGEST_HEADERS: usize = 128 * 1024;
/// The kind of a header whose value is a string.
const STRING: u8 = 7;

/// What a stream is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Frame(Frame),
    /// Bytes that belong to no frame.
    Other(Vec<u8>),
}

/// A frame, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Offset of its first byte in the stream.
    pub(crate) at: usize,
    bytes: Vec<u8>,
    payload: Range<usize>,
}

/// Whether a stream that begins with `head` is one: its first prelude is there and its checksum holds.
pub(crate) fn begins(head: &[u8]) -> bool {
    lengths(head).is_some()
}

/// The lengths of the frame and of its headers that a prelude tells.
fn lengths(bytes: &[u8]) -> Option<(usize, usize)> {
    let word = |at: usize| {
        let word: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(word))
    };
    let (total, headers, check) = (word(0)? as usize, word(4)? as usize, word(8)?);
    let fits = headers <= LONGEST_HEADERS
        && (PRELUDE + TRAILER..=LONGEST).contains(&total)
        && headers <= total - PRELUDE - TRAILER;
    (fits && check == crc32(bytes.get(..8)?)).then_some((total, headers))
}

/// Cuts a stream into frames.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    /// Bytes of a frame that is not there whole.
    buffer: Vec<u8>,
    /// Offset of the first of them.
    at: usize,
    is_lost: bool,
}

impl Frames {
    /// Takes the next bytes and hands out what is there whole.
    pub(crate) fn push(&mut self, bytes: &[u8], parts: &mut Vec<Part>) {
        self.buffer.extend_from_slice(bytes);
        let mut from = 0;
        while !self.is_lost {
            let rest = self.buffer.get(from..).unwrap_or_default();
            if rest.len() < PRELUDE {
                break;
            }
            let Some((total, headers)) = lengths(rest) else {
                self.is_lost = true;
                break;
            };
            let Some(frame) = rest.get(..total) else { break };
            let payload = PRELUDE + headers..total - TRAILER;
            let at = self.at + from;
            parts.push(Part::Frame(Frame { at, bytes: frame.to_vec(), payload }));
            from += total;
        }
        self.buffer.drain(..from);
        self.at += from;
        if self.is_lost {
            self.end(parts);
        }
    }

    /// Hands out what is left.
    pub(crate) fn end(&mut self, parts: &mut Vec<Part>) {
        if !self.buffer.is_empty() {
            self.at += self.buffer.len();
            parts.push(Part::Other(std::mem::take(&mut self.buffer)));
        }
    }
}

impl Frame {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn payload(&self) -> &[u8] {
        self.bytes.get(self.payload.clone()).unwrap_or_default()
    }

    /// Where the payload stands in the stream.
    pub(crate) fn payload_at(&self) -> usize {
        self.at + self.payload.start
    }

    /// The value of the header `name`, if it is a string.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let named = |(this, _): &(&[u8], Range<usize>)| *this == name.as_bytes();
        let (_, value) = self.strings().find(named)?;
        std::str::from_utf8(self.bytes.get(value)?).ok()
    }

    /// Headers whose value is a string: their names, and where their values stand in the frame.
    pub(crate) fn strings(&self) -> impl Iterator<Item = (&[u8], Range<usize>)> {
        let mut at = PRELUDE;
        std::iter::from_fn(move || {
            loop {
                let (name, kind, value) = self.header_at(at)?;
                at = value.end;
                if kind == STRING {
                    return Some((name, value.start + 2..value.end));
                }
            }
        })
    }

    /// The header that begins at `at`: its name, its kind, and where its value stands, with the length before it if it has one.
    fn header_at(&self, at: usize) -> Option<(&[u8], u8, Range<usize>)> {
        let headers = self.bytes.get(..self.payload.start)?;
        let (len, after) = headers.get(at..)?.split_first()?;
        let (name, after) = after.split_at_checked(usize::from(*len))?;
        let (kind, after) = after.split_first()?;
        let len = match kind {
            0 | 1 => 0,
            2 => 1,
            3 => 2,
            4 => 4,
            5 | 8 => 8,
            9 => 16,
            _ => 2 + usize::from(u16::from_be_bytes(after.get(..2)?.try_into().ok()?)),
        };
        let start = headers.len() - after.len();
        (len <= after.len()).then(|| (name, *kind, start..start + len))
    }

    /// The headers with other values for strings, each given by where the old one stands in the frame.
    fn headers(&self, values: &[(Range<usize>, Vec<u8>)]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut from = PRELUDE;
        for (old, new) in values {
            // A length has two bytes.
            let new = new.get(..usize::from(u16::MAX)).unwrap_or(new);
            out.extend_from_slice(self.bytes.get(from..old.start - 2).unwrap_or_default());
            out.extend(u16::try_from(new.len()).unwrap_or(u16::MAX).to_be_bytes());
            out.extend_from_slice(new);
            from = old.end;
        }
        out.extend_from_slice(self.bytes.get(from..self.payload.start).unwrap_or_default());
        out
    }

    /// The same frame around another payload and with other values for the headers in `values`, in their order: lengths and
    /// checksums are its own.
    pub(crate) fn around(&self, payload: &[u8], values: &[(Range<usize>, Vec<u8>)]) -> Vec<u8> {
        let headers = self.headers(values);
        let total = PRELUDE + headers.len() + payload.len() + TRAILER;
        // A placeholder is not longer than 4 GiB.
        let word = |len: usize| u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
        let mut out = Vec::with_capacity(total);
        out.extend(word(total));
        out.extend(word(headers.len()));
        out.extend(crc32(&out).to_be_bytes());
        out.extend_from_slice(&headers);
        out.extend_from_slice(payload);
        out.extend(crc32(&out).to_be_bytes());
        out
    }
}

#[cfg(test)]
mod tests;
