//! Words of a running text that hold an escape: where they stand, and what they read once it is undone.
//!
//! A word ends at a blank, a quote, a bracket or a letter of a script that knows no blanks. Escapes are found by a test
//! over blocks of bytes that a text without them passes at memory speed; only the word around one is decoded, at most
//! [`REACH`] bytes before it and [`LONGEST_WORD`] in all. A longer word is read in overlapping parts and counted. Escapes
//! that stand for what no token holds (blanks, quotes, letters of other scripts) begin nothing.

use super::bits;
use super::byteset::ByteSet;
use super::escape::{self, Kind};
use super::secret::{self, Erased};
use super::simd::{self, Class};
use super::span::Span;
use super::view::{Unseen, View};

/// Bytes of a word that are read before its first escape.
pub(crate) const REACH: usize = 512;
/// Bytes of a word that are read at once.
pub(crate) const LONGEST_WORD: usize = 16 * 1024;
/// Bytes that are read again where a longer word goes on.
const OVERLAP: usize = 1024;

/// What ends a word. The high bytes are leads of Indic and Thai letters, Chinese, Japanese, Korean and emoji.
const ENDS: ByteSet = ByteSet::EMPTY
    .with_range(0, b' ')
    .with(b"\"'`<>(){}[]|,\x7f\xe0\xe1")
    .with_range(0xe3, 0xee)
    .with_range(0xf0, 0xf2)
    .with_range(0xf4, 0xff);

/// Follows a text and tells which words hold an escape.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    /// No escape begins before this offset, or the word at hand goes on to it.
    seen: usize,
    /// Where the word begins in which an escape was found.
    open: Option<usize>,
    /// Working memory: where escapes may begin in a piece of the text.
    leads: Vec<u64>,
    /// Words that were read in parts.
    pub(crate) too_long: u64,
}

impl Words {
    /// At the beginning of what is at hand of a text.
    pub(crate) fn at(offset: usize) -> Words {
        Words { seen: offset, ..Words::default() }
    }

    /// Whether the same follows from both.
    pub(crate) fn agrees(&self, other: &Words) -> bool {
        (self.seen, self.open) == (other.seen, other.open)
    }

    /// Reads on to the end of `view` and hands out every word with an escape that ended.
    pub(crate) fn read(&mut self, view: &View<'_>, found: &mut Vec<Span>) {
        loop {
            let Some(start) = self.open else {
                match first_escape(view, self.seen, &mut self.leads) {
                    Ok(Some(at)) => {
                        self.open = Some(word_start(view, at));
                        self.seen = at;
                        continue;
                    }
                    Ok(None) => self.seen = view.end(),
                    Err(at) => self.seen = at,
                }
                return;
            };
            let limit = start + LONGEST_WORD;
            match word_end(view, self.seen, limit) {
                Ok(end) if end >= limit => {
                    found.push(Span::new(start, end));
                    self.too_long += 1;
                    self.open = Some(end - OVERLAP);
                    self.seen = end;
                }
                Ok(end) => {
                    found.push(Span::new(start, end));
                    self.open = None;
                    self.seen = end;
                }
                Err(at) => {
                    self.seen = at;
                    return;
                }
            }
        }
    }

    /// The earliest byte that may belong to a word that is not decided.
    pub(crate) fn hold_from(&self, view: &View<'_>) -> usize {
        let from = self.open.unwrap_or_else(|| word_start(view, self.seen));
        if view.is_last() || from == view.end() { usize::MAX } else { from }
    }
}

/// The beginning of the word that goes on at `at`, or so much of it as is read.
fn word_start(view: &View<'_>, at: usize) -> usize {
    let back = view.look_back(at, REACH);
    at - back.iter().rev().take_while(|b| !ENDS.contains(**b)).count()
}

/// Where the word ends that goes on at `at`; escapes that hold what ends words are passed over. Unseen, the offset up to
/// which it goes on.
fn word_end(view: &View<'_>, at: usize, limit: usize) -> Result<usize, usize> {
    let mut at = at;
    while at < limit {
        match view.byte(at) {
            Ok(Some(byte)) => {
                let read = match byte {
                    b'\\' | 0x1b | b'=' => {
                        escape::unit(view, at, false).map_err(|Unseen| at)?.map(|unit| unit.read)
                    }
                    _ => None,
                };
                match read {
                    Some(read) => at += read,
                    None if ENDS.contains(byte) => return Ok(at),
                    None => at += 1,
                }
            }
            Ok(None) => return Ok(at),
            Err(Unseen) => return Err(at),
        }
    }
    Ok(limit)
}

