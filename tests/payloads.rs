//! What is hidden in an encoding or sent in pieces is found and redacted as in plain text, for every rule.

mod common;

use common::carrier::{WIRES, Wire, base64};
use common::tricks::gzip;
use common::{Bench, on_every_rule, scanner, soup};
use keysieve::synth::Dice;
use keysieve::{Config, FingerprintKey, Input, Mode, Pack, Profile, Redactor, Scanner};

/// A line of prose, an assignment of a token of every rule's own, and prose again.
fn plain_text(pack: &Pack, rule: &keysieve::Rule, seed: u64) -> String {
    let example = soup::examples(pack, rule, seed).swap_remove(0);
    format!("Here is what I found:\n{}\nand that is all.\n", String::from_utf8_lossy(&example))
}

#[test]
fn a_text_in_pieces_is_redacted_as_the_whole() {
    let pack = Pack::builtin();
    on_every_rule(&pack, |rules| {
        let redactor = Redactor::new(&scanner(Profile::Redact), Mode::Label);
        for (turn, rule) in rules.enumerate() {
            let wire = WIRES[turn % WIRES.len()];
            let text = plain_text(&pack, rule, 5);
            let stream = wire.stream(&text, &mut Dice::new(turn as u64), 4);
            let clean = redactor.redact(stream.as_bytes()).into_owned();
            let got = wire.text(&String::from_utf8(clean).unwrap());
            let want = redactor.redact(text.as_bytes()).into_owned();
            assert_eq!(got, String::from_utf8(want).unwrap(), "{} over {wire:?}", rule.id());
        }
    });
}

#[test]
fn findings_in_pieces_carry_the_fingerprint_of_the_plain_secret() {
    let pack = Pack::builtin();
    let scanner = scanner(Profile::Alert);
    let text = format!("token: {}\n", String::from_utf8_lossy(&token("github-pat")));
    let plain = scanner.find_iter(text.as_bytes()).next().unwrap();
    for wire in WIRES {
        let stream = wire.stream(&text, &mut Dice::new(3), 5);
        let found: Vec<_> = scanner.find_iter(stream.as_bytes()).collect();
        assert_eq!(found.len(), 1, "{wire:?}");
        assert_eq!(found[0].rule_id(), "github-pat");
        assert_eq!(found[0].fingerprint(), plain.fingerprint());
        assert_eq!(found[0].preview(), plain.preview());
        assert_eq!(found[0].encoding(), [wire.carrier(), "json"]);
        assert!(found[0].channel().is_some());
    }
    drop(pack);
}

fn token(rule: &str) -> Vec<u8> {
    let pack = Pack::builtin();
    let rule = pack.rules().find(|r| r.id() == rule).unwrap();
    soup::token(&pack, rule, 9)
}

#[test]
fn two_texts_of_one_stream_are_kept_apart() {
    let token = String::from_utf8(token("github-pat")).unwrap();
    let (head, tail) = token.split_at(12);
    let piece = |choice: usize, text: &str| {
        format!(
            "data: {{\"id\":\"c\",\"choices\":[{{\"index\":{choice},\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
        )
    };
    let apart = [piece(0, "key "), piece(0, head), piece(1, "no"), piece(0, tail), piece(0, " ok")]
        .concat();
    let mixed = [piece(0, "key "), piece(0, head), piece(1, tail), piece(0, " ok")].concat();
    let scanner = scanner(Profile::Alert);
    assert_eq!(scanner.find_iter(apart.as_bytes()).count(), 1);
    assert_eq!(scanner.find_iter(mixed.as_bytes()).count(), 0);
    let redactor = Redactor::new(&scanner, Mode::Label);
    let clean = String::from_utf8(redactor.redact(apart.as_bytes()).into_owned()).unwrap();
    assert_eq!(Wire::OpenAiChat.text(&clean), "key [REDACTED:github-pat]no ok");
}

