//! What a stream that waits takes of memory, counted by the allocator.

mod common;

use common::{scanner, soup};
use keysieve::{Mode, Pack, Profile, Redactor, Scratch};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const STREAMS: usize = 100;
/// Most for a conversation, and on the average.
const MOST: usize = 64 * 1024;
/// Most for a flood of what is remembered: beginnings of tokens without a gap, events of many channels that never end.
const FLOOD: usize = 1024 * 1024;
const PIECES: [usize; 3] = [4, 1000, 1 << 20];

#[test]
fn a_stream_that_waits_takes_little() {
    let pack = Pack::builtin();
    let redactor = Redactor::new(&scanner(Profile::Redact), Mode::Label);
    let prose =
        "He said that the build was green, and that `https://example.com/a?b=1` is where it runs. ";
    let rules: Vec<_> = pack.rules().collect();
    // Conversations of all sizes, with secrets in them, in small pieces and in large ones, that stop in the middle of a
    // word, of a value and of a token.
    let text = |n: usize| {
        let mut text = format!("{{\"content\": \"{}", prose.repeat(n * 20)).into_bytes();
        for turn in 0..3 {
            text.extend(soup::token(&pack, rules[(n * 7 + turn * 131) % rules.len()], n as u64));
            text.extend(b" and password=\\\"c0rrect-h0rse\\\" ");
        }
        text.extend(
            [&b"he"[..], b"API_KEY=", b"ghp_a1B2", b"-----BEGIN RSA PRIVATE KEY-----\n"][n % 4],
        );
        text
    };
    let texts: Vec<Vec<u8>> = (0..STREAMS).map(text).chain(without_end()).collect();
    let mut scratch = Scratch::new();
    let mut warm = redactor.stream(std::io::sink());
    for (n, text) in texts.iter().enumerate() {
        for piece in text.chunks(PIECES[n % 3]) {
            warm.write_with(&mut scratch, piece).unwrap();
        }
        warm.end_with(&mut scratch).unwrap();
    }
    drop(warm);
    let _profiler = dhat::Profiler::builder().testing().build();
    let mut waiting = Vec::with_capacity(texts.len());
    let (mut all, mut most) = (0, (0, 0));
    for (n, text) in texts.iter().enumerate() {
        let before = dhat::HeapStats::get().curr_bytes;
        let mut stream = redactor.stream(std::io::sink());
        for piece in text.chunks(PIECES[n % 3]) {
            stream.write_with(&mut scratch, piece).unwrap();
        }
        let each = dhat::HeapStats::get().curr_bytes.saturating_sub(before);
        let shown = String::from_utf8_lossy(&text[..text.len().min(60)]);
        let most_here = if n < STREAMS { MOST } else { FLOOD };
        assert!(each <= most_here, "{each} bytes for the stream that waits after {shown:?}");
        all += each;
        most = most.max((each, n));
        waiting.push(stream);
    }
    assert!(all / texts.len() <= MOST);
    println!("{} bytes for each stream that waits, {most:?} for the largest", all / texts.len());
    // And each goes on from where it stood.
    for stream in &mut waiting {
        stream.end_with(&mut scratch).unwrap();
    }
}

/// Texts that stop in the middle of what a scanner has to remember most of, each in all sizes of pieces.
fn without_end() -> Vec<Vec<u8>> {
    let event = |n: usize, text: &str| {
        format!(
            "data: {{\"choices\":[{{\"index\":{n},\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
        )
    };
    let events = |channels: usize| -> String {
        (0..3000)
            .map(|n| event(n % channels, ["sk-", "a1B2", " password", " is "][n % 4]))
            .collect()
    };
    let base64 = "QUtJQWJhc2U2NCBvZiBtYW55IGJ5dGVzIHdpdGhvdXQgYW4gZW5k".repeat(4000);
    let texts = [
        "a1B2c3D4".repeat(20_000),
        "0123456789abcdef".repeat(10_000),
        base64.clone(),
        format!("{{\"type\":\"image\",\"data\":\"{base64}"),
        format!(
            "-----BEGIN OPENSSH PRIVATE KEY-----\n{}",
            format!("{}\n", &base64[..70]).repeat(60)
        ),
        "{\"a\":[".repeat(20_000),
        "{\\\"a\\\":\\\"password=".repeat(5_000),
        "password=".repeat(10_000),
        "password ".repeat(10_000),
        "ghp_sk-AKIAxoxb-".repeat(8_000),
        "\"\\u0041".repeat(10_000),
        "postgres://u:p@".repeat(8_000),
        "[REDACTED:".repeat(8_000),
        "\u{4e2d}\u{6587}\u{5bc6}\u{7801}\u{662f}".repeat(8_000),
        "eyJhbGciOiJIUzI1NiJ9.".repeat(6_000),
        events(1),
        events(4),
        events(64),
        format!("{}data: {{\"choices\":[{{\"delta\":{{\"content\":\"", events(2)),
        "h\0e\0l\0l\0o\0 \0".repeat(8_000),
        " ".repeat(100_000),
        "abandon ability able about above absent ".repeat(3_000),
    ];
    texts.iter().flat_map(|text| [text.as_bytes(); 3].map(<[u8]>::to_vec)).collect()
}
