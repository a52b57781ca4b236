//! What every level must answer, byte by byte.

use super::{Groups, SKETCH_WORDS, place, places};

pub(super) fn sketched<const TWICE: bool>(
    map: &[u32; SKETCH_WORDS],
    text: &[u8],
    out: &mut Vec<u64>,
) {
    for at in (0..text.len()).step_by(64) {
        let mut mask = 0u64;
        for i in 0..64.min(text.len() - at) {
            let four = four(text.get(at + i..).unwrap_or_default());
            let (word, both) = places(four);
            let bits = if TWICE { both } else { 1 << (place(four) & 31) };
            let found = map.get(word).copied().unwrap_or(0) & bits;
            mask |= u64::from(found == bits) << i;
        }
        out.push(mask);
    }
}

fn four(rest: &[u8]) -> u32 {
    match rest.first_chunk() {
        Some(bytes) => u32::from_le_bytes(*bytes),
        None => rest.iter().rev().fold(0, |word, b| word << 8 | u32::from(*b)),
    }
}

pub(super) fn members(groups: &Groups, text: &[u8], out: &mut Vec<u64>) {
    for block in text.chunks(64) {
        let mut mask = 0u64;
        for (i, &byte) in block.iter().enumerate() {
            let is = byte < 0x80 && groups[usize::from(byte & 0x7f)] != 0;
            mask |= u64::from(is) << i;
        }
        out.push(mask);
    }
}
