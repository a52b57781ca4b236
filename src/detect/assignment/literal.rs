//! The value: in quotes, behind a scheme, in a list, in a call that passes it on. What stands without quotes is read in
//! [`super::bare`].

use super::quote::{self, Quote};
use super::{BLANK, Binding, Bond, Parser};
use crate::rules::rule::LONGEST_VALUE;
use crate::text::byteset::ByteSet;
use crate::text::choice::Choice;
use crate::text::span::Span;
use crate::text::view::Unseen;

const STAR: ByteSet = ByteSet::EMPTY.with(b"*");

/// Schemes of an `Authorization` header.
static SCHEMES: Choice<12> = Choice::new([
    "bearer ",
    "basic ",
    "token token=",
    "token ",
    "apikey ",
    "api-key ",
    "bot ",
    "jwt ",
    "oauth ",
    "key=",
    "bearer%20",
    "basic%20",
]);

impl Parser<'_> {
    /// Blanks before the value, a line break if it is quoted or between tags, and the scheme of a header.
    pub(super) fn before_value(&mut self, binding: Binding) -> Result<(), Unseen> {
        match binding {
            Binding::Env => {
                self.cursor.skip(&BLANK, 8)?;
                self.colours()?;
                return self.scheme();
            }
            Binding::Blank => return Ok(()),
            Binding::Tag => {
                self.blanks_and_breaks()?;
                self.cursor.eat_word(b"<![CDATA[")?;
                return self.blanks_and_breaks();
            }
            _ => {}
        }
        self.cursor.skip(&BLANK, 40)?;
        self.colours()?;
        if binding == Binding::Operator {
            let here = self.cursor.pos();
            self.blanks_and_breaks()?;
            if self.cursor.pos() != here && !quote::stands_at(&self.cursor)? {
                self.cursor.jump(here);
            }
        }
        self.scheme()
    }

    fn scheme(&mut self) -> Result<(), Unseen> {
        if self.cursor.eat_any(&SCHEMES)?.is_some() {
            self.cursor.skip(&BLANK, 4)?;
        }
        Ok(())
    }

    /// The items of a YAML list on the lines behind the name, or the one line of a block. Whether there was one.
    pub(super) fn indented_list(&mut self, binding: Binding) -> Result<bool, Unseen> {
        if binding != Binding::Operator {
            return Ok(false);
        }
        let here = self.cursor.pos();
        self.cursor.skip(&BLANK, 4)?;
        let block = matches!(self.cursor.peek()?, Some(b'|' | b'>'));
        if block {
            self.cursor.next()?;
            self.cursor.skip(const { &ByteSet::EMPTY.with(b"-+") }, 1)?;
        }
        if !self.line_break()? {
            self.cursor.jump(here);
            return Ok(false);
        }
        self.bond = Bond::Loose;
        self.pinned = true;
        while self.may_go_on() {
            let indent = self.cursor.skip(&BLANK, 40)?;
            let begins =
                if block { indent > 0 } else { self.cursor.eat(b'-')? && self.cursor.eat(b' ')? };
            if !begins {
                break;
            }
            self.cursor.skip(&BLANK, 4)?;
            self.scheme()?;
            let value = self.value(Binding::Cell, false)?;
            self.cursor.skip(&BLANK, 4)?;
            // What goes on behind the value is a sentence or a mapping.
            if !self.line_break()? && self.cursor.peek()?.is_some_and(|b| !b"\"'#,".contains(&b)) {
                break;
            }
            if !self.give(value) || block {
                break;
            }
        }
        self.pinned = false;
        if self.values.is_empty() {
            self.cursor.jump(here);
            self.bond = Bond::Firm;
        }
        Ok(!self.values.is_empty())
    }

    /// The value, or the values of a list.
    pub(super) fn values(&mut self, binding: Binding, quoted_name: bool) -> Result<(), Unseen> {
        if binding == Binding::Tag {
            let value = self.value(binding, quoted_name)?;
            self.blanks_and_breaks()?;
            // Without its end it was no element, but `<password>` for you to fill in.
            if matches!(self.cursor.peek()?, Some(b'<' | b']' | b'\\')) {
                self.give(value);
            }
            return Ok(());
        }
        let here = self.cursor.pos();
        match self.cursor.peek()? {
            Some(b'[') if binding != Binding::Blank && !self.at_slice_type()? => {
                self.cursor.next()?;
                return self.array();
            }
            Some(b'{') => {
                self.cursor.next()?;
                self.blanks_and_breaks()?;
                if !self.value_key()? {
                    return Ok(());
                }
                self.cursor.skip(&BLANK, 8)?;
                // `{"value": {"stringValue": "…"}}`
                if self.cursor.eat(b'{')? {
                    self.blanks_and_breaks()?;
                    if !self.value_key()? {
                        return Ok(());
                    }
                    self.cursor.skip(&BLANK, 8)?;
                }
                if !quote::stands_at(&self.cursor)? {
                    return Ok(());
                }
            }
            Some(b) if b.is_ascii_alphabetic() || b"$[".contains(&b) => {
                self.hold_here();
                self.pinned = true;
                let wrapped = self.wrapped()?;
                self.pinned = false;
                if self.give(wrapped) {
                    return Ok(());
                }
                self.cursor.jump(here);
            }
            _ => {}
        }
        let value = self.value(binding, quoted_name)?;
        if !(self.listed && self.is_key()?) {
            self.give(value);
        }
        Ok(())
    }

    /// Whether what stands before the cursor is the key of the next pair: `"a": "pass", "host": …`.
    fn is_key(&self) -> Result<bool, Unseen> {
        let mut ahead = self.cursor.clone();
        ahead.skip(&BLANK, 2)?;
        Ok(ahead.peek()? == Some(b':') || ahead.eat_word(b"=>")?)
    }

    /// Whether `[]byte` comes next, not a list.
    fn at_slice_type(&self) -> Result<bool, Unseen> {
        self.cursor.clone().eat_word(b"[]")
    }

    /// The strings of `["A", "B"]`.
    fn array(&mut self) -> Result<(), Unseen> {
        // Tests that have to pass are no passwords.
        let verb = self.name_bytes().to_ascii_lowercase().ends_with(b"pass");
        self.bond = self.bond.min(if verb { Bond::Faint } else { Bond::Loose });
        while self.may_go_on() {
            self.blanks_and_breaks()?;
            let Some(quote) = quote::open(&mut self.cursor)? else { break };
            let value = self.quoted(quote)?;
            if !self.give(value) {
                break;
            }
            self.blanks_and_breaks()?;
            if !self.cursor.eat(b',')? {
                break;
            }
        }
        Ok(())
    }

    /// Letters before a string literal: `b"…"`, `rb"…"`, `@"…"`, `r#"…"#`.
    pub(super) fn string_prefix(&mut self) -> Result<(), Unseen> {
        let here = self.cursor.pos();
        if self.cursor.skip(const { &ByteSet::EMPTY.with(b"bBfrRuULN@$") }, 2)? > 0 {
            self.cursor.skip(const { &ByteSet::EMPTY.with(b"#") }, 2)?;
            if !matches!(self.cursor.peek()?, Some(b'"' | b'\'')) {
                self.cursor.jump(here);
            }
        }
        Ok(())
    }

    pub(super) fn value(
        &mut self,
        binding: Binding,
        quoted_name: bool,
    ) -> Result<Option<(Span, bool)>, Unseen> {
        let here = self.cursor.pos();
        let stars = if matches!(binding, Binding::Sentence | Binding::Cell) {
            self.cursor.skip(&STAR, 2)?
        } else {
            0
        };
        self.string_prefix()?;
        if let Some(quote) = quote::open(&mut self.cursor)? {
            return self.quoted(quote);
        }
        if binding == Binding::Call {
            return Ok(None);
        }
        self.cursor.jump(here + stars);
        let value = self.bare(binding)?;
        if binding == Binding::Blank {
            return Ok(value.filter(|(span, _)| self.is_token(*span)));
        }
        // A number behind a quoted name is JSON: nothing else can stand in its place there.
        Ok(value.filter(|(span, _)| {
            let number = |b: &u8| b.is_ascii_digit() || b"+-.eE".contains(b);
            !(quoted_name && self.view.slice(span.start(), span.end()).iter().all(number))
        }))
    }

    /// Whether a bare word can be nothing but a token: long, letters and digits.
    fn is_token(&self, span: Span) -> bool {
        let text = self.view.slice(span.start(), span.end());
        let inside = |b: &u8| b.is_ascii_alphanumeric() || b"_-+/=.:~!@#$%^*".contains(b);
        text.len() >= 8
            && text.iter().all(inside)
            && text.iter().any(u8::is_ascii_digit)
            && text.iter().any(u8::is_ascii_alphabetic)
    }

    /// A value in quotes, behind the opening one.
    pub(super) fn quoted(&mut self, quote: Quote) -> Result<Option<(Span, bool)>, Unseen> {
        let (byte, depth) = match quote {
            Quote::Plain { byte, depth } => (byte, depth),
            Quote::Spelled(closing) => return self.spelled(closing),
        };
        if self.stands_in(byte, depth) {
            return Ok(None);
        }
        if depth == 0 && self.cursor.peek()? == Some(byte) {
            // Empty, or three quotes in a row.
            self.cursor.next()?;
            if !self.cursor.eat(byte)? {
                return Ok(None);
            }
            self.fence(byte)?;
        }
        self.scheme()?;
        let start = self.cursor.pos();
        self.hold_here();
        let mut slashes = 0;
        while self.cursor.pos() - start <= LONGEST_VALUE {
            match self.cursor.next()? {
                None => return Ok(None),
                Some(b'\n') if byte != b'`' => return Ok(None),
                Some(b'\n') => {
                    // The first line of a fenced block.
                    let end = self.cursor.pos() - 1;
                    return Ok((end > start).then(|| (Span::new(start, end), false)));
                }
                Some(b'\\') => slashes += 1,
                Some(b) if b == byte && quote::closes(slashes, depth) => {
                    let end = self.cursor.pos() - 1 - slashes;
                    return Ok((end > start).then(|| (Span::new(start, end), true)));
                }
                // The string in which this one was opened ends first: `{"log": "token='abc", …}`.
                Some(b'"') if byte != b'"' && depth == 0 && slashes == 0 => {
                    if matches!(self.cursor.peek()?, None | Some(b',' | b'}' | b']' | b':')) {
                        let end = self.cursor.pos() - 1;
                        return Ok((end > start).then(|| (Span::new(start, end), true)));
                    }
                }
                Some(_) => slashes = 0,
            }
        }
        Ok(None)
    }

    /// Whether the name stands in a string of the same quotes, so that the quote behind it closes that string, as in a
    /// prompt: `input("Password: ")`.
    fn stands_in(&self, byte: u8, depth: usize) -> bool {
        let name = self.name_bytes();
        let before = self.view.look_back(self.name.start(), depth + 1);
        let opened = before.last() == Some(&byte)
            && before.len() > depth
            && before.iter().rev().skip(1).take(depth).all(|b| *b == b'\\');
        // Closed again behind the name, it is the name's own quote, as in JSON.
        let behind = self.view.slice(self.name.end(), self.name.end() + depth + 1);
        opened && depth > 0 && !name.is_empty() && behind.last() != Some(&byte)
    }

    /// The rest of the line that opens a fenced block, or the line break behind three quotes.
    fn fence(&mut self, byte: u8) -> Result<(), Unseen> {
        let here = self.cursor.pos();
        if byte == b'`' {
            self.cursor.skip(&ByteSet::ALNUM, 16)?;
        }
        if self.line_break()? {
            // Tests that have to pass are no passwords.
            let verb = self.name_bytes().to_ascii_lowercase().ends_with(b"pass");
            self.bond = self.bond.min(if verb { Bond::Faint } else { Bond::Loose });
        } else {
            self.cursor.jump(here);
        }
        Ok(())
    }

    /// A value between quotes that are spelled out.
    fn spelled(&mut self, closing: &'static [u8]) -> Result<Option<(Span, bool)>, Unseen> {
        self.scheme()?;
        let start = self.cursor.pos();
        self.hold_here();
        while self.cursor.pos() - start <= LONGEST_VALUE {
            let end = self.cursor.pos();
            if self.cursor.eat_word(closing)? {
                return Ok((end > start).then(|| (Span::new(start, end), true)));
            }
            if matches!(self.cursor.next()?, None | Some(b'\n' | b'"')) {
                break;
            }
        }
        Ok(None)
    }
}