/// Bytes that are looked at together.
const PIECE: usize = 1024;
const BLOCK: usize = 64;

/// With these an escape in ASCII begins.
static LEADS: Class = ByteSet::EMPTY.with(b"%\\&=\x1b").class();

/// The first escape at or behind `from` that makes its word worth decoding. Unseen, the offset before which there is none.
fn first_escape(
    view: &View<'_>,
    from: usize,
    leads: &mut Vec<u64>,
) -> Result<Option<usize>, usize> {
    let mut at = from;
    while at < view.end() {
        let piece = view.slice(at, at + PIECE);
        simd::members(&LEADS, piece, leads);
        if !piece.is_ascii() {
            for (word, start) in leads.iter_mut().zip((at..).step_by(BLOCK)) {
                let block = view.slice(start, start + BLOCK);
                *word |= high_pairs(block, view.slice(start + 1, start + 1 + BLOCK));
            }
        }
        for place in bits::positions(leads) {
            let pos = at + place;
            let mut two = view.slice(pos, pos + 2).iter();
            let pair = match (two.next(), two.next()) {
                (Some(a), Some(b)) => is_pair(*a, *b),
                _ => !view.is_last(),
            };
            if pair && opens(view, pos).map_err(|Unseen| pos)? {
                return Ok(Some(pos));
            }
        }
        at += piece.len();
    }
    Ok(None)
}

/// The positions of bytes beyond ASCII in `block` with which an escape may begin; `next` is the same block one byte on.
fn high_pairs(block: &[u8], next: &[u8]) -> u64 {
    let open = block.last().filter(|last| next.len() < block.len() && **last >= 0xc2);
    let pairs = || block.iter().zip(next).map(|(a, b)| (*a >= 0xc2) & is_pair(*a, *b));
    // Most of them are letters; which it is is asked only then.
    let found = if pairs().fold(false, |any, pair| any | pair) {
        pairs().zip(0..).fold(0, |bits, (pair, place)| bits | u64::from(pair) << place)
    } else {
        0
    };
    found | open.map_or(0, |_| 1 << (block.len() - 1))
}

/// Whether these two bytes may begin an escape.
#[inline(always)]
fn is_pair(a: u8, b: u8) -> bool {
    let digit = b & 0xf8 == b'0';
    let escape = (b == b'u') | (b == b'x') | (b == b'/') | (b == b'0') | (b == b'e');
    let entity = (b == b'#') | (b | 0x20).wrapping_sub(b'a').lt(&26);
    let quoted = (b == b'\n') | (b == b'\r') | (b == b'3');
    let high = (b == 0x80) | (b == 0x81) | (b == 0xa0) | (b == 0xad) | (b.wrapping_sub(0xb8) < 6);
    ((a == b'%') & digit)
        | ((a == b'\\') & escape)
        | ((a == b'&') & entity)
        | ((a == b'=') & quoted)
        | (a == 0x1b)
        | ((a >= 0xc2) & (high | (a.wrapping_sub(0xce) < 4)))
}

/// Whether the escape at `pos`, if it is one, may stand inside a token.
fn opens(view: &View<'_>, pos: usize) -> Result<bool, Unseen> {
    let lead = view.slice(pos, pos + 1).first().copied().unwrap_or_default();
    let alone = !view.before(pos).is_some_and(joins);
    // By itself it is a letter of its own script.
    if (0xce..=0xd1).contains(&lead) && alone && !view.byte(pos + 2)?.is_some_and(joins) {
        return Ok(false);
    }
    let Some(unit) = escape::unit(view, pos, false)? else { return Ok(false) };
    let end = pos + unit.read;
    Ok(match (unit.kind, unit.text()) {
        // Colours around a word are common; inside one they are not.
        (Kind::Ansi, _) => !alone && view.byte(end)?.is_some_and(|b| joins(b) || may_hide(b)),
        (Kind::Quoted, _) => true,
        (Kind::Unicode, []) => !alone || view.byte(end)?.is_some_and(joins),
        (_, [b'&']) if unit.kind != Kind::Percent => view.byte(end)? == Some(b'#'),
        (Kind::Unicode, [byte]) => joins(*byte),
        (_, [byte]) => byte.is_ascii_graphic() && !b"\"'<>".contains(byte),
        // Folded when it is read again: zero-width and full-width characters.
        (_, [0xe2, 0x80 | 0x81, _] | [0xef, 0xbb..=0xbd, _] | [0xc2, 0xad] | [0xf3, 0xa0, ..]) => {
            true
        }
        _ => false,
    })
}

