//! Seed phrases without a name: as many words of the list in a row as a phrase has, and the checksum holds.
//!
//! A *stretch* is words of the list with nothing but separators between them: blanks, line breaks (escaped ones too),
//! quotes, commas, bullets, numbers of a numbered list. It is judged when something else follows. Most text is never
//! looked at word by word: a phrase has at least 47 bytes, so that one foreign byte or word rules out every phrase that
//! would cover it, and the next look is 46 bytes farther on.
//!
//! A text may begin with a word of the list, and most that do are no phrase. So the first word of a stretch is not kept
//! back: it belongs to the phrase only where something before it tells of one (a label, a quote, a colon, a line break, the
//! number of an item), and otherwise the finding begins with the second word. The eleven words that are left cannot be guessed.
//!
//! Guarantees: a function of the text alone; bounded memory (offsets of the words of one stretch); linear time. Leaves
//! out: phrases inside a longer row of words of the list, apart from a label in front and a few words behind.

mod breaks;
#[cfg(test)]
mod tests;

use super::program::Program;
use super::resolve::Found;
use super::scratch::Caches;
use super::value;
use super::verdict;
use crate::check::phrase;
use crate::rules::rule::Confidence;
use crate::text::byteset::ByteSet;
use crate::text::placeholder;
use crate::text::span::Span;
use crate::text::view::View;
pub(crate) use breaks::Breaks;

/// How far a look may jump: twelve words of three letters have 47 bytes, so that a phrase that begins at or behind a place
/// and before the byte so far behind it covers that byte.
const JUMP: usize = 46;
/// Bytes that have to be seen for a jump: it lands on a byte whose word ends before them.
const FARTHEST: usize = JUMP + phrase::LONGEST_WORD + 2;
/// The most bytes between two words.
pub(crate) const WIDEST_GAP: usize = 24;
/// Words that people put in front of a phrase, and how many of them.
const LABELS: [&str; 6] = ["seed", "phrase", "secret", "wallet", "word", "key"];
const MOST_LABELS: usize = 2;
/// What tells of a phrase that follows, and within how many bytes.
const TELLING: [&[u8]; 6] = [b"seed", b"phrase", b"mnemonic", b"recovery", b"wallet", b"backup"];
const TOLD_WITHIN: usize = 48;
/// How many words of the list may follow a phrase: `… when please keep it`.
const MOST_AFTER: usize = 4;
/// Words in a row beyond which there is no phrase among them.
pub(crate) const LONGEST_ROW: usize = phrase::MOST + MOST_LABELS + MOST_AFTER;
/// Fewer different words than this are an example: `abandon abandon … about`.
const LEAST_DIFFERENT: usize = 6;

/// A word of the list and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) place: u16,
}

/// Follows the words of a text.
#[derive(Debug, Clone, Default)]
pub(crate) struct PhraseScan {
    /// Next byte to look at; the beginning of a token unless `inside`.
    pos: usize,
    /// Whether `pos` is in a token that is no word of the list.
    inside: bool,
    /// The stretch at hand.
    words: Vec<Word>,
    /// Whether its first word is kept back, too.
    told: bool,
    /// Whether it has too many words; the rest of it is passed over.
    full: bool,
    /// End of the last word of the stretch.
    last_end: usize,
    /// No jump is worth trying before this offset.
    walk_to: usize,
}

impl PhraseScan {
    /// At the beginning of what is at hand of a text.
    pub(crate) fn at(offset: usize) -> PhraseScan {
        PhraseScan { pos: offset, ..PhraseScan::default() }
    }

    /// Whether the same follows from both: without words, it does not matter what the last of them was.
    pub(crate) fn agrees(&self, other: &PhraseScan) -> bool {
        let of = |scan: &PhraseScan| (scan.pos, scan.inside, scan.full);
        let row = |scan: &PhraseScan| (scan.told, scan.last_end);
        let idle = self.words.is_empty() && !self.full;
        of(self) == of(other) && self.words == other.words && (idle || row(self) == row(other))
    }

    pub(crate) fn clear(&mut self) {
        let mut words = std::mem::take(&mut self.words);
        words.clear();
        *self = PhraseScan { words, ..PhraseScan::default() };
    }

    /// Where a phrase could begin that is not known yet.
    pub(crate) fn hold_from(&self) -> usize {
        let first = self.words.get(usize::from(!self.told));
        first.map_or(self.pos, |word| word.start)
    }

