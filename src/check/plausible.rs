//! Whether a value that stands next to a telling name is believable as a secret.
//!
//! Two questions in turn. Is the value something harmless that often stands there: a template, a reference in code, a
//! placeholder, a type, a path (`benign`)? If not, how much does it look like what people and machines choose: length,
//! kinds of characters, and how far it is from language (`super::randomness`)? A name can speak against the whole idea
//! (`password_hash`, `max_tokens`, `primary_key`).
//!
//! Guarantees: linear time, no allocation beyond a lower-cased copy of short values, total over any bytes. Word lists are
//! of our own making. Leaves out: providers' formats, digests and other hash-like values, and where the value ends.

mod benign;
mod looks;
mod name;
#[cfg(test)]
mod tests;
mod words;

use super::checksum::decode64;
use super::randomness::log_odds;
pub use benign::benign;
use looks::Looks;
pub use name::name_speaks_against;

/// How much a value is believed to be a secret: profile `alert` shows `Fair` and `Strong`, `redact` also `Weak`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Belief {
    /// Code, a placeholder, prose: hiding it would do harm.
    No,
    /// A dictionary word, a short number: a poor secret if it is one.
    Weak,
    /// Chosen by a person, or a short token.
    Fair,
    /// Chosen by a machine, or by a person with care.
    Strong,
}

/// Longest value that is weighed; what is longer is no password, and no token without a format of its own.
const LONGEST: usize = 2048;
/// Longest password anybody types; a longer one must be as random as a machine's.
const LONGEST_PASSWORD: usize = 72;
/// Bits of log-odds from which a password is no word at all, and from which it is hardly one.
const STRONG_PASSWORD: f32 = 14.0;
const FAIR_PASSWORD: f32 = 4.0;
/// Bits from which no mark of code speaks against a value any more.
const CERTAINLY_ODD: f32 = 40.0;
/// Bits from which a few marks of code in a password say nothing.
const ODD_MARKS: f32 = 16.0;
/// Bits from which only many of them do.
const ODDER_MARKS: f32 = 24.0;
/// Bits paid for choosing one piece of a value among several.
const PIECE_PRICE: f32 = 4.0;

/// Believes a password. `name` is the assigned name as it stands in the text (`DB_PASSWORD`, `the db password`), `value`
/// the raw value without its quotes, `quoted` whether it stood in quotes.
pub fn password(name: &[u8], value: &[u8], quoted: bool) -> Belief {
    let value = without_tail(value, quoted);
    if name_speaks_against(name) || !(4..=LONGEST).contains(&value.len()) {
        return Belief::No;
    }
    let looks = Looks::of(value);
    match benign(value) {
        Some("word") => return word_as_password(name, value, quoted),
        Some("literal" | "sequence") if looks.is_pin() => return Belief::Weak,
        Some("sequence") => return Belief::Weak,
        // `admin123` stands for no other password; `password` and `your-password-1` do.
        Some("placeholder") if is_default(value, quoted || is_environment(name)) => {
            return Belief::Weak;
        }
        Some(_) => return Belief::No,
        None => {}
    }
    if is_counted_name(value) || name::is_made_up(name) {
        return Belief::Weak;
    }
    // A filter of a directory service: `(password=ab*)` asks for all that begin so.
    if let [start @ .., b'*'] = value
        && !quoted
        && start.iter().all(u8::is_ascii_alphabetic)
    {
        return Belief::No;
    }
    let odds = log_odds(value);
    if value.len() > LONGEST_PASSWORD && odds < CERTAINLY_ODD {
        return Belief::No;
    }
    if odds < CERTAINLY_ODD && is_code(name, value, quoted, &looks, odds) {
        return Belief::No;
    }
    if words::is_stored_hash(value) || is_guessable(value) || holds_guess(value) {
        return Belief::Weak;
    }
    let long = value.len() >= 8;
    // Somebody's variable may be short and odd, too; a text in quotes or in an environment file is no variable.
    let literal = quoted || is_environment(name) || looks.kinds() > 1;
    if long && (odds >= STRONG_PASSWORD || looks.kinds() >= 3 && odds >= 0.0) {
        Belief::Strong
    } else if value.len() >= 6 && (odds >= FAIR_PASSWORD || looks.kinds() >= 2 && !looks.is_snake)
        || literal && odds >= FAIR_PASSWORD
    {
        Belief::Fair
    } else {
        Belief::Weak
    }
}

/// Least length of a value that counts and is no number or word.
const COUNTING: usize = 20;

/// Whether a value counts up or down, over and over: no token, and what people write in the place of one.
pub(crate) fn counts(value: &[u8]) -> bool {
    value.len() >= COUNTING && benign::is_counting(value)
}

