//! What can be known of a pattern without running it.
//!
//! Lengths, where the secret group stands, which bytes can occur, and at which fixed offset an anchor must
//! stand. All of it is computed from the parsed expression, exactly or on the safe side, so that the detector may
//! rely on it: no match is shorter than `min`, longer than `max`, or lacks an anchor at its offset.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::packed::packed_fields;
use crate::text::byteset::ByteSet;

/// How many different beginnings of one pattern are followed while looking for anchors.
const MOST_HEADS: usize = 512;

/// Bytes that stand before and after a group within every match, as (least, most).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Around {
    pub(crate) before: (usize, usize),
    pub(crate) after: (usize, usize),
}

/// One way a match can begin: a set of bytes for each position, then whatever may follow.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) sets: Vec<ByteSet>,
    /// All bytes that may follow the described positions.
    pub(crate) rest: ByteSet,
    open: bool,
}

/// Least and most length of a match in bytes; `None` when there is no finite most.
pub(crate) fn lengths(hir: &Hir) -> Option<(usize, usize)> {
    let props = hir.properties();
    Some((props.minimum_len()?, props.maximum_len()?))
}

/// Whether the expression holds `^`, `$`, `\b` or another assertion.
pub(crate) fn has_assertion(hir: &Hir) -> bool {
    !hir.properties().look_set().is_empty()
}

/// The bytes of a character class, as far as they are single bytes.
fn class_bytes(class: &Class) -> ByteSet {
    let mut set = ByteSet::EMPTY;
    match class {
        Class::Bytes(class) => {
            for range in class.ranges() {
                set = set.with_range(range.start(), range.end());
            }
        }
        Class::Unicode(class) => {
            for range in class.ranges() {
                let low = u8::try_from(u32::from(range.start())).unwrap_or(0x80);
                let high = u8::try_from(u32::from(range.end())).unwrap_or(0xff);
                set = set.with_range(low, high);
            }
        }
    }
    set
}

/// Every byte that can occur in a match.
pub(crate) fn bytes(hir: &Hir) -> ByteSet {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => ByteSet::EMPTY,
        HirKind::Literal(lit) => ByteSet::EMPTY.with(&lit.0),
        HirKind::Class(class) => class_bytes(class),
        HirKind::Repetition(rep) => bytes(&rep.sub),
        HirKind::Capture(cap) => bytes(&cap.sub),
        HirKind::Concat(subs) | HirKind::Alternation(subs) => {
            subs.iter().fold(ByteSet::EMPTY, |set, sub| set.union(bytes(sub)))
        }
    }
}

/// The single class an expression consists of, if it does.
pub(crate) fn single_class(hir: &Hir) -> Option<ByteSet> {
    match hir.kind() {
        HirKind::Class(class) => Some(class_bytes(class)),
        HirKind::Literal(lit) if lit.0.len() == 1 => Some(ByteSet::EMPTY.with(&lit.0)),
        _ => None,
    }
}

/// Where the group `name` stands in every match. `Ok(None)`: there is no such group. `Err`: the group is optional,
/// repeated, or in one branch only, so that a match could lack it or have it twice.
pub(crate) fn around(hir: &Hir, name: &str) -> Result<Option<Around>, ()> {
    match hir.kind() {
        HirKind::Capture(cap) if cap.name.as_deref() == Some(name) => Ok(Some(Around::default())),
        HirKind::Capture(cap) => around(&cap.sub, name),
        HirKind::Concat(subs) => around_concat(subs, name),
        HirKind::Alternation(subs) => {
            if subs.iter().any(|sub| around(sub, name) != Ok(None)) {
                Err(())
            } else {
                Ok(None)
            }
        }
        HirKind::Repetition(rep) => match around(&rep.sub, name)? {
            Some(place) if rep.min == 1 && rep.max == Some(1) => Ok(Some(place)),
            Some(_) => Err(()),
            None => Ok(None),
        },
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => Ok(None),
    }
}

