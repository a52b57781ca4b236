//! What the engine leaves in the memory of a program that uses it, as a dump shows it: after a thousand secrets went through a
//! redacting stream, plain, escaped, in base64 and in events, nothing of them is left in what the engine had allocated.
//!
//! The program is this test itself, started again: it allocates as any program does, without an allocator that erases. Needs
//! `gcore` (Debian: gdb) and the right to trace a child; says so and is skipped where they are missing.

#![cfg(target_os = "linux")]

mod common;

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use common::carrier::{Wire, base64};
use common::soup;
use keysieve::synth::Dice;
use keysieve::{FingerprintKey, KnownSecrets, Mode, Pack, Redactor, Scanner};

const ROLE: &str = "KEYSIEVE_TEST_HYGIENE";

fn tokens() -> Vec<String> {
    let pack = Pack::builtin();
    let rule = pack.rule("github-pat").unwrap();
    (0..1_000).map(|n| String::from_utf8(soup::token(&pack, rule, n)).unwrap()).collect()
}

/// Every token in one way or another.
fn text(tokens: &[String]) -> String {
    let mut dice = Dice::new(3);
    let one = |(n, token): (usize, &String)| match n % 4 {
        0 => format!("export GITHUB_TOKEN={token}\n"),
        1 => token.bytes().map(|b| format!("\\u{b:04x}")).collect::<String>() + "\n",
        2 => base64(format!("the token is {token}, keep it").as_bytes()) + "\n",
        _ => Wire::OpenAiChat.stream(&format!("use {token} "), &mut dice, 9),
    };
    tokens.iter().enumerate().map(one).collect::<String>() + &"nothing to see here\n".repeat(200)
}

/// The program that is looked at: redacts so many bytes of its input, and waits.
#[test]
fn program() {
    let Some(length) = std::env::var_os(ROLE) else { return };
    let mut left: usize = length.to_str().unwrap().parse().unwrap();
    let mut known = KnownSecrets::new(FingerprintKey::new([1; 32]));
    known.add(b"one that does not occur").unwrap();
    let scanner: Scanner = Scanner::builder().pack(Pack::builtin()).known(known).build().unwrap();
    let mut stream = Redactor::new(&scanner, Mode::Label).stream(io::sink());
    // Without a buffer of the standard library.
    let mut input = File::open("/dev/stdin").unwrap();
    let mut piece = [0; 4096];
    while left > 0 {
        let got = input.read(&mut piece).unwrap();
        stream.write(&piece[..got]).unwrap();
        left -= got;
    }
    stream.end().unwrap();
    drop(stream);
    piece.fill(0);
    black_box(&piece);
    erase_stack();
    println!("ready");
    assert_eq!(input.read(&mut piece).unwrap(), 0);
}

#[inline(never)]
fn erase_stack() {
    black_box(&mut [0u8; 256 * 1024]);
}

#[test]
fn nothing_is_left_in_what_the_engine_had() {
    let tokens = tokens();
    let text = text(&tokens);
    let folder = tempfolder();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "program", "--nocapture", "--test-threads=1"])
        .env(ROLE, text.len().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().contains("ready")));
    let prefix = folder.join("core");
    let made = Command::new("gcore").arg("-o").arg(&prefix).arg(child.id().to_string()).output();
    let core = fs::read(folder.join(format!("core.{}", child.id())));
    let _ = fs::remove_dir_all(&folder);
    drop(input);
    child.wait().unwrap();
    let Ok(core) = core else {
        println!("skipped: gcore gives no dump: {made:?}");
        return;
    };
    let mut pieces: std::collections::HashSet<&[u8]> = std::collections::HashSet::new();
    for token in &tokens {
        pieces.extend(token.as_bytes()[4..].windows(12).step_by(4));
    }
    assert!(text.as_bytes().windows(12).any(|window| pieces.contains(window)), "it finds them");
    let left = core.windows(12).filter(|window| pieces.contains(window)).count();
    assert!(core.windows(8).any(|window| window == b"REDACTED"), "this is no dump of ours");
    assert_eq!(left, 0, "in {} bytes", core.len());
}

fn tempfolder() -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("keysieve-hygiene-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}
