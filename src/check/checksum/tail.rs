//! Tokens that end in characters computed from the others: CRC-32 in many spellings, Luhn's digit, an exclusive or.
//!
//! Who computes over what differs: some take the prefix in, some do not; some write the number big-endian, some
//! little-endian, some in base 62. Each function names its source.

use super::Strength::{Boost, Reject};
use super::base::{BASE36, BASE62, BASE64, encode64, hex, number};
use super::proof::{Proof, Tail};
use crate::text::crc::crc32;

pub(super) const GITHUB: Proof = Proof::tail(Reject, github);
pub(super) const NPM: Proof = Proof::tail(Reject, npm);
pub(super) const GITLAB_ROUTABLE: Proof = Proof::tail(Reject, gitlab_routable);
pub(super) const GRAFANA: Proof = Proof::tail(Reject, grafana);
pub(super) const ATLASSIAN: Proof = Proof::tail(Reject, atlassian);
pub(super) const BITBUCKET: Proof = Proof::tail(Reject, bitbucket);
pub(super) const ZUPLO: Proof = Proof::tail(Reject, zuplo);
pub(super) const CONFLUENT: Proof = Proof::tail(Reject, confluent);
pub(super) const VERCEL: Proof = Proof::tail(Reject, vercel);
pub(super) const CLOUDFLARE: Proof = Proof::tail(Boost, cloudflare);
pub(super) const POLAR: Proof = Proof::tail(Boost, polar);
pub(super) const CRATES_IO: Proof = Proof::tail(Reject, crates_io);
pub(super) const LUHN: Proof = Proof::tail(Reject, luhn);

/// The characters of `secret` after `prefix`, if they are letters and digits and exactly `count`.
fn body<'a>(secret: &'a [u8], prefix: &[u8], count: usize) -> Option<&'a [u8]> {
    let body = secret.strip_prefix(prefix)?;
    (body.len() == count && body.iter().all(u8::is_ascii_alphanumeric)).then_some(body)
}

/// CRC-32 of `body` up to its last six characters, which it is in base 62.
fn base62(secret: &[u8], body: &[u8]) -> Option<Tail> {
    let at = secret.len().checked_sub(6)?;
    let covered = body.get(..body.len().checked_sub(6)?)?;
    Some(Tail::new(at, number(crc32(covered), BASE62, 6)))
}

fn upper_hex(sum: u32) -> Vec<u8> {
    hex(&sum.to_be_bytes()).to_ascii_uppercase()
}

/// Source: GitHub's engineering blog on its token formats (2021). The prefix is not covered. Installation tokens that
/// are a JWT (`ghs_…_eyJ…`) have another shape.
fn github(secret: &[u8]) -> Option<Tail> {
    let [b'g', b'h', b'p' | b'o' | b'u' | b's' | b'r', b'_', rest @ ..] = secret else {
        return None;
    };
    let shaped = matches!(rest.len(), 36 | 76) && rest.iter().all(u8::is_ascii_alphanumeric);
    if shaped { base62(secret, rest) } else { None }
}

/// Source: npm's announcement of its token format (2021), the same construction as GitHub's.
fn npm(secret: &[u8]) -> Option<Tail> {
    base62(secret, body(secret, b"npm_", 36)?)
}

/// Source: GitLab's documentation of routable tokens. `.`, a version and `.` in newer ones, then the length of the
/// payload in two digits of base 36, and the CRC-32 of all that in seven.
fn gitlab_routable(secret: &[u8]) -> Option<Tail> {
    const TAIL: usize = 9;
    if !secret.starts_with(b"gl") || secret.len() > 1024 {
        return None;
    }
    let at = secret.len().checked_sub(TAIL)?;
    let head = secret.get(..at)?;
    let dash = head.iter().position(|&b| b == b'-')?;
    let dot = head.iter().position(|&b| b == b'.')?;
    let mut payload = head.get(dash + 1..dot)?;
    if let (true, [b't', b'0'..=b'9', b'_', rest @ ..]) = (head.starts_with(b"glrt-"), payload) {
        payload = rest;
    }
    let shaped = matches!(head.get(dot..)?, [b'.'] | [b'.', _, _, b'.']) && payload.len() >= 20;
    let length = u32::try_from(payload.len()).ok().filter(|_| shaped)?;
    let mut bytes = number(length, BASE36, 2);
    let covered = [head, &bytes].concat();
    bytes.extend(number(crc32(&covered), BASE36, 7));
    (bytes.len() == TAIL).then(|| Tail::new(at, bytes))
}