#[test]
fn base64_is_hidden_whole() {
    let token = token("github-pat");
    let config = [b"# settings\nGITHUB_TOKEN=".as_slice(), &token, b"\nregion = here\n"].concat();
    let once = base64(&config);
    let twice = base64(once.as_bytes());
    let wide: Vec<u8> = config.iter().flat_map(|b| [*b, 0]).collect();
    let scanner = scanner(Profile::Alert);
    for run in [once.clone(), twice, base64(&wide), once.trim_end_matches('=').to_owned()] {
        let text = format!("the file (base64) is:\\n{run}\\n and so on");
        let found: Vec<_> = scanner.find_iter(text.as_bytes()).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].rule_id(), "github-pat");
        assert_eq!(found[0].encoding().first(), Some(&"base64"));
        let clean = Redactor::new(&scanner, Mode::Label).redact(text.as_bytes()).into_owned();
        let clean = String::from_utf8(clean).unwrap();
        assert_eq!(clean, "the file (base64) is:\\n[REDACTED:github-pat]\\n and so on");
    }
}

#[test]
fn decoding_can_be_switched_off() {
    let text = base64(&[b"GITHUB_TOKEN=".as_slice(), &token("github-pat"), b"\n"].concat());
    let stream = Wire::Anthropic.stream("password = tr0ub4dor-and-3x!", &mut Dice::new(1), 3);
    let build =
        |config: Config| Scanner::builder().pack(Pack::builtin()).config(config).build().unwrap();
    let on = build(Config::new());
    let off = build(Config::new().decode_depth(0));
    let plain = build(Config::new().input(Input::Text));
    assert_eq!(
        (on.find_iter(text.as_bytes()).count(), off.find_iter(text.as_bytes()).count()),
        (1, 0)
    );
    let counts = [&on, &off, &plain].map(|s| s.find_iter(stream.as_bytes()).count());
    assert_eq!(counts, [1, 0, 0]);
}

/// What a text is taken for may be wrong: what reading it as plain text hides is hidden all the same.
#[test]
fn a_wrong_guess_loses_nothing() {
    let pack = Pack::builtin();
    let build = |input: Input| {
        let config = Config::new().profile(Profile::Redact).input(input);
        let scanner = Scanner::builder().pack(pack.clone()).config(config).build().unwrap();
        Redactor::new(&scanner, Mode::Mask)
    };
    let (guess, plain) = (build(Input::Auto), build(Input::Text));
    on_every_rule(&pack, |rules| {
        let rounds = rules.flat_map(|rule| (0..6).map(move |_| rule));
        for (turn, rule) in rounds.enumerate() {
            let mut dice = Dice::new(turn as u64 + 77);
            let text = plain_text(&pack, rule, turn as u64);
            let wire = WIRES[turn % WIRES.len()];
            // A stream whose frames are broken, or that other lines interrupt.
            let pieces = 1 + dice.below(200);
            let mut stream = wire.stream(&text, &mut dice, pieces);
            let at = (0..=dice.below(stream.len())).rev().find(|at| stream.is_char_boundary(*at));
            let other = ["\n\n", "\"", "}", "data: ", "\\", &text][dice.below(6)].to_owned();
            stream.insert_str(at.unwrap_or(0), &other);
            let [hidden, wanted] = [&guess, &plain].map(|by| by.redact(stream.as_bytes()));
            // A mask keeps every length.
            let bytes = stream.bytes().zip(wanted.iter()).zip(hidden.iter());
            let shown = bytes
                .enumerate()
                .find(|(_, ((byte, wanted), hidden))| byte != *wanted && byte == *hidden);
            assert_eq!(shown, None, "{} over {wire:?}, {turn}", rule.id());
        }
    });
}

