//! Checks made of SHA-256: GitHub's fine-grained tokens and Bitcoin's base58check.

use sha2::{Digest, Sha256};

use super::Strength::{Boost, Reject};
use super::base::{decode58, encode32, encode58};
use super::dice::Dice;
use super::proof::{Proof, Tail};

pub(super) const GITHUB_FINE_GRAINED: Proof = Proof::tail(Boost, github_fine_grained);
pub(super) const BITCOIN_WIF: Proof = Proof::own(Reject, check_wif, repair_wif);
pub(super) const BIP32: Proof = Proof::own(Reject, check_bip32, repair_bip32);

/// Source: observed on public tokens, not documented; hence no ground for rejection. Eight characters of base32 over
/// the digest of all before them; eight more follow that nothing covers.
fn github_fine_grained(secret: &[u8]) -> Option<Tail> {
    let covered = secret.get(..77).filter(|_| secret.len() == 93)?;
    let shaped = covered.starts_with(b"github_pat_") && covered.get(33) == Some(&b'_');
    let mut fragment = encode32(Sha256::digest(covered).get(..5)?);
    fragment.make_ascii_lowercase();
    shaped.then(|| Tail::new(77, fragment).in_any_case())
}

/// What base58check guards: the bytes before the four of the double digest, if that holds.
fn guarded(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = decode58(text)?;
    let sum = bytes.split_off(bytes.len().checked_sub(4)?);
    (sum == double_digest(&bytes)).then_some(bytes)
}

fn double_digest(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(Sha256::digest(bytes)).iter().copied().take(4).collect()
}

fn encode_guarded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend(double_digest(&bytes));
    encode58(&bytes)
}

/// Version byte of a private key on the main or test network, and whether the key is for a compressed point.
fn wif_kind(secret: &[u8]) -> Option<(u8, bool)> {
    match (secret.first()?, secret.len()) {
        (b'5', 51) => Some((0x80, false)),
        (b'K' | b'L', 52) => Some((0x80, true)),
        (b'9', 51) => Some((0xEF, false)),
        (b'c', 52) => Some((0xEF, true)),
        _ => None,
    }
}

/// Source: Bitcoin's documentation of the wallet import format.
fn check_wif(secret: &[u8]) -> Option<bool> {
    let (version, compressed) = wif_kind(secret)?;
    Some(guarded(secret).is_some_and(|bytes| {
        let mark = if compressed { bytes.last() == Some(&1) } else { true };
        bytes.first() == Some(&version) && bytes.len() == 33 + usize::from(compressed) && mark
    }))
}

fn repair_wif(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let Some((version, compressed)) = wif_kind(secret) else { return false };
    // Whether a key begins with K or L is chance, so a few draws find the letter that stood there.
    for _ in 0..64 {
        let mut bytes = vec![version];
        bytes.extend(dice.bytes(32));
        if compressed {
            bytes.push(1);
        }
        let text = encode_guarded(bytes);
        if text.len() == secret.len() && text.first() == secret.first() {
            *secret = text;
            return true;
        }
    }
    false
}

/// Versions of BIP-32 and SLIP-132 and the letters they begin with in base58.
const VERSIONS: &[(&[u8; 4], [u8; 4])] = &[
    (b"xprv", [0x04, 0x88, 0xAD, 0xE4]),
    (b"yprv", [0x04, 0x9D, 0x78, 0x78]),
    (b"zprv", [0x04, 0xB2, 0x43, 0x0C]),
    (b"Yprv", [0x02, 0x95, 0xB0, 0x05]),
    (b"Zprv", [0x02, 0xAA, 0x7A, 0x99]),
    (b"tprv", [0x04, 0x35, 0x83, 0x94]),
    (b"uprv", [0x04, 0x4A, 0x4E, 0x28]),
    (b"vprv", [0x04, 0x5F, 0x18, 0xBC]),
    (b"Uprv", [0x02, 0x42, 0x85, 0xB5]),
    (b"Vprv", [0x02, 0x57, 0x50, 0x48]),
];

fn bip32_version(secret: &[u8]) -> Option<[u8; 4]> {
    let found = VERSIONS.iter().find(|(letters, _)| secret.starts_with(*letters));
    found.filter(|_| matches!(secret.len(), 110..=113)).map(|(_, version)| *version)
}

/// Source: BIP-32, serialization format: version, depth, parent, index, chain code, a zero byte and the key.
fn check_bip32(secret: &[u8]) -> Option<bool> {
    let version = bip32_version(secret)?;
    Some(guarded(secret).is_some_and(|bytes| {
        bytes.len() == 78 && bytes.starts_with(&version) && bytes.get(45) == Some(&0)
    }))
}

fn repair_bip32(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let Some(version) = bip32_version(secret) else { return false };
    let mut bytes = version.to_vec();
    bytes.extend(dice.bytes(41));
    bytes.push(0);
    bytes.extend(dice.bytes(32));
    let text = encode_guarded(bytes);
    let fits = secret.get(..4) == text.get(..4);
    *secret = text;
    fits
}
