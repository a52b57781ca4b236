//! Canaries of every built-in rule, and the search for pieces of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;

use keysieve::synth::Template;
use keysieve::{Config, Pack, Profile, Rule, Scanner};

/// Bytes of a piece.
const PIECE: usize = 8;

/// A secret of a rule, in a text in which that rule finds it.
pub struct Canary {
    pub rule: String,
    pub text: Vec<u8>,
    pub secret: String,
    /// Whether the rule knows it by its own format.
    pub anchored: bool,
    /// Pieces of it that are random.
    pieces: BTreeSet<Vec<u8>>,
}

/// One canary for each rule.
pub fn canaries() -> Vec<Canary> {
    let pack = Pack::builtin();
    let config = Config::new().profile(Profile::Redact);
    let scanner = Scanner::builder().pack(pack.clone()).config(config).build().unwrap();
    let find = |rule: &Rule, text: Vec<u8>| {
        let found = scanner.find_iter(&text).find(|f| f.rule_id() == rule.id())?;
        Some((text, found.span()))
    };
    let expand = |rule: &Rule, seed: u64| {
        let mark = format!("{{secret:{}}}", rule.id());
        let fill = |text: &str, seed| Template::parse(text).expand(&pack, seed).unwrap().text;
        // A token drawn at random may look made up, or like another rule's; lint watches how often.
        let found = (0..32).map(|more| seed + more).find_map(|seed| {
            let hit = &rule.hits()[0];
            let (text, at) = find(rule, fill(&hit.replace("{secret}", &mark), seed))?;
            if hit.contains('{') {
                return Some((text, at));
            }
            // A hit without marks is about weak secrets: with another weak one in its place.
            ["{lower:14}", "{lower:7}"].into_iter().find_map(|weak| {
                find(rule, [&text[..at.start()], &fill(weak, seed), &text[at.end()..]].concat())
            })
        });
        let (text, at) = found.unwrap_or_else(|| panic!("{}: its first hit is no hit", rule.id()));
        let secret = text[at.range()].to_vec();
        (text, secret)
    };
    let canary = |(n, rule): (u64, &Rule)| {
        // Seeds are not shared by rules: equal numbers would stand in texts of both, secret in one of them only.
        let (text, secret) = expand(rule, n * 4096);
        let others: Vec<Vec<u8>> = (1..30).map(|i| expand(rule, n * 4096 + i * 64).1).collect();
        let anchored = rule.anchors().iter().any(|a| secret.starts_with(a.as_bytes()));
        let pieces = random_pieces(&secret, &others);
        let secret = String::from_utf8_lossy(&secret).into_owned();
        Canary { rule: rule.id().to_owned(), text, secret, anchored, pieces }
    };
    (1..).zip(pack.rules()).map(canary).collect()
}

/// Pieces of what does not stand in other secrets of the same rule.
fn random_pieces(secret: &[u8], others: &[Vec<u8>]) -> BTreeSet<Vec<u8>> {
    let common = |other: &Vec<u8>| secret.iter().zip(other).take_while(|(a, b)| a == b).count();
    let prefix = others.iter().map(common).min().unwrap_or(0);
    let public: HashSet<Vec<u8>> = others.iter().flat_map(|other| pieces(other)).collect();
    let mut random = pieces(&secret[prefix..]);
    random.retain(|piece| !public.contains(piece) && !piece.is_empty());
    random
}

fn pieces(secret: &[u8]) -> BTreeSet<Vec<u8>> {
    // A word of a phrase is on a public list and stands in any text; a few of them in a row do not.
    let is_phrase = secret.contains(&b' ')
        && secret.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_whitespace());
    let piece = if is_phrase { 3 * PIECE } else { PIECE };
    if secret.len() < piece {
        return BTreeSet::from([secret.to_vec()]);
    }
    secret.windows(piece).map(<[u8]>::to_vec).collect()
}

