//! Private keys in armour: the base64 between `BEGIN` and `END` has to be a key of the announced kind.
//!
//! DER (PKCS#1, PKCS#8, SEC1; RFC 7468): one sequence that is exactly as long as the text. OpenSSH: the magic, and
//! the two equal numbers inside where the key is not encrypted (PROTOCOL.key of OpenSSH). OpenPGP: the CRC-24, which
//! is optional (RFC 9580), so that its absence or failure is no verdict.
//!
//! Line breaks may be real or escaped as `\n`, lines may be quoted, indented, or marked as added in a diff; the whole
//! may be wrapped in base64 once more. Text that is cut off, and characters we cannot place, give no verdict; dots,
//! asterisks and angle brackets show that a human left something out.

mod der;
mod look;
mod text;

use super::Strength::Reject;
use super::base::{BASE64, decode64, encode64_padded};
use super::dice::Dice;
use super::proof::Proof;
use crate::text::crc::crc24;
use der::Kind;
pub(in crate::check) use look::look;
use text::{Body, Break};

pub(super) const PEM: Proof = Proof::own(Reject, check, repair);

/// `-----BEGIN` in base64, which wrapped keys begin with.
const WRAPPED: &[u8] = b"LS0tLS1CRUdJTi";

fn check(secret: &[u8]) -> Option<bool> {
    if secret.starts_with(WRAPPED) {
        return check_armour(&decode64(secret)?);
    }
    check_armour(secret)
}

fn check_armour(armour: &[u8]) -> Option<bool> {
    let (label, inside, _) = text::frame(armour)?;
    let kind = Kind::of(label)?;
    let body = match text::body(inside) {
        Body::Elided => return Some(false),
        Body::Unclear => return None,
        Body::Base64(body) => body,
    };
    if kind == Kind::Pgp {
        return pgp_sum_holds(&body).then_some(true);
    }
    let Some(bytes) = decode64(&body) else { return Some(false) };
    Some(kind.holds(&bytes))
}

/// The last line is `=` and the sum. Line breaks are gone here, so that it is the last five characters.
fn pgp_sum_holds(body: &[u8]) -> bool {
    let Some((text, sum)) = body.len().checked_sub(5).and_then(|at| body.split_at_checked(at))
    else {
        return false;
    };
    let found = sum.strip_prefix(b"=").and_then(decode64);
    let due = decode64(text).map(|bytes| sum_bytes(&bytes));
    found.is_some() && found == due
}

fn sum_bytes(bytes: &[u8]) -> Vec<u8> {
    crc24(bytes).to_be_bytes().into_iter().skip(1).collect()
}

fn repair(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let repaired = if secret.starts_with(WRAPPED) {
        let label = b"-----BEGIN PRIVATE KEY-----";
        let count = secret.len() * 3 / 4;
        let whole =
            armour(Kind::Der, label, b"-----END PRIVATE KEY-----", Break::Real, count, dice);
        Some(encode64_padded(&whole, BASE64))
    } else {
        rebuilt(secret, dice)
    };
    match repaired {
        Some(repaired) => *secret = repaired,
        None => return false,
    }
    true
}

/// The same first and last line, with a body of about the same size between them.
fn rebuilt(secret: &[u8], dice: &mut Dice<'_>) -> Option<Vec<u8>> {
    let label = text::label(secret)?;
    let kind = Kind::of(label)?;
    let after = text::after_label(secret)?;
    let inside = secret.get(after..)?;
    let closing = [b"-----END ", label, b"-----"].concat();
    let end = text::closing(inside).unwrap_or(inside.len());
    let last = inside.get(end..).filter(|last| !last.is_empty()).unwrap_or(&closing);
    let breaks = Break::of(inside.get(..end)?);
    let rsa = inside.get(..end)?.windows(3).take(16).any(|window| window == b"MII");
    let count = (end * 3 / 4).max(if rsa { 300 } else { 0 });
    Some(armour(kind, secret.get(..after)?, last, breaks, count, dice))
}

fn armour(
    kind: Kind,
    first: &[u8],
    last: &[u8],
    breaks: Break,
    count: usize,
    dice: &mut Dice<'_>,
) -> Vec<u8> {
    let bytes = kind.example(count, dice);
    let line_break = breaks.as_bytes();
    let mut whole = [first, line_break].concat();
    if kind == Kind::Pgp {
        whole.extend(line_break);
    }
    for line in encode64_padded(&bytes, BASE64).chunks(64) {
        whole.extend(line);
        whole.extend(line_break);
    }
    if kind == Kind::Pgp {
        whole.push(b'=');
        whole.extend(encode64_padded(&sum_bytes(&bytes), BASE64));
        whole.extend(line_break);
    }
    whole.extend(last);
    whole
}
