//! Dice are recognised over every alphabet; what people and programs write is not.

use super::{entropy, is_random, log_odds};

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const ALNUM: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const BASE64: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &[u8] = b"0123456789abcdef";

/// Dice that fall the same way each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 20
    }

    fn token(&mut self, alphabet: &[u8], len: usize) -> Vec<u8> {
        (0..len).map(|_| alphabet[self.throw() as usize % alphabet.len()]).collect()
    }
}

/// How many of a thousand tokens count as random.
fn recognised(alphabet: &[u8], len: usize) -> usize {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    (0..1000).filter(|_| is_random(&dice.token(alphabet, len))).count()
}

#[test]
fn dice_over_large_alphabets_are_recognised_from_twenty_bytes() {
    for alphabet in [ALNUM, BASE64, BASE32] {
        assert!(recognised(alphabet, 20) >= 985, "{}", recognised(alphabet, 20));
        assert_eq!(recognised(alphabet, 40), 1000);
    }
    assert!(recognised(LOWER, 24) >= 980);
}

#[test]
fn hex_is_recognised_from_thirty_two_digits() {
    assert!(recognised(HEX, 32) >= 990);
    assert!(recognised(&HEX.to_ascii_uppercase(), 32) >= 990);
    assert_eq!(recognised(HEX, 64), 1000);
}

#[test]
fn nothing_short_is_random() {
    assert_eq!(recognised(BASE64, 15), 0);
    assert!(!is_random(b""));
    assert!(!is_random(b"="));
    assert_eq!(log_odds(b""), 0.0);
}

#[test]
fn names_and_words_are_not_random() {
    let written = [
        "getUserAccountSettingsById",
        "AbstractSingletonProxyFactoryBean",
        "XMLHttpRequestEventTarget",
        "max_connections_per_upstream_host",
        "CONTENT_SECURITY_POLICY_REPORT_ONLY",
        "how-to-write-a-letter-to-your-grandmother",
        "node_modules/@babel/plugin-transform-runtime/lib/index.js",
        "src/main/java/org/acme/orders/OrderControllerTest.java",
        "com.acme.warehouse.orders.internal.OrderRepositoryImpl",
        "Donaudampfschifffahrtsgesellschaft",
        "Rindfleischetikettierungsgesetz",
        "anticonstitutionnellement",
        "backup-2024-03-17-final-version.tar.gz",
        "IMG_20240317_142233_holiday.jpeg",
        "v1.24.3-rc.2+build.20240317",
        "x86_64-unknown-linux-gnu",
        "registry.acme.org/team/service:v2.13.0",
        "2024-03-17T14:22:33.123456Z",
        "1234567890123456789012345678901234567890",
        "internationalization_and_localization",
        "sha256WithRSAEncryption",
    ];
    for text in written {
        assert!(!is_random(text.as_bytes()), "{text} {}", log_odds(text.as_bytes()));
    }
}

#[test]
fn repetition_and_counting_are_not_random() {
    for text in [
        "xzxzxzxzxzxzxzxzxzxzxzxzxzxzxzxz",
        "qkqkqqkqkqqkqkqqkqkqqkqkqqkqkq",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "ABCDEFGHIJKLMNOPabcdefghijklmnop",
        "0123456789abcdef0123456789abcdef",
        "zyxwvutsrqponmlkjihgfedcba987654",
    ] {
        assert!(!is_random(text.as_bytes()), "{text} {}", log_odds(text.as_bytes()));
    }
}

#[test]
fn encoded_text_is_not_random_and_encoded_dice_are() {
    let text = b"The quick brown fox jumps over the lazy dog";
    let hex: Vec<u8> = text.iter().flat_map(|b| format!("{b:02x}").into_bytes()).collect();
    assert!(!is_random(&hex));
    assert!(!is_random(&base64(text)));
    let mut dice = Dice(7);
    let bytes: Vec<u8> = (0..30).map(|_| dice.throw() as u8).collect();
    assert!(is_random(&base64(&bytes)));
}

#[test]
fn ids_in_names_are_not_random() {
    let mut dice = Dice(11);
    let hex = |dice: &mut Dice, len| String::from_utf8(dice.token(HEX, len)).unwrap_or_default();
    for _ in 0..100 {
        let uuid = [8, 4, 4, 4, 12].map(|len| hex(&mut dice, len)).join("-");
        assert!(!is_random(uuid.as_bytes()));
        assert!(!is_random(format!("request-{uuid}").as_bytes()));
        let id = dice.token(ALNUM, 16);
        let path = [b"documents/letters/".as_slice(), &id, b"/edit"].concat();
        assert!(!is_random(&path));
    }
}

#[test]
fn drawings_are_not_random() {
    assert!(!is_random(b"7v-3H5v-2H1v-4h2v-7h16Zm-13"));
}

#[test]
fn longer_dice_are_surer() {
    let mut dice = Dice(3);
    let token = dice.token(ALNUM, 64);
    assert!(log_odds(&token) > log_odds(&token[..32]));
    assert!(log_odds(&token[..32]) > log_odds(&token[..12]));
}

#[test]
fn any_bytes_are_fine() {
    let mut dice = Dice(5);
    for len in 0..200 {
        let token: Vec<u8> = (0..len).map(|_| dice.throw() as u8).collect();
        assert!(log_odds(&token).is_finite());
        assert!(!is_random(&token) || token.is_ascii());
        assert!(entropy(&token).is_finite() || token.is_empty());
    }
}

#[test]
fn entropy_of_known_texts() {
    assert_eq!(entropy(b""), 0.0);
    assert_eq!(entropy(b"aaaa"), 0.0);
    assert!((entropy(b"abcd") - 2.0).abs() < 1e-6);
    assert!((entropy(HEX) - 4.0).abs() < 1e-6);
}

/// Prints the figures of `docs/MODEL.md`: what share of dice is recognised, and how many distinct tokens of the files
/// named in `KEYSIEVE_TEXT` (separated by `:`) are taken for dice.
#[test]
#[ignore = "prints figures, asserts nothing"]
#[allow(clippy::disallowed_methods)]
fn figures() {
    let upper = HEX.to_ascii_uppercase();
    let rows: [(&str, &[u8]); 6] = [
        ("hex, small", HEX),
        ("hex, capital", &upper),
        ("base32", BASE32),
        ("lower case", LOWER),
        ("alphanumeric", ALNUM),
        ("base64", BASE64),
    ];
    for (name, alphabet) in rows {
        let found = [16, 20, 24, 32, 40, 64].map(|len| recognised(alphabet, len) as f32 / 10.0);
        println!("{name:12} {found:?}");
    }
    let paths = std::env::var("KEYSIEVE_TEXT").unwrap_or_default();
    let mut tokens = std::collections::BTreeSet::new();
    for path in paths.split(':').filter(|path| !path.is_empty()) {
        let text = std::fs::read(path).unwrap_or_default();
        let inside = |b: &u8| b.is_ascii_alphanumeric() || b"_-+/=".contains(b);
        let runs = text.split(|b| !inside(b)).filter(|run| run.len() >= super::SHORTEST);
        tokens.extend(runs.map(<[u8]>::to_vec));
    }
    let alarms: Vec<_> = tokens.iter().filter(|token| is_random(token)).collect();
    println!("{} of {} tokens are taken for dice", alarms.len(), tokens.len());
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, b| word << 8 | u32::from(*b));
        let word = word << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            out.push(alphabet[(word >> (18 - 6 * at)) as usize & 63]);
        }
    }
    while out.len() % 4 != 0 {
        out.push(b'=');
    }
    out
}
