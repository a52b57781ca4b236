//! What redaction promises: nothing new to find, nothing changed twice, clean text untouched, originals recoverable.

mod common;

use std::borrow::Cow;

use common::{scanner, soup, whole};
use keysieve::{Mode, Pack, Profile, Redactor};
use proptest::prelude::*;

thread_local! {
    static SCANNER: keysieve::Scanner = scanner(Profile::Redact);
}

/// Redacts, and checks everything that can be checked without knowing the secrets.
fn redacted(text: &[u8], mode: Mode) -> Vec<u8> {
    SCANNER.with(|scanner| {
        let redactor = Redactor::new(scanner, mode);
        let once = redactor.redact(text).into_owned();
        let again = redactor.redact(&once);
        assert_eq!(
            String::from_utf8_lossy(&again),
            String::from_utf8_lossy(&once),
            "redacting twice changes {:?}",
            String::from_utf8_lossy(text)
        );
        assert_eq!(
            whole(scanner, &once),
            [],
            "something is left of {:?}",
            String::from_utf8_lossy(text)
        );
        once
    })
}

#[test]
fn every_example_of_every_rule_comes_out_clean() {
    let pack = Pack::builtin();
    for rule in pack.rules() {
        for text in soup::examples(&pack, rule, 23) {
            for mode in [Mode::Label, Mode::Mask, Mode::Hash] {
                redacted(&text, mode);
            }
        }
    }
}

#[test]
fn what_stands_before_a_token_in_one_run_is_looked_at_too() {
    // Behind `{` the name before it binds nothing, so that the whole run is judged, and the token in it found first.
    let pack = Pack::builtin();
    let rule = pack.rules().find(|rule| rule.id() == "fastly-token").unwrap();
    for seed in 0..20 {
        let token = String::from_utf8(soup::token(&pack, rule, seed)).unwrap();
        let other = String::from_utf8(soup::token(&pack, rule, seed + 100)).unwrap();
        for text in [
            format!("key: {other}{other}_FASTLY_API_TOKEN={token}{{"),
            format!("\u{1b}[32mA={token}\u{1b}[32mB_API_KEY={other}`\r\n"),
        ] {
            redacted(text.as_bytes(), Mode::Label);
        }
    }
}

#[test]
fn what_was_hidden_brings_nothing_near() {
    // A placeholder is shorter than what it hides, or longer. What is told by distance or by width stays as it was.
    let pack = Pack::builtin();
    let token = |rule: &str, seed: u64| {
        let rule = pack.rules().find(|have| have.id() == rule).unwrap();
        String::from_utf8(soup::token(&pack, rule, seed)).unwrap()
    };
    for seed in 0..20 {
        let key = token("stellar-secret-seed", seed);
        let (long, other) = (token("openai-admin-key", seed), token("github-pat", seed + 100));
        let basic = token("http-basic-credentials", seed);
        let digits = format!("{:040x}", u128::MAX / (u128::from(seed) + 7));
        for text in [
            // `auth` stands more than 64 bytes before it.
            format!("event_oauth\" {long} \"{basic}\r\n"),
            // The first line is as wide as a terminal only with a placeholder in it.
            format!(
                "the creds are admin/{}; xoxr-token\n{digits}",
                token("login-spoken-password", seed)
            ),
            // The second half of a broken word is the name of a secret.
            format!(
                "it says in the end of this line of many words: polar_at_o_t4\nSTELLAR_SECRET_KEY={key}"
            ),
            // A run behind a run is a line of a block.
            format!("{long}{long}\n{other}{other}{long}\" "),
        ] {
            redacted(text.as_bytes(), Mode::Label);
            redacted(text.as_bytes(), Mode::Hash);
        }
    }
}

#[test]
fn with_the_secrets_put_back_the_bytes_are_the_input() {
    let pack = Pack::builtin();
    SCANNER.with(|scanner| {
        let mut compared = 0;
        for seed in 0..200 {
            let text = soup::soup(&pack, seed, 40);
            // Around what is found in escapes, more may be hidden than is found: a guess at the plain text.
            if scanner.find_iter(&text).any(|f| !f.encoding().is_empty()) {
                continue;
            }
            compared += 1;
            let out = Redactor::new(scanner, Mode::Label).redact(&text);
            let mut back = Vec::new();
            let (mut from, mut at) = (0, 0);
            for f in scanner.find_iter(&text) {
                let clean = f.span().start() - from;
                back.extend_from_slice(&out[at..at + clean]);
                back.extend_from_slice(f.secret(&text).expose());
                at += clean + format!("[REDACTED:{}]", f.rule_id()).len();
                from = f.span().end();
            }
            back.extend_from_slice(&out[at..]);
            assert!(back == text, "seed {seed}");
        }
        assert!(compared > 50, "{compared}");
    });
}

