//! What an example token tells of its format: a prefix, alphabets, lengths. Never its characters.
//!
//! With one example the prefix is what ends in `_`, `-` or `.` and reads like a name; with several, what they share. What is
//! random is described by classes that are too wide rather than too narrow.

use std::fmt::Write as _;

/// The longest prefix that is taken over.
const LONGEST_PREFIX: usize = 24;
/// What has to be left behind a prefix.
const LEAST_BODY: usize = 12;

/// The format of the examples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) prefix: String,
    /// Pattern of what follows the prefix.
    pub(super) body: String,
    /// The template mark for something of the same make.
    pub(super) mark: &'static str,
    pub(super) shortest: usize,
    pub(super) longest: usize,
    /// The longest run of one class, for judging entropy.
    pub(super) random: usize,
}

/// A set of characters, from narrow to wide.
struct Alphabet {
    class: &'static str,
    mark: &'static str,
    holds: fn(u8) -> bool,
    /// How many characters must be of it before it is believed over the next wider one.
    least: usize,
}

const ALPHABETS: &[Alphabet] = &[
    Alphabet { class: "[0-9]", mark: "digit", holds: |b| b.is_ascii_digit(), least: 6 },
    Alphabet {
        class: "[0-9a-f]",
        mark: "hex",
        holds: |b| matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        least: 12,
    },
    Alphabet {
        class: "[0-9A-F]",
        mark: "HEX",
        holds: |b| matches!(b, b'0'..=b'9' | b'A'..=b'F'),
        least: 12,
    },
    Alphabet {
        class: "[A-Z2-7]",
        mark: "base32",
        holds: |b| matches!(b, b'A'..=b'Z' | b'2'..=b'7'),
        least: 16,
    },
    Alphabet {
        class: "[0-9a-z]",
        mark: "lower",
        holds: |b| matches!(b, b'0'..=b'9' | b'a'..=b'z'),
        least: 8,
    },
    Alphabet {
        class: "[0-9A-Z]",
        mark: "upper",
        holds: |b| matches!(b, b'0'..=b'9' | b'A'..=b'Z'),
        least: 8,
    },
    Alphabet {
        class: "[0-9A-Za-z]",
        mark: "alnum",
        holds: |b| b.is_ascii_alphanumeric(),
        least: 0,
    },
    Alphabet {
        class: "[0-9A-Za-z_-]",
        mark: "base64url",
        holds: |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'),
        least: 0,
    },
    Alphabet {
        class: "[0-9A-Za-z+/]",
        mark: "base64",
        holds: |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'),
        least: 0,
    },
    Alphabet { class: "[!-~]", mark: "alnum", holds: |b| b.is_ascii_graphic(), least: 0 },
];

/// The format of one or more tokens.
pub(super) fn of(tokens: &[&str], prefix: Option<&str>) -> Result<Shape, String> {
    if tokens.iter().any(|token| !token.bytes().all(|b| b.is_ascii_graphic())) {
        return Err("a token is one word of printable ASCII characters".to_owned());
    }
    if tokens.iter().any(|token| !(8..=512).contains(&token.len())) {
        return Err("a token has 8 to 512 characters".to_owned());
    }
    let prefix = match prefix {
        Some(given) if tokens.iter().all(|token| token.starts_with(given)) => given.to_owned(),
        Some(_) => return Err("not every example begins with what --prefix says".to_owned()),
        None => guess(tokens),
    };
    let bodies: Vec<&str> =
        tokens.iter().map(|token| token.get(prefix.len()..).unwrap_or_default()).collect();
    if bodies.iter().any(|body| body.is_empty()) {
        return Err("nothing is left behind the prefix".to_owned());
    }
    Ok(describe(prefix, &bodies))
}

