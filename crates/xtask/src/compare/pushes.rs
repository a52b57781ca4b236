//! Streams in pieces of four characters: what one push costs and how much is held after it, keysieve next to cerberust.
//!
//! The texts are pushed several times from the start; of each push the least time counts, since pushes are the same and
//! other work on the machine only adds. Times include reading the clock, some tens of nanoseconds, on both sides.

use super::measure;
use super::peers::Places;
use keysieve::{Config, Mode, Pack, Profile, Redactor, Scanner};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Characters in a push.
const PIECE: usize = 4;
const REPEATS: usize = 7;
/// Bytes of the text without white space.
const DENSE: usize = 7 << 10;
/// How often the sample of prose is pushed, with ever other values in its marks.
const PROSE: u64 = 60;

/// One push.
#[derive(Clone, Copy)]
struct Push {
    nanoseconds: u64,
    held: usize,
}

/// The section of the report.
pub fn report(places: &Places) -> Result<String, String> {
    let mut text = format!("\n## stream: pushes of {PIECE} characters\n\n");
    if cfg!(debug_assertions) {
        text.push_str("skipped: this xtask is a debug build\n");
        return Ok(text);
    }
    text.push_str("| text | tool | pushes | p50 ns | p99 ns | max ns | max/p50 | held p50 | held p90 | held max | unfinished word p50 |\n");
    text.push_str("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (name, content) in [("prose", prose()?), ("dense JSON, 7 KiB", dense())] {
        let path = places.work.join("pushed.txt");
        fs::write(&path, &content).map_err(|error| error.to_string())?;
        let pieces = cut(&content);
        let mut words = unfinished(&pieces);
        words.sort_unstable();
        let word = quantile(&words, 0.5);
        for profile in [Profile::Alert, Profile::Redact] {
            let tool = format!("keysieve, {}", profile.as_str());
            write_row(&mut text, name, &tool, &ours(&pieces, profile)?, word);
        }
        match theirs(places, &path) {
            Ok(pushes) => write_row(&mut text, name, "cerberust", &pushes, word),
            Err(message) => eprintln!("skipped: cerberust's stream: {message}"),
        }
    }
    Ok(text)
}

fn write_row(text: &mut String, name: &str, tool: &str, pushes: &[Push], word: u64) {
    let sorted = |of: &dyn Fn(&Push) -> u64| {
        let mut all: Vec<u64> = pushes.iter().map(of).collect();
        all.sort_unstable();
        all
    };
    let times = sorted(&|push| push.nanoseconds);
    let held = sorted(&|push| push.held as u64);
    let (half, most) = (quantile(&times, 0.5), quantile(&times, 1.0));
    let _ = writeln!(
        text,
        "| {name} | {tool} | {} | {half} | {} | {most} | {:.1} | {} | {} | {} | {word} |",
        pushes.len(),
        quantile(&times, 0.99),
        most as f64 / half.max(1) as f64,
        quantile(&held, 0.5),
        quantile(&held, 0.9),
        quantile(&held, 1.0),
    );
}

fn quantile(sorted: &[u64], share: f64) -> u64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((share * last as f64).round() as usize).copied().unwrap_or_default()
}

/// Bytes of the word that is unfinished after each push.
fn unfinished(pieces: &[String]) -> Vec<u64> {
    let mut word = 0;
    let bytes = pieces.iter().map(|piece| {
        for byte in piece.bytes() {
            word = if byte.is_ascii_whitespace() { 0 } else { word + 1 };
        }
        word
    });
    bytes.collect()
}

fn cut(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(PIECE).map(|piece| piece.iter().collect()).collect()
}

fn ours(pieces: &[String], profile: Profile) -> Result<Vec<Push>, String> {
    let config = Config::new().profile(profile);
    let build = Scanner::builder().pack(Pack::builtin()).config(config).build();
    let redactor = Redactor::new(&build.map_err(|error| error.to_string())?, Mode::Label);
    let mut pushes = vec![Push { nanoseconds: u64::MAX, held: 0 }; pieces.len()];
    let room = pieces.iter().map(String::len).sum::<usize>() * 2;
    for _ in 0..REPEATS {
        let mut stream = redactor.stream(Vec::with_capacity(room));
        let mut taken = 0_usize;
        for (piece, push) in pieces.iter().zip(&mut pushes) {
            let started = Instant::now();
            stream.write(piece.as_bytes()).map_err(|error| error.to_string())?;
            let took = started.elapsed().as_nanos() as u64;
            taken += piece.len();
            let held = taken.saturating_sub(stream.scanner().decided());
            *push = Push { nanoseconds: push.nanoseconds.min(took), held };
        }
    }
    Ok(pushes)
}

fn theirs(places: &Places, path: &Path) -> Result<Vec<Push>, String> {
    let program = places.work.join("yardsticks/release/cerberust-pushes");
    let (out, log) = (places.work.join("stdout"), places.work.join("stderr"));
    let mut command = Command::new(program);
    command.arg(path).arg(PIECE.to_string()).arg(REPEATS.to_string());
    measure::run(&mut command, Some(&out), &log)?;
    let written = fs::read_to_string(&out).map_err(|error| error.to_string())?;
    let push = |line: &str| {
        let (nanoseconds, held) = line.split_once(' ')?;
        Some(Push { nanoseconds: nanoseconds.parse().ok()?, held: held.parse().ok()? })
    };
    written.lines().map(|line| push(line).ok_or("not a push".to_owned())).collect()
}

fn prose() -> Result<String, String> {
    let (sample, pack) = (crate::corpus::sample("benign/prose.txt")?, Pack::builtin());
    let mut text = String::new();
    for seed in 0..PROSE {
        let expanded = crate::corpus::expand(&sample, &pack, seed)?;
        text.push_str(&String::from_utf8_lossy(&expanded.text));
    }
    Ok(text)
}

/// JSON as a program sends it: no white space anywhere.
fn dense() -> String {
    let mut text = String::from("[");
    let mut row = 0;
    while text.len() < DENSE {
        let _ = write!(
            text,
            "{{\"index\":{row},\"name\":\"segment-{row}\",\"score\":{}.{},\"tags\":[\"a{row}\",\"b\"],\"ok\":true}},",
            row % 7,
            row * 37 % 1000,
        );
        row += 1;
    }
    text.push_str("null]");
    text
}
