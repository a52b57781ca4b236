//! Microsoft's Marvin32 and the keys of Azure and Entra that carry it.
//!
//! Source: Microsoft's published security utilities, which state hash, seeds and layouts so that keys can be
//! recognised. A seed is eight ASCII characters read as a big-endian number.

use super::Strength::{Boost, Reject};
use super::base::{
    BASE62, BASE64, BASE64_URL, decode64, encode64, encode64_like, encode64_padded, number,
    unpadded,
};
use super::dice::Dice;
use super::proof::{Proof, Tail, overwrite};

pub(super) const AZURE_KEY: Proof = Proof::own(Reject, check_key, repair_key);
pub(super) const AZURE_CASK: Proof = Proof::in_place(Boost, check_cask, repair_cask);
pub(super) const ENTRA: Proof = Proof::tail(Boost, entra);

type Seed = &'static [u8; 8];

/// Both halves of the state folded into one word.
fn marvin32(bytes: &[u8], seed: Seed) -> u32 {
    let seed = u64::from_be_bytes(*seed);
    let mut state = (seed as u32, (seed >> 32) as u32);
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        state = mix(state.0.wrapping_add(u32::from_le_bytes(*word)), state.1);
    }
    let mut last = [0_u8; 4];
    for (place, byte) in last.iter_mut().zip(rest.iter().chain(&[0x80])) {
        *place = *byte;
    }
    state = mix(state.0.wrapping_add(u32::from_le_bytes(last)), state.1);
    state = mix(state.0, state.1);
    state.0 ^ state.1
}

fn mix(mut low: u32, mut high: u32) -> (u32, u32) {
    high ^= low;
    low = low.rotate_left(20).wrapping_add(high);
    high = high.rotate_left(9) ^ low;
    low = low.rotate_left(27).wrapping_add(high);
    (low, high.rotate_left(19))
}

/// The seeds a service uses, by the signature in its keys.
const SIGNATURES: &[(&[u8; 4], &[Seed])] = &[
    (b"+ASt", &[b"Default0"]),
    (b"+ABa", &[b"AbAcct00"]),
    (
        b"ACDb",
        &[
            b"MastRW00",
            b"MastRO00",
            b"Resour00",
            b"SystRW00",
            b"SystRO00",
            b"SysAll00",
            b"Encryp00",
        ],
    ),
    (b"+AMC", &[b"Classic0"]),
    (b"APIM", &[b"Tenant00", b"IoTHub00", b"Gatewy00", b"GitKey00"]),
    (b"AzFu", &[b"Master00", b"System00", b"Functi00"]),
    (b"AzSe", &[b"Query000", b"PAdmin00"]),
    (b"AzCa", &[b"Access00"]),
    (b"+ACR", &[b"ACRDflt0"]),
    (b"+ASb", &[b"Send0000", b"Manage00", b"Listen00"]),
    (b"+AEh", &[b"Send0000", b"Manage00", b"Listen00"]),
    (b"+ARm", &[b"Send0000", b"Manage00", b"Listen00"]),
    (b"AIoT", &[b"IoTHub00", b"DpsKey00", b"Device00"]),
    (b"+SQL", &[b"UsrPwd00"]),
];

/// The seeds of the service that `secret` names and where its signature ends, if it has the length and layout of one of
/// these keys.
fn layout(secret: &[u8]) -> Option<(&'static [Seed], usize)> {
    let at = match secret.len() {
        88 => 76,
        44 => 33,
        52 => 42,
        54 | 56 => 44,
        _ => return None,
    };
    let signature = secret.get(at..at + 4)?;
    let (_, seeds) = SIGNATURES.iter().find(|(known, _)| known.as_slice() == signature)?;
    Some((*seeds, at + 4))
}

fn check_key(secret: &[u8]) -> Option<bool> {
    let (seeds, _) = layout(secret)?;
    let Some(bytes) = decode64(secret) else { return Some(false) };
    let (body, sum) = bytes.split_last_chunk::<4>()?;
    let sum = u32::from_le_bytes(*sum);
    let plain = seeds.iter().any(|seed| marvin32(body, seed) == sum);
    Some(plain || seeds.iter().any(|seed| holds_without_signs(secret, body, seed)))
}

