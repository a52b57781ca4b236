//! The name around a keyword: where it begins, where it ends, and what closes it.

use super::quote;
use super::{BLANK, Parser};
use crate::detect::boundary;
use crate::rules::keywords::{GOES_ON, MOST_WORDS};
use crate::text::byteset::ByteSet;
use crate::text::view::{Unseen, View};

/// The farthest a name may reach to either side of its keyword.
const LONGEST: usize = 64;
/// What opens a colour code: `\u001b[`.
const COLOUR: usize = 8;

const NAME: ByteSet = ByteSet::ALNUM.with(b"_-.").with_range(0x80, 0xff);
const MARKUP: ByteSet = ByteSet::EMPTY.with(b"*`_");

/// How names of credentials end, as far as one may stand before its value without anything between.
const CREDENTIAL: [&[u8]; 19] = [
    b"identified by",
    b"access",
    b"private",
    b"key",
    b"token",
    b"secret",
    b"password",
    b"passwd",
    b"passwort",
    b"kennwort",
    b"senha",
    b"contrase\xc3\xb1a",
    b"pass",
    b"pwd",
    b"passphrase",
    b"passcode",
    b"credential",
    b"authorization",
    b"bearer",
];

/// Where the name around a keyword at `keyword` begins.
pub(super) fn start(view: &View<'_>, keyword: usize) -> usize {
    let back = view.look_back(keyword, LONGEST);
    let len = back.iter().rev().take_while(|b| NAME.contains(**b)).count();
    let start = keyword - len;
    // A colour before the name ends with digits and a letter: `ESC[32mPASSWORD`.
    if view.before(start) == Some(b'[') {
        let ends = |n: &usize| boundary::ends_escape(view.look_back(start + n, n + COLOUR));
        return (1..=len.min(8)).find(ends).map_or(start, |n| start + n);
    }
    // In `\nPASSWORD=`, `\u0022PASSWORD` and `%26PASSWORD` the first characters belong to the escape.
    if matches!(view.before(start), Some(b'\\' | b'%')) {
        let ends = |n: &usize| boundary::ends_escape(view.look_back(start + n, n + 1));
        return (1..=len.min(5)).find(ends).map_or(start, |n| start + n);
    }
    start
}

/// Whether bytes beyond ASCII are quotes, brackets or other marks: no name goes on over them.
fn is_mark(next: [Option<u8>; 3]) -> bool {
    match next {
        [Some(0xe3), Some(0x80), _] | [Some(0xef), Some(0xbc | 0xbd), _] => true,
        // Dashes and quotes; the joiners before them are letters in some languages.
        [Some(0xe2), Some(0x80), Some(third)] => third >= 0x90,
        [Some(0xe2), Some(0x86), _] => true,
        [Some(0xc2), Some(second), _] => matches!(second, 0xa0 | 0xab | 0xbb),
        _ => false,
    }
}

