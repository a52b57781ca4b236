//! `cargo xtask floods [OPTION…]`: throughput on texts that are made to be slow, against ordinary text: the documents and
//! sources of this repository.
//!
//! Of every rule a flood of each kind: its anchor and nothing else, its tokens one behind the other, tokens that miss by their last
//! characters, the anchor with more and more of a body, the anchor in front of an assignment. Each is scanned in two lengths, the
//! slowest in a third one: four times the bytes may take about four times the time, and no flood may be slower than a
//! twentieth of ordinary text. Processor time of this thread counts, the least of some rounds; a flood that fails is measured again, for
//! longer, before it is believed. Ordinary text is measured again and again between the floods, since the machine may have other work.

mod pieces;

use keysieve::{Config, Finding, Pack, Profile, Scanner, Scratch};
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::ControlFlow;

const USAGE: &str = "\
usage: cargo xtask floods [OPTION…]

  --profile NAME   alert or redact (redact)
  --kib N          length of the shortest flood (4)
  --rule TEXT      only rules whose id contains TEXT
  --show N         the slowest floods that are shown (20)
  --record FILE    write what is printed to FILE as well
  --text KIND      print a flood of this kind of the first of the rules instead, to look into it
";

/// No flood may be slower than ordinary text by more than this.
const MOST_SLOWER: f64 = 20.0;
/// Four times the bytes may take so many times the time.
const MOST_GROWTH: f64 = 5.0;
/// The lengths, in the shortest.
const LENGTHS: [usize; 4] = [1, 4, 16, 64];
/// So many of the slowest, and of those that grow most, are measured in the greatest length.
const LONGEST: usize = 60;

struct Wanted {
    profile: Profile,
    kib: usize,
    rule: String,
    show: usize,
    record: Option<String>,
    text: Option<String>,
}

/// What a flood came to.
struct Flood {
    rule: String,
    kind: &'static str,
    piece: Vec<u8>,
    /// Findings for each KiB.
    findings: f64,
    /// Seconds for each byte at each length; 0 is not measured.
    costs: [f64; LENGTHS.len()],
}

/// What measures.
struct Bench {
    scanner: Scanner,
    scratch: Scratch,
    ordinary: Vec<u8>,
    /// Seconds for each byte of ordinary text.
    normal: f64,
    shortest: usize,
}

pub fn run(args: &[String]) -> Result<(), String> {
    let Some(wanted) = parse(args)? else {
        print!("{USAGE}");
        return Ok(());
    };
    let pack = Pack::builtin();
    if let Some(kind) = &wanted.text {
        return print_text(&pack, &wanted, kind);
    }
    let mut bench = Bench::new(&pack, &wanted)?;
    let mut floods = Vec::new();
    for rule in pack.rules().filter(|rule| rule.id().contains(&wanted.rule)) {
        for (kind, piece) in pieces::pieces(&pack, rule)? {
            let rule = rule.id().to_owned();
            let mut flood = Flood { rule, kind, piece, findings: 0.0, costs: [0.0; LENGTHS.len()] };
            bench.measure(&mut flood, &[0, 1], 1);
            floods.push(flood);
        }
        bench.ordinary(1);
    }
    bench.again(&mut floods);
    let text = report(&floods, &bench, wanted.show);
    print!("{text}");
    if let Some(path) = &wanted.record {
        std::fs::write(path, &text).map_err(|error| format!("{path}: {error}"))?;
    }
    let slow = floods.iter().filter(|flood| flood.is_slow(bench.normal)).count();
    if slow == 0 { Ok(()) } else { Err(format!("{slow} floods are too slow or not linear")) }
}

