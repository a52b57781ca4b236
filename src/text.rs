//! What we look at: bytes, places in them, and bytes that never print themselves.
//!
//! The lowest layer. It knows nothing of rules or findings, and takes any bytes: text need not be UTF-8.

pub(crate) mod base64;
pub(crate) mod bits;
pub(crate) mod byteset;
pub(crate) mod channel;
pub(crate) mod choice;
pub(crate) mod crc;
pub(crate) mod escape;
pub(crate) mod hex;
pub(crate) mod lines;
pub(crate) mod mapped;
pub(crate) mod packed;
pub(crate) mod pairs;
pub(crate) mod placeholder;
pub(crate) mod secret;
pub(crate) mod simd;
pub(crate) mod span;
pub(crate) mod spread;
pub(crate) mod view;
pub(crate) mod wide;
pub(crate) mod words;
pub(crate) mod wraps;
