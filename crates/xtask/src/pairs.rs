//! `xtask pairs`: counts how often bytes follow one another in ordinary text, for the prefilter.
//!
//! Reads this repository's own documents, sources and corpus in sorted order, folds letters to lower case, and writes
//! `src/detect/prefilter/pairs.bin`: for each of 96 printable bytes how rare it is, then how rare each is behind each, in
//! sixteenths of a bit, 255 at most. A stale table costs speed and nothing else, so nothing compares it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::root;

const TABLE: &str = "src/detect/prefilter/pairs.bin";
const BYTES: usize = 96;
/// Each body of text weighs the same, whatever its size.
const BODIES: [(&str, &[&str]); 3] = [
    ("docs", &["md"]),
    ("src", &["rs"]),
    ("corpus", &["md", "txt", "json", "jsonl", "sse", "py", "yaml"]),
];
const WEIGHT: f64 = 1e6;

pub fn run(args: &[String]) -> Result<(), String> {
    if !args.is_empty() {
        return Err("it takes no arguments".to_owned());
    }
    let root = root();
    let mut pairs = vec![0.0; BYTES * BYTES];
    for (folder, endings) in BODIES {
        let mut counts = vec![0.0; BYTES * BYTES];
        for path in files(&root.join(folder), endings)? {
            let text = fs::read(&path).map_err(|e| said(&path, &e))?;
            for pair in text.windows(2) {
                if let [a, b] = pair {
                    counts[class(*a) * BYTES + class(*b)] += 1.0;
                }
            }
        }
        let all: f64 = counts.iter().sum();
        pairs.iter_mut().zip(&counts).for_each(|(to, from)| *to += from * WEIGHT / all.max(1.0));
    }
    let rarity = |count: f64, of: f64| {
        let bits = -((count + 0.5) / (of + 0.5 * BYTES as f64)).log2();
        (bits * 16.0).round().clamp(0.0, 255.0) as u8
    };
    let rows: Vec<f64> = pairs.chunks(BYTES).map(|row| row.iter().sum()).collect();
    let all: f64 = rows.iter().sum();
    let mut table: Vec<u8> = rows.iter().map(|row| rarity(*row, all)).collect();
    for (row, sum) in pairs.chunks(BYTES).zip(&rows) {
        table.extend(row.iter().map(|count| rarity(*count, *sum)));
    }
    fs::write(root.join(TABLE), table).map_err(|e| said(Path::new(TABLE), &e))?;
    println!("{TABLE} written");
    Ok(())
}

/// The place of a byte in the table: printable ASCII in lower case, everything else as a blank.
fn class(byte: u8) -> usize {
    match byte.to_ascii_lowercase() {
        byte @ b' '..=b'\x7f' => usize::from(byte - b' '),
        _ => 0,
    }
}

fn files(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, String> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| said(folder, &e))? {
        let path = entry.map_err(|e| said(folder, &e))?.path();
        if path.is_dir() {
            out.extend(files(&path, endings)?);
        } else if path.extension().is_some_and(|e| endings.iter().any(|ending| e == *ending)) {
            out.push(path);
        }
    }
    out.sort();
    Ok(out)
}

fn said(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