/// Believes a password that a pattern has found in its place: behind a user's name, in a connection string.
pub fn in_url(value: &[u8]) -> Belief {
    password(b"PASSWORD", value, true)
}

/// Whether the base64 of `user:password` holds a password that anybody would take.
pub(crate) fn is_login(encoded: &[u8]) -> bool {
    let text = decode64(encoded.strip_prefix(b"Basic ").unwrap_or(encoded)).unwrap_or_default();
    let at = text.iter().position(|b| *b == b':');
    let password = at.and_then(|at| text.get(at + 1..)).unwrap_or_default();
    password.len() < 4 || in_url(password) > Belief::No
}

/// Whether the value behind `Basic` is no base64 of a user and a password.
pub(crate) fn is_no_login(encoded: &[u8]) -> bool {
    decode64(encoded).is_some_and(|text| !text.contains(&b':'))
}

/// Believes a key, token or secret; the arguments are those of `password`.
pub fn token(name: &[u8], value: &[u8], quoted: bool) -> Belief {
    let value = without_scheme(without_tail(value, quoted));
    if name_speaks_against(name) || !(6..=LONGEST).contains(&value.len()) {
        return Belief::No;
    }
    // `token: request_id=…`: the name next to the value says what it is.
    if let Some((inner, rest)) = pair(value) {
        return if name::is_telling(inner) { token(inner, rest, quoted) } else { Belief::No };
    }
    let telling = name::is_telling(name);
    let looks = Looks::of(value);
    // Text in quotes is common, and weighing it is dear: with blanks in it only two of the harmless kinds count for anything.
    if looks.spaces > 0 && !benign::is_uuid_or_sequence(value) {
        return Belief::No;
    }
    let odds = best_odds(value);
    let serial = telling && looks.is_serial();
    // Whether it is harmless is dear to find out; what reads like language is nothing in any case, but for a few forms.
    let may_be = odds >= 0.0
        || serial
        || looks.is_long_number()
        || benign::is_uuid_or_sequence(value)
        || is_poor(name, value);
    if !may_be {
        return Belief::No;
    }
    match benign(value) {
        // Of the first version, it tells the time and the machine.
        Some("uuid") if telling && value.get(14) == Some(&b'1') => return Belief::Weak,
        Some("uuid") if telling => return Belief::Fair,
        Some("sequence") if telling && value.len() >= 16 => return Belief::Weak,
        Some("literal") if telling && looks.is_long_number() => {
            return if quoted || is_environment(name) { Belief::Weak } else { Belief::No };
        }
        Some(_) => return Belief::No,
        None => {}
    }
    if looks.spaces > 0 || odds < CERTAINLY_ODD && is_code(name, value, quoted, &looks, odds) {
        return Belief::No;
    }
    if is_poor(name, value) {
        return Belief::Weak;
    }
    let mut belief = token_by_odds(value, odds);
    // What a provider issues goes through addresses and headers; a secret that somebody has chosen may hold any mark.
    if name::is_issued(name) && holds_odd_mark(value) {
        belief = belief.min(Belief::Weak);
    }
    match belief {
        Belief::No if serial => Belief::Weak,
        belief if telling => belief,
        belief => lowered(belief),
    }
}

/// Whether the value is no token as it is issued: a hash that is stored, the base64 of words, or under a made-up name.
fn is_poor(name: &[u8], value: &[u8]) -> bool {
    words::is_stored_hash(value) || name::is_made_up(name) || holds_filler(value)
}

/// A value that is itself a name in plain words and what is bound to it.
fn pair(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = value.iter().position(|b| *b == b'=')?;
    let (name, rest) = (value.get(..at)?, value.get(at + 1..)?);
    let plain = name.iter().all(|b| b.is_ascii_alphabetic() || b"_-".contains(b));
    let unpadded = rest.trim_ascii_end().strip_suffix(b"=").unwrap_or(rest);
    let unpadded = unpadded.strip_suffix(b"=").unwrap_or(unpadded);
    let ends = name.last().is_some_and(u8::is_ascii_alphabetic) && !unpadded.contains(&b'=');
    let fits = name.len() >= 4 && plain && ends && rest.len() >= 8;
    // A cookie is a pair, and the session in it is what its header's name promises.
    (fits && log_odds(name) < 0.0 && !name::is_session(name)).then_some((name, rest))
}

fn token_by_odds(value: &[u8], odds: f32) -> Belief {
    if value.len() >= 16 && (odds >= 22.0 || odds >= 8.0 && is_mixed_hex(value)) {
        Belief::Strong
    } else if odds >= 6.0 && value.len() >= 8 {
        Belief::Fair
    } else if odds >= 0.0 {
        Belief::Weak
    } else {
        Belief::No
    }
}

