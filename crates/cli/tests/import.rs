//! `keysieve rules import` with examples that are made up on the spot: what is written loads, lints, and shows no token.

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;

use support::{code, folder, keysieve, stderr, stdout, token};

fn import(dir: &Path, file: &str, from: &str) -> Output {
    keysieve(dir).args(["rules", "import", file, "--from", from]).output().unwrap()
}

/// Writes what came out and lints it.
fn lint(dir: &Path, out: &Output) -> (i32, String) {
    fs::write(dir.join("imported.toml"), &out.stdout).unwrap();
    let lint =
        keysieve(dir).args(["rules", "lint", "--no-builtin", "imported.toml"]).output().unwrap();
    (code(&lint), stdout(&lint))
}

#[test]
fn examples_become_templates() {
    let dir = folder();
    let file = format!(
        "rules:\n- name: Acme Live Token\n  id: np.acme.1\n  pattern: '\\b(acme_live_[a-z0-9]{{24}})\\b'\n  \
         categories: [api, secret]\n  references: [https://acme.example/docs]\n  examples:\n  - 'ACME_TOKEN={}'\n  \
         - |\n    curl -H 'X-Acme: {}' https://acme.example\n  - 'too short: acme_live_abc'\n  negative_examples:\n  \
         - 'acme_live_'\n  - 'not one: {}'\n",
        token(1),
        token(2),
        token(3)
    );
    fs::write(dir.path().join("np.yml"), file).unwrap();
    let out = import(dir.path(), "np.yml", "noseyparker");
    let (text, said) = (stdout(&out), stderr(&out));
    assert_eq!(code(&out), 0, "{said}");
    assert!(text.contains("ACME_TOKEN={secret}") && text.contains("X-Acme: {secret}"), "{text}");
    for words in [
        "`categories`: there is no field for it",
        "1 of 3 `examples` are not found",
        "1 of 2 `negative_examples` are found",
    ] {
        assert!(said.contains(words) && text.contains(words), "{words}\n{said}\n{text}");
    }
    for n in 1..=3 {
        assert!(!text.contains(&token(n)[10..]) && !said.contains(&token(n)[10..]), "{text}{said}");
    }
    assert_eq!(lint(dir.path(), &out), (0, String::new()));
    // And the rule finds what it found before.
    fs::write(dir.path().join("a.txt"), token(7)).unwrap();
    let scan = keysieve(dir.path())
        .args(["scan", "--no-builtin", "--pack", "imported.toml", "a.txt"])
        .output()
        .unwrap();
    assert!(stdout(&scan).contains("acme-1"), "{}", stdout(&scan));
}

#[test]
fn what_is_imported_loads_and_lints() {
    let dir = folder();
    let cases = [
        ("leaks.toml", "gitleaks", include_str!("cmd/import.in/leaks.toml")),
        ("better.toml", "betterleaks", include_str!("cmd/import.in/better.toml")),
        ("fisher.yml", "kingfisher", include_str!("cmd/import.in/fisher.yml")),
    ];
    for (name, from, text) in cases {
        fs::write(dir.path().join(name), text).unwrap();
        let out = import(dir.path(), name, from);
        assert_eq!(lint(dir.path(), &out), (0, String::new()), "{name}");
        // Nothing is only said, or only written.
        let lost = |text: &str, mark: &str| text.lines().filter(|l| l.contains(mark)).count();
        for mark in ["NOT CARRIED OVER", "`", "not asked for"] {
            let comments: String = stdout(&out)
                .lines()
                .filter(|l| l.starts_with('#'))
                .map(|l| format!("{l}\n"))
                .collect();
            let said =
                stderr(&out).replace("what says `FILL IN`, then run `keysieve rules lint`", "");
            assert_eq!(lost(&said, mark), lost(&comments, mark), "{name} {mark}");
        }
    }
}

#[test]
fn patterns_keep_their_meaning() {
    let dir = folder();
    // Pattern, a text in which it must find the secret, the secret.
    let t = |n: u32| token(n)[10..].to_owned();
    let cases = [
        (r"\b(zed[a-z]?_[0-9a-z]{24})\b", format!("x zedq_{} y", t(1)), format!("zedq_{}", t(1))),
        (
            r"(?i)zed_(?:live|test)_[0-9a-z]{24}",
            format!("ZED_Test_{}", t(2)),
            format!("ZED_Test_{}", t(2)),
        ),
        (
            r#"https://zed\.example/h/([0-9a-z]{24})"#,
            format!("https://zed.example/h/{}", t(3)),
            t(3),
        ),
        (
            r#"(?i)zed.{0,20}(?:key|token).{0,5}['"]([0-9a-z]{24})['"]"#,
            format!("zed_key = \"{}\"", t(4)),
            t(4),
        ),
        (r"(?:ZED|YAK)-[0-9a-z]{20,}", format!("a YAK-{} b", t(5)), format!("YAK-{}", t(5))),
        (
            r"(?:^|[^0-9a-z])(zed\.[0-9a-z]{24})(?:$|[^0-9a-z])",
            format!("=zed.{};", t(6)),
            format!("zed.{}", t(6)),
        ),
    ];
    for (n, (pattern, text, secret)) in cases.iter().enumerate() {
        let rule = format!(
            "[[rules]]\nid = \"zed-{n}\"\ndescription = \"Zed\"\nregex = '''{pattern}'''\nkeywords = [\"zed\"]\n"
        );
        fs::write(dir.path().join("g.toml"), rule).unwrap();
        let out = import(dir.path(), "g.toml", "gitleaks");
        assert_eq!(code(&out), 0, "{pattern}: {}", stderr(&out));
        assert_eq!(lint(dir.path(), &out), (0, String::new()), "{pattern}");
        fs::write(dir.path().join("a.txt"), text).unwrap();
        let args =
            ["redact", "--mode", "remove", "--no-builtin", "--pack", "imported.toml", "a.txt"];
        let clean = keysieve(dir.path()).args(args).output().unwrap();
        assert_eq!(
            stdout(&clean),
            text.replace(secret.as_str(), ""),
            "{pattern}\n{}",
            stdout(&out)
        );
    }
}
