//! How random a token looks: language, identifiers, paths and code on one side, dice on the other.
//!
//! Two explanations compete for each token, and the answer is by how many bits the better one wins. One: every byte was
//! drawn uniformly from the smallest usual alphabet that holds them all (digits, hex, base32, letters, base62, base64,
//! printable ASCII). Two: somebody wrote it, which a table of letter trigrams (case folded, `camelCase` split at its
//! humps), digit trigrams and case transitions prices, and repetition and counting sequences are cheap whatever they
//! repeat. Bits add up over the token, so a longer token needs less oddity in each byte: that is the awareness of length.
//!
//! The table (`randomness/model.bin`, 33 KiB) is trained by `cargo xtask train` on permissively licensed text only;
//! sources, licences and figures stand in `docs/MODEL.md`.
//!
//! Guarantees: linear time, no allocation, total over any bytes; a token of fewer than `SHORTEST` bytes is never random.
//! Leaves out: whether a random token is a *secret*. Digests, ids and trace ids are random, and are told apart elsewhere.

mod alphabet;
mod shape;
#[cfg(test)]
mod tests;

pub(super) use shape::is_uuid;

use alphabet::{Context, LETTERS_LEN, MODEL_LEN, STEPS_PER_BIT};

static MODEL: &[u8; MODEL_LEN] = include_bytes!("randomness/model.bin");

/// Below this many bytes even dice cannot be told from an abbreviation.
const SHORTEST: usize = 16;
/// Bits by which dice must win: see the calibration in `docs/MODEL.md`.
const THRESHOLD: f32 = 24.0;
/// The same for hex of at least `LONG_HEX` digits with letters among them, which nobody writes by hand.
const HEX_THRESHOLD: f32 = 8.0;
const LONG_HEX: usize = 32;
/// A piece of a path that language explains better by this many bits makes the token a path. Dice reach it once in
/// two to the tenth pieces, whatever the alphabet.
const WRITTEN_PIECE: f32 = -10.0;
/// Least share of the entropy the alphabet and length would allow; font tables and bitmaps in base64 stay below.
const LEAST_EVENNESS: f32 = 0.62;
/// Bits paid for the choice among the alphabets.
const CHOICE: f32 = 3.0;
/// Farthest distance at which a byte counts as a copy of an earlier one.
const PERIODS: usize = 8;
/// Copies in a row after which the next one is expected, and what it then costs.
const SETTLED: u8 = 3;
const COPY_COST: f32 = 0.5;

/// How little `token` looks like something a person or a program would name: log-odds in bits of "drawn uniformly from
/// its alphabet" against "language, identifiers, paths, code". Above zero dice explain it better.
pub fn log_odds(token: &[u8]) -> f32 {
    let token = without_padding(token);
    let Some(bits) = bits_per_byte(token) else { return 0.0 };
    written_bits(token) - bits * token.len() as f32 - CHOICE
}

/// Whether an unnamed token is believable as random at the false alarm rate the engine runs at.
///
/// UUIDs, paths that hold an id, SVG drawings and base64 or hex of text are not, however uneven their letters.
pub fn is_random(token: &[u8]) -> bool {
    if let Some((before, after)) = shape::around_uuid(token) {
        return is_random(before) || is_random(after);
    }
    let token = without_padding(token);
    let Some(bits) = bits_per_byte(token) else { return false };
    let long_hex = bits == 4.0 && token.len() >= LONG_HEX;
    let enough = if long_hex { HEX_THRESHOLD } else { THRESHOLD };
    token.len() >= SHORTEST
        && token.is_ascii()
        && log_odds(token) >= enough
        && entropy(token) >= LEAST_EVENNESS * bits.min((token.len() as f32).log2())
        && !holds_written_piece(token)
        && !shape::is_drawing(token)
        && !shape::holds_text(token)
}

/// Whether the token is a path or host one part of which is plainly a name.
fn holds_written_piece(token: &[u8]) -> bool {
    let pieces = token.split(|&b| alphabet::symbol(b) == alphabet::PATH);
    let mut several = pieces.clone().skip(1);
    several.next().is_some() && pieces.into_iter().any(|piece| log_odds(piece) <= WRITTEN_PIECE)
}

