//! What a dump of the process's memory gives away, after it has replaced a thousand secrets: nothing of them, in no
//! encoding. The vault and the folder for temporary files are searched as well.
//!
//! Needs `gcore` (Debian: gdb) and the right to trace a child; says so and is skipped where they are missing. Out of reach, and
//! not searched: the kernel's buffers.

#![cfg(target_os = "linux")]

#[allow(dead_code, reason = "only the forms are used here")]
mod canary;
mod support;

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use canary::{everything_in, forms};
use support::{command, folder, keysieve, token};

const SECRETS: u32 = 1_000;
const KEY: &str = "an example of a key, for tests and documents only";

/// Twelve random bytes of each secret, in every form of the canary test, percent-encoded and in UTF-16: forms by their first
/// eight bytes.
struct Needles(HashMap<[u8; 8], Vec<Vec<u8>>>);

impl Needles {
    fn new() -> Needles {
        let mut all: HashMap<[u8; 8], Vec<Vec<u8>>> = HashMap::new();
        for n in 0..SECRETS {
            let token = token(n);
            for piece in token.as_bytes()[10..].chunks(12) {
                let percent = piece.iter().flat_map(|b| format!("%{b:02X}").into_bytes()).collect();
                let wide = piece.iter().flat_map(|b| [*b, 0]).collect();
                for form in forms(piece).into_iter().chain([percent, wide]) {
                    all.entry(form[..8].try_into().unwrap()).or_default().push(form);
                }
            }
        }
        Needles(all)
    }

    fn count(&self, text: &[u8]) -> usize {
        let mut beginnings = vec![false; 1 << 16];
        let short = |bytes: &[u8]| usize::from(u16::from_le_bytes([bytes[0], bytes[1]]));
        self.0.keys().for_each(|needle| beginnings[short(needle)] = true);
        let stands = |at: &usize| {
            let rest = &text[*at..];
            beginnings[short(rest)]
                && self
                    .0
                    .get(&rest[..8])
                    .is_some_and(|all| all.iter().any(|form| rest.starts_with(form)))
        };
        (0..text.len().saturating_sub(8)).filter(stands).count()
    }
}

/// The memory of a process.
fn dump(pid: u32, folder: &Path) -> Option<Vec<u8>> {
    let prefix = folder.join("core");
    let made = Command::new("gcore").arg("-o").arg(&prefix).arg(pid.to_string()).output();
    let path = folder.join(format!("core.{pid}"));
    let core = fs::read(&path).ok();
    let _ = fs::remove_file(path);
    if core.is_none() {
        let why = made.map_or_else(
            |error| error.to_string(),
            |out| String::from_utf8_lossy(&out.stderr).into_owned(),
        );
        println!("skipped: gcore gives no dump: {why}");
    }
    core
}

/// Feeds a process, reads so many lines of its answer, and dumps it while it waits for more.
fn after(mut command: Command, input: &[u8], folder: &Path) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let core = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            stdin.write_all(input).unwrap();
            stdin
        });
        let lines = input.iter().filter(|b| **b == b'\n').count();
        let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
        while answer.iter().filter(|b| **b == b'\n').count() < lines {
            let got = stdout.read(&mut piece).unwrap();
            assert!(got > 0, "ended early");
            answer.extend_from_slice(&piece[..got]);
        }
        let stdin = writer.join().unwrap();
        let core = dump(child.id(), folder).map(|core| (core, answer));
        drop(stdin);
        core
    });
    child.wait().unwrap();
    core
}

#[test]
fn nothing_is_left_in_memory_in_the_vault_and_in_files() {
    let dir = folder();
    let needles = Needles::new();
    fs::create_dir(dir.path().join("tmp")).unwrap();
    let ready = |mut command: Command| {
        command.env("KEYSIEVE_VAULT_KEY", KEY).env("TMPDIR", dir.path().join("tmp"));
        command
    };
    // The last lines are clean, so that nothing waits for more.
    let text: String = (0..SECRETS).map(|n| format!("{n}: {}\n", token(n))).collect();
    let text = format!("{text}{}", "nothing to see in this line\n".repeat(100));
    assert!(
        needles.count(text.as_bytes()) >= 2 * SECRETS as usize,
        "the search finds what is there"
    );
    let cores = tempfile::tempdir().unwrap();
    let hide = ready(command(dir.path(), "redact --mode pseudonym --vault v"));
    let Some((core, answer)) = after(hide, text.as_bytes(), cores.path()) else { return };
    assert_eq!(needles.count(&answer), 0);
    assert!(core.windows(8).any(|window| window == b"[SEALED:"), "this is no dump of ours");
    assert_eq!(needles.count(&core), 0, "of {} bytes, after redacting", core.len());
    let mut restore = keysieve(dir.path());
    restore.args(["restore", "--vault", "v"]);
    let Some((core, back)) = after(ready(restore), &answer, cores.path()) else { return };
    assert!(back == text.as_bytes());
    assert_eq!(needles.count(&core), 0, "of {} bytes, after restoring", core.len());
    assert_eq!(needles.count(&everything_in(&dir.path().join("tmp"))), 0);
    assert_eq!(needles.count(&everything_in(dir.path())), 0);
}
