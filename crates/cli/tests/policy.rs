//! Policies on the command line: what they do to texts, and what `keysieve policy` says. Also runs what docs/POLICY.md shows.

mod support;

use std::fs;

use support::{code, folder, keysieve, run, run_on, stderr, stdout, token};

/// The policy of docs/POLICY.md.
fn house() -> String {
    let doc = document("POLICY.md");
    let from = doc.find("```toml\n").unwrap() + "```toml\n".len();
    let to = from + doc[from..].find("```").unwrap();
    doc[from..to].to_owned()
}

fn document(name: &str) -> String {
    fs::read_to_string(format!("{}/../../docs/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn the_document_tells_the_truth() {
    let dir = folder();
    fs::write(dir.path().join("house.toml"), house()).unwrap();
    let doc = document("POLICY.md");
    let from = doc.find("```console\n").unwrap() + "```console\n".len();
    let shown = &doc[from..from + doc[from..].find("```").unwrap()];
    let mut commands = 0;
    for block in shown.trim_end().split("\n\n") {
        let (command, expected) = block.split_once('\n').unwrap();
        let mut words = command.strip_prefix("$ keysieve ").unwrap().split_whitespace();
        let out = keysieve(dir.path()).args(words.by_ref()).output().unwrap();
        assert_eq!(stdout(&out).trim_end(), expected, "{command}\n{}", stderr(&out));
        commands += 1;
    }
    assert_eq!(commands, 3);
}

#[test]
fn the_starting_policies_hold_their_tests() {
    let dir = folder();
    let folder = format!("{}/../../policies", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .collect();
    names.sort();
    assert_eq!(names.len(), 3);
    for command in ["check", "test"] {
        let out = keysieve(dir.path()).args(["policy", command]).args(&names).output().unwrap();
        assert_eq!((code(&out), stderr(&out)), (0, String::new()), "{}", stdout(&out));
        assert_eq!(stdout(&out).matches(" hold\n").count(), 3);
    }
    // Each of them tells the three identities apart.
    for name in &names {
        let text = fs::read_to_string(name).unwrap();
        for principal in ["builder", "user", "agent"] {
            assert!(text.contains(&format!("principal = \"{principal}\"")), "{name}: {principal}");
        }
    }
}

#[test]
fn a_policy_decides_about_each_finding() {
    let dir = folder();
    let policy = r#"
[[rule]]
id = "told"
principal = "service"
action = "alert"
reason = "watched only"

[[rule]]
id = "fine"
principal = "user"
action = "allow"
reason = "their own business"

[[rule]]
id = "never"
principal = "builder"
action = "block"
"#;
    fs::write(dir.path().join("p.toml"), policy).unwrap();
    let input = format!("before {} after\n", token(1));
    let on = |args: &str| run_on(dir.path(), args, input.as_bytes());
    let hidden = on("redact --policy p.toml --principal agent --report r.jsonl");
    assert_eq!(stdout(&hidden), "before [REDACTED:acme-token] after\n");
    let report = fs::read_to_string(dir.path().join("r.jsonl")).unwrap();
    assert!(report.contains("\"action\":\"redact\",\"policy_rule\":\"default\""), "{report}");
    let told = on("redact --policy p.toml --principal service:s1");
    assert_eq!(stdout(&told), input);
    assert!(stderr(&told).contains("1 secret let through by the policy: acme-token 1"));
    let fine = on("redact --policy p.toml --principal user");
    assert_eq!((stdout(&fine), code(&fine)), (input.clone(), 0));
    assert!(!stderr(&fine).contains("acme"));
    let never = on("redact --policy p.toml --principal builder --report r.jsonl");
    assert_eq!((stdout(&never).as_str(), code(&never)), ("before ", 3));
    assert!(stderr(&never).contains("blocked by the policy: it holds what `acme-token` finds"));
    let report = fs::read_to_string(dir.path().join("r.jsonl")).unwrap();
    assert!(report.contains("\"action\":\"block\",\"policy_rule\":\"never\""), "{report}");
    let scanned = on("scan --policy p.toml --principal user -f jsonl");
    assert_eq!((stdout(&scanned).as_str(), code(&scanned)), ("", 0));
    let scanned = on("scan --policy p.toml --principal builder -f jsonl");
    assert!(stdout(&scanned).contains("\"action\":\"block\""));
    assert_eq!(code(&scanned), 1);
}

#[test]
fn files_in_place_follow_the_policy_too() {
    let dir = folder();
    let policy = "[[rule]]\nid = \"t\"\nsource = \"keep/**\"\naction = \"alert\"\nreason = \"kept on purpose\"\n\
                  [[rule]]\nid = \"b\"\nsource = \"stop/**\"\naction = \"block\"\n";
    fs::write(dir.path().join("p.toml"), policy).unwrap();
    for name in ["keep", "stop", "hide"] {
        fs::create_dir(dir.path().join(name)).unwrap();
        fs::write(dir.path().join(name).join("a.txt"), token(1)).unwrap();
    }
    let out = run(dir.path(), "redact --in-place --policy p.toml keep stop hide");
    let text = |name: &str| fs::read_to_string(dir.path().join(name).join("a.txt")).unwrap();
    assert_eq!((text("keep"), text("stop")), (token(1), token(1)));
    assert_eq!(text("hide"), "[REDACTED:acme-token]");
    assert_eq!(code(&out), 2);
    assert!(stderr(&out).contains("finds; left as it is"), "{}", stderr(&out));
}

#[test]
fn faults_name_file_line_and_key() {
    let dir = folder();
    fs::write(
        dir.path().join("p.toml"),
        "default = \"redact\"\n\n[[rule]]\nid = \"a\"\nchanel = \"log\"\naction = \"block\"\n",
    )
    .unwrap();
    let said = "p.toml:5: unknown key `chanel`; did you mean `channel`?";
    let out = keysieve(dir.path()).args(["policy", "check", "p.toml"]).output().unwrap();
    assert_eq!((code(&out), stdout(&out).trim_end()), (1, said));
    // A run with a wrong policy does nothing at all.
    let out = run_on(dir.path(), "redact --policy p.toml", token(1).as_bytes());
    assert_eq!((code(&out), stdout(&out).as_str()), (2, ""));
    assert!(stderr(&out).contains(said), "{}", stderr(&out));
    let out = run_on(dir.path(), "redact --principal agnet", b"");
    assert!(stderr(&out).contains("did you mean `agent`?"), "{}", stderr(&out));
}
