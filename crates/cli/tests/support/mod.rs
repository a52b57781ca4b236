//! What the tests of the command line share: running the binary, and a pack of one made-up rule.

#![allow(dead_code, unused_imports, reason = "each test file uses its own part")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub use keysieve_acme::{PACK, token};

/// The binary, with nothing of the environment that could change what it does.
pub fn keysieve(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keysieve"));
    command.current_dir(folder).env_remove("KEYSIEVE_KEY").env_remove("NO_COLOR");
    command.env_remove("KEYSIEVE_INVENTORY").env_remove("KEYSIEVE_WEBHOOK_SECRET");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A folder with `acme.toml` in it.
pub fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("acme.toml"), PACK).unwrap();
    folder
}

/// The arguments that choose the made-up rule only.
pub const ACME: [&str; 3] = ["--no-builtin", "--pack", "acme.toml"];

/// Runs with arguments split at spaces, behind [`ACME`].
pub fn run(folder: &Path, args: &str) -> Output {
    command(folder, args).output().unwrap()
}

pub fn command(folder: &Path, args: &str) -> Command {
    let mut command = keysieve(folder);
    let mut args = args.split_whitespace();
    command.args(args.next()).args(ACME).args(args);
    command
}

/// The same with `input` on standard input.
pub fn run_on(folder: &Path, args: &str, input: &[u8]) -> Output {
    feed(command(folder, args), input)
}

pub fn feed(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // The child may end before it has read everything.
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().unwrap()
    })
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
