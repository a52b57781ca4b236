//! `xtask train`: rebuilds the table of the randomness model from permissively licensed text.
//!
//! One command, `cargo xtask train --fetch`, downloads the Debian packages named below with `apt-get download`, unpacks
//! them under `target/train`, reads them and the documentation of the pinned Rust tool chain, and writes
//! `src/check/randomness/model.bin`. The same inputs give the same bytes: files are read in sorted order, tokens are
//! counted once each in sorted order, nothing depends on a hash seed or a clock. `--check` compares instead of writing.
//!
//! Sources and licences (also in `docs/MODEL.md`): see `SOURCES`. Word lists under the GPL (German, French, Italian) are
//! left out on purpose; Dutch compounds and Django's translations stand in for them.
//! Leaves out: evaluation data of any kind, and anything that looks like an encoded value (`looks_encoded`).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[allow(dead_code)]
#[path = "../../../src/check/randomness/alphabet.rs"]
mod alphabet;
mod count;

/// Where the engine embeds the table from.
const TABLE: &str = "src/check/randomness/model.bin";
/// Where `--fetch` unpacks packages, below the repository, unless `--debian DIR` says otherwise.
const UNPACKED: &str = "target/train";
/// Debian 12 packages, each under a permissive licence or in the public domain.
const PACKAGES: &[&str] = &[
    "wamerican",
    "wbritish",
    "wspanish",
    "wdutch",
    "python3-django",
    "python3-botocore",
    "node-typescript",
    "golang-1.19-src",
];

/// Longest token that is counted; longer ones are rarely written by anyone.
const MAX_TOKEN: usize = 120;

#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// One word on each line.
    Words,
    /// Text as it stands, also compiled translations (`.mo`), whose other bytes separate tokens.
    Plain,
    /// A page: tags are dropped and entities are read.
    Html,
}

/// One body of text.
struct Source {
    name: &'static str,
    licence: &'static str,
    form: Form,
    /// Below the Rust documentation (`true`) or below the unpacked packages.
    rust: bool,
    paths: &'static [&'static str],
    endings: &'static [&'static str],
    /// Share of the table, whatever the source's size.
    weight: f64,
}

const GO: &str = "usr/share/go-1.19/src";
const DJANGO: &str = "usr/lib/python3/dist-packages/django";

const SOURCES: &[Source] = &[
    Source {
        name: "Rust books and guides",
        licence: "MIT OR Apache-2.0",
        form: Form::Html,
        rust: true,
        paths: &[
            "book",
            "reference",
            "cargo",
            "rust-by-example",
            "rustc",
            "rustdoc",
            "nomicon",
            "clippy",
            "edition-guide",
            "embedded-book",
            "error_codes",
            "style-guide",
            "unstable-book",
            "releases.md",
        ],
        endings: &["html", "md"],
        weight: 2.0,
    },
    Source {
        name: "Rust standard library, documentation and source",
        licence: "MIT OR Apache-2.0",
        form: Form::Html,
        rust: true,
        paths: &["alloc", "std/fs", "std/collections", "std/net", "src"],
        endings: &["html"],
        weight: 2.0,
    },
    Source {
        name: "SCOWL word lists, American and British (wamerican, wbritish)",
        licence: "SCOWL (permissive, MIT-like; parts public domain)",
        form: Form::Words,
        rust: false,
        paths: &["usr/share/dict/american-english", "usr/share/dict/british-english"],
        endings: &[],
        weight: 2.0,
    },
    Source {
        name: "Spanish word list (wspanish)",
        licence: "public domain",
        form: Form::Words,
        rust: false,
        paths: &["usr/share/dict/spanish"],
        endings: &[],
        weight: 0.7,
    },
    Source {
        name: "Dutch word list of OpenTaal (wdutch)",
        licence: "BSD-3-Clause (or CC-BY-3.0)",
        form: Form::Words,
        rust: false,
        paths: &["usr/share/dict/dutch"],
        endings: &[],
        weight: 0.7,
    },
    Source {
        name: "Django: source and translations into some 90 languages (python3-django)",
        licence: "BSD-3-Clause",
        form: Form::Plain,
        rust: false,
        paths: &[DJANGO],
        endings: &["py", "mo", "js", "css", "html"],
        weight: 2.0,
    },
    Source {
        name: "botocore: names and documentation of AWS operations (python3-botocore)",
        licence: "Apache-2.0",
        form: Form::Plain,
        rust: false,
        paths: &["usr/lib/python3/dist-packages/botocore"],
        endings: &["py", "json"],
        weight: 1.5,
    },
    Source {
        name: "TypeScript: declarations of the DOM and ECMAScript (node-typescript)",
        licence: "Apache-2.0",
        form: Form::Plain,
        rust: false,
        paths: &["usr/share/nodejs/typescript/lib"],
        endings: &["d.ts"],
        weight: 1.0,
    },
    Source {
        name: "Go standard library (golang-1.19-src)",
        licence: "BSD-3-Clause",
        form: Form::Plain,
        rust: false,
        paths: &[GO],
        endings: &["go"],
        weight: 2.0,
    },
];

