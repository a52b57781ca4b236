//! What binds a value to a name: operators of programming languages, calls, flags, tags, pairs of JSON and XML.

use super::quote;
use super::{BLANK, Binding, Bond, Parser, SLASH};
use crate::detect::boundary;
use crate::text::byteset::ByteSet;
use crate::text::choice::Choice;
use crate::text::view::Unseen;

const TYPE: ByteSet = ByteSet::ALNUM.with(b"_.:<>[]|&?*'");
/// The longest colour code before a name.
const LONGEST_COLOUR: usize = 16;
const WORD: ByteSet = ByteSet::ALNUM.with(b"_");

/// Operators that begin with a character of their own and end in `=`, and arrows. Behind a name they assign.
const OPERATORS: [&[u8]; 11] =
    [b"??=", b"||=", b"&&=", b"?=", b"+=", b".=", b"|=", b"->", b"<-", b"~>", b"%="];
/// Keys of the value in a pair of name and value.
static VALUE_KEYS: Choice<12> = Choice::new([
    "value",
    "stringvalue",
    "string_value",
    "val",
    "v",
    "secret",
    "default",
    "plaintext",
    "plaintextvalue",
    "secretstring",
    "text",
    "s",
]);
/// Functions named like the credential they return, by how they begin.
const ASKS: [&[u8]; 26] = [
    b"get", b"find", b"fetch", b"read", b"load", b"check", b"valid", b"verify", b"has", b"is",
    b"prompt", b"input", b"ask", b"hash", b"encrypt", b"decrypt", b"parse", b"gen", b"create",
    b"test", b"show", b"hide", b"query", b"forgot", b"reset", b"remove",
];

