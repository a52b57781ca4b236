//! The text of an armoured key: its frame, its line breaks, and the base64 inside.

const OPENING: &[u8] = b"-----BEGIN ";
const CLOSING: &[u8] = b"-----END";
const DASHES: &[u8] = b"-----";

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|window| window == needle)
}

/// What the first line announces.
pub(super) fn label(armour: &[u8]) -> Option<&[u8]> {
    let rest = armour.strip_prefix(OPENING)?;
    let end = find(rest.get(..rest.len().min(64))?, DASHES)?;
    rest.get(..end)
}

/// Where the first line ends.
pub(super) fn after_label(armour: &[u8]) -> Option<usize> {
    label(armour).map(|label| OPENING.len() + label.len() + DASHES.len())
}

/// Where the last line begins.
pub(super) fn closing(text: &[u8]) -> Option<usize> {
    find(text, CLOSING)
}

/// Label, inside and last line; `None` if one is missing.
pub(super) fn frame(armour: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let rest = armour.get(after_label(armour)?..)?;
    let (inside, last) = rest.split_at_checked(closing(rest)?)?;
    Some((label(armour)?, inside, last))
}

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    Real,
    /// A backslash and an `n`.
    Escaped,
    /// Not at all.
    Missing,
}

impl Break {
    /// How they end in `text`; real ones win.
    pub fn of(text: &[u8]) -> Break {
        if text.contains(&b'\n') {
            Break::Real
        } else if find(text, b"\\n").is_some() {
            Break::Escaped
        } else {
            Break::Missing
        }
    }

    pub fn as_bytes(self) -> &'static [u8] {
        match self {
            Break::Real => b"\n",
            Break::Escaped => b"\\n",
            Break::Missing => b"",
        }
    }
}

/// What stands between the lines.
pub(super) enum Body {
    Base64(Vec<u8>),
    /// Somebody left something out: `...`, `***`, `<key>`.
    Elided,
    /// Nothing we can judge.
    Unclear,
}

/// The base64 of all lines, without what surrounds it.
pub(super) fn body(inside: &[u8]) -> Body {
    let plain = unescaped(inside);
    // `Proc-Type: 4,ENCRYPTED`: what follows is cipher text.
    if find(&plain, b"ENCRYPTED").is_some() {
        return Body::Unclear;
    }
    let lines: Vec<&[u8]> =
        plain.split(|&b| b == b'\n').map(trimmed).filter(|line| !line.is_empty()).collect();
    let diff = lines.len() > 1 && lines.iter().all(|line| line.starts_with(b"+"));
    let mut body = Vec::with_capacity(plain.len());
    for line in lines {
        let line = if diff { line.get(1..).unwrap_or_default() } else { line };
        // A header of OpenPGP, such as `Version: …`.
        if line.contains(&b':') {
            continue;
        }
        for &byte in line {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=' => body.push(byte),
                b' ' | b'\t' | b'\r' => {}
                b'.' | b'*' | b'<' | b'[' | b'{' | b'$' => return Body::Elided,
                _ => return Body::Unclear,
            }
        }
    }
    Body::Base64(body)
}

/// A line without the quotes, bars and marks of comment that may surround it.
fn trimmed(line: &[u8]) -> &[u8] {
    let foreign = |b: &u8| b" \t\r\"',;|>#".contains(b);
    let start = line.iter().position(|b| !foreign(b)).unwrap_or(line.len());
    let end = line.iter().rposition(|b| !foreign(b)).map_or(start, |at| at + 1);
    line.get(start..end).unwrap_or_default()
}

/// `text` with escapes of line breaks, tabs and slashes undone, however many backslashes they have.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'\\' {
            plain.push(*byte);
            continue;
        }
        let run = rest.iter().take_while(|&&b| b == b'\\').count();
        rest = rest.get(run..).unwrap_or_default();
        let (meant, length) = match rest {
            [b'n', ..] => (b'\n', 1),
            [b'r' | b't', ..] => (b' ', 1),
            [b'u', b'0', b'0', b'0', b'a' | b'A', ..] => (b'\n', 5),
            [b'u', b'0', b'0', b'0', b'd' | b'D', ..] => (b' ', 5),
            [b'u', b'0', b'0', b'2', b'b' | b'B', ..] => (b'+', 5),
            [b'u', b'0', b'0', b'2', b'f' | b'F', ..] => (b'/', 5),
            [b'u', b'0', b'0', b'3', b'd' | b'D', ..] => (b'=', 5),
            // A backslash at the end of a line, or before a slash, which then stands for itself.
            _ => (b' ', 0),
        };
        plain.push(meant);
        rest = rest.get(length..).unwrap_or_default();
    }
    plain
}
