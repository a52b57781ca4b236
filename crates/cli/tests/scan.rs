//! `keysieve scan`: exit codes, formats, ignore comments, baseline, order, streams.

mod support;

use std::fs;
use std::path::Path;

use support::{code, folder, run, run_on, stderr, stdout, token};

fn records(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn spans(text: &str) -> Vec<(u64, u64, u64)> {
    let number = |v: &serde_json::Value| v.as_u64().unwrap();
    records(text)
        .iter()
        .map(|r| (number(&r["span"][0]), number(&r["line"]), number(&r["column"])))
        .collect()
}

#[test]
fn exit_codes() {
    let dir = folder();
    fs::write(dir.path().join("clean.txt"), "nothing").unwrap();
    fs::write(dir.path().join("found.txt"), token(1)).unwrap();
    assert_eq!(code(&run(dir.path(), "scan clean.txt")), 0);
    assert_eq!(code(&run(dir.path(), "scan found.txt")), 1);
    assert_eq!(code(&run(dir.path(), "scan found.txt --exit-code 7")), 7);
    assert_eq!(code(&run(dir.path(), "scan found.txt --exit-code 0")), 0);
    assert_eq!(code(&run(dir.path(), "scan found.txt missing.txt")), 2);
    assert_eq!(code(&run(dir.path(), "scan --unknown")), 2);
    assert_eq!(code(&run(dir.path(), "scan found.txt --rule nothing-like-it")), 2);
    assert_eq!(code(&run(dir.path(), "scan found.txt --exclude-rule acme-*")), 2);
}

#[test]
fn every_key_of_the_contract_is_there() {
    let dir = folder();
    let out = run_on(dir.path(), "scan -f jsonl", format!("x\n  {}\n", token(1)).as_bytes());
    let record = &records(&stdout(&out))[0];
    let expected = serde_json::json!({
        "rule": "acme-token", "title": "Acme token", "category": "saas", "severity": "high",
        "confidence": "certain", "profile": "alert", "source": "-", "span": [4, 38], "line": 2, "column": 3,
        "encoding": [], "check": "none", "fingerprint_key": "run", "preview": "acme_live_…(34)",
        "action": "report",
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&record[key], value, "{key}");
    }
    let print = record["fingerprint"].as_str().unwrap();
    assert!(print.starts_with("ks1:") && print.len() == 44);
    assert_eq!(record.get("secret"), None);
}

#[test]
fn a_finding_tells_where_in_a_structured_text_it_stands() {
    let dir = folder();
    let line = format!(
        "{{\"model\": \"m\", \"messages\": [{{\"role\": \"tool\", \"content\": \"{}\"}}]}}\n",
        token(1)
    );
    for copies in [1, 40_000] {
        let out = run_on(dir.path(), "scan -f jsonl", line.repeat(copies).as_bytes());
        let records = records(&stdout(&out));
        assert_eq!(records.len(), copies);
        for record in [&records[0], &records[copies - 1]] {
            assert_eq!(record["path"], "$.messages[0].content");
            assert_eq!(record["channel"], "tool_result");
        }
    }
    let plain = run_on(dir.path(), "scan -f jsonl", format!("log: {line}").as_bytes());
    assert_eq!(self::records(&stdout(&plain))[0].get("path"), None);
}

#[test]
fn a_given_key_makes_fingerprints_comparable() {
    let dir = folder();
    fs::write(dir.path().join("key"), "some key\n").unwrap();
    let print = |args: &str| {
        let out = run_on(dir.path(), args, token(1).as_bytes());
        let record = records(&stdout(&out)).remove(0);
        (record["fingerprint"].clone(), record["fingerprint_key"].clone())
    };
    let (a, b) = (print("scan -f jsonl --key-file key"), print("scan -f jsonl --key-file key"));
    assert_eq!(a, b);
    assert_eq!(a.1, "given");
    assert_ne!(print("scan -f jsonl").0, print("scan -f jsonl").0);
}

#[test]
fn json_is_one_array_in_every_case() {
    let dir = folder();
    for (input, n) in [("", 0), (&*token(1), 1), (&*format!("{} {}", token(1), token(2)), 2)] {
        let out = run_on(dir.path(), "scan --format json", input.as_bytes());
        let all: Vec<serde_json::Value> = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!(all.len(), n);
    }
}

#[test]
fn lines_are_masked_whole_and_neutral() {
    let dir = folder();
    let input = format!("\x1b[31mone {} two {}\nnext\n", token(1), token(2));
    let out = run_on(dir.path(), "scan --lines always", input.as_bytes());
    let line = "    \\u{1b}[31mone acme_live_…(34) two acme_live_…(34)\n";
    let expected = format!(
        "-:1:10 high acme-token Acme token\n{line}-:1:49 high acme-token Acme token\n{line}"
    );
    assert_eq!(stdout(&out), expected);
    let piped = run_on(dir.path(), "scan", input.as_bytes());
    assert_eq!(stdout(&piped), expected.replace(line, ""));
    let coloured = run_on(dir.path(), "scan --color always", input.as_bytes());
    assert!(stdout(&coloured).contains("\x1b["));
}

#[test]
fn long_lines_are_cut_between_characters() {
    let dir = folder();
    let input = format!("{}{}{}\n", "é".repeat(100), token(1), " é".repeat(100));
    let out = stdout(&run_on(dir.path(), "scan --lines always", input.as_bytes()));
    let line = out.lines().nth(1).unwrap();
    assert!(line.starts_with("    …é") && line.ends_with(" …"), "{line}");
    assert!(!line.contains("\\x"), "{line}");
}

#[test]
fn ignore_comments() {
    let dir = folder();
    let (a, b, c, d) = (token(1), token(2), token(3), token(4));
    let input = format!(
        "{a} # keysieve:ignore\n# gitleaks:allow {b}\n{c} # keysieve:ignore other-rule\n{d} # keysieve:ignore acme-token\n"
    );
    let lines = |args| spans(&stdout(&run_on(dir.path(), args, input.as_bytes()))).len();
    assert_eq!(lines("scan -f jsonl"), 1);
    assert_eq!(lines("scan -f jsonl --no-ignore-comments"), 4);
}

#[test]
fn a_comment_may_arrive_after_the_finding() {
    let dir = folder();
    let input = format!("{} {} # keysieve:ignore\n{}\n", token(1), "x".repeat(9000), token(2));
    for size in [1, 7, 4096, 100_000] {
        let out = one_piece_at_a_time(dir.path(), "scan -f jsonl", input.as_bytes(), size);
        assert_eq!(spans(&stdout(&out)), [(9054, 2, 1)], "pieces of {size}");
    }
}

fn one_piece_at_a_time(dir: &Path, args: &str, input: &[u8], size: usize) -> std::process::Output {
    use std::io::Write;
    let mut child =
        support::command(dir, args).stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    input.chunks(size).for_each(|piece| stdin.write_all(piece).unwrap());
    drop(stdin);
    child.wait_with_output().unwrap()
}

#[test]
fn streams_and_files_give_the_same() {
    let dir = folder();
    let mut text = String::new();
    for n in 0..400 {
        text.push_str(&"filling ".repeat(500));
        text.push_str(if n % 3 == 0 { "\n" } else { " " });
        text.push_str(&token(n));
        text.push(' ');
    }
    // Larger than what is read whole.
    assert!(text.len() > 1024 * 1024);
    fs::write(dir.path().join("big.txt"), &text).unwrap();
    let file = spans(&stdout(&run(dir.path(), "scan -f jsonl big.txt")));
    let stream = spans(&stdout(&run_on(dir.path(), "scan -f jsonl", text.as_bytes())));
    assert_eq!(file.len(), 400);
    assert_eq!(file, stream);
    for (n, (start, line, column)) in (0..).zip(file) {
        let at = start as usize;
        assert!(text[at..].starts_with(&token(n)));
        assert_eq!(line as usize, text[..at].matches('\n').count() + 1);
        assert_eq!(column as usize, at - text[..at].rfind('\n').map_or(0, |i| i + 1) + 1);
    }
}

#[test]
fn a_baseline_holds_back_what_is_known() {
    let dir = folder();
    fs::write(dir.path().join("a.txt"), token(1)).unwrap();
    for format in ["jsonl", "json"] {
        let base = stdout(&run(dir.path(), &format!("scan -f {format} a.txt")));
        fs::write(dir.path().join("base"), base).unwrap();
        assert_eq!(code(&run(dir.path(), "scan a.txt --baseline base")), 0);
        fs::write(dir.path().join("b.txt"), token(2)).unwrap();
        assert_eq!(code(&run(dir.path(), "scan b.txt --baseline base")), 1);
    }
    // Under the same key the same secret is known at any place.
    fs::write(dir.path().join("key"), "k").unwrap();
    let base = stdout(&run(dir.path(), "scan -f jsonl a.txt --key-file key"));
    fs::write(dir.path().join("base"), base).unwrap();
    fs::write(dir.path().join("b.txt"), format!("moved: {}", token(1))).unwrap();
    assert_eq!(code(&run(dir.path(), "scan b.txt --baseline base --key-file key")), 0);
    assert_eq!(code(&run(dir.path(), "scan b.txt --baseline base")), 1);
}

#[test]
fn walks_are_sorted_and_honour_ignore_files() {
    let dir = folder();
    let root = dir.path().join("tree");
    for name in ["b/2.txt", "a/1.txt", "c.txt", ".hidden/3.txt", "ignored/4.txt"] {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, token(1)).unwrap();
    }
    fs::write(root.join(".ignore"), "ignored\n").unwrap();
    fs::write(root.join("binary"), format!("\0{}", token(1))).unwrap();
    let sources = |args: &str| -> Vec<String> {
        let out = run(dir.path(), args);
        let name =
            |r: &serde_json::Value| r["source"].as_str().unwrap()["tree/".len()..].to_owned();
        records(&stdout(&out)).iter().map(name).collect()
    };
    assert_eq!(sources("scan -f jsonl tree"), ["a/1.txt", "b/2.txt", "c.txt"]);
    assert_eq!(
        sources("scan -f jsonl tree --hidden --no-ignore --binary -j 3"),
        [".hidden/3.txt", "a/1.txt", "b/2.txt", "binary", "c.txt", "ignored/4.txt"]
    );
    assert_eq!(sources("scan -f jsonl tree/binary"), ["binary"]);
}