#[test]
fn clean_text_is_borrowed() {
    SCANNER.with(|scanner| {
        let redactor = Redactor::new(scanner, Mode::Label);
        let texts: [&[u8]; 5] = [
            b"",
            b"The quick brown fox jumps over the lazy dog.\r\n",
            b"\xef\xbb\xbf\xff\xfe\x00binary\x00\x80\x81",
            b"password = os.getenv(\"DB_PASSWORD\")\nMAX_TOKENS=100\nAuthorization: Bearer {key}\n",
            "la contraseña no está aquí\n".as_bytes(),
        ];
        for text in texts {
            assert!(matches!(redactor.redact(text), Cow::Borrowed(out) if out == text));
        }
    });
}

#[test]
fn mask_keeps_the_length() {
    let pack = Pack::builtin();
    SCANNER.with(|scanner| {
        for rule in pack.rules() {
            for text in soup::examples(&pack, rule, 5) {
                let out = Redactor::new(scanner, Mode::Mask).redact(&text);
                assert_eq!(out.len(), text.len(), "{}", rule.id());
            }
        }
    });
}

#[test]
fn a_dropped_stream_keeps_back_what_was_undecided() {
    SCANNER.with(|scanner| {
        let token = soup::token(&Pack::builtin(), Pack::builtin().rule("github-pat").unwrap(), 3);
        let mut out = Vec::new();
        let mut stream = Redactor::new(scanner, Mode::Label).stream(&mut out);
        stream.write(b"say ").unwrap();
        stream.write(&token[..token.len() - 1]).unwrap();
        drop(stream);
        assert_eq!(out, b"say ");
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn soup_comes_out_clean(seed in any::<u64>(), parts in 1usize..40) {
        let text = soup::sentence(&Pack::builtin(), seed, parts);
        redacted(&text, Mode::Label);
    }
}

/// Lets half of the rules through.
#[derive(Debug)]
struct ByName;

impl keysieve::Decide for ByName {
    fn decide(&self, finding: &keysieve::Finding) -> keysieve::Action {
        match finding.rule_id().len() % 2 {
            0 => keysieve::Action::Alert,
            _ => keysieve::Action::Redact,
        }
    }
}

#[test]
fn what_a_policy_lets_through_stays_and_nothing_else_does() {
    let pack = Pack::builtin();
    let redact = scanner(Profile::Redact);
    let redactor = Redactor::new(&redact, Mode::Label).decided_by(std::sync::Arc::new(ByName));
    let (mut stays, mut goes) = (0, 0);
    for rule in pack.rules() {
        for text in soup::examples(&pack, rule, 5) {
            let found: Vec<_> = redact.find_iter(&text).collect();
            let once = redactor.redact(&text).into_owned();
            for cut in [1, text.len() / 2] {
                let mut stream = redactor.stream(Vec::new());
                for piece in text.chunks(cut.max(1)) {
                    stream.write(piece).unwrap();
                }
                assert!(stream.finish().unwrap() == once, "cut at {cut}: {}", rule.id());
            }
            let hidden = |f: &keysieve::Finding| f.rule_id().len() % 2 == 1;
            if !found.iter().any(hidden) {
                assert!(once == text, "{}", rule.id());
                stays += 1;
            }
            for finding in found.iter().filter(|f| hidden(f)) {
                let secret = finding.secret(&text).expose();
                // Short words may stand elsewhere too.
                let left = once.windows(secret.len()).any(|window| window == secret);
                let twice =
                    text.windows(secret.len()).filter(|window| *window == secret).count() > 1;
                assert!(!left || twice, "{} is left", finding.rule_id());
                goes += 1;
            }
        }
    }
    assert!(stays > 100 && goes > 100, "{stays} {goes}");
}