/// `xtask train [--fetch] [--check] [--docs DIR] [--debian DIR] [--out FILE]`
pub fn run(args: &[String]) -> Result<(), String> {
    let options = Options::parse(args)?;
    if options.fetch {
        fetch(&options.debian)?;
    }
    let mut counts = count::Counts::new();
    for source in SOURCES {
        let root = if source.rust { &options.docs } else { &options.debian };
        let read = read_source(source, root)?;
        println!(
            "{:016x} {:>6} files {:>8} tokens  weight {:.1}  {} [{}]",
            read.digest,
            read.files,
            read.tokens.len(),
            source.weight,
            source.name,
            source.licence
        );
        counts.add(&read.tokens, source.weight);
    }
    let table = counts.table();
    println!("{:016x} {} bytes", digest(DIGEST_START, &table), table.len());
    if options.check {
        let kept = fs::read(&options.out).map_err(|e| failed(&options.out, &e))?;
        let same = kept == table;
        return if same { Ok(()) } else { Err("the committed table differs".to_owned()) };
    }
    fs::write(&options.out, table).map_err(|e| failed(&options.out, &e))
}

struct Options {
    fetch: bool,
    check: bool,
    docs: PathBuf,
    debian: PathBuf,
    out: PathBuf,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self, String> {
        let (mut fetch, mut check, mut docs) = (false, false, None);
        let (mut debian, mut out) = (crate::root().join(UNPACKED), crate::root().join(TABLE));
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--fetch" => fetch = true,
                "--check" => check = true,
                "--docs" => docs = Some(PathBuf::from(value()?)),
                "--debian" => debian = PathBuf::from(value()?),
                "--out" => out = PathBuf::from(value()?),
                _ => return Err(format!("train does not know {arg}")),
            }
        }
        let docs = docs.map_or_else(rust_docs, Ok)?;
        Ok(Self { fetch, check, docs, debian, out })
    }
}

/// The documentation of the tool chain this runs under.
fn rust_docs() -> Result<PathBuf, String> {
    let out = Command::new("rustc").args(["--print", "sysroot"]).output();
    let out = out.map_err(|e| format!("rustc: {e}"))?;
    let root = String::from_utf8(out.stdout).map_err(|e| e.to_string())?;
    let docs = Path::new(root.trim()).join("share/doc/rust/html");
    let present = docs.is_dir();
    present.then_some(docs).ok_or_else(|| "run `rustup component add rust-docs` first".to_owned())
}

/// Downloads the packages with apt and unpacks them below `into`.
fn fetch(into: &Path) -> Result<(), String> {
    let packed = into.join("packed");
    fs::create_dir_all(&packed).map_err(|e| failed(&packed, &e))?;
    done(Command::new("apt-get").arg("download").args(PACKAGES).current_dir(&packed))?;
    for package in files(&packed, &["deb"])? {
        done(Command::new("dpkg-deb").arg("-x").arg(&package).arg(into))?;
    }
    Ok(())
}

fn done(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|e| format!("{command:?}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}")) }
}

