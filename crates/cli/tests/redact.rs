//! `keysieve redact`: bytes, pieces, modes, reports, and files in place.

mod support;

use std::fs;
use std::io::{Read, Write};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use support::{code, command, folder, keysieve, run, run_on, stderr, stdout, token};

#[test]
fn modes() {
    let dir = folder();
    let input = format!("a {} b", token(1));
    let clean = |args: &str| stdout(&run_on(dir.path(), args, input.as_bytes()));
    assert_eq!(clean("redact"), "a [REDACTED:acme-token] b");
    assert_eq!(clean("redact --mode mask"), format!("a {} b", "*".repeat(34)));
    assert_eq!(clean("redact --mode remove"), "a  b");
    let hash = clean("redact --mode hash");
    assert!(
        hash.starts_with("a [REDACTED:acme-token:")
            && hash.len() == "a [REDACTED:acme-token:12345678] b".len()
    );
}

#[test]
fn what_is_clean_comes_out_byte_for_byte() {
    let dir = folder();
    let all: Vec<u8> = (0..=255u8).cycle().take(300_000).collect();
    let out = run_on(dir.path(), "redact", &all);
    assert_eq!(code(&out), 0);
    assert!(out.stdout == all);
    assert_eq!(run_on(dir.path(), "redact", b"").stdout, b"");
}

#[test]
fn one_byte_at_a_time_equals_one_shot() {
    let dir = folder();
    let input = format!("{{\"a\": \"{}\"}}\n\"acme_live_\" {}x {}\n", token(1), token(2), token(3));
    let whole = run_on(dir.path(), "redact --report whole.jsonl", input.as_bytes());
    let mut child =
        command(dir.path(), "redact --report pieces.jsonl").stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for byte in input.as_bytes() {
        stdin.write_all(&[*byte]).unwrap();
        stdin.flush().unwrap();
    }
    drop(stdin);
    assert_eq!(child.wait_with_output().unwrap().stdout, whole.stdout);
    let places = |name: &str| -> Vec<String> {
        let text = fs::read_to_string(dir.path().join(name)).unwrap();
        let value = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        text.lines()
            .map(value)
            .map(|r| format!("{} {} {}", r["span"], r["line"], r["column"]))
            .collect()
    };
    assert_eq!(places("pieces.jsonl"), places("whole.jsonl"));
    assert_eq!(places("whole.jsonl").len(), 2);
}

#[test]
fn what_is_decided_leaves_at_once() {
    let dir = folder();
    let mut built_in = keysieve(dir.path());
    built_in.arg("redact");
    // With the packs that everybody has, too: `hello` is a word of seed phrases.
    for mut command in [command(dir.path(), "redact"), built_in] {
        let said = "hello ";
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut out = child.stdout.take().unwrap();
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = vec![0; said.len()];
            out.read_exact(&mut bytes).unwrap();
            send.send(bytes).unwrap();
        });
        stdin.write_all(said.as_bytes()).unwrap();
        stdin.flush().unwrap();
        // Standard input stays open meanwhile.
        let got = receive.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(got, said.as_bytes());
        drop(stdin);
        child.wait().unwrap();
    }
}

#[test]
fn report_or_summary() {
    let dir = folder();
    let input = format!("{}\n{}\n", token(1), token(2));
    let out = run_on(dir.path(), "redact", input.as_bytes());
    assert_eq!(stderr(&out), "keysieve: 2 secrets redacted: acme-token 2\n");
    let out = run_on(dir.path(), "redact --report r.jsonl", input.as_bytes());
    assert_eq!(stderr(&out), "");
    let report = fs::read_to_string(dir.path().join("r.jsonl")).unwrap();
    let records: Vec<serde_json::Value> =
        report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 2);
    assert_eq!((&records[1]["line"], &records[1]["action"]), (&2.into(), &"redact".into()));
}

#[test]
fn nothing_in_the_text_keeps_a_secret_in_it() {
    let dir = folder();
    let input = format!("{} # keysieve:ignore gitleaks:allow\n", token(1));
    let base = stdout(&run_on(dir.path(), "scan -f jsonl --no-ignore-comments", input.as_bytes()));
    fs::write(dir.path().join("base"), base).unwrap();
    let out = run_on(dir.path(), "redact --baseline base", input.as_bytes());
    assert_eq!(stdout(&out), "[REDACTED:acme-token] # keysieve:ignore gitleaks:allow\n");
    assert_eq!(stderr(&out), "keysieve: 0 secrets redacted\n");
}

#[test]
fn files_are_copied_in_order() {
    let dir = folder();
    fs::write(dir.path().join("a"), format!("1 {} ", token(1))).unwrap();
    fs::write(dir.path().join("b"), "2\n").unwrap();
    let out = run(dir.path(), "redact a missing b");
    assert_eq!(stdout(&out), "1 [REDACTED:acme-token] 2\n");
    assert_eq!(code(&out), 2);
    assert_eq!(code(&run(dir.path(), "redact .")), 2);
}

#[test]
fn threads_share_a_large_file_and_write_the_same() {
    let dir = folder();
    let prose = "He said that the build was green, and nobody asked why. ".repeat(40);
    let line =
        |n: u32| format!("{{\"n\": {n}, \"text\": \"{prose}\", \"token\": \"{}\"}}\n", token(n));
    let text: String = (0..1_500).map(line).collect();
    let path = dir.path().join("large.jsonl");
    fs::write(&path, &text).unwrap();
    let redact = |args: &str| run(dir.path(), &format!("redact {args} large.jsonl"));
    let one = redact("-j 1");
    assert_eq!(stdout(&one).matches("[REDACTED:acme-token]").count(), 1_500);
    for threads in [0, 2, 5] {
        let shared = redact(&format!("-j {threads}"));
        assert!(shared.stdout == one.stdout && shared.stderr == one.stderr, "{threads} threads");
        fs::write(&path, &text).unwrap();
        assert_eq!(code(&redact(&format!("-q --in-place -j {threads}"))), 0);
        assert!(fs::read(&path).unwrap() == one.stdout, "{threads} threads, in place");
        fs::write(&path, &text).unwrap();
    }
}

