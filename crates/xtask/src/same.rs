//! `cargo xtask same [PATH…]`: the same findings, whichever way the bytes come.
//!
//! Each text is scanned whole, by one thread; that is what everything else is held against: streams cut in several
//! sizes, stretches that were read ahead, scanning and redacting whole and in pieces while two threads share the scanner, and with `--bin` the command
//! line with one thread, with two, and with the options of each `--also`; and every lower level of vector instructions and,
//! if this was built with the feature of that name, Hyperscan. Compared is all that a finding says, and of
//! redacted text every byte. Prints places and rule names, never a text.

use keysieve::{
    Ahead, Config, Engine, Finding, FingerprintKey, Mode, Pack, Profile, Redactor, Scanner,
    Scratch, Vectors,
};
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const USAGE: &str = "\
usage: cargo xtask same [OPTION…] [PATH…]

  PATH               files and folders; without any, the samples of the corpus
  --rows FILE.jsonl  the `text` of each line is a text of its own; may be repeated
  --profile NAME     alert or redact; without it, both
  --bin FILE         also the command line: one thread, two threads
  --also ARGS        with --bin: also with these options, parted by spaces; may be repeated
";

/// Sizes of pieces, and the longest text each is tried on: small pieces take long.
const PIECES: [(usize, usize); 5] =
    [(1, 4 << 10), (4, 64 << 10), (61, 512 << 10), (4096, usize::MAX), (65_537, usize::MAX)];
/// Bytes of stretches that are read ahead.
const STRETCHES: [usize; 2] = [100_000, 1 << 20];
/// Differences that are shown.
const SHOWN: usize = 20;

struct Text {
    name: String,
    bytes: Vec<u8>,
}

#[derive(Default)]
struct Wanted {
    paths: Vec<PathBuf>,
    rows: Vec<PathBuf>,
    profiles: Vec<Profile>,
    bin: Option<PathBuf>,
    also: Vec<String>,
}

pub fn run(args: &[String]) -> Result<(), String> {
    let Some(wanted) = parse(args)? else {
        print!("{USAGE}");
        return Ok(());
    };
    let texts = read(&wanted)?;
    let mut differences = 0;
    for &profile in &wanted.profiles {
        differences += compare(&texts, profile)?;
        if cfg!(not(feature = "hyperscan")) {
            println!(
                "same: hyperscan: left out, it was not built with `--features xtask/hyperscan`"
            );
        }
        if let Some(bin) = &wanted.bin {
            differences += compare_commands(bin, &wanted, profile)?;
        }
    }
    if differences == 0 { Ok(()) } else { Err(format!("{differences} differences")) }
}

fn parse(args: &[String]) -> Result<Option<Wanted>, String> {
    let mut wanted = Wanted::default();
    let mut rest = args.iter();
    while let Some(flag) = rest.next() {
        let mut value = || rest.next().ok_or(format!("`{flag}` wants a value"));
        match flag.as_str() {
            "--rows" => wanted.rows.push(value()?.into()),
            "--bin" => wanted.bin = Some(value()?.into()),
            "--also" => wanted.also.push(value()?.clone()),
            "--profile" => wanted.profiles.push(match value()?.as_str() {
                "alert" => Profile::Alert,
                "redact" => Profile::Redact,
                unknown => return Err(format!("no profile `{unknown}`: alert or redact")),
            }),
            "--help" | "-h" => return Ok(None),
            unknown if unknown.starts_with('-') => {
                return Err(format!("unknown argument `{unknown}`\n\n{USAGE}"));
            }
            path => wanted.paths.push(path.into()),
        }
    }
    if wanted.profiles.is_empty() {
        wanted.profiles = vec![Profile::Alert, Profile::Redact];
    }
    Ok(Some(wanted))
}

fn read(wanted: &Wanted) -> Result<Vec<Text>, String> {
    let mut texts = Vec::new();
    for path in crate::compare::files_below(&wanted.paths)? {
        let name = path.display().to_string();
        let bytes = fs::read(&path).map_err(|error| format!("{name}: {error}"))?;
        texts.push(Text { name, bytes });
    }
    for path in &wanted.rows {
        let lines = fs::read_to_string(path).map_err(|error| format!("--rows: {error}"))?;
        for (number, line) in lines.lines().enumerate() {
            let name = format!("{}:{}", path.display(), number + 1);
            let row: serde_json::Value =
                serde_json::from_str(line).map_err(|error| format!("{name}: {error}"))?;
            let text = row.get("text").and_then(|text| text.as_str());
            let bytes = text.ok_or(format!("{name}: no `text`"))?.as_bytes().to_vec();
            texts.push(Text { name, bytes });
        }
    }
    if wanted.paths.is_empty() && wanted.rows.is_empty() {
        let pack = Pack::builtin();
        for sample in crate::corpus::samples()? {
            let bytes = crate::corpus::expand(&sample, &pack, crate::corpus::SEED)?.text;
            texts.push(Text { name: sample.file, bytes });
        }
    }
    Ok(texts)
}

