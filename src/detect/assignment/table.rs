//! Tables: the cell beside a name, or the cells below it.
//!
//! A row is a header if a row of dashes follows (Markdown, `psql`, `mysql`). How many bars stand before the name in its
//! row says which cell of the rows below is meant. All within a bounded distance of the name.

use super::quote;
use super::{BLANK, Binding, Bond, FARTHEST, Parser};
use crate::text::byteset::ByteSet;
use crate::text::span::Span;
use crate::text::view::Unseen;

/// Longest part of a row that is read to either side of the name.
const LONGEST_ROW: usize = 256;

impl Parser<'_> {
    /// Behind the bar that ends the name's cell.
    pub(super) fn table(&mut self) -> Result<(), Unseen> {
        let here = self.cursor.pos();
        self.hold_here();
        self.bond = Bond::Loose;
        self.pinned = true;
        if self.end_of_row()? && self.separator()? {
            let column = self.bars_before();
            while self.may_go_on() {
                if !self.cell(column)? {
                    break;
                }
            }
        }
        self.pinned = false;
        if self.values.is_empty() && self.bars_before() > 0 {
            self.cursor.jump(here);
            self.content()?;
        }
        Ok(())
    }

    /// Whether the name fills its cell: `|password|`.
    pub(super) fn in_row(&self) -> bool {
        let before = self.view.look_back(self.name.start(), 2);
        before == b"\n|"
    }

    /// How many bars stand before the name in its row.
    pub(super) fn bars_before(&self) -> usize {
        let back = self.view.look_back(self.name.start(), LONGEST_ROW);
        let start = |w: &[u8]| w.first() == Some(&b'\n') || w == b"\\n";
        let line = back.windows(2).rposition(start).map_or(0, |at| at + 1);
        back.get(line..).unwrap_or_default().iter().filter(|b| **b == b'|').count()
    }

    /// Goes on to the row below.
    fn end_of_row(&mut self) -> Result<bool, Unseen> {
        let inside = const { ByteSet::EMPTY.with_range(b' ', 0xff).with(b"\t").without(b"\\") };
        for _ in 0..LONGEST_ROW {
            self.cursor.skip(&inside, LONGEST_ROW)?;
            if self.line_break()? {
                return Ok(true);
            }
            if self.cursor.next()? != Some(b'\\') || self.too_far() {
                break;
            }
        }
        Ok(false)
    }

    fn too_far(&self) -> bool {
        self.cursor.pos() > self.name.end() + FARTHEST
    }

    /// Takes a row of dashes.
    fn separator(&mut self) -> Result<bool, Unseen> {
        let start = self.cursor.pos();
        self.cursor.skip(const { &ByteSet::EMPTY.with(b" \t|:+-=") }, LONGEST_ROW)?;
        let dashes = self.view.slice(start, self.cursor.pos());
        Ok(dashes.windows(2).any(|pair| pair == b"--") && self.line_break()?)
    }

    /// The cell behind so many bars of this row, and on to the next row. Whether the table goes on.
    fn cell(&mut self, bars: usize) -> Result<bool, Unseen> {
        let other = const { ByteSet::EMPTY.with_range(b' ', 0xff).with(b"\t").without(b"\\|") };
        for _ in 0..bars {
            self.cursor.skip(&other, LONGEST_ROW)?;
            if !self.cursor.eat(b'|')? {
                return Ok(false);
            }
        }
        self.content()?;
        self.end_of_row()
    }
    /// The value that fills a cell.
    fn content(&mut self) -> Result<(), Unseen> {
        self.cursor.skip(&BLANK, 80)?;
        let marked = quote::stands_at(&self.cursor)?;
        let value = self.value(Binding::Cell, false)?;
        self.cursor.skip(&BLANK.with(b"*"), 80)?;
        // What is handed on through pipes stands in brackets.
        let code = |span: Span| {
            self.view.slice(span.start(), span.end()).iter().any(|b| b"()".contains(b))
        };
        let filled = matches!(self.cursor.peek()?, Some(b'|' | b'\n' | b'\r' | b'\\') | None);
        if marked || filled && !value.is_some_and(|(span, _)| code(span)) {
            self.give(value);
        }
        Ok(())
    }
}
