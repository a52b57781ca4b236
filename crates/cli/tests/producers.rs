//! What the official Python packages of providers send and receive, redacted by the binary and read by the same packages.
//!
//! `tests/producers/producers.py` does the work, with the interpreter that KEYSIEVE_PYTHON names, or `python3`. Packages that
//! are missing there are named and left out; `.ci/run` installs them.

mod support;

use std::process::Command;

use keysieve::Pack;
use keysieve::synth::Template;

#[test]
fn sdks_read_the_same_before_and_after() {
    let python = std::env::var("KEYSIEVE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let template = Template::parse("{secret:github-pat}").expand(&Pack::builtin(), 3).unwrap();
    let secret = String::from_utf8(template.text).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/producers/producers.py");
    let run = Command::new(&python)
        .args([script, env!("CARGO_BIN_EXE_keysieve"), &secret, "[REDACTED:github-pat]"])
        .env_remove("KEYSIEVE_KEY")
        .output();
    let Ok(run) = run else {
        println!("skipped: there is no `{python}`");
        return;
    };
    println!("{}", String::from_utf8_lossy(&run.stdout));
    if support::code(&run) == 3 {
        println!("skipped: none of the packages is installed");
        return;
    }
    // The script's words hold what it compared: not the secret, but its place in what went wrong.
    let words = String::from_utf8_lossy(&run.stderr).replace(&secret, "(secret)");
    assert!(run.status.success(), "{words}");
}
