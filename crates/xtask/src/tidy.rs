//! `cargo xtask tidy`: the rules of the repository that no compiler checks.
//!
//! Every check is a function of the tracked files and returns faults as `file:line: message`. What is
//! checked, and what is exempt, stands in the table of CONTRIBUTING.md. Nothing is changed, and the
//! network, the compiler and other crates are not needed; formatting is rustfmt's business.

mod docs;
mod layers;
mod source;
mod tokens;
mod tree;

#[cfg(test)]
mod tests;

use source::Source;
use std::collections::BTreeSet;
use std::fmt;
use tree::Tree;

/// A file has fewer lines than this.
const MAX_FILE_LINES: usize = 500;
/// A function outside tests has fewer lines than this, from its `fn` to its closing brace.
const MAX_FUNCTION_LINES: usize = 60;
/// Files in which `unsafe` may stand: the one with vector instructions.
const UNSAFE_ALLOWED: &[&str] = &["src/text/simd.rs"];
/// Names that say nothing about what a thing is.
const EMPTY_NAMES: &[&str] =
    &["manager", "managers", "helper", "helpers", "util", "utils", "data", "info", "v2"];
/// Calls that end the process or write to a stream; the engine does neither.
const ENGINE_CALLS: &[&str] = &[
    ".unwrap()",
    ".expect(",
    "println!",
    "eprintln!",
    "print!",
    "eprint!",
    "dbg!",
    "todo!",
    "unimplemented!",
    "panic!",
];
/// What the engine does not know of.
const ENGINE_PATHS: &[&str] =
    &["std::fs", "std::net", "std::env", "std::thread", "std::time", "std::process"];

/// One broken rule at one place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fault {
    path: String,
    line: usize,
    message: String,
}

impl Fault {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Fault { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Checks the repository and prints the faults.
pub fn run(args: &[String]) -> Result<(), String> {
    if let Some(unknown) = args.first() {
        return Err(format!("tidy takes no argument, got `{unknown}`"));
    }
    let tree = Tree::load(&crate::root())?;
    let faults = check(&tree);
    for fault in &faults {
        println!("{fault}");
    }
    match faults.len() {
        0 => {
            println!("tidy: {} files, no fault", tree.len());
            Ok(())
        }
        n => Err(format!("{n} faults")),
    }
}

fn check(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    let test_files = test_files(tree);
    for (path, text) in tree.texts().filter(|(path, _)| path.ends_with(".rs")) {
        let source = Source::new(path, text, test_files.contains(path));
        check_rust(path, text, &source, &mut faults);
    }
    tokens::check(tree, &mut faults);
    docs::check(tree, &mut faults);
    check_project(tree, &mut faults);
    faults.sort();
    faults.dedup();
    faults
}

/// Files that their parent module declares under `#[cfg(test)]`.
fn test_files(tree: &Tree) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, text) in tree.texts() {
        let Some(stem) = path.strip_suffix(".rs") else { continue };
        let root = ["lib", "main", "mod"].iter().find_map(|name| stem.strip_suffix(name));
        let folder = root.map_or_else(|| format!("{stem}/"), str::to_owned);
        for name in Source::new(path, text, false).test_modules() {
            found.insert(format!("{folder}{name}.rs"));
            found.insert(format!("{folder}{name}/mod.rs"));
        }
    }
    found
}

fn check_rust(path: &str, text: &str, source: &Source, faults: &mut Vec<Fault>) {
    check_lengths(path, text, source, faults);
    check_names(path, source, faults);
    if !text.starts_with("//!") {
        faults.push(Fault::new(
            path,
            1,
            "open the file with `//!`: what it is, guarantees, leaves out",
        ));
    }
    for (line, code) in source.lines() {
        if source::has_word(code, "unsafe") && !UNSAFE_ALLOWED.contains(&path) {
            faults.push(Fault::new(path, line, "`unsafe` outside the files reviewed for it"));
        }
    }
    if path.starts_with("src/") {
        check_engine(path, source, faults);
        layers::check(path, source, faults);
    }
}

fn check_lengths(path: &str, text: &str, source: &Source, faults: &mut Vec<Fault>) {
    let lines = text.lines().count();
    if lines >= MAX_FILE_LINES {
        let message = format!("{lines} lines; a file has fewer than {MAX_FILE_LINES}");
        faults.push(Fault::new(path, 1, message));
    }
    for function in source.functions() {
        let lines = function.last - function.first + 1;
        if lines >= MAX_FUNCTION_LINES && !source.in_test(function.first) {
            let message = format!(
                "`{}` has {lines} lines; a function has fewer than {MAX_FUNCTION_LINES}",
                function.name
            );
            faults.push(Fault::new(path, function.first, message));
        }
    }
}

