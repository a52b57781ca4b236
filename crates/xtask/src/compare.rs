//! `cargo xtask compare`: keysieve against its peers and against yardsticks, on the same bytes, in turn.
//!
//! Counted is processor time (user and system) of each process with all its threads, less what the same command takes
//! for one line. Each tool runs once to warm caches, then the rounds go through all tools in turn, so that a busy
//! minute meets all of them. The best round counts, as other work can only add; its spread is shown. What is measured,
//! with which bias, and how to read it stands in `benches/METHODOLOGY.md`.

mod build;
mod bytes;
mod machine;
mod measure;
mod peers;
mod pushes;
mod start;
mod table;

use bytes::{Bytes, Packed};
use measure::Cost;
use peers::{Places, Tool};
use std::fs;
use std::path::PathBuf;

const USAGE: &str = "\
usage: cargo xtask compare [OPTION…]

  --payloads DIR     bytes of LLM payloads; may be repeated
  --source DIR       source code, lock files, minified code; may be repeated
                     (without either, both kinds are made from the templates of the corpus)
  --rounds N         rounds after the one that warms (3)
  --megabytes N      how much is made from templates, each kind (32)
  --only TEXT        only tools whose name contains TEXT, and `keysieve scan`; `start` and `stream`
                     are the sections on start-up and on pushes; may be repeated
  --also NAME=ARGS   one more row: `keysieve scan` with ARGS, parted by spaces; may be repeated
  --again            measure what the last run packed, without building or packing
  --bin FILE         this keysieve, instead of building one in the release profile
                     (pushes are measured with the engine of this xtask then)
  --install          put the peers that are Python packages into a virtual environment first
  --record           write the tables to benches/record/
";

/// Names of the two kinds of bytes.
const KINDS: [&str; 2] = ["payloads", "source"];

pub use build::{cargo, target};
pub use bytes::below as files_below;
pub use peers::on_path;

/// What was typed.
struct Wanted {
    payloads: Vec<PathBuf>,
    source: Vec<PathBuf>,
    rounds: usize,
    megabytes: usize,
    only: Vec<String>,
    also: Vec<(String, Vec<String>)>,
    bin: Option<PathBuf>,
    install: bool,
    again: bool,
    record: bool,
}

/// One tool on one kind of bytes.
pub struct Row {
    pub tool: String,
    pub size: u64,
    pub start_up: Vec<Cost>,
    pub runs: Vec<Cost>,
    pub findings: Option<u64>,
}

/// All tools on one kind of bytes.
pub struct Table {
    pub kind: &'static str,
    pub size: u64,
    pub files: usize,
    pub rows: Vec<Row>,
}

pub fn run(args: &[String]) -> Result<(), String> {
    let Some(wanted) = parse(args)? else {
        print!("{USAGE}");
        return Ok(());
    };
    let work = build::target().join("compare");
    fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    let keysieve = match &wanted.bin {
        Some(path) => fs::canonicalize(path).map_err(|error| format!("--bin: {error}"))?,
        None => build::released(&work),
    };
    let places = Places { keysieve, venv: work.join("venv"), work };
    if wanted.again { measure(&wanted, &places) } else { prepare(&wanted, &places, args) }
}

