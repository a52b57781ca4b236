//! Ways to hide a secret from a reader of plain bytes, as functions on any text: the evasion table and its test are made
//! of them. A trick says how to undo it in one line; nothing here knows how the engine reads it.
#![allow(dead_code)]

use std::ops::Range;

use keysieve::synth::Template;
use keysieve::{Pack, Rule, Scanner};

use super::carrier::base64;

/// A text, and where what is hidden stands in it.
pub type Hidden = (Vec<u8>, Range<usize>);

/// One way to hide a secret.
pub struct Trick {
    /// Its name in the table.
    pub name: &'static str,
    /// What it does.
    pub what: &'static str,
    /// The least share of rules, in percent, whose secret is hidden all the same. 0 is written down, not promised.
    pub floor: usize,
    /// The text with the secret at the range hidden so.
    pub hide: fn(&[u8], Range<usize>) -> Hidden,
}

/// All of them, in the order of the table.
pub const TRICKS: [Trick; 38] = [
    Trick {
        name: "plain",
        what: "nothing: the measure of all others",
        floor: 100,
        hide: |t, s| each(t, s, |_, b| vec![b]),
    },
    Trick {
        name: "json",
        what: r"every character as `\u0041`",
        floor: 90,
        hide: |t, s| each(t, s, |_, b| json(b)),
    },
    Trick {
        name: "json, some",
        what: "every third character",
        floor: 90,
        hide: |t, s| some(t, s, json),
    },
    Trick {
        name: "json in json",
        what: r"`\\\u0041`, every third",
        floor: 90,
        hide: |t, s| some(t, s, |b| [b"\\\\".to_vec(), json(b)].concat()),
    },
    Trick {
        name: "program",
        what: r"`\x41`, every third",
        floor: 90,
        hide: |t, s| some(t, s, |b| format!("\\x{b:02x}").into_bytes()),
    },
    Trick {
        name: "program, braces",
        what: r"`\u{41}`, every third",
        floor: 90,
        hide: |t, s| some(t, s, |b| format!("\\u{{{b:x}}}").into_bytes()),
    },
    Trick {
        name: "percent",
        what: "every character as `%41`",
        floor: 90,
        hide: |t, s| each(t, s, |_, b| percent(b)),
    },
    Trick {
        name: "percent, some",
        what: "every third character",
        floor: 90,
        hide: |t, s| some(t, s, percent),
    },
    Trick {
        name: "percent, twice",
        what: "`%2541`, every third",
        floor: 90,
        hide: |t, s| some(t, s, |b| format!("%25{b:02X}").into_bytes()),
    },
    Trick {
        name: "html",
        what: "every character as `&#65;`",
        floor: 90,
        hide: |t, s| each(t, s, |_, b| format!("&#{b};").into_bytes()),
    },
    Trick {
        name: "html, hex",
        what: "`&#x41;`, every third",
        floor: 90,
        hide: |t, s| some(t, s, |b| format!("&#x{b:x};").into_bytes()),
    },
    Trick {
        name: "html, twice",
        what: "`&amp;#65;`, every third",
        floor: 90,
        hide: |t, s| some(t, s, |b| format!("&amp;#{b};").into_bytes()),
    },
    Trick {
        name: "mail",
        what: "quoted-printable: `=` as `=3D`, lines of 76",
        floor: 85,
        hide: quoted,
    },
    Trick {
        name: "colours",
        what: "an ANSI sequence inside",
        floor: 90,
        hide: |t, s| inside(t, s, b"\x1b[1;31m"),
    },
    Trick {
        name: "colours, escaped",
        what: r"`\u001b[1;31m` inside",
        floor: 90,
        hide: |t, s| inside(t, s, b"\\u001b[1;31m"),
    },
    Trick {
        name: "zero width",
        what: "U+200B behind every third character",
        floor: 90,
        hide: |t, s| some(t, s, |b| [&[b][..], "\u{200b}".as_bytes()].concat()),
    },
    Trick {
        name: "soft hyphen",
        what: "U+00AD inside",
        floor: 90,
        hide: |t, s| inside(t, s, "\u{ad}".as_bytes()),
    },
    Trick {
        name: "byte order mark",
        what: "U+FEFF inside",
        floor: 90,
        hide: |t, s| inside(t, s, "\u{feff}".as_bytes()),
    },
    Trick {
        name: "full width",
        what: "every character in its full-width form",
        floor: 90,
        hide: |t, s| each(t, s, |_, b| wide(b)),
    },
    Trick {
        name: "tags",
        what: "every character as an invisible tag (U+E0041)",
        floor: 90,
        hide: |t, s| each(t, s, |_, b| tag(b)),
    },
    Trick {
        name: "look-alikes",
        what: "Cyrillic for `a c e o p x y`",
        floor: 85,
        hide: |t, s| each(t, s, |_, b| alike(b)),
    },
    Trick {
        name: "base64",
        what: "the whole text, padded",
        floor: 85,
        hide: |t, _| whole(base64(t)),
    },
    Trick {
        name: "base64url",
        what: "the whole text, not padded",
        floor: 85,
        hide: |t, _| whole(base64(t).replace('+', "-").replace('/', "_").replace('=', "")),
    },
    Trick {
        name: "base64, twice",
        what: "base64 of base64",
        floor: 80,
        hide: |t, _| whole(base64(base64(t).as_bytes())),
    },
    Trick {
        name: "base64, secret only",
        what: "the secret, not what names it",
        floor: 0,
        hide: only,
    },
    Trick {
        name: "gzip in base64",
        what: "the whole text",
        floor: 85,
        hide: |t, _| whole(base64(&gzip(t))),
    },
    Trick {
        name: "zlib in base64",
        what: "the whole text",
        floor: 85,
        hide: |t, _| whole(base64(&miniz_oxide::deflate::compress_to_vec_zlib(t, 6))),
    },
    Trick {
        name: "zstd in base64",
        what: "the whole text",
        floor: 85,
        hide: |t, _| {
            whole(base64(&ruzstd::encoding::compress_to_vec(
                t,
                ruzstd::encoding::CompressionLevel::Fastest,
            )))
        },
    },
    Trick {
        name: "hex",
        what: "the whole text",
        floor: 85,
        hide: |t, _| whole(t.iter().map(|b| format!("{b:02x}")).collect()),
    },
    Trick {
        name: "hex, marked",
        what: "`0x` and capitals",
        floor: 85,
        hide: |t, _| {
            whole(format!("0x{}", t.iter().map(|b| format!("{b:02X}")).collect::<String>()))
        },
    },
    Trick {
        name: "hex, spaced",
        what: "a blank between the bytes",
        floor: 0,
        hide: |t, _| whole(t.iter().map(|b| format!("{b:02x} ")).collect()),
    },
    Trick {
        name: "utf-16le",
        what: "the whole text, with its mark",
        floor: 90,
        hide: |t, s| utf16(t, s, &[0xff, 0xfe], false),
    },
    Trick {
        name: "utf-16le, no mark",
        what: "the whole text",
        floor: 90,
        hide: |t, s| utf16(t, s, &[], false),
    },
    Trick {
        name: "utf-16be",
        what: "the whole text, with its mark",
        floor: 90,
        hide: |t, s| utf16(t, s, &[0xfe, 0xff], true),
    },
    Trick {
        name: "wrapped",
        what: "a line break in the middle, at column 76",
        floor: 20,
        hide: wrapped,
    },
    Trick { name: "spaced", what: "a blank between the characters", floor: 0, hide: spaced },
    Trick {
        name: "concatenated",
        what: "`\" + \"` in the middle",
        floor: 0,
        hide: |t, s| inside(t, s, b"\" + \""),
    },
    Trick { name: "reversed", what: "last character first", floor: 0, hide: reversed },
];

