//! Foreign text made harmless for a terminal.
//!
//! Paths and lines of scanned files are written by others. Control characters could move the cursor or rewrite the
//! screen, bidirectional marks could reorder what is read; both are shown as escapes instead.

use std::borrow::Cow;
use std::fmt::Write;

/// `bytes` as text on one line without control characters: these, direction marks and invisible characters
/// come out as escapes, bytes that are not UTF-8 as `\xNN`.
///
/// ```
/// assert_eq!(keysieve_report::neutral(b"caf\xc3\xa9 \x1b[2J"), "caf\u{e9} \\u{1b}[2J");
/// assert_eq!(keysieve_report::neutral(b"\xff\n"), "\\xff\\n");
/// ```
#[must_use]
pub fn neutral(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(is_foul) => Cow::Borrowed(text),
        _ => Cow::Owned(escaped(bytes)),
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\t' => out.push_str("\\t"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                c if is_foul(c) => {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Whether a character could change how its surroundings are shown.
fn is_foul(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}