/// What is searched for.
pub struct Needles {
    by_length: BTreeMap<usize, HashMap<Vec<u8>, String>>,
    pub rules: BTreeSet<String>,
}

impl Needles {
    pub fn new(canaries: &[Canary]) -> Needles {
        let mut needles = Needles { by_length: BTreeMap::new(), rules: BTreeSet::new() };
        for canary in canaries {
            for piece in &canary.pieces {
                for form in forms(piece) {
                    let of_length = needles.by_length.entry(form.len()).or_default();
                    of_length.insert(form, canary.rule.clone());
                    needles.rules.insert(canary.rule.clone());
                }
            }
        }
        needles
    }

    /// The rules of which a piece stands in `text`, with the length of what was found.
    pub fn search(&self, text: &[u8]) -> Vec<String> {
        let text = &without_fingerprints(text);
        let mut found = BTreeSet::new();
        for (length, needles) in &self.by_length {
            for window in text.windows(*length) {
                if let Some(rule) = needles.get(window) {
                    found.insert(format!("{rule} ({length} bytes)"));
                }
            }
        }
        found.into_iter().collect()
    }
}

/// Where hexadecimal digits stand that are no secret's, though a few of them would now and then be those of one: what stands
/// before them, how many they are, what stands behind them. Fingerprints, long and short, ids of alerts as each receiver gets
/// them, checksums of a queue's lines, and the names of its files.
const DIGITS: [(&[u8], usize, &[u8]); 8] = [
    (b"ks1:", 40, b""),
    (b"ks1:", 8, b""),
    (b"\"id\":\"", 32, b"\""),
    (b" id=\"", 32, b"\""),
    (b"\"dedup_key\":\"", 32, b"\""),
    (b"\"event.id\",\"value\":{\"stringValue\":\"", 32, b"\""),
    (b"\n", 8, b" {\""),
    (b"/", 16, b"."),
];

fn without_fingerprints(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let skipped = DIGITS.iter().find_map(|(before, count, after)| {
            let digits = rest.strip_prefix(*before)?.get(..*count)?;
            let behind = &rest[before.len() + count..];
            let fits = digits.iter().all(u8::is_ascii_hexdigit) && behind.starts_with(after);
            fits.then_some((before, before.len() + count))
        });
        match skipped {
            Some((before, length)) => {
                out.extend_from_slice(before);
                at += length;
            }
            None => {
                out.push(text[at]);
                at += 1;
            }
        }
    }
    out
}

/// The ways in which bytes are looked for.
pub fn forms(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![bytes.to_vec(), bytes.iter().rev().copied().collect()];
    forms.push(bytes.iter().flat_map(|b| format!("{b:02x}").into_bytes()).collect());
    forms.push(bytes.iter().flat_map(|b| format!("{b:02X}").into_bytes()).collect());
    for shift in 0..3 {
        let standard = base64(bytes, shift);
        forms.push(
            standard
                .iter()
                .map(|c| match c {
                    b'+' => b'-',
                    b'/' => b'_',
                    c => *c,
                })
                .collect(),
        );
        forms.push(standard);
    }
    forms
}

/// The characters of base64 that depend on `bytes` alone, when `shift` other bytes stand before them.
fn base64(bytes: &[u8], shift: usize) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits: Vec<bool> = vec![false; shift * 8];
    bits.extend(bytes.iter().flat_map(|b| (0..8).rev().map(move |i| b >> i & 1 == 1)));
    let first = (shift * 8).div_ceil(6);
    let digits = bits.chunks_exact(6).skip(first);
    digits.map(|six| ALPHABET[six.iter().fold(0, |n, bit| n * 2 + usize::from(*bit))]).collect()
}

/// The names and contents of all files in a folder.
pub fn everything_in(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(path.display().to_string().bytes());
        all.push(b'\n');
        all.extend(fs::read(&path).unwrap_or_default());
        all.push(b'\n');
    }
    all
}
