//! Binary keys in base32 with a sum inside: Stellar, NATS, Azure DevOps.

use super::Strength::{Boost, Reject};
use super::base::{BASE32, decode32, digit, encode32};
use super::dice::Dice;
use super::proof::{Proof, overwrite};
use crate::text::crc::{crc16, crc32};

pub(super) const STELLAR: Proof = Proof::own(Reject, check_stellar, repair_stellar);
pub(super) const NATS: Proof = Proof::own(Reject, check_nats, repair_nats);
pub(super) const AZURE_DEVOPS: Proof = Proof::own(Boost, check_devops, repair_devops);

/// `S`, the mark of a seed in both formats: these five bits stand in front.
const SEED: u8 = 18 << 3;

/// Whether the last two bytes are the sum of the others, little-endian.
fn sum_holds(bytes: &[u8]) -> bool {
    bytes.split_last_chunk::<2>().is_some_and(|(body, sum)| crc16(body) == u16::from_le_bytes(*sum))
}

fn set_sum(bytes: &mut [u8]) {
    if let Some((body, sum)) = bytes.split_last_chunk_mut::<2>() {
        *sum = crc16(body).to_le_bytes();
    }
}

/// `count` bytes: those of the whole groups of eight characters in `text`, foreign ones replaced, and drawn ones.
fn bytes_of(text: &[u8], count: usize, dice: &mut Dice<'_>) -> Vec<u8> {
    let mut clean = text.to_ascii_uppercase();
    clean.truncate(text.len() / 8 * 8);
    for byte in &mut clean {
        if digit(BASE32, *byte).is_none() {
            *byte = dice.pick(BASE32);
        }
    }
    let mut bytes = decode32(&clean).unwrap_or_default();
    bytes.truncate(count);
    bytes.extend(dice.bytes(count - bytes.len()));
    bytes
}

/// Source: SEP-23 (strkey): version byte, 32 bytes, CRC-16.
fn check_stellar(secret: &[u8]) -> Option<bool> {
    if secret.len() != 56 || !secret.starts_with(b"S") {
        return None;
    }
    let bytes = decode32(secret).unwrap_or_default();
    Some(bytes.first() == Some(&SEED) && sum_holds(&bytes))
}

fn repair_stellar(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    if secret.len() != 56 || !secret.starts_with(b"S") {
        return false;
    }
    let mut bytes = bytes_of(secret, 35, dice);
    overwrite(&mut bytes, 0, &[SEED]);
    set_sum(&mut bytes);
    *secret = encode32(&bytes);
    true
}

/// Source: NATS documentation of nkeys: two bytes of mark and role, 32 bytes, CRC-16.
fn check_nats(secret: &[u8]) -> Option<bool> {
    if secret.len() != 58 || !secret.starts_with(b"S") {
        return None;
    }
    let bytes = decode32(secret).unwrap_or_default();
    Some(bytes.first().is_some_and(|b| b & 0xF8 == SEED) && sum_holds(&bytes))
}

fn repair_nats(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    if secret.len() != 58 || !secret.starts_with(b"S") {
        return false;
    }
    let mut bytes = bytes_of(secret, 36, dice);
    set_sum(&mut bytes);
    *secret = encode32(&bytes);
    true
}

/// Bytes of the 32 that hold the sum, its most significant byte first.
const PLACES: [usize; 4] = [2, 7, 8, 22];
/// What the sum is combined with, for tokens of users and of applications.
const MASKS: [u32; 2] = [0xE0B9_692D, 0x1019_F92E];

fn devops_sum(bytes: &[u8]) -> u32 {
    let covered = bytes.iter().enumerate().filter(|(at, _)| !PLACES.contains(at));
    crc32(&covered.map(|(_, b)| *b).collect::<Vec<u8>>())
}

/// Source: Microsoft's published detection of Azure DevOps tokens: 32 bytes, four of them a masked CRC-32 of the rest.
fn check_devops(secret: &[u8]) -> Option<bool> {
    if secret.len() != 52 {
        return None;
    }
    let Some(bytes) = decode32(secret) else { return Some(false) };
    let found = PLACES.iter().filter_map(|&at| bytes.get(at));
    let found = found.fold(0, |word, &b| (word << 8) | u32::from(b));
    let sum = devops_sum(&bytes);
    Some(MASKS.iter().any(|mask| sum ^ mask == found))
}

fn repair_devops(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    if secret.len() != 52 {
        return false;
    }
    let mut bytes = bytes_of(secret, 32, dice);
    let [mask, _] = MASKS;
    let word = (devops_sum(&bytes) ^ mask).to_be_bytes();
    let fits = PLACES.iter().zip(word).all(|(&at, byte)| overwrite(&mut bytes, at, &[byte]));
    let mut text = encode32(&bytes);
    if secret.iter().any(u8::is_ascii_lowercase) {
        text.make_ascii_lowercase();
    }
    *secret = text;
    fits
}
