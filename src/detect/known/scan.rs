//! The search for known secrets in one text: as they are, and through every way in which they may be spelled.
//!
//! As they are, they begin where the bit map has their first four bytes. Where their first eight bytes are spelled, they begin at
//! an escape or the edge of a line, or up to seven bytes before it, and the bit map has what is read there. Most places go
//! no further.
//! Guarantees: whether a secret begins at a place is a function of the bytes from there on. Held are the last bytes of which
//! that cannot be said.

use super::hashed::KnownHash;
use super::undone::{
    BROKEN, Beginning, EDGES, Edge, Is, LEADS, MOST_SLASHES, READINGS, Reading, Readings, Way,
};
use super::{Known, LONGEST, SHORTEST};
use crate::detect::resolve::Found;
use crate::detect::scratch::Caches;
use crate::text::bits::positions;
use crate::text::simd::{self, Class};
use crate::text::view::{Unseen, View};

/// Bytes of a secret that the bit map looks at.
const FOUR: usize = 4;
/// Bytes of the first eight that may stand before what is spelled.
const BEFORE: usize = SHORTEST - 1;

/// The same, for many positions at a time.
static SPECIAL: Class = LEADS.class();

/// Where the search in one text stands. Offsets only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KnownScan {
    /// No secret that begins before this offset is still to be found, but for those that are open.
    next: usize,
    /// Escapes and edges before this offset were looked at.
    special: usize,
    /// Places where one may begin that needs bytes which were not seen, in order.
    open: Vec<usize>,
    /// The first place behind those that were judged where one may begin.
    begins: usize,
    /// Bytes before such a place that may belong to it.
    shared: usize,
}

/// What a search looks at.
struct Looking<'a> {
    known: &'a Known,
    /// As far as is seen.
    view: View<'a>,
    room: &'a mut Vec<u8>,
    found: &'a mut Vec<Found>,
}

impl KnownScan {
    /// At the beginning of what is at hand of a text.
    pub(crate) fn at(offset: usize) -> KnownScan {
        KnownScan { next: offset, special: offset, begins: offset, ..KnownScan::default() }
    }

    pub(crate) fn clear(&mut self) {
        (self.next, self.special, self.begins) = (0, 0, 0);
        self.open.clear();
    }

    /// Where the first secret may begin that is not known yet, with the byte before it, which a run of base64 may share with what
    /// stands there.
    pub(crate) fn hold_from(&self) -> usize {
        let first = self.open.first().copied().unwrap_or(usize::MAX).min(self.begins);
        first.saturating_sub(self.shared)
    }

    /// Looks at the bytes before `to`; nothing follows them if `last`.
    pub(crate) fn advance(
        &mut self,
        known: &Known,
        view: &View<'_>,
        (to, last): (usize, bool),
        caches: &mut Caches,
        found: &mut Vec<Found>,
    ) {
        let view = if last { *view } else { view.before_end(to) };
        let Caches { known: places, undone: room, .. } = caches;
        let mut looking = Looking { known, view, room, found };
        for at in std::mem::take(&mut self.open) {
            self.judge(&mut looking, at);
        }
        let text = view.slice(self.next, to);
        let whole = (text.len() + 1).saturating_sub(SHORTEST);
        simd::sketched(&known.map, text, places);
        let mut begins = None;
        for at in positions(places) {
            if at < whole {
                let eight = text.get(at..).and_then(|rest| rest.first_chunk());
                if eight.is_some_and(|eight| known.first(u64::from_le_bytes(*eight)).is_some()) {
                    self.settle(&mut looking, self.next + at);
                }
            } else if at + FOUR <= text.len() {
                begins.get_or_insert(self.next + at);
            }
        }
        // Of the last three bytes it cannot be said, but for those with which none begins.
        let mut unsaid = to.saturating_sub(FOUR - 1).max(self.next + whole);
        while unsaid < to && !known.starts.may(view.slice(unsaid, to)) {
            unsaid += 1;
        }
        self.shared = known.shared;
        self.next += whole;
        self.begins = if last { to } else { begins.unwrap_or(unsaid) };
        let text = view.slice(self.special, to);
        simd::members(&SPECIAL, text, places);
        for at in positions(places) {
            if may_spell(text.get(at..).unwrap_or_default()) {
                self.special(&mut looking, self.special + at);
            }
        }
        self.special = to;
        looking.room.fill(0);
        looking.room.clear();
    }

