//! Bytes in envelopes: no panic, the same bytes and findings for every cut, and what holds nothing stays as it is. The first
//! byte of the input chooses the envelope and whether the bytes are put into one first, the second where they are cut.
#![no_main]

use std::ops::ControlFlow;
use std::sync::LazyLock;

use keysieve::{Config, Envelope, Finding, Mode, Pack, Profile, Redactor, Scanner};
use libfuzzer_sys::fuzz_target;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| {
    let config = Config::new().profile(Profile::Redact);
    let scanner = Scanner::builder().pack(Pack::builtin()).config(config).build().unwrap();
    Redactor::new(&scanner, Mode::Label)
});

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
        })
    })
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend((16 + payload.len() as u32).to_be_bytes());
    out.extend([0; 4]);
    out.extend(crc32(&out).to_be_bytes());
    out.extend(payload);
    out.extend(crc32(&out).to_be_bytes());
    out
}

fn field(number: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut len = body.len();
    while len >= 0x80 {
        out.push(len as u8 | 0x80);
        len >>= 7;
    }
    out.push(len as u8);
    out.extend(body);
    out
}

fn run(envelope: Envelope, bytes: &[u8], size: usize) -> (Vec<String>, Vec<u8>) {
    let mut found = Vec::new();
    let mut stream = REDACTOR.enveloped(envelope, Vec::new(), |finding: &Finding| {
        found.push(format!("{finding:?} {:?}", finding.path()));
        ControlFlow::Continue(())
    });
    for piece in bytes.chunks(size) {
        stream.write(piece).unwrap();
    }
    let out = stream.finish().unwrap();
    (found, out)
}

fuzz_target!(|input: &[u8]| {
    let [way, cut, bytes @ ..] = input else { return };
    let envelope = if way & 1 == 0 { Envelope::EventStream } else { Envelope::OtlpProtobuf };
    let bytes = match way % 8 {
        0 => bytes.chunks(9).flat_map(frame).collect(),
        1 => field(1, &[field(1, &field(1, b"\n\x01k")), field(2, &field(2, &field(5, bytes)))].concat()),
        2 => [frame(bytes), bytes.to_vec()].concat(),
        3 => field(1, &field(2, &field(2, &field(9, &[field(1, b"k"), field(2, &field(1, bytes))].concat())))),
        _ => bytes.to_vec(),
    };
    let whole = run(envelope, &bytes, bytes.len().max(1));
    assert!(run(envelope, &bytes, usize::from(*cut).max(1)) == whole, "cut in pieces of {cut}");
    if whole.0.is_empty() {
        assert!(whole.1 == bytes);
    }
});
