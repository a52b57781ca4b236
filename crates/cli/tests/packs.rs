//! Packs over packs, at work: what a pack lets through, where, and until when.

mod support;

use std::fs;

use support::{PACK, code, folder, keysieve, run, run_on, stderr, stdout, token};

#[test]
fn paths_in_allow_entries_hold_for_every_command() {
    let dir = folder();
    let entry =
        "\n[[allow]]\nrule = \"acme-*\"\npaths = [\"samples/**\"]\nreason = \"Sandbox tokens.\"\n";
    fs::write(dir.path().join("acme.toml"), format!("{PACK}{entry}")).unwrap();
    for name in ["samples", "src"] {
        fs::create_dir(dir.path().join(name)).unwrap();
        fs::write(dir.path().join(name).join("a.txt"), format!("x {} y\n", token(1))).unwrap();
    }
    let large = format!("{}\nx {} y\n", "lorem ipsum\n".repeat(100_000), token(1));
    fs::write(dir.path().join("samples/large.txt"), large).unwrap();

    let out = run(dir.path(), "scan -f jsonl samples src");
    let found = stdout(&out);
    assert_eq!((found.lines().count(), code(&out)), (1, 1), "{found}");
    assert!(found.contains("\"source\":\"src/a.txt\""), "{found}");

    let out = run(dir.path(), "redact samples/a.txt src/a.txt");
    assert_eq!(stdout(&out), format!("x {} y\nx [REDACTED:acme-token] y\n", token(1)));
    assert_eq!(run_on(dir.path(), "redact", token(1).as_bytes()).stdout, b"[REDACTED:acme-token]");

    let out = run(dir.path(), "redact --in-place samples src");
    assert_eq!(stderr(&out), "keysieve: 1 secret redacted: acme-token 1; 1 of 3 files rewritten\n");
    assert!(fs::read_to_string(dir.path().join("samples/a.txt")).unwrap().contains(&token(1)));
}

#[test]
fn fingerprints_in_allow_entries_need_the_key() {
    let dir = folder();
    fs::write(dir.path().join("a.txt"), token(1)).unwrap();
    let scan = |key: &str| {
        let mut command = keysieve(dir.path());
        command.args(["scan", "-f", "jsonl", "--no-builtin", "--pack", "acme.toml", "a.txt"]);
        if !key.is_empty() {
            command.env("KEYSIEVE_KEY", key);
        }
        command.output().unwrap()
    };
    let finding: serde_json::Value = serde_json::from_str(&stdout(&scan("k"))).unwrap();
    let entry = format!(
        "\n[[allow]]\nrule = \"acme-token\"\nfingerprints = [{}]\nreason = \"Revoked in May.\"\n",
        finding["fingerprint"]
    );
    fs::write(dir.path().join("acme.toml"), format!("{PACK}{entry}")).unwrap();
    assert_eq!(code(&scan("k")), 0);
    assert_eq!(code(&scan("other")), 1);
    let out = scan("");
    assert_eq!(code(&out), 1);
    assert!(stderr(&out).contains("has fingerprints, which need the key"), "{}", stderr(&out));
}

#[test]
fn packs_are_found_from_the_folder_of_the_one_that_extends_them() {
    let dir = folder();
    fs::create_dir_all(dir.path().join("deep/er")).unwrap();
    fs::write(dir.path().join("deep/mid.toml"), "extends = [\"../acme.toml\"]\n").unwrap();
    fs::write(dir.path().join("deep/er/top.toml"), "extends = [\"../mid.toml\"]\n").unwrap();
    let args = ["rules", "list", "--no-builtin", "--pack", "deep/er/top.toml"];
    let out = keysieve(dir.path()).args(args).output().unwrap();
    assert!(stdout(&out).starts_with("acme-token "), "{}", stderr(&out));
    // Another way to the same file is the same file.
    fs::write(dir.path().join("acme.toml"), "extends = [\"deep/../deep/er/top.toml\"]\n").unwrap();
    let out = keysieve(dir.path()).args(args).output().unwrap();
    assert_eq!(code(&out), 2);
    assert!(stderr(&out).contains("goes in a circle"), "{}", stderr(&out));
}
