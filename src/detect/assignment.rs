//! Names and the values given to them, in whatever language the text is written.
//!
//! From a keyword the parser reads the whole name (`name`), then what binds a value to it: an operator, a call, a flag, a
//! pair of JSON or XML (`binding`), a sentence (`prose`), the column of a table (`table`). Then it reads the value, or the
//! few values of a list, in quotes of any kind and depth (`literal`, `call`, `quote`).
//!
//! It reads through a [`Cursor`] and so suspends, rather than decides, where the window ends. It looks at no more than
//! [`FARTHEST`] bytes behind the name and one longest value. It judges nothing; how firmly a value is bound is said by
//! its [`Bond`], and who judges takes that into account.

mod bare;
mod binding;
mod call;
mod column;
mod literal;
mod name;
mod prose;
mod quote;
mod table;
#[cfg(test)]
mod tests;

use super::cursor::Cursor;
use crate::text::byteset::ByteSet;
use crate::text::placeholder::{self, PLACEHOLDER};
use crate::text::span::Span;
use crate::text::view::{Unseen, View};

/// How far behind its name the last value of a list or of a column may begin.
const FARTHEST: usize = 512;
/// Most values one name is given.
const MOST_VALUES: usize = 16;

const BLANK: ByteSet = ByteSet::EMPTY.with(b" \t");
const SLASH: ByteSet = ByteSet::EMPTY.with(b"\\");

/// A name and a value bound to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) name: Span,
    pub(crate) value: Span,
    /// Whether the value stood in quotes or between tags.
    pub(crate) quoted: bool,
    pub(crate) bond: Bond,
}

/// How sure it is that the value belongs to the name at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bond {
    /// Side by side only: `token 5179…`.
    Faint,
    /// A longer sentence, a column, a call: text of other kinds looks like it, too.
    Loose,
    /// An operator.
    Firm,
}

/// How the name is bound to what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Binding {
    /// `NAME=value` at the start of a line or word: the value ends at white space.
    Env,
    /// Any other operator.
    Operator,
    /// A word such as "is".
    Sentence,
    /// `<name>value</name>`.
    Tag,
    /// `name(`: only a literal in quotes can follow.
    Call,
    /// Nothing but a blank.
    Blank,
    /// `| name |`: a column, or the next cell.
    Cell,
    /// `user,name,host`: a column of separated values.
    Column,
}

/// What came of reading from a keyword.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// Values were assigned; none if the list is empty.
    Bound(Vec<Assignment>),
    /// The window ended; a value can begin at this offset at the earliest.
    Suspended { hold: usize },
}

/// Reads the assignment whose name holds the keyword `keyword`.
pub(crate) fn parse(view: &View<'_>, keyword: Span) -> Parsed {
    let start = name::start(view, keyword.start());
    // The rule's name in one of our own placeholders is no name of a value.
    if placeholder::opens(view.look_back(start, PLACEHOLDER.len())) {
        return Parsed::Bound(Vec::new());
    }
    let mut parser = Parser {
        cursor: Cursor::new(*view, keyword.end()),
        view: *view,
        name: Span::new(start, keyword.end()),
        hold: None,
        pinned: false,
        bond: Bond::Firm,
        percent: false,
        listed: false,
        values: Vec::new(),
    };
    match parser.read() {
        Ok(()) => Parsed::Bound(parser.values),
        Err(Unseen) => Parsed::Suspended { hold: parser.hold.unwrap_or(view.end()) },
    }
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    view: View<'a>,
    name: Span,
    hold: Option<usize>,
    /// Whether something is tried that may turn out to be nothing, so that the value may begin at `hold` after all.
    pinned: bool,
    bond: Bond,
    /// Whether the pair is written as in a URL: `password%3Dvalue%26`.
    percent: bool,
    /// Whether the value stands behind a comma: an argument, or the next of a list.
    listed: bool,
    values: Vec<Assignment>,
}

impl Parser<'_> {
    fn read(&mut self) -> Result<(), Unseen> {
        self.rest_of_name()?;
        self.more_of_name()?;
        self.name = Span::new(self.name.start(), self.cursor.pos());
        // What closes a name may turn out to be the value's.
        self.hold_here();
        let quoted_name = self.close_name()?;
        let Some(binding) = self.binding(quoted_name)? else { return Ok(()) };
        match binding {
            Binding::Cell => return self.table(),
            Binding::Column => return Ok(()),
            _ => {}
        }
        if !self.indented_list(binding)? {
            self.nested_value(binding)?;
            self.before_value(binding)?;
            self.values(binding, quoted_name)?;
        }
        Ok(())
    }

    /// No value begins before this offset, as far as is known. What was found already still stands before it.
    fn hold_here(&mut self) {
        if self.values.is_empty() && !self.pinned {
            self.hold = Some(self.cursor.pos());
        }
    }

    /// Takes a value, if there is one. Whether there was.
    fn give(&mut self, value: Option<(Span, bool)>) -> bool {
        let Some((value, quoted)) = value else { return false };
        self.values.push(Assignment { name: self.name, value, quoted, bond: self.bond });
        true
    }

    fn name_bytes(&self) -> &[u8] {
        self.view.slice(self.name.start(), self.name.end())
    }

    /// Whether there is room for another value.
    fn may_go_on(&self) -> bool {
        self.values.len() < MOST_VALUES && self.cursor.pos() < self.name.end() + FARTHEST
    }

    /// Takes the end of a line: a line break, or one that is escaped as in JSON.
    fn line_break(&mut self) -> Result<bool, Unseen> {
        let here = self.cursor.pos();
        let mut broken = false;
        for _ in 0..2 {
            match self.cursor.peek()? {
                Some(b'\r' | b'\n') => {
                    let byte = self.cursor.next()?;
                    broken |= byte == Some(b'\n');
                }
                Some(b'\\') => {
                    let mut ahead = self.cursor.clone();
                    ahead.skip(&SLASH, quote::DEEPEST)?;
                    match ahead.next()? {
                        Some(b'n') => broken = true,
                        Some(b'r') => {}
                        _ => break,
                    }
                    self.cursor = ahead;
                }
                _ => break,
            }
            if broken {
                return Ok(true);
            }
        }
        self.cursor.jump(here);
        Ok(false)
    }

    /// Blanks and a few line breaks.
    fn blanks_and_breaks(&mut self) -> Result<(), Unseen> {
        self.cursor.skip(&BLANK, 32)?;
        for _ in 0..3 {
            if !self.line_break()? {
                break;
            }
            self.cursor.skip(&BLANK, 32)?;
        }
        // A tab may be escaped, too.
        while self.cursor.peek()? == Some(b'\\') {
            let mut ahead = self.cursor.clone();
            ahead.skip(&SLASH, quote::DEEPEST)?;
            if ahead.next()? != Some(b't') {
                break;
            }
            self.cursor = ahead;
        }
        Ok(())
    }
}