#[test]
fn every_cut_of_a_payload() {
    let pack = Pack::builtin();
    let modes = [Mode::Label, Mode::Mask, Mode::Hash, Mode::Remove];
    for (turn, wire) in WIRES.into_iter().enumerate() {
        let mut bench = Bench::new(Profile::Redact, modes[turn % modes.len()]);
        let text = String::from_utf8_lossy(&soup::sentence(&pack, turn as u64, 3)).into_owned();
        let mut stream = wire.stream(&text, &mut Dice::new(8), 9);
        stream.push_str(&format!("blob {} end\n", base64(text.as_bytes())));
        assert_eq!(bench.everywhere(stream.as_bytes()), None, "{wire:?}");
    }
}

#[test]
fn masks_keep_every_length() {
    let text = format!("export TOKEN={}\n", String::from_utf8_lossy(&token("github-pat")));
    let key = FingerprintKey::new([1; 32]);
    let config = Config::new().profile(Profile::Redact).fingerprint_key(key);
    let scanner = Scanner::builder().pack(Pack::builtin()).config(config).build().unwrap();
    let redactor = Redactor::new(&scanner, Mode::Mask);
    for wire in WIRES {
        let stream = wire.stream(&text, &mut Dice::new(2), 3);
        let clean = redactor.redact(stream.as_bytes()).into_owned();
        assert_eq!(clean.len(), stream.len());
        assert_eq!(wire.text(std::str::from_utf8(&clean).unwrap()).len(), text.len());
    }
}

fn chunk(extra: &str, piece: &str) -> String {
    format!(
        "data: {{\"id\":\"c\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{piece}\"}}{extra}}}]}}\n\n"
    )
}

#[test]
fn a_reason_to_finish_on_every_piece_ends_nothing() {
    let token = String::from_utf8(token("github-pat")).unwrap();
    let (head, tail) = token.split_at(14);
    let redactor = Redactor::new(&scanner(Profile::Alert), Mode::Label);
    for reason in ["\"\"", "\"stop\"", "null"] {
        let extra = format!(",\"finish_reason\":{reason}");
        let stream = [chunk(&extra, "key "), chunk(&extra, head), chunk(&extra, tail)].concat();
        let clean = redactor.redact(stream.as_bytes()).into_owned();
        let text = Wire::OpenAiChat.text(&String::from_utf8(clean).unwrap());
        assert_eq!(text, "key [REDACTED:github-pat]", "{reason}");
    }
}

#[test]
fn the_copy_in_the_probabilities_is_redacted_too() {
    let token = String::from_utf8(token("github-pat")).unwrap();
    let piece = |text: &str| {
        chunk(&format!(",\"logprobs\":{{\"content\":[{{\"token\":\"{text}\"}}]}}"), text)
    };
    let (head, tail) = token.split_at(14);
    let stream = [piece("key "), piece(head), piece(tail), piece(" ok")].concat();
    let redactor = Redactor::new(&scanner(Profile::Alert), Mode::Label);
    let clean = String::from_utf8(redactor.redact(stream.as_bytes()).into_owned()).unwrap();
    assert_eq!(clean.matches("[REDACTED:github-pat]").count(), 2);
    assert!(!clean.contains(&head[4..]) && !clean.contains(tail));
}

#[test]
fn a_byte_order_mark_and_the_opening_event_are_read() {
    let token = String::from_utf8(token("github-pat")).unwrap();
    let (head, tail) = token.split_at(14);
    let start = format!(
        "\u{feff}data: {{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{{\"type\":\"text\",\"text\":\"{head}\"}}}}\n\n"
    );
    let rest = format!(
        "data: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{tail} .\"}}}}\n\n"
    );
    let stream = [start, rest].concat();
    assert_eq!(scanner(Profile::Alert).find_iter(stream.as_bytes()).count(), 1);
    assert_eq!(Bench::new(Profile::Alert, Mode::Label).everywhere(stream.as_bytes()), None);
}

