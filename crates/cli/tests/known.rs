//! Known secrets on the command line: what docs/KNOWN.md shows, every kind of file, and what is said of wrong ones.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use support::{code, feed, folder, keysieve, stderr, stdout};

const KEY: &str = "an example of a key, for tests and documents only";

fn with_key(dir: &Path, args: &str) -> Command {
    let mut command = keysieve(dir);
    command.args(args.split_whitespace()).env("KEYSIEVE_KEY", KEY);
    command
}

#[test]
fn the_document_tells_the_truth() {
    let dir = folder();
    fs::write(dir.path().join(".env"), "GREETING_SECRET=correct horse\nSTAGE=production\n")
        .unwrap();
    let doc = format!("{}/../../docs/KNOWN.md", env!("CARGO_MANIFEST_DIR"));
    let doc = fs::read_to_string(doc).unwrap();
    let from = doc.find("```console\n").unwrap() + "```console\n".len();
    let shown = &doc[from..from + doc[from..].find("```").unwrap()];
    let bin = Path::new(env!("CARGO_BIN_EXE_keysieve")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut commands = 0;
    for block in shown.trim_end().split("\n\n") {
        let (line, expected) = block.split_once('\n').unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("({}) 2>&1", line.strip_prefix("$ ").unwrap())]);
        shell
            .current_dir(dir.path())
            .env("PATH", &path)
            .env("KEYSIEVE_KEY", KEY)
            .stdin(Stdio::null());
        let said = stdout(&shell.output().unwrap());
        assert_eq!(said.trim_end(), expected, "{line}");
        commands += 1;
    }
    assert_eq!(commands, 4);
}

#[test]
fn secrets_come_from_every_kind_of_file_and_from_the_environment() {
    let dir = folder();
    let put = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    put("a.env", "# words\nexport A_TOKEN='blue mango river'\nPORT=8080\n");
    put("b.json", r#"{"db": {"password": "seven \"quoted\" owls", "debug": true}, "list": ["x"]}"#);
    put("c.yaml", "service:\n  api_key: plain yellow door\n  url: http://localhost:8080/\n");
    let text = "blue mango river, seven \"quoted\" owls, plain yellow door, old green boat, http://localhost:8080/\n";
    let mut command = with_key(
        dir.path(),
        "redact --no-builtin --pack acme.toml --known a.env --known b.json --known c.yaml --known-env MY_*",
    );
    command.env("MY_BOAT", "old green boat");
    let out = feed(command, text.as_bytes());
    let hidden = "[REDACTED:known-secret]";
    assert_eq!(
        stdout(&out),
        format!("{hidden}, {hidden}, {hidden}, {hidden}, http://localhost:8080/\n")
    );
    // In JSON, as it stands there.
    let json = serde_json::to_string(text).unwrap();
    let out = feed(
        with_key(dir.path(), "redact --no-builtin --pack acme.toml --known b.json"),
        json.as_bytes(),
    );
    let clean: String = serde_json::from_str(&stdout(&out)).unwrap();
    assert!(clean.contains(&format!("{hidden}, plain")), "{clean}");
    let found = feed(with_key(dir.path(), "scan -f jsonl --known a.env"), text.as_bytes());
    assert_eq!(code(&found), 1);
    assert!(
        stdout(&found).contains("\"rule\":\"known-secret\"") && !stdout(&found).contains("mango")
    );
}

#[test]
fn hashes_need_their_key_and_show_nothing() {
    let dir = folder();
    fs::write(dir.path().join("e"), "A_TOKEN='blue mango river'\nB_TOKEN='blue mango rivers'\n")
        .unwrap();
    let made = feed(with_key(dir.path(), "known hash e"), b"");
    let lines = stdout(&made);
    assert_eq!((lines.lines().count() >= 2, lines.contains("mango")), (true, false));
    fs::write(dir.path().join("h"), format!("# ours\n{lines}")).unwrap();
    let mut none = keysieve(dir.path());
    none.args(["redact", "--known-hashes", "h"]);
    let out = feed(none, b"x");
    assert!(code(&out) == 2 && stderr(&out).contains("KEYSIEVE_KEY"), "{}", stderr(&out));
    let mut other = keysieve(dir.path());
    other.args(["redact", "--known-hashes", "h"]).env("KEYSIEVE_KEY", "another");
    let out = feed(other, b"x");
    assert!(stderr(&out).contains("h:2: was made with another key"), "{}", stderr(&out));
    fs::write(dir.path().join("bad.json"), "{\"password\": \"blue mango").unwrap();
    let out = feed(with_key(dir.path(), "redact --known bad.json"), b"x");
    assert!(code(&out) == 2 && !stderr(&out).contains("mango"), "{}", stderr(&out));
}

#[test]
fn a_policy_can_name_known_secrets() {
    let dir = folder();
    fs::write(dir.path().join("e"), "A_TOKEN='blue mango river'\n").unwrap();
    fs::write(
        dir.path().join("p.toml"),
        "[[rule]]\nid = \"k\"\nrule = \"known-secret\"\naction = \"block\"\n",
    )
    .unwrap();
    let checked = feed(with_key(dir.path(), "policy check p.toml"), b"");
    assert_eq!((code(&checked), stderr(&checked)), (0, String::new()));
    let out =
        feed(with_key(dir.path(), "redact --known e --policy p.toml"), b"a blue mango river b\n");
    assert_eq!((stdout(&out).as_str(), code(&out)), ("a ", 3));
}