    /// Tells later whether one begins at `at`.
    fn leave(&mut self, at: usize) {
        let place = self.open.partition_point(|open| *open < at);
        if self.open.get(place) != Some(&at) {
            self.open.insert(place, at);
        }
    }

    /// Looks at an escape or an edge, and at the places before it from which a secret may go on over it.
    fn special(&mut self, looking: &mut Looking<'_>, at: usize) {
        let view = looking.view;
        let lead = view.slice(at, at + 1).first().copied().unwrap_or_default();
        // The edge of a line begins with its carriage return.
        if lead == b'\n' && view.before(at) == Some(b'\r') {
            return;
        }
        // In a row of backslashes it was looked at with the first.
        let row = view.look_back(at, MOST_SLASHES);
        if lead == b'\\' && row.last() == Some(&lead) && row.iter().any(|byte| *byte != lead) {
            return;
        }
        let done = is_worth_reading(looking.known, &view, at, lead).and_then(|is| match lead {
            _ if !is => Ok(()),
            b'\n' => self.edge(looking, at, &BROKEN),
            b'\r' => self.edge(looking, at, &EDGES),
            _ => Reading::of(lead).iter().try_for_each(|one| self.escape(looking, at, *one)),
        });
        if done.is_err() {
            let to = at + usize::from(!matches!(lead, b'\n' | b'\r'));
            for start in at.saturating_sub(BEFORE)..to {
                // Of those farther away the first bytes are as they are.
                let first = view.slice(start, at.min(start + FOUR));
                let may = match first.first_chunk() {
                    Some(four) => looking.known.begins(u32::from_le_bytes(*four)),
                    None => looking.known.starts.may(first),
                };
                if may {
                    self.leave(start);
                }
            }
        }
    }

    /// The edge of a line goes for one in every reading that finds something to undo behind it.
    fn edge(&mut self, looking: &mut Looking<'_>, at: usize, edges: &[Edge]) -> Result<(), Unseen> {
        for &edge in edges {
            let lines = Way { reading: Reading::Lines, edge };
            let Some(begins) = lines.begin(&looking.view, at, true)? else { return Ok(()) };
            self.around(looking, at, lines, &begins)?;
            for reading in READINGS.into_iter().filter(|one| begins.others.has(*one)) {
                let way = Way { reading, edge };
                if let Some(begins) = way.begin(&looking.view, at, true)? {
                    self.around(looking, at, way, &begins)?;
                }
            }
        }
        Ok(())
    }

    fn escape(
        &mut self,
        looking: &mut Looking<'_>,
        at: usize,
        reading: Reading,
    ) -> Result<(), Unseen> {
        for edge in EDGES {
            let way = Way { reading, edge };
            let Some(begins) = way.begin(&looking.view, at, true)? else { return Ok(()) };
            self.around(looking, at, way, &begins)?;
            // What is read without an edge is read alike in every way.
            if edge == Edge::Kept && !begins.met_edge {
                break;
            }
        }
        Ok(())
    }

    /// Looks at `at` and the places before it from which what begins at `at` makes the first bytes of a secret.
    fn around(
        &mut self,
        looking: &mut Looking<'_>,
        at: usize,
        way: Way,
        begins: &Beginning,
    ) -> Result<(), Unseen> {
        let before = looking.view.look_back(at, BEFORE);
        let mut bytes = [0; BEFORE + SHORTEST];
        let read = begins.bytes.iter().take(begins.len);
        bytes.iter_mut().zip(before.iter().chain(read)).for_each(|(to, from)| *to = *from);
        let seen = bytes.get(..before.len() + begins.len).unwrap_or_default();
        let covered = way.covered(&looking.view, at, before)?;
        for place in covered..before.len() + usize::from(!begins.is_broken) {
            let Some(eight) = seen.get(place..).and_then(|rest| rest.first_chunk()) else { break };
            if looking.known.knows(eight) {
                self.settle(looking, at + place - before.len());
            }
        }
        Ok(())
    }

