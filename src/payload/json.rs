//! A walk over one JSON document (RFC 8259): every scalar with its path.
//!
//! It reads in place, allocates nothing per value, goes [`DEEPEST`] levels deep and no deeper, and stops at the first
//! byte that is not JSON: whoever relies on a walk being complete asks for its answer. It judges syntax as far as it
//! must to find strings; numbers and literals pass as bare words.

use crate::text::mapped::Mapped;
use crate::text::secret::append;
use crate::text::span::Span;

/// Levels of nesting that are followed.
const DEEPEST: usize = 64;

/// Longest name of a member that stands in a path; a longer one stands there as `?`.
const LONGEST_NAME: usize = 64;

/// A scalar: a string (the bytes between its quotes) or a bare word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scalar {
    Text(Span),
    Bare(Span),
}

/// Calls `visit` for each scalar of the document `text`, with its path (`choices[0].delta.content`). Spans are offsets
/// into `text`. Answers whether the document was read to its end.
pub(crate) fn walk(text: &[u8], visit: &mut dyn FnMut(&str, Scalar)) -> bool {
    walk_objects(text, visit, &mut |_, _| {})
}

/// The same, and calls `close` at the end of each object, with its path and where it stands.
pub(crate) fn walk_objects(
    text: &[u8],
    visit: &mut dyn FnMut(&str, Scalar),
    close: &mut dyn FnMut(&str, Span),
) -> bool {
    let mut walk = Walk { text, at: 0, path: String::new(), visit, close };
    walk.value(0).is_some()
}

struct Walk<'t, 'v> {
    text: &'t [u8],
    at: usize,
    path: String,
    visit: &'v mut dyn FnMut(&str, Scalar),
    close: &'v mut dyn FnMut(&str, Span),
}

impl Walk<'_, '_> {
    fn value(&mut self, depth: usize) -> Option<()> {
        match self.next_byte()? {
            b'{' if depth < DEEPEST => {
                let start = self.at;
                self.object(depth)?;
                (self.close)(&self.path, Span::new(start, self.at));
                Some(())
            }
            b'[' if depth < DEEPEST => self.array(depth),
            b'{' | b'[' => None,
            b'"' => {
                let span = self.string()?;
                (self.visit)(&self.path, Scalar::Text(span));
                Some(())
            }
            _ => {
                let rest = self.text.get(self.at..)?;
                let len = rest.iter().take_while(|b| !b" \t\r\n,]}:\"[{".contains(b)).count();
                let span = Span::new(self.at, self.at + len);
                self.at += len;
                (self.visit)(&self.path, Scalar::Bare(span));
                (len > 0).then_some(())
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        let base = self.path.len();
        if self.closes(b'}')? {
            return Some(());
        }
        loop {
            if self.next_byte()? != b'"' {
                return None;
            }
            let key = self.string()?;
            if base > 0 {
                self.path.push('.');
            }
            let name = std::str::from_utf8(self.text.get(key.range())?).unwrap_or("?");
            // Nobody asks for such a path, and every scalar below would carry it.
            self.path.push_str(if name.len() > LONGEST_NAME { "?" } else { name });
            self.take(b':')?;
            self.value(depth + 1)?;
            self.path.truncate(base);
            if self.closes(b'}')? {
                return Some(());
            }
            self.take(b',')?;
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        let base = self.path.len();
        if self.closes(b']')? {
            return Some(());
        }
        for index in 0.. {
            self.path.push_str(&format!("[{index}]"));
            self.value(depth + 1)?;
            self.path.truncate(base);
            if self.closes(b']')? {
                break;
            }
            self.take(b',')?;
        }
        Some(())
    }

    /// The bytes of the string that begins here, without its quotes.
    fn string(&mut self) -> Option<Span> {
        let start = self.at + 1;
        let mut at = start;
        loop {
            let found = memchr::memchr2(b'"', b'\\', self.text.get(at..)?)?;
            at += found;
            if self.text.get(at) == Some(&b'"') {
                self.at = at + 1;
                return Some(Span::new(start, at));
            }
            at += 2;
        }
    }

    /// The next byte that is no white space, not yet consumed.
    fn next_byte(&mut self) -> Option<u8> {
        let rest = self.text.get(self.at..)?;
        self.at += rest.iter().take_while(|b| b" \t\r\n".contains(b)).count();
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.next_byte()? == byte).then(|| self.at += 1)
    }

    fn closes(&mut self, byte: u8) -> Option<bool> {
        let closes = self.next_byte()? == byte;
        self.at += usize::from(closes);
        Some(closes)
    }
}

/// Appends what the string `raw`, which begins at absolute offset `at`, stands for, and notes in `map` where each byte
/// came from. Broken escapes stand for themselves; a lone surrogate is U+FFFD.
pub(crate) fn decode(raw: &[u8], at: usize, out: &mut Vec<u8>, map: &mut Mapped) {
    let mut from = 0;
    while let Some(found) = memchr::memchr(b'\\', raw.get(from..).unwrap_or_default()) {
        let escape = from + found;
        copy(raw, from, escape, at, out, map);
        let (bytes, len, read) = unescape(raw.get(escape..).unwrap_or_default());
        append(out, bytes.get(..len).unwrap_or_default());
        map.push(len, at + escape, read);
        from = escape + read;
    }
    copy(raw, from, raw.len(), at, out, map);
}

fn copy(raw: &[u8], from: usize, to: usize, at: usize, out: &mut Vec<u8>, map: &mut Mapped) {
    if from < to {
        append(out, raw.get(from..to).unwrap_or_default());
        map.push(to - from, at + from, to - from);
    }
}

/// The bytes of the escape at the beginning of `raw`, how many they are, and how many bytes it takes.
fn unescape(raw: &[u8]) -> ([u8; 4], usize, usize) {
    let one = |byte: u8| ([byte, 0, 0, 0], 1, 2);
    match raw.get(1) {
        Some(b'n') => one(b'\n'),
        Some(b't') => one(b'\t'),
        Some(b'r') => one(b'\r'),
        Some(b'b') => one(8),
        Some(b'f') => one(12),
        Some(&byte @ (b'"' | b'\\' | b'/')) => one(byte),
        Some(b'u') => match unit(raw) {
            Some(first) => code_point(first, raw),
            None => ([b'\\', 0, 0, 0], 1, 1),
        },
        _ => ([b'\\', 0, 0, 0], 1, 1),
    }
}

fn code_point(first: u32, raw: &[u8]) -> ([u8; 4], usize, usize) {
    let low = raw.get(6..).filter(|rest| rest.starts_with(b"\\u")).and_then(unit);
    let (code, read) = match (first, low) {
        (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
            (0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00), 12)
        }
        _ => (first, 6),
    };
    let mut bytes = [0; 4];
    let len = char::from_u32(code).unwrap_or('\u{fffd}').encode_utf8(&mut bytes).len();
    (bytes, len, read)
}

/// The sixteen bits that `\uXXXX` stands for.
fn unit(raw: &[u8]) -> Option<u32> {
    let digits = raw.get(2..6)?;
    digits.iter().try_fold(0, |value, b| Some(value * 16 + (*b as char).to_digit(16)?))
}
