//! `keysieve explain`: a verdict by profile, steps with values, and nothing of the text.

mod support;

use support::{code, folder, run, run_on, stderr, stdout, token};

#[test]
fn a_finding_and_its_steps() {
    let dir = folder();
    let text = format!("key={}", token(1));
    let out = run_on(dir.path(), "explain -", text.as_bytes());
    assert_eq!(code(&out), 0);
    let said = stdout(&out);
    assert!(
        said.starts_with(
            "acme-token at bytes 4..38: a finding for the profiles alert and redact\n"
        ),
        "{said}"
    );
    assert!(said.contains("  yes pattern matches 34 bytes\n"), "{said}");
    assert!(!said.contains(&token(1)));
}

#[test]
fn why_not() {
    let dir = folder();
    let said = stdout(&run(dir.path(), "explain acme_live_short"));
    assert!(said.contains(": no finding\n") && said.contains("  no  "), "{said}");
    let said = stdout(&run(dir.path(), "explain nothing"));
    assert!(said.starts_with("no candidate"), "{said}");
}

#[test]
fn long_texts_are_refused() {
    let dir = folder();
    let out = run_on(dir.path(), "explain -", &[b'a'; 70_000]);
    assert_eq!(code(&out), 2);
    assert!(stderr(&out).contains("longer than 64 KiB"));
}