fn check_names(path: &str, source: &Source, faults: &mut Vec<Fault>) {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    for part in stem.split('/').flat_map(|part| part.split(['_', '-'])) {
        if EMPTY_NAMES.contains(&part) {
            faults.push(Fault::new(
                path,
                1,
                format!("`{part}` in a path says nothing; name the thing"),
            ));
        }
    }
    for (line, kind, name) in source.declarations() {
        let empty = words_of(name).into_iter().find(|word| EMPTY_NAMES.contains(&word.as_str()));
        if let Some(word) = empty {
            let message = format!("{kind} `{name}`: `{word}` says nothing; name the thing");
            faults.push(Fault::new(path, line, message));
        }
    }
}

/// The lower-case words of a snake_case or CamelCase name; digits stay with the letters before them.
fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut fresh = true;
    for c in name.chars() {
        if c == '_' {
            fresh = true;
            continue;
        }
        match words.last_mut() {
            Some(word) if !fresh && !c.is_ascii_uppercase() => word.push(c),
            _ => words.push(c.to_ascii_lowercase().to_string()),
        }
        fresh = false;
    }
    words
}

fn check_engine(path: &str, source: &Source, faults: &mut Vec<Fault>) {
    for (line, code) in source.lines().filter(|&(line, _)| !source.in_test(line)) {
        let call = ENGINE_CALLS.iter().find(|call| source::has_word(code, call));
        if let Some(call) = call {
            let message = format!("`{call}` in the engine: return a value or an `Error`");
            faults.push(Fault::new(path, line, message));
        }
        if let Some(used) = ENGINE_PATHS.iter().find(|used| source::has_word(code, used)) {
            let message =
                format!("`{used}` in the engine: files, time and threads belong to crates/*");
            faults.push(Fault::new(path, line, message));
        }
    }
}

/// What must exist and belong together: change log, packs and the builtin list, corpus and manifest.
fn check_project(tree: &Tree, faults: &mut Vec<Fault>) {
    if !tree.text("CHANGELOG.md").is_some_and(|text| text.contains("## ")) {
        faults.push(Fault::new("CHANGELOG.md", 1, "missing, or without a `## ` entry"));
    }
    for path in tree.paths_in("patterns/").filter(|path| path.ends_with(".toml")) {
        let quoted = format!("{path}\"");
        let built_in = |(file, text): (&str, &str)| {
            (file == "build.rs" || file.starts_with("src/rules/")) && text.contains(&quoted)
        };
        if !tree.texts().any(built_in) {
            faults.push(Fault::new(path, 1, "this pack is not in the builtin list of src/rules"));
        }
    }
    let manifest = tree.text("corpus/manifest.toml").unwrap_or_default();
    for path in tree.paths_in("corpus/") {
        let name = path.trim_start_matches("corpus/");
        let listed = manifest.contains(&format!("file = \"{name}\""));
        if !listed && name != "manifest.toml" && name != "README.md" {
            faults.push(Fault::new(path, 1, "this template is not in corpus/manifest.toml"));
        }
    }
    check_dependencies(tree, faults);
}

/// Embedders get a lean engine: few direct dependencies, none of them async or network.
fn check_dependencies(tree: &Tree, faults: &mut Vec<Fault>) {
    const MOST: usize = 8;
    const HEAVY: &[&str] =
        &["tokio", "async-std", "smol", "hyper", "reqwest", "ureq", "clap", "rayon"];
    let manifest = tree.text("Cargo.toml").unwrap_or_default();
    let mut section = "";
    let mut count = 0;
    for (number, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            section = line.trim();
        } else if section == "[dependencies]" && line.contains('=') && !line.starts_with('#') {
            // What a feature adds can be left out.
            count += usize::from(!line.contains("optional = true"));
            let name = line.split(['=', '.']).next().unwrap_or_default().trim();
            if HEAVY.contains(&name) {
                let message = format!("`{name}` in the engine: it belongs to crates/*");
                faults.push(Fault::new("Cargo.toml", number + 1, message));
            }
        }
    }
    if count > MOST {
        let message = format!("the engine has {count} direct dependencies; {MOST} are the limit");
        faults.push(Fault::new("Cargo.toml", 1, message));
    }
}