impl Parser<'_> {
    pub(super) fn rest_of_name(&mut self) -> Result<(), Unseen> {
        for _ in 0..LONGEST {
            match self.cursor.peek()? {
                // A dot or dash belongs to a name only if the name goes on behind it.
                Some(b'.' | b'-') => {
                    let mut after = self.cursor.at(self.cursor.pos() + 1);
                    if !after.next()?.is_some_and(|b| b.is_ascii_alphanumeric()) {
                        break;
                    }
                }
                Some(0x80..) => {
                    if self.at_mark()? || self.at_wide_operator()? {
                        break;
                    }
                }
                Some(b) if NAME.contains(b) => {}
                _ => break,
            }
            self.cursor.next()?;
        }
        Ok(())
    }

    /// Whether a mark beyond ASCII comes next.
    pub(super) fn at_mark(&self) -> Result<bool, Unseen> {
        let pos = self.cursor.pos();
        let first = self.view.byte(pos)?;
        if first.is_none_or(|b| b < 0x80) {
            return Ok(false);
        }
        Ok(is_mark([first, self.view.byte(pos + 1)?, self.view.byte(pos + 2)?]))
    }

    /// Words behind a blank that go on with the name. A flag has none: its value may be such a word.
    pub(super) fn more_of_name(&mut self) -> Result<(), Unseen> {
        if self.name_is_flag() {
            return Ok(());
        }
        for _ in 0..MOST_WORDS {
            let here = self.cursor.pos();
            if self.cursor.skip(&BLANK, 2)? == 0 || !self.eat_name_word()? {
                self.cursor.jump(here);
                break;
            }
        }
        Ok(())
    }

    fn eat_name_word(&mut self) -> Result<bool, Unseen> {
        let here = self.cursor.pos();
        let Some(first) = self.cursor.peek()? else { return Ok(false) };
        let begins = |word: &&[u8]| word.first() == Some(&first.to_ascii_lowercase());
        for word in GOES_ON.into_iter().filter(begins) {
            if self.cursor.eat_word(word)? {
                if !self.cursor.peek()?.is_some_and(|b| NAME.contains(b)) {
                    return Ok(true);
                }
                self.cursor.jump(here);
            }
        }
        Ok(false)
    }

    /// Closing quotes, brackets and markup behind the name. Whether there was a quote.
    pub(super) fn close_name(&mut self) -> Result<bool, Unseen> {
        let brackets = ByteSet::EMPTY.with(b")]}");
        let quoted = quote::open(&mut self.cursor)?.is_some();
        self.cursor.skip(&MARKUP, 3)?;
        if self.cursor.skip(&brackets, 2)? == 0 {
            // `password[] = "…"`, `password[32] = "…"`
            let here = self.cursor.pos();
            if self.cursor.eat(b'[')? {
                self.cursor.skip(const { &ByteSet::ALNUM.with(b"_+") }, 24)?;
                if !self.cursor.eat(b']')? {
                    self.cursor.jump(here);
                }
            }
        }
        self.colours()?;
        Ok(quoted)
    }

    /// Passes over colour codes of a terminal: `ESC[1;31m`, also escaped.
    pub(super) fn colours(&mut self) -> Result<(), Unseen> {
        for _ in 0..3 {
            let here = self.cursor.pos();
            let opened = match self.cursor.peek()? {
                Some(0x1b) => self.cursor.eat(0x1b)?,
                Some(b'\\') => {
                    self.cursor.skip(&ByteSet::EMPTY.with(b"\\"), 4)?;
                    self.cursor.eat_word(b"u001b")?
                        || self.cursor.eat_word(b"x1b")?
                        || self.cursor.eat_word(b"033")?
                        || self.cursor.eat_word(b"e")?
                }
                _ => false,
            };
            let coloured = opened && self.cursor.eat(b'[')? && {
                self.cursor.skip(&ByteSet::EMPTY.with_range(b'0', b'9').with(b";"), 12)?;
                self.cursor.next()?.is_some_and(|b| b.is_ascii_alphabetic())
            };
            if !coloured {
                self.cursor.jump(here);
                break;
            }
        }
        Ok(())
    }

    /// Whether the name is `--password` or `-p`.
    pub(super) fn name_is_flag(&self) -> bool {
        self.view.look_back(self.name.start(), 2).ends_with(b"-")
            || self.name_bytes().starts_with(b"-")
    }

    /// Whether the name ends like the name of a credential.
    pub(super) fn names_credential(&self) -> bool {
        let name = self.name_bytes();
        let name = name.strip_suffix(b"s").or_else(|| name.strip_suffix(b"S")).unwrap_or(name);
        let last = name.last().map(u8::to_ascii_lowercase);
        let ends = |word: &[u8]| {
            let tail = name.len().checked_sub(word.len()).and_then(|at| name.get(at..));
            word.last().copied() == last && tail.is_some_and(|tail| tail.eq_ignore_ascii_case(word))
        };
        let whole = |word: &[u8]| {
            word.strip_suffix(b"s").is_some_and(|word| word.eq_ignore_ascii_case(name))
        };
        let word = |word: &&[u8]| ends(word) || whole(word);
        // Or it stands behind such a word: `--set-key shodan 9f2c…`.
        let before = self.view.look_back(self.name.start(), 8);
        let behind = before.ends_with(b"-key ") || before.ends_with(b"-token ");
        behind || CREDENTIAL.iter().any(word) && !self.name_is_verb()
    }

    /// Whether the name is but "pass", which in a sentence is what one does with an argument.
    pub(super) fn name_is_verb(&self) -> bool {
        self.name_bytes().eq_ignore_ascii_case(b"pass")
    }

    /// Whether the name is written like a constant: `CURLOPT_PASSWORD`.
    pub(super) fn names_constant(&self) -> bool {
        let name = self.name_bytes();
        name.contains(&b'_') && !name.iter().any(u8::is_ascii_lowercase)
    }
}
