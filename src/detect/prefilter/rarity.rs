//! How often bytes stand in ordinary text, and which piece of a literal is therefore the best to look for.

use super::table::{HASHED, Window};

/// For each printable byte how rare it is, then for each of them how rare every byte is behind it, in sixteenths of a bit:
/// `cargo xtask pairs`, from this repository's documents, sources and corpus.
static PAIRS: &[u8; BYTES + BYTES * BYTES] = include_bytes!("pairs.bin");
const BYTES: usize = 96;

/// Printable bytes in lower case; everything else counts as a blank.
fn class(byte: u8) -> usize {
    match byte.to_ascii_lowercase() {
        byte @ b' '..=0x7f => usize::from(byte - b' '),
        _ => 0,
    }
}

fn rarity(at: usize) -> u32 {
    PAIRS.get(at).copied().map_or(0, u32::from)
}

/// How rare a text is, in sixteenths of a bit.
pub(super) fn of(text: &[u8]) -> u32 {
    let first = text.first().map_or(0, |b| rarity(class(*b)));
    let pairs = text.windows(2).map(|pair| match pair {
        [a, b] => rarity(BYTES + class(*a) * BYTES + class(*b)),
        _ => 0,
    });
    first + pairs.sum::<u32>()
}

/// The share of `byte`, in either case, among all bytes; above zero.
pub(super) fn share(byte: u8) -> f32 {
    (-(rarity(class(byte)) as f32) / 16.0).exp2()
}

/// The window of `literal` that ordinary text holds least, the first of equals.
pub(super) fn window(literal: &[u8]) -> Window {
    let len = literal.len().min(HASHED);
    let rare = |at: &usize| of(literal.get(*at..*at + len).unwrap_or_default());
    // A window beyond ASCII begins with such a byte: that is where it is looked for.
    let fits = |at: &usize| literal.is_ascii() || literal.get(*at).is_some_and(|b| !b.is_ascii());
    let places = (0..literal.len() + 1 - len).filter(fits);
    match places.rev().max_by_key(rare) {
        Some(at) => Window { at, len },
        // What is not ASCII stands at the very end only.
        None => {
            let at = literal.iter().position(|b| !b.is_ascii()).unwrap_or(0);
            Window { at, len: (literal.len() - at).min(HASHED) }
        }
    }
}