/// What a decoding claims and what the plain reading is sure of early may begin at the same byte.
#[test]
fn the_label_does_not_depend_on_the_cut() {
    let key = "-----BEGIN RSA PRIVATE KEY-----";
    for rule in ["github-pat", "gitlab-pat", "npm-token"] {
        let text = [key.as_bytes(), &token(rule), b" ."].concat();
        let text = format!("g=\"{}\n", base64(&text));
        let mut bench = Bench::new(Profile::Redact, Mode::Label);
        assert_eq!(bench.everywhere(text.as_bytes()), None, "{rule}");
    }
}

#[test]
fn a_stray_byte_does_not_hide_a_text() {
    let bytes = [b"GITHUB_TOKEN=".as_slice(), &token("github-pat"), b"\n\0"].concat();
    assert_eq!(scanner(Profile::Alert).find_iter(base64(&bytes).as_bytes()).count(), 1);
}

/// Names of members may hold anything, brackets too; nothing is copied once for each of them.
#[test]
fn hostile_names_cost_nothing() {
    let brackets = "]".repeat(300_000);
    let long = "k".repeat(900_000);
    let marks = "\"id\":1,".repeat(1_100);
    let scanner = scanner(Profile::Redact);
    for event in [
        format!("data: {{\"{brackets}\":{{\"index\":\"x\"}}}}\n"),
        format!("data: {{\"{long}\":{{{marks}\"index\":1}}}}\n"),
    ] {
        assert_eq!(scanner.find_iter(event.as_bytes()).count(), 0);
    }
}

#[test]
fn a_compressed_text_and_one_in_hex_are_hidden_whole() {
    let config = [b"# settings\nGITHUB_TOKEN=".as_slice(), &token("github-pat"), b"\n"].concat();
    let zlib = miniz_oxide::deflate::compress_to_vec_zlib(&config, 6);
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let zstd = ruzstd::encoding::compress_to_vec(&config[..], level);
    let hex: String = config.iter().map(|b| format!("{b:02x}")).collect();
    let scanner = scanner(Profile::Alert);
    for (run, encoding) in [
        (base64(&gzip(&config)), &["base64", "gzip"][..]),
        (base64(&zlib), &["base64", "zlib"]),
        (base64(&zstd), &["base64", "zstd"]),
        (base64(base64(&gzip(&config)).as_bytes()), &["base64", "base64", "gzip"]),
        (hex.clone(), &["hex"]),
        (format!("0x{}", hex.to_uppercase()), &["hex"]),
    ] {
        let text = format!("the file is: {run} and so on");
        let found: Vec<_> = scanner.find_iter(text.as_bytes()).collect();
        assert_eq!(found.len(), 1, "{encoding:?}");
        assert_eq!((found[0].rule_id(), found[0].encoding()), ("github-pat", encoding));
        let clean = Redactor::new(&scanner, Mode::Label).redact(text.as_bytes()).into_owned();
        assert_eq!(clean, b"the file is: [REDACTED:github-pat] and so on");
        assert_eq!(Bench::new(Profile::Alert, Mode::Label).everywhere(text.as_bytes()), None);
    }
}

/// A bomb costs what the budget allows, is counted, and takes nothing from what stands around it.
#[test]
fn bombs_are_counted() {
    let mut bomb = vec![b'a'; 40_000_000];
    bomb.extend(b" GITHUB_TOKEN=");
    let zlib = base64(&miniz_oxide::deflate::compress_to_vec_zlib(&bomb, 9));
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let zstd = base64(&ruzstd::encoding::compress_to_vec(&bomb[..], level));
    let token = String::from_utf8(token("github-pat")).unwrap();
    let text = format!("{zlib} {zstd} {zlib} token: {token}\n");
    let scanner = scanner(Profile::Alert);
    let mut scratch = keysieve::Scratch::new();
    let mut found = Vec::new();
    scanner.scan(&mut scratch, text.as_bytes(), &mut |f: &keysieve::Finding| {
        found.push(f.rule_id().to_owned());
        std::ops::ControlFlow::Continue(())
    });
    assert_eq!(found, ["github-pat"]);
    assert!(scratch.stats().limits_hit >= 2);
    assert_eq!(
        Bench::new(Profile::Alert, Mode::Mask).in_pieces(text.as_bytes(), &[9, 40_000]).0.len(),
        1
    );
}

