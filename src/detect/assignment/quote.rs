//! Quotes of every kind: ASCII at any depth of escaping, entities, escapes of JSON and URLs, typographic ones.

use crate::detect::cursor::Cursor;
use crate::text::byteset::ByteSet;
use crate::text::view::Unseen;

/// The deepest escaping of a quote: `\"` is 1, `\\\"` is 3, JSON in seven strings of JSON 127.
pub(super) const DEEPEST: usize = 127;

const SLASH: ByteSet = ByteSet::EMPTY.with(b"\\");
const QUOTES: ByteSet = ByteSet::EMPTY.with(b"\"'`");

/// An opening quote, as far as it says what closes the string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    /// A quote of ASCII behind so many backslashes.
    Plain { byte: u8, depth: usize },
    /// One that is spelled with several bytes, and what closes it.
    Spelled(&'static [u8]),
}

/// How quotes are spelled, and what closes each.
const SPELLED: [(&str, &str); 20] = [
    ("&quot;", "&quot;"),
    ("&#34;", "&#34;"),
    ("&#x22;", "&#x22;"),
    ("&#39;", "&#39;"),
    ("&#x27;", "&#x27;"),
    ("&#039;", "&#039;"),
    ("&apos;", "&apos;"),
    ("&amp;quot;", "&amp;quot;"),
    ("\\u0022", "\\u0022"),
    ("\\u0027", "\\u0027"),
    ("%22", "%22"),
    ("%27", "%27"),
    ("“", "”"),
    ("”", "”"),
    ("„", "“"),
    ("‘", "’"),
    ("「", "」"),
    ("『", "』"),
    ("«", "»"),
    ("【", "】"),
];

/// Takes a quote if one comes next.
pub(super) fn open(cursor: &mut Cursor<'_>) -> Result<Option<Quote>, Unseen> {
    let here = cursor.pos();
    let depth = cursor.skip(&SLASH, DEEPEST)?;
    if let Some(byte) = cursor.peek()?.filter(|b| QUOTES.contains(*b)) {
        cursor.next()?;
        return Ok(Some(Quote::Plain { byte, depth }));
    }
    cursor.jump(here);
    if !matches!(cursor.peek()?, Some(b'&' | b'\\' | b'%' | 0x80..)) {
        return Ok(None);
    }
    for (opening, closing) in SPELLED {
        if cursor.eat_word(opening.as_bytes())? {
            return Ok(Some(Quote::Spelled(closing.as_bytes())));
        }
    }
    Ok(None)
}

/// Whether a quote comes next.
pub(super) fn stands_at(cursor: &Cursor<'_>) -> Result<bool, Unseen> {
    Ok(open(&mut cursor.clone())?.is_some())
}

/// Whether a quote behind `slashes` backslashes closes a string that was opened behind `depth` of them.
pub(super) fn closes(slashes: usize, depth: usize) -> bool {
    if depth == 0 { usize::is_multiple_of(slashes, 2) } else { slashes <= depth }
}
