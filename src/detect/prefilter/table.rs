//! Literals by a short window of each: which of them stand where a window was found.
//!
//! Every literal is filed under one window of two to four of its bytes, the rarest in ordinary text ([`super::rarity`]).
//! A position costs one look at a bit map that fits the first cache; only where the bit is set are literals compared.
//! Guarantees: a literal is found wherever it stands, whatever else does. Leaves out: choosing positions.

use super::Literal;
use super::rarity;
use crate::rules::packed::{Bytes, From, Out, Packed, packed_fields};
use crate::text::simd::{self, SKETCH_WORDS};

/// Bytes of the longest window, and of those that are hashed.
pub(super) const HASHED: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Table {
    /// The distinct literals in lower case, each with all who want it.
    literals: Vec<Filed>,
    /// Both places of windows that are hashed in full: what a position is asked first.
    sketch: Sketch,
    /// Places of all windows that are filed.
    map: Sketch,
    /// For each word of the map how many bits are set before it.
    ranks: Vec<u32>,
    /// For each set bit where its entries begin, and behind them the end of all.
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

/// One literal in lower case.
#[derive(Debug)]
pub(super) struct Filed {
    pub(super) lower: Bytes,
    pub(super) users: Vec<Literal>,
    pub(super) window: Window,
}

/// A window: where it stands in its literal, or in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) at: usize,
    pub(super) len: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The first eight bytes of the literal, folded, and which of them it has.
    head: u64,
    mask: u64,
    literal: u32,
    window: Window,
}

packed_fields!(Filed { lower, users, window });
packed_fields!(Window { at, len });
packed_fields!(Entry { head, mask, literal, window });

impl Filed {
    /// The bytes of its window.
    pub(super) fn window(&self) -> &[u8] {
        self.lower.get(self.window.at..self.window.at + self.window.len).unwrap_or_default()
    }

    /// Whether every user wants it in the same case, and so the window's bytes are exact.
    pub(super) fn exact(&self) -> Option<&[u8]> {
        let [user] = &self.users[..] else { return None };
        let window = self.window.at..self.window.at + self.window.len;
        (!user.caseless).then(|| user.bytes.get(window).unwrap_or_default())
    }
}

/// A bit for the place of each window.
#[derive(Debug, Clone)]
struct Sketch(Box<[u32; SKETCH_WORDS]>);

impl Default for Sketch {
    fn default() -> Sketch {
        Sketch(Box::new([0; SKETCH_WORDS]))
    }
}

impl Sketch {
    /// For each word how many bits are set before it.
    fn ranks(&self) -> Vec<u32> {
        let mut rank = 0;
        let ranks = self.0.iter().map(|word| {
            rank += word.count_ones();
            rank - word.count_ones()
        });
        ranks.collect()
    }
}

impl Packed for Sketch {
    fn pack(&self, out: &mut Out) {
        let bytes: Vec<u8> = self.0.iter().flat_map(|word| word.to_le_bytes()).collect();
        Bytes::from(bytes).pack(out);
    }

    fn unpack(from: &mut From<'_>) -> Option<Sketch> {
        let bytes = Bytes::unpack(from)?;
        let words = bytes.chunks_exact(4).filter_map(|word| word.try_into().ok());
        let words: Vec<u32> = words.map(u32::from_le_bytes).collect();
        words.into_boxed_slice().try_into().ok().map(Sketch)
    }
}

impl Packed for Table {
    fn pack(&self, out: &mut Out) {
        // The ranks are counted again.
        let Table { literals, sketch, map, ranks: _, starts, entries } = self;
        literals.pack(out);
        sketch.pack(out);
        map.pack(out);
        starts.pack(out);
        entries.pack(out);
    }

    fn unpack(from: &mut From<'_>) -> Option<Table> {
        let literals = Packed::unpack(from)?;
        let (sketch, map) = (Sketch::unpack(from)?, Sketch::unpack(from)?);
        let (starts, entries) = Packed::unpack(from)?;
        Some(Table { literals, sketch, ranks: map.ranks(), map, starts, entries })
    }
}

