//! Secrets whose characters are spelled as escapes, or hidden between characters that nobody sees, are found and redacted
//! as in plain text.

mod common;

use std::time::{Duration, Instant};

use common::{Bench, scanner, soup};
use keysieve::synth::Dice;
use keysieve::{Config, Mode, Pack, Profile, Redactor, Scanner, Scratch};
use proptest::prelude::*;

fn token(rule: &str) -> String {
    let pack = Pack::builtin();
    let rule = pack.rules().find(|r| r.id() == rule).unwrap();
    String::from_utf8(soup::token(&pack, rule, 9)).unwrap()
}

/// The text with every character at which `wanted` holds spelled by `spell`.
fn spelled(text: &str, wanted: impl Fn(usize) -> bool, spell: impl Fn(char) -> String) -> String {
    let one = |(at, c)| if wanted(at) { spell(c) } else { c.to_string() };
    text.chars().enumerate().map(one).collect()
}

fn json(c: char) -> String {
    format!("\\u{:04x}", c as u32)
}

/// Every way of spelling, with the word that stands for it in records.
fn tricks(token: &str) -> Vec<(&'static str, String)> {
    let third = |at: usize| at % 3 == 1;
    let all = |_| true;
    let wide = |c: char| char::from_u32(c as u32 - 0x21 + 0xff01).unwrap().to_string();
    vec![
        ("json", spelled(token, third, json)),
        ("json", spelled(token, all, json)),
        ("json", spelled(token, third, |c| format!("\\\\\\u{:04X}", c as u32))),
        ("json", spelled(token, third, |c| format!("\\x{:02x}", c as u32))),
        ("json", spelled(token, third, |c| format!("\\u{{{:x}}}", c as u32))),
        ("percent", spelled(token, third, |c| format!("%{:02X}", c as u32))),
        ("percent", spelled(token, all, |c| format!("%{:02x}", c as u32))),
        ("percent", spelled(token, third, |c| format!("%25{:02x}", c as u32))),
        ("html", spelled(token, third, |c| format!("&#{};", c as u32))),
        ("html", spelled(token, all, |c| format!("&#x{:X};", c as u32))),
        ("html", spelled(token, third, |c| format!("&amp;#{};", c as u32))),
        ("ansi", spelled(token, |at| at == 9, |c| format!("\u{1b}[1;31m{c}"))),
        ("ansi", spelled(token, |at| at == 2, |c| format!("{c}\u{1b}[0m\u{1b}[K"))),
        ("ansi", spelled(token, |at| at == 9, |c| format!("\\u001b[1;31m{c}"))),
        ("unicode", spelled(token, third, |c| format!("{c}\u{200b}"))),
        ("unicode", spelled(token, |at| at == 5, |c| format!("{c}\u{ad}"))),
        ("unicode", spelled(token, |at| at == 2, |c| format!("{c}\u{feff}\u{2060}"))),
        ("unicode", spelled(token, all, wide)),
        ("unicode", spelled(token, third, wide)),
    ]
}

#[test]
fn a_spelled_token_is_redacted_as_a_plain_one() {
    let scanner = scanner(Profile::Alert);
    let redactor = Redactor::new(&scanner, Mode::Label);
    for rule in ["github-pat", "npm-token", "gitlab-pat"] {
        let token = token(rule);
        let plain = scanner.find_iter(token.as_bytes()).next().unwrap();
        for (kind, trick) in tricks(&token) {
            for (before, after) in
                [("", ""), ("see ", " there"), ("{\"key\": \"", "\"}"), ("密码是", "。")]
            {
                let text = format!("{before}{trick}{after}");
                let found: Vec<_> = scanner.find_iter(text.as_bytes()).collect();
                assert_eq!(found.len(), 1, "{rule} in {text}");
                assert_eq!(found[0].rule_id(), rule);
                assert_eq!(found[0].fingerprint(), plain.fingerprint());
                assert_eq!(found[0].encoding().first(), Some(&kind), "{text}");
                let clean = redactor.redact(text.as_bytes()).into_owned();
                // What is not seen behind the last character is no part of it.
                let clean = String::from_utf8(clean).unwrap().replace('\u{200b}', "");
                assert_eq!(clean, format!("{before}[REDACTED:{rule}]{after}"));
            }
        }
    }
}

#[test]
fn a_softly_broken_line_is_read_on() {
    let token = token("github-pat");
    let redactor = Redactor::new(&scanner(Profile::Alert), Mode::Label);
    let words = "and so it went on and on, as mails do, until someone wrote down";
    for broken in ["=\n", "=\r\n"] {
        for cut in [2, 4, 20] {
            let text = format!("{words} {}{broken}{} and more", &token[..cut], &token[cut..]);
            let clean = redactor.redact(text.as_bytes()).into_owned();
            let want = format!("{words} [REDACTED:github-pat] and more");
            assert_eq!(String::from_utf8(clean).unwrap(), want);
        }
    }
    // Padding at the end of a line joins nothing.
    let padded = format!("{words} FLY_API_TOKEN=FlyV1 fm2_{}=", "lJPOAAAB".repeat(8));
    for broken in ["\n", "\r\n"] {
        let text = format!("{padded}{broken}and more");
        let clean = redactor.redact(text.as_bytes()).into_owned();
        assert!(clean.ends_with(format!("{broken}and more").as_bytes()));
    }
    let text = format!("token=3D{token} more");
    let clean = redactor.redact(text.as_bytes()).into_owned();
    assert_eq!(String::from_utf8(clean).unwrap(), "token=3D[REDACTED:github-pat] more");
}

