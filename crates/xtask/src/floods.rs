//! `cargo xtask floods [OPTION…]`: throughput on texts that are made to be slow, against ordinary text: the documents and
//! sources of this repository.
//!
//! Of every rule a flood of each kind: its anchor and nothing else, its tokens one behind the other, tokens that miss by their last
//! characters, the anchor with more and more of a body, the anchor in front of an assignment. Each is scanned in two lengths; twice
//! the bytes may take about twice the time, and no flood may be slower than a twentieth of ordinary text. The best of
//! some rounds counts; a flood that fails is measured again, for longer, before it is believed.

use keysieve::synth::Template;
use keysieve::{Config, Finding, Pack, Profile, Rule, Scanner, Scratch};
use std::ops::ControlFlow;
use std::time::Instant;

const USAGE: &str = "\
usage: cargo xtask floods [OPTION…]

  --profile NAME   alert or redact (redact)
  --kib N          length of the shorter flood (64)
  --rule TEXT      only rules whose id contains TEXT
  --show N         the slowest floods that are shown (20)
";

/// No flood may be slower than ordinary text by more than this.
const MOST_SLOWER: f64 = 20.0;
/// Twice the bytes may take so many times the time.
const MOST_GROWTH: f64 = 2.6;

struct Wanted {
    profile: Profile,
    kib: usize,
    rule: String,
    show: usize,
}

/// What a flood came to.
struct Flood {
    name: String,
    /// Bytes for each second of the longer one.
    speed: f64,
    growth: f64,
}

pub fn run(args: &[String]) -> Result<(), String> {
    let Some(wanted) = parse(args)? else {
        print!("{USAGE}");
        return Ok(());
    };
    let pack = Pack::builtin();
    let config = Config::new().profile(wanted.profile);
    let scanner = Scanner::builder().pack(pack.clone()).config(config).build();
    let scanner = scanner.map_err(|error| error.to_string())?;
    let mut scratch = Scratch::new();
    let ordinary = ordinary()?;
    let normal = ordinary.len() as f64 / best(&scanner, &mut scratch, &ordinary, 5);
    println!(
        "ordinary text: {:.1} MB/s (documents and sources of this repository, {} bytes)",
        normal / 1e6,
        ordinary.len()
    );
    let mut floods = Vec::new();
    for rule in pack.rules().filter(|rule| rule.id().contains(&wanted.rule)) {
        for (kind, piece) in pieces(&pack, rule)? {
            let name = format!("{} {kind}", rule.id());
            floods.push(measure(&scanner, &mut scratch, name, &piece, (wanted.kib << 10, normal)));
        }
    }
    floods.sort_by(|a, b| a.speed.total_cmp(&b.speed));
    print(&floods, normal, wanted.show);
    let slow = floods.iter().filter(|flood| flood.is_slow(normal)).count();
    if slow == 0 { Ok(()) } else { Err(format!("{slow} floods are too slow or not linear")) }
}

fn parse(args: &[String]) -> Result<Option<Wanted>, String> {
    let mut wanted = Wanted { profile: Profile::Redact, kib: 64, rule: String::new(), show: 20 };
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
            "--help" | "-h" => return Ok(None),
            unknown => return Err(format!("unknown argument `{unknown}`\n\n{USAGE}")),
        }
    }
    Ok(Some(wanted))
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

