//! Values without quotes: how far they go, which depends on what binds them and on how the line began.
//!
//! Behind `NAME=` in a shell or env file a value goes on to white space, and so it does behind `name: ` at the start of a
//! line and in a sentence: passwords hold `&`, `<`, `;` and brackets. Elsewhere such marks belong to the code, the query
//! string or the connection string around the value. Leaves out: whether what was read is believable.

use super::{BLANK, Binding, Parser, SLASH};
use crate::check::randomness::log_odds;
use crate::rules::rule::LONGEST_VALUE;
use crate::text::byteset::ByteSet;
use crate::text::span::Span;
use crate::text::view::Unseen;

/// What ends an unquoted value in code, query strings and connection strings. The two lead bytes are those of Chinese and
/// Japanese punctuation.
const STOP: ByteSet = ByteSet::EMPTY.with_range(0, b' ').with(b"\"'`<>;,&()[]{}|\\\xe3\xef");
/// What ends one that goes on to white space: in a shell or env file, and elsewhere.
const STOP_ENV: ByteSet = ByteSet::EMPTY.with_range(0, b' ').with(b"\"'`\\");
const STOP_OPEN: ByteSet = STOP_ENV.with(b"\xe3\xef");
/// What may stand on a line before a name whose value goes on to white space.
const OPENS_LINE: ByteSet = ByteSet::ALNUM.with(b" \t_-./#>+*");
/// Marks between pairs: `a=1;b=2`, `a=1&b=2`, `a: 1, b: 2`.
const BETWEEN: ByteSet = ByteSet::EMPTY.with(b";&,|");
const BRACKETS: ByteSet = ByteSet::EMPTY.with(b"()[]{}");
/// What makes an escape of a backslash, so that it is no character of the value.
const ESCAPES: ByteSet = ByteSet::EMPTY.with_range(0, b' ').with(b"nrtbfvux0/\"'`");
/// What may end a value only by being listed in what does.
const PLAIN: ByteSet = ByteSet::EMPTY
    .with_range(0, 0xff)
    .without(b"\\<;&,|")
    .without(&[0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed]);
const LETTER: ByteSet = ByteSet::EMPTY.with_range(b'A', b'Z').with_range(b'a', b'z');
const DIGIT: ByteSet = ByteSet::EMPTY.with_range(b'0', b'9');
/// The longest beginning of a line that is looked at before a name.
const LONGEST_LEAD: usize = 64;
/// Bits below which a value with brackets or operators is code.
const NO_CODE: f32 = 16.0;

/// Whether a value has brackets or operators as code has; passwords have them, too.
fn is_like_code(value: &[u8]) -> bool {
    value.iter().any(|b| BRACKETS.contains(*b))
        || value.windows(2).any(|w| matches!(w, b"&&" | b"||" | b"==" | b"->" | b"=>"))
}

