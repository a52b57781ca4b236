//! What a text reads from a place on when its spelling is undone: escapes, and the edges of lines that broke it.
//!
//! A secret may be spelled in more than one way, and what undoes one spells another: `%41` may be a letter or three bytes of
//! a password. So each way is gone by itself, and what comes out is compared with what is known.
//! Guarantees: a function of the bytes from the place on; what needs bytes that were not seen says so; the work is bounded by
//! the bytes that are asked for. Leaves out: base64 and digits ([`super::spelled`] and the readings of the whole text).

use super::SHORTEST;
use crate::text::byteset::ByteSet;
use crate::text::escape;
use crate::text::view::{Unseen, View};

/// Which escapes are undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// None.
    Lines,
    /// A backslash, or several, before a character or its number; entities of HTML.
    Escapes,
    /// `%41`.
    Percent,
    /// `%2541`.
    Percents,
    /// `=41`, and `=` before the edge of a line.
    Quoted,
}

/// What the edge of a line is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// The end of a line.
    Kept,
    /// Nothing, where a mark of quoting behind it is more of the secret.
    Hard,
    /// Nothing, with the indentation and marks of quoting behind it.
    Indented,
    /// A blank, with the same.
    Blank,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) reading: Reading,
    pub(super) edge: Edge,
}

/// The ways in which a line may have been broken.
pub(super) const BROKEN: [Edge; 3] = [Edge::Hard, Edge::Indented, Edge::Blank];
pub(super) const EDGES: [Edge; 4] = [Edge::Kept, Edge::Hard, Edge::Indented, Edge::Blank];
pub(super) const READINGS: [Reading; 5] =
    [Reading::Lines, Reading::Escapes, Reading::Percent, Reading::Percents, Reading::Quoted];

/// Bytes with which something begins that is undone.
pub(super) const LEADS: ByteSet = ByteSet::EMPTY.with(b"\n\r\\%&=");
/// Backslashes before one character.
pub(super) const MOST_SLASHES: usize = 8;
/// Indentation and marks of quoting.
pub(super) const INDENT: ByteSet = ByteSet::EMPTY.with(b" \t>|");
/// As many of them.
pub(super) const MOST_INDENT: usize = 64;
/// Bytes that spell one, on the average, and so many besides.
const MOST_SPELLED: usize = 16;
const MOST_BESIDE: usize = 256;

/// What stands at a place.
#[derive(Clone, Copy)]
pub(super) struct Step {
    /// What it is read as, the first byte lowest.
    pub(super) text: u32,
    pub(super) len: u8,
    pub(super) is: Is,
    pub(super) next: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    Itself,
    Escape,
    Edge,
}

impl Step {
    #[inline]
    fn one(byte: u8, next: usize, is: Is) -> Step {
        Step { text: byte.into(), len: 1, next, is }
    }

    #[inline]
    fn none(next: usize, is: Is) -> Step {
        Step { text: 0, len: 0, next, is }
    }

    /// What it is read as.
    #[inline]
    pub(super) fn bytes(self) -> impl Iterator<Item = u8> {
        (0..self.len).map(move |n| (self.text >> (8 * n)) as u8)
    }

    /// Whether it is a percent sign that is spelled, which may spell more in its turn.
    #[inline]
    pub(super) fn is_spelled_percent(self) -> bool {
        self.is == Is::Escape && (self.text, self.len) == (b'%'.into(), 1)
    }
}

/// The first bytes that are read from a place on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beginning {
    pub(super) bytes: [u8; SHORTEST],
    pub(super) len: usize,
    pub(super) met_edge: bool,
    /// Whether it is the edge of a line with which it begins, so that no secret does.
    pub(super) is_broken: bool,
    /// Readings in which more would have been undone.
    pub(super) others: Readings,
}

impl Beginning {
    fn push(&mut self, byte: u8) {
        if let Some(to) = self.bytes.get_mut(self.len) {
            *to = byte;
            self.len += 1;
        }
    }
}

/// A set of readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Readings(u8);

impl Readings {
    pub(super) fn with(self, more: &[Reading]) -> Readings {
        Readings(more.iter().fold(self.0, |all, one| all | 1 << *one as u8))
    }

    pub(super) fn and(self, more: Readings) -> Readings {
        Readings(self.0 | more.0)
    }

    pub(super) fn has(self, one: Reading) -> bool {
        self.0 >> one as u8 & 1 == 1
    }
}

