//! Separated values: the cells below a name that stands in the first row (`user,password,host`).
//!
//! The first row holds nothing but plain words, at least two; the rows below have as many cells as it has. Commas, semicolons
//! and tabs separate; cells may be quoted; line breaks may be escaped. All within a bounded distance of the name.

use super::quote;
use super::{Bond, Parser};
use crate::text::byteset::ByteSet;
use crate::text::span::Span;
use crate::text::view::Unseen;

/// What names of columns are made of, and the quotes around them.
const HEADING: ByteSet = ByteSet::ALNUM.with(b"_-.\"' ");
/// Longest part of the first row that is read to either side of the name.
const LONGEST_ROW: usize = 256;
/// Longest cell.
const LONGEST_CELL: usize = 160;

impl Parser<'_> {
    /// Reads the column that the name heads. Whether there is one.
    pub(super) fn column(&mut self) -> Result<bool, Unseen> {
        let here = self.cursor.pos();
        let Some((separator, before)) = self.heading()? else { return Ok(false) };
        self.hold_here();
        self.pinned = true;
        let bond = std::mem::replace(&mut self.bond, Bond::Loose);
        let columns = self.first_row(separator, before)?;
        if columns > 1 && self.line_break()? {
            while self.may_go_on() {
                let Some(value) = self.row(separator, before, columns)? else { break };
                self.give(Some((value, true)));
                if !self.line_break()? {
                    break;
                }
            }
        }
        self.pinned = false;
        if self.values.is_empty() {
            self.bond = bond;
            self.cursor.jump(here);
        }
        Ok(!self.values.is_empty())
    }

    /// What separates the cells of the row the name stands in, and how many stand before it.
    fn heading(&self) -> Result<Option<(u8, usize)>, Unseen> {
        let next = self.cursor.peek()?;
        // Most names are followed by something else.
        if !next.is_some_and(|b| b",;\t\r\n\\".contains(&b)) {
            return Ok(None);
        }
        let back = self.view.look_back(self.name.start(), LONGEST_ROW);
        let starts = |w: &[u8]| w.first() == Some(&b'\n') || w == b"\\n";
        let line = match back.windows(2).rposition(starts) {
            Some(at) if back.get(at) == Some(&b'\n') => at + 1,
            Some(at) => at + 2,
            None if back.last() == Some(&b'\n') => back.len(),
            None => 0,
        };
        let line = if back.last() == Some(&b'\n') { back.len() } else { line };
        let row = back.get(line..).unwrap_or_default();
        let plain = row.strip_suffix(b"\"").unwrap_or(row);
        let separator = match (plain.last(), next) {
            (_, Some(b @ (b',' | b';' | b'\t'))) => b,
            (Some(b @ (b',' | b';' | b'\t')), Some(b'\r' | b'\n' | b'\\')) => *b,
            _ => return Ok(None),
        };
        // A text that JSON holds begins behind a quote: `"text": "user,password\nbob,…"`.
        let begins = row.iter().rposition(|b| !HEADING.contains(*b) && *b != separator);
        let row = match begins {
            None => row,
            Some(_) => match row.iter().rposition(|b| *b == b'"') {
                Some(at) if begins < Some(at) => row.get(at + 1..).unwrap_or_default(),
                _ => return Ok(None),
            },
        };
        let fills = plain.is_empty() || row.is_empty() || plain.last() == Some(&separator);
        Ok(fills.then(|| (separator, row.iter().filter(|b| **b == separator).count())))
    }

    /// Goes on to the end of the first row. How many cells it has.
    fn first_row(&mut self, separator: u8, before: usize) -> Result<usize, Unseen> {
        let mut columns = before + 1;
        let start = self.cursor.pos();
        while self.cursor.eat(separator)? && self.cursor.pos() - start < LONGEST_ROW {
            if self.cursor.skip(&HEADING, 40)? == 0 {
                return Ok(0);
            }
            columns += 1;
        }
        Ok(columns)
    }

    /// The cell behind so many others, if the row has as many cells as the first one.
    fn row(
        &mut self,
        separator: u8,
        before: usize,
        columns: usize,
    ) -> Result<Option<Span>, Unseen> {
        let mut value = None;
        for column in 0..columns {
            if column > 0 && !self.cursor.eat(separator)? {
                return Ok(None);
            }
            let cell = self.separated(separator)?;
            if column == before {
                value = cell;
            }
        }
        let ends = matches!(self.cursor.peek()?, None | Some(b'\r' | b'\n' | b'\\' | b'"'));
        Ok(value.filter(|_| ends))
    }

    /// One cell without its quotes; none if it is empty.
    fn separated(&mut self, separator: u8) -> Result<Option<Span>, Unseen> {
        let quoted = quote::open(&mut self.cursor)?.is_some();
        let start = self.cursor.pos();
        let inside = ByteSet::EMPTY.with_range(0, 0xff).without(b"\r\n\"\\");
        let inside = if quoted { inside } else { inside.without(&[separator]) };
        self.cursor.skip(&inside, LONGEST_CELL)?;
        let cell = Span::new(start, self.cursor.pos());
        if quoted {
            quote::open(&mut self.cursor)?;
        }
        Ok((!cell.is_empty()).then_some(cell))
    }
}