    /// Tells whether a secret begins at `at`, in whatever way it is spelled.
    fn judge(&mut self, looking: &mut Looking<'_>, at: usize) {
        match looking.is_beginning(at) {
            Ok(true) => self.settle(looking, at),
            Ok(false) => {}
            Err(Unseen) => self.leave(at),
        }
    }

    /// The same where the first bytes are known.
    fn settle(&mut self, looking: &mut Looking<'_>, at: usize) {
        match looking.longest(at) {
            Ok(place) => looking.found.extend(place.map(|place| looking.known.found(place))),
            Err(Unseen) => self.leave(at),
        }
    }
}

/// Where a secret begins and ends.
pub(super) type Place = (usize, usize);

/// Whether a secret may begin at the escape or edge `at`, or before it and go on over it, as far as its first bytes tell. Most
/// do not, and cost no more than this.
fn is_worth_reading(known: &Known, view: &View<'_>, at: usize, lead: u8) -> Result<bool, Unseen> {
    let Some(reading) = Reading::of(lead).first() else { return Ok(false) };
    let way = Way { reading: *reading, edge: Edge::Kept };
    let Some(step) = way.step(view, at)? else { return Ok(false) };
    if step.is == Is::Itself {
        return Ok(false);
    }
    let before = view.look_back(at, BEFORE);
    let covered = way.covered(view, at, before)?;
    let mut seven = [0; 8];
    let room = seven.iter_mut().skip(BEFORE - before.len());
    room.zip(before).for_each(|(to, from)| *to = *from);
    let places = BEFORE - before.len() + covered..BEFORE + usize::from(step.is == Is::Escape);
    let over = Over::new(known, view, u64::from_le_bytes(seven), places);
    if step.is == Is::Escape {
        // A percent sign may spell more in its turn.
        return Ok(step.text() == b"%" || over.goes_on(step.text(), step.next)?);
    }
    let indented = Way { reading: *reading, edge: Edge::Indented };
    let Some(line) = indented.step(view, at)? else { return Ok(lead == b'\\') };
    let is_marked = matches!(view.byte(step.next)?, Some(b'>' | b'|'));
    Ok(over.goes_on(b"", line.next)?
        || over.goes_on(b" ", line.next)?
        || is_marked && over.goes_on(b"", step.next)?
        || lead != b'\n' && over.goes_on(b"\n", step.next)?)
}

/// Whether an escape or the edge of a line may begin where `rest` does, by a look at the next bytes that are seen.
fn may_spell(rest: &[u8]) -> bool {
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

/// What stands before an escape or the edge of a line.
struct Over<'a> {
    known: &'a Known,
    view: &'a View<'a>,
    /// The seven bytes before it, the first one lowest.
    before: u128,
    /// Those of them, and the place behind them, at which a secret may begin that goes on over it and has its first four bytes
    /// before it, and others, a bit for each.
    begins: u8,
    others: std::ops::Range<usize>,
}

impl<'a> Over<'a> {
    fn new(
        known: &'a Known,
        view: &'a View<'a>,
        before: u64,
        places: std::ops::Range<usize>,
    ) -> Over<'a> {
        let mut begins = 0;
        for place in places.start..BEFORE + 1 - FOUR {
            begins |= u8::from(known.begins((before >> (8 * place)) as u32)) << place;
        }
        let others = places.start.max(BEFORE + 1 - FOUR)..places.end;
        Over { known, view, before: before.into(), begins, others }
    }

    /// Whether a secret may begin before `middle` and go on with it and what stands at `next`.
    fn goes_on(&self, middle: &[u8], next: usize) -> Result<bool, Unseen> {
        let behind = self.view.slice(next, next + SHORTEST);
        if behind.len() < SHORTEST && !self.view.is_last() {
            return Err(Unseen);
        }
        let lead = behind.iter().position(|byte| LEADS.contains(*byte)).unwrap_or(SHORTEST);
        if lead < FOUR - 1 {
            return Ok(true);
        }
        let (mut bytes, mut shift) = (self.before, BEFORE * 8);
        for byte in middle.iter().chain(behind).take(SHORTEST + 1) {
            bytes |= u128::from(*byte) << shift;
            shift += 8;
        }
        let goes_on = |place: usize| {
            // What is spelled behind it is not read here.
            let is_spelled = place + 1 > middle.len() + lead;
            is_spelled || self.known.first((bytes >> (8 * place)) as u64).is_some()
        };
        let begins = |place: &usize| self.known.begins((bytes >> (8 * place)) as u32);
        let mut near = (0..BEFORE + 1 - FOUR).filter(|place| self.begins >> place & 1 == 1);
        Ok(near.any(goes_on) || self.others.clone().filter(begins).any(goes_on))
    }
}