/// Shannon entropy of the bytes in `token`, in bits per byte.
pub fn entropy(token: &[u8]) -> f32 {
    let mut counts = [0_u32; 256];
    for &byte in token {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = token.len() as f32;
    counts.iter().filter(|count| **count > 0).fold(0.0, |bits, &count| {
        let share = count as f32 / total;
        bits - share * share.log2()
    })
}

fn without_padding(token: &[u8]) -> &[u8] {
    let end = token.iter().rposition(|&b| b != b'=').map_or(0, |at| at + 1);
    token.get(..end).unwrap_or_default()
}

/// What a byte is, a bit each.
const SMALL: u8 = 1;
const LARGE: u8 = 2;
const DIGIT: u8 = 4;
const WIDE: u8 = 8;
/// One of `+/-_`.
const JOINT: u8 = 16;
/// Any other mark.
const MARK: u8 = 32;
const NO_HEX: u8 = 64;
const NO_BASE32: u8 = 128;

/// The kinds of each byte.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        kinds[at] = match byte {
            b'a'..=b'z' => SMALL,
            b'A'..=b'Z' => LARGE,
            b'0'..=b'9' => DIGIT,
            b'+' | b'/' | b'-' | b'_' => JOINT,
            0x80.. => WIDE,
            _ => MARK,
        };
        if !byte.is_ascii_hexdigit() {
            kinds[at] |= NO_HEX;
        }
        if !matches!(byte, b'A'..=b'Z' | b'2'..=b'7') {
            kinds[at] |= NO_BASE32;
        }
        at += 1;
    }
    kinds
};

/// What one byte costs if it was drawn from the smallest alphabet that holds the token; `None` for nothing at all.
fn bits_per_byte(token: &[u8]) -> Option<f32> {
    if token.is_empty() {
        return None;
    }
    let kinds = token.iter().fold(0, |kinds, &b| kinds | KINDS[usize::from(b)]);
    let has = |kind: u8| kinds & kind != 0;
    let (small, large, digit) = (has(SMALL), has(LARGE), has(DIGIT));
    let size: f32 = if has(WIDE) {
        256.0
    } else if has(MARK) {
        95.0
    } else if has(JOINT) {
        if small && large { 64.0 } else { 38.0 }
    } else if !small && !large {
        10.0
    } else if !has(NO_HEX) && small != large {
        16.0
    } else if large && !small && !has(NO_BASE32) {
        if digit { 32.0 } else { 26.0 }
    } else {
        (if small { 26.0 } else { 0.0 })
            + (if large { 26.0 } else { 0.0 })
            + (if digit { 10.0 } else { 0.0 })
    };
    Some(size.log2())
}

/// What the token costs if somebody wrote it.
fn written_bits(token: &[u8]) -> f32 {
    let mut context = Context::START;
    let mut copies = Copies::default();
    let mut bits = 0.0;
    for (at, &byte) in token.iter().enumerate() {
        let settled = copies.expected(at, byte);
        bits += if settled { COPY_COST } else { written_cost(context, byte) };
        context = context.after(byte);
    }
    bits
}

fn written_cost(context: Context, byte: u8) -> f32 {
    let letter = cost(context.letter_at(byte));
    let digit = context.digit_at(byte).map_or(0.0, cost);
    let case = context.case_at(byte).map_or(0.0, cost);
    letter + digit + case + within_class(byte)
}

/// What it takes to say which byte of its symbol's class this is.
fn within_class(byte: u8) -> f32 {
    match alphabet::symbol(byte) {
        alphabet::JOINER => 1.0,
        alphabet::PATH => 1.6,
        alphabet::OTHER => 3.0,
        alphabet::WIDE => 5.0,
        _ => 0.0,
    }
}

fn cost(at: usize) -> f32 {
    debug_assert!(at < MODEL_LEN && LETTERS_LEN < MODEL_LEN);
    f32::from(MODEL.get(at).copied().unwrap_or_default()) / STEPS_PER_BIT
}

/// How long the token has been repeating itself at each distance, and counting up or down. Runs of more than 255 are
/// as good as those.
#[derive(Default)]
struct Copies {
    /// The bytes before, the last one lowest, and the runs at their distances.
    last: u64,
    runs: [u8; PERIODS],
    up: u8,
    down: u8,
}

impl Copies {
    /// Whether a pattern that has settled foretold the byte at `at`; takes note of it.
    fn expected(&mut self, at: usize, byte: u8) -> bool {
        let mut longest = 0;
        for (known, run) in self.last.to_le_bytes().iter().zip(&mut self.runs) {
            // Lanes without a branch: eight of them are one word.
            *run = run.saturating_add(1) & 0_u8.wrapping_sub(u8::from(*known == byte));
            longest = longest.max(*run);
        }
        // Before the beginning there is nothing to be repeated.
        if at < PERIODS {
            let beyond = self.runs.get_mut(at..).unwrap_or_default();
            beyond.fill(0);
            longest = self.runs.iter().copied().max().unwrap_or_default();
        }
        let [last, ..] = self.last.to_le_bytes();
        let steps = |to: Option<u8>| at > 0 && to == Some(byte);
        self.up = if steps(last.checked_add(1)) { self.up.saturating_add(1) } else { 0 };
        self.down = if steps(last.checked_sub(1)) { self.down.saturating_add(1) } else { 0 };
        self.last = self.last << 8 | u64::from(byte);
        longest.max(self.up).max(self.down) >= SETTLED
    }
}
