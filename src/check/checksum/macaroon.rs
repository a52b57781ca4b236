//! PyPI's tokens: macaroons of the second binary version in base64.
//!
//! Source: libmacaroons' description of the format and PyPI's documentation. Version byte 2; a head of fields up to an
//! end mark; caveats, each of fields up to an end mark; an end mark; the signature. A field is a type, a length and so
//! many bytes. The location is one of two hosts, so that the first characters never change.

use super::Strength::Reject;
use super::base::{BASE64_URL, DIGITS, HEX, bytes_in, decode64, encode64_like, unpadded};
use super::dice::Dice;
use super::proof::Proof;

pub(super) const PYPI: Proof = Proof::own(Reject, check, repair);

const PREFIX: &[u8] = b"pypi-";
const VERSION: u8 = 2;
const END: u8 = 0;
const LOCATION: u8 = 1;
const IDENTIFIER: u8 = 2;
const VERIFICATION: u8 = 4;
const SIGNATURE: u8 = 6;
const HOSTS: [&[u8]; 2] = [b"pypi.org", b"test.pypi.org"];

/// A field of type `kind` and what follows it.
fn field(bytes: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_prefix(&[kind])?;
    let (&low, rest) = rest.split_first()?;
    if low < 0x80 {
        return rest.split_at_checked(usize::from(low));
    }
    let (&high, rest) = rest.split_first().filter(|(high, _)| **high < 0x80)?;
    rest.split_at_checked(usize::from(low & 0x7F) | usize::from(high) << 7)
}

fn write_field(bytes: &mut Vec<u8>, kind: u8, content: &[u8]) {
    bytes.push(kind);
    match content.len() {
        short @ 0..0x80 => bytes.extend(u8::try_from(short)),
        long => {
            bytes.extend(u8::try_from(long & 0x7F).map(|low| low | 0x80));
            bytes.extend(u8::try_from(long >> 7));
        }
    }
    bytes.extend_from_slice(content);
}

fn is_macaroon(bytes: &[u8]) -> Option<()> {
    let rest = bytes.strip_prefix(&[VERSION])?;
    let (host, rest) = field(rest, LOCATION)?;
    let (_, rest) = field(rest, IDENTIFIER).filter(|_| HOSTS.contains(&host))?;
    let mut rest = rest.strip_prefix(&[END])?;
    while !rest.starts_with(&[END]) {
        rest = field(rest, LOCATION).map_or(rest, |(_, after)| after);
        rest = field(rest, IDENTIFIER)?.1;
        rest = field(rest, VERIFICATION).map_or(rest, |(_, after)| after);
        rest = rest.strip_prefix(&[END])?;
    }
    let (signature, rest) = field(rest.strip_prefix(&[END])?, SIGNATURE)?;
    (signature.len() == 32 && rest.is_empty()).then_some(())
}

fn check(secret: &[u8]) -> Option<bool> {
    let body = secret.strip_prefix(PREFIX)?;
    Some(decode64(body).is_some_and(|bytes| is_macaroon(&bytes).is_some()))
}

/// A macaroon of `length` bytes, or of a few more if that is too short.
fn macaroon(host: &[u8], length: usize, dice: &mut Dice<'_>) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    write_field(&mut bytes, LOCATION, host);
    // A UUID, as PyPI writes it.
    let mut identifier = dice.text(HEX, 36);
    for at in [8, 13, 18, 23] {
        super::proof::overwrite(&mut identifier, at, b"-");
    }
    // End marks and signature take 36 bytes; a caveat three to four besides its text.
    let room = length.saturating_sub(bytes.len() + 2 + identifier.len() + 36);
    let caveat = match room {
        0..4 => None,
        4..131 => Some(room - 3),
        // One byte of length reaches to 127, two begin with 128: one total between them is not reached.
        131 => Some(127),
        _ => Some(room - 4),
    };
    if room < 4 || room == 131 {
        identifier.extend(dice.text(DIGITS, if room == 131 { 1 } else { room }));
    }
    write_field(&mut bytes, IDENTIFIER, &identifier);
    bytes.push(END);
    if let Some(caveat) = caveat {
        write_field(&mut bytes, IDENTIFIER, &dice.text(DIGITS, caveat));
        bytes.push(END);
    }
    bytes.push(END);
    write_field(&mut bytes, SIGNATURE, &dice.bytes(32));
    bytes
}

fn repair(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let Some(body) = secret.strip_prefix(PREFIX) else { return false };
    let [main, test] = HOSTS;
    let host = if body.starts_with(b"AgENd") { test } else { main };
    let bytes = macaroon(host, bytes_in(unpadded(body)), dice);
    *secret = [PREFIX, &encode64_like(&bytes, BASE64_URL, body)].concat();
    true
}
