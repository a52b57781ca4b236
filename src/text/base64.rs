//! Base64 in running text: where a run of it stands, and the text it holds.
//!
//! RFC 4648, both alphabets, with or without padding. Only runs that hold *text* are of interest (UTF-8, or UTF-16
//! little-endian as PowerShell's `-EncodedCommand` has it), compressed or not; a run of hexadecimal digits is one too. A run
//! whose first bytes do not read as text is dropped at once, so that images and keys cost nothing and hold nothing back. A
//! run may begin in the middle of other letters of the alphabet (`/path/SGVsbG8…`), and go on over lines of one width, as in
//! mail, YAML and armour. Leaves out: runs longer than [`LONGEST_RUN`], which the caller counts as a limit hit, and lines that
//! have more than quotes and marks before them.

mod marks;

use self::marks::{Marks, Next};
use super::hex;
use super::packed;
use super::secret::erase;
use super::span::Span;
use super::view::{Unseen, View};

/// Characters a run must have: 18 bytes, which no credential worth the name falls below.
pub(crate) const SHORTEST_RUN: usize = 24;
/// Characters that are looked at of one run.
pub(crate) const LONGEST_RUN: usize = 64 * 1024;
/// Characters by which a run is judged.
const HEAD: usize = 16;
/// Characters by which a run is judged that begins behind other letters of the alphabet. They have to be printable.
const GLUED_HEAD: usize = 32;
/// Letters of the alphabet that also join other things to a run.
const JOINTS: &[u8] = b"/-_+";
/// The least width of lines that a run goes on over.
const LEAST_WIDTH: usize = 40;
/// How many bytes may stand between two lines.
const MOST_BETWEEN: usize = 48;
/// Printable ASCII bytes that the head must decode to, of twelve.
const PRINTABLE: usize = 9;

/// One byte in so many may be no text.
const STRAY: usize = 16;

const NONE: u8 = 0xff;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The value of each base64 character.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut i = 0;
    while i < ALPHABET.len() {
        values[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values
};

#[inline]
fn value(byte: u8) -> u8 {
    VALUES.get(byte as usize).copied().unwrap_or(NONE)
}

/// Follows a text and tells which runs hold text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs {
    seen: usize,
    open: Option<Run>,
    marks: Marks,
    /// Runs of text that were not read because they are too long.
    pub(crate) too_long: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    start: usize,
    /// Padding seen.
    padding: usize,
    /// Characters by which it is judged.
    head: usize,
    /// Whether its head reads as text; unknown until the head is there.
    text: Option<bool>,
    /// Where the line at hand begins.
    line: usize,
    lines: Option<Lines>,
}

/// The lines of a run before the one at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lines {
    width: usize,
    /// Where the last of them ends.
    end: usize,
    /// Whether what follows them is not known to be a line.
    between: bool,
}

impl Runs {
    /// At the beginning of what is at hand of a text.
    pub(crate) fn at(offset: usize) -> Runs {
        Runs { seen: offset, ..Runs::default() }
    }

    /// Whether the same follows from both. What is remembered of a piece of the text is true of it for either.
    pub(crate) fn agrees(&self, other: &Runs) -> bool {
        (self.seen, self.open) == (other.seen, other.open)
    }

    /// Reads on to the end of `view` and hands out every run of text that ended.
    pub(crate) fn read(&mut self, view: &View<'_>, found: &mut Vec<Span>) {
        let mut at = self.seen;
        loop {
            let Some(run) = &mut self.open else {
                let start = self.marks.long_run(view, at);
                if start == view.end() {
                    break;
                }
                // The letter of an escape such as `\n` is no part of what follows it.
                let escape = usize::from(view.before(start) == Some(b'\\'));
                self.open = Some(Run::new(start + escape, HEAD));
                at = start;
                continue;
            };
            if let Some(lines) = &mut run.lines
                && lines.between
            {
                match next_line(view, lines.end) {
                    Err(Unseen) => break,
                    Ok(Some(start)) => {
                        lines.between = false;
                        run.line = start;
                        at = start;
                    }
                    Ok(None) => {
                        at = lines.end;
                        self.close(at, found);
                        continue;
                    }
                }
            }
            at = run.extend(view, at, &mut self.marks);
            let decided = run.is_too_wide(at) || run.is_open(view, at);
            if at == view.end() && !view.is_last() && !decided {
                break;
            }
            at = self.end_line(view, at, found);
        }
        self.seen = view.end();
    }

