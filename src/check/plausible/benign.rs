//! Harmless things that stand where a secret would, and why they are harmless.
//!
//! The questions go from the surest to the vaguest, and the first that says yes gives the reason.
//! Guarantees: linear time, total over any bytes. Leaves out: digests, and anything that needs the name to judge.

use super::super::randomness::{is_uuid, log_odds};
use crate::text::byteset::ByteSet;

use super::words::{
    ALGORITHMS, CREDENTIALS, FILE_ENDINGS, FILLERS, HIDDEN, KEYWORDS, LITERALS, PLACEHOLDERS,
    ROOTS, TYPES,
};

/// Bits above which a value is too random to be dismissed for a word it happens to hold.
const TOO_RANDOM: f32 = 14.0;
/// Bits above which a short value is no code, whatever brackets it holds.
const CLEARLY_ODD: f32 = 22.0;
/// Longest value with a name in braces that may be a password all the same.
const LONGEST_ODD: usize = 24;
/// Bits below which what stands in braces is a name.
const LIKE_A_NAME: f32 = 6.0;
/// Longest value whose letters are folded to look for placeholders.
const FOLDED: usize = 96;

/// What templates are marked with.
const MARKS: ByteSet = ByteSet::EMPTY.with(b"${<#%@[");
/// What operators are made of, or begin with.
const OPERATORS: ByteSet = ByteSet::EMPTY.with(b" =-:!");

/// A reason and the test for it.
type Question = (&'static str, fn(&[u8]) -> bool);

/// Why `value` is harmless: a template, code, a placeholder, something already hidden, a literal, a type, a path, a UUID,
/// words, repetition or a sequence. `None` if nothing speaks for that.
pub fn benign(value: &[u8]) -> Option<&'static str> {
    let value = bare(value);
    if value.is_empty() {
        return Some("literal");
    }
    let questions: [Question; 12] = [
        ("redacted", is_redacted),
        ("template", is_template),
        ("uuid", is_uuid_like),
        ("digest", is_digest),
        ("repeated", is_repeated),
        ("literal", is_literal),
        ("sequence", is_sequence),
        ("type-name", is_type),
        ("path-or-url", is_path_or_url),
        ("code-reference", is_code_reference),
        ("placeholder", is_placeholder),
        ("word", is_words),
    ];
    questions.iter().find(|(_, says)| says(value)).map(|(reason, _)| *reason)
}

/// Whether `value` is a UUID or counts up or down, which is all that [`benign`] could say of it that its name may outweigh.
pub(super) fn is_uuid_or_sequence(value: &[u8]) -> bool {
    let value = bare(value);
    is_uuid_like(value) || is_sequence(value)
}

/// Whether `value` counts up or down.
pub(super) fn is_counting(value: &[u8]) -> bool {
    is_sequence(value)
}

/// What stands in `value` without quotes and blanks around it.
fn bare(value: &[u8]) -> &[u8] {
    match value.trim_ascii() {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner.trim_ascii(),
        value => value,
    }
}

fn is_redacted(value: &[u8]) -> bool {
    let mask = |b: &u8| matches!(b, b'*' | b'x' | b'X' | b'.' | b'#' | b'-' | b'_' | b'?');
    let stars = value.windows(3).any(|w| w == b"***") || value.windows(3).any(|w| w == b"...");
    let bullets = value.windows(6).any(|w| w == "••".as_bytes()) || value.ends_with("…".as_bytes());
    value.iter().all(mask) || stars || bullets || HIDDEN.stands_in(value)
}

/// A digest that says which it is, as in lock files, image names and integrity fields: `sha256:…`, `sha512-…`.
fn is_digest(value: &[u8]) -> bool {
    let kinds: [&[u8]; 5] = [b"md5", b"sha1", b"sha256", b"sha384", b"sha512"];
    let body = |kind: &&[u8]| match value.get(kind.len()..) {
        Some([b':' | b'-', body @ ..]) if value.starts_with(kind) => Some(body),
        _ => None,
    };
    let base64 = |b: &u8| b.is_ascii_alphanumeric() || b"+/=".contains(b);
    kinds.iter().find_map(body).is_some_and(|body| body.len() >= 20 && body.iter().all(base64))
}

