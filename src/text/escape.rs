//! Escapes of single characters in running text: what one stands for, and how many bytes spell it.
//!
//! JSON and program escapes (`\u0041`, surrogate pairs, `\u{41}`, `\x41`, `\/`, behind any number of backslashes),
//! percent, HTML entities, quoted-printable, and what a reader does not see: ANSI sequences, zero-width characters, soft
//! hyphens, full-width forms, tag characters, letters of other scripts that look like ASCII. Every escape is longer than
//! what it stands for. Leaves out: whole-text encodings (base64, UTF-16), which have readings of their own.

use super::byteset::ByteSet;
use super::placeholder;
use super::view::{Unseen, View};

/// The family of an escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Json,
    Percent,
    Entity,
    Quoted,
    Ansi,
    Unicode,
    /// The edge of a line within a word.
    Wrap,
    /// What stands between the parts of a word that was taken apart.
    Spread,
}

impl Kind {
    /// The word used in records.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Kind::Json => "json",
            Kind::Percent => "percent",
            Kind::Entity => "html",
            Kind::Quoted => "quoted-printable",
            Kind::Ansi => "ansi",
            Kind::Unicode => "unicode",
            Kind::Wrap => "wrap",
            Kind::Spread => "spread",
        }
    }
}

/// One escape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unit {
    pub(crate) kind: Kind,
    /// Bytes that spell it.
    pub(crate) read: usize,
    bytes: [u8; 4],
    len: usize,
}

impl Unit {
    fn byte(kind: Kind, read: usize, byte: u8) -> Unit {
        Unit { kind, read, bytes: [byte, 0, 0, 0], len: 1 }
    }

    fn nothing(kind: Kind, read: usize) -> Unit {
        Unit { kind, read, bytes: [0; 4], len: 0 }
    }

    fn code(kind: Kind, read: usize, code: u32) -> Unit {
        let mut bytes = [0; 4];
        let len = char::from_u32(code).unwrap_or('\u{fffd}').encode_utf8(&mut bytes).len();
        Unit { kind, read, bytes, len }
    }