#[test]
fn in_place_rewrites_what_has_findings_only() {
    let dir = folder();
    let tree = dir.path().join("tree");
    fs::create_dir(&tree).unwrap();
    fs::write(tree.join("clean"), "clean").unwrap();
    fs::write(tree.join("dirty"), format!("x {}\n", token(1))).unwrap();
    let long = format!("{} {}\n", "long ".repeat(300_000), token(2));
    fs::write(tree.join("long"), &long).unwrap();
    fs::write(tree.join("long-clean"), long.replace("acme_live", "acme_dead")).unwrap();
    let before = |name: &str| fs::metadata(tree.join(name)).unwrap().modified().unwrap();
    let (clean, long_clean) = (before("clean"), before("long-clean"));
    let out = run(dir.path(), "redact --in-place --report r.jsonl tree");
    assert_eq!((code(&out), stderr(&out).as_str()), (0, ""));
    let now = |name: &str| fs::read_to_string(tree.join(name)).unwrap();
    assert_eq!(now("dirty"), "x [REDACTED:acme-token]\n");
    assert_eq!(now("long"), long.replace(&token(2), "[REDACTED:acme-token]"));
    assert_eq!((before("clean"), before("long-clean")), (clean, long_clean));
    assert_eq!(fs::read_dir(&tree).unwrap().count(), 4);
    let report = fs::read_to_string(dir.path().join("r.jsonl")).unwrap();
    assert_eq!(report.lines().count(), 2);
    let again = run(dir.path(), "redact --in-place tree");
    assert_eq!(stderr(&again), "keysieve: 0 secrets redacted; 0 of 4 files rewritten\n");
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    #[test]
    fn in_place_keeps_mode_and_untouched_inodes() {
        let dir = folder();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("dirty"), token(1)).unwrap();
        fs::write(at("clean"), "clean").unwrap();
        fs::set_permissions(at("dirty"), fs::Permissions::from_mode(0o751)).unwrap();
        let inode = fs::metadata(at("clean")).unwrap().ino();
        assert_eq!(code(&run(dir.path(), "redact --in-place dirty clean")), 0);
        assert_eq!(fs::metadata(at("dirty")).unwrap().mode() & 0o7777, 0o751);
        assert_eq!(fs::metadata(at("clean")).unwrap().ino(), inode);
    }

    #[test]
    fn in_place_refuses_links() {
        let dir = folder();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), token(1)).unwrap();
        symlink("file", at("soft")).unwrap();
        let out = run(dir.path(), "redact --in-place soft");
        assert_eq!(code(&out), 2);
        assert!(stderr(&out).contains("soft: is a symbolic link"));
        assert!(fs::symlink_metadata(at("soft")).unwrap().is_symlink());
        fs::hard_link(at("file"), at("hard")).unwrap();
        let out = run(dir.path(), "redact --in-place hard");
        assert_eq!(code(&out), 2);
        assert!(stderr(&out).contains("hard: has further hard links"));
        assert_eq!(fs::read_to_string(at("file")).unwrap(), token(1));
    }

    #[test]
    fn a_walk_does_not_follow_links_out_of_the_tree() {
        let dir = folder();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("tree")).unwrap();
        fs::create_dir_all(at("outside")).unwrap();
        fs::write(at("outside/secret"), token(1)).unwrap();
        symlink("../outside", at("tree/dir")).unwrap();
        symlink("../outside/secret", at("tree/file")).unwrap();
        assert_eq!(code(&run(dir.path(), "redact --in-place tree")), 0);
        assert_eq!(fs::read_to_string(at("outside/secret")).unwrap(), token(1));
    }

    #[test]
    fn an_interrupt_leaves_the_old_file_and_no_other() {
        let dir = folder();
        let tree = dir.path().join("tree");
        fs::create_dir(&tree).unwrap();
        let line = format!("{} {}\n", "acme_live_ filling ".repeat(20), token(1));
        let text = line.repeat(100_000_000 / line.len());
        fs::write(tree.join("big"), &text).unwrap();
        let mut child = command(dir.path(), "redact --in-place tree").spawn().unwrap();
        let begun = std::time::Instant::now();
        while fs::read_dir(&tree).unwrap().count() < 2 {
            assert!(begun.elapsed() < Duration::from_secs(60), "no temporary file");
            std::thread::sleep(Duration::from_millis(1));
        }
        let pid = child.id().to_string();
        std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(fs::read_dir(&tree).unwrap().count(), 1);
        assert!(fs::read_to_string(tree.join("big")).unwrap() == text);
    }
}

#[test]
fn the_report_knows_the_line_of_a_secret_that_was_held_long() {
    let dir = folder();
    let token = token(1);
    let (head, tail) = token.split_at(16);
    let piece = |text: &str| {
        format!(
            "data: {{\"id\":\"c\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
        )
    };
    let input = format!(
        "\n\n{}{}{}",
        piece(&format!("see {head}")),
        ": ping\n\n".repeat(60_000),
        piece(tail)
    );
    let out = run_on(dir.path(), "redact --report report.jsonl", input.as_bytes());
    assert_eq!(code(&out), 0);
    let report = fs::read_to_string(dir.path().join("report.jsonl")).unwrap();
    let record: serde_json::Value = serde_json::from_str(report.lines().next().unwrap()).unwrap();
    assert_eq!((&record["line"], &record["column"]), (&3.into(), &63.into()), "{record}");
}
