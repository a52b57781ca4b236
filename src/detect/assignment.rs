//! Names and the values given to them, in whatever language the text is written.
//!
//! From a keyword the parser reads the whole name, then what binds a value to it (`=`, `:`, `=>`, `is`, a tag, a
//! flag, a key-value pair of JSON), then the value in its quotes, at any depth of escaping. It reads through a
//! [`Cursor`] and so suspends, rather than decides, where the window ends. It judges nothing.

use super::boundary;
use super::cursor::Cursor;
use crate::check::allow::PLACEHOLDER;
use crate::rules::rule::LONGEST_VALUE;
use crate::text::byteset::ByteSet;
use crate::text::span::Span;
use crate::text::view::{Unseen, View};

/// The farthest a name may reach to either side of its keyword.
const LONGEST_NAME: usize = 64;
/// The deepest escaping of a quote: `\"` is 1, `\\\"` is 3.
const DEEPEST_QUOTE: usize = 15;

const NAME: ByteSet = ByteSet::ALNUM.with(b"_-.").with_range(0x80, 0xff);
const BLANK: ByteSet = ByteSet::EMPTY.with(b" \t");
const MARKUP: ByteSet = ByteSet::EMPTY.with(b"*`_");
const QUOTES: ByteSet = ByteSet::EMPTY.with(b"\"'`");
const TYPE: ByteSet = ByteSet::ALNUM.with(b"_.:<>[]|&?*");
/// What ends an unquoted value in code, sentences, query strings and connection strings. The two lead bytes are those of
/// Chinese and Japanese punctuation.
const STOP: ByteSet = ByteSet::EMPTY.with_range(0, b' ').with(b"\"'`<>;,&()[]{}|\\\xe3\xef");
/// What ends an unquoted value in a shell or env file.
const STOP_ENV: ByteSet = ByteSet::EMPTY.with_range(0, b' ').with(b"\"'`<>\\");

/// Operators and verbs beyond ASCII: the wide colon and equals sign, "is" in Chinese, Japanese and Korean, an arrow.
const WIDE: [&str; 9] = ["：", "＝", "→", "是", "为", "為", "は", "는", "은"];
/// Verbs and phrases that bind a value in a sentence, behind a blank.
const VERBS: [&[u8]; 13] = [
    b"is set to ",
    b"is now ",
    b"is: ",
    b"is ",
    b"was ",
    b"are ",
    b"to ",
    b"ist ",
    b"lautet ",
    b"est ",
    b"es ",
    b"equals ",
    b"value ",
];

/// A name and the value bound to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) name: Span,
    pub(crate) value: Span,
    /// Whether the value stood in quotes or between tags.
    pub(crate) quoted: bool,
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
}

/// What came of reading from a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// Nothing is assigned here.
    Nothing,
    /// Something is.
    Bound(Assignment),
    /// The window ended; a value can begin at this offset at the earliest.
    Suspended { hold: usize },
}

/// Reads the assignment whose name holds the keyword `keyword`.
pub(crate) fn parse(view: &View<'_>, keyword: Span) -> Parsed {
    let start = name_start(view, keyword.start());
    // The rule's name in one of our own placeholders is no name of a value.
    if view.look_back(start, PLACEHOLDER.len()).ends_with(PLACEHOLDER) {
        return Parsed::Nothing;
    }
    let mut parser = Parser {
        cursor: Cursor::new(*view, keyword.end()),
        view: *view,
        name_start: start,
        hold: None,
    };
    match parser.read(keyword) {
        Ok(Some(assignment)) => Parsed::Bound(assignment),
        Ok(None) => Parsed::Nothing,
        Err(Unseen) => Parsed::Suspended { hold: parser.hold.unwrap_or(view.end()) },
    }
}

/// Where the name around `keyword_start` begins.
fn name_start(view: &View<'_>, keyword_start: usize) -> usize {
    let back = view.look_back(keyword_start, LONGEST_NAME);
    let len = back.iter().rev().take_while(|b| NAME.contains(**b)).count();
    let mut start = keyword_start - len;
    // In `\nPASSWORD=` the first letter belongs to the escape.
    if len > 0
        && view.before(start) == Some(b'\\')
        && boundary::ends_escape(view.look_back(start + 1, 2))
    {
        start += 1;
    }
    start
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    view: View<'a>,
    name_start: usize,
    hold: Option<usize>,
}