/// Source: the key generator in Grafana's public source. Little-endian, prefix covered.
fn grafana(secret: &[u8]) -> Option<Tail> {
    let covered = secret.get(..37).filter(|_| secret.len() == 46)?;
    let shaped = covered.starts_with(b"glsa_") && secret.get(37) == Some(&b'_');
    shaped.then(|| Tail::new(38, hex(&crc32(covered).to_le_bytes())).in_any_case())
}

/// Source: inferred from public tokens; everything before the last eight characters is covered.
fn atlassian(secret: &[u8]) -> Option<Tail> {
    let at = secret.len().checked_sub(8)?;
    let covered = secret.get(..at)?;
    let known = covered.starts_with(b"ATATT3") || covered.starts_with(b"ATCTT3");
    (known && covered.ends_with(b"=")).then(|| Tail::new(at, upper_hex(crc32(covered))))
}

/// Source: inferred from public tokens, as for Atlassian's.
fn bitbucket(secret: &[u8]) -> Option<Tail> {
    let covered = secret.get(..28).filter(|c| c.starts_with(b"ATBB") && secret.len() == 36)?;
    Some(Tail::new(28, upper_hex(crc32(covered))))
}

/// Source: inferred from public keys. The prefix is not covered.
fn zuplo(secret: &[u8]) -> Option<Tail> {
    let rest = secret.strip_prefix(b"zpka_").filter(|rest| rest.len() == 41)?;
    let (covered, tail) = rest.split_at_checked(32)?;
    tail.starts_with(b"_").then(|| Tail::new(38, hex(&crc32(covered).to_be_bytes())))
}

/// Source: inferred from public secrets. The prefix is not covered.
fn confluent(secret: &[u8]) -> Option<Tail> {
    let covered = secret.strip_prefix(b"cflt").filter(|rest| rest.len() == 60)?.get(..54)?;
    Some(Tail::new(58, encode64(&crc32(covered).to_le_bytes(), BASE64)))
}

/// Source: inferred from public tokens, the same construction as GitHub's.
fn vercel(secret: &[u8]) -> Option<Tail> {
    let [b'v', b'c', b'p' | b'i' | b'a' | b'r' | b'k' | b'b', b'_', rest @ ..] = secret else {
        return None;
    };
    let shaped = rest.len() == 56 && rest.iter().all(u8::is_ascii_alphanumeric);
    if shaped { base62(secret, rest) } else { None }
}

/// Source: Cloudflare documents a checksum without naming it; this one fits some public tokens.
fn cloudflare(secret: &[u8]) -> Option<Tail> {
    let kinds: [&[u8]; 3] = [b"cfut_", b"cfat_", b"cfk_"];
    let rest = kinds.iter().find_map(|prefix| body(secret, prefix, 48))?;
    Some(Tail::new(secret.len() - 8, hex(&crc32(rest.get(..40)?).to_be_bytes())))
}

/// Source: the token code in Polar's public source; no public token to confirm it.
fn polar(secret: &[u8]) -> Option<Tail> {
    base62(secret, body(secret, b"polar_oat_", 43)?)
}

/// Source: the trusted publishing code of crates.io and its test vectors. The random characters are combined with
/// exclusive or; the alphabet begins with the capitals.
fn crates_io(secret: &[u8]) -> Option<Tail> {
    let covered = body(secret, b"cio_tp_", 32)?.get(..31)?;
    let index = covered.iter().fold(0, |all, &b| all ^ b) % 62;
    let last = match index {
        0..26 => b'A' + index,
        26..52 => b'a' + (index - 26),
        _ => b'0' + (index - 52),
    };
    Some(Tail::new(38, vec![last]))
}

/// Source: ISO/IEC 7812-1, annex B. Blanks and hyphens may group the digits.
fn luhn(secret: &[u8]) -> Option<Tail> {
    let (&last, rest) = secret.split_last()?;
    let digits = secret.iter().filter(|b| b.is_ascii_digit()).count();
    let clean = secret.iter().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-'));
    if !clean || !last.is_ascii_digit() || !(8..=24).contains(&digits) {
        return None;
    }
    let values = rest.iter().rev().filter(|b| b.is_ascii_digit()).map(|b| u32::from(b - b'0'));
    let sum: u32 = values
        .enumerate()
        .map(|(at, value)| match (at % 2, value) {
            (0, 5..) => value * 2 - 9,
            (0, _) => value * 2,
            _ => value,
        })
        .sum();
    Some(Tail::new(secret.len() - 1, number((10 - sum % 10) % 10, b"0123456789", 1)))
}