impl Reading {
    /// Readings in which something may begin with this byte.
    pub(super) fn of(lead: u8) -> &'static [Reading] {
        match lead {
            b'\n' | b'\r' => &[Reading::Lines],
            b'\\' | b'&' => &[Reading::Escapes],
            b'%' => &[Reading::Percent, Reading::Percents],
            b'=' => &[Reading::Quoted],
            _ => &[],
        }
    }

    /// Whether something may begin with this byte in it.
    #[inline]
    pub(super) fn minds(self, byte: u8) -> bool {
        match byte {
            b'\n' | b'\r' => true,
            b'\\' | b'&' => self == Reading::Escapes,
            b'%' => matches!(self, Reading::Percent | Reading::Percents),
            b'=' => self == Reading::Quoted,
            _ => false,
        }
    }

    /// What it is called in findings.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Reading::Lines => None,
            Reading::Escapes => Some("json"),
            Reading::Percent | Reading::Percents => Some("percent"),
            Reading::Quoted => Some("quoted-printable"),
        }
    }
}

impl Way {
    /// Every way there is.
    pub(super) fn all() -> impl Iterator<Item = Way> {
        let edges = |reading| EDGES.into_iter().map(move |edge| Way { reading, edge });
        READINGS.into_iter().flat_map(edges)
    }

    /// Appends to `out` what is read from `at` on, until it has `count` bytes or the text ends; where that is.
    pub(super) fn read(
        self,
        view: &View<'_>,
        at: usize,
        count: usize,
        out: &mut Vec<u8>,
    ) -> Result<usize, Unseen> {
        let mut pos = at;
        let farthest = at + count * MOST_SPELLED + MOST_BESIDE;
        while out.len() < count && pos < farthest {
            let Some(step) = self.step(view, pos)? else { break };
            out.extend(step.bytes());
            pos = step.next;
        }
        Ok(pos)
    }

    /// The first bytes that are read from `at` on; none if no secret begins there, or, where a secret `goes_on`, if nothing is
    /// undone at `at` itself.
    pub(super) fn begin(
        self,
        view: &View<'_>,
        at: usize,
        goes_on: bool,
    ) -> Result<Option<Beginning>, Unseen> {
        let mut read = Beginning::default();
        let mut pos = at;
        let farthest = at + SHORTEST * MOST_SPELLED + MOST_BESIDE;
        while read.len < SHORTEST && pos < farthest {
            match view.byte(pos)? {
                Some(byte) if !LEADS.contains(byte) => {
                    if goes_on && pos == at {
                        return Ok(None);
                    }
                    read.push(byte);
                    pos += 1;
                    continue;
                }
                Some(_) => {}
                None => break,
            }
            let Some(step) = self.step(view, pos)? else { break };
            let is_first = pos == at;
            match step.is {
                Is::Itself if is_first && goes_on => return Ok(None),
                Is::Itself => read.others = read.others.with(Reading::of(step.text as u8)),
                Is::Escape => {}
                Is::Edge => {
                    read.met_edge = true;
                    read.is_broken |= is_first && self.edge != Edge::Kept;
                }
            }
            if read.is_broken && !goes_on {
                return Ok(None);
            }
            step.bytes().for_each(|byte| read.push(byte));
            pos = step.next;
        }
        Ok(Some(read))
    }

    /// How many of the bytes before `at`, which were looked at with something that is undone among them.
    pub(super) fn covered(
        &self,
        view: &View<'_>,
        at: usize,
        before: &[u8],
    ) -> Result<usize, Unseen> {
        let from = at - before.len();
        for (place, byte) in before.iter().enumerate().rev() {
            if self.reading.minds(*byte)
                && self.step(view, from + place)?.is_none_or(|step| step.is != Is::Itself)
            {
                return Ok(place + 1);
            }
        }
        Ok(0)
    }

