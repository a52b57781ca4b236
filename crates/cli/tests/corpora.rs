//! `keysieve rules test` and `rules diff` on corpora that are made up on the spot.

mod support;

use std::fs;
use std::path::Path;

use support::{ACME, PACK, code, folder, keysieve, stderr, stdout, token};

fn rules(dir: &Path, args: &[&str]) -> std::process::Output {
    keysieve(dir).arg("rules").args(args).output().unwrap()
}

#[test]
fn large_files_and_many_threads_give_the_same_figures() {
    let dir = folder();
    fs::create_dir(dir.path().join("c")).unwrap();
    let mut labels = String::new();
    for n in 0..40u32 {
        let pad = "lorem ipsum\n".repeat(if n == 7 { 120_000 } else { 10 });
        fs::write(dir.path().join(format!("c/{n}.txt")), format!("{pad}{}\n", token(n))).unwrap();
        // Every other one is known to the labels.
        if n % 2 == 0 {
            let (start, end) = (pad.len(), pad.len() + token(n).len());
            let rule = "acme-token";
            labels += &format!(
                "{{\"file\":\"{n}.txt\",\"start\":{start},\"end\":{end},\"rule\":\"{rule}\"}}\n"
            );
        }
    }
    fs::write(dir.path().join("c/labels.jsonl"), labels).unwrap();
    let row = |threads: &str| {
        let args =
            ["test", "acme.toml", "--no-builtin", "--corpus", "c", "-f", "jsonl", "-j", threads];
        let out = rules(dir.path(), &args);
        assert_eq!(code(&out), 0, "{}", stderr(&out));
        let mut row: serde_json::Value = serde_json::from_str(&stdout(&out)).unwrap();
        let cost = row["ns_per_kib"].take();
        assert!(cost.as_f64().unwrap() > 0.0);
        row
    };
    let one = row("1");
    assert_eq!((&one["hits"], &one["right"]), (&40.into(), &20.into()));
    assert_eq!((&one["precision"], &one["recall"]), (&50.0.into(), &100.0.into()));
    assert_eq!(one, row("4"));
}

#[test]
fn bars_fail_the_run() {
    let dir = folder();
    fs::create_dir(dir.path().join("c")).unwrap();
    fs::write(dir.path().join("c/a.txt"), format!("{} {}", token(1), token(2))).unwrap();
    let label = format!("{{\"file\":\"a.txt\",\"start\":0,\"end\":{}}}\n", token(1).len());
    fs::write(dir.path().join("c/labels.jsonl"), label).unwrap();
    for (bar, ended) in [("50", 0), ("50.1", 1)] {
        let args = ["test", "acme.toml", "--no-builtin", "--corpus", "c", "--min-precision", bar];
        assert_eq!(code(&rules(dir.path(), &args)), ended, "{bar}");
    }
}

#[test]
fn what_one_pack_hides_the_other_does_not_show() {
    let dir = folder();
    // The second pack knows another token on the same line, and no longer the first.
    let other = PACK.replace("acme_live_", "acme_test_").replace("acme-token", "acme-test");
    fs::write(dir.path().join("other.toml"), other).unwrap();
    let theirs = token(2).replace("live", "test");
    fs::write(dir.path().join("a.txt"), format!("x {} y {theirs} z\n", token(1))).unwrap();
    for format in ["text", "json", "jsonl"] {
        let args =
            ["diff", "acme.toml", "other.toml", "--no-builtin", "--corpus", "a.txt", "-f", format];
        let out = rules(dir.path(), &args);
        assert_eq!(code(&out), 1, "{}", stderr(&out));
        let said = stdout(&out);
        assert!(said.contains("acme_live_…(34)") && said.contains("acme_test_…(34)"), "{said}");
        assert!(!said.contains(&token(1)[10..18]) && !said.contains(&theirs[10..18]), "{said}");
    }
    let args = ["diff", "acme.toml", "acme.toml", "--no-builtin", "--corpus", "a.txt"];
    assert_eq!(code(&rules(dir.path(), &args)), 0);
}

#[test]
fn what_a_pack_lets_through_is_still_masked_beside_other_findings() {
    let dir = folder();
    let entry = format!(
        "\n[[allow]]\nrule = \"acme-token\"\nvalues = [\"{}\"]\nreason = \"a sample of the manual\"\n",
        token(1)
    );
    fs::write(dir.path().join("acme.toml"), format!("{PACK}{entry}")).unwrap();
    fs::write(dir.path().join("a.txt"), format!("x {} y {} z\n", token(1), token(2))).unwrap();
    let out = keysieve(dir.path())
        .args(["scan", "--lines", "always", "a.txt"])
        .args(ACME)
        .output()
        .unwrap();
    let said = stdout(&out);
    assert_eq!(said.matches("acme-token").count(), 1, "{said}");
    assert!(!said.contains(&token(1)) && said.contains("x acme_live_…(34) y"), "{said}");
}

#[test]
fn folders_of_packs_are_compared_as_one() {
    let dir = folder();
    fs::create_dir_all(dir.path().join("new")).unwrap();
    fs::copy(dir.path().join("acme.toml"), dir.path().join("new/a.toml")).unwrap();
    let twin = PACK.replace("acme_live_", "acme_twin_").replace("acme-token", "acme-twin");
    fs::write(dir.path().join("new/b.toml"), twin).unwrap();
    fs::write(dir.path().join("a.txt"), token(2).replace("live", "twin")).unwrap();
    let out = rules(dir.path(), &["diff", "acme.toml", "new", "--no-builtin", "--corpus", "a.txt"]);
    assert_eq!(code(&out), 1);
    assert!(stdout(&out).starts_with("+ acme-twin (certain)  a.txt:1:1"), "{}", stdout(&out));
    let out = rules(dir.path(), &["diff", "builtin", "builtin", "--corpus", "a.txt"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
}