fn parse(args: &[String]) -> Result<Option<Wanted>, String> {
    let (profile, rule) = (Profile::Redact, String::new());
    let mut wanted = Wanted { profile, kib: 4, rule, show: 20, record: None, text: None };
    let mut rest = args.iter();
    while let Some(flag) = rest.next() {
        let mut value = || rest.next().ok_or(format!("`{flag}` wants a value"));
        let number = |text: &String| text.parse().map_err(|_| format!("`{text}` is no number"));
        match flag.as_str() {
            "--profile" => {
                wanted.profile = match value()?.as_str() {
                    "alert" => Profile::Alert,
                    "redact" => Profile::Redact,
                    unknown => return Err(format!("no profile `{unknown}`: alert or redact")),
                }
            }
            "--kib" => wanted.kib = number(value()?)?,
            "--show" => wanted.show = number(value()?)?,
            "--rule" => wanted.rule = value()?.clone(),
            "--record" => wanted.record = Some(value()?.clone()),
            "--text" => wanted.text = Some(value()?.clone()),
            "--help" | "-h" => return Ok(None),
            unknown => return Err(format!("unknown argument `{unknown}`\n\n{USAGE}")),
        }
    }
    Ok(Some(wanted))
}

/// Prints the longest flood of this kind.
fn print_text(pack: &Pack, wanted: &Wanted, kind: &str) -> Result<(), String> {
    let len = (wanted.kib << 10) * LENGTHS[LENGTHS.len() - 1];
    let rule = pack.rules().find(|rule| rule.id().contains(&wanted.rule));
    let mut pieces = pieces::pieces(pack, rule.ok_or("no such rule")?)?.into_iter();
    let (_, piece) = pieces.find(|(name, _)| *name == kind).ok_or("no such kind of flood")?;
    let text: Vec<u8> = piece.into_iter().cycle().take(len).collect();
    std::io::stdout().write_all(&text).map_err(|error| error.to_string())
}

/// The documents and sources of this repository, which hold no secrets.
fn ordinary() -> Result<Vec<u8>, String> {
    let folders = ["src", "docs", "crates"].map(|folder| crate::root().join(folder));
    let mut text = Vec::new();
    for path in crate::compare::files_below(&folders)? {
        if path.extension().is_some_and(|name| name == "rs" || name == "md") {
            let bytes = std::fs::read(&path);
            text.extend(bytes.map_err(|error| format!("{}: {error}", path.display()))?);
        }
    }
    Ok(text)
}

impl Bench {
    fn new(pack: &Pack, wanted: &Wanted) -> Result<Bench, String> {
        let config = Config::new().profile(wanted.profile);
        let scanner = Scanner::builder().pack(pack.clone()).config(config).build();
        let mut bench = Bench {
            scanner: scanner.map_err(|error| error.to_string())?,
            scratch: Scratch::new(),
            ordinary: ordinary()?,
            normal: f64::INFINITY,
            shortest: wanted.kib << 10,
        };
        bench.ordinary(5);
        Ok(bench)
    }

    /// Measures ordinary text; the least ever seen counts.
    fn ordinary(&mut self, rounds: usize) {
        let text = std::mem::take(&mut self.ordinary);
        self.normal = self.normal.min(self.best(&text, rounds));
        self.ordinary = text;
    }

    /// Measures a flood at some of the lengths.
    fn measure(&mut self, flood: &mut Flood, lengths: &[usize], rounds: usize) {
        for at in lengths {
            let len = self.shortest * LENGTHS[*at];
            let text: Vec<u8> = flood.piece.iter().copied().cycle().take(len).collect();
            if flood.costs[*at] == 0.0 {
                // Patterns are determinised on first use.
                let before = self.scratch.stats().findings;
                self.best(&text, 1);
                let found = self.scratch.stats().findings - before;
                flood.findings = found as f64 * 1024.0 / len as f64;
            }
            let cost = self.best(&text, rounds);
            let known = flood.costs[*at];
            flood.costs[*at] = if known > 0.0 { known.min(cost) } else { cost };
        }
    }