    /// What it stands for; empty for what is not seen.
    pub(crate) fn text(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// Bytes with which an escape can begin.
const LEADS: ByteSet = ByteSet::EMPTY.with(b"%\\&=\x1b\xc2\xce\xcf\xd0\xd1\xe2\xef\xf3");
/// Backslashes in a row that are read as one escape's.
const MOST_SLASHES: usize = 16;
/// Bytes of an ANSI sequence.
const LONGEST_ANSI: usize = 32;
/// Lines are not broken softly before this column.
const SOFT_COLUMN: usize = 60;

/// Named entities that stand for characters of tokens, or for what stands around them.
const ENTITIES: [(&[u8], u8); 24] = [
    (b"amp", b'&'),
    (b"lt", b'<'),
    (b"gt", b'>'),
    (b"quot", b'"'),
    (b"apos", b'\''),
    (b"nbsp", b' '),
    (b"lowbar", b'_'),
    (b"UnderBar", b'_'),
    (b"hyphen", b'-'),
    (b"dash", b'-'),
    (b"equals", b'='),
    (b"colon", b':'),
    (b"semi", b';'),
    (b"sol", b'/'),
    (b"bsol", b'\\'),
    (b"plus", b'+'),
    (b"period", b'.'),
    (b"commat", b'@'),
    (b"percnt", b'%'),
    (b"dollar", b'$'),
    (b"excl", b'!'),
    (b"num", b'#'),
    (b"ast", b'*'),
    (b"comma", b','),
];

/// Letters of Cyrillic and Greek that cannot be told from ASCII by looking.
const ALIKE: [(char, u8); 48] = [
    ('а', b'a'),
    ('с', b'c'),
    ('е', b'e'),
    ('і', b'i'),
    ('ј', b'j'),
    ('о', b'o'),
    ('р', b'p'),
    ('ѕ', b's'),
    ('у', b'y'),
    ('х', b'x'),
    ('к', b'k'),
    ('т', b't'),
    ('м', b'm'),
    ('А', b'A'),
    ('В', b'B'),
    ('С', b'C'),
    ('Е', b'E'),
    ('Н', b'H'),
    ('І', b'I'),
    ('Ј', b'J'),
    ('К', b'K'),
    ('М', b'M'),
    ('О', b'O'),
    ('Р', b'P'),
    ('Ѕ', b'S'),
    ('Т', b'T'),
    ('У', b'Y'),
    ('Х', b'X'),
    ('ο', b'o'),
    ('ν', b'v'),
    ('ι', b'i'),
    ('κ', b'k'),
    ('ρ', b'p'),
    ('υ', b'u'),
    ('Α', b'A'),
    ('Β', b'B'),
    ('Ε', b'E'),
    ('Ζ', b'Z'),
    ('Η', b'H'),
    ('Ι', b'I'),
    ('Κ', b'K'),
    ('Μ', b'M'),
    ('Ν', b'N'),
    ('Ο', b'O'),
    ('Ρ', b'P'),
    ('Τ', b'T'),
    ('Υ', b'Y'),
    ('Χ', b'X'),
];

/// Whether an escape can begin with this byte.
pub(crate) fn may_begin(byte: u8) -> bool {
    LEADS.contains(byte)
}

/// The escape that begins at `pos`, if one does. `quoted`: `=41` is one too.
pub(crate) fn unit(view: &View<'_>, pos: usize, quoted: bool) -> Result<Option<Unit>, Unseen> {
    match view.byte(pos)? {
        Some(b'%') => {
            Ok(hex(view, pos + 1, 2)?.map(|code| Unit::byte(Kind::Percent, 3, code as u8)))
        }
        Some(b'\\') => backslash(view, pos),
        Some(b'&') => entity(view, pos),
        Some(b'=') => quoted_printable(view, pos, quoted),
        Some(0x1b) => Ok(ansi(view, pos + 1)?.map(|end| Unit::nothing(Kind::Ansi, end - pos))),
        Some(lead @ 0xc2..) => unicode(view, pos, lead),
        _ => Ok(None),
    }
}

/// The number that `digits` hexadecimal digits at `pos` spell.
fn hex(view: &View<'_>, pos: usize, digits: usize) -> Result<Option<u32>, Unseen> {
    let mut code = 0;
    for at in pos..pos + digits {
        match view.byte(at)?.and_then(|b| char::from(b).to_digit(16)) {
            Some(digit) => code = code * 16 + digit,
            None => return Ok(None),
        }
    }
    Ok(Some(code))
}

/// A number of one to `most` digits at `pos` and what ends it; the offset behind that.
fn number(
    view: &View<'_>,
    pos: usize,
    (radix, most): (u32, usize),
    closing: u8,
) -> Result<Option<(u32, usize)>, Unseen> {
    let mut code = 0;
    for at in pos..=pos + most {
        match view.byte(at)? {
            Some(byte) if byte == closing && at > pos => return Ok(Some((code, at + 1))),
            Some(byte) => match char::from(byte).to_digit(radix) {
                Some(digit) => code = code * radix + digit,
                None => return Ok(None),
            },
            None => return Ok(None),
        }
    }
    Ok(None)
}

fn backslash(view: &View<'_>, pos: usize) -> Result<Option<Unit>, Unseen> {
    let mut at = pos;
    while at - pos < MOST_SLASHES && view.byte(at)? == Some(b'\\') {
        at += 1;
    }
    if let Some(end) = escaped_ansi(view, at)? {
        return Ok(Some(Unit::nothing(Kind::Ansi, end - pos)));
    }
    match view.byte(at)? {
        Some(b'/') => Ok(Some(Unit::byte(Kind::Json, at + 1 - pos, b'/'))),
        Some(b'x') => {
            let code = hex(view, at + 1, 2)?;
            Ok(code.map(|code| Unit::byte(Kind::Json, at + 3 - pos, code as u8)))
        }
        Some(b'u') if view.byte(at + 1)? == Some(b'{') => {
            let found = number(view, at + 2, (16, 6), b'}')?;
            Ok(found.map(|(code, end)| Unit::code(Kind::Json, end - pos, code)))
        }
        Some(b'u') => {
            let Some(first) = hex(view, at + 1, 4)? else { return Ok(None) };
            let end = at + 5;
            if (0xd800..=0xdbff).contains(&first)
                && let Some((low, end)) = low_surrogate(view, end)?
            {
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00);
                return Ok(Some(Unit::code(Kind::Json, end - pos, code)));
            }
            Ok(Some(Unit::code(Kind::Json, end - pos, first)))
        }
        _ => Ok(None),
    }
}

/// The second half of a surrogate pair at `pos`, and the offset behind it.
fn low_surrogate(view: &View<'_>, pos: usize) -> Result<Option<(u32, usize)>, Unseen> {
    let mut at = pos;
    while at - pos < MOST_SLASHES && view.byte(at)? == Some(b'\\') {
        at += 1;
    }
    if at == pos || view.byte(at)? != Some(b'u') {
        return Ok(None);
    }
    let code = hex(view, at + 1, 4)?.filter(|code| (0xdc00..=0xdfff).contains(code));
    Ok(code.map(|code| (code, at + 5)))
}

/// Where an ANSI sequence ends whose ESC is spelled as an escape behind the backslashes before `pos`.
fn escaped_ansi(view: &View<'_>, pos: usize) -> Result<Option<usize>, Unseen> {
    for name in [&b"u001b"[..], b"u001B", b"x1b", b"x1B", b"033", b"e"] {
        let mut same = true;
        for (at, byte) in (pos..).zip(name) {
            if view.byte(at)? != Some(*byte) {
                same = false;
                break;
            }
        }
        if same && view.byte(pos + name.len())? == Some(b'[') {
            return ansi(view, pos + name.len());
        }
    }
    Ok(None)
}

/// Where the ANSI sequence ends whose introducer stands at `pos`, behind ESC.
fn ansi(view: &View<'_>, pos: usize) -> Result<Option<usize>, Unseen> {
    match view.byte(pos)? {
        Some(b'[') => {
            for at in pos + 1..pos + LONGEST_ANSI {
                match view.byte(at)? {
                    Some(0x20..=0x3f) => {}
                    Some(0x40..=0x7e) => return Ok(Some(at + 1)),
                    _ => return Ok(None),
                }
            }
            Ok(None)
        }
        // The choice of a character set.
        Some(b'(' | b')') => Ok(view.byte(pos + 1)?.map(|_| pos + 2)),
        _ => Ok(None),
    }
}

fn entity(view: &View<'_>, pos: usize) -> Result<Option<Unit>, Unseen> {
    if view.byte(pos + 1)? == Some(b'#') {
        let found = match view.byte(pos + 2)? {
            Some(b'x' | b'X') => number(view, pos + 3, (16, 6), b';')?,
            _ => number(view, pos + 2, (10, 7), b';')?,
        };
        return Ok(found.map(|(code, end)| Unit::code(Kind::Entity, end - pos, code)));
    }
    let mut len = 0;
    while view.byte(pos + 1 + len)?.is_some_and(|b| b.is_ascii_alphabetic()) {
        len += 1;
        if len > b"UnderBar".len() {
            return Ok(None);
        }
    }
    if view.byte(pos + 1 + len)? != Some(b';') {
        return Ok(None);
    }
    let name = view.slice(pos + 1, pos + 1 + len);
    let found = ENTITIES.iter().find(|(known, _)| *known == name);
    Ok(found.map(|(_, byte)| Unit::byte(Kind::Entity, len + 2, *byte)))
}

fn quoted_printable(view: &View<'_>, pos: usize, all: bool) -> Result<Option<Unit>, Unseen> {
    let (Some(first), Some(second)) = (view.byte(pos + 1)?, view.byte(pos + 2)?) else {
        return Ok(None);
    };
    let soft = match (first, second) {
        (b'\n', _) => 2,
        (b'\r', b'\n') => 3,
        (b'3', b'D') => return Ok(Some(Unit::byte(Kind::Quoted, 3, b'='))),
        _ if all && !first.is_ascii_lowercase() && !second.is_ascii_lowercase() => {
            let code = hex(view, pos + 1, 2)?;
            return Ok(code.map(|code| Unit::byte(Kind::Quoted, 3, code as u8)));
        }
        _ => return Ok(None),
    };
    let inside = view.before(pos).is_some_and(|b| ByteSet::TOKEN.contains(b))
        && view.byte(pos + soft)?.is_some_and(|b| b > b' ');
    let line = placeholder::shown(view, pos, SOFT_COLUMN);
    let long = line.len() == SOFT_COLUMN && !line.contains(&b'\n');
    Ok((inside && long).then(|| Unit::nothing(Kind::Quoted, soft)))
}

fn unicode(view: &View<'_>, pos: usize, lead: u8) -> Result<Option<Unit>, Unseen> {
    if !LEADS.contains(lead) {
        return Ok(None);
    }
    let Some(second) = view.byte(pos + 1)? else { return Ok(None) };
    if lead < 0xe0 {
        return Ok(match (lead, second) {
            (0xc2, 0xad) => Some(Unit::nothing(Kind::Unicode, 2)),
            (0xc2, _) => None,
            _ => alike(lead, second).map(|byte| Unit::byte(Kind::Unicode, 2, byte)),
        });
    }
    if !matches!((lead, second), (0xe2, 0x80 | 0x81) | (0xef, 0xb8..=0xbd) | (0xf3, 0xa0)) {
        return Ok(None);
    }
    let Some(third) = view.byte(pos + 2)? else { return Ok(None) };
    let hidden = Unit::nothing(Kind::Unicode, 3);
    let shown = |byte: u8| Unit::byte(Kind::Unicode, 3, byte);
    Ok(match (lead, second, third) {
        (0xe2, 0x80, 0x8b..=0x8f | 0xaa..=0xae) | (0xe2, 0x81, 0xa0..=0xaf) => Some(hidden),
        (0xef, 0xbb, 0xbf) | (0xef, 0xb8, 0x80..=0x8f) => Some(hidden),
        (0xef, 0xbc, 0x81..=0xbf) => Some(shown(third - 0x81 + b'!')),
        (0xef, 0xbd, 0x80..=0x9e) => Some(shown(third - 0x80 + b'`')),
        (0xf3, 0xa0, 0x80 | 0x81) => match view.byte(pos + 3)? {
            Some(fourth @ 0x80..=0xbf) => {
                let byte = (third - 0x80) * 64 + (fourth - 0x80);
                (b' '..=b'~').contains(&byte).then(|| Unit::byte(Kind::Unicode, 4, byte))
            }
            _ => None,
        },
        _ => None,
    })
}

/// [`ALIKE`] by code point, from U+0380 on.
const FACES: [u8; 256] = {
    let mut faces = [0; 256];
    let mut i = 0;
    while i < ALIKE.len() {
        faces[ALIKE[i].0 as usize - 0x380] = ALIKE[i].1;
        i += 1;
    }
    faces
};

fn alike(lead: u8, second: u8) -> Option<u8> {
    let code = usize::from(lead & 0x1f) << 6 | usize::from(second & 0x3f);
    let face = FACES.get(code.checked_sub(0x380)?).copied();
    face.filter(|byte| *byte != 0)
}