fn is_identifier(text: &[u8]) -> bool {
    text.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
        && text.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

fn is_template(value: &[u8]) -> bool {
    // No template goes without one of these.
    if !value.iter().any(|b| MARKS.contains(*b)) && !value.starts_with(b"__") {
        return false;
    }
    let marks: [&[u8]; 10] =
        [b"${", b"{{", b"<%", b"#{", b"$(", b"%(", b"@{", b"[[", b"$[", b"${{"];
    let opened = |mark: &&[u8]| {
        let at = memchr::memmem::find(value, mark)?;
        value.get(at + mark.len()..)
    };
    // A password may hold two such marks in a row; what they enclose is no name then.
    let names = |rest: &[u8]| {
        let end = rest.iter().position(|b| b"})]>".contains(b));
        end.and_then(|end| rest.get(..end)).is_some_and(is_name)
    };
    if marks.iter().filter_map(opened).any(|rest| names(rest) || !is_odd(value)) {
        return true;
    }
    let formats: [&[u8]; 6] = [b"%s", b"%d", b"%v", b"%q", b"%@", b"{}"];
    if formats.iter().any(|f| value == *f || value.ends_with(f) && value.contains(&b' ')) {
        return true;
    }
    let whole = match value {
        [b'<', inner @ .., b'>'] => !inner.contains(&b'<'),
        [b'[', inner @ .., b']'] => log_odds(inner) < TOO_RANDOM,
        [b'_', b'_', inner @ .., b'_', b'_'] => is_identifier(inner),
        [b'$', inner @ ..] => is_variable(inner),
        _ => false,
    };
    whole || braced(value) || between_percents(value)
}

/// Whether the value is short and so odd that no mark of code speaks against it.
fn is_odd(value: &[u8]) -> bool {
    value.len() <= LONGEST_ODD && log_odds(value) >= CLEARLY_ODD
}

/// Whether what a template encloses reads like the name of something.
fn is_name(inner: &[u8]) -> bool {
    let inner = inner.trim_ascii();
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"_.:!-|$ ".contains(b);
    inner.len() >= 3 && inner.iter().all(plain) && log_odds(inner) < LIKE_A_NAME
}

/// `%APPDATA%`, `%USER%-%COMPUTER%`, `%passwd%`.
fn between_percents(value: &[u8]) -> bool {
    if let [b'%', name @ .., b'%'] = value
        && is_identifier(name)
        && log_odds(name) < TOO_RANDOM
    {
        return true;
    }
    let mut parts = value.split(|b| *b == b'%').skip(1);
    let capital = |b: &u8| b.is_ascii_uppercase() || *b == b'_';
    parts.next().is_some_and(|p| p.len() >= 3 && p.iter().all(capital)) && parts.next().is_some()
}

/// `$PASS`, `$request->x`, `$this.x`, `$config['x']`; not `$ecret99!` and not `$2b$10$…`.
fn is_variable(name: &[u8]) -> bool {
    let end =
        name.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'_').unwrap_or(name.len());
    let (name, rest) = name.split_at_checked(end).unwrap_or((name, &[]));
    let goes_on = rest.is_empty() || b"-.[:?;,)/ ".iter().any(|b| rest.first() == Some(b));
    is_identifier(name) && goes_on && log_odds(name) < TOO_RANDOM
}

/// `Bearer {key}`, `{api_key}`, `prefix-{config.key}`: a name in braces somewhere.
fn braced(value: &[u8]) -> bool {
    let mut rest = value;
    while let Some(open) = rest.iter().position(|b| *b == b'{') {
        rest = rest.get(open + 1..).unwrap_or_default();
        let Some(close) = rest.iter().position(|b| *b == b'}') else { return false };
        let inner = rest.get(..close).unwrap_or_default();
        // PHP writes `{$name}`.
        let inner = inner.strip_prefix(b"$").unwrap_or(inner);
        let named = |b: &u8| b.is_ascii_alphanumeric() || b"_.:!-".contains(b);
        let begins = inner.first().is_some_and(u8::is_ascii_alphabetic);
        if begins && inner.iter().all(named) && (is_name(inner) || !is_odd(value)) {
            // A password may hold a pair of braces; what stands around a template is text.
            return value.len() > LONGEST_ODD || log_odds(&outside(value)) < TOO_RANDOM;
        }
    }
    false
}

