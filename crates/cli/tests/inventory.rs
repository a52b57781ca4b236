//! The inventory from the command line: what is entered, what is refused, and what two processes do at once.

mod support;

use std::path::Path;
use std::process::{Command, Output};

use support::{ACME, code, feed, keysieve, stderr, stdout, token};

/// A token of GitHub's form.
fn github(n: u64) -> String {
    let template = keysieve::synth::Template::parse("{secret:github-pat}");
    String::from_utf8(template.expand(&keysieve::Pack::builtin(), n).unwrap().text).unwrap()
}

fn books(folder: &Path, args: &[&str]) -> Command {
    let mut command = keysieve(folder);
    command.args(args).env("KEYSIEVE_KEY", "books").env("KEYSIEVE_INVENTORY", "books.db");
    command
}

/// The fingerprint of the first credential.
fn print(folder: &Path) -> String {
    let out = books(folder, &["inventory", "list", "-q", "-f", "json"]).output().unwrap();
    let all: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    all[0]["fingerprint"].as_str().unwrap().to_owned()
}

fn scan(folder: &Path, input: &str) -> Output {
    let args = [&["scan", "--inventory", "books.db", "-f", "jsonl"][..], &ACME].concat();
    feed(books(folder, &args), input.as_bytes())
}

#[test]
fn both_doors_enter_what_they_find() {
    let folder = support::folder();
    let text = format!("a {}\nb {}\na {}\n", token(1), token(2), token(1));
    assert_eq!(code(&scan(folder.path(), &text)), 1);
    let args = [&["redact", "--inventory", "books.db"][..], &ACME].concat();
    let out = feed(books(folder.path(), &args), text.as_bytes());
    assert_eq!((code(&out), stdout(&out).contains("acme_live_")), (0, false));
    let listed = books(folder.path(), &["inventory", "list", "-f", "json"]).output().unwrap();
    let listed: Vec<serde_json::Value> = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed.len(), 2);
    let times: u64 = listed.iter().map(|c| c["times"].as_u64().unwrap()).sum();
    assert_eq!(times, 6);
}

#[test]
fn a_finding_of_one_run_only_is_left_out_and_said() {
    let folder = support::folder();
    let found = support::run_on(folder.path(), "scan -f jsonl", token(1).as_bytes());
    let out = feed(books(folder.path(), &["inventory", "record"]), &found.stdout);
    assert!(stderr(&out).contains("1 finding left out"), "{}", stderr(&out));
    let out = feed(books(folder.path(), &["inventory", "record"]), b"{\"rule\":\"sesame\"}\n");
    assert_eq!(code(&out), 2);
    assert!(stderr(&out).contains("-:1: not a finding") && !stderr(&out).contains("sesame"));
}

#[test]
fn what_is_no_finding_takes_no_room_and_no_page_of_messages() {
    let folder = support::folder();
    let found = scan(folder.path(), &token(1)).stdout;
    let long = [b"{\"rule\":\"".to_vec(), vec![b'a'; 3_000_000], b"\"}\n".to_vec()].concat();
    let input = [&long[..], &b"sesame\n".repeat(500), &found].concat();
    let out = feed(books(folder.path(), &["inventory", "record"]), &input);
    assert_eq!(code(&out), 2);
    let said = stderr(&out);
    assert!(said.contains("491 more lines are no findings"), "{said}");
    assert!(said.contains("1 finding entered") && said.lines().count() == 12, "{said}");
    assert!(said.contains("-:1: not a finding") && !said.contains("-:11:"), "{said}");
}

#[test]
fn decisions_need_the_key_and_the_right_one() {
    let folder = support::folder();
    scan(folder.path(), &token(1));
    let print = print(folder.path());
    let set = ["inventory", "set-status", &print, "rotated", "--who", "ann"];
    let out = books(folder.path(), &set).env_remove("KEYSIEVE_KEY").output().unwrap();
    assert!(code(&out) == 2 && stderr(&out).contains("needs a key"), "{}", stderr(&out));
    let out = books(folder.path(), &set).env("KEYSIEVE_KEY", "other").output().unwrap();
    assert!(code(&out) == 2 && stderr(&out).contains("another key"), "{}", stderr(&out));
    assert_eq!(code(&books(folder.path(), &set).output().unwrap()), 0);
    let out =
        books(folder.path(), &["inventory", "list"]).env_remove("KEYSIEVE_KEY").output().unwrap();
    assert!(stdout(&out).contains("rotated"), "reading needs no key: {}", stderr(&out));
}

