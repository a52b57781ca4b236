//! Bad input of every kind: the documented exit code, a clear message, and nothing secret in it.

mod support;

use std::fs;
use std::io::{Read, Write};
use std::process::{Output, Stdio};

use support::{PACK, code, command, folder, keysieve, run, run_on, stderr, token};

/// The exit code must be 2, the message must hold `words`, and no output may hold the token.
#[track_caller]
fn refused(out: &Output, words: &str) {
    let said = stderr(out);
    assert!(said.contains(words), "{said}");
    assert_eq!(code(out), 2, "{said}");
    assert!(!said.contains(&token(1)), "{said}");
    assert!(!String::from_utf8_lossy(&out.stdout).contains(&token(1)));
}

#[test]
fn bad_packs() {
    let dir = folder();
    let cases = [
        ("id = \"", "bad.toml:1: not valid TOML"),
        (&*PACK.replace("revoke", "revok"), "unknown key `revok`; did you mean `revoke`?"),
        (&*PACK.replace("{24}", "+"), "bad.toml:10"),
        (&*PACK.repeat(2), "the id is used already, in line 2"),
    ];
    for (text, words) in cases {
        fs::write(dir.path().join("bad.toml"), text).unwrap();
        refused(&run(dir.path(), "scan --pack bad.toml acme.toml"), words);
    }
    fs::write(dir.path().join("bad.toml"), b"\xff").unwrap();
    refused(&run(dir.path(), "scan --pack bad.toml acme.toml"), "bad.toml: is not UTF-8");
    refused(&run(dir.path(), "scan --pack . acme.toml"), ".: is a directory; name a pack file");
    refused(&run(dir.path(), "scan --pack none.toml acme.toml"), "none.toml: no such file");
}

#[test]
fn lint_names_file_and_line() {
    let dir = folder();
    let lint = |text: &str| {
        fs::write(dir.path().join("my.toml"), text).unwrap();
        let out = keysieve(dir.path())
            .args(["rules", "lint", "--no-builtin", "my.toml"])
            .output()
            .unwrap();
        (code(&out), String::from_utf8(out.stdout).unwrap())
    };
    assert_eq!(lint(PACK), (0, String::new()));
    let (code, text) = lint(&PACK.replace("ACME={secret}", "ACME=nothing"));
    assert_eq!(code, 1);
    assert!(text.starts_with("my.toml:2: rule `acme-token`: "), "{text}");
    let (code, text) = lint("[[rule]]\nid = \"x\"\n");
    assert_eq!(code, 1);
    assert!(text.starts_with("my.toml:1: rule `x`: "), "{text}");
}

fn wide(text: &str, mark: &[u8], order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let text: Vec<u8> = text.encode_utf16().flat_map(order).collect();
    [mark, &text].concat()
}

#[test]
fn utf16_is_refused_if_nothing_is_decoded() {
    let dir = folder();
    let wide = |mark: &[u8], order| wide(&token(1), mark, order);
    let raw = "--decode-depth 0";
    fs::create_dir(dir.path().join("tree")).unwrap();
    for text in [wide(b"\xff\xfe", u16::to_le_bytes), wide(b"\xfe\xff", u16::to_be_bytes)] {
        fs::write(dir.path().join("tree/wide.txt"), &text).unwrap();
        for command in ["scan", "redact", "redact --in-place"] {
            let out = run(dir.path(), &format!("{command} {raw} tree/wide.txt"));
            refused(&out, "is UTF-16");
            assert!(out.stdout.is_empty());
        }
        let out = run_on(dir.path(), &format!("redact {raw}"), &text);
        refused(&out, "is UTF-16");
        assert!(out.stdout.is_empty());
        refused(&run_on(dir.path(), &format!("scan {raw}"), &text), "is UTF-16");
        for command in ["scan", "redact --in-place"] {
            let out = run(dir.path(), &format!("{command} {raw} tree"));
            assert_eq!(code(&out), 0);
            assert!(stderr(&out).contains("is UTF-16"));
        }
        assert_eq!(fs::read(dir.path().join("tree/wide.txt")).unwrap(), text);
    }
}

#[test]
fn utf16_is_redacted_in_utf16() {
    let dir = folder();
    let text = format!("token: {}\r\nand so on\r\n", token(1));
    let want = text.replace(&token(1), "[REDACTED:acme-token]");
    for (mark, order) in
        [(b"\xff\xfe", u16::to_le_bytes as fn(u16) -> [u8; 2]), (b"\xfe\xff", u16::to_be_bytes)]
    {
        let text = wide(&text, mark, order);
        assert_eq!(run_on(dir.path(), "redact", &text).stdout, wide(&want, mark, order));
        fs::write(dir.path().join("wide.txt"), &text).unwrap();
        let out = run(dir.path(), "scan wide.txt");
        assert_eq!(code(&out), 1);
        assert!(!String::from_utf8_lossy(&out.stdout).replace('\0', "").contains(&token(1)));
        run(dir.path(), "redact --in-place wide.txt");
        assert_eq!(fs::read(dir.path().join("wide.txt")).unwrap(), wide(&want, mark, order));
    }
}