/// What stands outside of braces.
fn outside(value: &[u8]) -> Vec<u8> {
    let mut depth = 0_u32;
    let mut out = Vec::with_capacity(value.len());
    for byte in value {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(*byte),
            _ => {}
        }
    }
    out
}

fn is_uuid_like(value: &[u8]) -> bool {
    let inner = match value {
        [b'{', inner @ .., b'}'] => inner,
        _ => value,
    };
    is_uuid(inner)
}

/// Words of configuration, numbers, dates, durations, sizes, versions, addresses.
fn is_literal(value: &[u8]) -> bool {
    if LITERALS.holds(value) || ALGORITHMS.holds(value) {
        return true;
    }
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let numeric = |b: &u8| b.is_ascii_alphanumeric() || b"+-.,:/_% ~^<>=*".contains(b);
    if digits == 0 || !value.iter().all(numeric) {
        return false;
    }
    let hex = value.starts_with(b"0x") && value.len() <= 10;
    let unit =
        letters <= 3 && value.first().is_some_and(|b| b.is_ascii_digit()) && ends_in_unit(value);
    let version = value.starts_with(b"v") && letters == 1 && digits < 12;
    letters == 0 || hex || unit || version || is_moment(value) || is_span(value)
}

/// Digits, then at most three letters: `30s`, `10MB`, `15min`, `1e9`.
fn ends_in_unit(value: &[u8]) -> bool {
    let digits = value.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    digits <= 6 && value.iter().skip(digits).all(u8::is_ascii_alphabetic)
}

/// `2.hours`, `30.days`.
fn is_span(value: &[u8]) -> bool {
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    let rest = value.get(digits..).unwrap_or_default();
    matches!(rest, [b'.', unit @ ..] if unit.iter().all(u8::is_ascii_lowercase) && log_odds(unit) < 0.0)
}

/// `2024-01-31T12:00:00Z` and its like.
fn is_moment(value: &[u8]) -> bool {
    let shape: Vec<u8> =
        value.iter().take(10).map(|b| if b.is_ascii_digit() { b'9' } else { *b }).collect();
    shape == b"9999-99-99" || shape == b"9999/99/99"
}

/// One or two different bytes, or a short piece over and over.
fn is_repeated(value: &[u8]) -> bool {
    let mut kinds = [0_u8; 3];
    let mut seen = 0;
    for byte in value {
        if !kinds.iter().take(seen).any(|k| k == byte) {
            let Some(slot) = kinds.get_mut(seen) else { break };
            *slot = *byte;
            seen += 1;
        }
    }
    let period = |n: usize| {
        let again = value.get(n..).unwrap_or_default();
        value.len() >= 3 * n && value.starts_with(again)
    };
    let least = if seen == 1 { 3 } else { 6 };
    seen <= 2 && value.len() >= least || (2..=6).any(period)
}

/// Runs that count up or down, at least three each: `12345678`, `abcdef123456`, `0123456789abcdef`, `abc123`.
fn is_sequence(value: &[u8]) -> bool {
    let mut run = 1_usize;
    let mut direction = 0_i16;
    let mut broken = 0_usize;
    for pair in value.windows(2) {
        let [a, b] = pair else { continue };
        let step = i16::from(b.to_ascii_lowercase()) - i16::from(a.to_ascii_lowercase());
        if step.abs() == 1 && (direction == 0 || step == direction) {
            run += 1;
            direction = step;
        } else {
            broken += usize::from(run < 3) * run;
            (run, direction) = (1, 0);
        }
    }
    broken += usize::from(run < 3) * run;
    value.len() >= 4 && broken * 8 <= value.len()
}

