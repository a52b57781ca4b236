//! A glance at an escape or the edge of a line: whether it is worth reading.
//!
//! Most texts have one in every few dozen bytes, and hardly any is part of a secret. So the bytes that would be the first
//! eight of one, those before it, what it is read as, and those behind it, are put into one word and looked up in the maps.
//! Guarantees: says no only where no reading makes the first bytes of a secret of what stands here; needs eight bytes behind
//! it. Leaves out: deciding.

use super::undone::{
    EDGES, Edge, INDENT, Is, LEADS, MOST_INDENT, READINGS, Reading, Readings, Step, Way,
};
use super::{BEFORE, FOUR, Known, SHORTEST};
use crate::text::view::{Unseen, View};

/// Which bytes from an offset on are of a kind, a bit for each.
pub(super) struct Bits<'a> {
    pub(super) words: &'a [u64],
    pub(super) from: usize,
}

impl Bits<'_> {
    /// The bits of `at` and the seven bytes behind it.
    #[inline]
    fn eight(&self, at: usize) -> u8 {
        let place = at - self.from;
        let word = |n: usize| self.words.get(n).copied().unwrap_or(0);
        let low = word(place / 64) >> (place % 64);
        let high = if place % 64 > 56 { word(place / 64 + 1) << (64 - place % 64) } else { 0 };
        (low | high) as u8
    }
}

/// What is known of the bytes of a text that are looked at.
pub(super) struct Marks<'a> {
    /// Where the first four bytes of some secret may stand.
    pub(super) begins: Bits<'a>,
    /// Where something may begin that is undone.
    pub(super) leads: Bits<'a>,
}

/// Whether a secret may begin at the escape or edge `at`, or before it and go on over it, as far as its first bytes tell.
pub(super) fn is_worth_reading(
    known: &Known,
    view: &View<'_>,
    marks: &Marks<'_>,
    at: usize,
    lead: u8,
) -> Result<bool, Unseen> {
    let glance = Glance::new(known, view, marks, at);
    if lead == b'\n' {
        return match glance.line(at + 1) {
            Some(line) => Ok(line),
            None => glance.edge(Reading::Lines, at + 1, false),
        };
    }
    // So do most strings end that stand in strings.
    if lead == b'\\' && view.byte(at + 1)? == Some(b'"') {
        let step = Step { text: b'"'.into(), len: 1, is: Is::Escape, next: at + 2 };
        return glance.escape(Reading::Escapes, step);
    }
    let Some(reading) = Reading::of(lead).first() else { return Ok(false) };
    let way = Way { reading: *reading, edge: Edge::Kept };
    let Some(step) = way.step(view, at)? else { return Ok(false) };
    match step.is {
        Is::Itself => Ok(false),
        Is::Escape if step.is_spelled_percent() => Ok(true),
        Is::Escape => glance.escape(*reading, step),
        Is::Edge => glance.edge(*reading, step.next, true),
    }
}

/// Whether an escape or the edge of a line may begin where `rest` does, by a look at the next bytes that are seen.
pub(super) fn may_spell(rest: &[u8]) -> bool {
    match rest {
        [b'=' | b'%', first, second, ..] => {
            let digit = u8::is_ascii_hexdigit;
            matches!(first, b'\n' | b'\r') || digit(first) && digit(second)
        }
        [b'\\', first, ..] => !first.is_ascii_alphanumeric() || b"nrtux".contains(first),
        [b'&', first, ..] => first.is_ascii_alphabetic() || *first == b'#',
        _ => true,
    }
}

/// What the edge of a line, or an escape, is read as.
const NONE: (u32, u8) = (0, 0);
const BLANK: (u32, u8) = (b' ' as u32, 1);
const LINE: (u32, u8) = (b'\n' as u32, 1);

/// What stands before an escape or the edge of a line.
struct Glance<'a> {
    known: &'a Known,
    view: &'a View<'a>,
    leads: &'a Bits<'a>,
    /// The seven bytes before it, the first one lowest, and zeros for those that there are not.
    before: u64,
    /// Those of them at which a secret may begin, by its first four bytes, which all stand before it: a bit for each.
    begins: u8,
}

/// What is read behind it.
#[derive(Default)]
struct Behind {
    /// The first byte lowest.
    bytes: u64,
    len: usize,
    met_edge: bool,
    /// Whether more stands there that is not read here.
    is_open: bool,
    /// Readings in which more would have been undone.
    others: Readings,
}