/// All that a finding says, in one line.
fn told(finding: &Finding) -> String {
    let attributes: Vec<_> = finding.attributes().collect();
    format!(
        "{} {:?} {:?} {:?} {:?} {:?} {:?} {} {attributes:?} {:?}",
        finding.rule_id(),
        finding.span(),
        finding.confidence(),
        finding.check(),
        finding.fingerprint(),
        finding.encoding(),
        finding.channel(),
        finding.truncated(),
        finding.companion(),
    )
}

/// One way of scanning a text.
struct Ways<'s> {
    scanner: &'s Scanner,
    redactor: Redactor,
    scratch: Scratch,
}

impl<'s> Ways<'s> {
    fn new(scanner: &'s Scanner) -> Ways<'s> {
        let redactor = Redactor::new(scanner, Mode::Label);
        Ways { scanner, redactor, scratch: Scratch::new() }
    }

    fn whole(&mut self, text: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        self.scanner.scan(&mut self.scratch, text, &mut |finding: &Finding| {
            found.push(told(finding));
            ControlFlow::Continue(())
        });
        found
    }

    fn pieces(&self, text: &[u8], size: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut sink = |finding: &Finding| {
            found.push(told(finding));
            ControlFlow::Continue(())
        };
        let mut stream = self.scanner.stream();
        for piece in text.chunks(size) {
            stream.write(piece, &mut sink);
        }
        stream.finish(&mut sink);
        found
    }

    /// In stretches that were read ahead, as threads do it that share one text.
    fn stretches(&mut self, text: &[u8], size: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut sink = |finding: &Finding| {
            found.push(told(finding));
            ControlFlow::Continue(())
        };
        let mut stream = self.scanner.stream();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let end = at + rest.get(..size).map_or(rest.len(), Ahead::cut);
            let from = at.saturating_sub(Ahead::LEAD);
            let bytes = text.get(from..end).unwrap_or_default();
            let ahead = self.scanner.ahead(&mut self.scratch, bytes, from, at);
            stream.write_ahead(text.get(at..end).unwrap_or_default(), ahead, &mut sink);
            at = end;
        }
        stream.finish(&mut sink);
        found
    }

    fn redacted_in_pieces(&self, text: &[u8], size: usize) -> Vec<u8> {
        let mut stream = self.redactor.stream(Vec::with_capacity(text.len()));
        // A vector takes every write.
        let written = text.chunks(size).try_for_each(|piece| stream.write(piece));
        written.and_then(|()| stream.finish()).unwrap_or_default()
    }

    /// The ways in which this text differs from what one thread found in it whole.
    fn differences(&mut self, text: &Text, expected: &[String]) -> Vec<String> {
        let mut faults = Vec::new();
        let mut check = |way: String, found: Vec<String>| {
            if found != expected {
                faults.push(format!("{}: {way}: {}", text.name, first(expected, &found)));
            }
        };
        check("two threads".to_owned(), self.whole(&text.bytes));
        let sizes = PIECES.iter().filter(|(_, most)| text.bytes.len() <= *most);
        for &(size, _) in sizes.clone() {
            check(format!("pieces of {size}"), self.pieces(&text.bytes, size));
        }
        for size in STRETCHES {
            check(format!("read ahead in stretches of {size}"), self.stretches(&text.bytes, size));
        }
        let clean = self.redactor.redact(&text.bytes);
        for &(size, _) in sizes {
            if self.redacted_in_pieces(&text.bytes, size) != *clean {
                faults.push(format!("{}: redacted in pieces of {size}", text.name));
            }
        }
        faults
    }
}

/// Where two lists of findings part.
fn first(expected: &[String], found: &[String]) -> String {
    let at = expected.iter().zip(found).take_while(|(a, b)| a == b).count();
    let none = "nothing".to_owned();
    let (a, b) = (expected.get(at).unwrap_or(&none), found.get(at).unwrap_or(&none));
    format!("{a} has become {b}")
}

