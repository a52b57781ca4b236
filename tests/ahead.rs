//! A text that is shared by threads reads as with one: whatever was guessed, the findings and the bytes are the same.
//!
//! Stretches begin anywhere, also in the middle of what goes over the seam.

mod common;

use std::ops::{ControlFlow, Range};

use common::{Findings, Seen, scanner, soup};
use keysieve::synth::Dice;
use keysieve::{
    Ahead, Finding, FingerprintKey, KnownSecrets, Mode, Pack, Profile, Redactor, Scanner, Scratch,
    Stats,
};
use proptest::prelude::*;

/// Enough for many places at which a scan may be taken over; a build without debug assertions has them far apart.
const LENGTH: usize = if cfg!(debug_assertions) { 40 } else { 24 } * Ahead::LEAD;

/// Where stretches begin and end: after at most `size` bytes, behind a line or a word, or now and then anywhere if a seed
/// says where.
fn stretches(text: &[u8], size: usize, seed: Option<u64>) -> Vec<Range<usize>> {
    let mut dice = Dice::new(seed.unwrap_or(0));
    let (mut all, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let rest = &text[at..text.len().min(at + size)];
        let end = at
            + if seed.is_none() || dice.below(3) > 0 {
                Ahead::cut(rest)
            } else {
                1 + dice.below(rest.len())
            };
        all.push(at..end);
        at = end;
    }
    all
}

/// Findings of a text in stretches, and what was counted.
fn shared(scanner: &Scanner, text: &[u8], size: usize, seed: Option<u64>) -> (Vec<Seen>, Stats) {
    let mut found = Vec::new();
    let (mut stream, mut scratch) = (scanner.stream(), Scratch::new());
    let mut sink = |finding: &Finding| {
        found.push(common::seen(finding));
        ControlFlow::Continue(())
    };
    for part in stretches(text, size, seed) {
        let from = part.start.saturating_sub(Ahead::LEAD);
        let ahead = scanner.ahead(&mut scratch, &text[from..part.end], from, part.start);
        stream.write_ahead(&text[part], ahead, &mut sink);
    }
    stream.finish(&mut sink);
    let stats = stream.stats().clone();
    (found, stats)
}

fn redacted(
    redactor: &Redactor,
    scanner: &Scanner,
    text: &[u8],
    seed: u64,
) -> (Vec<Seen>, Vec<u8>) {
    let mut scratch = Scratch::new();
    let mut stream = redactor.stream_with(Vec::new(), Findings::default());
    for part in stretches(text, 17 * Ahead::LEAD, Some(seed)) {
        let from = part.start.saturating_sub(Ahead::LEAD);
        let ahead = scanner.ahead(&mut scratch, &text[from..part.end], from, part.start);
        stream.write_ahead(&text[part], ahead).unwrap();
    }
    stream.end().unwrap();
    let found = stream.sink_mut().take();
    (found, stream.finish().unwrap())
}

/// Says how a text differs when it is shared.
fn check(scanner: &Scanner, name: &str, text: &[u8]) {
    let whole = common::whole(scanner, text);
    let redactor = Redactor::new(scanner, Mode::Label);
    let clean = redactor.redact(text);
    for seed in 0..if cfg!(debug_assertions) { 4 } else { 2 } {
        let (found, _) = shared(scanner, text, (5 + seed as usize * 7) * Ahead::LEAD, Some(seed));
        assert_eq!(found, whole, "{name}: findings, seed {seed}");
        let (found, out) = redacted(&redactor, scanner, text, seed);
        assert_eq!(found, whole, "{name}: findings of the redactor, seed {seed}");
        assert!(out == *clean, "{name}: redacted bytes, seed {seed}");
    }
}

/// The piece again and again, with a little that tells the repetitions apart.
fn long(piece: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let mut text = Vec::new();
    (0..).map_while(|n| (text.len() < LENGTH).then(|| text.extend(piece(n)))).for_each(drop);
    text
}

fn token(n: usize) -> String {
    let pack = Pack::builtin();
    let rule = pack.rules().find(|rule| rule.id() == "github-pat").unwrap();
    String::from_utf8(soup::token(&pack, rule, n as u64)).unwrap()
}

const PROSE: &str = "He said that the build was green, and that `https://example.com/a?b=1` runs. ";

