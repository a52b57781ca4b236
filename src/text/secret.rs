//! Bytes of a credential that never print themselves.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use zeroize::Zeroizing;

/// A credential's bytes, borrowed from the text they stand in.
///
/// `Debug` and `Display` show the length only, and there is no other formatting or serialisation; the one way
/// to the bytes is [`Secret::expose`], a name that is easy to look for in a review.
///
/// ```
/// # let secret = keysieve::Secret::new(b"hunter2");
/// assert_eq!(format!("{secret} {secret:?}"), "[7 bytes] [7 bytes]");
/// assert_eq!(secret.expose(), b"hunter2");
/// ```
#[derive(Clone, Copy)]
pub struct Secret<'a>(&'a [u8]);

impl<'a> Secret<'a> {
    /// Wraps bytes, so that they are not printed by accident.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Secret<'a> {
        Secret(bytes)
    }

    /// The bytes themselves. Whoever calls this answers for where they go.
    #[must_use]
    pub const fn expose(self) -> &'a [u8] {
        self.0
    }

    /// How many bytes it has.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Whether it has no bytes.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}

impl fmt::Display for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}

/// A credential's bytes that are owned, for as long as a stand-in is made for them or they are put back. Erased from memory
/// when the last owner lets go.
#[derive(Clone)]
pub struct Original(Arc<Zeroizing<Vec<u8>>>);

impl Original {
    /// Takes the bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Original {
        Original(Arc::new(Zeroizing::new(bytes)))
    }

    /// The bytes, still wrapped.
    #[must_use]
    pub fn secret(&self) -> Secret<'_> {
        Secret(&self.0)
    }
}

impl fmt::Debug for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}

/// Erases bytes that may be a secret's: fills them, and lets the compiler believe that somebody looks. `Zeroize` stores each
/// byte by itself, which is too slow for whole texts.
pub(crate) fn erase(bytes: &mut [u8]) {
    bytes.fill(0);
    std::hint::black_box(bytes);
}

/// Bytes of a text that may hold a secret's, erased when they are dropped.
#[derive(Default)]
pub(crate) struct Erased(Vec<u8>);

impl Erased {
    pub(crate) fn new(bytes: Vec<u8>) -> Erased {
        Erased(bytes)
    }
}

impl fmt::Debug for Erased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}

impl Deref for Erased {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Erased {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Erased {
    fn drop(&mut self) {
        erase(&mut self.0);
        // Behind its end it may hold what was there before.
        self.0.clear();
        let room = self.0.spare_capacity_mut();
        room.fill(std::mem::MaybeUninit::new(0));
        std::hint::black_box(room);
    }
}

/// Appends to bytes that may be a secret's: where they have to move, their old place is erased.
pub(crate) fn append(bytes: &mut Vec<u8>, more: &[u8]) {
    reserve(bytes, more.len());
    bytes.extend_from_slice(more);
}

/// Makes room for `more` further bytes of what may be a secret: where they have to move, their old place is erased.
pub(crate) fn reserve(bytes: &mut Vec<u8>, more: usize) {
    if bytes.capacity() - bytes.len() < more {
        let size = (bytes.len() + more).max(2 * bytes.capacity());
        let mut moved = Vec::with_capacity(size);
        moved.extend_from_slice(bytes);
        erase(&mut std::mem::replace(bytes, moved));
    }
}

/// Forgets the first `count` bytes of what may be a secret: what is left moves to the front, and its old place is erased.
pub(crate) fn forget(bytes: &mut Vec<u8>, count: usize) {
    let count = count.min(bytes.len());
    if count > 0 {
        bytes.copy_within(count.., 0);
        let left = bytes.len() - count;
        // Filled, since erasing a byte at a time costs; the memory stays in use, so that this is not left out.
        bytes.get_mut(left..).unwrap_or_default().fill(0);
        bytes.truncate(left);
    }
}