/// Builds and packs, then measures in a process of its own: a child's peak of memory counts that of its parent at the
/// time it was started.
fn prepare(wanted: &Wanted, places: &Places, args: &[String]) -> Result<(), String> {
    if wanted.install {
        build::install(places)?;
    }
    if wanted.bin.is_none() {
        build::keysieve(&places.work)?;
    }
    build::yardsticks(places);
    pack(wanted, &places.work.join("bytes"))?;
    // Built beside keysieve, in its profile: streams are measured within the process.
    let program = match &wanted.bin {
        Some(_) => std::env::current_exe().map_err(|error| error.to_string())?,
        None => places.keysieve.with_file_name("xtask"),
    };
    let mut second = std::process::Command::new(program);
    let status = second.arg("compare").args(args).arg("--again").status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("measuring failed".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn measure(wanted: &Wanted, places: &Places) -> Result<(), String> {
    let tools = tools(wanted, places);
    let mut tables = Vec::new();
    for kind in KINDS {
        if let Some(bytes) = bytes::again(kind, &places.work.join("bytes"))? {
            tables.push(measure_all(&bytes, &tools, wanted, places)?);
        }
    }
    let mut text = table::render(&tables, &machine::described(wanted.rounds));
    let asked =
        |section: &str| wanted.only.is_empty() || wanted.only.iter().any(|part| part == section);
    if asked("start") {
        text += &start::report(places)?;
    }
    if asked("stream") {
        text += &pushes::report(places)?;
    }
    print!("{text}");
    if wanted.record {
        let path = machine::record_path();
        fs::write(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
        eprintln!("written: {}", path.display());
    }
    Ok(())
}

fn parse(args: &[String]) -> Result<Option<Wanted>, String> {
    let mut wanted = Wanted {
        payloads: Vec::new(),
        source: Vec::new(),
        rounds: 3,
        megabytes: 32,
        only: Vec::new(),
        also: Vec::new(),
        bin: None,
        install: false,
        again: false,
        record: false,
    };
    let mut rest = args.iter();
    while let Some(flag) = rest.next() {
        let mut value = || rest.next().ok_or(format!("`{flag}` wants a value"));
        let number = |text: &String| match text.parse() {
            Ok(n) if n > 0 => Ok(n),
            _ => Err(format!("`{text}` is not a number above 0")),
        };
        match flag.as_str() {
            "--payloads" => wanted.payloads.push(value()?.into()),
            "--source" => wanted.source.push(value()?.into()),
            "--rounds" => wanted.rounds = number(value()?)?,
            "--megabytes" => wanted.megabytes = number(value()?)?,
            "--only" => wanted.only.push(value()?.clone()),
            "--also" => wanted.also.push(named(value()?)?),
            "--bin" => wanted.bin = Some(value()?.into()),
            "--again" => wanted.again = true,
            "--install" => wanted.install = true,
            "--record" => wanted.record = true,
            "--help" | "-h" => return Ok(None),
            unknown => return Err(format!("unknown argument `{unknown}`\n\n{USAGE}")),
        }
    }
    Ok(Some(wanted))
}

fn named(text: &str) -> Result<(String, Vec<String>), String> {
    let (name, options) = text.split_once('=').ok_or("`--also` wants NAME=ARGS")?;
    let mut all = vec!["--profile".to_owned(), "alert".to_owned()];
    all.extend(options.split_whitespace().map(str::to_owned));
    if !options.contains("-j") {
        all.extend(["-j".to_owned(), "1".to_owned()]);
    }
    Ok((name.to_owned(), all))
}

fn tools(wanted: &Wanted, places: &Places) -> Vec<Tool> {
    let mut tools = peers::ours(places, &wanted.also);
    let (others, missing) = peers::others(places);
    for name in missing {
        eprintln!("skipped: {name} is not here (`--install`, or see benches/METHODOLOGY.md)");
    }
    tools.extend(others);
    let asked = |tool: &Tool| {
        wanted.only.is_empty() || wanted.only.iter().any(|part| tool.name.contains(part))
    };
    // The first row is what all others are compared with.
    tools
        .into_iter()
        .enumerate()
        .filter(|(n, tool)| *n == 0 || asked(tool))
        .map(|(_, t)| t)
        .collect()
}

/// The bytes of both kinds, given or made.
fn pack(wanted: &Wanted, place: &std::path::Path) -> Result<(), String> {
    if place.exists() {
        fs::remove_dir_all(place).map_err(|error| format!("{}: {error}", place.display()))?;
    }
    let given = !wanted.payloads.is_empty() || !wanted.source.is_empty();
    for (kind, folders) in KINDS.into_iter().zip([&wanted.payloads, &wanted.source]) {
        if !given {
            bytes::pack(kind, place, made(kind, wanted.megabytes << 20)?)?;
        } else if !folders.is_empty() {
            let read = |path: PathBuf| {
                fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
            };
            bytes::pack(kind, place, bytes::below(folders)?.into_iter().map(read))?;
        }
    }
    Ok(())
}

/// Samples of the corpus, each with ever other seeds, until there are enough bytes.
fn made(
    kind: &str,
    enough: usize,
) -> Result<impl Iterator<Item = Result<Vec<u8>, String>> + use<>, String> {
    let of_source = |sample: &crate::corpus::Sample| matches!(&*sample.kind, "context" | "benign");
    let mut samples = crate::corpus::samples()?;
    samples.retain(|sample| of_source(sample) == (kind == "source"));
    let pack = keysieve::Pack::builtin();
    let (mut at, mut made) = (0, 0);
    Ok(std::iter::from_fn(move || {
        if made >= enough {
            return None;
        }
        let seed = (at / samples.len()) as u64 + crate::corpus::SEED;
        let expanded = crate::corpus::expand(&samples[at % samples.len()], &pack, seed);
        at += 1;
        Some(expanded.map(|planted| {
            made += planted.text.len();
            planted.text
        }))
    }))
}

/// Warms each tool, then goes through all of them, as often as wanted.
fn measure_all(
    bytes: &Bytes,
    tools: &[Tool],
    wanted: &Wanted,
    places: &Places,
) -> Result<Table, String> {
    let line = Packed::start_up(&places.work.join("bytes/line"))?;
    let (out, log) = (places.work.join("stdout"), places.work.join("stderr"));
    let mut rows = Vec::new();
    for tool in tools {
        eprintln!("{}: warming {}", bytes.kind, tool.name);
        let packed = if tool.slow { &bytes.some } else { &bytes.all };
        // What is not counted is not kept: a child's peak of memory would be that of this process.
        let kept = (!matches!(tool.count, peers::Count::Nothing)).then_some(out.as_path());
        measure::run(&mut (tool.command)(packed), kept, &log)?;
        let written = kept.map(fs::read).transpose().map_err(|error| error.to_string())?;
        let findings = tool.count.of(&String::from_utf8_lossy(&written.unwrap_or_default()));
        let (start_up, runs) = (Vec::new(), Vec::new());
        rows.push(Row { tool: tool.name.clone(), size: packed.size, start_up, runs, findings });
    }
    for round in 1..=wanted.rounds {
        eprintln!("{}: round {round} of {}", bytes.kind, wanted.rounds);
        let all = tools.iter().zip(&mut rows);
        for (tool, row) in all.filter(|(tool, _)| round == 1 || !tool.slow) {
            let packed = if tool.slow { &bytes.some } else { &bytes.all };
            row.start_up.push(measure::run(&mut (tool.command)(&line), None, &log)?);
            row.runs.push(measure::run(&mut (tool.command)(packed), None, &log)?);
        }
    }
    let (size, files) = (bytes.all.size, bytes.all.files.len());
    Ok(Table { kind: bytes.kind, size, files, rows })
}