#[test]
fn invalid_utf8_and_nul_are_no_obstacle() {
    let dir = folder();
    let mut input = b"\xff\0\xc3(".to_vec();
    input.extend(token(1).bytes());
    input.extend(b"\xe2\x82\0");
    let out = run_on(dir.path(), "redact", &input);
    assert_eq!(out.stdout, b"\xff\0\xc3([REDACTED:acme-token]\xe2\x82\0");
    assert_eq!(code(&run_on(dir.path(), "scan", &input)), 1);
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_does_not_stop_the_others() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder();
    fs::create_dir(dir.path().join("tree")).unwrap();
    fs::write(dir.path().join("tree/a"), token(1)).unwrap();
    fs::write(dir.path().join("tree/b"), token(2)).unwrap();
    fs::set_permissions(dir.path().join("tree/a"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(dir.path().join("tree/a")).is_ok() {
        // Root reads everything.
        return;
    }
    for command in ["scan -f jsonl", "redact --in-place"] {
        let out = run(dir.path(), &format!("{command} tree"));
        refused(&out, "tree/a: permission denied");
    }
    assert_eq!(fs::read_to_string(dir.path().join("tree/b")).unwrap(), "[REDACTED:acme-token]");
}

#[test]
fn bad_baselines_and_keys() {
    let dir = folder();
    for text in [token(1), format!("{{\"rule\": \"{}\"}}", token(1)), format!("[{}]", token(1))] {
        fs::write(dir.path().join("base"), text).unwrap();
        refused(&run(dir.path(), "scan acme.toml --baseline base"), "base:1: not a");
    }
    fs::write(dir.path().join("key"), "\n").unwrap();
    refused(&run(dir.path(), "scan acme.toml --key-file key"), "the key file is empty");
    refused(&run(dir.path(), "scan acme.toml --key-file none"), "none: no such file");
}

#[cfg(target_os = "linux")]
#[test]
fn full_disks() {
    let dir = folder();
    let out = run_on(dir.path(), "redact --report /dev/full", token(1).as_bytes());
    refused(&out, "/dev/full: no space left on device");
    assert_eq!(out.stdout, b"[REDACTED:acme-token]");
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for args in ["redact", "scan", "scan -f json"] {
        let mut command = command(dir.path(), args);
        command.stdout(full());
        refused(
            &support::feed(command, token(1).as_bytes()),
            "standard output: no space left on device",
        );
    }
    for args in [&["completions", "bash"][..], &["man"], &["rules", "list"]] {
        let out = keysieve(dir.path()).args(args).stdout(full()).output().unwrap();
        refused(&out, "standard output: no space left on device");
    }
}

#[test]
fn a_closed_pipe_is_quiet() {
    let dir = folder();
    let input = format!("{}\n", token(1)).repeat(20_000);
    for args in ["redact -q", "scan -q", "scan -q -f json"] {
        let mut child = command(dir.path(), args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut out = child.stdout.take().unwrap();
        let mut byte = [0];
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _ = stdin.write_all(input.as_bytes());
                drop(stdin);
            });
            out.read_exact(&mut byte).unwrap();
            drop(out);
        });
        let ended = child.wait_with_output().unwrap();
        assert_eq!((code(&ended), stderr(&ended).as_str()), (0, ""), "{args}");
    }
    for args in
        [&["completions", "zsh"][..], &["man"], &["--help"], &["rules", "list", "-f", "jsonl"]]
    {
        let mut child = keysieve(dir.path()).args(args).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!((code(&ended), stderr(&ended).as_str()), (0, ""), "{args:?}");
    }
}

#[test]
fn usage_errors() {
    let dir = folder();
    let bad = |args: &str| run(dir.path(), args);
    refused(&bad("redact --in-place"), "--in-place needs files");
    refused(&bad("redact --in-place -"), "standard input cannot be redacted in place");
    refused(&bad("scan - -"), "`-` can be given once only");
    refused(&bad("scan --profile loud ."), "invalid value 'loud'");
    refused(&bad("scan --force ."), "--show-secrets");
    let man = keysieve(dir.path()).args(["man", "scann"]).output().unwrap();
    refused(&man, "no command `scann`; did you mean `scan`?");
}

#[test]
fn names_from_outside_do_not_reach_the_terminal_raw() {
    let dir = folder();
    let name = "a\u{1b}[2Jb.toml";
    fs::write(dir.path().join(name), "[[rule]]\nid = \"\\u001B[2J\"\n").unwrap();
    fs::write(dir.path().join("conf.toml"), "").unwrap();
    for args in [
        &["rules", "lint", name][..],
        &["scan", "-vvv", "--no-config", name],
        &["redact", "-vvv", "--in-place", "--no-config", name],
        &["scan", "-vvv", "--config", name, "conf.toml"],
    ] {
        let out = keysieve(dir.path()).args(args).output().unwrap();
        let all = [&out.stdout[..], &out.stderr[..]].concat();
        assert!(!all.contains(&0x1b), "{args:?}: {}", String::from_utf8_lossy(&all));
    }
}

#[cfg(unix)]
#[test]
fn a_report_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder();
    let out = run_on(dir.path(), "redact --report findings.jsonl", token(1).as_bytes());
    assert_eq!(code(&out), 0);
    let mode = fs::metadata(dir.path().join("findings.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let dir = folder();
    fs::write(dir.path().join("a.txt"), token(1)).unwrap();
    let commands =
        ["scan a.txt", "redact a.txt", "rules list", "rules show acme-token", "explain acme_live_"];
    for args in commands {
        let mut words: Vec<&str> = args.split(' ').collect();
        words.extend(support::ACME);
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let out = keysieve(dir.path()).args(&words).stdout(full).output().unwrap();
        refused(&out, "standard output: no space left");
    }
}