#[test]
fn secrets_are_shown_only_on_a_terminal_or_by_force() {
    let dir = folder();
    let refused = run_on(dir.path(), "scan --show-secrets", token(1).as_bytes());
    assert_eq!(code(&refused), 2);
    assert!(!stdout(&refused).contains(&token(1)) && !stderr(&refused).contains(&token(1)));
    let forced = run_on(dir.path(), "scan -f jsonl --show-secrets --force", token(1).as_bytes());
    assert_eq!(records(&stdout(&forced))[0]["secret"], *token(1));
}

#[test]
fn stats_and_summary_go_to_standard_error() {
    let dir = folder();
    let out = run_on(dir.path(), "scan --stats", token(1).as_bytes());
    let said = stderr(&out);
    for word in [
        "MB/s",
        "candidates per KiB",
        "held bytes",
        "regex bytes per byte",
        "acme-token",
        "1 finding",
    ] {
        assert!(said.contains(word), "{word}");
    }
    assert_eq!(stderr(&run_on(dir.path(), "scan -q", token(1).as_bytes())), "");
}

#[test]
fn options_from_a_file() {
    let dir = folder();
    let below = dir.path().join("below");
    fs::create_dir(&below).unwrap();
    fs::write(
        dir.path().join("keysieve.toml"),
        "pack = [\"acme.toml\"]\nformat = \"jsonl\"\nno-builtin = true\n",
    )
    .unwrap();
    fs::write(below.join("a.txt"), token(1)).unwrap();
    let scan = |args: &[&str]| {
        support::keysieve(&below).arg("scan").args(args).arg("a.txt").output().unwrap()
    };
    assert_eq!(records(&stdout(&scan(&[])))[0]["rule"], "acme-token");
    assert!(stdout(&scan(&["-f", "text"])).starts_with("a.txt:1:1 high acme-token"));
    assert_ne!(stdout(&scan(&["--no-config", "-f", "text"])), stdout(&scan(&["-f", "text"])));
    fs::write(dir.path().join("keysieve.toml"), "profil = \"redact\"\n").unwrap();
    let refused = scan(&[]);
    assert_eq!(code(&refused), 2);
    assert!(
        stderr(&refused).contains("keysieve.toml:1: unknown key `profil`; did you mean `profile`?")
    );
    fs::write(dir.path().join("keysieve.toml"), "profile = \"loud\"\n").unwrap();
    assert!(stderr(&scan(&[])).contains("keysieve.toml: invalid value 'loud' for '--profile"));
}