impl Table {
    /// Takes literals sorted by their lower-cased bytes.
    pub(super) fn new(literals: Vec<Literal>) -> Table {
        let mut filed: Vec<Filed> = Vec::new();
        for literal in literals {
            let lower = literal.bytes.to_ascii_lowercase();
            match filed.last_mut() {
                Some(last) if last.lower == lower => last.users.push(literal),
                _ => {
                    let window = rarity::window(&lower);
                    filed.push(Filed { lower: lower.into(), users: vec![literal], window });
                }
            }
        }
        let mut hashed: Vec<(u32, Entry)> = (0u32..)
            .zip(&filed)
            .map(|(literal, one)| {
                let (head, mask) = head(&one.lower);
                (
                    simd::place(key_of(one.window())),
                    Entry { head, mask, literal, window: one.window },
                )
            })
            .collect();
        hashed.sort_by_key(|(hash, entry)| (*hash, entry.literal));
        let mut table = Table { literals: filed, ..Table::default() };
        for window in table.literals.iter().map(Filed::window).filter(|w| w.len() == HASHED) {
            let (word, both) = simd::places(key_of(window));
            if let Some(bits) = table.sketch.0.get_mut(word) {
                *bits |= both;
            }
        }
        let mut before = None;
        for (hash, entry) in hashed {
            if before != Some(hash) {
                if let Some(word) = table.map.0.get_mut((hash >> 5) as usize) {
                    *word |= 1 << (hash & 31);
                }
                table.starts.push(table.entries.len() as u32);
                before = Some(hash);
            }
            table.entries.push(entry);
        }
        table.starts.push(table.entries.len() as u32);
        table.ranks = table.map.ranks();
        table
    }

    /// Where in `text` a window that is hashed in full may stand.
    pub(super) fn sketch(&self, text: &[u8], out: &mut Vec<u64>) {
        simd::sketched_twice(&self.sketch.0, text, out);
    }

    pub(super) fn literals(&self) -> &[Filed] {
        &self.literals
    }

    /// Tells `found` the start and the literal of all that stand in `text` with their window, of `len` bytes, at `at`.
    #[inline]
    pub(super) fn probe(
        &self,
        text: &[u8],
        at: usize,
        len: usize,
        found: &mut impl FnMut(usize, &Filed),
    ) {
        let hash = simd::place(key(word_at(text, at), len));
        let word = self.map.0.get((hash >> 5) as usize).copied().unwrap_or(0);
        if word >> (hash & 31) & 1 != 0 {
            self.compare(text, Window { at, len }, hash, word, found);
        }
    }

    /// Compares the literals whose window may be `window` of `text`: `hash` is its place, set in `word` of the map.
    fn compare(
        &self,
        text: &[u8],
        window: Window,
        hash: u32,
        word: u32,
        found: &mut impl FnMut(usize, &Filed),
    ) {
        let below = (word & ((1 << (hash & 31)) - 1)).count_ones();
        let slot = (self.ranks.get((hash >> 5) as usize).copied().unwrap_or(0) + below) as usize;
        let from = self.starts.get(slot).copied().unwrap_or(0) as usize;
        let to = self.starts.get(slot + 1).copied().unwrap_or(0) as usize;
        for entry in self.entries.get(from..to).unwrap_or_default() {
            // Windows of other lengths may have the same place.
            if entry.window.len != window.len {
                continue;
            }
            let Some(start) = window.at.checked_sub(entry.window.at) else { continue };
            if (eight(text, start) | FOLD) & entry.mask != entry.head {
                continue;
            }
            let Some(filed) = self.literals.get(entry.literal as usize) else { continue };
            let stands = text.get(start..start + filed.lower.len());
            if stands.is_some_and(|bytes| bytes.eq_ignore_ascii_case(&filed.lower)) {
                found(start, filed);
            }
        }
    }
}

/// The four bytes from `at` on, zeros behind the end.
#[inline]
fn word_at(text: &[u8], at: usize) -> u32 {
    let rest = text.get(at..).unwrap_or_default();
    match rest.first_chunk() {
        Some(bytes) => u32::from_le_bytes(*bytes),
        None => rest.iter().rev().fold(0, |word, b| word << 8 | u32::from(*b)),
    }
}

const FOLD: u64 = 0x2020_2020_2020_2020;

/// The eight bytes from `at` on, zeros behind the end.
#[inline]
fn eight(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    match rest.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => rest.iter().rev().fold(0, |word, b| word << 8 | u64::from(*b)),
    }
}

/// The first eight bytes of a literal, folded, and a mask of those it has.
fn head(literal: &[u8]) -> (u64, u64) {
    let mask = u64::MAX >> (8 * (8 - literal.len().clamp(1, 8)));
    ((eight(literal, 0) | FOLD) & mask, mask)
}

/// What a window is filed under: its bytes without regard to case (and to some marks, which comparing sorts out).
#[inline]
fn key(word: u32, len: usize) -> u32 {
    let folded = word | 0x2020_2020;
    if len >= HASHED { folded } else { folded & ((1 << (8 * len)) - 1) }
}

fn key_of(window: &[u8]) -> u32 {
    key(word_at(window, 0), window.len())
}