#[test]
fn a_name_from_outside_is_harmless_on_a_terminal_and_in_a_spreadsheet() {
    let folder = support::folder();
    let name = "=cmd\u{1b}[2J,\"x\".txt";
    std::fs::write(folder.path().join(name), token(1)).unwrap();
    let args = [&["scan", "-q", "--inventory", "books.db", name][..], &ACME].concat();
    assert_eq!(code(&books(folder.path(), &args).output().unwrap()), 1);
    let print = print(folder.path());
    let owner = ["inventory", "set-owner", &print, "=HYPERLINK(\"x\")\u{1b}[2J", "--who", "ann"];
    assert_eq!(code(&books(folder.path(), &owner).output().unwrap()), 0);
    for args in
        [&["inventory", "show", &print][..], &["inventory", "export"], &["inventory", "list"]]
    {
        let out = books(folder.path(), args).output().unwrap();
        assert!(!stdout(&out).contains('\u{1b}'), "{args:?}: {}", stdout(&out));
        assert!(!stdout(&out).contains(",=HYPER") && !stdout(&out).contains("\"=HYPER"));
    }
}

#[test]
fn two_processes_write_at_once() {
    let folder = support::folder();
    let text: String = (0..2000).map(|n| format!("{}\n", token(n))).collect();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(code(&scan(folder.path(), &text)), 1));
        }
    });
    let out = books(folder.path(), &["inventory", "list", "--limit", "0", "-f", "jsonl"])
        .output()
        .unwrap();
    let twice = |line: &str| line.contains("\"times\":2,");
    assert_eq!(stdout(&out).lines().filter(|line| twice(line)).count(), 2000);
    assert_eq!(code(&books(folder.path(), &["inventory", "verify"]).output().unwrap()), 0);
}

#[test]
fn a_mistyped_inventory_is_not_made() {
    let folder = support::folder();
    for args in [
        &["inventory", "prune", "--older-than", "1"][..],
        &["inventory", "set-status", "0123", "rotated"],
        &["inventory", "set-owner", "0123", "ann"],
    ] {
        let out = books(folder.path(), args).output().unwrap();
        assert!(code(&out) == 2 && stderr(&out).contains("books.db: no such file"), "{args:?}");
        assert!(!folder.path().join("books.db").exists(), "{args:?}");
    }
}

/// As on a medium that cannot be written: even the folder of the inventory is read-only.
#[cfg(target_os = "linux")]
#[test]
fn an_inventory_that_cannot_be_written_can_be_read() {
    use std::os::unix::fs::PermissionsExt;
    const MOUNT: &str = "mount --bind . . && cd . && mount -o remount,ro,bind \"$PWD\" && cd \"$PWD\" && exec \"$@\"";
    let folder = support::folder();
    scan(folder.path(), &token(1));
    let print = print(folder.path());
    // Readers may leave these empty; on such a medium there are none.
    for beside in ["books.db-wal", "books.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(beside));
    }
    let modes = |file, all| {
        let set = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        set(&folder.path().join("books.db"), file);
        set(folder.path(), all);
    };
    modes(0o400, 0o500);
    // Whoever may write everywhere is kept out by a mount only.
    let mounts = Command::new("unshare").args(["-m", "true"]).status();
    let mounts = mounts.is_ok_and(|it| it.success());
    for args in [
        &["inventory", "list"][..],
        &["inventory", "show", &print],
        &["inventory", "verify"],
        &["inventory", "export"],
        &["fingerprint"],
    ] {
        let plain = books(folder.path(), args);
        let mut command = Command::new("unshare");
        command.args(["-m", "bash", "-c", MOUNT, "bash"]);
        command.arg(plain.get_program()).args(plain.get_args()).current_dir(folder.path());
        command.env("KEYSIEVE_KEY", "books").env("KEYSIEVE_INVENTORY", "books.db");
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let out = feed(if mounts { command } else { plain }, token(1).as_bytes());
        let known = i32::from(args == ["fingerprint"]);
        assert_eq!(code(&out), known, "{args:?}: {}{}", stdout(&out), stderr(&out));
    }
    modes(0o600, 0o700);
}