impl Parser<'_> {
    /// The operator ends here; nothing before this offset can belong to a value.
    pub(super) fn bound(&mut self, binding: Binding) -> Option<Binding> {
        self.hold_here();
        Some(binding)
    }

    pub(super) fn binding(&mut self, quoted_name: bool) -> Result<Option<Binding>, Unseen> {
        if self.column()? {
            return Ok(Some(Binding::Column));
        }
        let blanks = self.cursor.skip(&BLANK, 40)?;
        // Whatever binds, the value does not begin before this.
        self.hold_here();
        let Some(next) = self.cursor.peek()? else { return Ok(None) };
        if blanks > 0 && self.name_is_flag() {
            return self.flag(next);
        }
        match next {
            b'=' => self.equals(blanks),
            b':' => self.colon(),
            b'>' if self.in_tag() || quoted_name && self.names_element() => {
                self.cursor.next()?;
                Ok(self.bound(Binding::Tag))
            }
            b',' if quoted_name || self.names_constant() => self.pair(quoted_name),
            b';' if quoted_name => self.php_string(),
            b'(' if blanks == 0 && !quoted_name => self.call(),
            b'(' => self.parenthesis(),
            b'%' | b'\\' if self.percent_or_escape()? => Ok(self.bound(Binding::Operator)),
            // The last column of a table without a bar at its end.
            b'\\' | b'\r' | b'\n' if self.bars_before() > 0 => Ok(Some(Binding::Cell)),
            b'\\' | b'\r' | b'\n' => self.value_on_next_line(),
            b'?' | b'+' | b'.' | b'|' | b'&' | b'-' | b'<' | b'~' | b'!' => self.operator(blanks),
            _ if blanks > 0 && quoted_name => {
                Ok(if self.value_key()? { self.bound(Binding::Operator) } else { None })
            }
            _ if blanks > 0 && self.in_tag() => self.attributes(),
            _ if blanks > 0 && quote::stands_at(&self.cursor)? => {
                self.bond = Bond::Loose;
                Ok((!self.name_is_verb()).then_some(Binding::Operator))
            }
            _ => self.words(blanks),
        }
    }

    /// Behind `--password` and a blank stands its value, on the next line if that is continued.
    fn flag(&mut self, next: u8) -> Result<Option<Binding>, Unseen> {
        match next {
            b'=' | b':' => return if next == b'=' { self.equals(1) } else { self.colon() },
            b'\\' => {
                let mut ahead = self.cursor.clone();
                let slashes = ahead.skip(&SLASH, quote::DEEPEST)?;
                let broken = match ahead.next()? {
                    Some(b'\n') => true,
                    Some(b'\r') => ahead.eat(b'\n')?,
                    Some(b'n') => slashes > 1,
                    _ => false,
                };
                if broken {
                    self.cursor = ahead;
                    self.cursor.skip(&BLANK, 24)?;
                } else if !quote::stands_at(&self.cursor)? {
                    return Ok(None);
                }
            }
            b'-' | b'\r' | b'\n' | b'|' | b'>' | b',' | b']' | b')' => return Ok(None),
            _ => {}
        }
        Ok(self.bound(Binding::Env))
    }

    fn operator(&mut self, blanks: usize) -> Result<Option<Binding>, Unseen> {
        for operator in OPERATORS {
            if self.cursor.eat_word(operator)? {
                return Ok(self.bound(Binding::Operator));
            }
        }
        match self.cursor.next()? {
            Some(b'|') if blanks > 0 || self.in_row() => Ok(self.bound(Binding::Cell)),
            // An optional member of a type: `password?: string`.
            Some(b'?' | b'!') if blanks == 0 && self.cursor.peek()? == Some(b':') => self.colon(),
            // A dash between words, `token - 5179…`, but no list.
            Some(b'-') if blanks > 0 && self.names_credential() => {
                let spaced = self.cursor.skip(&BLANK, 2)? > 0;
                self.bond = Bond::Faint;
                Ok(if spaced { self.bound(Binding::Sentence) } else { None })
            }
            _ => Ok(None),
        }
    }

    fn equals(&mut self, blanks: usize) -> Result<Option<Binding>, Unseen> {
        self.cursor.next()?;
        self.bound(Binding::Operator);
        let compared = self.cursor.skip(const { &ByteSet::EMPTY.with(b"=") }, 2)? > 0;
        if self.cursor.eat(b'>')? || self.cursor.eat(b'~')? || compared || blanks > 0 {
            let apart = self.cursor.skip(&BLANK, 8)? > 0 && blanks > 0;
            // What is compared, not assigned, with anything but a literal is code.
            if compared && apart && !quote::stands_at(&self.cursor)? {
                return Ok(None);
            }
            return Ok(self.bound(Binding::Operator));
        }
        let before = self.view.look_back(self.name.start(), 2);
        let starts =
            matches!(
                before,
                [] | [.., b'\n' | b'\r' | b' ' | b'\t' | b'"' | b'\'']
                    | [.., b'\\', b'n' | b't' | b'r']
            ) || boundary::ends_escape(self.view.look_back(self.name.start(), LONGEST_COLOUR));
        Ok(self.bound(if starts { Binding::Env } else { Binding::Operator }))
    }

    /// `:`, `:=`, `::=`, `:::=`, or a type annotation that ends with `=`; `::` alone is a path.
    fn colon(&mut self) -> Result<Option<Binding>, Unseen> {
        let colons = self.cursor.skip(const { &ByteSet::EMPTY.with(b":") }, 3)?;
        if self.cursor.eat(b'=')? {
            return Ok(self.bound(Binding::Operator));
        }
        if colons > 1 {
            return Ok(None);
        }
        self.cursor.skip(const { &ByteSet::EMPTY.with(b"*") }, 2)?;
        self.bound(Binding::Operator);
        let after = self.cursor.pos();
        if self.cursor.skip(&BLANK, 4)? < 4 && self.annotation()? {
            return Ok(self.bound(Binding::Operator));
        }
        self.cursor.jump(after);
        Ok(Some(Binding::Operator))
    }

    /// A type and `=`.
    pub(super) fn annotation(&mut self) -> Result<bool, Unseen> {
        if !self.cursor.peek()?.is_some_and(|b| b.is_ascii_alphabetic() || b"&*[".contains(&b)) {
            return Ok(false);
        }
        self.cursor.eat_word(b"&'static ")?;
        Ok(self.cursor.skip(&TYPE, 40)? > 0 && {
            let blanks = self.cursor.skip(&BLANK, 2)?;
            let equals = self.cursor.eat(b'=')?;
            let behind = self.cursor.peek()?;
            // One `=` between a word and a blank pads base64.
            let pads = blanks == 0 && behind.is_none_or(|b| b.is_ascii_whitespace());
            equals && !pads && !matches!(behind, Some(b'=' | b'~' | b'>'))
        })
    }

    /// `("NAME", "value")`, and `"name": "NAME", "value": "…"`, also with a member or two between them.
    fn pair(&mut self, quoted_name: bool) -> Result<Option<Binding>, Unseen> {
        self.cursor.next()?;
        self.bound(Binding::Operator);
        self.blanks_and_breaks()?;
        let after = self.cursor.pos();
        for _ in 0..3 {
            if self.value_key()? {
                return Ok(self.bound(Binding::Operator));
            }
            if !self.member()? {
                break;
            }
        }
        self.cursor.jump(after);
        // The arguments of a call; elsewhere it is a list, and mostly one of names.
        let before = self.view.before(self.name.start());
        let quote_before = before.is_some_and(|b| b == b'"' || b == b'\'');
        let opens = quote_before && self.view.before(self.name.start() - 1) == Some(b'(');
        self.bond = if opens { Bond::Firm } else { Bond::Faint };
        self.listed = true;
        let literal = quote::stands_at(&self.cursor)?;
        Ok((literal && (quoted_name || self.names_constant())).then_some(Binding::Operator))
    }

    /// The key of a value and its colon: `"value":`, `value=`. Nothing is taken if it is not there.
    pub(super) fn value_key(&mut self) -> Result<bool, Unseen> {
        let here = self.cursor.pos();
        let quoted = quote::open(&mut self.cursor)?.is_some();
        let inside = self.cursor.pos();
        if let Some(first) = self.cursor.peek()? {
            for (_, key) in VALUE_KEYS.beginning(first) {
                if self.cursor.eat_word(key)?
                    && (!quoted || quote::open(&mut self.cursor)?.is_some())
                {
                    self.cursor.skip(&BLANK, 4)?;
                    if self.cursor.eat(b':')? || self.cursor.eat(b'=')? {
                        return Ok(true);
                    }
                }
                self.cursor.jump(inside);
            }
        }
        self.cursor.jump(here);
        Ok(false)
    }

    /// A short member of an object and the comma behind it: `"type": "string",`.
    fn member(&mut self) -> Result<bool, Unseen> {
        let short = const { WORD.with(b"-. /") };
        if quote::open(&mut self.cursor)?.is_none()
            || self.cursor.skip(&short, 24)? == 0
            || quote::open(&mut self.cursor)?.is_none()
        {
            return Ok(false);
        }
        self.cursor.skip(&BLANK, 4)?;
        if !self.cursor.eat(b':')? {
            return Ok(false);
        }
        self.cursor.skip(&BLANK, 4)?;
        let opened = quote::open(&mut self.cursor)?.is_some();
        self.cursor.skip(&short, 40)?;
        if opened && quote::open(&mut self.cursor)?.is_none() || !self.cursor.eat(b',')? {
            return Ok(false);
        }
        self.blanks_and_breaks()?;
        Ok(true)
    }

    /// `"name";s:32:"value"`, as PHP writes arrays.
    fn php_string(&mut self) -> Result<Option<Binding>, Unseen> {
        self.cursor.next()?;
        if !self.cursor.eat(b's')? || !self.cursor.eat(b':')? {
            return Ok(None);
        }
        self.cursor.skip(const { &ByteSet::EMPTY.with_range(b'0', b'9') }, 6)?;
        Ok(if self.cursor.eat(b':')? { self.bound(Binding::Operator) } else { None })
    }

    /// `setPassword("v")`, `.password("v")`; not `getPassword("…")`.
    fn call(&mut self) -> Result<Option<Binding>, Unseen> {
        self.cursor.next()?;
        let name = self.name_bytes();
        let last = name.rsplit(|b| *b == b'.').next().unwrap_or(name).to_ascii_lowercase();
        if ASKS.iter().any(|verb| last.starts_with(verb)) || !quote::stands_at(&self.cursor)? {
            return Ok(None);
        }
        self.bond = Bond::Loose;
        Ok(self.bound(Binding::Call))
    }

    /// `password (prod): v`.
    fn parenthesis(&mut self) -> Result<Option<Binding>, Unseen> {
        self.cursor.next()?;
        let within = const { ByteSet::EMPTY.with_range(b' ', b'\'').with_range(b'*', 0xff) };
        self.cursor.skip(&within, 40)?;
        if !self.cursor.eat(b')')? {
            return Ok(None);
        }
        self.bond = Bond::Loose;
        self.cursor.skip(&BLANK, 2)?;
        match self.cursor.peek()? {
            Some(b':') => self.colon(),
            Some(b'=') => self.equals(1),
            Some(_) => self.sentence(),
            None => Ok(None),
        }
    }

    /// `%3D`, `%253A`, `\u003d`.
    fn percent_or_escape(&mut self) -> Result<bool, Unseen> {
        for sign in [&b"%3d"[..], b"%253d", b"%3a", b"%253a"] {
            if self.cursor.eat_word(sign)? {
                self.percent = true;
                // A blank, as addresses and as forms write it.
                if !self.cursor.eat_word(b"%20")? {
                    self.cursor.eat(b'+')?;
                }
                return Ok(true);
            }
        }
        self.cursor.eat_word(b"\\u003d")
    }

    /// `- name: DB_PASSWORD`, and on the next line `value: v`.
    fn value_on_next_line(&mut self) -> Result<Option<Binding>, Unseen> {
        if !self.line_break()? {
            return Ok(None);
        }
        self.cursor.skip(&BLANK, 40)?;
        Ok(if self.value_key()? { self.bound(Binding::Operator) } else { None })
    }

    /// `password:`, and indented on one of the next lines `value: v`.
    pub(super) fn nested_value(&mut self, binding: Binding) -> Result<(), Unseen> {
        let here = self.cursor.pos();
        if binding != Binding::Operator {
            return Ok(());
        }
        self.cursor.skip(&BLANK, 4)?;
        let line = const { ByteSet::EMPTY.with_range(b' ', 0xff).without(b"\\") };
        for _ in 0..3 {
            if !self.line_break()? || self.cursor.skip(&BLANK, 40)? == 0 {
                break;
            }
            if self.value_key()? {
                self.bond = Bond::Loose;
                return Ok(());
            }
            self.cursor.skip(&line, 80)?;
        }
        self.cursor.jump(here);
        Ok(())
    }

    /// Whether the name is that of an element: `<password>`, `<ns:password>`.
    fn in_tag(&self) -> bool {
        let back = self.view.look_back(self.name.start(), 24);
        let space = back.iter().rev().take_while(|b| WORD.contains(**b) || b"-:".contains(*b));
        let space = space.count();
        back.len().checked_sub(space + 1).and_then(|at| back.get(at)) == Some(&b'<')
    }

    /// Whether the name is what an attribute names an element by: `<property name="password">`.
    fn names_element(&self) -> bool {
        let back = self.view.look_back(self.name.start(), 16);
        let back = back.strip_suffix(b"\"").or_else(|| back.strip_suffix(b"'")).unwrap_or(back);
        let back = back.strip_suffix(b"\\").unwrap_or(back);
        back.ends_with(b"name=") || back.ends_with(b"key=")
    }

    /// The attributes of an element and the end of its tag.
    fn attributes(&mut self) -> Result<Option<Binding>, Unseen> {
        let inside =
            const { ByteSet::EMPTY.with_range(b' ', b';').with(b"=\\").with_range(b'@', 0xff) };
        self.cursor.skip(&inside, 80)?;
        let closed = self.view.before(self.cursor.pos()) != Some(b'/') && self.cursor.eat(b'>')?;
        Ok(if closed { self.bound(Binding::Tag) } else { None })
    }
}
