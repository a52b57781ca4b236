//! Any bytes: no panic, findings in order and inside the text, work bounded by the counter.
#![no_main]

use std::ops::ControlFlow;
use std::sync::LazyLock;

use keysieve::{Config, Finding, Pack, Profile, Scanner, Scratch};
use libfuzzer_sys::fuzz_target;

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let config = Config::new().profile(Profile::Redact);
    Scanner::builder().pack(Pack::builtin()).config(config).build().unwrap()
});

fuzz_target!(|text: &[u8]| {
    let mut scratch = Scratch::new();
    let mut last = 0;
    SCANNER.scan(&mut scratch, text, &mut |f: &Finding| {
        assert!(last <= f.span().start() && !f.span().is_empty() && f.span().end() <= text.len());
        last = f.span().end();
        ControlFlow::Continue(())
    });
    assert!(scratch.stats().regex_bytes <= 16 * text.len() as u64 + 64 * 1024);
});