#[test]
fn what_goes_over_a_seam() {
    let pack = Pack::builtin();
    let pem = pack.rules().find(|rule| rule.id() == "pem-private-key").unwrap();
    let base64 =
        |n: usize| common::carrier::base64(format!("{PROSE}token={}", token(n)).as_bytes());
    let wrapped = |n: usize| {
        let lines = base64(n).into_bytes();
        lines.chunks(76).flat_map(|line| [line, b"\n"].concat()).collect::<Vec<u8>>()
    };
    let wide = |text: String| -> Vec<u8> { text.bytes().flat_map(|byte| [byte, 0]).collect() };
    let delta = |n: usize| {
        let token = token(n / 50);
        let piece = token.get(n % 50..).unwrap_or("and so on ").chars().take(1 + n % 3);
        let piece: String = piece.collect();
        format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{piece}\"}}}}]}}\n\n")
            .into_bytes()
    };
    let answer = |n: usize| {
        format!("{{\"candidates\": [{{\"content\": {{\"parts\": [{{\"text\": \"{} {PROSE}\"}}]}}}}]}},\n", token(n)).into_bytes()
    };
    let texts: [(&str, Vec<u8>); 11] = [
        ("an array of answers", [&b"["[..], &long(answer)].concat()),
        (
            "keys",
            long(|n| [&soup::token(&pack, pem, n as u64)[..], b"\n", PROSE.as_bytes()].concat()),
        ),
        (
            "one long key",
            [&b"-----BEGIN RSA PRIVATE KEY-----\n"[..], &long(|_| b"MIIEowIBAAKCAQEA\n".to_vec())]
                .concat(),
        ),
        (
            "one line of JSON",
            [
                &b"{\"messages\":["[..],
                &long(|n| {
                    format!(
                        "{{\"role\":\"user\",\"content\":\"{PROSE}\\u0067{} \"}},",
                        &token(n)[1..]
                    )
                    .into_bytes()
                }),
            ]
            .concat(),
        ),
        ("events", long(delta)),
        (
            "events in between",
            long(|n| {
                if n % 200 < 60 {
                    delta(n)
                } else {
                    format!(": {PROSE}{}\n\ndata: [DONE]\n\n", token(n)).into_bytes()
                }
            }),
        ),
        ("lines of base64", long(wrapped)),
        ("one run of base64", long(|n| base64(n).replace('=', "").into_bytes())),
        ("UTF-16", long(|n| wide(format!("{PROSE}{}\n", token(n))))),
        (
            "UTF-16 in between",
            long(|n| {
                if n % 7 == 0 {
                    wide(format!("password={}\n", token(n)))
                } else {
                    PROSE.as_bytes().repeat(5)
                }
            }),
        ),
        (
            "compressed",
            long(|n| {
                [
                    common::carrier::base64(&common::tricks::gzip(
                        format!("{PROSE}{}", token(n)).repeat(1 + n % 40).as_bytes(),
                    ))
                    .as_bytes(),
                    b"\n",
                    PROSE.as_bytes(),
                ]
                .concat()
            }),
        ),
    ];
    let scanner = scanner(Profile::Redact);
    for (name, text) in &texts {
        check(&scanner, name, text);
    }
}

#[test]
fn most_of_an_ordinary_text_is_read_ahead() {
    let scanner = scanner(Profile::Alert);
    let texts = [
        long(|n| format!("{PROSE}\nGITHUB_TOKEN={}\n", token(n)).into_bytes()),
        long(|n| {
            format!("{{\"n\":{n},\"text\":\"{PROSE}\",\"token\":\"{}\"}}\n", token(n)).into_bytes()
        }),
        // On one line.
        long(|n| format!("{PROSE} {} ", token(n)).into_bytes()),
    ];
    for text in texts {
        let (found, stats) = shared(&scanner, &text, 8 * Ahead::LEAD, None);
        assert_eq!(found, common::whole(&scanner, &text));
        assert_eq!(stats.bytes, text.len() as u64);
        assert_eq!(stats.findings, found.len() as u64);
        // What the stream itself had to look at shows in a counter that stays with who looked.
        let alone = {
            let mut scratch = Scratch::new();
            scanner.scan(&mut scratch, &text, &mut |_: &Finding| ControlFlow::Continue(()));
            scratch.stats().triggers
        };
        assert!(stats.triggers * 2 < alone, "{} of {alone} triggers", stats.triggers);
    }
}

#[test]
fn what_was_read_ahead_for_another_text_or_scanner_is_not_believed() {
    let (alert, redact) = (scanner(Profile::Alert), scanner(Profile::Redact));
    let text = long(|n| format!("{PROSE}\npassword={}\n", token(n)).into_bytes());
    let mut found = Vec::new();
    let mut sink = |finding: &Finding| {
        found.push(common::seen(finding));
        ControlFlow::Continue(())
    };
    let mut stream = redact.stream();
    let (head, rest) = text.split_at(12 * Ahead::LEAD);
    let ahead = alert.ahead(&mut Scratch::new(), head, 0, 0);
    stream.write_ahead(head, ahead, &mut sink);
    // Of the right bytes at a wrong place.
    let ahead = redact.ahead(&mut Scratch::new(), rest, 0, 0);
    stream.write_ahead(rest, ahead, &mut sink);
    stream.finish(&mut sink);
    let whole = common::whole(&redact, &text);
    assert_eq!(found.len(), whole.len());
    let other = found.iter().zip(&whole).find(|(found, whole)| found != whole);
    assert_eq!(other, None);
}

#[test]
fn known_secrets_and_plain_text_too() {
    let key = FingerprintKey::new([7; 32]);
    let mut known = KnownSecrets::new(key.clone());
    known.add(b"an ordinary sentence").unwrap();
    let build = Scanner::builder().pack(Pack::builtin()).known(known);
    let config =
        keysieve::Config::new().fingerprint_key(key).input(keysieve::Input::Text).strict(true);
    let scanner = build.config(config).build().unwrap();
    let text = long(|n| {
        format!("{PROSE} an ordinary sentence, {} \"gh\" + \"p_\" ", token(n)).into_bytes()
    });
    check(&scanner, "known", &text);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(debug_assertions) { 16 } else { 4 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_in_any_stretches(seeds in proptest::collection::vec(0u64..10_000, 1..4), profile in 0usize..2) {
        let pack = Pack::builtin();
        let scanner = scanner([Profile::Alert, Profile::Redact][profile]);
        let soups: Vec<Vec<u8>> = seeds.iter().flat_map(|seed| {
            [soup::soup(&pack, *seed, 400), soup::sentence(&pack, *seed, 200), PROSE.repeat(40).into_bytes()]
        }).collect();
        let text = long(|n| soups[n % soups.len()].clone());
        check(&scanner, "soup", &text);
    }
}
