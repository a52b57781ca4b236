//! What the assigned name says: that it holds no secret after all, or plainly that it does.
//!
//! A name is read as words: `maxTokenCount`, `max_token_count` and `the max token count` are the same three or four.
//! Guarantees: linear time. Leaves out: which names are worth asking about; the caller has chosen.

use super::words::{
    AFTER_NOUN, BEFORE_KEY, BEFORE_SECRET, BEFORE_TOKEN, COUNTED, MADE_UP, NOT_NOUNS, NOUNS,
    PUBLISHED, TELLING, contains_word,
};
use crate::check::wordlist::WordList;

/// Most words of a name that are read, from its end; the thing named stands last.
const WORDS: usize = 8;

/// Whether the name itself says that its value is no secret: `password_hash`, `token_count`, `public_key`, `key_id`,
/// `keyboard`, `passwordField`, `secret_name`.
pub fn name_speaks_against(name: &[u8]) -> bool {
    let words = last_words(name);
    let mut words = words.iter().rev().copied().filter(|w| !w.is_empty());
    let Some(last) = words.next() else { return false };
    if AFTER_NOUN.holds(last) || NOT_NOUNS.holds(last) {
        return true;
    }
    // The name of an assembly of .NET ends with a digest of its public key.
    if name.to_ascii_lowercase().ends_with(b"publickeytoken") {
        return true;
    }
    // Written without a joint: `keyid`, `passwordhash`.
    let nouns: [&[u8]; 4] = [b"key", b"token", b"secret", b"password"];
    if nouns.iter().filter_map(|n| after_start(last, n)).any(|rest| AFTER_NOUN.holds(rest)) {
        return true;
    }
    let plural = last.last().is_some_and(|b| b.eq_ignore_ascii_case(&b's'));
    let noun = if plural { last.get(..last.len() - 1).unwrap_or(last) } else { last };
    let just_before = words.next().unwrap_or_default();
    let holds = |list: &WordList| list.holds(just_before) || words.clone().any(|w| list.holds(w));
    let (published, counted) = (holds(&PUBLISHED), holds(&COUNTED));
    if let Some(joined) = without_end(noun, b"key") {
        published || BEFORE_KEY.holds(joined) || joined.is_empty() && BEFORE_KEY.holds(just_before)
    } else if let Some(joined) = without_end(noun, b"token") {
        published
            || counted
            || BEFORE_TOKEN.holds(joined)
            || joined.is_empty() && BEFORE_TOKEN.holds(just_before)
    } else if ends_with(noun, b"secret") || ends_with(noun, b"password") {
        BEFORE_SECRET.holds(just_before) || words.any(|word| BEFORE_SECRET.holds(word))
    } else {
        false
    }
}

/// Whether the name says plainly that its value is a secret: not a bare `key` or `auth`.
pub(super) fn is_telling(name: &[u8]) -> bool {
    let words = last_words(name);
    let known = |w: &&[u8]| {
        let one = w.strip_suffix(b"s").or_else(|| w.strip_suffix(b"S"));
        TELLING.holds(w) || one.is_some_and(|one| TELLING.holds(one))
    };
    let compound = || words.windows(2).any(|pair| matches!(pair, [a, b] if makes_key(a, b)));
    let joined = |w: &[u8]| without_end(w, b"key").is_some_and(|first| NOUNS.holds(first));
    words.iter().any(|w| known(w) || joined(w)) || compound()
}

/// Whether the name is that of something a provider issues: a token, an API or application key.
pub(super) fn is_issued(name: &[u8]) -> bool {
    let words = last_words(name);
    let mut words = words.iter().rev().copied();
    let last = words.next().unwrap_or_default();
    let before = words.next().unwrap_or_default();
    let key =
        |w: &[u8]| [b"api".as_slice(), b"app"].iter().any(|noun| w.eq_ignore_ascii_case(noun));
    ends_with(last, b"token")
        || ends_with(last, b"apikey")
        || ends_with(last, b"key") && key(before)
}

/// Whether the name says that its value was made up, for a test to compare with or for a page to show.
pub(super) fn is_made_up(name: &[u8]) -> bool {
    last_words(name).iter().any(|word| MADE_UP.holds(word))
}

/// Whether the name is that of a cookie that holds a session.
pub(super) fn is_session(name: &[u8]) -> bool {
    let words = last_words(name);
    words
        .iter()
        .any(|w| contains_word(w, b"sess") || contains_word(w, b"sid") || contains_word(w, b"auth"))
}

/// Whether the name ends in a bare `pass`, which in code and prose is a verb or a step as often as a password.
pub(super) fn is_verb(name: &[u8]) -> bool {
    last_words(name).last().is_some_and(|word| word.eq_ignore_ascii_case(b"pass"))
}

/// `api key`, `access key`, `signing key` …
fn makes_key(first: &[u8], second: &[u8]) -> bool {
    ends_with(second, b"key") && NOUNS.holds(first)
}

fn ends_with(word: &[u8], end: &[u8]) -> bool {
    without_end(word, end).is_some()
}

/// What stands before `end` in `word`: `resource` in `resourcekey`.
fn without_end<'a>(word: &'a [u8], end: &[u8]) -> Option<&'a [u8]> {
    let (start, tail) = word.split_at_checked(word.len().checked_sub(end.len())?)?;
    tail.eq_ignore_ascii_case(end).then_some(start)
}

/// What stands after `start` in `word`: `id` in `keyid`.
fn after_start<'a>(word: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = word.split_at_checked(start.len())?;
    head.eq_ignore_ascii_case(start).then_some(rest)
}

/// The last words of `name`, in order, padded in front with empty ones.
fn last_words(name: &[u8]) -> [&[u8]; WORDS] {
    let mut words: [&[u8]; WORDS] = [&[]; WORDS];
    let mut rest = name;
    for slot in words.iter_mut().rev() {
        let Some(end) = rest.iter().rposition(u8::is_ascii_alphabetic) else { break };
        let Some(upto) = rest.get(..=end) else { break };
        let start = word_start(upto);
        *slot = upto.get(start..).unwrap_or_default();
        rest = upto.get(..start).unwrap_or_default();
    }
    words
}

/// Where the last word of `text` starts: after a byte that is no letter, or at a hump (`dbPassword`, `HTTPToken`).
fn word_start(text: &[u8]) -> usize {
    let mut start = text.len();
    let mut previous: Option<u8> = None;
    while let Some(&byte) = start.checked_sub(1).and_then(|at| text.get(at)) {
        let hump = previous.is_some_and(|p| p.is_ascii_uppercase() && byte.is_ascii_lowercase());
        if !byte.is_ascii_alphabetic() || hump {
            break;
        }
        let capital = byte.is_ascii_uppercase() && previous.is_some_and(|p| p.is_ascii_lowercase());
        start -= 1;
        if capital {
            break;
        }
        previous = Some(byte);
    }
    start
}
