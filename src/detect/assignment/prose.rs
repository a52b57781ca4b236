//! Sentences that tell a password, in the languages people ask assistants in.
//!
//! "the password is X", "password for the db: X", "mot de passe de la base : X", "Пароль от базы: X", "密码是X". A
//! preposition opens a phrase of any words; a verb or colon closes it. What stands without either must look like a token.

use super::{BLANK, Binding, Bond, Parser};
use crate::text::byteset::ByteSet;
use crate::text::choice::Choice;
use crate::text::view::Unseen;

/// Operators and verbs beyond ASCII: wide signs, arrows, "is" in Chinese, Japanese, Korean. Longer ones first.
static WIDE: Choice<20> = Choice::new([
    "：",
    "＝",
    "→",
    "⇒",
    "设置为",
    "設定為",
    "就是",
    "改为",
    "改成",
    "设为",
    "如下",
    "是",
    "为",
    "為",
    "は",
    "が",
    "는",
    "은",
    "—",
    "–",
]);
/// "Is", and what says as much; the blank behind belongs to it.
static VERBS: Choice<26> = Choice::new([
    "is set to ",
    "is now ",
    "is: ",
    "is ",
    "was ",
    "set to ",
    "equals ",
    "value ",
    "ist ",
    "lautet ",
    "war ",
    "est ",
    "sera ",
    "es ",
    "era ",
    "ser\u{e1} ",
    "\u{e9} ",
    "\u{e8} ",
    "wordt ",
    "это ",
    "will be ",
    "should be ",
    "to ",
    "as ",
    "changed to ",
    "by ",
]);
/// From here on the verbs bind many other things as well.
const LOOSE_VERBS: usize = 20;
/// What may stand between the verb and the value.
static ADVERBS: Choice<17> = Choice::new([
    "now ",
    "still ",
    "currently ",
    "set to ",
    "changed to ",
    "also ",
    "jetzt ",
    "aktuell ",
    "ahora ",
    "agora ",
    "maintenant ",
    "ora ",
    "adesso ",
    "nu ",
    "теперь ",
    "bitte ",
    "just ",
]);
/// Words that open a phrase behind the name.
static PREPOSITIONS: Choice<46> = Choice::new([
    "for", "of", "to", "on", "in", "from", "at", "used", "für", "zum", "zur", "zu", "von", "vom",
    "der", "des", "im", "de", "del", "da", "do", "dos", "das", "para", "en", "pour", "du", "la",
    "le", "per", "della", "dello", "del", "di", "dei", "voor", "van", "op", "от", "для", "к", "на",
    "в", "na", "no", "al",
]);

const WORD: ByteSet = ByteSet::ALNUM.with(b"_-./@'").with_range(0x80, 0xff);

impl Parser<'_> {
    /// Whether an operator or verb of a language that writes without spaces comes next.
    pub(super) fn at_wide_operator(&self) -> Result<bool, Unseen> {
        Ok(self.cursor.clone().eat_any(&WIDE)?.is_some())
    }

    fn wide(&mut self) -> Result<bool, Unseen> {
        if self.cursor.eat_any(&WIDE)?.is_none() {
            return Ok(false);
        }
        self.cursor.skip(&BLANK, 2)?;
        if !self.cursor.eat(b':')? {
            self.cursor.eat_word("：".as_bytes())?;
        }
        Ok(true)
    }

    /// What else may stand behind a name: a type and `=`, a sentence, or nothing but a blank.
    pub(super) fn words(&mut self, blanks: usize) -> Result<Option<Binding>, Unseen> {
        if self.wide()? {
            return Ok(self.bound(Binding::Sentence));
        }
        let here = self.cursor.pos();
        if blanks == 0 {
            return Ok(None);
        }
        if self.annotation()? {
            return Ok(self.bound(Binding::Operator));
        }
        self.cursor.jump(here);
        let sentence = self.sentence()?;
        if sentence.is_some() {
            return Ok(sentence);
        }
        self.cursor.jump(here);
        let token = self.cursor.peek()?.is_some_and(|b| b.is_ascii_alphanumeric());
        self.bond = Bond::Faint;
        Ok((token && self.names_credential()).then_some(Binding::Blank))
    }

    /// The rest of a sentence up to its verb or colon.
    pub(super) fn sentence(&mut self) -> Result<Option<Binding>, Unseen> {
        let mut phrase = false;
        for words in 0..8 {
            if self.verb()? {
                return Ok(self.bound(Binding::Sentence));
            }
            if words > 0 && self.closing_sign()? {
                return Ok(self.bound(Binding::Sentence));
            }
            phrase |= self.at_preposition()?;
            if !phrase || self.cursor.skip(&WORD, 32)? == 0 {
                return Ok(None);
            }
            self.bond = Bond::Loose;
            self.cursor.skip(&BLANK, 2)?;
        }
        Ok(None)
    }

    /// A colon or equals sign that ends the phrase; not the colon of `https://`.
    fn closing_sign(&mut self) -> Result<bool, Unseen> {
        let here = self.cursor.pos();
        if self.wide()? {
            return Ok(true);
        }
        if self.cursor.eat(b':')? || self.cursor.eat(b'=')? {
            if matches!(self.cursor.peek()?, Some(b' ' | b'*' | b'\n' | b'"' | b'`' | b'\'')) {
                self.cursor.skip(const { &ByteSet::EMPTY.with(b"*") }, 2)?;
                return Ok(true);
            }
            self.cursor.jump(here);
        }
        Ok(false)
    }

    fn verb(&mut self) -> Result<bool, Unseen> {
        let verb = self.cursor.eat_any(&VERBS)?;
        let Some(number) = verb else { return Ok(false) };
        if number >= LOOSE_VERBS {
            self.bond = Bond::Loose;
        }
        self.cursor.eat_any(&ADVERBS)?;
        self.cursor.eat(b':')?;
        Ok(true)
    }

    fn at_preposition(&self) -> Result<bool, Unseen> {
        let Some(first) = self.cursor.peek()? else { return Ok(false) };
        for (_, word) in PREPOSITIONS.beginning(first) {
            let mut ahead = self.cursor.clone();
            if ahead.eat_word(word)? && ahead.eat(b' ')? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
