//! One pass over the bytes for all anchors of all rules.
//!
//! Reports every occurrence, overlapping ones too, exactly once: when its last byte arrives. Each literal is known by
//! its rarest few bytes ([`rarity`]). Whether four such bytes stand at a position is one look at a bit map that the first
//! cache holds, for many positions at a time ([`crate::text::simd`]); shorter ones have a filter of their own ([`nets`]).
//! Where the bit is set, literals are compared ([`table`]). Keywords that are ordinary words are looked for only where a
//! token may follow ([`gate`]). How it is done can be replaced without touching anything else; callers see offsets and
//! numbers of literals only.

mod beginnings;
pub(crate) mod gate;
mod nets;
mod rarity;
mod table;
#[cfg(test)]
mod tests;

use beginnings::Beginnings;
use gate::Gate;
use table::{Filed, HASHED, Table};

use crate::rules::packed::{Bytes, packed_fields};
use crate::text::bits::positions;
use crate::text::simd::{self, Class, Net};
use crate::text::view::View;

/// A literal to look for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Literal {
    pub(crate) bytes: Bytes,
    /// Whether any case will do.
    pub(crate) caseless: bool,
    /// Whether a secret may begin inside or before the literal, so that its beginning must be held back.
    pub(crate) holds: bool,
    /// Whether it is a keyword that counts only where a token may follow; see [`gate`].
    pub(crate) gated: bool,
    /// Who wants to know.
    pub(crate) user: u32,
}

packed_fields!(Literal { bytes, caseless, holds, gated, user });

/// An occurrence: absolute offset of its first byte, and the user of its literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) user: u32,
    pub(crate) len: u32,
}

#[derive(Debug)]
pub(crate) struct Prefilter {
    ascii: Table,
    net: Net,
    /// Gated keywords.
    gated: Table,
    /// Keywords beyond ASCII: only where such bytes stand is anything looked for.
    wide: Table,
    /// All literals, to recognise an unfinished one at the end of a window, and those that must be held back.
    all: Beginnings,
    holding: Beginnings,
}

packed_fields!(Prefilter { ascii, net, gated, wide, all, holding });

/// Working memory of [`Prefilter::find`]: positions, no text.
#[derive(Debug, Default)]
pub(crate) struct Sieve {
    places: Vec<u64>,
    pub(crate) gate: Gate,
}

impl Prefilter {
    pub(crate) fn new(mut literals: Vec<Literal>) -> Prefilter {
        literals.sort_by_cached_key(|lit| (lit.bytes.to_ascii_lowercase(), lit.clone()));
        literals.dedup();
        let lower = |lit: &Literal| lit.bytes.to_ascii_lowercase();
        let all = Beginnings::new(literals.iter().map(lower));
        let holding = Beginnings::new(literals.iter().filter(|lit| lit.holds).map(lower));
        let (ascii, wide): (Vec<_>, Vec<_>) =
            literals.into_iter().partition(|lit| lit.bytes.is_ascii());
        let (gated, ascii): (Vec<_>, Vec<_>) = ascii.into_iter().partition(is_gated);
        let [ascii, gated, wide] = [ascii, gated, wide].map(Table::new);
        let net = nets::net(ascii.literals());
        Prefilter { ascii, net, gated, wide, all, holding }
    }

    /// The most bytes before `from` that [`Prefilter::find`] may look at.
    pub(crate) fn longest(&self) -> usize {
        self.all.longest
    }

    /// Adds to `hits` every occurrence whose end lies in `from + 1 ..= to`.
    pub(crate) fn find(
        &self,
        view: &View<'_>,
        from: usize,
        to: usize,
        sieve: &mut Sieve,
        hits: &mut Vec<Hit>,
    ) {
        let begin = from.saturating_sub(self.all.longest.saturating_sub(1)).max(view.base());
        let text = view.slice(begin, to);
        let mut found = |start: usize, filed: &Filed| {
            let end = start + filed.lower.len();
            if begin + end <= from {
                return;
            }
            let bytes = text.get(start..end).unwrap_or_default();
            for lit in filed.users.iter().filter(|lit| lit.caseless || lit.bytes == bytes) {
                let len = lit.bytes.len() as u32;
                hits.push(Hit { start: begin + start, user: lit.user, len });
            }
        };
        self.ascii.sketch(text, &mut sieve.places);
        for at in positions(&sieve.places) {
            self.ascii.probe(text, at, HASHED, &mut found);
        }
        simd::cast(&self.net, text, &mut sieve.places);
        for at in positions(&sieve.places) {
            (2..HASHED).for_each(|len| self.ascii.probe(text, at, len, &mut found));
        }
        if !self.gated.literals().is_empty() {
            sieve.gate.read(view, begin, to);
            for stretch in sieve.gate.stretches(begin, to, self.all.longest) {
                // A window may go on behind the stretch.
                let rest = view.slice(stretch.start(), to.min(stretch.end() + HASHED));
                self.gated.sketch(rest, &mut sieve.places);
                for at in positions(&sieve.places).take_while(|at| *at < stretch.len()) {
                    self.gated.probe(text, stretch.start() - begin + at, HASHED, &mut found);
                }
            }
        }
        // A keyword beyond ASCII may end in ASCII, so what stands before `from` counts as well.
        if !text.is_ascii() {
            simd::members(&ASCII, text, &mut sieve.places);
            let len = text.len();
            sieve.places.iter_mut().for_each(|word| *word = !*word);
            for at in positions(&sieve.places).take_while(|at| *at < len) {
                for window in 2..=HASHED {
                    self.wide.probe(text, at, window, &mut found);
                }
            }
        }
    }

    /// The distinct literals in lower case, each with all who want it and whether it is gated.
    #[cfg(feature = "hyperscan")]
    pub(crate) fn filed(&self) -> impl Iterator<Item = (bool, &[u8], &[Literal])> {
        let tables = [(false, &self.ascii), (true, &self.gated), (false, &self.wide)];
        tables.into_iter().flat_map(|(gated, table)| {
            table.literals().iter().map(move |one| (gated, &*one.lower, &*one.users))
        })
    }

    /// Where occurrences could begin that are not complete before `to`. `since`: the answer for an earlier `to`.
    pub(crate) fn edge(&self, view: &View<'_>, to: usize, since: Edge) -> Edge {
        let horizon = self.all.unfinished(view, to, since.horizon);
        let holding = self.holding.unfinished(view, to, since.holding.max(horizon));
        Edge { horizon, holding }
    }
}

/// Where literals begin that the end of what is seen cuts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Edge {
    /// The earliest one.
    pub(crate) horizon: usize,
    /// The earliest one whose first byte may be hidden.
    pub(crate) holding: usize,
}

/// The piece of a literal by which it is found, in lower case and escaped beyond ASCII, and the share of positions of ordinary text at which it
/// stands, if that is known.
pub(crate) fn sighting(literal: &[u8]) -> (String, Option<f64>) {
    let lower = literal.to_ascii_lowercase();
    let window = rarity::window(&lower);
    let piece = lower.get(window.at..window.at + window.len).unwrap_or_default();
    let share = piece.is_ascii().then(|| (-f64::from(rarity::of(piece)) / 16.0).exp2());
    (piece.escape_ascii().to_string(), share)
}

/// Whether a literal is looked for only where the gate is open. Short ones are few, and found with the others.
fn is_gated(literal: &Literal) -> bool {
    literal.gated && literal.bytes.len() >= HASHED
}

/// Every ASCII byte.
static ASCII: Class = Class::new([1; 128]);
