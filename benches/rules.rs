//! What rules cost: building a scanner, and scanning with 100, 1,000 and 10,000 of them.
//!
//! The packs are generated: anchors of seven to fourteen characters, a pattern of 32 more, an entropy check.

#[path = "texts.rs"]
mod texts;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use keysieve::{Mode, Pack, Profile, Redactor, Scratch};
use std::hint::black_box;
use texts::{LENGTH, best, check, count, generated, scanner, text};

const COUNTS: [usize; 3] = [100, 1_000, 10_000];

/// What a hook pays: the packs, a scanner, one line.
fn start_up(criterion: &mut Criterion) {
    let one_line = || {
        let redactor = Redactor::new(&scanner(Pack::builtin(), Profile::Redact), Mode::Label);
        redactor.redact(black_box(b"hi\n")).len()
    };
    assert_eq!(one_line(), 3);
    let mut group = criterion.benchmark_group("start-up");
    group.sample_size(20);
    group.bench_function("packs", |bench| bench.iter(Pack::builtin));
    let pack = Pack::builtin();
    let build = || scanner(pack.clone(), Profile::Redact);
    group.bench_function("scanner", |bench| bench.iter(build));
    group.bench_function("one line", |bench| bench.iter(one_line));
    group.finish();
    println!("start-up: {:?} for {} rules and one line\n", best(one_line), pack.len());
}

fn rules(criterion: &mut Criterion) {
    let payload = text(&["benign/prose.txt", "traces/agent-session.jsonl"], LENGTH);
    let mut group = criterion.benchmark_group("rules");
    group.sample_size(20).throughput(Throughput::Bytes(payload.bytes.len() as u64));
    let mut times = Vec::new();
    for rules in COUNTS {
        let (pack, mut scratch) = (generated(rules), Scratch::new());
        let engine = scanner(Pack::builtin().merge(pack), Profile::Alert);
        // What is planted belongs to the built-in rules; the others only have to be looked for.
        let found = count(&engine, &mut scratch, &payload.bytes);
        check(&format!("{rules} rules"), found, payload.secrets);
        let id = BenchmarkId::from_parameter(rules);
        group.bench_function(id, |bench| {
            bench.iter(|| count(&engine, &mut scratch, &payload.bytes));
        });
        times.push(best(|| count(&engine, &mut scratch, &payload.bytes)).as_secs_f64());
    }
    group.finish();
    if let [hundred, thousand, ten] = times.as_slice() {
        println!(
            "ratios: built-in and 1,000 rules take {:.2} times built-in and 100; 10,000 take {:.2} times 1,000\n",
            thousand / hundred,
            ten / thousand
        );
    }
}

criterion_group!(benches, start_up, rules);
criterion_main!(benches);
