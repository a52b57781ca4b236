//! Compressed bytes: what they hold, within a budget.
//!
//! gzip (RFC 1952), zlib (RFC 1950) and Zstandard (RFC 8878), told by their first bytes. What is damaged or goes beyond the
//! budget is read as far as it goes: a bomb costs what the caller allows and no more, whatever its ratio. Without the
//! feature `inflate` nothing is compressed. Leaves out: checksums, dictionaries, Brotli (which has no mark).

/// What compressed bytes hold.
#[derive(Debug)]
pub(crate) struct Unpacked {
    pub(crate) text: Vec<u8>,
    /// The word used in records.
    pub(crate) format: &'static str,
    /// Whether there is more than the budget allowed.
    pub(crate) cut: bool,
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Gzip,
    Zlib,
    Zstd,
}

/// The format that bytes beginning so are in.
fn format(head: &[u8]) -> Option<Format> {
    match head {
        [0x1f, 0x8b, 8, ..] => Some(Format::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Format::Zstd),
        // The usual window, and the check of the two bytes (RFC 1950, section 2.2).
        [0x78, flags, ..]
            if (0x7800 + u16::from(*flags)).is_multiple_of(31) && flags & 0x20 == 0 =>
        {
            Some(Format::Zlib)
        }
        _ => None,
    }
}

/// Whether bytes beginning so are compressed.
pub(crate) fn is_packed(head: &[u8]) -> bool {
    cfg!(feature = "inflate") && format(head).is_some()
}

/// What `bytes` hold, and at most `budget` bytes of it; nothing if they are not compressed.
#[cfg(feature = "inflate")]
pub(crate) fn unpack(bytes: &[u8], budget: usize) -> Option<Unpacked> {
    let (text, format, cut) = match format(bytes)? {
        Format::Gzip => {
            let (text, cut) = deflate(gzip_body(bytes)?, budget);
            (text, "gzip", cut)
        }
        Format::Zlib => {
            let (text, cut) = deflate(bytes.get(2..)?, budget);
            (text, "zlib", cut)
        }
        Format::Zstd => {
            let (text, cut) = zstd(bytes, budget);
            (text, "zstd", cut)
        }
    };
    Some(Unpacked { text, format, cut })
}

#[cfg(not(feature = "inflate"))]
pub(crate) fn unpack(_: &[u8], _: usize) -> Option<Unpacked> {
    None
}

/// What follows the header of a gzip member.
#[cfg(feature = "inflate")]
fn gzip_body(bytes: &[u8]) -> Option<&[u8]> {
    let flags = *bytes.get(3)?;
    let mut rest = bytes.get(10..)?;
    if flags & 4 != 0 {
        let len = usize::from(*rest.first()?) + usize::from(*rest.get(1)?) * 256;
        rest = rest.get(2 + len..)?;
    }
    for field in [8, 16] {
        if flags & field != 0 {
            let end = rest.iter().position(|b| *b == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..)?;
    }
    Some(rest)
}

#[cfg(feature = "inflate")]
fn deflate(body: &[u8], budget: usize) -> (Vec<u8>, bool) {
    use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};
    match decompress_to_vec_with_limit(body, budget) {
        Ok(text) => (text, false),
        Err(error) => {
            let cut = error.status == TINFLStatus::HasMoreOutput;
            (error.output, cut)
        }
    }
}

/// The largest window that is allocated for a frame.
#[cfg(feature = "inflate")]
const WINDOW: u64 = 8 * 1024 * 1024;

#[cfg(feature = "inflate")]
fn zstd(bytes: &[u8], budget: usize) -> (Vec<u8>, bool) {
    use std::io::Read;
    let mut text = Vec::new();
    if !small_window(bytes).unwrap_or(false) {
        return (text, true);
    }
    let Ok(decoder) = ruzstd::decoding::StreamingDecoder::new(bytes) else { return (text, false) };
    // What was read before an error is kept.
    let _ = decoder.take(budget as u64 + 1).read_to_end(&mut text);
    let cut = text.len() > budget;
    text.truncate(budget);
    (text, cut)
}

/// Whether the frame needs no more memory than [`WINDOW`] (RFC 8878, section 3.1.1.1).
#[cfg(feature = "inflate")]
fn small_window(bytes: &[u8]) -> Option<bool> {
    let descriptor = *bytes.get(4)?;
    if descriptor & 0x20 == 0 {
        let window = *bytes.get(5)?;
        return Some(1u64 << (10 + u32::from(window >> 3)) < WINDOW);
    }
    let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 3)).copied()?;
    let len = [1, 2, 4, 8].get(usize::from(descriptor >> 6)).copied()?;
    let field = bytes.get(5 + dictionary..5 + dictionary + len)?;
    let size = field.iter().rev().fold(0u64, |size, b| size << 8 | u64::from(*b));
    Some(size < WINDOW)
}
