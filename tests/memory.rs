//! What a stream that waits takes of memory, counted by the allocator.

mod common;

use common::{scanner, soup};
use keysieve::{Mode, Pack, Profile, Redactor, Scratch};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const STREAMS: usize = 100;
const MOST: usize = 64 * 1024;

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
    let texts: Vec<Vec<u8>> = (0..STREAMS).map(text).collect();
    let mut scratch = Scratch::new();
    let mut warm = redactor.stream(std::io::sink());
    for text in &texts {
        warm.write_with(&mut scratch, text).unwrap();
        warm.end_with(&mut scratch).unwrap();
    }
    let _profiler = dhat::Profiler::builder().testing().build();
    let mut waiting = Vec::with_capacity(STREAMS);
    for (n, text) in texts.iter().enumerate() {
        let mut stream = redactor.stream(std::io::sink());
        for piece in text.chunks([4, 1000, 1 << 20][n % 3]) {
            stream.write_with(&mut scratch, piece).unwrap();
        }
        waiting.push(stream);
    }
    let each = dhat::HeapStats::get().curr_bytes / STREAMS;
    assert!(each <= MOST, "{each} bytes for each stream");
    println!("{each} bytes for each stream that waits");
    // And each goes on from where it stood.
    for stream in &mut waiting {
        stream.end_with(&mut scratch).unwrap();
    }
}
