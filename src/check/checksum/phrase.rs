//! Seed phrases: whether the words are on the list, and the last one closes them.

use super::Strength::Reject;
use super::dice::Dice;
use super::proof::Proof;
use crate::check::phrase;

pub(super) const BIP39: Proof = Proof::own(Reject, check, repair);

/// The places of all words, or `None` if one is not on the list.
fn places(secret: &[u8]) -> Option<Vec<u16>> {
    words(secret).map(phrase::place).collect()
}

/// Words, with an escaped line break counted as what it stands for.
fn words(secret: &[u8]) -> impl Iterator<Item = &[u8]> {
    secret.split(|b| !b.is_ascii_alphabetic()).filter(|word| !word.is_empty())
}

/// Source: BIP-39, "Generating the mnemonic". Words that are not all on the English list give no verdict.
fn check(secret: &[u8]) -> Option<bool> {
    if secret.len() > 512 {
        return None;
    }
    let places = places(secret).filter(|places| phrase::is_length(places.len()))?;
    Some(phrase::holds(&places))
}

fn repair(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let count = words(secret).count();
    if !phrase::is_length(count) {
        return false;
    }
    let drawn =
        |dice: &mut Dice<'_>| dice.bytes(2).iter().fold(0_u16, |n, b| (n << 8) | u16::from(*b));
    let mut places: Vec<u16> = (0..count).map(|_| drawn(dice) % 2048).collect();
    let closing = phrase::closing(&places);
    if let (Some(last), Some(closing)) = (places.last_mut(), closing) {
        *last = closing;
    }
    *secret = places.into_iter().map(phrase::word).collect::<Vec<_>>().join(&b' ');
    true
}
