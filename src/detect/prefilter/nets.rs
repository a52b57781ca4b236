//! The vector filter for windows that are too short to be hashed.
//!
//! They are few, and are split into eight groups that share no byte at one of their places, so that a text has the byte of
//! one group at most there: the groups together then catch little more than the windows themselves.

use std::collections::BTreeMap;

use super::rarity;
use super::table::{Filed, HASHED};
use crate::rules::packed::packed_fields;
use crate::text::simd::{Net, PLACES};

/// How many groups windows of each length get, eight in all.
const GROUPS: [(usize, usize); 2] = [(3, 6), (2, 2)];

packed_fields!(Net { places });

/// One group: the bytes that may stand at each place, and their shares.
#[derive(Debug, Clone)]
struct Group {
    bytes: [[bool; 128]; PLACES],
    shares: [f32; PLACES],
    literals: usize,
}

/// The bytes that each place of a window may hold.
type Places = [Vec<u8>; PLACES];

/// Builds the net for those windows of these literals that are not hashed. The literals are ASCII.
pub(super) fn net(literals: &[Filed]) -> Net {
    let mut net = Net::default();
    let mut bit = 1u8;
    for (len, number) in GROUPS {
        let short = literals.iter().filter(|one| one.window.len < HASHED);
        let of_length = short.filter(|one| one.window.len.max(2) == len);
        for group in split(&of_length.map(places).collect::<Vec<_>>(), len, number) {
            for (place, bytes) in net.places.iter_mut().zip(&group.bytes) {
                for (to, is) in place.iter_mut().zip(bytes) {
                    *to |= if *is { bit } else { 0 };
                }
            }
            bit = bit.wrapping_shl(1);
        }
    }
    net
}

/// Splits windows of `len` bytes at the place that leaves the groups catching least.
fn split(windows: &[Places], len: usize, number: usize) -> Vec<Group> {
    let empty = Group { bytes: [[false; 128]; PLACES], shares: [0.0; PLACES], literals: 0 };
    let at = |place: usize| {
        let mut by_byte: BTreeMap<u8, Vec<&Places>> = BTreeMap::new();
        for window in windows {
            let byte = window.get(place).and_then(|bytes| bytes.first()).copied();
            by_byte.entry(byte.unwrap_or(0).to_ascii_lowercase()).or_default().push(window);
        }
        let mut all: Vec<Vec<&Places>> = by_byte.into_values().collect();
        all.sort_by_key(|windows| std::cmp::Reverse(windows.len()));
        let mut groups = vec![empty.clone(); number];
        for windows in all {
            if let Some(group) = groups.iter_mut().min_by_key(|group| group.literals) {
                windows.into_iter().for_each(|window| group.add(window));
            }
        }
        groups
    };
    let catch = |groups: &Vec<Group>| -> f32 {
        groups.iter().map(|group| group.shares.iter().product::<f32>()).sum()
    };
    let splits = (0..len).map(at);
    splits.min_by(|a, b| catch(a).total_cmp(&catch(b))).unwrap_or_default()
}

/// The bytes that may stand at each place of a window; any behind its end.
fn places(one: &Filed) -> Places {
    let exact = one.exact();
    let window = one.window();
    std::array::from_fn(|i| match (exact.and_then(|e| e.get(i)), window.get(i)) {
        (Some(byte), _) => vec![*byte],
        (None, Some(byte)) => {
            let upper = byte.to_ascii_uppercase();
            if upper == *byte { vec![*byte] } else { vec![*byte, upper] }
        }
        (None, None) => (0..128).collect(),
    })
}

impl Group {
    fn add(&mut self, places: &Places) {
        self.literals += 1;
        for (i, bytes) in places.iter().enumerate() {
            for byte in bytes {
                let Some(is) = self.bytes.get_mut(i).and_then(|p| p.get_mut(usize::from(*byte)))
                else {
                    continue;
                };
                if !std::mem::replace(is, true)
                    && let Some(sum) = self.shares.get_mut(i)
                {
                    *sum += rarity::share(*byte);
                }
            }
        }
    }
}
