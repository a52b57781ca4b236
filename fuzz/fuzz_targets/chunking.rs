//! Any bytes, cut anywhere: the stream finds and writes what the whole text would. The first bytes say where to cut.
#![no_main]

use std::ops::ControlFlow;
use std::sync::LazyLock;

use keysieve::{Config, Finding, Mode, Pack, Profile, Redactor, Scanner, Span};
use libfuzzer_sys::fuzz_target;

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let config = Config::new().profile(Profile::Redact);
    Scanner::builder().pack(Pack::builtin()).config(config).build().unwrap()
});

fuzz_target!(|input: (Vec<u8>, &[u8])| {
    let (cuts, text) = input;
    let redactor = Redactor::new(&SCANNER, Mode::Label);
    let whole: Vec<(String, Span)> =
        SCANNER.find_iter(text).map(|f| (f.rule_id().to_owned(), f.span())).collect();
    let mut found = Vec::new();
    let sink = |f: &Finding| {
        found.push((f.rule_id().to_owned(), f.span()));
        ControlFlow::Continue(())
    };
    let mut stream = redactor.stream_with(Vec::new(), sink);
    let mut rest = text;
    for cut in cuts {
        let (head, tail) = rest.split_at(usize::from(cut).min(rest.len()));
        stream.write(head).unwrap();
        rest = tail;
    }
    stream.write(rest).unwrap();
    let out = stream.finish().unwrap();
    assert_eq!(found, whole);
    assert_eq!(out, redactor.redact(text).as_ref());
});
