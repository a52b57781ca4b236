//! Whether a token begins and ends where a match does.
//!
//! A letter before `ghp_…` usually means that it is no token; but in escaped text that letter may belong to what
//! stands before (`\n`, `\u000a`, `%3D`, `ESC[32m`). Both readings are decided from a few bytes of look-back.

use crate::text::byteset::ByteSet;
use crate::text::span::Span;
use crate::text::view::{Unseen, View};

/// The longest escape sequence that is recognised before a token.
const LONGEST_ESCAPE: usize = 16;

/// Whether a token may begin at `pos`.
pub(crate) fn begins(view: &View<'_>, pos: usize) -> bool {
    match view.before(pos) {
        None => true,
        Some(b) if !b.is_ascii_alphanumeric() => true,
        Some(_) => ends_escape(view.look_back(pos, LONGEST_ESCAPE)),
    }
}

/// Whether a token of these bytes may end before `pos`.
pub(crate) fn ends(view: &View<'_>, pos: usize, goes_on: ByteSet) -> Result<bool, Unseen> {
    Ok(!view.byte(pos)?.is_some_and(|b| goes_on.contains(b)))
}

/// The bytes that would make a token go on, given the bytes its pattern can hold.
pub(crate) fn continuation(body: ByteSet) -> ByteSet {
    ByteSet::ALNUM.union(body.intersection(ByteSet::EMPTY.with(b"_-+/")))
}

/// Whether `text` ends with an escape sequence whose last byte is a letter or digit.
pub(crate) fn ends_escape(text: &[u8]) -> bool {
    match text {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'a' | b'e' | b'0'] => true,
        [.., b'\\', b'u', a, b, c, d] if hex(&[*a, *b, *c, *d]) => true,
        [.., b'\\', b'x', a, b] | [.., b'%', a, b] if hex(&[*a, *b]) => true,
        [head @ .., b'A'..=b'Z' | b'a'..=b'z'] => ends_colour(head),
        _ => false,
    }
}

/// How many bytes of `text`, before which a backslash stands, belong to its escape: `n`, `u003d`.
pub(crate) fn escape_len(text: &[u8]) -> usize {
    match text {
        [b'u', a, b, c, d, ..] if hex(&[*a, *b, *c, *d]) => 5,
        [b'x', a, b, ..] if hex(&[*a, *b]) => 3,
        [b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'a' | b'e' | b'0' | b'/', ..] => 1,
        _ => 0,
    }
}

/// The span without the letters of an escape whose backslash stands before it: `\u0027` is a quote, and no secret begins
/// with it.
pub(crate) fn behind_escape(view: &View<'_>, span: Span) -> Span {
    if view.before(span.start()) != Some(b'\\') {
        return span;
    }
    let escape = escape_len(view.slice(span.start(), span.end()));
    Span::new(span.start() + escape, span.end())
}

fn hex(digits: &[u8]) -> bool {
    digits.iter().all(u8::is_ascii_hexdigit)
}

/// Whether `text` ends with the beginning of an ANSI sequence: ESC, `[`, numbers. ESC may itself be escaped.
fn ends_colour(text: &[u8]) -> bool {
    let numbers = text.iter().rev().take_while(|b| b.is_ascii_digit() || **b == b';').count();
    let Some(head) = text.len().checked_sub(numbers).and_then(|n| text.get(..n)) else {
        return false;
    };
    let Some(head) = head.strip_suffix(b"[") else { return false };
    let escapes: [&[u8]; 6] = [b"\x1b", b"\\x1b", b"\\x1B", b"\\u001b", b"\\u001B", b"\\033"];
    escapes.iter().any(|escape| head.ends_with(escape)) || head.ends_with(b"\\e")
}