    /// The line at hand ends at `at`: the run ends with it or before it, or may go on. Where to read on.
    fn end_line(&mut self, view: &View<'_>, at: usize, found: &mut Vec<Span>) -> usize {
        let Some(run) = &mut self.open else { return at };
        if run.is_open(view, at) {
            // Behind other letters something else may begin.
            *run = Run::new(at, GLUED_HEAD);
            return at;
        }
        let length = at - run.line.min(at);
        let spelled = || hex::reads_as_text(view.slice(run.start, run.start + HEAD));
        let whole = run.text == Some(true) && run.padding == 0 && length.is_multiple_of(4);
        let goes_on =
            whole && !spelled() && run.lines.map_or(length >= LEAST_WIDTH, |l| l.width == length);
        if goes_on {
            run.lines = Some(Lines { width: length, end: at, between: true });
            return at;
        }
        let (line, lines) = (run.line, run.lines);
        match lines {
            Some(Lines { end, .. }) if !run.ends_with(view, at) => {
                self.close(end, found);
                line
            }
            _ => {
                self.close(at, found);
                at
            }
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
            // Padding does not count: nobody looks for shorter runs where more of the text is at hand.
            && end >= run.start + SHORTEST_RUN + run.padding
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
    fn new(start: usize, head: usize) -> Run {
        Run { start, padding: 0, head, text: None, line: start, lines: None }
    }

    /// Takes what belongs to the run from offset `at` on; answers where it ends, or where the view does.
    fn extend(&mut self, view: &View<'_>, at: usize, marks: &mut Marks) -> usize {
        let mut end = at;
        let mut from = at;
        if self.text.is_none() {
            // Nothing begins with one joint behind another.
            if self.head == GLUED_HEAD
                && matches!(view.byte(self.start), Ok(Some(b)) if JOINTS.contains(&b))
            {
                self.text = Some(false);
                return (self.start + 1).min(view.end());
            }
            let head = view.slice(at, self.start + self.head);
            end += head.iter().take_while(|b| value(**b) != NONE).count();
            if end < self.start + self.head {
                return self.pad(view, end);
            }
            let head = view.slice(self.start, end);
            let printable = self.head == HEAD || is_printable(head);
            self.text = Some(printable && reads_as_text(head));
            from = self.start + 1;
        }
        if self.text == Some(false) {
            return match marks.next(view, from) {
                Next::End(at) | Next::Start(at) => at,
            };
        }
        let rest = view.slice(end, view.end());
        if self.padding == 0 {
            let most = self.lines.map_or(usize::MAX, |l| (self.line + l.width + 1).max(end) - end);
            end += rest.iter().take(most).take_while(|b| value(**b) != NONE).count();
        }
        self.pad(view, end)
    }

    fn pad(&mut self, view: &View<'_>, at: usize) -> usize {
        let mut end = at;
        while self.padding < 2 && view.byte(end) == Ok(Some(b'=')) {
            self.padding += 1;
            end += 1;
        }
        end
    }

    /// Whether the line at hand is wider than those before it.
    fn is_too_wide(&self, at: usize) -> bool {
        self.lines.is_some_and(|l| !l.between && at > self.line + l.width)
    }

    /// Whether the letters before `at` end with a joint, so that something else may begin there.
    fn is_open(&self, view: &View<'_>, at: usize) -> bool {
        let joined = || view.before(at).is_some_and(|b| JOINTS.contains(&b));
        self.text == Some(false) && at > self.start && joined()
    }

    /// Whether the line at hand, which ends at `at`, can be the last one of the run.
    fn ends_with(&self, view: &View<'_>, at: usize) -> bool {
        let line = view.slice(self.line, at);
        let fits = !self.is_too_wide(at) && line.len().is_multiple_of(4);
        fits && (self.padding > 0 || is_printable(line))
    }
}

/// Where the next line begins behind one that ends at `end`: a line break, which may be escaped, between quotes and marks.
fn next_line(view: &View<'_>, end: usize) -> Result<Option<usize>, Unseen> {
    let mut broken = false;
    let mut at = end;
    while at - end < MOST_BETWEEN {
        let Some(byte) = view.byte(at)? else { return Ok(None) };
        match byte {
            b'\n' => broken = true,
            b'\\' => {
                while at - end < MOST_BETWEEN && view.byte(at + 1)? == Some(b'\\') {
                    at += 1;
                }
                match view.byte(at + 1)? {
                    Some(b'n') => broken = true,
                    Some(b'r' | b't' | b'"' | b'\'') => {}
                    _ => return Ok(None),
                }
                at += 1;
            }
            b' ' | b'\t' | b'\r' | b'"' | b'\'' | b'`' => {}
            b',' | b'.' | b'&' if !broken => {}
            b'>' | b'|' | b'#' | b'*' if broken => {}
            _ => return Ok((broken && value(byte) != NONE).then_some(at)),
        }
        at += 1;
    }
    Ok(None)
}

fn reads_as_text(head: &[u8]) -> bool {
    if hex::reads_as_text(head) {
        return true;
    }
    let mut room = [0; GLUED_HEAD];
    let len = room.iter_mut().zip(decoded(head)).map(|(to, byte)| *to = byte).count();
    let bytes = room.get(..len).unwrap_or_default();
    if packed::is_packed(bytes) {
        return true;
    }
    let step = if is_utf16(bytes) { 2 } else { 1 };
    let count = |is: fn(u8) -> bool| bytes.iter().step_by(step).filter(|b| is(**b)).count();
    let control = count(|b| b.is_ascii() && !is_text(b));
    control == 0 && count(is_text) * 12 >= len.div_ceil(step) * PRINTABLE
}

/// Whether all that `run` stands for is ASCII to read.
fn is_printable(run: &[u8]) -> bool {
    let mut bytes = decoded(run).peekable();
    bytes.peek().is_some() && bytes.all(is_text)
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// ASCII in UTF-16, little-endian: every second byte is zero.
fn is_utf16(bytes: &[u8]) -> bool {
    bytes.len() >= 4 && bytes.chunks_exact(2).all(|pair| matches!(pair, [low, 0] if *low != 0))
}

/// The text that a run stands for, or nothing if it holds none.
pub(crate) fn text_of(run: &[u8]) -> Option<Vec<u8>> {
    // What is glued to its end is no part of it: `/SGVsbG8…/download`.
    let joint = run.iter().rposition(|b| JOINTS.contains(b)).filter(|at| *at >= SHORTEST_RUN);
    let shorter = || as_text(bytes_of(run.get(..joint?).unwrap_or_default()));
    as_text(bytes_of(run)).or_else(shorter)
}

/// The bytes that a run stands for.
pub(crate) fn bytes_of(run: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(run.len() / 4 * 3 + 3);
    bytes.extend(decoded(run));
    bytes
}

/// Bytes in base64 with padding, in the alphabet with `+` and `/`.
pub(crate) fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) as usize & 63;
            let character = ALPHABET.get(digit).filter(|_| place <= group.len());
            out.push(character.copied().unwrap_or(b'='));
        }
    }
    out
}