/// `SecretString`, `Optional[str]`, `string | null`, `Vec<u8>`, `&'a str`, `varchar(255)`.
fn is_type(value: &[u8]) -> bool {
    let mut words = value.split(|b| !b.is_ascii_alphanumeric()).filter(|w| w.len() > 1);
    let Some(first) = words.next() else { return false };
    let marks =
        value.iter().all(|b| b.is_ascii_alphanumeric() || b"<>[](){}|&*?:,.' _".contains(b));
    let known = |w: &[u8]| TYPES.holds(w) || LITERALS.holds(w) || w.iter().all(u8::is_ascii_digit);
    let generic = value.iter().any(|b| b"<[(".contains(b));
    let first_known = TYPES.holds(first) || first.eq_ignore_ascii_case(b"u8");
    marks && first_known && (generic || words.all(known))
}

/// Plain paths and addresses. One that carries a user and a password is not plain.
fn is_path_or_url(value: &[u8]) -> bool {
    if value.iter().any(u8::is_ascii_whitespace) {
        return false;
    }
    if let Some(at) = value.windows(3).position(|w| w == b"://") {
        let rest = value.get(at + 3..).unwrap_or_default();
        let host = rest.split(|b| *b == b'/').next().unwrap_or_default();
        return !host.contains(&b'@');
    }
    let lower = value.len() <= FOLDED
        && value.contains(&b'.')
        && FILE_ENDINGS.iter().any(|e| ends_with(value, e.as_bytes()));
    let rooted: [&[u8]; 7] = [b"/", b"./", b"../", b"~/", b".\\", b"arn:", b"file:"];
    let drive = matches!(value, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    let calm = |b: &u8| b.is_ascii_lowercase() || b"/._-~".contains(b);
    if rooted.iter().any(|r| value.starts_with(r)) && value.iter().all(calm) {
        return true;
    }
    let slashes = value.iter().filter(|b| **b == b'/').count();
    let deep = rooted.iter().any(|r| value.starts_with(r)) || drive || lower || slashes > 0;
    deep && log_odds(value) < if lower || slashes > 1 { TOO_RANDOM } else { 4.0 }
}

fn ends_with(value: &[u8], end: &[u8]) -> bool {
    let tail = value.len().checked_sub(end.len()).and_then(|at| value.get(at..));
    value.len() > end.len() && tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// Calls, fields, elements and operators of programming languages.
fn is_code_reference(value: &[u8]) -> bool {
    if KEYWORDS.holds(value) {
        return true;
    }
    let value =
        value.strip_prefix(b"await ").or_else(|| value.strip_prefix(b"new ")).unwrap_or(value);
    let value = value.trim_ascii_start();
    let bare = value.iter().position(|b| !b"&*!@:".contains(b)).unwrap_or(0);
    let bare = value.get(bare..).unwrap_or(value);
    let part = |b: &u8| b.is_ascii_alphanumeric() || b"_.:$?!>-".contains(b);
    let end = bare.iter().position(|b| !part(b)).unwrap_or(bare.len());
    let (head, tail) = bare.split_at_checked(end).unwrap_or((bare, &[]));
    let starts = head.first().is_some_and(|b| b.is_ascii_alphabetic() || b"_$".contains(b));
    let named = || starts && !is_odd(value) && log_odds(head) < TOO_RANDOM;
    let called = matches!(tail, [b'(', ..])
        && (tail.len() == 1 || tail.contains(&b')') || tail.contains(&b'"'));
    let element = matches!(tail, [b'[', ..]) && (tail.contains(&b']') || tail.len() <= 2);
    if (called || element) && named() {
        return true;
    }
    let operates = value.iter().any(|b| OPERATORS.contains(*b));
    let joined = |mark: &[u8]| value.windows(mark.len()).any(|w| w == mark);
    if value.starts_with(b"+ ") || value.ends_with(b" +") {
        return true;
    }
    let operators: [&[u8]; 10] =
        [b" || ", b" && ", b" + ", b" ? ", b" ?? ", b" == ", b"=>", b"->", b"::", b"!!."];
    if operates && operators.iter().any(|mark| joined(mark)) && log_odds(value) < TOO_RANDOM {
        return true;
    }
    is_field(bare)
}

/// `self.x`, `config.db.password`, `req.body.token`, `os.environ`, `e?.token`, `KEY!`.
fn is_field(value: &[u8]) -> bool {
    let value = value.strip_suffix(b"!").or_else(|| value.strip_suffix(b";")).unwrap_or(value);
    let mut parts = value.split(|b| *b == b'.').map(|p| p.strip_suffix(b"?").unwrap_or(p));
    let named = parts.clone().all(|p| is_identifier(p) && p.len() <= 40);
    let first = parts.next().unwrap_or_default();
    let dotted = parts.next().is_some();
    named && dotted && (ROOTS.holds(first) || log_odds(value) < 2.0)
}

/// What stands for a value that is yet to be filled in.
fn is_placeholder(value: &[u8]) -> bool {
    let mut folded = [0_u8; FOLDED];
    let mut len = 0;
    for (slot, byte) in folded.iter_mut().zip(value.iter().filter(|b| b.is_ascii_alphanumeric())) {
        *slot = byte.to_ascii_lowercase();
        len += 1;
    }
    let folded = folded.get(..len).unwrap_or_default();
    // Documentation spells its invented keys so that they say what they are.
    let blank = value.windows(4).any(|w| w == b"XXXX" || w == b"xxxx");
    let announced = folded.ends_with(b"example") || folded.ends_with(b"examplekey");
    blank
        || announced
        || all_fillers(value)
        || names_credential(value)
        || PLACEHOLDERS.stands_in(folded) && (value.len() > FOLDED || log_odds(value) < TOO_RANDOM)
}

/// Whether the value is the name of a credential: `mysql_old_password`, `test-trust-store-password`, `iam:ChangePassword`.
fn names_credential(value: &[u8]) -> bool {
    // `app-cluster1-db-password` is one, too.
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    value.iter().all(|b| b.is_ascii_alphanumeric() || b"_-.: ".contains(b))
        && (digits == 0 || digits == 1 && value.last().is_some_and(u8::is_ascii_alphabetic))
        && words_of(value).count() > 1
        && words_of(value).any(|word| CREDENTIALS.holds(word))
        && log_odds(value) < 0.0
}

/// The runs of letters in a value, cut at the humps of `camelCase`.
fn words_of(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = value;
    std::iter::from_fn(move || {
        let start = rest.iter().position(u8::is_ascii_alphabetic)?;
        rest = rest.get(start..)?;
        let capital =
            |w: &[u8]| matches!(w, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase());
        let solid = rest.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(rest.len());
        let hump = rest.windows(2).position(capital).map_or(solid, |at| at + 1);
        let (word, after) = rest.split_at_checked(hump.min(solid))?;
        rest = after;
        Some(word)
    })
}

/// Whether every word of the value is one that names credentials: `my-secret-token`, `API_KEY`, `dbPassword1`.
fn all_fillers(value: &[u8]) -> bool {
    let mut letters = 0;
    // What counts up behind the words is as little a secret: `auth_token_7654321`.
    let tail = value.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let (head, count) = value.split_at(value.len() - tail);
    let value = if count.len() >= 6 && is_sequence(count) { head } else { value };
    for word in words_of(value) {
        if !FILLERS.holds(word) {
            return false;
        }
        letters += word.len();
    }
    let marks = value.iter().filter(|b| !b.is_ascii_alphanumeric() && !b"_-. ".contains(b)).count();
    letters > 0
        && value.len() - letters <= 3 + value.len() / 3
        && marks <= 1
        && !value.iter().any(|b| b"@!#%^&$".contains(b))
}

/// One or several words of a language, joined or not.
fn is_words(value: &[u8]) -> bool {
    let spaces = value.iter().filter(|b| b.is_ascii_whitespace()).count();
    let wide = value.iter().filter(|b| !b.is_ascii()).count();
    if wide * 2 > value.len() {
        return true;
    }
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let marks = value.len() - letters - spaces - wide;
    if spaces >= 1 {
        return log_odds(value) < 0.0 && letters * 4 >= value.len() * 3;
    }
    let escaped = value.windows(3).filter(|w| w == b"%20").count() * 3;
    let joiners = value.iter().filter(|b| b"_-.:".contains(b)).count() + escaped;
    marks == joiners && log_odds(value) < 0.0
}