impl Parser<'_> {
    fn read(&mut self, keyword: Span) -> Result<Option<Assignment>, Unseen> {
        self.rest_of_name()?;
        let name = Span::new(self.name_start, self.cursor.pos());
        let quoted_name = self.close_name()?;
        let Some(binding) = self.binding(name, quoted_name)? else { return Ok(None) };
        debug_assert!(name.end() >= keyword.end(), "a name holds its keyword");
        self.scheme_and_blanks(binding)?;
        let value = self.value(binding, quoted_name)?;
        Ok(value.map(|(value, quoted)| Assignment { name, value, quoted }))
    }

    fn rest_of_name(&mut self) -> Result<(), Unseen> {
        for _ in 0..LONGEST_NAME {
            match self.cursor.peek()? {
                // A dot or dash belongs to a name only if the name goes on behind it.
                Some(b'.' | b'-') => {
                    let mut after = self.cursor.at(self.cursor.pos() + 1);
                    if !after.next()?.is_some_and(|b| b.is_ascii_alphanumeric()) {
                        break;
                    }
                }
                Some(b) if NAME.contains(b) => {
                    if b >= 0x80 && self.at_wide_operator()? {
                        break;
                    }
                }
                _ => break,
            }
            self.cursor.next()?;
        }
        Ok(())
    }

    /// Whether an operator or verb of a language that writes without spaces comes next.
    fn at_wide_operator(&self) -> Result<bool, Unseen> {
        for word in WIDE {
            if self.cursor.clone().eat_word(word.as_bytes())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The operator ends here; nothing before this offset can belong to a value.
    fn bound(&mut self, binding: Binding) -> Option<Binding> {
        self.hold = Some(self.cursor.pos());
        Some(binding)
    }

    /// Closing quotes, brackets and markup behind the name. Whether there was a quote.
    fn close_name(&mut self) -> Result<bool, Unseen> {
        self.cursor.skip(&ByteSet::EMPTY.with(b"\\"), DEEPEST_QUOTE)?;
        let quoted = self.cursor.skip(&QUOTES, 1)? == 1;
        self.cursor.skip(&MARKUP, 3)?;
        self.cursor.skip(&ByteSet::EMPTY.with(b")]}"), 2)?;
        Ok(quoted)
    }

    fn binding(&mut self, name: Span, quoted_name: bool) -> Result<Option<Binding>, Unseen> {
        let blanks = self.cursor.skip(&BLANK, 8)?;
        // Whatever binds, the value does not begin before this.
        self.hold = Some(self.cursor.pos());
        let flag = self.view.look_back(name.start(), 2).ends_with(b"-")
            || self.view.slice(name.start(), name.end()).starts_with(b"-");
        match self.cursor.peek()? {
            Some(b'=') => self.equals(name, blanks),
            Some(b':') => self.colon(),
            Some(b'>') if self.view.before(name.start()) == Some(b'<') => {
                self.cursor.next()?;
                Ok(self.bound(Binding::Tag))
            }
            Some(b',') if quoted_name => self.pair(),
            Some(b'|') if blanks > 0 => {
                self.cursor.next()?;
                Ok(self.bound(Binding::Operator))
            }
            Some(0x80..) => self.wide(),
            Some(b) if blanks > 0 && flag && !b.is_ascii_whitespace() && b != b'-' => {
                Ok(Some(Binding::Env))
            }
            Some(b) if blanks > 0 && b.is_ascii_alphabetic() => self.verb(),
            _ => Ok(None),
        }
    }

    fn equals(&mut self, name: Span, blanks: usize) -> Result<Option<Binding>, Unseen> {
        self.cursor.next()?;
        self.bound(Binding::Operator);
        let compared = self.cursor.skip(&ByteSet::EMPTY.with(b"="), 2)? > 0;
        if self.cursor.eat(b'>')? || self.cursor.eat(b'~')? || compared || blanks > 0 {
            return Ok(Some(Binding::Operator));
        }
        let before = self.view.look_back(name.start(), 2);
        let starts = matches!(
            before,
            [] | [.., b'\n' | b'\r' | b' ' | b'\t' | b'"' | b'\'']
                | [.., b'\\', b'n' | b't' | b'r']
        );
        Ok(Some(if starts { Binding::Env } else { Binding::Operator }))
    }

    /// `:`, `:=`, `::`, or a type annotation that ends with `=`.
    fn colon(&mut self) -> Result<Option<Binding>, Unseen> {
        self.cursor.next()?;
        self.bound(Binding::Operator);
        if self.cursor.eat(b':')? {
            return Ok(None);
        }
        self.cursor.eat(b'=')?;
        self.cursor.skip(&MARKUP, 2)?;
        let after = self.cursor.pos();
        if self.cursor.skip(&BLANK, 4)? < 4
            && self.cursor.peek()?.is_some_and(|b| b.is_ascii_alphabetic() || b == b'&')
        {
            self.cursor.skip(&TYPE, 40)?;
            self.cursor.skip(&BLANK, 2)?;
            if self.cursor.eat(b'=')? && !self.cursor.eat(b'=')? {
                return Ok(Some(Binding::Operator));
            }
        }
        self.cursor.jump(after);
        Ok(Some(Binding::Operator))
    }

    /// `("NAME", "value")`, and `"name": "NAME", "value": "…"`.
    fn pair(&mut self) -> Result<Option<Binding>, Unseen> {
        self.cursor.next()?;
        self.bound(Binding::Operator);
        self.blanks_and_breaks()?;
        let after = self.cursor.pos();
        self.cursor.skip(&ByteSet::EMPTY.with(b"\\"), DEEPEST_QUOTE)?;
        if self.cursor.skip(&QUOTES, 1)? == 1 && self.cursor.eat_word(b"value")? {
            self.cursor.skip(&ByteSet::EMPTY.with(b"\\"), DEEPEST_QUOTE)?;
            if self.cursor.skip(&QUOTES, 1)? == 1 {
                self.cursor.skip(&BLANK, 4)?;
                if self.cursor.eat(b':')? {
                    return Ok(Some(Binding::Operator));
                }
            }
        }
        self.cursor.jump(after);
        self.cursor.skip(&ByteSet::EMPTY.with(b"\\"), DEEPEST_QUOTE)?;
        let quote = self.cursor.peek()?.is_some_and(|b| QUOTES.contains(b));
        self.cursor.jump(after);
        Ok(quote.then_some(Binding::Operator))
    }

    fn wide(&mut self) -> Result<Option<Binding>, Unseen> {
        for word in WIDE {
            if self.cursor.eat_word(word.as_bytes())? {
                return Ok(self.bound(Binding::Sentence));
            }
        }
        Ok(None)
    }

    fn verb(&mut self) -> Result<Option<Binding>, Unseen> {
        for word in VERBS {
            if self.cursor.eat_word(word)? {
                return Ok(self.bound(Binding::Sentence));
            }
        }
        Ok(None)
    }

    fn blanks_and_breaks(&mut self) -> Result<(), Unseen> {
        self.cursor.skip(&BLANK.with(b"\r\n"), 24)?;
        // A line break that is itself escaped, as in JSON within JSON.
        while self.cursor.peek()? == Some(b'\\') {
            let mut ahead = self.cursor.clone();
            ahead.skip(&ByteSet::EMPTY.with(b"\\"), DEEPEST_QUOTE)?;
            if !matches!(ahead.next()?, Some(b'n' | b'r' | b't')) {
                break;
            }
            self.cursor = ahead;
            self.cursor.skip(&BLANK, 24)?;
        }
        Ok(())
    }

    /// Blanks before the value, and the scheme of an `Authorization` header.
    fn scheme_and_blanks(&mut self, binding: Binding) -> Result<(), Unseen> {
        if binding == Binding::Env {
            self.cursor.skip(&BLANK, 8)?;
            return Ok(());
        }
        self.cursor.skip(&BLANK, 16)?;
        if binding == Binding::Operator {
            // A value may stand on the next line, but then it must be quoted.
            let here = self.cursor.pos();
            self.blanks_and_breaks()?;
            if self.cursor.pos() != here {
                let mut ahead = self.cursor.clone();
                ahead.skip(&ByteSet::EMPTY.with(b"\\"), DEEPEST_QUOTE)?;
                if !ahead.peek()?.is_some_and(|b| QUOTES.contains(b)) {
                    self.cursor.jump(here);
                }
            }
        }
        self.scheme()
    }

    fn scheme(&mut self) -> Result<(), Unseen> {
        for scheme in [&b"bearer "[..], b"basic ", b"token ", b"apikey ", b"bot "] {
            if self.cursor.eat_word(scheme)? {
                self.cursor.skip(&BLANK, 4)?;
                break;
            }
        }
        Ok(())
    }

    fn value(
        &mut self,
        binding: Binding,
        quoted_name: bool,
    ) -> Result<Option<(Span, bool)>, Unseen> {
        let here = self.cursor.pos();
        let depth = self.cursor.skip(&ByteSet::EMPTY.with(b"\\"), DEEPEST_QUOTE)?;
        // One letter may stand before a string literal: `b"…"`, `f"…"`, `@"…"`.
        if depth == 0 {
            let mut ahead = self.cursor.clone();
            if ahead.next()?.is_some_and(|b| b"bfruL@$".contains(&b))
                && ahead.peek()?.is_some_and(|b| b == b'"' || b == b'\'')
            {
                self.cursor = ahead;
            }
        }
        if let Some(quote) = self.cursor.peek()?.filter(|b| QUOTES.contains(*b)) {
            self.cursor.next()?;
            return self.quoted(quote, depth);
        }
        self.cursor.jump(here);
        let value = self.bare(binding)?;
        // A number behind a quoted name is JSON: nothing else can stand in its place there.
        Ok(value.filter(|(span, _)| {
            let number = |b: &u8| b.is_ascii_digit() || b"+-.eE".contains(b);
            !(quoted_name && self.view.slice(span.start(), span.end()).iter().all(number))
        }))
    }

    /// A value in quotes, behind the opening one. `depth`: backslashes before that.
    fn quoted(&mut self, quote: u8, depth: usize) -> Result<Option<(Span, bool)>, Unseen> {
        if self.cursor.peek()? == Some(quote) && depth == 0 {
            // Empty, or three quotes in a row.
            self.cursor.next()?;
            if !self.cursor.eat(quote)? {
                return Ok(None);
            }
        }
        self.scheme()?;
        let start = self.cursor.pos();
        self.hold = Some(start);
        let mut slashes = 0;
        while self.cursor.pos() - start <= LONGEST_VALUE {
            match self.cursor.next()? {
                None | Some(b'\n') => return Ok(None),
                Some(b'\\') => slashes += 1,
                Some(b) if b == quote && closes(slashes, depth) => {
                    let end = self.cursor.pos() - 1 - slashes;
                    return Ok((end > start).then(|| (Span::new(start, end), true)));
                }
                // The string in which this one was opened ends first: `{"log": "token='abc", …}`.
                Some(b'"') if quote != b'"' && depth == 0 && slashes == 0 => {
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

    /// Takes an escape such as `\u0026` if the character it stands for belongs to the value.
    fn escaped_character(&mut self, stop: &ByteSet) -> Result<bool, Unseen> {
        let mut ahead = self.cursor.clone();
        ahead.next()?;
        if ahead.next()? != Some(b'u') {
            return Ok(false);
        }
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = ahead.next()?.and_then(|b| char::from(b).to_digit(16)) else {
                return Ok(false);
            };
            code = code * 16 + digit;
        }
        let belongs = u8::try_from(code).map_or(true, |b| !stop.contains(b));
        if belongs {
            self.cursor = ahead;
        }
        Ok(belongs)
    }

    fn bare(&mut self, binding: Binding) -> Result<Option<(Span, bool)>, Unseen> {
        let start = self.cursor.pos();
        self.hold = Some(start);
        let stop = match binding {
            Binding::Env => STOP_ENV,
            Binding::Tag => ByteSet::EMPTY.with(b"<\n\r"),
            Binding::Operator | Binding::Sentence => STOP,
        };
        let mut end = loop {
            match self.cursor.peek()? {
                Some(b'\\') if self.escaped_character(&stop)? => {}
                Some(b) if !stop.contains(b) => {
                    self.cursor.next()?;
                }
                _ => break self.cursor.pos(),
            }
            if self.cursor.pos() - start > LONGEST_VALUE {
                return Ok(None);
            }
        };
        // A call or an index behind the value makes it code.
        if binding != Binding::Env && matches!(self.cursor.peek()?, Some(b'(' | b'[' | b'{')) {
            return Ok(None);
        }
        while end > start && b".,:;!?".contains(&self.view.before(end).unwrap_or(0)) {
            // The end of a sentence is no part of a password; inside it, it is.
            end -= 1;
        }
        Ok((end > start).then(|| (Span::new(start, end), binding == Binding::Tag)))
    }
}

/// Whether a quote behind `slashes` backslashes closes a string that was opened behind `depth` of them.
fn closes(slashes: usize, depth: usize) -> bool {
    if depth == 0 { usize::is_multiple_of(slashes, 2) } else { slashes <= depth }
}