/// Hex digits of one case, letters and decimals among each other: nobody writes that by hand.
fn is_mixed_hex(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let one_case =
        !(value.iter().any(u8::is_ascii_lowercase) && value.iter().any(u8::is_ascii_uppercase));
    one_case && digits >= 3 && value.len() - digits >= 3 && value.iter().all(u8::is_ascii_hexdigit)
}

/// The odds of the whole or of its oddest piece, whichever is better: `live-` before a token does not make it language.
fn best_odds(value: &[u8]) -> f32 {
    // What is a piece by itself is no odder as one.
    let whole = value.len();
    let pieces = value.split(|b| !b.is_ascii_alphanumeric());
    let pieces = pieces.filter(|piece| (8..whole).contains(&piece.len()));
    let digits = hex_tail(value).into_iter();
    pieces.chain(digits).map(|piece| log_odds(piece) - PIECE_PRICE).fold(log_odds(value), f32::max)
}

/// Least digits that make the end of a value a number in hex.
const HEX_TAIL: usize = 24;

/// The hex digits that a value ends in, if they are many: letters joined to them, `QZ5f…`, do not make them language.
fn hex_tail(value: &[u8]) -> Option<&[u8]> {
    let other = value.iter().rposition(|b| !matches!(b, b'0'..=b'9' | b'a'..=b'f'))?;
    value.get(other + 1..).filter(|tail| tail.len() >= HEX_TAIL)
}

fn lowered(belief: Belief) -> Belief {
    match belief {
        Belief::Strong => Belief::Fair,
        Belief::Fair => Belief::Weak,
        Belief::Weak | Belief::No => Belief::No,
    }
}

/// Whether the value holds a mark that addresses and headers could not carry as it is.
fn holds_odd_mark(value: &[u8]) -> bool {
    let coded = |at: usize| {
        value.get(at + 1..at + 3).is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit))
    };
    value.iter().enumerate().any(|(at, b)| match b {
        b'%' => !coded(at),
        b => b"^&$#,?[](){}<>|;\"'`".contains(b),
    })
}

/// A name and a count, `wanda1234`, is what accounts in examples and tests are given.
fn is_counted_name(value: &[u8]) -> bool {
    let letters = value.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let (name, count) = value.split_at(letters);
    letters >= 3
        && count.len() >= 3
        && b"123456789".starts_with(count)
        && log_odds(name) < FAIR_PASSWORD
}

/// Longest value that is spelled out to look for stems.
const LONGEST_GUESS: usize = 24;

/// The name of an account, with a number or mark behind it if it is not plainly the value, as devices and examples come
/// with: `admin123`, `root!`, `"admin"`; or two digits and more behind a word for a password.
fn is_default(value: &[u8], literal: bool) -> bool {
    let letters = value.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let (name, rest) = value.split_at(letters);
    if rest.is_empty() {
        return literal && words::OWNERS.holds(name);
    }
    let named = words::ACCOUNTS.holds(name)
        || words::CREDENTIALS.holds(name) && rest.iter().filter(|b| b.is_ascii_digit()).count() > 1;
    named && rest.iter().all(|b| !b.is_ascii_alphabetic())
}

/// What a guesser tries first: words that mean "password" or "test", digits for letters, a number or mark at the end.
/// People type `P@ssw0rd123!` where nothing is at stake, and in earnest as well: a poor secret, not none.
fn is_guessable(value: &[u8]) -> bool {
    let mut plain = [0_u8; LONGEST_GUESS];
    let tail = value.iter().rev().take_while(|b| !b.is_ascii_alphabetic()).count();
    let Some(stem) =
        value.get(..value.len() - tail).filter(|s| (3..=LONGEST_GUESS).contains(&s.len()))
    else {
        return false;
    };
    for (slot, byte) in plain.iter_mut().zip(stem) {
        *slot = match byte.to_ascii_lowercase() {
            b'0' => b'o',
            b'1' | b'!' => b'i',
            b'3' => b'e',
            b'4' | b'@' => b'a',
            b'5' | b'$' => b's',
            b'7' => b't',
            other => other,
        };
    }
    let plain = plain.get(..stem.len()).unwrap_or_default();
    plain.split(|b| !b.is_ascii_alphabetic()).all(|part| part.is_empty() || is_stems(part))
}

/// Base64 of a guess or of nothing secret at all, as in examples of Kubernetes secrets.
fn holds_guess(value: &[u8]) -> bool {
    let padded = value.len() <= LONGEST_PASSWORD && value.len().is_multiple_of(4);
    let text = if padded { decode64(value) } else { None };
    text.is_some_and(|text| {
        let text = text.trim_ascii();
        text.iter().all(u8::is_ascii_graphic) && (is_guessable(text) || benign(text).is_some())
    })
}

