//! Reading forward through a [`View`], one byte at a time, suspending where the window ends.

use crate::text::byteset::ByteSet;
use crate::text::choice::Choice;
use crate::text::view::{Unseen, View};

/// A place in a view that moves forward.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    view: View<'a>,
    pos: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(view: View<'a>, pos: usize) -> Cursor<'a> {
        Cursor { view, pos }
    }

    pub(crate) fn pos(&self) -> usize {
        self.pos
    }

    pub(crate) fn at(&self, pos: usize) -> Cursor<'a> {
        Cursor { view: self.view, pos }
    }

    pub(crate) fn jump(&mut self, pos: usize) {
        self.pos = pos;
    }

    /// The next byte; `None` at the end of the text.
    #[inline]
    pub(crate) fn peek(&self) -> Result<Option<u8>, Unseen> {
        self.view.byte(self.pos)
    }

    /// Takes the next byte.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<u8>, Unseen> {
        let byte = self.view.byte(self.pos)?;
        self.pos += usize::from(byte.is_some());
        Ok(byte)
    }

    /// Takes the next byte if it is `wanted`.
    pub(crate) fn eat(&mut self, wanted: u8) -> Result<bool, Unseen> {
        let found = self.peek()? == Some(wanted);
        self.pos += usize::from(found);
        Ok(found)
    }

    /// Takes `word` if it comes next, in any case. Reads no farther than the first byte that differs.
    pub(crate) fn eat_word(&mut self, word: &[u8]) -> Result<bool, Unseen> {
        for (i, wanted) in word.iter().enumerate() {
            match self.view.byte(self.pos + i)? {
                Some(b) if b.eq_ignore_ascii_case(wanted) => {}
                _ => return Ok(false),
            }
        }
        self.pos += word.len();
        Ok(true)
    }

    /// Takes the first of `words` that comes next, in any case; which it was.
    pub(crate) fn eat_any<const N: usize>(
        &mut self,
        words: &Choice<N>,
    ) -> Result<Option<usize>, Unseen> {
        let Some(first) = self.peek()? else { return Ok(None) };
        for (number, word) in words.beginning(first) {
            if self.eat_word(word)? {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    /// Takes up to `most` bytes of `set`; how many it took.
    pub(crate) fn skip(&mut self, set: &ByteSet, most: usize) -> Result<usize, Unseen> {
        let ahead = self.view.slice(self.pos, self.pos.saturating_add(most));
        let taken = ahead.iter().position(|b| !set.contains(*b)).unwrap_or(ahead.len());
        self.pos += taken;
        if taken == ahead.len() && taken < most {
            // Where more can come, it is not known how many there are.
            self.peek()?;
        }
        Ok(taken)
    }
}