    /// Looks at the bytes before `to`; `closes` if the text ends there. Findings go to `out`.
    pub(crate) fn advance(
        &mut self,
        program: &Program,
        view: &View<'_>,
        to: usize,
        closes: bool,
        caches: &mut Caches,
        out: &mut Vec<Found>,
    ) {
        let Some(number) = program.phrase else {
            self.pos = to;
            return;
        };
        let mut breaks = std::mem::take(&mut caches.breaks);
        // Less than what a jump needs is not worth the look.
        if self.pos + FARTHEST <= to {
            breaks.read(view.slice(self.pos, to), self.pos);
        }
        while self.pos < to {
            if !self.inside && self.words.is_empty() && self.jump(view, &breaks, to) {
                continue;
            }
            let ahead = view.slice(self.pos, to);
            let len = ahead.iter().take_while(|b| in_token(**b)).count();
            if len == 0 {
                self.inside = false;
                self.gap(program, number, view, ahead, caches, out);
            } else if self.inside || len > phrase::LONGEST_WORD + 1 {
                self.close(program, number, view, caches, out);
                self.inside = true;
                self.pos += len;
            } else if len == ahead.len() && !closes {
                // The token may go on.
                break;
            } else {
                self.token(program, number, view, len, caches, out);
            }
        }
        caches.breaks = breaks;
        if closes {
            self.close(program, number, view, caches, out);
        }
    }

    /// Goes on over bytes that no phrase can cover, as far as they are known.
    fn jump(&mut self, view: &View<'_>, breaks: &Breaks, to: usize) -> bool {
        let from = self.pos;
        while !self.inside && self.walk_to <= self.pos && self.pos + FARTHEST <= to {
            if !breaks.is_quiet(self.pos + 1, self.pos + 1 + JUMP) {
                // On to the last break before a stretch that is long enough; it may begin inside a word that is named by its
                // first byte.
                let at = breaks.stretch(self.pos).saturating_sub(1);
                if at > self.pos {
                    (self.pos, self.full) = (at, false);
                    continue;
                }
            }
            if !self.leap(view) {
                break;
            }
        }
        self.pos > from
    }

    /// Goes on over a word that is none of the list, in a stretch in which only its words can tell.
    fn leap(&mut self, view: &View<'_>) -> bool {
        let far = self.pos + JUMP;
        self.walk_to = far;
        for at in [far, self.pos + 2 * JUMP / 3, self.pos + JUMP / 3] {
            if let Some((pos, inside)) = self.ruled_out(view, at) {
                (self.pos, self.inside, self.full) = (pos, inside, false);
                return true;
            }
        }
        false
    }

    /// Where to go on if no phrase that begins behind `pos` can cover the byte at `at`, and whether that is in a token.
    fn ruled_out(&self, view: &View<'_>, at: usize) -> Option<(usize, bool)> {
        const NEAR: usize = phrase::LONGEST_WORD + 2;
        let before = view.look_back(at, NEAR.min(at - self.pos));
        let ahead = view.slice(at, at + NEAR);
        let byte = *ahead.first()?;
        if in_token(byte) {
            let start = at - before.iter().rev().take_while(|b| in_token(**b)).count();
            let end = at + ahead.iter().take_while(|b| in_token(**b)).count();
            let long = end - start > phrase::LONGEST_WORD + 1;
            let ends = end - at < ahead.len();
            return (long || read(view, start, end) == Token::Other).then_some((end, !ends));
        }
        // A phrase that covers a byte between two words covers the word before it, too.
        let gap = before.iter().rev().take_while(|b| !in_token(**b)).count();
        let word = before.get(..before.len() - gap).unwrap_or_default();
        let len = word.iter().rev().take_while(|b| in_token(**b)).count();
        let end = at - gap;
        let whole = len < word.len();
        (whole && read(view, end - len, end) == Token::Other).then_some((at, false))
    }

    /// Bytes between tokens.
    fn gap(
        &mut self,
        program: &Program,
        number: u32,
        view: &View<'_>,
        ahead: &[u8],
        caches: &mut Caches,
        out: &mut Vec<Found>,
    ) {
        let len = ahead.iter().take_while(|b| !in_token(**b)).count();
        let gap = ahead.get(..len).unwrap_or_default();
        if !gap.iter().all(|b| is_gap(*b) || *b == b'\\') {
            self.close(program, number, view, caches, out);
        }
        self.pos += len;
        if self.pos > self.last_end + WIDEST_GAP {
            self.close(program, number, view, caches, out);
        }
    }

    fn token(
        &mut self,
        program: &Program,
        number: u32,
        view: &View<'_>,
        len: usize,
        caches: &mut Caches,
        out: &mut Vec<Found>,
    ) {
        let (start, end) = (self.pos, self.pos + len);
        self.pos = end;
        match read(view, start, end) {
            Token::Word(word) => {
                if word.start > self.last_end + WIDEST_GAP {
                    self.close(program, number, view, caches, out);
                }
                if self.words.len() == LONGEST_ROW {
                    self.full = true;
                    self.words.clear();
                }
                self.last_end = word.end;
                if !self.full {
                    if self.words.is_empty() {
                        self.told = told(view, word.start);
                    }
                    self.words.push(word);
                }
            }
            Token::Number => {}
            Token::Other => self.close(program, number, view, caches, out),
        }
    }