/// What a flood of a rule is made of: its kind, and the text that is repeated.
fn pieces(pack: &Pack, rule: &Rule) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let expand = |template: &str, seed: u64| {
        let named = template.replace("{secret}", &format!("{{secret:{}}}", rule.id()));
        let named = named.replace("{near}", &format!("{{near:{}}}", rule.id()));
        let expanded = Template::parse(&named).expand(pack, seed);
        expanded.map_err(|error| format!("{}: {error}", rule.id()))
    };
    let each = |template: &str, most: usize| -> Result<Vec<Vec<u8>>, String> {
        (0..most as u64).map(|seed| Ok(expand(template, seed)?.text)).collect()
    };
    let tokens = each("{secret}", 8)?;
    let joined = |between: &[u8], cut: usize| -> Vec<u8> {
        let parts = tokens.iter().map(|token| token.get(..token.len().saturating_sub(cut)));
        parts.flatten().flat_map(|token| [token, between].concat()).collect()
    };
    let anchor = rule.anchors().first().cloned().unwrap_or_default().into_bytes();
    let body = tokens.first().and_then(|token| token.last()).copied().unwrap_or(b'a');
    let with = |more: &[u8]| {
        if anchor.is_empty() { Vec::new() } else { [&anchor[..], more].concat() }
    };
    let hits = rule.hits().first().map(String::as_str).unwrap_or_default();
    let misses = rule.misses().first().map(String::as_str).unwrap_or_default();
    let hit = expand(hits, 1)?;
    // What stands before a secret, again and again without it.
    let lead = hit.secrets.first().and_then(|(_, span)| hit.text.get(..span.start()));
    let mut all = vec![
        ("tokens", joined(b" ", 0)),
        ("tokens glued", joined(b"", 0)),
        ("near misses", joined(b" ", 1)),
        ("near misses glued", joined(b"", 2)),
        ("halves", joined(b"\n", tokens.first().map_or(0, Vec::len) / 2)),
        ("anchor", with(b"")),
        ("anchor and 3", with(&[body; 3])),
        ("anchor and 30", with(&[body; 30])),
        ("anchor and 200", with(&[body; 200])),
        ("anchor=", with(b"=")),
        ("anchor=\\\"", with(b"=\\\"")),
        ("anchor is", with(b" is a1B!")),
        ("hits", each(hits, 8)?.concat()),
        ("misses", each(misses, 8)?.concat()),
        ("what stands before", lead.unwrap_or_default().to_vec()),
    ];
    all.retain(|(_, piece)| !piece.is_empty());
    Ok(all)
}

fn measure(
    scanner: &Scanner,
    scratch: &mut Scratch,
    name: String,
    piece: &[u8],
    (len, normal): (usize, f64),
) -> Flood {
    let flood = |len: usize| -> Vec<u8> { piece.iter().copied().cycle().take(len).collect() };
    let (short, long) = (flood(len), flood(2 * len));
    let once = |scratch: &mut Scratch, rounds: usize| {
        let small = best(scanner, scratch, &short, rounds);
        let large = best(scanner, scratch, &long, rounds);
        (long.len() as f64 / large, large / small)
    };
    let (speed, growth) = once(scratch, 2);
    let flood = Flood { name, speed, growth };
    if !flood.is_slow(normal) {
        return flood;
    }
    let (speed, growth) = once(scratch, 12);
    Flood { speed: speed.max(flood.speed), growth, ..flood }
}

/// The least time of some rounds, in seconds.
fn best(scanner: &Scanner, scratch: &mut Scratch, text: &[u8], rounds: usize) -> f64 {
    let once = |scratch: &mut Scratch| {
        let start = Instant::now();
        scanner.scan(scratch, text, &mut |_: &Finding| ControlFlow::Continue(()));
        start.elapsed().as_secs_f64().max(1e-9)
    };
    // Patterns are determinised on first use.
    (0..=rounds).map(|_| once(scratch)).skip(1).fold(f64::INFINITY, f64::min)
}

impl Flood {
    fn is_slow(&self, normal: f64) -> bool {
        self.speed * MOST_SLOWER < normal || self.growth > MOST_GROWTH
    }
}

fn print(floods: &[Flood], normal: f64, show: usize) {
    let share = |at: f64| {
        let place = (at * floods.len().saturating_sub(1) as f64) as usize;
        floods.get(place).map_or(0.0, |flood| flood.speed / normal)
    };
    println!(
        "\n{} floods; share of the ordinary speed: least {:.3}, of one in a hundred {:.3}, median {:.2}\n",
        floods.len(),
        share(0.0),
        share(0.01),
        share(0.5)
    );
    println!("| flood | MB/s | share of ordinary | twice the bytes take |");
    println!("|---|---:|---:|---:|");
    let worst = floods.iter().max_by(|a, b| a.growth.total_cmp(&b.growth));
    for Flood { name, speed, growth } in floods.iter().take(show).chain(worst) {
        println!("| {name} | {:.1} | {:.3} | {growth:.2} times |", speed / 1e6, speed / normal);
    }
}
