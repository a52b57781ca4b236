//! Base64 in running text: where a run of it stands, and the text it holds.
//!
//! RFC 4648, both alphabets, with or without padding. Only runs that hold *text* are of interest (UTF-8, or UTF-16
//! little-endian as PowerShell's `-EncodedCommand` has it), compressed or not; a run of hexadecimal digits is one too. A run whose first bytes do not read as text is dropped at
//! once, so that images and keys cost nothing and hold nothing back. Leaves out: line-wrapped base64, and runs longer
//! than [`LONGEST_RUN`], which the caller counts as a limit hit.

use super::hex;
use super::packed;
use super::span::Span;
use super::view::View;

/// Characters a run must have: 18 bytes, which no credential worth the name falls below.
pub(crate) const SHORTEST_RUN: usize = 24;
/// Characters that are looked at of one run.
pub(crate) const LONGEST_RUN: usize = 64 * 1024;
/// Characters by which a run is judged.
const HEAD: usize = 16;
/// Printable ASCII bytes that the head must decode to, of twelve.
const PRINTABLE: usize = 9;

/// One byte in so many may be no text.
const STRAY: usize = 16;

const NONE: u8 = 0xff;

/// The value of each base64 character.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut i = 0;
    while i < alphabet.len() {
        values[alphabet[i] as usize] = i as u8;
        i += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values
};

fn value(byte: u8) -> u8 {
    VALUES.get(byte as usize).copied().unwrap_or(NONE)
}

/// Follows a text and tells which runs hold text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs {
    seen: usize,
    open: Option<Run>,
    /// Runs of text that were not read because they are too long.
    pub(crate) too_long: u64,
}

#[derive(Debug, Clone, Copy)]
struct Run {
    start: usize,
    /// Padding seen.
    padding: usize,
    /// Whether its head reads as text; unknown until the head is there.
    text: Option<bool>,
}

impl Runs {
    /// Reads on to the end of `view` and hands out every run of text that ended.
    pub(crate) fn read(&mut self, view: &View<'_>, found: &mut Vec<Span>) {
        let mut at = self.seen;
        loop {
            let Some(run) = &mut self.open else {
                let rest = view.slice(at, view.end());
                let start = at + long_run(rest);
                if start == view.end() {
                    break;
                }
                // The letter of an escape such as `\n` is no part of what follows it.
                let escape = usize::from(view.before(start) == Some(b'\\'));
                self.open = Some(Run { start: start + escape, padding: 0, text: None });
                at = start;
                continue;
            };
            at = run.extend(view, at);
            if at == view.end() {
                break;
            }
            self.close(at, found);
        }
        self.seen = view.end();
        if view.is_last() {
            self.close(view.end(), found);
        }
    }

    /// The earliest byte that may belong to a run that is not decided.
    pub(crate) fn hold_from(&self) -> usize {
        match self.open {
            Some(run)
                if run.text != Some(false)
                    && self.seen - run.start.min(self.seen) <= LONGEST_RUN =>
            {
                run.start
            }
            _ => usize::MAX,
        }
    }

    fn close(&mut self, end: usize, found: &mut Vec<Span>) {
        if let Some(run) = self.open.take()
            && run.text == Some(true)
            && end >= run.start + SHORTEST_RUN
        {
            if end - run.start > LONGEST_RUN {
                self.too_long += 1;
            } else {
                found.push(Span::new(run.start, end));
            }
        }
    }
}

impl Run {
    /// Takes what belongs to the run from offset `at` on; answers where it ends, or where the view does.
    fn extend(&mut self, view: &View<'_>, at: usize) -> usize {
        let rest = view.slice(at, view.end());
        let mut end = 0;
        if self.padding == 0 {
            end = rest.iter().take_while(|b| value(**b) != NONE).count();
            if self.text.is_none() && at + end >= self.start + HEAD {
                self.text = Some(reads_as_text(view.slice(self.start, self.start + HEAD)));
            }
        }
        while self.padding < 2 && rest.get(end) == Some(&b'=') {
            self.padding += 1;
            end += 1;
        }
        at + end
    }
}

/// Where the first run of at least [`SHORTEST_RUN`] characters begins, or a shorter one that the end of `bytes` may
/// have cut; the length of `bytes` if there is neither.
///
/// A run that long covers every place that is a multiple of its least length, so that most bytes of prose are not looked
/// at.
fn long_run(bytes: &[u8]) -> usize {
    let mut from = 0;
    loop {
        let last = (from + SHORTEST_RUN).min(bytes.len());
        let window = bytes.get(from..last).unwrap_or_default();
        match window.iter().rposition(|b| value(*b) == NONE) {
            Some(gap) => from += gap + 1,
            None => return from,
        }
    }
}

fn reads_as_text(head: &[u8]) -> bool {
    if hex::reads_as_text(head) {
        return true;
    }
    let mut bytes = Vec::with_capacity(HEAD);
    decode_into(head, &mut bytes);
    if packed::is_packed(&bytes) {
        return true;
    }
    let bytes = if is_utf16(&bytes) { bytes.iter().step_by(2).copied().collect() } else { bytes };
    let printable = bytes.iter().filter(|b| is_text(**b)).count();
    let control = bytes.iter().filter(|b| b.is_ascii() && !is_text(**b)).count();
    control == 0 && printable * 12 >= bytes.len() * PRINTABLE
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// ASCII in UTF-16, little-endian: every second byte is zero.
fn is_utf16(bytes: &[u8]) -> bool {
    bytes.len() >= 4 && bytes.chunks_exact(2).all(|pair| matches!(pair, [low, 0] if *low != 0))
}

/// The bytes that a run stands for.
pub(crate) fn bytes_of(run: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(run.len() / 4 * 3 + 3);
    decode_into(run, &mut bytes);
    bytes
}

/// Decoded bytes as the text they are, or nothing if they hold none.
pub(crate) fn as_text(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    if is_utf16(&bytes) {
        bytes = bytes.iter().step_by(2).copied().collect();
    }
    // A stray byte makes no picture of a text: what is mostly text is read as one.
    let control = bytes.iter().filter(|b| b.is_ascii() && !is_text(**b) && **b != 0x1b).count();
    let high = if std::str::from_utf8(&bytes).is_ok() {
        0
    } else {
        bytes.iter().filter(|b| !b.is_ascii()).count()
    };
    ((control + high) * STRAY <= bytes.len()).then_some(bytes)
}

/// Appends the bytes of `run`; what is left of an unfinished group is dropped.
fn decode_into(run: &[u8], out: &mut Vec<u8>) {
    let mut bits = 0u32;
    let mut count = 0;
    for value in run.iter().map(|b| value(*b)).take_while(|v| *v != NONE) {
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
}
