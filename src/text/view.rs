//! A window on a stream that knows where its knowledge ends.
//!
//! This type is why streaming is exact. Detection reads the text only through a [`View`], by absolute offsets.
//! Reading at or past the end of an unfinished window is not "end of text" but [`Unseen`]: the caller must
//! suspend and decide later. A decision therefore never depends on where a chunk was cut.

/// The answer to reading bytes that have not arrived yet: suspend, decide nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unseen;

/// Bytes `base..end()` of a stream, and whether the stream ends there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    bytes: &'a [u8],
    base: usize,
    last: bool,
}

impl<'a> View<'a> {
    /// A window whose first byte has the absolute offset `base`; `last` if nothing follows it.
    pub(crate) fn new(bytes: &'a [u8], base: usize, last: bool) -> View<'a> {
        View { bytes, base, last }
    }

    /// The same window, ending before absolute offset `end`, with more to come.
    pub(crate) fn before_end(&self, end: usize) -> View<'a> {
        View { bytes: self.slice(self.base, end), base: self.base, last: false }
    }

    /// Absolute offset of the first byte still at hand.
    pub(crate) fn base(&self) -> usize {
        self.base
    }

    /// Absolute offset just past the last byte seen.
    pub(crate) fn end(&self) -> usize {
        self.base + self.bytes.len()
    }

    /// Whether the text ends where the window ends.
    pub(crate) fn is_last(&self) -> bool {
        self.last
    }

    /// The byte at `pos`: `Ok(None)` past the end of the text, [`Unseen`] past the end of the window.
    #[inline]
    pub(crate) fn byte(&self, pos: usize) -> Result<Option<u8>, Unseen> {
        match pos.checked_sub(self.base).and_then(|i| self.bytes.get(i)) {
            Some(&b) => Ok(Some(b)),
            None if self.last => Ok(None),
            None => Err(Unseen),
        }
    }

    /// The byte before `pos`, if there is one at hand.
    #[inline]
    pub(crate) fn before(&self, pos: usize) -> Option<u8> {
        pos.checked_sub(self.base + 1).and_then(|i| self.bytes.get(i)).copied()
    }

    /// Bytes `start..end`, clipped to the window. For ranges known to be seen, and for looking back.
    #[inline]
    pub(crate) fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        let lo = start.saturating_sub(self.base).min(self.bytes.len());
        let hi = end.saturating_sub(self.base).clamp(lo, self.bytes.len());
        self.bytes.get(lo..hi).unwrap_or_default()
    }

    /// Up to `most` bytes before `pos`.
    pub(crate) fn look_back(&self, pos: usize, most: usize) -> &'a [u8] {
        self.slice(pos.saturating_sub(most), pos)
    }
}