#[test]
fn a_damaged_file_is_refused_not_overwritten() {
    let folder = support::folder();
    let path = folder.path().join("books.db");
    std::fs::write(&path, "not a database, but somebody's notes\n").unwrap();
    assert_eq!(code(&scan(folder.path(), &token(1))), 2);
    assert_eq!(std::fs::read(&path).unwrap(), b"not a database, but somebody's notes\n");
}

#[test]
fn the_inventory_of_the_environment_is_written_too() {
    let folder = support::folder();
    for verb in ["scan", "redact"] {
        let out = feed(books(folder.path(), &[&[verb][..], &ACME].concat()), token(1).as_bytes());
        assert!(stderr(&out).is_empty() || !stderr(&out).contains("books.db"), "{}", stderr(&out));
    }
    let out = books(folder.path(), &["inventory", "list", "-f", "jsonl"]).output().unwrap();
    assert!(stdout(&out).contains("\"times\":2,"), "{}{}", stdout(&out), stderr(&out));
}

#[test]
fn text_of_others_is_refused_or_redacted() {
    let folder = support::folder();
    let found = scan(folder.path(), &token(1)).stdout;
    let found: serde_json::Value = serde_json::from_slice(found.trim_ascii()).unwrap();
    let secret = github(2);
    let with = |field: &str, value: &str| {
        let mut changed = found.clone();
        changed[field] = value.into();
        changed["fingerprint"] = format!("ks1:{}", "ab12".repeat(10)).into();
        format!("{changed}\n")
    };
    let refused = [
        with("preview", &secret),
        with("preview", &format!("{secret}…(40)")),
        with("preview", "ghp_…(forty)"),
        with("severity", "loud"),
        with("revoke", "javascript:alert(1)"),
    ];
    let out = feed(books(folder.path(), &["inventory", "record"]), refused.concat().as_bytes());
    assert!(code(&out) == 2 && stderr(&out).contains("0 findings entered"), "{}", stderr(&out));
    assert_eq!(stderr(&out).matches("not a finding").count(), 5);
    let taken = ["title", "rule", "category", "source", "path", "action", "channel"]
        .map(|field| with(field, &format!("\u{1b}[2J {secret}")));
    let who = format!("agent:{secret}");
    let record = ["inventory", "record", "--principal", &who];
    let out = feed(books(folder.path(), &record), taken.concat().as_bytes());
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let print = format!("ks1:{}", "ab12".repeat(10));
    let owner = ["inventory", "set-owner", &print, &secret, "--who", &secret];
    let note = ["inventory", "set-status", &print, "open", "--note", &secret, "--who", &secret];
    for args in [&owner[..], &note, &["inventory", "list"], &["inventory", "show", &print]] {
        let out = books(folder.path(), args).output().unwrap();
        let said = stdout(&out) + &stderr(&out);
        assert_eq!(code(&out), 0, "{said}");
        assert!(!said.contains(&secret) && !said.contains('\u{1b}'), "{args:?}: {said:?}");
    }
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|it| it == secret.as_bytes()));
    }
}

#[test]
fn a_list_counts_what_it_selects() {
    let folder = support::folder();
    scan(folder.path(), &format!("{}\n{}\n", token(1), token(2)));
    let print = print(folder.path());
    books(folder.path(), &["inventory", "set-owner", &print, "ann"]).output().unwrap();
    let list = |more: &[&str]| {
        let args = [&["inventory", "list"][..], more].concat();
        stderr(&books(folder.path(), &args).output().unwrap())
    };
    assert!(list(&[]).contains("2 open"), "{}", list(&[]));
    let anns = list(&["--owner", "ann", "--fail-on", "open"]);
    assert!(anns.contains("1 open"), "{anns}");
    assert!(list(&["--owner", "bob"]).contains("0 open (0 for more"));
    assert!(list(&["--status", "rotated"]).contains("0 open"));
}
