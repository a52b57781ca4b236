//! Known secrets through the doors of the library: in every encoding, in pieces, beside other findings, and not where there are
//! none.

mod common;

use std::fs;
use std::path::Path;

use common::{Bench, soup};
use keysieve::synth::{Dice, Template};
use keysieve::{
    Config, FingerprintKey, KNOWN_SECRET, KnownSecrets, Mode, Pack, Profile, Redactor, Scanner,
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

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let word =
            three.iter().fold(0u32, |word, b| word << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let six = word >> (18 - 6 * place) & 63;
            out.push(if place <= three.len() { char::from(ALPHABET[six as usize]) } else { '=' });
        }
    }
    out
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

#[test]
fn every_planted_secret_is_found_in_every_encoding() {
    let all = secrets(10_000);
    let scanner = scanner(&all, Pack::new(), Profile::Alert);
    let redactor = Redactor::new(&scanner, Mode::Label);
    for (n, secret) in all.iter().enumerate().step_by(23) {
        let text = std::str::from_utf8(secret).unwrap();
        let json = serde_json::to_string(text).unwrap();
        let each = |escape: fn(&u8) -> String| secret.iter().map(escape).collect::<String>();
        let mut texts = vec![
            ("raw", format!("it is {text} so")),
            ("glued", format!("x{text}x")),
            ("json", format!("{{\"a\": {json}}}")),
            ("json in json", serde_json::to_string(&json).unwrap()),
            ("hex", hex(secret)),
            ("events", events(text, 1 + n % (text.len() - 1))),
        ];
        if text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            texts.push(("unicode escapes", each(|b| format!("\\u{b:04x}"))));
            texts.push(("all percent", each(|b| format!("%{b:02X}"))));
        } else {
            let kept = |b: &u8| b.is_ascii_alphanumeric() || b"-._~".contains(b);
            let url =
                |b: &u8| if kept(b) { char::from(*b).to_string() } else { format!("%{b:02X}") };
            texts.push(("percent", secret.iter().map(url).collect()));
        }
        for alignment in 0..3 {
            let inner = format!("{}{text} and more", &"ab"[..alignment]);
            texts.push(("base64", base64(inner.as_bytes())));
        }
        for (how, text) in texts {
            let found: Vec<_> = scanner.find_iter(text.as_bytes()).collect();
            assert!(
                found.iter().any(|f| f.rule_id() == KNOWN_SECRET),
                "{how}: secret {n} is not found"
            );
            let clean = redactor.redact(text.as_bytes());
            assert!(
                !clean.windows(secret.len()).any(|window| window == secret.as_slice()),
                "{how}"
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