fn failed(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// What one source came to.
struct Read {
    tokens: BTreeSet<Vec<u8>>,
    files: usize,
    digest: u64,
}

fn read_source(source: &Source, root: &Path) -> Result<Read, String> {
    let mut read = Read { tokens: BTreeSet::new(), files: 0, digest: DIGEST_START };
    for path in source.paths {
        let start = root.join(path);
        for file in files(&start, source.endings)? {
            let text = fs::read(&file).map_err(|e| failed(&file, &e))?;
            read.digest = digest(read.digest, &text);
            read.files += 1;
            let text = if source.form == Form::Html { strip_tags(&text) } else { text };
            keep_tokens(&text, &mut read.tokens);
            // The path below the source counts as text too: it is how people name files.
            let name = file.strip_prefix(root).unwrap_or(&file);
            keep_tokens(name.as_os_str().as_encoded_bytes(), &mut read.tokens);
        }
    }
    if read.files == 0 {
        return Err(format!("nothing to read for {}: try --fetch", source.name));
    }
    Ok(read)
}

/// All files below `start` with one of `endings` (any, if none is named), sorted, without tests and their data: those
/// hold keys and digests.
fn files(start: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, String> {
    if start.is_file() {
        return Ok(vec![start.to_owned()]);
    }
    let mut found = Vec::new();
    let mut open = vec![start.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(|e| failed(&folder, &e))? {
            let path = entry.map_err(|e| failed(&folder, &e))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let link = path.is_symlink();
            let test = name == "testdata" || name == "crypto" || name.ends_with("_test.go");
            if link || test {
                continue;
            }
            let wanted = endings.iter().any(|e| name.ends_with(&format!(".{e}")));
            if path.is_dir() {
                open.push(path);
            } else if wanted {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Drops tags, scripts and style sheets, and reads the five common entities.
fn strip_tags(page: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(page.len() / 2);
    let mut rest = page;
    while let Some(&first) = rest.first() {
        if first == b'<' {
            let name = &rest[1..rest.len().min(7)];
            let skip: &[u8] = if name.starts_with(b"script") {
                b"</script>"
            } else if name.starts_with(b"style") {
                b"</style>"
            } else {
                b">"
            };
            let end = rest.windows(skip.len()).position(|w| w == skip);
            rest = &rest[end.map_or(rest.len(), |at| at + skip.len())..];
        } else if first == b'&' {
            let entity = ENTITIES.iter().find(|(name, _)| rest.starts_with(name.as_bytes()));
            let (taken, byte) = entity.map_or((1, b'&'), |(name, byte)| (name.len(), *byte));
            out.push(byte);
            rest = &rest[taken..];
        } else {
            out.push(first);
            rest = &rest[1..];
        }
    }
    out
}

const ENTITIES: &[(&str, u8)] =
    &[("&lt;", b'<'), ("&gt;", b'>'), ("&amp;", b'&'), ("&quot;", b'"'), ("&#39;", b'\'')];

/// Splits `text` into tokens the way the engine does and keeps each once.
fn keep_tokens(text: &[u8], tokens: &mut BTreeSet<Vec<u8>>) {
    let inside = |b: u8| b.is_ascii_alphanumeric() || b >= 0x80 || b"_-./+=:@~%&?".contains(&b);
    for token in text.split(|&b| !inside(b)) {
        let wordy = |b: &u8| b.is_ascii_alphanumeric() || *b >= 0x80;
        let Some(start) = token.iter().position(wordy) else { continue };
        let end = token.iter().rposition(wordy).map_or(start, |at| at + 1);
        let token = &token[start..end];
        if (4..=MAX_TOKEN).contains(&token.len()) && !looks_encoded(token) {
            tokens.insert(token.to_owned());
        }
    }
}

/// Digests, base64 and their like would teach the model that random text is language: a run of letters and digits that
/// changes between small, capital and digit more often than at every third byte, or long hex.
fn looks_encoded(token: &[u8]) -> bool {
    token.split(|b| !b.is_ascii_alphanumeric()).filter(|run| run.len() >= 10).any(|run| {
        let changes = run.windows(2).filter(|w| alphabet::shape(w[0]) != alphabet::shape(w[1]));
        let digits = run.iter().filter(|b| b.is_ascii_digit()).count();
        let hex = run.iter().all(u8::is_ascii_hexdigit) && digits > 0 && digits < run.len();
        hex || changes.count() * 3 > run.len()
    })
}

const DIGEST_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, so that two people can tell whether they read the same text.
fn digest(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, &b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}