/// The prefix that the tokens have, if it shows.
fn guess(tokens: &[&str]) -> String {
    let Some((first, others)) = tokens.split_first() else { return String::new() };
    let shared = others.iter().fold(first.len(), |most, other| {
        first.bytes().zip(other.bytes()).take(most).take_while(|(a, b)| a == b).count()
    });
    let shortest = tokens.iter().map(|token| token.len()).min().unwrap_or(0);
    let most = shared.min(LONGEST_PREFIX).min(shortest.saturating_sub(LEAST_BODY));
    let head = first.get(..most).unwrap_or_default();
    if others.len() >= 2 && !others.contains(first) {
        // What three different tokens share is no chance.
        return head.to_owned();
    }
    let mut end = 0;
    for (at, _) in head.match_indices(['_', '-', '.']) {
        let part = head.get(end..at).unwrap_or_default();
        if !is_name(part) {
            break;
        }
        end = at + 1;
    }
    head.get(..end).unwrap_or_default().to_owned()
}

/// Whether a part reads like a name: letters of one case, perhaps with a small number behind them.
fn is_name(part: &str) -> bool {
    let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = part.len() - letters.len();
    let one_case = letters.bytes().all(|b| b.is_ascii_lowercase())
        || letters.bytes().all(|b| b.is_ascii_uppercase());
    (2..=10).contains(&letters.len()) && digits <= 2 && one_case
}

fn describe(prefix: String, bodies: &[&str]) -> Shape {
    let count = bodies.first().map_or(1, |body| parts(body).len());
    let layouts: Vec<Vec<(&str, char)>> = bodies.iter().map(|body| parts(body)).collect();
    // Parts are told apart only if every example has the same ones.
    let alike = layouts.iter().all(|layout| {
        layout.len() == count
            && layouts.first().is_some_and(|f| f.iter().zip(layout).all(|(a, b)| a.1 == b.1))
    });
    let columns: Vec<(Vec<&str>, char)> = if alike {
        (0..count)
            .map(|i| {
                let column = layouts.iter().filter_map(|layout| layout.get(i));
                let end = layouts.first().and_then(|l| l.get(i)).map_or('\0', |part| part.1);
                (column.map(|part| part.0).collect(), end)
            })
            .collect()
    } else {
        vec![(bodies.to_vec(), '\0')]
    };
    let mut shape = Shape {
        body: String::new(),
        mark: "alnum",
        shortest: prefix.len(),
        longest: prefix.len(),
        random: 0,
        prefix,
    };
    // The parts of a UUID are too short to tell what they are made of one by one.
    let all: Vec<&str> = columns.iter().flat_map(|(column, _)| column.iter().copied()).collect();
    let one = bodies.iter().all(|body| is_uuid(body)).then(|| alphabet(&all)).flatten();
    for (column, end) in columns {
        shape.add(&column, end, one);
    }
    shape
}

fn is_uuid(body: &str) -> bool {
    body.len() == 36
        && body.bytes().enumerate().all(|(i, b)| {
            if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() }
        })
}

/// The narrowest alphabet that holds all of the pieces and that so many characters make believable.
fn alphabet(pieces: &[&str]) -> Option<&'static Alphabet> {
    let length: usize = pieces.iter().map(|piece| piece.len()).sum();
    ALPHABETS
        .iter()
        .find(|a| length >= a.least && pieces.iter().all(|piece| piece.bytes().all(a.holds)))
}

/// The body cut at separators that no alphabet has, each part with the separator behind it. A UUID is cut at its dashes.
fn parts(body: &str) -> Vec<(&str, char)> {
    let separators: &[char] = if is_uuid(body) { &['-'] } else { &['.', ':', '~', '|', '='] };
    let mut out = Vec::new();
    let mut from = 0;
    for (at, separator) in body.match_indices(separators) {
        out.push((body.get(from..at).unwrap_or_default(), separator.chars().next().unwrap_or('.')));
        from = at + 1;
    }
    out.push((body.get(from..).unwrap_or_default(), '\0'));
    out
}

