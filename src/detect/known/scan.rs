//! The search for known secrets in one text: as they are, and through every way in which they may be spelled.
//!
//! As they are, they begin where the bit map has their first four bytes. Where their first eight bytes are spelled, they begin at
//! an escape or the edge of a line, or up to seven bytes before it, and the bit map has what is read there. Most places go
//! no further.
//! Guarantees: whether a secret begins at a place is a function of the bytes from there on. Held are the last bytes of which
//! that cannot be said.

use super::glance::{Bits, Marks, is_worth_reading, may_spell};
use super::hashed::KnownHash;
use super::undone::{
    BROKEN, Beginning, EDGES, Edge, LEADS, MOST_SLASHES, READINGS, Reading, Readings, Way,
};
use super::{BEFORE, FOUR, Known, LONGEST, SHORTEST};
use crate::detect::resolve::Found;
use crate::detect::scratch::Caches;
use crate::text::bits::positions;
use crate::text::simd::{self, Class};
use crate::text::view::{Unseen, View};

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
        let Caches { known: places, leads, undone: room, .. } = caches;
        let mut looking = Looking { known, view, room, found };
        for at in std::mem::take(&mut self.open) {
            self.judge(&mut looking, at);
        }
        let (text, from) = (view.slice(self.next, to), self.next);
        let whole = (text.len() + 1).saturating_sub(SHORTEST);
        simd::sketched(&known.map, text, places);
        let mut begins = None;
        for at in positions(places) {
            if at < whole {
                let eight = text.get(at..at + SHORTEST).and_then(|eight| eight.try_into().ok());
                if eight.is_some_and(|eight| known.first(u64::from_le_bytes(eight)).is_some()) {
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
        simd::members(&SPECIAL, text, leads);
        keep_leads(leads, text);
        let marks = Marks {
            begins: Bits { words: places, from },
            leads: Bits { words: leads, from: self.special },
        };
        for at in positions(leads) {
            self.special(&mut looking, &marks, self.special + at);
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
    fn special(&mut self, looking: &mut Looking<'_>, marks: &Marks<'_>, at: usize) {
        let view = looking.view;
        let Ok(Some(lead)) = view.byte(at) else { return };
        // The edge of a line begins with its carriage return.
        if lead == b'\n' && view.before(at) == Some(b'\r') {
            return;
        }
        // In a row of backslashes it was looked at with the first.
        if lead == b'\\' && view.before(at) == Some(lead) {
            let row = view.look_back(at, MOST_SLASHES);
            if row.iter().any(|byte| *byte != lead) {
                return;
            }
        }
        let done =
            is_worth_reading(looking.known, &view, marks, at, lead).and_then(|is| match lead {
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

/// Takes away what begins nothing.
fn keep_leads(places: &mut [u64], text: &[u8]) {
    for (word, from) in places.iter_mut().zip((0..).step_by(64)) {
        let mut left = *word;
        while left != 0 {
            let place = left.trailing_zeros() as usize;
            left &= left - 1;
            if !may_spell(text.get(from + place..).unwrap_or_default()) {
                *word &= !(1 << place);
            }
        }
    }
}

/// Where a secret begins and ends.
pub(super) type Place = (usize, usize);

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