/// Whether tokens hold this byte.
fn joins(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn may_hide(byte: u8) -> bool {
    byte == 0x1b || byte == b'\\'
}

/// A decoded word.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    /// Erased when it is dropped.
    pub(crate) text: Erased,
    /// For each byte of `text`, the original bytes it came from.
    origin: Vec<Span>,
    /// The families of its escapes, outermost first.
    pub(crate) kinds: Vec<Kind>,
}

impl Decoded {
    /// What `word` of `view` reads when `depth` layers of escapes are undone.
    pub(crate) fn new(view: &View<'_>, word: Span, depth: u8) -> Decoded {
        let mut decoded = Decoded::default();
        let mut changed = decoded.layer(view, word, &|at, read| Span::new(at, at + read));
        for _ in 1..depth {
            if !changed {
                break;
            }
            let text = std::mem::take(&mut decoded.text);
            let origin = std::mem::take(&mut decoded.origin);
            let inner = View::new(&text, 0, true);
            changed = decoded.layer(&inner, Span::new(0, text.len()), &|at, read| {
                let first = origin.get(at).map_or(0, |span| span.start());
                Span::new(first, origin.get(at + read - 1).map_or(first, |span| span.end()))
            });
        }
        decoded
    }

    /// What `word` reads without the line ends in it.
    pub(crate) fn joined(view: &View<'_>, word: Span) -> Decoded {
        let mut decoded = Decoded { kinds: vec![Kind::Wrap], ..Decoded::default() };
        decoded.copy(view, word, |byte| !b"\r\n".contains(&byte));
        decoded
    }

    /// What the parts of a word read that was taken apart.
    pub(crate) fn together(view: &View<'_>, parts: &[Span]) -> Decoded {
        let mut decoded = Decoded { kinds: vec![Kind::Spread], ..Decoded::default() };
        parts.iter().for_each(|part| decoded.copy(view, *part, |_| true));
        decoded
    }

    fn copy(&mut self, view: &View<'_>, from: Span, keep: impl Fn(u8) -> bool) {
        secret::reserve(&mut self.text, from.len());
        for (at, byte) in (from.start()..).zip(view.slice(from.start(), from.end())) {
            if keep(*byte) {
                self.text.push(*byte);
                self.origin.push(Span::new(at, at + 1));
            }
        }
    }

    /// Undoes one layer; whether there was one. `origin` tells where so many bytes at an offset came from.
    fn layer(
        &mut self,
        view: &View<'_>,
        word: Span,
        origin: &dyn Fn(usize, usize) -> Span,
    ) -> bool {
        let quoted = view.slice(word.start(), word.end()).windows(3).any(is_quoted);
        // Every escape is longer than what it stands for, so that it never moves.
        self.text.reserve(word.len());
        let mut changed = false;
        let mut at = word.start();
        while at < word.end() {
            let byte = view.slice(at, at + 1).first().copied().unwrap_or_default();
            // What is cut at the end of a view stands for itself.
            let unit =
                if escape::may_begin(byte) { escape::unit(view, at, quoted) } else { Ok(None) };
            let (read, text) = match &unit {
                Ok(Some(unit)) if at + unit.read <= word.end() => {
                    changed = true;
                    if !self.kinds.contains(&unit.kind) {
                        self.kinds.push(unit.kind);
                    }
                    (unit.read, unit.text())
                }
                _ => (1, std::slice::from_ref(&byte)),
            };
            self.text.extend_from_slice(text);
            self.origin.extend(std::iter::repeat_n(origin(at, read), text.len()));
            at += read;
        }
        changed
    }

    /// The original bytes of decoded bytes `start..end`.
    pub(crate) fn raw(&self, start: usize, end: usize) -> Option<Span> {
        let first = self.origin.get(start)?;
        let last = self.origin.get(end.checked_sub(1)?)?;
        Some(Span::new(first.start(), last.end()))
    }
}

/// Whether these three bytes are proof of quoted-printable text.
fn is_quoted(bytes: &[u8]) -> bool {
    matches!(bytes, b"=3D" | [b'=', b'\n', _] | b"=\r\n")
}
