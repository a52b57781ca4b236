//! What ten thousand known secrets cost: the same texts with and without them.
//!
//! Ends with the figure that is promised: how much of the throughput is lost, for each kind of text and for all.

#[path = "texts.rs"]
mod texts;

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use keysieve::synth::Dice;
use keysieve::{Config, FingerprintKey, KnownSecrets, Pack, Profile, Scanner, Scratch};
use texts::{KINDS, LENGTH, Text, best, count, scanner, text};

/// Secrets of letters and digits, 12 to 51 of them.
fn known(count: usize) -> KnownSecrets {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut dice = Dice::new(7);
    let mut known = KnownSecrets::new(FingerprintKey::new([3; 32]));
    for _ in 0..count {
        let length = 12 + dice.below(40);
        let secret: Vec<u8> = (0..length).map(|_| alphabet[dice.below(alphabet.len())]).collect();
        known.add(&secret).expect("a length that fits");
    }
    known
}

fn throughput(criterion: &mut Criterion) {
    let without = scanner(Pack::builtin(), Profile::Alert);
    let config = Config::new().profile(Profile::Alert);
    let builder = Scanner::builder().pack(Pack::builtin()).config(config);
    let with = builder.known(known(10_000)).build().expect("secrets that fit");
    let mut scratch = Scratch::new();
    let mut all = [Duration::ZERO; 2];
    for (kind, samples) in KINDS {
        let Text { bytes, .. } = text(samples, LENGTH);
        let found = count(&without, &mut scratch, &bytes);
        assert_eq!(count(&with, &mut scratch, &bytes), found, "a known secret where none is");
        let mut group = criterion.benchmark_group("known");
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        for (name, engine) in [("none", &without), ("10000", &with)] {
            let id = BenchmarkId::new(kind, name);
            group.bench_function(id, |bench| bench.iter(|| count(engine, &mut scratch, &bytes)));
        }
        group.finish();
        let times = [&without, &with].map(|engine| best(|| count(engine, &mut scratch, &bytes)));
        let loss = 100.0 * (1.0 - times[0].as_secs_f64() / times[1].as_secs_f64());
        println!("{kind}: {loss:.1} % of the throughput is lost\n");
        all.iter_mut().zip(times).for_each(|(sum, time)| *sum += time);
    }
    let loss = 100.0 * (1.0 - all[0].as_secs_f64() / all[1].as_secs_f64());
    println!("all kinds: {loss:.1} % of the throughput is lost");
}

criterion_group!(benches, throughput);
criterion_main!(benches);
