//! `keysieve rules new`: what is drafted from tokens that are made up on the spot, and that nothing of them is shown.

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;

use keysieve::Pack;
use keysieve::synth::Template;
use support::{code, feed, folder, keysieve, stderr, stdout};

fn tokens(template: &str, count: u64) -> Vec<String> {
    let expand = |seed| Template::parse(template).expand(&Pack::new(), seed).unwrap().text;
    (1..=count).map(|seed| String::from_utf8(expand(seed)).unwrap()).collect()
}

fn new(dir: &Path, args: &[&str], input: &str) -> Output {
    let mut command = keysieve(dir);
    command.args(["rules", "new"]).args(args);
    feed(command, input.as_bytes())
}

#[test]
fn drafts_pass_lint_and_show_nothing_of_the_tokens() {
    let dir = folder();
    let cases: &[(&str, u64, &[&str], &str)] = &[
        ("acme_live_{alnum:24}", 1, &[], "anchors = [\"acme_live_\"]"),
        ("acme_live_{alnum:24}", 5, &[], "pattern = 'acme_live_[0-9A-Za-z]{24}'"),
        ("zqk7{alnum:40}", 4, &[], "anchors = [\"zqk7\"]"),
        ("zqk7{alnum:40}", 1, &["--prefix", "zqk7"], "anchors = [\"zqk7\"]"),
        ("{hex:32}", 1, &["--name", "ACME_KEY"], "keywords = [\"acme_key\"]"),
        ("{uuid}", 1, &["--id", "acme-key"], "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}"),
        ("{base64url:22}.{base64url:43}", 1, &[], "{22}\\."),
        ("ACME-{HEX:16}-{HEX:16}", 2, &[], "id = \"acme-token\""),
    ];
    for (template, count, args, words) in cases {
        let tokens = tokens(template, *count);
        let out = new(dir.path(), args, &tokens.join("\n"));
        let (text, said) = (stdout(&out), stderr(&out));
        assert_eq!(code(&out), 0, "{template}: {said}");
        assert!(text.contains(words), "{template}: {text}");
        assert!(said.contains("the rule finds "), "{said}");
        for token in &tokens {
            let random = &token[token.len() - 16..];
            for piece in random.as_bytes().windows(6) {
                let piece = std::str::from_utf8(piece).unwrap();
                assert!(!text.contains(piece) && !said.contains(piece), "{template}: {text}{said}");
            }
        }
        fs::write(dir.path().join("new.toml"), &text).unwrap();
        let lint = keysieve(dir.path())
            .args(["rules", "lint", "--no-builtin", "new.toml"])
            .output()
            .unwrap();
        assert_eq!(code(&lint), 0, "{template}: {}", stdout(&lint));
    }
}

#[test]
fn a_file_of_tokens_is_read_too() {
    let dir = folder();
    fs::write(dir.path().join("t.txt"), tokens("acme_{alnum:30}", 3).join("\r\n\r\n")).unwrap();
    let out = keysieve(dir.path()).args(["rules", "new", "t.txt"]).output().unwrap();
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    assert!(stdout(&out).contains("3 examples"), "{}", stdout(&out));
}

#[test]
fn a_rule_that_is_there_already_is_named() {
    let dir = folder();
    let token = Template::parse("{secret:github-pat}").expand(&Pack::builtin(), 1).unwrap().text;
    let out = new(dir.path(), &[], &String::from_utf8(token).unwrap());
    assert!(stderr(&out).contains("find it already: github-pat"), "{}", stderr(&out));
}

#[test]
fn what_is_no_token_is_refused_without_being_quoted() {
    let dir = folder();
    let token = &tokens("acme_{alnum:30}", 1)[0];
    let long = "x".repeat(70_000);
    let cases: &[(&str, &[&str], &str)] = &[
        ("", &[], "no example"),
        ("short", &[], "8 to 512 characters"),
        (&format!("{token} and more"), &[], "one word of printable ASCII"),
        (token, &["--prefix", "zzz"], "not every example begins"),
        (token, &["--id", "Not An Id"], "not kebab-case"),
        (&long, &[], "more than 64 KiB"),
        (token, &["none.txt"], "none.txt: no such file"),
        // A person who names the token itself as the id, or as its prefix.
        (token, &["--title", token], "would show a part of the token"),
        (token, &["--prefix", token], "nothing is left behind the prefix"),
    ];
    for (input, args, words) in cases {
        let out = new(dir.path(), args, input);
        let said = stderr(&out);
        assert!(said.contains(words), "{words}: {said}");
        assert!(code(&out) > 0, "{words}");
        assert!(!said.contains(&token[10..]) && !stdout(&out).contains(&token[10..]), "{said}");
    }
}
