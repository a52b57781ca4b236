//! An agent that sends its whole conversation again with every turn: read anew each time, and with a [`ContextCache`].

#[path = "texts.rs"]
mod texts;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use keysieve::{ContextCache, Finding, FingerprintKey, Pack, Profile, Scanner, Scratch};
use std::hint::black_box;
use std::ops::ControlFlow;
use texts::{Text, best, check, count, scanner, text};

const TURNS: usize = 40;
/// About as long is the conversation in the end.
const LENGTH: usize = 400 << 10;
const MOST: usize = 4 << 20;

fn with_cache(scanner: &Scanner, turns: &[&[u8]]) -> (usize, ContextCache) {
    let mut cache = ContextCache::new(FingerprintKey::from_text(b"drawn at random"), MOST);
    let mut findings = 0;
    for turn in turns {
        cache.scan(scanner, black_box(turn), &mut |_: &Finding| {
            findings += 1;
            ControlFlow::Continue(())
        });
    }
    (findings, cache)
}

fn sessions(criterion: &mut Criterion) {
    let engine = scanner(Pack::builtin(), Profile::Alert);
    let Text { bytes, secrets } = text(&["traces/agent-session.jsonl"], LENGTH);
    let turns: Vec<&[u8]> = (1..=TURNS).map(|n| &bytes[..bytes.len() * n / TURNS]).collect();
    let mut scratch = Scratch::new();
    let mut anew = || turns.iter().map(|turn| count(&engine, &mut scratch, turn)).sum::<usize>();
    let (found, cache) = with_cache(&engine, &turns);
    assert_eq!(found, anew(), "with and without a cache");
    check("session", count(&engine, &mut Scratch::new(), &bytes), secrets);
    let mut group = criterion.benchmark_group("session of 40 turns");
    let all = turns.iter().map(|turn| turn.len() as u64).sum();
    group.sample_size(10).throughput(Throughput::Bytes(all));
    group.bench_function("anew", |bench| bench.iter(&mut anew));
    group.bench_function("cached", |bench| bench.iter(|| with_cache(&engine, &turns).0));
    group.finish();
    let (slow, fast) = (best(&mut anew), best(|| with_cache(&engine, &turns).0));
    println!(
        "ratios: with a cache {:.1} times as fast; {} of {all} bytes skipped, {} bytes of memory\n",
        slow.as_secs_f64() / fast.as_secs_f64(),
        cache.skipped(),
        cache.weight(),
    );
}

criterion_group!(benches, sessions);
criterion_main!(benches);