/// The arguments of a call are JSON themselves, and a stream cuts their escapes where it likes.
#[test]
fn escapes_in_pieces_are_read_as_in_the_whole() {
    let pack = Pack::builtin();
    let redactor = Redactor::new(&scanner(Profile::Redact), Mode::Label);
    for (turn, rule) in pack.rules().enumerate().step_by(5) {
        let wire = [Wire::OpenAiTool, Wire::AnthropicTool][turn % 2];
        let token = String::from_utf8_lossy(&soup::token(&pack, rule, 6)).into_owned();
        let spelled: String = token
            .chars()
            .enumerate()
            .map(|(at, c)| match c {
                '"' | '\\' | '\n' | '\r' | '\t' => serde_json::to_string(&c.to_string()).unwrap()
                    [1..]
                    .trim_end_matches('"')
                    .to_owned(),
                c if at % 6 == 5 && c.is_ascii() => format!("\\u{:04x}", c as u32),
                c => c.to_string(),
            })
            .collect();
        let text = format!("{{\"command\": \"export A='{spelled}'\\nls\", \"n\": 1}}");
        let stream = wire.stream(&text, &mut Dice::new(turn as u64), 4);
        let clean = redactor.redact(stream.as_bytes()).into_owned();
        let got = wire.text(&String::from_utf8(clean).unwrap());
        let want = String::from_utf8(redactor.redact(text.as_bytes()).into_owned()).unwrap();
        assert_eq!(got, want, "{} over {wire:?}", rule.id());
    }
}

#[test]
fn every_cut_of_escapes_in_pieces() {
    let token = String::from_utf8(token("github-pat")).unwrap();
    let (head, tail) = token.split_at(9);
    let text = format!("{{\"a\":\"{head}\\u{:04x}{}\\n\"}}", tail.as_bytes()[0], &tail[1..]);
    for wire in [Wire::OpenAiTool, Wire::AnthropicTool] {
        let stream = wire.stream(&text, &mut Dice::new(3), 3);
        let mut bench = Bench::new(Profile::Redact, Mode::Mask);
        assert_eq!(bench.whole(stream.as_bytes()).0.len(), 1, "{wire:?}");
        assert_eq!(bench.everywhere(stream.as_bytes()), None, "{wire:?}");
    }
}

/// A chunker cuts where it likes: both parts are found where they come together.
#[test]
fn a_token_that_was_cut_is_found_in_both_chunks() {
    let token = String::from_utf8(token("github-pat")).unwrap();
    let [before, after] = [
        "The service reads its settings at start, and the key of it is",
        "is what it was until the end of the year, and then a new one",
    ];
    let hidden = "[REDACTED:github-pat]";
    for (at, profile) in [(10, Profile::Alert), (20, Profile::Redact), (36, Profile::Alert)] {
        let (head, tail) = token.split_at(at);
        let chunks = |head: &str, tail: &str| {
            [
                format!("[\"{before} {head}\", \"{tail} {after}\"]"),
                format!(
                    "{{\"documents\":[{{\"page_content\":\"{before} {head}\",\"metadata\":{{\"source\":\"a.md\",\"n\":1}}}},\
                     {{\"page_content\":\"{tail} {after}\"}}]}}"
                ),
                format!(
                    "{{\"text\":\"{before} {head}\"}}\n{{\"id\":\"2\",\"text\":\"{tail} {after}\"}}\n"
                ),
            ]
        };
        let redactor = Redactor::new(&scanner(profile), Mode::Label);
        for (given, want) in chunks(head, tail).into_iter().zip(chunks(hidden, hidden)) {
            let clean = redactor.redact(given.as_bytes()).into_owned();
            assert_eq!(String::from_utf8(clean).unwrap(), want, "cut at {at}");
            assert_eq!(Bench::new(profile, Mode::Label).everywhere(given.as_bytes()), None);
        }
    }
    // A rest that makes no token of it stays, and so does one that is no part of a text.
    let (head, tail) = token.split_at(20);
    for text in [
        format!("[\"{before} {head}\", \"{}x {after}\"]", tail),
        format!("[\"{before} {head}\", \"{tail}\"]"),
        format!("[\"{head}\", \"{tail} {after}\"]"),
    ] {
        assert_eq!(scanner(Profile::Alert).find_iter(text.as_bytes()).count(), 0, "{text}");
    }
}

