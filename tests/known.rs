//! Known secrets through the doors of the library: in every encoding, in pieces, beside other findings, and not where there are
//! none.

mod common;

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use common::{Bench, carrier, soup};
use keysieve::synth::{Dice, Template};
use keysieve::{
    Config, Finding, FingerprintKey, KNOWN_SECRET, KnownSecrets, Mode, Pack, Profile, Redactor,
    Scanner, Span,
};

/// Whatever they look like: words, digits, punctuation, bytes.
fn secrets(count: u32) -> Vec<Vec<u8>> {
    let mut dice = Dice::new(99);
    let alphabets: [&[u8]; 5] = [
        b"abcdefghijklmnopqrstuvwxyz",
        b"0123456789",
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        b"abcdefghijklm0123456789-_.~!@#$%^&*()",
        b"0123456789abcdef",
    ];
    let one = |n: u32| {
        let alphabet = alphabets[n as usize % alphabets.len()];
        let length = 12 + dice.below(40);
        (0..length).map(|_| alphabet[dice.below(alphabet.len())]).collect()
    };
    (0..count).map(one).collect()
}

/// A scanner that knows the hashes of `secrets` only.
fn scanner(secrets: &[Vec<u8>], pack: Pack, profile: Profile) -> Scanner {
    let key = FingerprintKey::from_text(b"for tests");
    let mut known = KnownSecrets::new(key.clone());
    secrets.iter().for_each(|secret| known.add(secret).unwrap());
    let mut hashes = KnownSecrets::new(key);
    known.lines(|| [7; 8]).iter().for_each(|line| hashes.add_line(line).unwrap());
    let config = Config::new().profile(profile);
    Scanner::builder().pack(pack).config(config).known(hashes).build().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn events(secret: &str, cut: usize) -> String {
    let event = |piece: &str| {
        let choice = serde_json::json!({ "index": 0, "delta": { "content": piece } });
        format!("data: {}\n\n", serde_json::json!({ "id": "c", "choices": [choice] }))
    };
    format!(
        "{}{}",
        event(&format!("it is {}", &secret[..cut])),
        event(&format!("{} so", &secret[cut..]))
    )
}

/// Values of every kind that people have: what looks like nothing, short ones with marks, other scripts.
fn peculiar() -> Vec<String> {
    [
        "hunter22",
        "correct horse",
        "Sommer2024!",
        "p@ss/w0rd",
        "a\"b'c<d>e&f",
        "back\\slash\\n0t",
        "100%sure%41",
        "x=y+z a;b",
        "`$(id)`#{x}",
        "Grüße-aus-Köln",
        "пароль-2024",
        "密码不会告诉你的",
        "🔑🔒 secret",
        "31415926",
        "two\nlines of it",
        "tabs\tand ends",
        "~tilde*star(paren)!",
        "abcabcabcabc",
        "KEY_OF_THE_HOUSE",
        "a.b.c.d:8080/x?y",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// How a text may be written down, with the part that is the secret.
fn spellings(secret: &str) -> Vec<(&'static str, String)> {
    let json = |text: &str| {
        let quoted = serde_json::to_string(text).unwrap();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let chars = |escape: &dyn Fn(char) -> String| secret.chars().map(escape).collect::<String>();
    let bytes = |escape: &dyn Fn(u8) -> String| secret.bytes().map(escape).collect::<String>();
    let plain = |c: char| c.is_ascii_alphanumeric();
    let unicode = |c: char| {
        let mut units = [0; 2];
        c.encode_utf16(&mut units).iter().map(|u| format!("\\u{u:04x}")).collect::<String>()
    };
    let percent = |b: u8| format!("%{b:02X}");
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let url = bytes(&|b| if unreserved(b) { char::from(b).to_string() } else { percent(b) });
    let twice = |b: u8| match b {
        b if unreserved(b) => char::from(b).to_string(),
        b => format!("%25{b:02X}"),
    };
    let once = json(secret);
    let mut all = vec![
        ("raw", secret.to_owned()),
        ("json", once.clone()),
        ("json in json", json(&once)),
        ("unicode escapes", chars(&unicode)),
        ("punctuation by its number", {
            chars(&|c| if plain(c) { c.to_string() } else { unicode(c) })
        }),
        ("the same in a string of JSON", {
            json(&chars(&|c| if plain(c) { c.to_string() } else { unicode(c) }))
        }),
        ("slashes escaped", once.replace('/', "\\/")),
        ("percent", url.clone()),
        ("percent, all of it", bytes(&percent)),
        ("percent, in lower case", bytes(&|b| format!("%{b:02x}"))),
        ("percent, twice", bytes(&twice)),
        ("form", url.replace("%20", "+")),
        ("html", {
            let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            html.replace('"', "&quot;").replace('\'', "&#39;")
        }),
        ("html by numbers", {
            chars(&|c| if plain(c) { c.to_string() } else { format!("&#{};", u32::from(c)) })
        }),
        ("quoted-printable", {
            let kept = |b: u8| (b' '..=b'~').contains(&b) && b != b'=';
            bytes(&|b| if kept(b) { char::from(b).to_string() } else { format!("={b:02X}") })
        }),
        ("hex", hex(secret.as_bytes())),
        ("hex in upper case", hex(secret.as_bytes()).to_uppercase()),
    ];
    if !secret.contains('\\') {
        let marked = |c: char| c.is_ascii_punctuation() || c == ' ';
        all.push(("for a shell", {
            chars(&|c| if marked(c) { format!("\\{c}") } else { c.to_string() })
        }));
    }
    // Broken over lines, by what breaks them.
    let cut = secret.char_indices().nth(secret.chars().count() / 2).unwrap().0;
    let early = secret.char_indices().nth(2).unwrap().0;
    if !secret.contains(['\n', '\t', ' ']) {
        for (how, edge) in [
            ("by a terminal", "\n"),
            ("with a carriage return", "\r\n"),
            ("with indentation", "\n        "),
            ("in a mail that is quoted", "\n> "),
            ("softly", "=\n"),
            ("in a shell", "\\\n"),
            ("in a string", "\\n"),
            ("in a string in a string", "\\\\n    "),
        ] {
            let in_string = edge.contains('\\');
            // Backslashes that are spelled, and an edge that is, are not told apart.
            if in_string && secret.contains('\\') || how == "softly" && secret.contains('=') {
                continue;
            }
            let at = if in_string { &once } else { secret };
            for cut in [early, cut].into_iter().filter(|cut| at.is_char_boundary(*cut)) {
                all.push((how, format!("{}{edge}{}", &at[..cut], &at[cut..])));
            }
        }
    }
    if secret.contains(' ') && !secret.contains('\n') {
        all.push(("in prose", secret.replacen(' ', "\n", 1)));
        all.push(("in prose that is quoted", secret.replacen(' ', "\n> ", 1)));
    }
    all
}

/// The text in base64 behind so many bytes, with padding and without, and the characters in which the secret stands.
fn in_base64(secret: &str) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for before in ["", "a", "ab", "abc: x", "a longer beginning: "] {
        let run = carrier::base64(format!("{before}{secret}").as_bytes());
        all.push(("base64", run.clone()));
        all.push(("base64 for URLs", run.replace('+', "-").replace('/', "_")));
        all.push(("base64 without padding", run.trim_end_matches('=').to_owned()));
        all.push((
            "base64 of more",
            carrier::base64(format!("{before}{secret} and more").as_bytes()),
        ));
    }
    all
}

fn found_in_pieces(
    scanner: &Scanner,
    text: &[u8],
    cuts: &mut dyn Iterator<Item = usize>,
) -> Vec<Span> {
    let mut stream = scanner.stream();
    let mut found = Vec::new();
    let mut sink = |f: &Finding| {
        found.push(f.span());
        ControlFlow::Continue(())
    };
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(cuts.next().unwrap_or(rest.len()).clamp(1, rest.len()));
        stream.write(piece, &mut sink);
        rest = behind;
    }
    stream.finish(&mut sink);
    found
}

#[test]
fn every_kind_of_value_is_found_in_every_spelling_and_for_every_cut() {
    let all = peculiar();
    let bytes: Vec<Vec<u8>> = all.iter().map(|secret| secret.clone().into_bytes()).collect();
    let scanner = scanner(&bytes, Pack::new(), Profile::Alert);
    let redactor = Redactor::new(&scanner, Mode::Label);
    let (mut count, mut missed) = (0, Vec::new());
    for secret in &all {
        for (how, spelled) in spellings(secret).into_iter().chain(in_base64(secret)) {
            for text in [format!("it is {spelled} so"), format!("\"{spelled}\"\n"), spelled.clone()]
            {
                let found: Vec<Span> =
                    scanner.find_iter(text.as_bytes()).map(|f| f.span()).collect();
                count += 1;
                if found.is_empty() {
                    missed.push(format!("{how}: {text:?}"));
                    continue;
                }
                let clean = redactor.redact(text.as_bytes());
                let clean = String::from_utf8_lossy(&clean);
                assert!(!clean.contains(&spelled), "{how}: {text:?} is {clean:?}");
                for cut in 1..text.len() {
                    let pieces = found_in_pieces(&scanner, text.as_bytes(), &mut [cut].into_iter());
                    assert_eq!(pieces, found, "{how}: {text:?} cut at {cut}");
                }
                for size in [1, 2, 3, 7] {
                    let mut cuts = std::iter::repeat(size);
                    let pieces = found_in_pieces(&scanner, text.as_bytes(), &mut cuts);
                    assert_eq!(pieces, found, "{how}: {text:?} in pieces of {size}");
                }
            }
        }
        for cut in (1..secret.len()).filter(|cut| secret.is_char_boundary(*cut)) {
            let text = events(secret, cut);
            count += 1;
            if scanner.find_iter(text.as_bytes()).next().is_none() {
                missed.push(format!("events: {text:?}"));
            }
        }
    }
    assert!(missed.is_empty(), "{} of {count}:\n{}", missed.len(), missed.join("\n"));
    assert!(count > 2_000, "{count}");
}

#[test]
fn every_planted_secret_is_found_in_every_encoding() {
    let all = secrets(10_000);
    let scanner = scanner(&all, Pack::new(), Profile::Alert);
    for (n, secret) in all.iter().enumerate().step_by(23) {
        let secret = std::str::from_utf8(secret).unwrap();
        let split = ("events", events(secret, 1 + n % (secret.len() - 1)));
        let within = |(how, spelled): (_, String)| (how, format!("it is {spelled} so"));
        let texts = spellings(secret).into_iter().chain(in_base64(secret)).map(within);
        for (how, text) in texts.chain([split]) {
            let found = scanner.find_iter(text.as_bytes()).next();
            assert!(
                found.is_some_and(|f| f.rule_id() == KNOWN_SECRET),
                "{how}: secret {n} is not found"
            );
        }
    }
}

#[test]
fn nothing_is_found_where_nothing_is_known() {
    let all = secrets(10_000);
    let scanner = scanner(&all, Pack::new(), Profile::Redact);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/benign");
    let (pack, mut bytes) = (Pack::builtin(), 0);
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let text =
            Template::parse(&text).expand(&pack, 5).map_or_else(|_| text.into_bytes(), |e| e.text);
        assert_eq!(scanner.find_iter(&text).count(), 0);
        bytes += text.len();
    }
    // Near misses: one character less, one other.
    for secret in all.iter().step_by(50) {
        let mut near = secret.clone();
        let last = near.len() - 1;
        near[last] ^= 1;
        assert_eq!(scanner.find_iter(&near).count(), 0);
        assert_eq!(scanner.find_iter(&secret[1..]).count(), 0);
        assert_eq!(scanner.find_iter(&secret[..last]).count(), 0);
    }
    assert!(bytes > 10_000, "{bytes}");
}

#[test]
fn known_secrets_beside_other_findings_are_the_same_for_every_cut() {
    let pack = Pack::builtin();
    let all = secrets(40);
    for profile in [Profile::Alert, Profile::Redact] {
        let mut bench = Bench::of(scanner(&all, Pack::builtin(), profile), Mode::Label);
        for seed in 0..12u64 {
            let secret = &all[seed as usize * 3];
            let other = soup::soup(&pack, seed, 3);
            let text = [&other[..], b" password=", secret, b"\n", secret, b"x ", &other].concat();
            if let Some(difference) = bench.everywhere(&text) {
                panic!("{difference}");
            }
        }
    }
}

#[test]
fn what_stands_around_a_known_part_of_a_secret_is_hidden_as_before() {
    let known = b"correct-horse".to_vec();
    let scanner = scanner(&[known], Pack::builtin(), Profile::Redact);
    let redactor = Redactor::new(&scanner, Mode::Label);
    let text = "DB_PASSWORD=tr0ub4dor&3x-correct-horse-9qZ!v7\n";
    let clean = String::from_utf8(redactor.redact(text.as_bytes()).into_owned()).unwrap();
    for part in ["tr0ub4dor", "correct", "9qZ"] {
        assert!(!clean.contains(part), "{clean}");
    }
}