    /// What stands at `at`; none at the end of the text, and where nothing is broken over the edge of a line.
    pub(super) fn step(self, view: &View<'_>, at: usize) -> Result<Option<Step>, Unseen> {
        let Some(byte) = view.byte(at)? else { return Ok(None) };
        let itself = Ok(Some(Step::one(byte, at + 1, Is::Itself)));
        if !LEADS.contains(byte) {
            return itself;
        }
        let escape = |found: Option<(u8, usize)>| match found {
            Some((byte, next)) => Ok(Some(Step::one(byte, next, Is::Escape))),
            None => Ok(Some(Step::one(byte, at + 1, Is::Itself))),
        };
        match (byte, self.reading) {
            (b'\n', _) => self.edge(view, at + 1),
            (b'\r', _) if view.byte(at + 1)? == Some(b'\n') => self.edge(view, at + 2),
            (b'\\', Reading::Escapes) => self.backslash(view, at),
            (b'&', Reading::Escapes) => unit(view, at),
            (b'%', Reading::Percent) => escape(percent(view, at + 1)?),
            (b'%', Reading::Percents) => {
                let is_sign = percent(view, at + 1)? == Some((b'%', at + 3));
                let inner = if is_sign { percent(view, at + 3)? } else { None };
                escape(inner.or(percent(view, at + 1)?))
            }
            (b'=', Reading::Quoted) => {
                let edge = match view.byte(at + 1)? {
                    Some(b'\n') => at + 2,
                    Some(b'\r') if view.byte(at + 2)? == Some(b'\n') => at + 3,
                    _ => return escape(percent(view, at + 1)?),
                };
                Ok(Some(Step::none(edge, Is::Escape)))
            }
            _ => itself,
        }
    }

    /// The edge of a line that ends before `next`.
    pub(super) fn edge(self, view: &View<'_>, next: usize) -> Result<Option<Step>, Unseen> {
        match self.edge {
            Edge::Kept => return Ok(Some(Step::one(b'\n', next, Is::Edge))),
            // Only what is no indentation can be more of a secret.
            Edge::Hard => {
                let goes_on = matches!(view.byte(next)?, Some(b'>' | b'|'));
                return Ok(goes_on.then(|| Step::none(next, Is::Edge)));
            }
            Edge::Indented | Edge::Blank => {}
        }
        let mut at = next;
        loop {
            match view.byte(at)? {
                _ if at - next >= MOST_INDENT => break,
                Some(byte) if INDENT.contains(byte) => at += 1,
                Some(b'\\') if self.reading == Reading::Escapes => {
                    let letter = slashes(view, at)?;
                    match view.byte(letter)? {
                        Some(b't') => at = letter + 1,
                        _ => break,
                    }
                }
                // Nothing goes on over an empty line.
                None | Some(b'\n' | b'\r') => return Ok(None),
                _ => break,
            }
        }
        Ok(Some(match self.edge {
            Edge::Blank => Step::one(b' ', at, Is::Edge),
            _ => Step::none(at, Is::Edge),
        }))
    }

    fn backslash(self, view: &View<'_>, at: usize) -> Result<Option<Step>, Unseen> {
        let letter = slashes(view, at)?;
        let escape = |byte| Ok(Some(Step::one(byte, letter + 1, Is::Escape)));
        match view.byte(letter)? {
            Some(b'n' | b'\n') => self.edge(view, letter + 1),
            Some(b'\r') if view.byte(letter + 1)? == Some(b'\n') => self.edge(view, letter + 2),
            Some(b'r') => {
                let second = slashes(view, letter + 1)?;
                if second > letter + 1 && view.byte(second)? == Some(b'n') {
                    return self.edge(view, second + 1);
                }
                escape(b'\r')
            }
            Some(b't') => escape(b'\t'),
            Some(b'u' | b'x') => unit(view, at),
            Some(byte) if byte.is_ascii_punctuation() || byte == b' ' => escape(byte),
            _ => Ok(Some(Step::one(b'\\', at + 1, Is::Itself))),
        }
    }
}

/// Where the backslashes end that begin at `at`.
fn slashes(view: &View<'_>, at: usize) -> Result<usize, Unseen> {
    let mut end = at;
    while end - at < MOST_SLASHES && view.byte(end)? == Some(b'\\') {
        end += 1;
    }
    Ok(end)
}

/// The escape at `at`, as the readings of words undo it.
fn unit(view: &View<'_>, at: usize) -> Result<Option<Step>, Unseen> {
    let Some(unit) = escape::unit(view, at, false)? else {
        let byte = view.byte(at)?.unwrap_or_default();
        return Ok(Some(Step::one(byte, at + 1, Is::Itself)));
    };
    let mut step = Step::none(at + unit.read, Is::Escape);
    for byte in unit.text().iter().take(4) {
        step.text |= u32::from(*byte) << (8 * step.len);
        step.len += 1;
    }
    Ok(Some(step))
}

/// The byte that two digits spell at `digits`, and where it goes on behind them.
fn percent(view: &View<'_>, digits: usize) -> Result<Option<(u8, usize)>, Unseen> {
    let mut value = 0;
    for place in digits..digits + 2 {
        match view.byte(place)?.and_then(|byte| char::from(byte).to_digit(16)) {
            Some(digit) => value = value << 4 | digit as u8,
            None => return Ok(None),
        }
    }
    Ok(Some((value, digits + 2)))
}
