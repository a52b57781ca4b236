//! Payloads of every shape: no panic, the same findings, paths and channels for every cut, clean bytes unchanged, and what
//! was valid JSON is valid JSON when it is redacted. The first bytes of the input choose the shape and the cut.
#![no_main]

use std::ops::ControlFlow;
use std::sync::LazyLock;

use keysieve::{Config, Finding, Mode, Pack, Profile, Redactor, Scanner};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let config = Config::new().profile(Profile::Redact);
    Scanner::builder().pack(Pack::builtin()).config(config).build().unwrap()
});

/// An event or a line that carries `piece`.
fn event(way: u8, piece: &str) -> (Value, &'static str) {
    match way % 8 {
        0 => (json!({"id": "c", "choices": [{"index": 0, "delta": {"content": piece}}]}), "data: "),
        1 => (json!({"type": "content_block_delta", "index": 0, "delta": {"partial_json": piece}}), "data: "),
        2 => (json!({"type": "response.output_text.delta", "item_id": "m", "delta": piece}), "data:"),
        3 => (json!({"messages": [{"role": "user", "content": piece}], "model": "m"}), ""),
        4 => (json!({"attributes": [{"key": piece, "value": {"stringValue": piece}}]}), ""),
        5 => (json!({piece: [piece, {"signature": piece}]}), ""),
        6 => (json!({"role": "tool", "content": [[[{"text": piece}]]]}), "data: "),
        _ => (json!([piece, null, 1e9]), ""),
    }
}

fn seen(finding: &Finding) -> String {
    format!("{finding:?} {:?} {:?} {:?}", finding.path(), finding.channel(), finding.encoding())
}

fuzz_target!(|input: &[u8]| {
    let [way, cut, bytes @ ..] = input else { return };
    let raw = way & 0x80 != 0;
    let text = if raw {
        bytes.to_vec()
    } else {
        let pieces = bytes.chunks(usize::from(*cut % 7) + 1);
        let lines = pieces.map(|piece| {
            let (value, before) = event(*way, &String::from_utf8_lossy(piece));
            format!("{before}{value}\n{}", if before.is_empty() { "" } else { "\n" })
        });
        lines.collect::<String>().into_bytes()
    };
    let redactor = Redactor::new(&SCANNER, Mode::Label);
    let whole = redactor.redact(&text).into_owned();
    let mut found = Vec::new();
    let mut stream = redactor.stream_with(Vec::new(), |finding: &Finding| {
        found.push(seen(finding));
        ControlFlow::Continue(())
    });
    for piece in text.chunks(usize::from(*cut).max(1)) {
        stream.write(piece).unwrap();
    }
    let out = stream.finish().unwrap();
    assert!(out == whole, "cut in pieces of {cut}");
    let want: Vec<String> = SCANNER.find_iter(&text).map(|finding| seen(&finding)).collect();
    assert_eq!(found, want);
    if want.is_empty() {
        assert!(out == text);
    }
    if !raw {
        for line in String::from_utf8(out).unwrap().lines().filter(|line| !line.is_empty()) {
            let line = line.strip_prefix("data:").unwrap_or(line);
            serde_json::from_str::<Value>(line).expect("valid JSON stays valid");
        }
    }
});
