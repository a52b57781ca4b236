//! Bech32 (BIP-173): age identities and Nostr private keys.
//!
//! Source: BIP-173, with its polynomial and target 1; the age specification (upper case); NIP-19. The limit of
//! 90 characters is not applied: age exceeds it.

use super::Strength::Reject;
use super::base::{digit, letter};
use super::dice::Dice;
use super::proof::Proof;

pub(super) const AGE: Proof = Proof::own(Reject, check_age, repair_age);
pub(super) const NOSTR: Proof = Proof::own(Reject, check_nostr, repair_nostr);

const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
/// Characters of the checksum.
const SUM: usize = 6;

fn polymod(values: impl Iterator<Item = u32>) -> u32 {
    values.fold(1, |sum, value| {
        let top = sum >> 25;
        let shifted = ((sum & 0x01ff_ffff) << 5) ^ value;
        GENERATOR
            .iter()
            .enumerate()
            .fold(shifted, |sum, (bit, term)| sum ^ if (top >> bit) & 1 == 1 { *term } else { 0 })
    })
}

/// The human-readable part as the checksum sees it: high bits, a zero, low bits.
fn expanded(part: &[u8]) -> impl Iterator<Item = u32> {
    let high = part.iter().map(|b| u32::from(b >> 5));
    let low = part.iter().map(|b| u32::from(b & 31));
    high.chain([0]).chain(low)
}

/// The parts around the separator in lower case; `None` if there is none or letters of both cases occur. The names we
/// know hold no `1`, so that the first one separates.
fn parts(secret: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mixed =
        secret.iter().any(u8::is_ascii_lowercase) && secret.iter().any(u8::is_ascii_uppercase);
    let at = secret.iter().position(|&b| b == b'1').filter(|_| !mixed)?;
    let (name, rest) = secret.split_at_checked(at)?;
    Some((name.to_ascii_lowercase(), rest.get(1..)?.to_ascii_lowercase()))
}

fn check(secret: &[u8], named: fn(&[u8]) -> bool) -> Option<bool> {
    let (name, text) = parts(secret).filter(|(name, text)| named(name) && text.len() > SUM)?;
    let values: Option<Vec<u32>> = text.iter().map(|&b| digit(ALPHABET, b)).collect();
    Some(values.is_some_and(|values| polymod(expanded(&name).chain(values)) == 1))
}

fn repair(secret: &mut Vec<u8>, dice: &mut Dice<'_>, named: fn(&[u8]) -> bool) -> bool {
    let Some((name, mut text)) =
        parts(secret).filter(|(name, text)| named(name) && text.len() > SUM)
    else {
        return false;
    };
    text.truncate(text.len() - SUM);
    for byte in &mut text {
        if digit(ALPHABET, *byte).is_none() {
            *byte = dice.pick(ALPHABET);
        }
    }
    let values = text.iter().filter_map(|&b| digit(ALPHABET, b));
    let sum = polymod(expanded(&name).chain(values).chain([0; SUM])) ^ 1;
    text.extend((0..SUM).rev().map(|place| letter(ALPHABET, (sum >> (5 * place)) & 31)));
    let mut whole = [name.as_slice(), b"1", &text].concat();
    if secret.iter().any(u8::is_ascii_uppercase) {
        whole.make_ascii_uppercase();
    }
    *secret = whole;
    true
}

fn is_age(name: &[u8]) -> bool {
    name.starts_with(b"age-secret-key-")
}

fn is_nostr(name: &[u8]) -> bool {
    name == b"nsec"
}

fn check_age(secret: &[u8]) -> Option<bool> {
    check(secret, is_age)
}

fn repair_age(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    repair(secret, dice, is_age)
}

fn check_nostr(secret: &[u8]) -> Option<bool> {
    check(secret, is_nostr)
}

fn repair_nostr(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    repair(secret, dice, is_nostr)
}