impl Looking<'_> {
    /// Whether what stands at `at` begins like a secret in any way.
    fn is_beginning(&self, at: usize) -> Result<bool, Unseen> {
        let eight = self.view.slice(at, at + SHORTEST);
        if eight.len() < SHORTEST && !self.view.is_last() {
            return Err(Unseen);
        }
        if eight.try_into().is_ok_and(|eight| self.known.knows(eight)) {
            return Ok(true);
        }
        let leads = eight.iter().filter(|byte| LEADS.contains(**byte));
        let mut readings =
            leads.fold(Readings::default(), |all, lead| all.with(Reading::of(*lead)));
        if readings == Readings::default() {
            return Ok(false);
        }
        // A reading that is met on the way is gone as well.
        for reading in READINGS {
            for edge in EDGES {
                if !readings.has(reading) {
                    break;
                }
                let way = Way { reading, edge };
                let Some(read) = way.begin(&self.view, at, false)? else { continue };
                if read.len == SHORTEST && self.known.knows(&read.bytes) {
                    return Ok(true);
                }
                if edge == Edge::Kept && !read.met_edge {
                    break;
                }
                readings = readings.and(read.others);
            }
        }
        Ok(false)
    }

    /// The longest secret that begins at `at`, in whatever way it is spelled.
    fn longest(&mut self, at: usize) -> Result<Option<Place>, Unseen> {
        let farther = |a: Option<Place>, b: Option<Place>| match (a, b) {
            (Some(a), Some(b)) => Some(if b.1 > a.1 { b } else { a }),
            (a, b) => a.or(b),
        };
        let mut place = self.plain(at)?;
        for reading in READINGS {
            for edge in EDGES {
                place = farther(place, self.spelled(at, Way { reading, edge })?);
            }
        }
        Ok(place)
    }

    /// The longest secret that begins at `at`, as it is.
    fn plain(&self, at: usize) -> Result<Option<Place>, Unseen> {
        let text = self.view.slice(at, at + LONGEST);
        let Some(eight) = text.first_chunk() else { return Ok(None) };
        let hashes = self.known.beginning(*eight);
        let Some(longest) = hashes.first().map(|hash| usize::from(hash.length)) else {
            return Ok(None);
        };
        if text.len() < longest && !self.view.is_last() {
            return Err(Unseen);
        }
        let hash = self.known.longest(hashes, text);
        hash.map(|hash| self.with_shared(at, at + usize::from(hash.length), hash)).transpose()
    }

    /// The longest secret that begins at `at` and is spelled in this way.
    fn spelled(&mut self, at: usize, way: Way) -> Result<Option<Place>, Unseen> {
        let Some(read) = way.begin(&self.view, at, false)? else { return Ok(None) };
        if read.len < SHORTEST {
            return Ok(None);
        }
        let hashes = self.known.beginning(read.bytes);
        let Some(longest) = hashes.first().map(|hash| usize::from(hash.length)) else {
            return Ok(None);
        };
        self.room.clear();
        way.read(&self.view, at, longest, self.room)?;
        let Some(hash) = self.known.longest(hashes, self.room) else { return Ok(None) };
        self.room.clear();
        let end = way.read(&self.view, at, hash.length.into(), self.room)?;
        self.with_shared(at, end, hash).map(Some)
    }

    /// The place, with the characters of base64 at its ends that hold bits of what stands beside it as well.
    fn with_shared(&self, start: usize, end: usize, hash: &KnownHash) -> Result<Place, Unseen> {
        let shares = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
        let first = hash.shares_first() && self.view.before(start).is_some_and(shares);
        let last = hash.shares_last() && self.view.byte(end)?.is_some_and(shares);
        Ok((start - usize::from(first), end + usize::from(last)))
    }
}