/// Redis keys are also issued with `+` and `/` replaced by `P` and `F`, in the check characters as elsewhere.
fn holds_without_signs(secret: &[u8], body: &[u8], seed: Seed) -> bool {
    if secret.get(33..37) != Some(b"AzCa") {
        return false;
    }
    let bytes = [body, marvin32(body, seed).to_le_bytes().as_slice()].concat();
    encode64_padded(&bytes, BASE64).iter().zip(secret).all(|(&due, &is)| match due {
        b'+' => is == b'P',
        b'/' => is == b'F',
        _ => is == due,
    })
}

fn repair_key(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let Some((seeds, end)) = layout(secret) else { return false };
    let sign = |b: &u8| !b.is_ascii_alphanumeric() && *b != b'=';
    let alphabet = if matches!(secret.len(), 54 | 56) { BASE64_URL } else { BASE64 };
    // Search keys, for one, hold letters and digits only; then another body is tried until the sum does too.
    let free = secret.get(..32).is_some_and(|body| body.iter().any(sign));
    for _ in 0..256 {
        let Some(text) = with_sum(secret, seeds, alphabet, dice) else { return false };
        if free || !text.iter().skip(end).any(sign) {
            *secret = text;
            return true;
        }
        let (place, other) = (dice.below(32) as usize, dice.pick(BASE62));
        overwrite(secret, place, &[other]);
    }
    false
}

fn with_sum(key: &[u8], seeds: &[Seed], alphabet: &[u8], dice: &mut Dice<'_>) -> Option<Vec<u8>> {
    let mut bare = unpadded(key).to_vec();
    // The last character holds the end of the old sum and perhaps stray bits.
    *bare.last_mut()? = b'A';
    let bytes = decode64(&bare)?;
    let (body, _) = bytes.split_last_chunk::<4>()?;
    let seed = seeds.get(dice.below(u32::try_from(seeds.len()).ok()?) as usize)?;
    let whole = [body, marvin32(body, seed).to_le_bytes().as_slice()].concat();
    Some(encode64_like(&whole, alphabet, key))
}

/// The first characters after the 80 that are covered: base 62 of the sum, or base64 of its bytes.
fn cask_tails(secret: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let covered = secret.get(..80).filter(|c| c.get(52..57) == Some(b"JQQJ9"))?;
    let sum = marvin32(&decode64(covered)?, b"Default0").to_le_bytes();
    let mut in_62 = number(u32::from_be_bytes(sum), BASE62, 0);
    in_62.resize(in_62.len().max(6), b'0');
    Some((in_62, encode64(&sum, BASE64)))
}

fn cask_tail(secret: &[u8]) -> Option<&[u8]> {
    match secret.len() {
        84 => secret.get(80..),
        88 => secret.get(80..)?.strip_suffix(b"=="),
        _ => None,
    }
}

/// 84 characters, of which the last four are a part of the sum; or 88, padded.
fn check_cask(secret: &[u8]) -> Option<bool> {
    let tail = cask_tail(secret)?;
    let (in_62, in_64) = cask_tails(secret)?;
    Some(in_62.starts_with(tail) || in_64.starts_with(tail))
}

fn repair_cask(secret: &mut [u8], _: &mut Dice<'_>) -> bool {
    let (Some(width), Some((in_62, in_64))) =
        (cask_tail(secret).map(<[u8]>::len), cask_tails(secret))
    else {
        return false;
    };
    let due = if width == 4 { in_62 } else { in_64 };
    due.get(..width).is_some_and(|due| overwrite(secret, 80, due))
}

/// Forty characters with `Q~` in the fifth and sixth place; the last three are the first digits of the sum in base 66.
fn entra(secret: &[u8]) -> Option<Tail> {
    const BASE66: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";
    let covered = secret.get(..37).filter(|_| secret.len() == 40)?;
    let digits = number(marvin32(covered, b"AadPwd00"), BASE66, 3);
    (covered.get(4..6) == Some(b"Q~")).then(|| Tail::new(37, digits.into_iter().take(3).collect()))
}
