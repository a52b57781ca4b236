//! Text spelled in every way at once: no panic, the same findings and bytes for every cut, and clean bytes unchanged.
//! The first byte of the input chooses how its bytes are spelled, the second where it is cut.
#![no_main]

use std::sync::LazyLock;

use keysieve::{Config, Mode, Pack, Profile, Redactor, Scanner};
use libfuzzer_sys::fuzz_target;

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let config = Config::new().profile(Profile::Redact).strict(true);
    Scanner::builder().pack(Pack::builtin()).config(config).build().unwrap()
});

/// Spells a byte in the way of this number; most bytes stand for themselves.
fn spell(way: u8, byte: u8, out: &mut Vec<u8>) {
    let spelled = match way % 16 {
        0 => format!("\\u{byte:04x}"),
        1 => format!("\\\\\\u{byte:04X}"),
        2 => format!("\\x{byte:02x}"),
        3 => format!("%{byte:02X}"),
        4 => format!("%25{byte:02x}"),
        5 => format!("&#{byte};"),
        6 => format!("&amp;#x{byte:x};"),
        7 => format!("={byte:02X}"),
        8 => format!("{}\u{200b}", byte as char),
        9 => format!("\u{1b}[1m{}", byte as char),
        10 => format!("{byte:02x}"),
        11 => format!("{}=\n", byte as char),
        12 => format!("\0{}", byte as char),
        _ => return out.push(byte),
    };
    out.extend_from_slice(spelled.as_bytes());
}

fuzz_target!(|input: &[u8]| {
    let [way, cut, bytes @ ..] = input else { return };
    let mut text = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        spell(way.wrapping_mul(at as u8 | 1).rotate_left(3) ^ way, *byte, &mut text);
    }
    let redactor = Redactor::new(&SCANNER, Mode::Mask);
    let whole = redactor.redact(&text).into_owned();
    assert_eq!(whole.len(), text.len());
    let mut stream = redactor.stream(Vec::new());
    for piece in text.chunks(usize::from(*cut).max(1)) {
        stream.write(piece).unwrap();
    }
    assert!(stream.finish().unwrap() == whole, "cut in pieces of {cut}");
    let mut from = 0;
    for finding in SCANNER.find_iter(&text) {
        let to = finding.span().start().max(from);
        assert_eq!(whole[from..to], text[from..to]);
        from = finding.span().end().max(from);
    }
    assert_eq!(whole[from..], text[from..]);
});