#[test]
fn threads_share_a_large_file_and_tell_the_same() {
    let dir = folder();
    let prose = "He said that the build was green, and nobody asked why. ".repeat(40);
    let mut text = String::from("{\"log\": [\n");
    for n in 0..2_500 {
        text += &format!("{{\"n\": {n}, \"text\": \"{prose}\", \"token\": \"{}\"}},\n", token(n));
    }
    fs::write(dir.path().join("large.json"), &text).unwrap();
    fs::write(dir.path().join("small.txt"), token(1)).unwrap();
    let scan = |options: &str| {
        let mut command = support::command(dir.path(), &format!("scan -q -f jsonl {options}"));
        stdout(&command.env("KEYSIEVE_KEY", "one key for all of them").output().unwrap())
    };
    let one = scan("-j 1 large.json");
    assert_eq!(records(&one).len(), 2_500);
    for threads in [0, 2, 3, 8] {
        assert!(scan(&format!("-j {threads} large.json")) == one, "{threads} threads");
    }
    // A reader that gets free helps with the file that is left.
    assert!(scan("-j 4 large.json small.txt") == scan("-j 1 large.json small.txt"));
}

#[test]
fn a_secret_in_a_name_is_told_nowhere() {
    let dir = folder();
    let secret = token(7);
    fs::create_dir(dir.path().join("logs")).unwrap();
    let dirty = format!("logs/{secret}.log");
    fs::write(dir.path().join(&dirty), format!("key {}\n", token(1))).unwrap();
    fs::write(dir.path().join("logs/clean-0a1b2c3d.log"), format!("key {}\n", token(2))).unwrap();
    let holds = |bytes: &[u8]| bytes.windows(secret.len()).any(|it| it == secret.as_bytes());
    let formats = "text jsonl json sarif ocsf ecs cef github gitlab gitlab-quality html";
    for format in formats.split(' ') {
        let out = support::run(dir.path(), &format!("scan -vv -f {format} logs"));
        assert!(!holds(&out.stdout) && !holds(&out.stderr), "{format}: {}", stdout(&out));
        assert!(stdout(&out).contains("clean-0a1b2c3d.log"), "{format}: {}", stdout(&out));
        let redact = format!("redact -vv --report out --report-format {format} {dirty}");
        let out = support::run(dir.path(), &redact);
        assert!(!holds(&out.stdout) && !holds(&out.stderr), "{format}: {}", stderr(&out));
        assert!(!holds(&fs::read(dir.path().join("out")).unwrap()), "{format}");
    }
    let args = "scan -q --alert stdout --alert file:alerts --inventory books.db logs";
    let mut command = support::command(dir.path(), args);
    let out = command.env("KEYSIEVE_KEY", "a key that stays").output().unwrap();
    let alerts = fs::read(dir.path().join("alerts")).unwrap();
    let books = fs::read(dir.path().join("books.db")).unwrap();
    assert!(!holds(&out.stdout) && !holds(&alerts) && !holds(&books), "{}", stdout(&out));
    assert!(String::from_utf8(alerts).unwrap().contains("logs/clean-0a1b2c3d.log"));
    let named = support::run(dir.path(), "scan -q -f jsonl logs");
    assert!(stdout(&named).contains("\"source\":\"logs/[REDACTED:acme"), "{}", stdout(&named));
}

#[test]
fn a_secret_that_signs_nothing_is_a_fault() {
    let dir = folder();
    for secret in ["", "whsec_", "whsec_!!!!", "short"] {
        let mut command =
            support::command(dir.path(), "scan --alert webhook:https://example.com/ acme.toml");
        let out = command.env("KEYSIEVE_WEBHOOK_SECRET", secret).output().unwrap();
        assert_eq!(code(&out), 2, "{secret}");
        assert!(stderr(&out).contains("KEYSIEVE_WEBHOOK_SECRET is no secret"), "{}", stderr(&out));
    }
}