/// The text with each character of the secret spelled by `spell`, which is told its place.
fn each(text: &[u8], secret: Range<usize>, spell: impl Fn(usize, u8) -> Vec<u8>) -> Hidden {
    let mut out = text[..secret.start].to_vec();
    for (at, byte) in text[secret.clone()].iter().enumerate() {
        out.extend(spell(at, *byte));
    }
    let end = out.len();
    out.extend_from_slice(&text[secret.end..]);
    (out, secret.start..end)
}

/// Every third character.
fn some(text: &[u8], secret: Range<usize>, spell: impl Fn(u8) -> Vec<u8>) -> Hidden {
    let last = secret.len() - 1;
    each(text, secret, |at, byte| if at % 3 == 1 && at != last { spell(byte) } else { vec![byte] })
}

/// Something between the characters in the middle.
fn inside(text: &[u8], secret: Range<usize>, between: &[u8]) -> Hidden {
    let middle = secret.len() / 2;
    each(
        text,
        secret,
        |at, byte| {
            if at == middle { [between, &[byte]].concat() } else { vec![byte] }
        },
    )
}

/// An encoding of the whole text between words.
fn whole(run: String) -> Hidden {
    let text = format!("what came out:\n{run}\nand nothing else");
    (text.into_bytes(), 15..15 + run.len())
}

fn only(text: &[u8], secret: Range<usize>) -> Hidden {
    let run = base64(&text[secret.clone()]);
    let out = [&text[..secret.start], run.as_bytes(), &text[secret.end..]].concat();
    (out, secret.start..secret.start + run.len())
}