    /// Judges the stretch, which ends here.
    fn close(
        &mut self,
        program: &Program,
        number: u32,
        view: &View<'_>,
        caches: &mut Caches,
        out: &mut Vec<Found>,
    ) {
        if let Some((span, least)) = phrase_in(&self.words, self.told) {
            out.extend(believe(program, number, view, span, least, caches));
        }
        self.words.clear();
        self.full = false;
    }
}

/// What a run of token bytes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Word(Word),
    /// The number of an item in a list.
    Number,
    Other,
}

/// Reads the token at `start..end`.
pub(crate) fn read(view: &View<'_>, start: usize, end: usize) -> Token {
    // `\nabandon`: the escape belongs to the gap.
    let escaped = view.before(start) == Some(b'\\');
    let start = match view.slice(start, end).first() {
        Some(b'n' | b'r' | b't') if escaped => start + 1,
        _ if escaped => return Token::Other,
        _ => start,
    };
    let text = view.slice(start, end);
    if text.len() <= 2 && text.iter().all(u8::is_ascii_digit) {
        return Token::Number;
    }
    phrase::place(text).map_or(Token::Other, |place| Token::Word(Word { start, end, place }))
}

/// Whether what stands before a word tells that it may begin a phrase.
pub(crate) fn told(view: &View<'_>, start: usize) -> bool {
    let before = placeholder::shown(view, start, TOLD_WITHIN);
    let text = before.trim_ascii_end();
    let own_line = before.get(text.len()..).is_some_and(|blanks| blanks.contains(&b'\n'));
    let opened = match text {
        [.., last] if b"\\\"'`:=>*-|".contains(last) => true,
        [.., b'\\', b'n' | b'r' | b't'] => true,
        [.., number, b'.' | b')'] => number.is_ascii_digit(),
        _ => false,
    };
    own_line || opened || TELLING.iter().any(|word| holds(before, word))
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|at| at.eq_ignore_ascii_case(word))
}

/// The phrase in a stretch, the one with the fewest words behind it, and how sure that can make at most. `told` if its first
/// word was kept back.
pub(crate) fn phrase_in(words: &[Word], told: bool) -> Option<(Span, Confidence)> {
    if words.len() < 12 {
        return None;
    }
    let labels = words
        .iter()
        .take(MOST_LABELS)
        .take_while(|word| LABELS.iter().any(|label| label.as_bytes() == phrase::word(word.place)));
    let most = labels.count();
    (0..=MOST_AFTER).find_map(|after| {
        let end = words.len().checked_sub(after)?;
        (0..=most).find_map(|skip| whole_phrase(words.get(skip..end)?, told || skip > 0))
    })
}

fn whole_phrase(words: &[Word], told: bool) -> Option<(Span, Confidence)> {
    let mut places: Vec<u16> = words.iter().map(|word| word.place).collect();
    // Words in the order of the alphabet are a piece of the list itself.
    if !phrase::holds(&places) || places.is_sorted_by(|a, b| a < b) {
        return None;
    }
    places.sort_unstable();
    places.dedup();
    let example = places.len() < LEAST_DIFFERENT;
    let most = if example { Confidence::Possible } else { Confidence::Certain };
    let first = words.get(usize::from(!told))?;
    Some((Span::new(first.start, words.last()?.end), most))
}

/// The finding that a phrase makes.
pub(crate) fn believe(
    program: &Program,
    number: u32,
    view: &View<'_>,
    span: Span,
    most: Confidence,
    caches: &mut Caches,
) -> Option<Found> {
    let plan = program.plan(number)?;
    caches.stats.rule(number).candidates += 1;
    let (confidence, check) = verdict::judge(plan, number, view, span, 0, caches)?;
    value::accept(program, number, plan, span, confidence.min(most), check)
}

/// Bytes of words and of what is no word; everything beyond ASCII is.
#[inline]
pub(crate) fn in_token(byte: u8) -> bool {
    IN_TOKEN.contains(byte)
}

/// Bytes that may stand between two words of a phrase. A backslash may, too, as part of an escape.
#[inline]
pub(crate) fn is_gap(byte: u8) -> bool {
    GAP.contains(byte)
}

const IN_TOKEN: ByteSet = ByteSet::ALNUM.with(b"_").with_range(0x80, 0xff);
const GAP: ByteSet = ByteSet::EMPTY.with(b" \t\r\n,;\"'.)|*-");
