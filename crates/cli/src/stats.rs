//! `--stats`: what a run cost, on standard error.
//!
//! Counters are the engine's own. Bytes held back are those of streams; a whole file holds nothing back.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::OnceLock;
use std::time::Instant;

use keysieve::{Held, RuleStats, Scanner, Scratch, Stats, StreamScanner};

/// Rules shown, the dearest first.
const SHOWN: usize = 15;

/// Time since the run began.
#[derive(Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }
}

/// Nanoseconds since the first call.
pub(crate) fn clock() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let elapsed = START.get_or_init(Instant::now).elapsed();
    u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
}

/// Working memory for one thread, with a clock if times are wanted.
pub(crate) fn scratch(timed: bool) -> Scratch {
    if timed { Scratch::new().with_clock(clock) } else { Scratch::new() }
}

/// Counters of a part of the run, and of the whole.
#[derive(Debug, Default)]
pub(crate) struct Cost {
    stats: Stats,
    /// Bytes held back by streams: the worst of each measure.
    held: Option<[usize; 3]>,
}

impl Cost {
    /// Adds what a stream counted.
    pub(crate) fn stream(&mut self, stream: &StreamScanner) {
        add(&mut self.stats, stream.stats());
        self.held = worst(self.held, Some(measures(stream.held())));
    }

    /// With what was scanned whole.
    pub(crate) fn and(mut self, stats: &Stats) -> Cost {
        add(&mut self.stats, stats);
        self
    }

    pub(crate) fn stats(&self) -> &Stats {
        &self.stats
    }

    pub(crate) fn plus(mut self, other: Cost) -> Cost {
        add(&mut self.stats, &other.stats);
        self.held = worst(self.held, other.held);
        self
    }
}

fn measures(held: &Held) -> [usize; 3] {
    [held.quantile(0.5), held.quantile(0.99), held.most()]
}

fn worst(a: Option<[usize; 3]>, b: Option<[usize; 3]>) -> Option<[usize; 3]> {
    match (a, b) {
        (Some(a), Some(b)) => Some([a[0].max(b[0]), a[1].max(b[1]), a[2].max(b[2])]),
        (a, b) => a.or(b),
    }
}

fn add(sum: &mut Stats, more: &Stats) {
    sum.bytes += more.bytes;
    sum.triggers += more.triggers;
    sum.candidates += more.candidates;
    sum.regex_bytes += more.regex_bytes;
    sum.findings += more.findings;
    sum.limits_hit += more.limits_hit;
    if sum.rules.len() < more.rules.len() {
        sum.rules.resize(more.rules.len(), RuleStats::default());
    }
    for (sum, more) in sum.rules.iter_mut().zip(&more.rules) {
        sum.candidates += more.candidates;
        sum.findings += more.findings;
        sum.time += more.time;
    }
}

/// Prints a run's cost.
pub(crate) fn print(cost: Cost, scanner: &Scanner, watch: &Stopwatch) {
    let text = table(&cost, scanner, watch.0.elapsed().as_secs_f64());
    let _ = io::stderr().write_all(text.as_bytes());
}

fn table(cost: &Cost, scanner: &Scanner, seconds: f64) -> String {
    let Stats { bytes, triggers, candidates, regex_bytes, limits_hit, .. } = cost.stats;
    let size = bytes.max(1) as f64;
    let per_kib = |n: u64| n as f64 * 1024.0 / size;
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "bytes                 {bytes}");
    let _ = writeln!(out, "seconds               {seconds:.3}");
    let _ = writeln!(out, "MB/s                  {:.1}", bytes as f64 / 1e6 / seconds.max(1e-9));
    let _ = writeln!(out, "triggers per KiB      {:.3}", per_kib(triggers));
    let _ = writeln!(out, "candidates per KiB    {:.3}", per_kib(candidates));
    let _ = writeln!(out, "regex bytes per byte  {:.4}", regex_bytes as f64 / size);
    let _ = writeln!(out, "limits hit            {limits_hit}");
    match cost.held {
        Some([p50, p99, most]) => {
            let _ = writeln!(out, "held bytes            p50 {p50}, p99 {p99}, max {most}");
        }
        None => out.push_str("held bytes            none: everything was scanned whole\n"),
    }
    let mut rules: Vec<(&str, RuleStats)> =
        scanner.rules().map(keysieve::Rule::id).zip(cost.stats.rules.iter().copied()).collect();
    rules.retain(|(_, rule)| *rule != RuleStats::default());
    rules.sort_by_key(|(id, rule)| (std::cmp::Reverse((rule.time, rule.candidates)), *id));
    if !rules.is_empty() {
        let _ = writeln!(
            out,
            "{:<36} {:>10} {:>9} {:>10}",
            "rule", "candidates", "findings", "time (us)"
        );
    }
    for (id, rule) in rules.iter().take(SHOWN) {
        let (time, RuleStats { candidates, findings, .. }) = (rule.time / 1000, *rule);
        let _ = writeln!(out, "{id:<36} {candidates:>10} {findings:>9} {time:>10}");
    }
    out
}
