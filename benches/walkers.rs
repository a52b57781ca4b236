//! What walkers cost: sessions and streams of events read with them and without, whole and in pieces.
//!
//! Without is `Input::Text`, the plain scan of the same bytes. The ratio is printed beside the measurements.

#[path = "texts.rs"]
mod texts;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use keysieve::{Config, Finding, Input, Pack, Scanner, Scratch};
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Duration;
use texts::{LENGTH, Text, best, count, text};

/// Payloads of the corpus that are structured.
const KINDS: [(&str, &[&str]); 4] = [
    ("session", &["traces/agent-session.jsonl", "prompts/chat-request.json"]),
    ("events", &["traces/openai-stream.sse", "traces/anthropic-stream.sse"]),
    ("retrieved", &["rag/chunks.jsonl"]),
    ("trace", &["traces/otlp-export.json"]),
];

fn scanner(input: Input) -> Scanner {
    let config = Config::new().input(input);
    Scanner::builder().pack(Pack::builtin()).config(config).build().expect("packs that are valid")
}

fn pieces(scanner: &Scanner, text: &[u8]) -> usize {
    let mut findings = 0;
    let mut sink = |_: &Finding| {
        findings += 1;
        ControlFlow::Continue(())
    };
    let mut stream = scanner.stream();
    black_box(text).chunks(64 << 10).for_each(|piece| stream.write(piece, &mut sink));
    stream.finish(&mut sink);
    findings
}

fn walkers(criterion: &mut Criterion) {
    let [with, without] = [Input::Auto, Input::Text].map(scanner);
    for (kind, samples) in KINDS {
        let Text { bytes, secrets } = text(samples, LENGTH);
        let mut scratch = Scratch::new();
        texts::check(kind, count(&with, &mut scratch, &bytes), secrets);
        let mut group = criterion.benchmark_group(format!("walkers/{kind}"));
        group.sample_size(20).throughput(Throughput::Bytes(bytes.len() as u64));
        for (name, scanner) in [("with", &with), ("without", &without)] {
            let id = BenchmarkId::new("whole", name);
            group.bench_function(id, |bench| {
                bench.iter(|| count(scanner, &mut scratch, &bytes));
            });
            let id = BenchmarkId::new("pieces", name);
            group.bench_function(id, |bench| bench.iter(|| pieces(scanner, &bytes)));
        }
        group.finish();
        let ratio = |run: &mut dyn FnMut(&Scanner)| {
            let [a, b]: [Duration; 2] = [&with, &without].map(|scanner| best(|| run(scanner)));
            a.as_secs_f64() / b.as_secs_f64()
        };
        let whole = ratio(&mut |scanner| _ = count(scanner, &mut Scratch::new(), &bytes));
        let cut = ratio(&mut |scanner| _ = pieces(scanner, &bytes));
        println!(
            "ratios, {kind}: with walkers {whole:.2} times the plain scan, in pieces {cut:.2} times\n"
        );
    }
}

criterion_group!(benches, walkers);
criterion_main!(benches);