#[test]
fn a_token_goes_on_over_the_edge_of_a_line() {
    let words = "and so it went on and on, as mails do, until someone wrote down";
    let redactor = Redactor::new(&scanner(Profile::Alert), Mode::Label);
    let mut bench = Bench::new(Profile::Redact, Mode::Label);
    for rule in ["github-pat", "gitlab-pat", "npm-token"] {
        let token = token(rule);
        for cut in [6, 9, 20] {
            for broken in ["\n", "\r\n"] {
                let (head, tail) = token.split_at(cut);
                let text = format!("{words} {head}{broken}{tail} and more{broken}");
                let clean = redactor.redact(text.as_bytes()).into_owned();
                let want = format!("{words} [REDACTED:{rule}] and more{broken}");
                assert_eq!(String::from_utf8(clean).unwrap(), want);
                assert_eq!(bench.everywhere(text.as_bytes()), None);
                // A short line was ended by whoever wrote it.
                let text = format!("wrote {head}{broken}{tail} and more");
                assert_eq!(redactor.redact(text.as_bytes()), text.as_bytes());
            }
        }
        // What is whole takes nothing from the next line.
        let text = format!("{words} {token}\nand_then some");
        let clean = redactor.redact(text.as_bytes()).into_owned();
        let want = format!("{words} [REDACTED:{rule}]\nand_then some");
        assert_eq!(String::from_utf8(clean).unwrap(), want);
    }
}

#[test]
fn a_token_taken_apart_is_found_in_the_strict_mode_only() {
    let config = Config::new().strict(true);
    let strict = Scanner::builder().pack(Pack::builtin()).config(config).build().unwrap();
    let token = token("github-pat");
    let spaced: String = token.chars().map(|c| format!("{c} ")).collect();
    let dotted: String = token.chars().map(|c| format!("{c}.")).collect();
    let (head, tail) = token.split_at(11);
    for (text, want) in [
        (format!("key is {spaced}and more"), "key is [REDACTED:github-pat] and more"),
        (format!("key is {dotted} and more"), "key is [REDACTED:github-pat]. and more"),
        (format!("x = \"{head}\" + \"{tail}\";"), "x = \"[REDACTED:github-pat]\";"),
        (format!("x = '{head}' .\n    '{tail}'"), "x = '[REDACTED:github-pat]'"),
        (
            format!("a(\"{}\" \"{tail}\")", spaced[..21].replace(' ', "\" + \"")),
            "a(\"[REDACTED:github-pat]\")",
        ),
    ] {
        assert_eq!(scanner(Profile::Alert).find_iter(text.as_bytes()).count(), 0, "{text}");
        let redactor = Redactor::new(&strict, Mode::Label);
        let clean = redactor.redact(text.as_bytes()).into_owned();
        assert_eq!(String::from_utf8(clean).unwrap(), want);
        for cut in 1..text.len() {
            let mut stream = redactor.stream(Vec::new());
            stream.write(&text.as_bytes()[..cut]).unwrap();
            stream.write(&text.as_bytes()[cut..]).unwrap();
            assert_eq!(stream.finish().unwrap(), want.as_bytes(), "{cut}");
        }
    }
}

#[test]
fn every_cut_of_an_escape() {
    let token = token("github-pat");
    let mut bench = Bench::new(Profile::Redact, Mode::Label);
    for (_, trick) in tricks(&token) {
        let text = format!("Привет, key={trick}\u{200b} and \\u00e9 %20 &amp; 100% é.\n");
        assert_eq!(bench.everywhere(text.as_bytes()), None);
    }
    let mixed = soup::sentence(&Pack::builtin(), 3, 4);
    let mixed = String::from_utf8_lossy(&mixed);
    let mixed = spelled(&mixed, |at| at % 5 == 0, |c| format!("%{:02x}", c as u32 & 0xff));
    assert_eq!(bench.everywhere(mixed.as_bytes()), None);
}

/// A word without end is read in parts, and that is counted.
#[test]
fn a_word_without_end_is_counted() {
    let token = token("github-pat");
    let text = format!(
        "%41{}.%2e.{}.",
        "a.".repeat(40_000),
        spelled(&token, |_| true, |c| format!("%{:02x}", c as u32))
    );
    let scanner = scanner(Profile::Alert);
    let mut scratch = keysieve::Scratch::new();
    let mut found = 0;
    scanner.scan(&mut scratch, text.as_bytes(), &mut |_: &keysieve::Finding| {
        found += 1;
        std::ops::ControlFlow::Continue(())
    });
    assert_eq!(found, 1);
    assert!(scratch.stats().limits_hit > 0);
    assert_eq!(
        Bench::new(Profile::Alert, Mode::Mask)
            .in_pieces(text.as_bytes(), &[3, 17_000, 30_001])
            .0
            .len(),
        1
    );
}

