//! Text that arrives in pieces, by their size; for pieces of four bytes also what a single push takes and what is held.

#[path = "texts.rs"]
mod texts;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use keysieve::{Finding, Mode, Pack, Profile, Redactor};
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use texts::{KINDS, Text, best, check, count, scanner, text};

/// Small pieces take long.
const SHORT: usize = 64 << 10;
const PIECES: [usize; 4] = [4, 64, 4096, 64 << 10];

fn pushes(criterion: &mut Criterion) {
    let engine = scanner(Pack::builtin(), Profile::Alert);
    let redactor = Redactor::new(&engine, Mode::Label);
    for (kind, samples) in KINDS {
        let Text { bytes, secrets } = text(samples, SHORT);
        let push_all = |size: usize| {
            let mut findings = 0;
            let sink = |_: &Finding| {
                findings += 1;
                ControlFlow::Continue(())
            };
            let mut stream = redactor.stream_with(Vec::with_capacity(2 * bytes.len()), sink);
            for piece in black_box(&bytes).chunks(size) {
                stream.write(piece).expect("a vector takes everything");
            }
            stream.finish().expect("a vector takes everything");
            findings
        };
        let mut group = criterion.benchmark_group(format!("push/{kind}"));
        group.sample_size(20).throughput(Throughput::Bytes(bytes.len() as u64));
        for size in PIECES {
            check(kind, push_all(size), secrets);
            let id = BenchmarkId::from_parameter(size);
            group.bench_function(id, |bench| bench.iter(|| push_all(size)));
        }
        group.finish();
        let whole = best(|| count(&engine, &mut keysieve::Scratch::new(), &bytes)).as_secs_f64();
        let ratio = |size| best(|| push_all(size)).as_secs_f64() / whole;
        println!(
            "ratios, {kind}: pieces of 4 bytes take {:.1} times the whole, of 4096 {:.2} times",
            ratio(4),
            ratio(4096)
        );
        single(&redactor, kind, &bytes);
    }
}

/// What each push of four bytes took, the least of some runs, and what was held after it.
fn single(redactor: &Redactor, kind: &str, bytes: &[u8]) {
    let mut times = vec![Duration::MAX; bytes.len().div_ceil(4)];
    let mut held = vec![0; times.len()];
    for _ in 0..5 {
        let mut stream = redactor.stream(Vec::with_capacity(2 * bytes.len()));
        let mut taken = 0;
        for ((piece, time), held) in bytes.chunks(4).zip(&mut times).zip(&mut held) {
            let started = Instant::now();
            stream.write(piece).expect("a vector takes everything");
            *time = started.elapsed().min(*time);
            taken += piece.len();
            *held = taken - stream.scanner().decided().min(taken);
        }
    }
    times.sort_unstable();
    held.sort_unstable();
    let at = |share: f64| (share * (times.len() - 1) as f64) as usize;
    println!(
        "push of 4 bytes, {kind}: p50 {:?}, p99 {:?}, most {:?}; held p50 {}, p99 {}, most {}\n",
        times[at(0.5)],
        times[at(0.99)],
        times[at(1.0)],
        held[at(0.5)],
        held[at(0.99)],
        held[at(1.0)],
    );
}

criterion_group!(benches, pushes);
criterion_main!(benches);
