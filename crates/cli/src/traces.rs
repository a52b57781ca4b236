//! What a run leaves in its own memory.
//!
//! Memory that is given back is erased by the allocator, buffers by whoever owns them. What is left are the frames of
//! functions that have returned: their part of the stack stays as it was until something else is called.

use std::hint::black_box;

/// Deeper than the engine's calls go.
const DEPTH: usize = 128 * 1024;

/// Overwrites the part of the stack that calls before this one have used.
#[inline(never)]
pub(crate) fn erase_stack() {
    let mut frame = [0u8; DEPTH];
    black_box(&mut frame[..]);
}
