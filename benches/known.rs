//! What ten thousand known secrets cost: the same texts with and without them.
//!
//! Ends with the figure that is promised: how much of the throughput is lost, for each kind of text and for all.

#[path = "texts.rs"]
mod texts;

use std::ops::ControlFlow;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use keysieve::synth::Dice;
use keysieve::{
    Config, Finding, FingerprintKey, KNOWN_SECRET, KnownSecrets, Pack, Profile, Scanner, Scratch,
};
use texts::{KINDS, LENGTH, Text, best, count, scanner, text};

/// One secret for so many bytes of a text.
const PLANTED: usize = 64 * 1024;

/// Secrets of letters and digits, 12 to 51 of them.
fn secrets(count: usize) -> Vec<Vec<u8>> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut dice = Dice::new(7);
    let secret = |_| {
        let length = 12 + dice.below(40);
        (0..length).map(|_| alphabet[dice.below(alphabet.len())]).collect()
    };
    (0..count).map(secret).collect()
}

/// Their hashes, and nothing else of them.
fn hashes(secrets: &[Vec<u8>]) -> KnownSecrets {
    let [mut known, mut hashes] = [0, 1].map(|_| KnownSecrets::new(FingerprintKey::new([3; 32])));
    secrets.iter().for_each(|secret| known.add(secret).expect("a length that fits"));
    for line in known.lines(|| *b"salt one") {
        hashes.add_line(&line).expect("a line of its own");
    }
    hashes
}

/// The text with a secret behind every so many lines, and how many.
fn planted(text: &[u8], secrets: &[Vec<u8>]) -> (Vec<u8>, usize) {
    let (mut all, mut count, mut from) = (Vec::new(), 0, 0);
    while let Some(line) =
        text.get(from + PLANTED..).and_then(|rest| rest.iter().position(|b| *b == b'\n'))
    {
        let to = from + PLANTED + line + 1;
        all.extend_from_slice(&text[from..to]);
        all.extend_from_slice(b"it said \"");
        all.extend_from_slice(&secrets[count % secrets.len()]);
        all.extend_from_slice(b"\", and\n");
        (from, count) = (to, count + 1);
    }
    all.extend_from_slice(&text[from..]);
    (all, count)
}

/// How many known secrets are found.
fn known_in(scanner: &Scanner, scratch: &mut Scratch, text: &[u8]) -> usize {
    let mut known = 0;
    scanner.scan(scratch, text, &mut |finding: &Finding| {
        known += usize::from(finding.rule_id() == KNOWN_SECRET);
        ControlFlow::Continue(())
    });
    known
}

fn throughput(criterion: &mut Criterion) {
    let without = scanner(Pack::builtin(), Profile::Alert);
    let config = Config::new().profile(Profile::Alert);
    let builder = Scanner::builder().pack(Pack::builtin()).config(config);
    let secrets = secrets(10_000);
    let with = builder.known(hashes(&secrets)).build().expect("secrets that fit");
    let mut scratch = Scratch::new();
    let mut all = [Duration::ZERO; 2];
    for (kind, samples) in KINDS {
        let Text { bytes, .. } = text(samples, LENGTH);
        let found = count(&without, &mut scratch, &bytes);
        assert_eq!(count(&with, &mut scratch, &bytes), found, "a known secret where none is");
        let (holding, number) = planted(&bytes, &secrets);
        assert_eq!(known_in(&with, &mut scratch, &holding), number, "{kind}: planted and found");
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
