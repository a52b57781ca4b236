//! Messages in the body of a call of gRPC: a byte that says whether it is compressed, and the length, before each.
//!
//! Guarantees: reads in place, total over any bytes. Leaves out: compression itself. Source: "gRPC over HTTP2",
//! Length-Prefixed-Message.

use super::otlp;

/// Bytes before a message.
pub(crate) const PREFIX: usize = 5;
/// How compressed messages begin, by the codings that exporters of OTLP have: gzip and zstd.
const COMPRESSED: [&[u8]; 2] = [&[0x1f, 0x8b, 8], &[0x28, 0xb5, 0x2f, 0xfd]];

/// A message and how it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call<'b> {
    pub(crate) is_compressed: bool,
    pub(crate) message: &'b [u8],
}

/// Whether a body that begins with `head` holds messages with prefixes, of which the first is an export request of OTLP or
/// compressed.
pub(crate) fn begins(head: &[u8]) -> bool {
    let Some((prefix, message)) = head.split_first_chunk::<PREFIX>() else { return false };
    let [flag, length @ ..] = *prefix;
    let length = u32::from_be_bytes(length) as usize;
    match flag {
        0 => otlp::begins(message.get(..length.min(message.len())).unwrap_or_default()),
        1 => length > 4 && COMPRESSED.iter().any(|head| message.starts_with(head)),
        _ => false,
    }
}

/// The first message of `body` and what stands behind it; nothing if it is not there whole.
pub(crate) fn first(body: &[u8]) -> Option<(Call<'_>, &[u8])> {
    let (prefix, rest) = body.split_first_chunk::<PREFIX>()?;
    let [flag, length @ ..] = *prefix;
    let (message, after) = rest.split_at_checked(u32::from_be_bytes(length) as usize)?;
    (flag < 2).then_some((Call { is_compressed: flag == 1, message }, after))
}

/// A message that is not compressed, behind its prefix.
pub(crate) fn prefixed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[0][..], &length, message].concat()
}
