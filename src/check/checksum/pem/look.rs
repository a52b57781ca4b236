//! What a private key says of itself: kind, size, whether a passphrase protects it, whether it is all there.
//!
//! Reads PKCS#1 (RFC 8017), PKCS#8 (RFC 5958), SEC1 (RFC 5915) and OpenSSH's format, from PEM, from PEM wrapped in
//! base64 once more, and from bare base64. A key that is cut off is read as far as it goes.

use super::super::base::{decode64, decode64_start};
use super::text::{self, Body};
use super::{WRAPPED, der};

/// What was seen of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) struct Look {
    pub kind: &'static str,
    pub bits: Option<usize>,
    pub encrypted: Option<bool>,
    /// Whether there are as many bytes as the key states; `None` where that cannot be known.
    pub complete: Option<bool>,
}

/// Object identifiers of algorithms and curves (RFC 3279, RFC 5480, RFC 8410, SEC 2).
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const PBES2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05];
const SMALL: [(&[u8], &str, usize); 4] = [
    (&[0x2B, 0x65, 0x70], "ed25519", 256),
    (&[0x2B, 0x65, 0x6E], "x25519", 256),
    (&[0x2B, 0x65, 0x71], "ed448", 448),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x01], "dsa", 0),
];
const CURVES: [(&[u8], usize); 4] = [
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], 256),
    (&[0x2B, 0x81, 0x04, 0x00, 0x0A], 256),
    (&[0x2B, 0x81, 0x04, 0x00, 0x22], 384),
    (&[0x2B, 0x81, 0x04, 0x00, 0x23], 521),
];

/// Looks at a private key in any of its wrappings.
pub(in crate::check) fn look(secret: &[u8]) -> Option<Look> {
    if secret.starts_with(WRAPPED) {
        return armour(&decode64_start(secret));
    }
    if secret.starts_with(b"---") { armour(secret) } else { bare(secret) }
}

/// A key in base64 that nothing frames.
pub(super) fn bare(text: &[u8]) -> Option<Look> {
    let bytes = decode64(text).unwrap_or_else(|| decode64_start(text));
    let key = key(&bytes)?;
    // In a text without a frame, a sequence alone is a certificate or anything else.
    matches!(key.kind, "rsa" | "ec" | "ed25519" | "x25519" | "ed448" | "dsa" | "pkcs8-encrypted")
        .then_some(key)
}

fn armour(armour: &[u8]) -> Option<Look> {
    let label = text::label(armour)?;
    let named = match label {
        b"RSA PRIVATE KEY" => "rsa",
        b"EC PRIVATE KEY" => "ec",
        b"DSA PRIVATE KEY" => "dsa",
        b"PRIVATE KEY" | b"ANY PRIVATE KEY" => "pkcs8",
        b"ENCRYPTED PRIVATE KEY" => "pkcs8-encrypted",
        b"OPENSSH PRIVATE KEY" => "openssh",
        b"PGP PRIVATE KEY BLOCK" => "pgp",
        _ => return None,
    };
    let after = armour.get(text::after_label(armour)?..)?;
    let closing = text::closing(after);
    let inside = after.get(..closing.unwrap_or(after.len()))?;
    if inside.windows(9).any(|w| w == b"ENCRYPTED") {
        return Some(Look { kind: named, bits: None, encrypted: Some(true), complete: None });
    }
    let plain = Look { kind: named, bits: None, encrypted: None, complete: Some(false) };
    let Body::Base64(body) = text::body(inside) else { return Some(plain) };
    let bytes = decode64(&body).unwrap_or_else(|| decode64_start(&body));
    let read = match named {
        "pgp" => return Some(Look { complete: Some(closing.is_some()), ..plain }),
        "openssh" => openssh(&bytes),
        _ => key(&bytes),
    };
    let read = read.unwrap_or(plain);
    // What the label says, unless the key itself is more precise.
    let kind = if matches!(named, "pkcs8" | "pkcs8-encrypted") { read.kind } else { named };
    Some(Look { kind, complete: read.complete.map(|whole| whole && closing.is_some()), ..read })
}

