//! Values that code passes through something: `Some("v")`, `env("NAME", "v")`, `process.env.NAME || "v"`.

use super::quote::{self, Quote};
use super::{BLANK, Parser, SLASH};
use crate::text::byteset::ByteSet;
use crate::text::span::Span;
use crate::text::view::Unseen;

/// What the name of a function is made of.
const CALLEE: ByteSet = ByteSet::ALNUM.with(b"_.:!$@");

/// Functions and constructors that pass their first argument on.
const WRAPPERS: [&[u8]; 34] = [
    b"some",
    b"just",
    b"ok",
    b"string",
    b"str",
    b"from",
    b"secret",
    b"secretstr",
    b"securestring",
    b"secretstring",
    b"password",
    b"passwd",
    b"token",
    b"of",
    b"tostring",
    b"bytes",
    b"byte",
    b"buffer",
    b"b64encode",
    b"encode",
    b"sensitive",
    b"value",
    b"valueof",
    b"new",
    b"char",
    b"nsstring",
    b"plaintext",
    b"literal",
    b"pointer",
    b"ptr",
    b"ref",
    b"quote",
    b"text",
    b"set",
];
/// Functions that take a name, and perhaps what to use without it.
const GETTERS: [&[u8]; 10] = [
    b"getenv",
    b"env",
    b"get",
    b"fetch",
    b"getordefault",
    b"getproperty",
    b"getstring",
    b"config",
    b"lookup",
    b"envordefault",
];
/// Operators in front of what to use instead.
const INSTEAD: [&[u8]; 4] = [b"||", b"??", b"or ", b"?:"];

impl Parser<'_> {
    /// `Some("v")`, `env("NAME", "v")`, `process.env.NAME || "v"`.
    pub(super) fn wrapped(&mut self) -> Result<Option<(Span, bool)>, Unseen> {
        self.cursor.eat_word(b"new ")?;
        for _ in 0..3 {
            self.cursor.skip(const { &ByteSet::EMPTY.with(b"[]&") }, 3)?;
            let start = self.cursor.pos();
            self.cursor.skip(&CALLEE, 64)?;
            let callee = self.view.slice(start, self.cursor.pos());
            if callee.is_empty() {
                return Ok(None);
            }
            let own = |b: &u8| !b.is_ascii_alphanumeric() && *b != b'_';
            let last = callee.strip_suffix(b"!").unwrap_or(callee).rsplit(own).next();
            let last = last.unwrap_or_default().to_ascii_lowercase();
            if !self.cursor.eat(b'(')? {
                return self.instead();
            }
            self.blanks_and_breaks()?;
            if GETTERS.contains(&last.as_slice()) {
                return self.second_argument();
            }
            if !WRAPPERS.contains(&last.as_slice()) {
                return Ok(None);
            }
            self.string_prefix()?;
            if let Some(quote) = quote::open(&mut self.cursor)? {
                return self.quoted(quote);
            }
        }
        Ok(None)
    }

    /// Behind `getenv(`: a name, and then its default or what to use instead.
    fn second_argument(&mut self) -> Result<Option<(Span, bool)>, Unseen> {
        let Some(quote) = quote::open(&mut self.cursor)? else { return Ok(None) };
        let Quote::Plain { byte, .. } = quote else { return Ok(None) };
        self.cursor.skip(const { &ByteSet::ALNUM.with(b"_.-/") }, 64)?;
        self.cursor.skip(&SLASH, quote::DEEPEST)?;
        if !self.cursor.eat(byte)? {
            return Ok(None);
        }
        if self.cursor.eat(b',')? {
            self.blanks_and_breaks()?;
            return match quote::open(&mut self.cursor)? {
                Some(quote) => self.quoted(quote),
                None => Ok(None),
            };
        }
        if self.cursor.eat(b')')? { self.instead() } else { Ok(None) }
    }

    /// `|| "v"`, `or "v"`.
    fn instead(&mut self) -> Result<Option<(Span, bool)>, Unseen> {
        if self.cursor.skip(&BLANK, 2)? == 0 {
            return Ok(None);
        }
        for operator in INSTEAD {
            if self.cursor.eat_word(operator)? {
                self.cursor.skip(&BLANK, 2)?;
                return match quote::open(&mut self.cursor)? {
                    Some(quote) => self.quoted(quote),
                    None => Ok(None),
                };
            }
        }
        Ok(None)
    }
}
