//! Shapes that score like dice and are none: UUIDs, SVG drawings, and text that stands in base64 or hex.
//!
//! Guarantees: linear time, no allocation. Leaves out: what encoded text says; the views decode it and look again.

/// Bytes of a UUID, and where its hyphens stand.
const UUID_LEN: usize = 36;
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// What stands before and after the first UUID in `token`, if it holds one.
pub(super) fn around_uuid(token: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = token.windows(UUID_LEN).position(is_uuid)?;
    Some((token.get(..start)?, token.get(start + UUID_LEN..)?))
}

/// Whether `text` is a UUID and nothing else.
pub(in crate::check) fn is_uuid(text: &[u8]) -> bool {
    text.len() == UUID_LEN
        && text.iter().enumerate().all(|(at, byte)| {
            if HYPHENS.contains(&at) { *byte == b'-' } else { byte.is_ascii_hexdigit() }
        })
}

/// Whether `token` can be a piece of an SVG path: numbers, signs and the commands of the path language, one of them
/// outside hex. Dice over base64 stay within these letters once in ten million draws of 24.
pub(super) fn is_drawing(token: &[u8]) -> bool {
    let commands = b"MmLlHhVvCcSsQqTtAaZz";
    let drawn = |b: &u8| b.is_ascii_digit() || b"+-.,e".contains(b) || commands.contains(b);
    token.iter().all(drawn) && token.iter().any(|b| b"MmLlHhVvSsZz".contains(b))
}

/// Whether `token` is base64 (either alphabet, padded or not) or hex of printable text. Sixteen random bytes are all
/// printable once in ten million draws.
pub(super) fn holds_text(token: &[u8]) -> bool {
    let wide = token.iter().any(|b| !b.is_ascii_hexdigit());
    if wide { base64_text(token) } else { hex_text(token) }
}

fn hex_text(token: &[u8]) -> bool {
    let pairs = token.chunks_exact(2);
    pairs.remainder().is_empty()
        && pairs.clone().all(|pair| match pair {
            [high, low] => printable(nibble(*high) << 4 | nibble(*low)),
            _ => false,
        })
}

fn nibble(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        _ => 0,
    }
}

/// A few odd bytes are allowed: UTF-8 text in other languages, a broken end.
fn base64_text(token: &[u8]) -> bool {
    let (mut held, mut bits) = (0_u32, 0_u32);
    let (mut good, mut all) = (0_usize, 0_usize);
    for &byte in token {
        let Some(six) = sextet(byte) else { if byte == b'=' { break } else { return false } };
        held = (held << 6 | u32::from(six)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            let [_, _, _, decoded] = (held >> bits).to_be_bytes();
            all += 1;
            good += usize::from(printable(decoded));
        }
    }
    all > 0 && good * 20 >= all * 19
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

fn printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}