/// Who looks for literals, and with which instructions.
struct Engines {
    name: String,
    scanner: Scanner,
    vectors: Vectors,
}

/// The best native level first: that is what the others are held against.
fn engines(profile: Profile) -> Result<Vec<Engines>, String> {
    let key = FingerprintKey::from_text(b"compared within this run only");
    let build = |engine: Engine| {
        let config = Config::new().profile(profile).fingerprint_key(key.clone()).engine(engine);
        let scanner = Scanner::builder().pack(Pack::builtin()).config(config).build();
        scanner.map_err(|error| error.to_string())
    };
    let native = build(Engine::Native)?;
    let best = Vectors::in_use();
    let levels = ["avx512", "avx2", "portable"].into_iter().filter_map(Vectors::named);
    let mut all: Vec<Engines> = levels
        .filter(|level| *level <= best)
        .map(|vectors| Engines {
            name: format!("native, {}", vectors.as_str()),
            scanner: native.clone(),
            vectors,
        })
        .collect();
    if cfg!(feature = "hyperscan") {
        let scanner = build(Engine::Hyperscan)?;
        all.push(Engines { name: "hyperscan".to_owned(), scanner, vectors: best });
    }
    Ok(all)
}

fn compare(texts: &[Text], profile: Profile) -> Result<usize, String> {
    let engines = engines(profile)?;
    let Some(first) = engines.first() else { return Ok(0) };
    first.vectors.limit();
    let mut one = Ways::new(&first.scanner);
    let expected: Vec<Vec<String>> = texts.iter().map(|text| one.whole(&text.bytes)).collect();
    let mut differences = 0;
    for engine in &engines {
        engine.vectors.limit();
        let found = on_two_threads(texts, &engine.scanner, &expected)?;
        println!("same: {}: {}: {found} differences", profile.as_str(), engine.name);
        differences += found;
    }
    first.vectors.limit();
    let bytes: usize = texts.iter().map(|text| text.bytes.len()).sum();
    let findings: usize = expected.iter().map(Vec::len).sum();
    println!(
        "same: {}: {} texts, {:.1} MB, {findings} findings; whole, two threads, pieces of {}, redacted: {differences} differences",
        profile.as_str(),
        texts.len(),
        bytes as f64 / 1e6,
        PIECES.map(|(size, _)| size.to_string()).join(", "),
    );
    Ok(differences)
}

/// How often two threads that share this scanner differ from what was expected.
fn on_two_threads(
    texts: &[Text],
    scanner: &Scanner,
    expected: &[Vec<String>],
) -> Result<usize, String> {
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut ways = Ways::new(scanner);
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(text), Some(expected)) = (texts.get(at), expected.get(at)) else {
                        break;
                    };
                    let found = ways.differences(text, expected);
                    if let Ok(mut faults) = faults.lock() {
                        faults.extend(found);
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().map_err(|_| "a thread failed")?;
    for fault in faults.iter().take(SHOWN) {
        println!("{fault}");
    }
    Ok(faults.len())
}

/// The command line on the paths, with one thread, two, and other options.
fn compare_commands(
    bin: &std::path::Path,
    wanted: &Wanted,
    profile: Profile,
) -> Result<usize, String> {
    if wanted.paths.is_empty() {
        return Ok(0);
    }
    let scan = |options: &str| -> Result<Vec<u8>, String> {
        let mut command = Command::new(bin);
        command.args(["scan", "--no-config", "--no-ignore", "--hidden", "--binary", "-q"]);
        command.args(["-f", "jsonl", "--exit-code", "0", "--profile", profile.as_str()]);
        command.args(options.split_whitespace()).args(&wanted.paths);
        // Fingerprints of two runs are equal under one key only.
        command.env("KEYSIEVE_KEY", "compared within this run only");
        let output = command.output().map_err(|error| format!("--bin: {error}"))?;
        let errors = String::from_utf8_lossy(&output.stderr);
        if output.status.success() { Ok(output.stdout) } else { Err(format!("--bin: {errors}")) }
    };
    let expected = scan("-j 1")?;
    let mut differences = 0;
    for options in ["-j 2"].into_iter().chain(wanted.also.iter().map(String::as_str)) {
        let same = scan(options)? == expected;
        differences += usize::from(!same);
        let verdict = if same { "the same" } else { "DIFFERS" };
        println!("same: {}: scan {options}: {verdict} as scan -j 1", profile.as_str());
    }
    Ok(differences)
}
