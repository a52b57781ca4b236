//! UTF-16 in a text of bytes: where a stretch of it stands.
//!
//! Tokens are ASCII, so that only ASCII in UTF-16 is of interest: text bytes and NULs in turn, at least [`LEAST`] of each. A
//! byte order mark at the beginning of the text tells which byte comes first; without one, the first byte of a stretch
//! does. A letter of another script ends a stretch, as it ends a token. Text without a NUL costs one search for it.

use super::span::Span;
use super::view::{Unseen, View};

/// Characters a stretch must have.
const LEAST: usize = 8;

/// Which byte of a character comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Little,
    Big,
}

impl Order {
    /// The word used in records.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Order::Little => "utf-16le",
            Order::Big => "utf-16be",
        }
    }

    /// The order that a word of records names.
    pub(crate) fn named(word: Option<&str>) -> Option<Order> {
        [Order::Little, Order::Big].into_iter().find(|order| Some(order.as_str()) == word)
    }

    /// A character of ASCII.
    pub(crate) fn character(self, byte: u8) -> [u8; 2] {
        match self {
            Order::Little => [byte, 0],
            Order::Big => [0, byte],
        }
    }
}

/// Whole characters of a stretch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub(crate) span: Span,
    pub(crate) order: Order,
    /// Whether the stretch ends with it.
    pub(crate) ends: bool,
}

/// Follows a text and hands out what is UTF-16 in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wide {
    /// No stretch begins with a NUL before this offset, or the one at hand was handed out to it.
    seen: usize,
    open: Option<Order>,
    /// What the byte order mark says; until it was seen, nothing.
    mark: Option<Order>,
    begun: bool,
}

impl Wide {
    /// At the beginning of what is at hand of a text, whose first bytes were no mark.
    pub(crate) fn at(offset: usize) -> Wide {
        Wide { seen: offset, begun: offset > 0, ..Wide::default() }
    }

    /// Whether the same follows from both.
    pub(crate) fn agrees(&self, other: &Wide) -> bool {
        let of = |wide: &Wide| (wide.seen, wide.open, wide.mark, wide.begun);
        of(self) == of(other)
    }

    /// Reads on to the end of `view`.
    pub(crate) fn read(&mut self, view: &View<'_>, parts: &mut Vec<Part>) {
        if !self.begun && (view.end() >= 2 || view.is_last()) {
            self.begun = true;
            self.mark = match view.slice(0, 2) {
                [0xff, 0xfe] => Some(Order::Little),
                [0xfe, 0xff] => Some(Order::Big),
                _ => None,
            };
        }
        if !self.begun {
            return;
        }
        loop {
            let Some(order) = self.open else {
                match self.begins(view) {
                    Ok(Some((start, order))) => {
                        self.open = Some(order);
                        self.seen = start;
                        continue;
                    }
                    Ok(None) => self.seen = view.end(),
                    Err(at) => self.seen = at,
                }
                return;
            };
            let mut at = self.seen;
            let ends = loop {
                match is_character(view, at, order) {
                    Ok(true) => at += 2,
                    Ok(false) => break true,
                    Err(Unseen) => break false,
                }
            };
            if ends || at > self.seen {
                parts.push(Part { span: Span::new(self.seen, at), order, ends });
            }
            self.seen = at;
            if !ends {
                return;
            }
            self.open = None;
        }
    }

    /// The earliest byte that may belong to a stretch and was not handed out.
    pub(crate) fn hold_from(&self, view: &View<'_>) -> usize {
        if self.seen == view.end() || view.is_last() {
            return usize::MAX;
        }
        // The first byte of a character may stand before its NUL.
        if self.open.is_some() { self.seen } else { self.seen.saturating_sub(1) }
    }

    /// Where the next stretch begins, and its order. Unseen, the offset of the NUL that may begin one.
    fn begins(&self, view: &View<'_>) -> Result<Option<(usize, Order)>, usize> {
        let mut at = self.seen;
        while let Some(found) = memchr::memchr(0, view.slice(at, view.end())) {
            let nul = at + found;
            let starts =
                [nul.checked_sub(1).map(|start| (start, Order::Little)), Some((nul, Order::Big))];
            for (start, order) in starts.into_iter().flatten() {
                let fits = self.mark.is_none_or(|mark| mark == order && start.is_multiple_of(2));
                if fits
                    && (0..LEAST)
                        .try_fold(true, |all, i| {
                            Ok(all && is_character(view, start + 2 * i, order)?)
                        })
                        .map_err(|Unseen| nul)?
                {
                    return Ok(Some((start, order)));
                }
            }
            at = nul + 1;
        }
        Ok(None)
    }
}

/// Whether the two bytes at `pos` are a character of ASCII.
fn is_character(view: &View<'_>, pos: usize, order: Order) -> Result<bool, Unseen> {
    let text = |byte| matches!(byte, Some(b' '..=b'~' | b'\t' | b'\n' | b'\r'));
    Ok(match order {
        Order::Little => text(view.byte(pos)?) && view.byte(pos + 1)? == Some(0),
        Order::Big => view.byte(pos)? == Some(0) && text(view.byte(pos + 1)?),
    })
}