impl Parser<'_> {
    pub(super) fn bare(&mut self, binding: Binding) -> Result<Option<(Span, bool)>, Unseen> {
        let start = self.cursor.pos();
        self.hold_here();
        if let Some(stop) = self.wide_stop(binding) {
            if let Some(whole) = self.run(&stop, binding)? {
                let end = self.without_marks(start, whole, binding);
                let value = self.view.slice(start, end);
                let plain = !stop.contains(b';') && !is_like_code(value);
                if plain || log_odds(value) >= NO_CODE {
                    return Ok(self.kept(start, end, whole).map(|span| (span, false)));
                }
            }
            self.cursor.jump(start);
        }
        let stop = match binding {
            Binding::Env if !self.percent => STOP_ENV,
            Binding::Tag => const { ByteSet::EMPTY.with(b"<\n\r]") },
            Binding::Cell => const { STOP_ENV.with(b"<>|") },
            _ => STOP,
        };
        let Some(whole) = self.run(&stop, binding)? else { return Ok(None) };
        // A call or an index behind the value makes it code.
        if binding != Binding::Env && matches!(self.cursor.peek()?, Some(b'(' | b'[' | b'{')) {
            return Ok(None);
        }
        let end = self.without_marks(start, whole, binding);
        Ok(self.kept(start, end, whole).map(|span| (span, binding == Binding::Tag)))
    }

    /// `sk-…` written with three dots is a beginning without a rest.
    fn kept(&self, start: usize, end: usize, whole: usize) -> Option<Span> {
        let dots = self.view.slice(end, whole).starts_with(b"...");
        (end > start && !dots).then(|| Span::new(start, end))
    }

    /// What ends a value that holds any other mark: in a sentence, at the start of a line, in a connection string.
    fn wide_stop(&self, binding: Binding) -> Option<ByteSet> {
        let listed = || self.view.before(self.name.start()) == Some(b';');
        match binding {
            Binding::Sentence => Some(STOP_OPEN),
            Binding::Operator if self.percent => None,
            Binding::Operator if self.opens_line() => Some(STOP_OPEN),
            Binding::Operator if listed() => Some(const { STOP_OPEN.with(b";") }),
            _ => None,
        }
    }

    /// Whether nothing but words, indentation and marks of lists and comments stands before the name on its line.
    fn opens_line(&self) -> bool {
        let back = self.view.look_back(self.name.start(), LONGEST_LEAD);
        let lead = back.iter().rev().take_while(|b| OPENS_LINE.contains(**b)).count();
        let (before, lead) = back.split_at(back.len() - lead);
        match before.last() {
            None => lead.len() < LONGEST_LEAD,
            Some(b'\\') => matches!(lead, [b'n' | b'r' | b't', ..]),
            Some(b) => b"\r\n\"'`".contains(b),
        }
    }

    /// Goes on to where `stop`, or what stands around a value, ends it; `None` if that is too far.
    fn run(&mut self, stop: &ByteSet, binding: Binding) -> Result<Option<usize>, Unseen> {
        let start = self.cursor.pos();
        let to_blank = !stop.contains(b'<') && binding != Binding::Tag;
        // In capitals it is the variable of a shell or env file, whose value is anything.
        let shell =
            binding == Binding::Env && !self.name_bytes().iter().any(u8::is_ascii_lowercase);
        // What needs no look at what comes behind it.
        let mut plain = PLAIN.minus(*stop);
        if self.percent {
            plain = plain.without(b"%");
        }
        loop {
            self.cursor
                .skip(&plain, (start + LONGEST_VALUE + 1).saturating_sub(self.cursor.pos()))?;
            let here = self.cursor.pos();
            if here - start > LONGEST_VALUE {
                return Ok(None);
            }
            let ends = match self.cursor.peek()? {
                Some(b'\\') if self.escaped_character(stop)? => continue,
                Some(b'\\') if to_blank && self.lone_slash()? => continue,
                Some(b'%') if self.percent => self.encoded_separator()?,
                // Korean and Chinese write particles and verbs right behind it.
                Some(0xe4..=0xed) if binding != Binding::Tag => here > start,
                Some(b'<') if to_blank => here == start || self.at_tag()?,
                Some(b) if to_blank && !shell && BETWEEN.contains(b) => self.at_pair(binding)?,
                Some(b) => stop.contains(b),
                None => true,
            };
            if ends {
                return Ok(Some(here));
            }
            self.cursor.next()?;
        }
    }

    /// Takes a backslash that belongs to the value, and not to an escape.
    fn lone_slash(&mut self) -> Result<bool, Unseen> {
        let mut ahead = self.cursor.clone();
        ahead.skip(&SLASH, 2)?;
        let belongs = ahead.peek()?.is_some_and(|b| !ESCAPES.contains(b) && b != b'\\');
        if belongs {
            self.cursor = ahead;
        }
        Ok(belongs)
    }

    /// Whether a tag comes next: `</td>`, `<br>`.
    fn at_tag(&self) -> Result<bool, Unseen> {
        let mut ahead = self.cursor.at(self.cursor.pos() + 1);
        if matches!(ahead.peek()?, Some(b'/' | b'!')) {
            return Ok(true);
        }
        if ahead.skip(&LETTER, 10)? == 0 {
            return Ok(false);
        }
        ahead.skip(&DIGIT, 1)?;
        Ok(matches!(ahead.peek()?, Some(b'>' | b'/' | b' ')))
    }

    /// Whether the mark that comes next stands between pairs or, in a shell, between commands.
    fn at_pair(&self, binding: Binding) -> Result<bool, Unseen> {
        let mut ahead = self.cursor.clone();
        let mark = ahead.next()?;
        if binding == Binding::Env && ahead.peek()? == mark {
            return Ok(true);
        }
        ahead.skip(&BLANK, 2)?;
        let word = const { LETTER.union(DIGIT).with(b"_-. ") };
        let named = ahead.peek()?.is_some_and(|b| LETTER.contains(b)) && ahead.skip(&word, 32)? > 1;
        Ok(named && matches!(ahead.peek()?, Some(b'=' | b':')))
    }

    /// Where a value ends without the marks of a sentence, a list, or the brackets around it.
    fn without_marks(&self, start: usize, end: usize, binding: Binding) -> usize {
        // The end of a sentence; elsewhere people end passwords with an exclamation mark.
        let marks = if binding == Binding::Sentence { &b".,:;!?"[..] } else { b".,:;" };
        let emphasis = self.view.look_back(start, 2) == b"**";
        let mut value = self.view.slice(start, end);
        loop {
            let open = |b: u8| value.contains(&b);
            value = match value {
                [rest @ .., last] if marks.contains(last) => rest,
                [rest @ .., b'>'] if !open(b'<') => rest,
                [rest @ .., b' '] if binding == Binding::Tag => rest,
                [rest @ .., b'*', b'*'] if emphasis => rest,
                _ if matches!(binding, Binding::Env | Binding::Tag | Binding::Cell) => break,
                [rest @ .., b')'] if !open(b'(') => rest,
                [rest @ .., b']'] if !open(b'[') => rest,
                [rest @ .., b'}'] if !open(b'{') => rest,
                _ => break,
            };
        }
        start + value.len()
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

    /// Whether a separator of a URL comes next that is itself encoded: `%26`, `%20`, `%22`.
    fn encoded_separator(&self) -> Result<bool, Unseen> {
        for sign in [&b"%26"[..], b"%20", b"%22", b"%27", b"%0a", b"%0d", b"%3b", b"%2c"] {
            if self.cursor.clone().eat_word(sign)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