fn around_concat(subs: &[Hir], name: &str) -> Result<Option<Around>, ()> {
    let mut before = (0, 0);
    for (i, sub) in subs.iter().enumerate() {
        let (min, max) = lengths(sub).ok_or(())?;
        if let Some(mut place) = around(sub, name)? {
            place.before = (place.before.0 + before.0, place.before.1 + before.1);
            for later in subs.iter().skip(i + 1) {
                let (min, max) = lengths(later).ok_or(())?;
                place.after = (place.after.0 + min, place.after.1 + max);
            }
            return Ok(Some(place));
        }
        before = (before.0 + min, before.1 + max);
    }
    Ok(None)
}

/// All ways a match can begin, as far as positions are fixed, and no farther than `most` bytes.
pub(crate) fn heads(hir: &Hir, most: usize) -> Vec<Head> {
    let start = Head { sets: Vec::new(), rest: ByteSet::EMPTY, open: true };
    extend(vec![start], hir, most)
}

fn extend(heads: Vec<Head>, hir: &Hir, most: usize) -> Vec<Head> {
    if heads.iter().all(|head| !head.open || head.sets.len() >= most) {
        return close(heads, bytes(hir));
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => heads,
        HirKind::Literal(lit) => {
            lit.0.iter().fold(heads, |heads, &b| push(heads, ByteSet::EMPTY.with(&[b]), most))
        }
        HirKind::Class(class) => push(heads, class_bytes(class), most),
        HirKind::Capture(cap) => extend(heads, &cap.sub, most),
        HirKind::Concat(subs) => subs.iter().fold(heads, |heads, sub| extend(heads, sub, most)),
        HirKind::Alternation(subs) => {
            let open = heads.iter().filter(|head| head.open).count();
            if open * subs.len() + heads.len() > MOST_HEADS {
                return close(heads, bytes(hir));
            }
            let (open, mut out): (Vec<Head>, Vec<Head>) =
                heads.into_iter().partition(|head| head.open);
            let all = bytes(hir);
            out.iter_mut().for_each(|head| head.rest = head.rest.union(all));
            out.extend(subs.iter().flat_map(|sub| extend(open.clone(), sub, most)));
            out
        }
        HirKind::Repetition(rep) => {
            let fixed =
                (0..rep.min as usize).take(most + 1).fold(heads, |h, _| extend(h, &rep.sub, most));
            match rep.max {
                Some(max) if max == rep.min => fixed,
                Some(max) if max <= 1 && fixed.len() * 2 <= MOST_HEADS => {
                    let mut with = extend(fixed.clone(), &rep.sub, most);
                    with.extend(fixed.into_iter().filter(|head| head.open));
                    with
                }
                _ => close(fixed, bytes(&rep.sub)),
            }
        }
    }
}

fn push(mut heads: Vec<Head>, set: ByteSet, most: usize) -> Vec<Head> {
    for head in &mut heads {
        if head.open && head.sets.len() < most {
            head.sets.push(set);
        } else {
            head.open = false;
            head.rest = head.rest.union(set);
        }
    }
    heads
}

fn close(mut heads: Vec<Head>, more: ByteSet) -> Vec<Head> {
    for head in &mut heads {
        head.open = false;
        head.rest = head.rest.union(more);
    }
    heads
}

/// The first run of one class in every match: where it begins, how long it is, and what ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lead {
    /// Bytes from the start of a match to the run.
    pub(crate) at: usize,
    pub(crate) class: ByteSet,
    pub(crate) least: usize,
    pub(crate) most: usize,
    /// What follows the run, all of it outside the class; `None` if the match can end with the run.
    pub(crate) follow: Option<ByteSet>,
}

packed_fields!(Lead { at, class, least, most, follow });