impl Shape {
    /// Adds a part, given as it stands in each example.
    fn add(&mut self, column: &[&str], end: char, one: Option<&'static Alphabet>) {
        let least = column.iter().map(|part| part.len()).min().unwrap_or(0);
        let most = column.iter().map(|part| part.len()).max().unwrap_or(0);
        if most > 0 {
            let Some(alphabet) = one.or_else(|| alphabet(column)) else { return };
            self.body.push_str(alphabet.class);
            // Writing to a string cannot fail.
            let _ = match (least, most) {
                (1, 1) => Ok(()),
                (least, most) if least == most => write!(self.body, "{{{most}}}"),
                (least, most) => write!(self.body, "{{{least},{most}}}"),
            };
            if most > self.random {
                self.random = most;
                self.mark = alphabet.mark;
            }
        }
        self.shortest += least;
        self.longest += most;
        if end != '\0' {
            self.body.push_str(if matches!(end, '.' | '|') { "\\" } else { "" });
            self.body.push(end);
            self.shortest += 1;
            self.longest += 1;
        }
    }

    /// The whole pattern.
    pub(super) fn pattern(&self) -> String {
        escaped(&self.prefix) + &self.body
    }

    /// A bar for the entropy that random tokens of this make clear, if they are long enough to have one.
    pub(super) fn entropy(&self) -> Option<f32> {
        Some(match (self.mark, self.random) {
            (_, 0..=15) | ("digit", _) => return None,
            ("hex" | "HEX", 16..=23) => 2.2,
            ("hex" | "HEX", _) => 2.8,
            (_, 16..=23) => 2.8,
            (_, 24..=39) => 3.2,
            _ => 3.7,
        })
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "\\.+*?()|[]{}^$#&~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(tokens: &[&str]) -> String {
        of(tokens, None).unwrap().pattern()
    }

    #[test]
    fn one_example() {
        let cases = [
            ("acme_live_", "lower:24", "acme_live_[0-9a-z]{24}"),
            ("", "hex:32", "[0-9a-f]{32}"),
            ("ACME-", "HEX:40", "ACME-[0-9A-F]{40}"),
            ("ak1.", "alnum:30", "ak1\\.[0-9A-Za-z]{30}"),
            ("", "uuid", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        ];
        for (prefix, mark, wanted) in cases {
            let template = keysieve::synth::Template::parse(&format!("{prefix}{{{mark}}}"));
            let token = template.expand(&keysieve::Pack::new(), 7).unwrap().text;
            let mut token = String::from_utf8(token).unwrap();
            if mark == "lower:24" {
                token.replace_range(12..13, "7");
            }
            assert_eq!(pattern(&[&token]), wanted, "{prefix}{{{mark}}}");
        }
    }

    #[test]
    fn several_examples() {
        let three = ["qz7kabcdefgh1jkl", "qz7kmnopqrst2vwxyz", "qz7kyzabcdef3hij"];
        assert_eq!(of(&three, None).unwrap().prefix, "qz7k");
        assert_eq!(of(&three, None).unwrap().body, "[0-9a-z]{12,14}");
        assert_eq!(of(&three, Some("qz")).unwrap().prefix, "qz");
        assert!(of(&three, Some("zz")).is_err());
        // Two may be alike by chance.
        assert_eq!(of(&three[..2], None).unwrap().prefix, "");
    }

    #[test]
    fn a_random_head_is_no_prefix() {
        for token in [
            "x7Kp-9a8b7c6d5e4f3a2b1c",
            "550e8400-0000-4000-8000-000000000000",
            "Ab_0123456789abcdef",
        ] {
            assert_eq!(of(&[token], None).unwrap().prefix, "", "{token}");
        }
    }

    #[test]
    fn what_is_no_token() {
        assert!(of(&["short"], None).is_err());
        assert!(of(&["two words here"], None).is_err());
    }
}