/// Base64 of words that stand where a token is not yet chosen: `example-client-secret`.
fn holds_filler(value: &[u8]) -> bool {
    let padded = value.len() <= LONGEST_PASSWORD && value.len().is_multiple_of(4);
    let text = if padded { decode64(value) } else { None };
    text.is_some_and(|text| benign(text.trim_ascii()) == Some("placeholder"))
}

/// Whether `text` is one or more stems, end to end.
fn is_stems(text: &[u8]) -> bool {
    let mut reached = [false; LONGEST_GUESS + 1];
    reached[0] = true;
    for end in 1..=text.len().min(LONGEST_GUESS) {
        let begins = (0..end).filter(|at| reached.get(*at) == Some(&true));
        let joined = begins
            .into_iter()
            .any(|at| text.get(at..end).is_some_and(|word| words::STEMS.holds(word)));
        if let Some(slot) = reached.get_mut(end) {
            *slot = joined;
        }
    }
    reached.get(text.len()) == Some(&true)
}

/// A word may be a bad password, unless it is a name in code.
fn word_as_password(name: &[u8], value: &[u8], quoted: bool) -> Belief {
    let spaces = value.iter().filter(|b| **b == b' ').count();
    if spaces > 0 {
        let phrase = quoted && spaces >= 2 && words::contains_word(name, b"passphrase");
        return if phrase { Belief::Weak } else { Belief::No };
    }
    let plain = value.iter().all(u8::is_ascii_lowercase);
    let loud = !value.iter().any(u8::is_ascii_lowercase);
    let spoken = quoted || is_environment(name) || !name::is_verb(name);
    if plain && spoken || quoted && !loud { Belief::Weak } else { Belief::No }
}

/// Names of environment variables are written in capitals, and what follows them is the text itself.
fn is_environment(name: &[u8]) -> bool {
    !name.iter().any(u8::is_ascii_lowercase)
}

/// Whether the value is a piece of code rather than a text.
fn is_code(name: &[u8], value: &[u8], quoted: bool, looks: &Looks, odds: f32) -> bool {
    let literal = quoted || is_environment(name);
    looks.is_code((literal, quoted), odds) || !quoted && is_expression(name, value, looks)
}

/// Without quotes, in code, `password = newPassword1` assigns a variable.
fn is_expression(name: &[u8], value: &[u8], looks: &Looks) -> bool {
    let bracket = value.iter().any(|b| b"()[]{}".contains(b));
    if bracket && log_odds(value) < FAIR_PASSWORD || value.starts_with(b"==") {
        return true;
    }
    let bare = value.iter().position(|b| !b"&@*:[{(!-".contains(b)).unwrap_or(0);
    let value = value.get(bare..).unwrap_or(value);
    let identifier = value.iter().all(|b| b.is_ascii_alphanumeric() || b"_.:".contains(b))
        && value.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
    let joined = value.iter().any(|b| b"_.:".contains(b)) || looks.humps > 0 || bare > 0;
    !is_environment(name) && identifier && joined && best_odds(value) < 0.0
}

/// Drops what prose and code leave at the end of a value without quotes: `)`, `;`, `**`, `\n`.
fn without_tail(value: &[u8], quoted: bool) -> &[u8] {
    if quoted {
        return value;
    }
    let mut rest = value;
    loop {
        let open = |b: u8| rest.contains(&b);
        rest = match rest {
            [head @ .., b'\\', b'n' | b'r' | b't' | b'"' | b'\''] => head,
            [head @ .., b')'] | [head @ .., b')', b'?'] if !open(b'(') => head,
            [head @ .., b']'] if !open(b'[') => head,
            [head @ .., b'}'] if !open(b'{') => head,
            [head @ .., b'>'] if !open(b'<') => head,
            [head @ .., b';' | b',' | b'\\' | b'`' | b'.' | b'"' | b'\''] => head,
            [head @ .., b'*', b'*'] if !head.ends_with(b"*") => head,
            _ => return rest,
        };
    }
}

/// `Bearer`, `Basic` and `Token` before the value of a header are no part of it.
fn without_scheme(value: &[u8]) -> &[u8] {
    let space = value.iter().position(|b| *b == b' ').unwrap_or(0);
    let (scheme, rest) = value.split_at_checked(space).unwrap_or((&[], value));
    if words::SCHEMES.holds(scheme) { rest.trim_ascii() } else { value }
}

/// Length of the scheme before the value of a header, and of the blank behind it; 0 if there is none.
pub(crate) fn scheme_len(value: &[u8]) -> usize {
    value.len() - without_scheme(value).len()
}
