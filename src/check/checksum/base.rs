//! Numbers and bytes written in letters: base 16, 32, 36, 58, 62 and 64.
//!
//! Decoding is strict: a foreign character, a superfluous one or stray low bits give `None`, because no encoder writes
//! them. Padding of base64 is optional. Leaves out line breaks; see [`super::pem`] for text that has them.

pub(super) const DIGITS: &[u8] = b"0123456789";
pub(super) const HEX: &[u8] = b"0123456789abcdef";
pub(super) const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
pub(super) const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
pub(super) const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
pub(super) const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(in crate::check) const BASE64: &[u8] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
pub(in crate::check) const BASE64_URL: &[u8] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Longest base58 text that is decoded, since that takes quadratic time.
const LONGEST_58: usize = 128;

/// The character for `digit`, which wraps around rather than fail.
pub(super) fn letter(alphabet: &[u8], digit: u32) -> u8 {
    let at = (digit as usize).checked_rem(alphabet.len()).unwrap_or(0);
    alphabet.get(at).copied().unwrap_or(b'0')
}

/// The place of `byte` in `alphabet`.
pub(super) fn digit(alphabet: &[u8], byte: u8) -> Option<u32> {
    alphabet.iter().position(|&b| b == byte).and_then(|at| u32::try_from(at).ok())
}

/// `number` in the base of `alphabet`, most significant digit first, filled up on the left to `width`.
pub(super) fn number(number: u32, alphabet: &[u8], width: usize) -> Vec<u8> {
    let base = u32::try_from(alphabet.len()).unwrap_or(2).max(2);
    let mut left = number;
    let mut digits = Vec::with_capacity(width.max(8));
    while left > 0 || digits.len() < width {
        digits.push(letter(alphabet, left % base));
        left /= base;
    }
    digits.reverse();
    digits
}

/// Eight lower-case hex digits of each four bytes, and so on.
pub(super) fn hex(bytes: &[u8]) -> Vec<u8> {
    let digits = |b: &u8| [letter(HEX, u32::from(b >> 4)), letter(HEX, u32::from(b & 15))];
    bytes.iter().flat_map(digits).collect()
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

fn quintet(byte: u8) -> Option<u32> {
    let value = match byte.to_ascii_uppercase() {
        upper @ b'A'..=b'Z' => upper - b'A',
        b'2'..=b'7' => byte - b'2' + 26,
        _ => return None,
    };
    Some(u32::from(value))
}

fn unpack(text: &[u8], width: u32, value: fn(u8) -> Option<u32>) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut store, mut held) = (0_u32, 0_u32);
    for &byte in text {
        store = (store << width) | value(byte)?;
        held += width;
        if held >= 8 {
            held -= 8;
            bytes.push((store >> held).to_le_bytes()[0]);
        }
        store &= (1 << held) - 1;
    }
    (held < width && store == 0).then_some(bytes)
}

fn pack(bytes: &[u8], width: u32, alphabet: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() * 2);
    let (mut store, mut held) = (0_u32, 0_u32);
    for &byte in bytes {
        store = (store << 8) | u32::from(byte);
        held += 8;
        while held >= width {
            held -= width;
            text.push(letter(alphabet, store >> held));
            store &= (1 << held) - 1;
        }
    }
    if held > 0 {
        text.push(letter(alphabet, store << (width - held)));
    }
    text
}

/// Text without the padding at its end.
pub(super) fn unpadded(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&b| b != b'=').map_or(0, |at| at + 1);
    text.get(..end).unwrap_or_default()
}

/// Base64 in either alphabet, with or without padding.
pub(in crate::check) fn decode64(text: &[u8]) -> Option<Vec<u8>> {
    let bare = unpadded(text);
    if text.len() - bare.len() > 2 {
        return None;
    }
    unpack(bare, 6, sextet)
}

/// As many bytes of the beginning as decode.
pub(super) fn decode64_start(text: &[u8]) -> Vec<u8> {
    let run = text.iter().take_while(|&&b| sextet(b).is_some()).count();
    text.get(..run / 4 * 4).and_then(decode64).unwrap_or_default()
}

/// Base64 without padding.
pub(in crate::check) fn encode64(bytes: &[u8], alphabet: &[u8]) -> Vec<u8> {
    pack(bytes, 6, alphabet)
}

/// Base64 padded to a multiple of four.
pub(super) fn encode64_padded(bytes: &[u8], alphabet: &[u8]) -> Vec<u8> {
    let mut text = encode64(bytes, alphabet);
    text.resize(text.len().next_multiple_of(4), b'=');
    text
}

/// Base64 that looks like `model`: padded if that is, or if only so it is as long.
pub(super) fn encode64_like(bytes: &[u8], alphabet: &[u8], model: &[u8]) -> Vec<u8> {
    let padded = encode64_padded(bytes, alphabet);
    if model.ends_with(b"=") || model.len() == padded.len() {
        return padded;
    }
    encode64(bytes, alphabet)
}

/// How many bytes base64 `text` holds, rounded up where no number of bytes fits.
pub(super) fn bytes_in(text: &[u8]) -> usize {
    let chars = unpadded(text).len();
    let rest = match chars % 4 {
        0 => 0,
        1 | 2 => 1,
        _ => 2,
    };
    chars / 4 * 3 + rest
}

/// Base32 of RFC 4648 in either case, without padding.
pub(super) fn decode32(text: &[u8]) -> Option<Vec<u8>> {
    unpack(text, 5, quintet)
}

pub(super) fn encode32(bytes: &[u8]) -> Vec<u8> {
    pack(bytes, 5, BASE32)
}

/// Base58 with Bitcoin's alphabet; each leading `1` is a zero byte.
pub(super) fn decode58(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > LONGEST_58 {
        return None;
    }
    let zeros = text.iter().take_while(|&&b| b == b'1').count();
    // Least significant byte first.
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    for &byte in text.iter().skip(zeros) {
        let mut carry = digit(BASE58, byte)?;
        for place in &mut bytes {
            carry += u32::from(*place) * 58;
            *place = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        if carry > 0 {
            bytes.push(carry.to_le_bytes()[0]);
        }
    }
    bytes.resize(bytes.len() + zeros, 0);
    bytes.reverse();
    Some(bytes)
}

pub(super) fn encode58(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|&&b| b == 0).count();
    let mut digits: Vec<u32> = Vec::with_capacity(bytes.len() * 2);
    for &byte in bytes.iter().skip(zeros) {
        let mut carry = u32::from(byte);
        for place in &mut digits {
            carry += *place << 8;
            *place = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            digits.push(carry % 58);
            carry /= 58;
        }
    }
    digits.resize(digits.len() + zeros, 0);
    digits.iter().rev().map(|&digit| letter(BASE58, digit)).collect()
}