/// A chunker cuts where it likes: the whole token is in one chunk, its beginning at the end of another.
#[test]
fn the_beginning_of_a_token_that_was_cut_is_hidden() {
    let token = String::from_utf8(token("github-pat")).unwrap();
    let prose = "The service reads its settings at start, and the key of it is";
    let [alert, redact] = [Profile::Alert, Profile::Redact].map(scanner);
    for at in [12, 16, 25, 39] {
        let chunks = format!(
            "{{\"documents\": [\"{prose} {}\", \"the key of it is {token} and more\"]}}",
            &token[..at]
        );
        assert_eq!(alert.find_iter(chunks.as_bytes()).count(), 1);
        let clean = Redactor::new(&redact, Mode::Label).redact(chunks.as_bytes()).into_owned();
        let hidden = "[REDACTED:github-pat]";
        let want = format!(
            "{{\"documents\": [\"{prose} {hidden}\", \"the key of it is {hidden} and more\"]}}"
        );
        assert_eq!(String::from_utf8(clean).unwrap(), want, "cut at {at}");
        let alone = format!("{prose} {}", &token[..at]);
        let found: Vec<_> = redact.find_iter(alone.as_bytes()).collect();
        assert_eq!(found.len(), 1, "cut at {at}");
        assert!(found[0].truncated() && found[0].confidence() == keysieve::Confidence::Possible);
        let mut bench = Bench::new(Profile::Redact, Mode::Label);
        assert_eq!(bench.everywhere(chunks.as_bytes()), None);
        assert_eq!(bench.everywhere(alone.as_bytes()), None);
    }
    // What is written so is no token that was cut.
    for text in [
        format!("{prose} ghp_example"),
        "if token.startswith(\"ghp_a1B2c3\"):".to_owned(),
        format!("{prose} \"ghp_a1B2c3D4\""),
    ] {
        assert!(redact.find_iter(text.as_bytes()).all(|found| !found.truncated()), "{text}");
    }
}

/// What a plain rule is sure of at its beginning is told early, unless another reading claims the place: a key in base64.
#[test]
fn a_key_in_base64_has_one_name_for_every_cut() {
    let key = String::from_utf8(token("openssh-private-key")).unwrap();
    let (head, end) = key.split_at(key.find("-----END").unwrap());
    let head = head.trim_end();
    let mut dice = Dice::new(3);
    // As long as a real one.
    let lines: String = (0..5)
        .map(|_| {
            let bytes: Vec<u8> = (0..52).map(|_| dice.below(256) as u8).collect();
            format!("{}\n", base64(&bytes).trim_end_matches('='))
        })
        .collect();
    for more in ["", "\n", "\n\n"] {
        let block = base64(format!("{head}\n{lines}{end}{more}").as_bytes());
        for text in [format!("{block}\n"), format!("{block} and"), format!("key: {block}\n")] {
            let bench = &mut Bench::new(Profile::Alert, Mode::Label);
            assert_eq!(bench.everywhere(text.as_bytes()), None, "{more:?} {}", text.len());
        }
    }
}