/// Decoded bytes as the text they are, or nothing if they hold none.
pub(crate) fn as_text(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    if is_utf16(&bytes) {
        let narrow = bytes.iter().step_by(2).copied().collect();
        erase(&mut std::mem::replace(&mut bytes, narrow));
    }
    // A stray byte makes no picture of a text: what is mostly text is read as one.
    let control = bytes.iter().filter(|b| b.is_ascii() && !is_text(**b) && **b != 0x1b).count();
    let high = if std::str::from_utf8(&bytes).is_ok() {
        0
    } else {
        bytes.iter().filter(|b| !b.is_ascii()).count()
    };
    if (control + high) * STRAY > bytes.len() {
        erase(&mut bytes);
        return None;
    }
    Some(bytes)
}

/// The bytes of `run`, whatever stands between its lines; what is left of an unfinished group is dropped.
fn decoded(run: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let mut rest = run.iter();
    let (mut bits, mut count, mut escaped) = (0u32, 0, false);
    std::iter::from_fn(move || {
        loop {
            let byte = *rest.next()?;
            match value(byte) {
                NONE if byte == b'=' => {
                    rest = [].iter();
                    return None;
                }
                NONE => escaped = byte == b'\\',
                // The letter of an escaped line break.
                _ if escaped => escaped = false,
                value => {
                    bits = (bits << 6) | u32::from(value);
                    count += 6;
                    if count >= 8 {
                        count -= 8;
                        return Some((bits >> count) as u8);
                    }
                }
            }
        }
    })
}
