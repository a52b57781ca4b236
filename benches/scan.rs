//! Scanning and redacting whole texts, by kind of payload; the pass that every byte goes through; threads.
//!
//! Ends with ratios: to counting newlines, of redacting to scanning, of two threads to one.

#[path = "texts.rs"]
mod texts;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use keysieve::{Ignore, Mode, Pack, Profile, Redactor, Scanner, Scratch};
use std::hint::black_box;
use texts::{KINDS, LENGTH, Text, best, check, count, scanner, text};

fn newlines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', black_box(bytes)).count()
}

/// Text in which nothing is worth a look: what is left is the prefilter and the view.
fn quiet() -> Vec<u8> {
    b"lorem ipsum dolor sit amet, consectetur adipiscing elit.\n".repeat(LENGTH / 57)
}

fn prefilter(criterion: &mut Criterion) {
    let engine = scanner(Pack::builtin(), Profile::Alert);
    let (text, mut scratch) = (quiet(), Scratch::new());
    assert_eq!(count(&engine, &mut scratch, &text), 0);
    let stats = scratch.stats();
    let each = stats.candidates as f64 / (stats.bytes as f64 / 1024.0);
    println!("prefilter: {each:.2} candidates a KiB of quiet text");
    let mut group = criterion.benchmark_group("prefilter");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("newlines", |bench| bench.iter(|| newlines(&text)));
    group.bench_function("quiet", |bench| bench.iter(|| count(&engine, &mut scratch, &text)));
    group.finish();
}

fn kinds(criterion: &mut Criterion) {
    let engine = scanner(Pack::builtin(), Profile::Alert);
    let redactor = Redactor::new(&engine, Mode::Label);
    for (kind, samples) in KINDS {
        let (Text { bytes, secrets }, mut scratch) = (text(samples, LENGTH), Scratch::new());
        check(kind, count(&engine, &mut scratch, &bytes), secrets);
        let mut group = criterion.benchmark_group("scan");
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        let id = BenchmarkId::from_parameter(kind);
        group.bench_function(id, |bench| bench.iter(|| count(&engine, &mut scratch, &bytes)));
        group.finish();
        let mut redact =
            || redactor.redact_with(&mut scratch, black_box(&bytes), &mut Ignore).len();
        let mut group = criterion.benchmark_group("redact");
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(kind), |bench| bench.iter(&mut redact));
        group.finish();
        let scanning = best(|| count(&engine, &mut scratch, &bytes)).as_secs_f64();
        let counting = best(|| newlines(&bytes)).as_secs_f64();
        let redacting =
            best(|| redactor.redact_with(&mut scratch, black_box(&bytes), &mut Ignore).len());
        println!(
            "ratios, {kind}: {secrets} secrets in {:.1} MB; newlines are {:.0} times faster, redacting takes {:.2} times the scan\n",
            bytes.len() as f64 / 1e6,
            scanning / counting,
            redacting.as_secs_f64() / scanning,
        );
    }
}

/// The same texts on one thread, and shared between two.
fn threads(criterion: &mut Criterion) {
    let engine = scanner(Pack::builtin(), Profile::Alert);
    let texts: Vec<Text> = KINDS.iter().map(|(_, samples)| text(samples, LENGTH / 2)).collect();
    let parts: Vec<&[u8]> = texts.iter().flat_map(|text| text.bytes.chunks(64 << 10)).collect();
    let expected = on_threads(&engine, &parts, 1);
    assert_eq!(on_threads(&engine, &parts, 2), expected);
    let mut group = criterion.benchmark_group("threads");
    group.throughput(Throughput::Bytes(parts.iter().map(|part| part.len() as u64).sum()));
    for threads in [1, 2] {
        let id = BenchmarkId::from_parameter(threads);
        group.bench_function(id, |bench| bench.iter(|| on_threads(&engine, &parts, threads)));
    }
    group.finish();
    let one = best(|| on_threads(&engine, &parts, 1)).as_secs_f64();
    let two = best(|| on_threads(&engine, &parts, 2)).as_secs_f64();
    println!("ratios: two threads are {:.2} times as fast as one\n", one / two);
}

/// Findings in all parts, each thread taking every so-manyth.
fn on_threads(engine: &Scanner, parts: &[&[u8]], threads: usize) -> usize {
    let share = |from: usize| {
        let mut scratch = Scratch::new();
        let mine = parts.iter().skip(from).step_by(threads);
        mine.map(|part| count(engine, &mut scratch, part)).sum::<usize>()
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|from| scope.spawn(move || share(from))).collect();
        all.into_iter().map(|thread| thread.join().expect("a thread that ends")).sum()
    })
}

criterion_group!(benches, prefilter, kinds, threads);
criterion_main!(benches);