/// The first run of a class of two or more bytes at or behind position `from`, if everything before it has a fixed
/// length and what follows it cannot go on with the class.
pub(crate) fn lead(hir: &Hir, from: usize) -> Option<Lead> {
    let mut items = Vec::new();
    flatten(hir, &mut items);
    let mut at = 0;
    for (i, item) in items.iter().enumerate() {
        let (min, max) = lengths(item)?;
        if let HirKind::Repetition(rep) = item.kind()
            && let Some(class) = single_class(&rep.sub).filter(|class| class.len() > 1)
            && at >= from
        {
            let (follow, empty) = first(items.get(i + 1..).unwrap_or_default());
            let apart = follow.intersection(class).len() == 0;
            return apart.then_some(Lead {
                at,
                class,
                least: min,
                most: max,
                follow: (!empty).then_some(follow),
            });
        }
        if min != max {
            return None;
        }
        at += min;
    }
    None
}

/// The parts of a sequence, through groups.
fn flatten<'h>(hir: &'h Hir, out: &mut Vec<&'h Hir>) {
    match hir.kind() {
        HirKind::Concat(subs) => subs.iter().for_each(|sub| flatten(sub, out)),
        HirKind::Capture(cap) => flatten(&cap.sub, out),
        _ => out.push(hir),
    }
}

/// What a sequence can begin with, and whether it can be empty.
fn first(items: &[&Hir]) -> (ByteSet, bool) {
    let mut set = ByteSet::EMPTY;
    for item in items {
        let (more, empty) = first_of(item);
        set = set.union(more);
        if !empty {
            return (set, false);
        }
    }
    (set, true)
}

fn first_of(hir: &Hir) -> (ByteSet, bool) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => (ByteSet::EMPTY, true),
        HirKind::Literal(lit) => (ByteSet::EMPTY.with(lit.0.get(..1).unwrap_or_default()), false),
        HirKind::Class(class) => (class_bytes(class), false),
        HirKind::Capture(cap) => first_of(&cap.sub),
        HirKind::Concat(subs) => first(&subs.iter().collect::<Vec<_>>()),
        HirKind::Repetition(rep) => {
            let (set, empty) = first_of(&rep.sub);
            (set, empty || rep.min == 0)
        }
        HirKind::Alternation(subs) => {
            subs.iter().fold((ByteSet::EMPTY, false), |(set, empty), sub| {
                let (more, also) = first_of(sub);
                (set.union(more), empty || also)
            })
        }
    }
}

/// The offset at which every match holds one of `anchors`, the smallest if there are several.
pub(crate) fn anchor_offset(heads: &[Head], anchors: &[String], caseless: bool) -> Option<usize> {
    let longest = heads.iter().map(|head| head.sets.len()).max()?;
    (0..longest).find(|&offset| {
        heads.iter().all(|head| {
            anchors.iter().any(|anchor| stands_at(head, offset, anchor.as_bytes(), caseless))
        })
    })
}

fn stands_at(head: &Head, offset: usize, anchor: &[u8], caseless: bool) -> bool {
    head.sets.get(offset..offset + anchor.len()).is_some_and(|sets| {
        sets.iter().zip(anchor).all(|(set, &b)| {
            let mut allowed = ByteSet::EMPTY.with(&[b]);
            if caseless {
                allowed = allowed.with(&[b.to_ascii_lowercase(), b.to_ascii_uppercase()]);
            }
            set.is_subset(allowed)
        })
    })
}

/// All bytes that can stand in a match at or after position `from`.
pub(crate) fn bytes_from(heads: &[Head], from: usize) -> ByteSet {
    heads.iter().fold(ByteSet::EMPTY, |set, head| {
        let tail = head.sets.get(from..).unwrap_or_default();
        tail.iter().fold(set.union(head.rest), |set, &more| set.union(more))
    })
}

/// All bytes that can stand in a match before position `to`.
pub(crate) fn bytes_to(heads: &[Head], to: usize) -> ByteSet {
    heads.iter().fold(ByteSet::EMPTY, |set, head| {
        head.sets.iter().take(to).fold(set, |set, &more| set.union(more))
    })
}