#[test]
fn utf_16_stays_utf_16() {
    let token = token("github-pat");
    let redactor = Redactor::new(&scanner(Profile::Alert), Mode::Label);
    let plain = format!("# é settings\r\nGITHUB_TOKEN={token}\r\nthat is all, 全部\r\n");
    let want = plain.replace(&token, "[REDACTED:github-pat]");
    let wide = |text: &str, big: bool, mark: bool| -> Vec<u8> {
        let units =
            text.encode_utf16().map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() });
        let mark = if big { [0xfe, 0xff] } else { [0xff, 0xfe] }.repeat(usize::from(mark));
        mark.into_iter().chain(units.flatten()).collect()
    };
    let mut bench = Bench::new(Profile::Redact, Mode::Mask);
    for (big, mark) in [(false, true), (false, false), (true, true), (true, false)] {
        let text = wide(&plain, big, mark);
        assert_eq!(redactor.redact(&text).into_owned(), wide(&want, big, mark), "{big} {mark}");
        assert_eq!(bench.everywhere(&text), None, "{big} {mark}");
        assert_eq!(bench.whole(&text).1.len(), text.len());
    }
    let long = wide(&plain.repeat(5_000), false, true);
    assert_eq!(bench.whole(&long).0.len(), 5_000);
    assert_eq!(bench.in_pieces(&long, &[99_999, 200_001]).0.len(), 5_000);
}

/// Text in which some characters are spelled in every way there is.
fn mixed(seed: u64, parts: usize) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let text = soup::sentence(&Pack::builtin(), seed, parts);
    let dense = 1 + dice.below(9);
    let mut out = Vec::new();
    for byte in text {
        if dice.below(dense) > 0 {
            out.push(byte);
            continue;
        }
        out.extend(
            match dice.below(13) {
                0 => format!("\\u{byte:04x}"),
                1 => format!("\\\\x{byte:02x}"),
                2 => format!("%{byte:02X}"),
                3 => format!("%25{byte:02x}"),
                4 => format!("&#{byte};"),
                5 => format!("={byte:02X}"),
                6 => format!("{}\u{200b}", byte as char),
                7 => format!("\u{1b}[1m{}", byte as char),
                8 => format!("{byte:02x}"),
                9 => format!("{}\0", byte as char).repeat(9),
                10 => "\\%&=\u{1b}\u{e0041}"[..1 + dice.below(5)].to_owned(),
                11 => format!("{}{}\n", "and so on ".repeat(6), byte as char),
                _ => format!("{}=\n", byte as char),
            }
            .into_bytes(),
        );
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cuts_of_mixed_spellings(seed in any::<u64>(), cuts in proptest::collection::vec(0usize..900, 0..6)) {
        thread_local!(static BENCH: std::cell::RefCell<Bench> =
            std::cell::RefCell::new(Bench::new(Profile::Redact, Mode::Label)));
        let text = mixed(seed, 6);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
        cuts.sort_unstable();
        BENCH.with_borrow_mut(|bench| {
            let whole = bench.whole(&text);
            prop_assert_eq!(bench.difference(&whole, &text, &cuts), None);
            let ones: Vec<usize> = (1..text.len()).collect();
            prop_assert_eq!(bench.difference(&whole, &text, &ones), None);
            Ok(())
        })?;
    }
}

/// Four times the text takes about four times as long, whatever is repeated.
#[test]
fn floods_of_escapes_take_linear_time() {
    let scanner = scanner(Profile::Redact);
    let mut scratch = Scratch::new();
    let mut time = |text: &str| -> Duration {
        let once = |_| {
            let begin = Instant::now();
            scanner.scan(&mut scratch, text.as_bytes(), &mut |_: &keysieve::Finding| {
                std::ops::ControlFlow::Continue(())
            });
            begin.elapsed()
        };
        (0..3).map(once).min().unwrap()
    };
    for unit in [
        "%41",
        "%2f ",
        "\\u0041",
        "\\\\\\/",
        "&#65;",
        "&amp;#",
        "a\u{200b}",
        "a\u{1b}[0m",
        "a\u{1b}[",
        "=3D",
        "a=\n",
        "a\0",
        "\0",
        "6768705f",
        "0x",
        "а",
        "aа",
        "Ａ",
        "\u{e0041}",
        "%",
        "\\",
        "&",
        "ghp_%41",
        "password=%41 ",
    ] {
        let small = time(&unit.repeat(60_000 / unit.len()));
        let large = time(&unit.repeat(240_000 / unit.len()));
        assert!(large < small * 12 + Duration::from_millis(50), "{unit:?}: {small:?}, {large:?}");
    }
}
