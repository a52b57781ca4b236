//! Each fault is really found, and what looks like one but is none is let through.

use super::source::{Source, has_word};
use super::tree::Tree;
use super::{Fault, check, words_of};

/// A repository without a fault, to which a test adds one file.
fn faults_with(path: &str, text: &str) -> Vec<Fault> {
    let parent =
        "//! x\n#[cfg(test)]\npub(crate) mod naive;\n#[cfg(test)]\nmod tests;\nmod span;\n";
    let changes = ("CHANGELOG.md", "# Changes\n\n## Unreleased\n");
    let files = [changes, ("src/text.rs", parent), (path, text)];
    check(&Tree::of(&files))
}

fn assert_fault(path: &str, text: &str, line: usize, part: &str) {
    let faults = faults_with(path, text);
    let hit = faults.iter().any(|f| f.path == path && f.line == line && f.message.contains(part));
    assert!(hit, "no fault `{part}` at {path}:{line}, but {faults:?}");
}

fn assert_clean(path: &str, text: &str) {
    let faults = faults_with(path, text);
    assert!(faults.is_empty(), "{faults:?}");
}

/// Pseudo-random characters of an alphabet: a token that stands in no file.
fn token(alphabet: &[u8], length: usize) -> String {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(alphabet[(state >> 33) as usize % alphabet.len()])
    };
    (0..length).map(|_| next()).collect()
}

const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALNUM: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

#[test]
fn long_file() {
    let text = |lines: usize| format!("//! Long.\n{}", "// x\n".repeat(lines - 1));
    assert_fault("src/text/long.rs", &text(500), 1, "500 lines");
    assert_fault("tests/long.rs", &text(500), 1, "500 lines");
    assert_clean("src/text/long.rs", &text(499));
}

#[test]
fn long_function() {
    let text = |lines: usize| {
        format!("//! Long.\n\nfn long(a: [u8; 4]) {{\n{}}}\n", "    a();\n".repeat(lines - 2))
    };
    assert_fault("crates/cli/src/long.rs", &text(60), 3, "`long` has 60 lines");
    assert_clean("crates/cli/src/long.rs", &text(59));
    assert_clean("tests/long.rs", &text(60));
    assert_clean("src/text/tests.rs", &text(60));
    let nested =
        format!("//! Long.\n#[cfg(test)]\nmod tests {{\n{}}}\n", text(80).replace("//!", "//"));
    assert_clean("src/text/nested.rs", &nested);
}

#[test]
fn module_docs() {
    assert_fault("src/text/span.rs", "use std::fmt;\n", 1, "open the file with `//!`");
    assert_fault("tests/api.rs", "", 1, "open the file with `//!`");
}

#[test]
fn empty_names() {
    assert_fault("src/text/utils.rs", "//! x\n", 1, "`utils` in a path");
    assert_fault("src/helper/mod.rs", "//! x\n", 1, "`helper` in a path");
    assert_fault("crates/cli/src/scan_v2.rs", "//! x\n", 1, "`v2` in a path");
    assert_fault("src/text.rs", "//! x\nmod info;\n", 2, "`info` says nothing");
    assert_fault("src/text.rs", "//! x\n\nstruct RuleManager;\n", 3, "`manager` says nothing");
    assert_fault("src/text.rs", "//! x\nenum ScannerV2 {}\n", 2, "`v2` says nothing");
    assert_clean("src/text/metadata.rs", "//! x\nstruct Metadata;\n");
    assert_eq!(words_of("HttpInfo_dataV2"), ["http", "info", "data", "v2"]);
}

#[test]
fn layers() {
    let up = "`text` may not import `scan`";
    assert_fault("src/text/span.rs", "//! x\nuse crate::scan::Scanner;\n", 2, up);
    assert_fault("src/text/span.rs", "//! x\nuse crate::{error::Error, scan::{a, b}};\n", 2, up);
    assert_fault("src/text/span.rs", "//! x\nfn f() {\n    crate::scan::f()\n}\n", 3, up);
    assert_fault("src/text/span.rs", "//! x\nuse super::super::scan::f;\n", 2, up);
    assert_fault("src/text.rs", "//! x\nuse super::scan::f;\n", 2, up);
    assert_fault(
        "src/check/jwt.rs",
        "//! x\nuse crate::Pack;\n",
        2,
        "`crate::Pack` is the front door",
    );
    assert_fault("src/novel.rs", "//! x\n", 1, "no line in the layer table");
    assert_clean(
        "src/scan/scanner.rs",
        "//! x\nuse crate::{detect::{Finding, scan}, text::Span};\n",
    );
    assert_clean(
        "src/scan/window.rs",
        "//! x\nuse super::scanner::Scanner;\nuse super::super::text::Span;\n",
    );
    assert_clean(
        "src/text/span.rs",
        "//! x\n// crate::scan::f\n#[cfg(test)]\nmod tests { use crate::scan::f; }\n",
    );
    assert_clean("src/lib.rs", "//! x\nuse crate::scan::Scanner;\n");
}