fn json(byte: u8) -> Vec<u8> {
    format!("\\u{byte:04x}").into_bytes()
}

fn percent(byte: u8) -> Vec<u8> {
    format!("%{byte:02X}").into_bytes()
}

fn wide(byte: u8) -> Vec<u8> {
    if !byte.is_ascii_graphic() {
        return vec![byte];
    }
    char::from_u32(u32::from(byte) - 0x21 + 0xff01).unwrap_or(' ').to_string().into_bytes()
}

fn tag(byte: u8) -> Vec<u8> {
    if !byte.is_ascii_graphic() {
        return vec![byte];
    }
    char::from_u32(0xe_0000 + u32::from(byte)).unwrap_or(' ').to_string().into_bytes()
}

fn alike(byte: u8) -> Vec<u8> {
    let letter = match byte {
        b'a' => 'а',
        b'c' => 'с',
        b'e' => 'е',
        b'o' => 'о',
        b'p' => 'р',
        b'x' => 'х',
        b'y' => 'у',
        _ => return vec![byte],
    };
    letter.to_string().into_bytes()
}

/// The text as a mail has it.
fn quoted(text: &[u8], secret: Range<usize>) -> Hidden {
    let mut out = Vec::new();
    let mut column = 0;
    let (mut start, mut end) = (0, 0);
    for (at, byte) in text.iter().enumerate() {
        let piece = if *byte == b'=' || !byte.is_ascii() {
            format!("={byte:02X}").into_bytes()
        } else {
            vec![*byte]
        };
        column = if *byte == b'\n' { 0 } else { column + piece.len() };
        if column > 75 {
            out.extend_from_slice(b"=\n");
            column = piece.len();
        }
        if at == secret.start {
            start = out.len();
        }
        out.extend(piece);
        if at + 1 == secret.end {
            end = out.len();
        }
    }
    (out, start..end)
}

fn utf16(text: &[u8], secret: Range<usize>, mark: &[u8], big: bool) -> Hidden {
    let mut out = mark.to_vec();
    for unit in text {
        out.extend(if big { [0, *unit] } else { [*unit, 0] });
    }
    (out, mark.len() + 2 * secret.start..mark.len() + 2 * secret.end)
}

/// The line of the secret is as long as mail programs let it be, and so broken within the secret.
fn wrapped(text: &[u8], secret: Range<usize>) -> Hidden {
    let before = &text[..secret.start];
    let line = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let column = secret.start - line + secret.len() / 2;
    let filler = "and so ".repeat(11).into_bytes();
    let filler = &filler[filler.len() - 76usize.saturating_sub(column)..];
    let out = [&text[..line], filler, &text[line..]].concat();
    inside(&out, secret.start + filler.len()..secret.end + filler.len(), b"\n")
}

fn spaced(text: &[u8], secret: Range<usize>) -> Hidden {
    each(text, secret, |at, byte| if at > 0 { vec![b' ', byte] } else { vec![byte] })
}

fn reversed(text: &[u8], secret: Range<usize>) -> Hidden {
    let mut out = text.to_vec();
    out[secret.clone()].reverse();
    (out, secret)
}

/// A gzip member (RFC 1952).
pub fn gzip(text: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend(miniz_oxide::deflate::compress_to_vec(text, 6));
    let mut check = u32::MAX;
    for byte in text {
        check ^= u32::from(*byte);
        for _ in 0..8 {
            check = check >> 1 ^ if check & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    out.extend((!check).to_le_bytes());
    out.extend((text.len() as u32).to_le_bytes());
    out
}

/// A text of the rule's own, and where the secret in it is that a plain scan finds.
pub fn plain(pack: &Pack, scanner: &Scanner, rule: &Rule) -> Option<Hidden> {
    let named = format!("{{secret:{}}}", rule.id());
    rule.hits().iter().find_map(|hit| {
        let template = Template::parse(&hit.replace("{secret}", &named));
        let text = template.expand(pack, 5).ok()?.text;
        let found = scanner.find_iter(&text).find(|found| found.rule_id() == rule.id())?;
        Some((text, found.span().range()))
    })
}

/// What is seen of a hidden secret.
pub struct Outcome {
    /// Findings hide all of it.
    pub hidden: bool,
    /// One of them is the rule's own.
    pub known: bool,
}

/// What a scanner makes of a secret of the rule `id`.
pub fn outcome(scanner: &Scanner, id: &str, (text, range): &Hidden) -> Outcome {
    let mut at = range.start;
    let mut known = false;
    for finding in scanner.find_iter(text) {
        let span = finding.span();
        known |= finding.rule_id() == id && span.start() < range.end && range.start < span.end();
        if span.start() <= at {
            at = at.max(span.end());
        }
    }
    Outcome { hidden: at >= range.end, known }
}