/// One element: tag, contents as far as they are there, what follows, and whether the contents are all there.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8], bool)> {
    let (tag, length, rest) = der::header(bytes)?;
    let here = length.min(rest.len());
    let (contents, after) = rest.split_at_checked(here)?;
    Some((tag, contents, after, here == length))
}

/// PKCS#1, PKCS#8, SEC1 or encrypted PKCS#8.
fn key(bytes: &[u8]) -> Option<Look> {
    let (0x30, inside, after, whole) = element(bytes)? else { return None };
    let complete = Some(whole && after.is_empty());
    let plain = |kind, bits| Some(Look { kind, bits, encrypted: Some(false), complete });
    let (tag, first, rest, _) = element(inside)?;
    match (tag, first) {
        (0x30, algorithm) => {
            let (6, oid, ..) = element(algorithm)? else { return None };
            let passphrase = oid.starts_with(PBES2);
            passphrase.then_some(Look {
                kind: "pkcs8-encrypted",
                bits: None,
                encrypted: Some(true),
                complete,
            })
        }
        (2, [1]) if rest.first() == Some(&4) => plain("ec", curve(inside)),
        (2, [0 | 1]) if rest.first() == Some(&2) => plain("rsa", modulus(rest)),
        (2, [0 | 1]) => {
            let (0x30, algorithm, private, _) = element(rest)? else { return None };
            let (6, oid, ..) = element(algorithm)? else { return None };
            if oid == RSA {
                let inner = element(private).and_then(|(_, octets, ..)| element(octets));
                let version = inner.and_then(|(_, inner, ..)| element(inner));
                return plain("rsa", version.and_then(|(_, _, rest, _)| modulus(rest)));
            }
            if oid == EC {
                return plain("ec", curve(algorithm));
            }
            let (_, kind, bits) = SMALL.into_iter().find(|(known, ..)| *known == oid)?;
            plain(kind, Some(bits).filter(|bits| *bits > 0))
        }
        _ => None,
    }
}

/// Bits of the integer at the beginning, rounded up to what key generators offer.
fn modulus(bytes: &[u8]) -> Option<usize> {
    let (2, length, rest) = der::header(bytes)? else { return None };
    let leading = usize::from(rest.first() == Some(&0));
    Some((length.checked_sub(leading)? * 8).next_multiple_of(64))
        .filter(|bits| (256..=16_384).contains(bits))
}

fn curve(bytes: &[u8]) -> Option<usize> {
    let holds = |oid: &[u8]| bytes.windows(oid.len()).any(|w| w == oid);
    CURVES.into_iter().find(|(oid, _)| holds(oid)).map(|(_, bits)| bits)
}

fn openssh(bytes: &[u8]) -> Option<Look> {
    let rest = bytes.strip_prefix(der::MAGIC)?;
    let (cipher, rest) = der::string(rest)?;
    let (_, rest) = der::string(rest)?;
    let (_, rest) = der::string(rest)?;
    let (public, rest) = der::string(rest.get(4..)?)?;
    let (kind, parts) = der::string(public)?;
    let bits = match kind {
        b"ssh-ed25519" => Some(256),
        b"ecdsa-sha2-nistp256" => Some(256),
        b"ecdsa-sha2-nistp384" => Some(384),
        b"ecdsa-sha2-nistp521" => Some(521),
        b"ssh-rsa" => der::string(parts)
            .and_then(|(_, rest)| der::string(rest))
            .map(|(modulus, _)| (modulus.len() * 8).saturating_sub(8)),
        _ => None,
    };
    let complete = Some(der::string(rest).is_some_and(|(_, after)| after.is_empty()));
    Some(Look { kind: "openssh", bits, encrypted: Some(cipher != b"none"), complete })
}
