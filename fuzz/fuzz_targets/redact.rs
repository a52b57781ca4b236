//! Any bytes: clean bytes pass unchanged and in order, and the placeholders account for the rest.
#![no_main]

use std::sync::LazyLock;

use keysieve::{Config, Mode, Pack, Profile, Redactor, Scanner};
use libfuzzer_sys::fuzz_target;

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    // What is read through an encoding may share its bytes; the target `views` has that.
    let config = Config::new().profile(Profile::Redact).decode_depth(0);
    Scanner::builder().pack(Pack::builtin()).config(config).build().unwrap()
});

fuzz_target!(|text: &[u8]| {
    let out = Redactor::new(&SCANNER, Mode::Label).redact(text);
    let mut expected = Vec::new();
    let mut from = 0;
    for f in SCANNER.find_iter(text) {
        expected.extend_from_slice(&text[from..f.span().start()]);
        expected.extend_from_slice(format!("[REDACTED:{}]", f.rule_id()).as_bytes());
        from = f.span().end();
    }
    expected.extend_from_slice(&text[from..]);
    assert_eq!(out.as_ref(), expected);
    let masked = Redactor::new(&SCANNER, Mode::Mask).redact(text);
    assert_eq!(masked.len(), text.len());
});