impl Behind {
    /// Appends what is read, the first byte lowest, as far as there is room.
    #[inline]
    fn push(&mut self, text: u32, len: u8) {
        self.bytes |= u64::from(text) << (8 * self.len);
        self.len = (self.len + usize::from(len)).min(SHORTEST);
    }
}

impl<'a> Glance<'a> {
    #[inline]
    fn new(known: &'a Known, view: &'a View<'a>, marks: &'a Marks<'a>, at: usize) -> Glance<'a> {
        let (before, begins) = match view.look_back(at, SHORTEST).first_chunk() {
            Some(eight) if at >= marks.begins.from + BEFORE => {
                let begins = marks.begins.eight(at - BEFORE) & ((1 << (BEFORE + 1 - FOUR)) - 1);
                (u64::from_le_bytes(*eight) >> 8, begins)
            }
            // At the beginning of a text.
            _ => {
                let seven = view.look_back(at, BEFORE);
                let word = seven.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
                let word = word << (8 * (BEFORE - seven.len()));
                let begins = |place: usize| known.begins((word >> (8 * place)) as u32);
                let bit = |all, place| all | u8::from(begins(place)) << place;
                (word, (0..=BEFORE - FOUR).fold(0, bit))
            }
        };
        Glance { known, view, leads: &marks.leads, before, begins }
    }

    /// What is read from `at` on, eight bytes at most.
    fn behind(&self, way: Way, at: usize) -> Result<Behind, Unseen> {
        let eight = self.view.slice(at, at + SHORTEST);
        if eight.len() < SHORTEST && !self.view.is_last() {
            return Err(Unseen);
        }
        let leads = self.leads.eight(at);
        let plain = eight.len().min(leads.trailing_zeros() as usize);
        let word = eight.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let bytes = word & u64::MAX.checked_shr(64 - 8 * plain as u32).unwrap_or(0);
        let mut behind = Behind { bytes, len: plain, ..Behind::default() };
        if plain < eight.len() {
            self.read(way, at + plain, &mut behind)?;
        }
        Ok(behind)
    }

    /// The eight bytes from `at` on, if nothing may be undone among them.
    #[inline]
    fn plain(&self, at: usize) -> Option<u64> {
        let eight = self.view.slice(at, at + SHORTEST).first_chunk()?;
        (self.leads.eight(at) == 0).then(|| u64::from_le_bytes(*eight))
    }

    /// Reads on where something may be undone.
    fn read(&self, way: Way, at: usize, behind: &mut Behind) -> Result<(), Unseen> {
        let mut next = at;
        while behind.len < SHORTEST {
            let Some(byte) = self.view.byte(next)? else { break };
            let is_lead = LEADS.contains(byte);
            if !is_lead || !way.reading.minds(byte) {
                if is_lead {
                    behind.others = behind.others.with(Reading::of(byte));
                }
                behind.push(byte.into(), 1);
                next += 1;
                continue;
            }
            let Some(step) = way.step(self.view, next)? else { break };
            if step.is_spelled_percent() {
                behind.is_open = true;
                break;
            }
            behind.met_edge |= step.is == Is::Edge;
            behind.push(step.text, step.len);
            next = step.next;
        }
        Ok(())
    }

    /// Whether one may go on over the end of a line before `next`, where that can be told by the plain bytes behind it: most are
    /// such.
    #[inline]
    fn line(&self, next: usize) -> Option<bool> {
        let indented = self.view.slice(next, next + MOST_INDENT);
        let blanks = indented.chunks_exact(8).take_while(|eight| *eight == b"        ").count() * 8;
        let rest = indented.get(blanks..).unwrap_or_default();
        let indent = blanks + rest.iter().position(|byte| !INDENT.contains(*byte))?;
        match indented.get(indent)? {
            b'\n' => return Some(false),
            _ if matches!(indented.first(), Some(b'>' | b'|')) => return None,
            _ => {}
        }
        let behind = self.plain(next + indent)?;
        // Those of the first four bytes that stand on both sides of it, with nothing and with a blank between them.
        let near = self.before >> (8 * FOUR);
        let (joined, apart) = (near | behind << 24, near | 0x20 << 24 | behind << 32);
        let mut may = self.begins;
        for place in 0..FOUR - 1 {
            let begins = |word: u64| self.known.begins((word >> (8 * place)) as u32);
            may |= u8::from(begins(joined) | begins(apart)) << (place + FOUR);
        }
        let before = u128::from(self.before);
        let joined = before | u128::from(behind) << (8 * BEFORE);
        let apart = before | 0x20 << (8 * BEFORE) | u128::from(behind) << (8 * SHORTEST);
        Some(self.is_any(may, joined) || self.is_any(may, apart))
    }

    /// Whether some secret has the first eight bytes that stand at one of these places of `word`.
    #[inline]
    fn is_any(&self, mut places: u8, word: u128) -> bool {
        while places != 0 {
            let place = places.trailing_zeros();
            places &= places - 1;
            if self.known.first((word >> (8 * place)) as u64).is_some() {
                return true;
            }
        }
        false
    }

    /// Whether a secret may go on with an escape.
    fn escape(&self, reading: Reading, step: Step) -> Result<bool, Unseen> {
        for edge in EDGES {
            let behind = self.behind(Way { reading, edge }, step.next)?;
            if self.goes_on((step.text, step.len), &behind, true) {
                return Ok(true);
            }
            if edge == Edge::Kept && !behind.met_edge {
                break;
            }
        }
        Ok(false)
    }

    /// Whether one may go on over the edge of a line that ends before `next`, in this reading and those that find something to
    /// undo behind it.
    fn edge(&self, reading: Reading, next: usize, kept: bool) -> Result<bool, Unseen> {
        let mut others = Readings::default();
        if self.is_broken(reading, next, kept, &mut others)? {
            return Ok(true);
        }
        if reading == Reading::Lines && others != Readings::default() {
            for other in READINGS.into_iter().filter(|one| others.has(*one)) {
                if self.is_broken(other, next, kept, &mut Readings::default())? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The same in one reading.
    fn is_broken(
        &self,
        reading: Reading,
        next: usize,
        kept: bool,
        others: &mut Readings,
    ) -> Result<bool, Unseen> {
        let way = |edge| Way { reading, edge };
        if kept {
            let behind = self.behind(way(Edge::Kept), next)?;
            *others = others.and(behind.others);
            if self.goes_on(LINE, &behind, true) {
                return Ok(true);
            }
        }
        if matches!(self.view.byte(next)?, Some(b'>' | b'|')) {
            let behind = self.behind(way(Edge::Hard), next)?;
            *others = others.and(behind.others);
            if self.goes_on(NONE, &behind, false) {
                return Ok(true);
            }
        }
        let Some(line) = way(Edge::Indented).edge(self.view, next)? else { return Ok(false) };
        let mut behind = self.behind(way(Edge::Indented), line.next)?;
        *others = others.and(behind.others);
        if self.goes_on(NONE, &behind, false) {
            return Ok(true);
        }
        if behind.met_edge {
            behind = self.behind(way(Edge::Blank), line.next)?;
            *others = others.and(behind.others);
        }
        Ok(self.goes_on(BLANK, &behind, false))
    }

    /// Whether a secret may begin before what is read as `middle`, or with it if it `begins`, and go on with it and with what
    /// stands behind.
    #[inline]
    fn goes_on(&self, (text, count): (u32, u8), behind: &Behind, begins: bool) -> bool {
        let count = usize::from(count);
        let word = u128::from(self.before)
            | u128::from(text) << (8 * BEFORE)
            | u128::from(behind.bytes) << (8 * (BEFORE + count));
        let len = BEFORE + count + behind.len;
        let farthest = if begins { BEFORE } else { BEFORE - 1 };
        if behind.is_open && len < farthest + FOUR {
            return true;
        }
        // Without a branch for each.
        let mut may = self.begins;
        for place in BEFORE + 1 - FOUR..=BEFORE {
            may |= u8::from(self.known.begins((word >> (8 * place)) as u32)) << place;
        }
        if !begins {
            may &= !(1 << BEFORE);
        }
        while may != 0 {
            let place = may.trailing_zeros() as usize;
            may &= may - 1;
            let is_known = if place + SHORTEST > len {
                behind.is_open
            } else {
                self.known.first((word >> (8 * place)) as u64).is_some()
            };
            if is_known {
                return true;
            }
        }
        false
    }
}
