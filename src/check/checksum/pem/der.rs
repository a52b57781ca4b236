//! The bytes inside: one DER sequence, OpenSSH's key file, or OpenPGP packets.

use super::super::base::BASE36;
use super::super::dice::Dice;

/// What a label promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Der,
    OpenSsh,
    Pgp,
}

pub(super) const MAGIC: &[u8] = b"openssh-key-v1\0";

impl Kind {
    /// `None` for labels whose content we do not know.
    pub fn of(label: &[u8]) -> Option<Kind> {
        match label {
            b"PRIVATE KEY"
            | b"RSA PRIVATE KEY"
            | b"EC PRIVATE KEY"
            | b"DSA PRIVATE KEY"
            | b"ENCRYPTED PRIVATE KEY" => Some(Kind::Der),
            b"OPENSSH PRIVATE KEY" => Some(Kind::OpenSsh),
            b"PGP PRIVATE KEY BLOCK" => Some(Kind::Pgp),
            _ => None,
        }
    }

    pub fn holds(self, bytes: &[u8]) -> bool {
        match self {
            Kind::Der => is_sequence(bytes),
            Kind::OpenSsh => is_openssh(bytes).is_some(),
            Kind::Pgp => true,
        }
    }

    /// A key that is none, of about `count` bytes.
    pub fn example(self, count: usize, dice: &mut Dice<'_>) -> Vec<u8> {
        // No real key is shorter, and none is so long that a length would not fit.
        let count = count.clamp(96, 60_000);
        match self {
            Kind::Der => sequence(count, dice),
            Kind::OpenSsh => openssh(count, dice),
            Kind::Pgp => [vec![0x95], dice.bytes(count)].concat(),
        }
    }
}

/// A sequence whose stated length is that of the rest.
fn is_sequence(bytes: &[u8]) -> bool {
    header(bytes).is_some_and(|(tag, length, rest)| tag == 0x30 && length == rest.len())
}

/// Tag and stated length of the element at the beginning, and the bytes behind them.
pub(super) fn header(bytes: &[u8]) -> Option<(u8, usize, &[u8])> {
    let [tag, form, rest @ ..] = bytes else { return None };
    let width = match form {
        0..=0x7F => return Some((*tag, usize::from(*form), rest)),
        0x81..=0x84 => usize::from(form & 0x7F),
        _ => return None,
    };
    let (length, rest) = rest.split_at_checked(width)?;
    let length = length.iter().fold(0_usize, |length, &b| (length << 8) | usize::from(b));
    Some((*tag, length, rest))
}

fn sequence(count: usize, dice: &mut Dice<'_>) -> Vec<u8> {
    // Version zero opens every kind of key.
    let mut content = vec![2, 1, 0];
    content.extend(dice.bytes(count - content.len()));
    let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    let head: &[u8] = match (high, low) {
        (0, 0..0x80) => &[0x30, low],
        (0, _) => &[0x30, 0x81, low],
        _ => &[0x30, 0x82, high, low],
    };
    [head, &content].concat()
}

/// A string with its length in front, and what follows.
pub(super) fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

fn write_string(bytes: &mut Vec<u8>, content: &[u8]) {
    bytes.extend(u32::try_from(content.len()).unwrap_or(0).to_be_bytes());
    bytes.extend_from_slice(content);
}

fn is_openssh(bytes: &[u8]) -> Option<()> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (cipher, rest) = string(rest)?;
    let (_, rest) = string(rest)?;
    let (_, rest) = string(rest)?;
    let (count, mut rest) = rest.split_first_chunk::<4>()?;
    let count = u32::from_be_bytes(*count);
    for _ in 0..count.min(16) {
        rest = string(rest)?.1;
    }
    let (private, _) = string(rest)?;
    let (first, after) = private.split_first_chunk::<4>()?;
    let (second, _) = after.split_first_chunk::<4>()?;
    (cipher != b"none" || first == second).then_some(())
}

/// The layout of an Ed25519 key; the comment takes up the rest of the length.
fn openssh(count: usize, dice: &mut Dice<'_>) -> Vec<u8> {
    const KIND: &[u8] = b"ssh-ed25519";
    let mut bytes = MAGIC.to_vec();
    for name in [b"none".as_slice(), b"none", b""] {
        write_string(&mut bytes, name);
    }
    bytes.extend([0, 0, 0, 1]);
    let key = dice.bytes(32);
    let mut public = Vec::new();
    write_string(&mut public, KIND);
    write_string(&mut public, &key);
    write_string(&mut bytes, &public);
    let number = dice.bytes(4);
    let mut private = [number.as_slice(), &number, &public].concat();
    write_string(&mut private, &[dice.bytes(32), key].concat());
    let room = count.saturating_sub(bytes.len() + private.len() + 8);
    write_string(&mut private, &dice.text(BASE36, room.max(8)));
    private.extend((1..=8).take(private.len().next_multiple_of(8) - private.len()));
    write_string(&mut bytes, &private);
    bytes
}