    /// Measures those again, for longer, that have failed, and the worst ones at the greatest length.
    fn again(&mut self, floods: &mut [Flood]) {
        let normal = self.normal;
        for flood in floods.iter_mut().filter(|flood| flood.is_slow(normal)) {
            self.measure(flood, &[0, 1], 4);
        }
        floods.sort_by(|a, b| b.growth().total_cmp(&a.growth()));
        floods.iter_mut().take(LONGEST).for_each(|flood| self.measure(flood, &[0, 1, 2, 3], 2));
        floods.sort_by(|a, b| b.cost().total_cmp(&a.cost()));
        floods.iter_mut().take(LONGEST).for_each(|flood| self.measure(flood, &[0, 1, 2, 3], 2));
        self.ordinary(5);
        floods.sort_by(|a, b| b.cost().total_cmp(&a.cost()));
    }

    /// The least processor time of some rounds, in seconds for each byte.
    fn best(&mut self, text: &[u8], rounds: usize) -> f64 {
        let mut once = || {
            let start = now();
            let sink = &mut |_: &Finding| ControlFlow::Continue(());
            self.scanner.scan(&mut self.scratch, text, sink);
            (now() - start).max(1e-9)
        };
        let least = (0..rounds).map(|_| once()).fold(f64::INFINITY, f64::min);
        least / text.len().max(1) as f64
    }
}

/// Processor time of this thread, in seconds.
fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

impl Flood {
    /// Seconds for each byte, at the greatest length that was measured.
    fn cost(&self) -> f64 {
        self.costs.iter().rev().copied().find(|cost| *cost > 0.0).unwrap_or_default()
    }

    /// How many times the time four times the bytes take, at worst.
    fn growth(&self) -> f64 {
        let pairs = self.costs.windows(2).filter(|pair| pair[1] > 0.0);
        pairs.map(|pair| 4.0 * pair[1] / pair[0]).fold(0.0, f64::max)
    }

    fn share(&self, normal: f64) -> f64 {
        normal / self.cost()
    }

    fn is_slow(&self, normal: f64) -> bool {
        self.cost() > normal * MOST_SLOWER || self.growth() > MOST_GROWTH
    }
}

/// The floods, from the slowest on.
fn report(floods: &[Flood], bench: &Bench, show: usize) -> String {
    let normal = bench.normal;
    let mut out = format!(
        "ordinary text: {:.1} MB/s (documents and sources of this repository, {} bytes)\n\n",
        1e-6 / normal,
        bench.ordinary.len()
    );
    let mut kinds: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for flood in floods {
        kinds.entry(flood.kind).or_default().push(flood.share(normal));
        kinds.entry("all").or_default().push(flood.share(normal));
    }
    out.push_str("| floods | number | least share of ordinary speed | one in a hundred | median | below 1/20 |\n");
    out.push_str("|---|---:|---:|---:|---:|---:|\n");
    for (kind, shares) in &kinds {
        let at = |part: f64| shares[(part * (shares.len() - 1) as f64) as usize];
        let below = shares.iter().filter(|share| **share * MOST_SLOWER < 1.0).count();
        let number = shares.len();
        let line = format!(
            "| {kind} | {number} | {:.3} | {:.3} | {:.2} | {below} |",
            at(0.0),
            at(0.01),
            at(0.5)
        );
        let _ = writeln!(out, "{line}");
    }
    out.push_str("\n| flood | MB/s | share of ordinary | findings for each KiB | ns for each finding | ns for each byte at 1, 4, 16, 64 times the length |\n");
    out.push_str("|---|---:|---:|---:|---:|---:|\n");
    let worst = floods.iter().max_by(|a, b| a.growth().total_cmp(&b.growth()));
    for flood in floods.iter().take(show).chain(worst) {
        let Flood { rule, kind, findings, .. } = flood;
        let each = if *findings > 0.0 { flood.cost() * 1024e9 / findings } else { 0.0 };
        let costs = flood.costs.map(|cost| format!("{:.1}", cost * 1e9)).join(" ");
        let (speed, share) = (1e-6 / flood.cost(), flood.share(normal));
        let _ = writeln!(
            out,
            "| {rule} {kind} | {speed:.1} | {share:.3} | {findings:.1} | {each:.0} | {costs} |"
        );
    }
    out
}