#[test]
fn engine_bans() {
    let calls =
        [".unwrap()", ".expect(\"x\")", "; println!()", "; todo!()", "; panic!()", "; dbg!(1)"];
    for call in calls {
        let text = format!("//! x\nfn f() {{\n    g(){call};\n}}\n");
        assert_fault("src/text/span.rs", &text, 3, "in the engine");
        assert_clean("crates/cli/src/main.rs", &text);
        assert_clean("src/text/tests.rs", &text);
        assert_clean("src/text/naive.rs", &text);
        assert_clean(
            "src/text/span.rs",
            &format!("//! x\n#[cfg(test)]\nmod tests {{\n{}\n}}\n", &text[6..]),
        );
    }
    assert_fault("src/text/span.rs", "//! x\nuse std::fs;\n", 2, "`std::fs` in the engine");
    assert_clean(
        "src/text/span.rs",
        "//! x\n/// `x.unwrap()` is not called; \"panic!\"\nconst A: &str = \"panic!\";\n",
    );
}

#[test]
fn unsafe_code() {
    assert_fault("crates/cli/src/main.rs", "//! x\nfn f() { unsafe { g() } }\n", 2, "`unsafe`");
    assert_clean("src/lib.rs", "//! x\n#![forbid(unsafe_code)]\n");
}

#[test]
fn live_tokens() {
    let jwt = format!("eyJ{}.eyJ{}.{}", token(ALNUM, 20), token(ALNUM, 40), token(ALNUM, 43));
    let pem = format!("-----BEGIN RSA {} KEY-----\\n{}", "PRIVATE", token(ALNUM, 64));
    let live = [
        format!("AKIA{}", token(UPPER, 16)),
        format!("ghp_{}", token(ALNUM, 36)),
        format!("xoxb-{}-{}", "123456789012", token(ALNUM, 24)),
        format!("sk-ant-api03-{}", token(ALNUM, 93)),
        jwt,
        pem,
    ];
    for live in &live {
        let text = format!("first\nkey={live}\n");
        assert_fault("corpus.txt", &text, 2, "looks like a live");
        let told = faults_with("corpus.txt", &text).iter().any(|f| f.message.contains(live));
        assert!(!told, "the message repeats the token");
    }
    assert_clean("a.txt", "AKIA{upper:16} ghp_[0-9A-Za-z]{36} ghp_{alnum:36}");
    assert_clean("a.txt", &format!("ghp_{} AKIA{}", "x".repeat(36), token(UPPER, 15)));
    assert_clean("a.txt", &format!("-----BEGIN PUBLIC KEY-----\n{}", token(ALNUM, 64)));
}

#[test]
fn project_files() {
    let faults = check(&Tree::of(&[("README.md", "# x\n")]));
    assert_eq!(faults, [Fault::new("CHANGELOG.md", 1, "missing, or without a `## ` entry")]);
    assert_fault("patterns/lost.toml", "[pack]\n", 1, "not in the builtin list");
    assert_fault("corpus/lost.txt", "x\n", 1, "not in corpus/manifest.toml");
    assert_clean("patterns/README.md", "# x\n");
    let heavy = "[dependencies]\ntokio = \"1\"\n";
    assert_fault("Cargo.toml", heavy, 2, "`tokio` in the engine");
    let many: String = (0..9).map(|n| format!("d{n} = \"1\"\n")).collect();
    assert_fault("Cargo.toml", &format!("[dependencies]\n{many}"), 1, "9 direct dependencies");
    let optional = many.replace("\"1\"", "{ version = \"1\", optional = true }");
    assert_clean("Cargo.toml", &format!("[dependencies]\n{optional}"));
    assert_clean("Cargo.toml", &format!("[dev-dependencies]\n{many}"));
}

#[test]
fn listed_pack_and_sample() {
    let files = [
        ("CHANGELOG.md", "## x\n"),
        ("patterns/ai.toml", ""),
        (
            "src/rules/builtin.rs",
            "//! x\nconst AI: &str = include_str!(\"../../patterns/ai.toml\");\n",
        ),
        ("corpus/a/b.txt", ""),
        ("corpus/manifest.toml", "file = \"a/b.txt\"\n"),
    ];
    assert_eq!(check(&Tree::of(&files)), []);
}

#[test]
fn links() {
    assert_fault("docs/a.md", "x\n[b](b.md)\n", 2, "`b.md`: no such file");
    assert_fault("docs/a.md", "[b](../../b.md)\n", 1, "leaves the repository");
    assert_fault("docs/a.md", "# One\n[b](#two)\n", 2, "no such heading");
    assert_fault("docs/a.md", "[b]: ../c.md\n", 1, "`../c.md`: no such file");
    assert_fault("docs/a.md", "x `tests/none.rs` y\n", 1, "`tests/none.rs`: no such file");
    assert_clean("docs/a.md", "`tests/NAME.rs` `crates/*` `docs/a.md` `docs/`");
    let good = "# One, two!\n[b](#one-two) [c](../CHANGELOG.md) [d](https://x.example/y) [e](.)\n\
                `[f](g.md)`\n```\n[h](i.md)\n```\n";
    assert_clean("docs/a.md", good);
}

#[test]
fn masking() {
    let text = "let a = \"}\\\"{\"; // {\nlet b = r#\"\"{\"#; /* { /* } */ { */ let c = '{'; let d: &'a str = b'{';\n";
    let source = Source::new("src/x.rs", text, false);
    assert!(!source.code().contains(['{', '}']), "{}", source.code());
    assert_eq!(source.code().len(), text.len());
    assert!(source.code().contains("'a str"));
    assert!(has_word("x.unwrap().y", ".unwrap()") && !has_word("eprintln!", "println!"));
}
