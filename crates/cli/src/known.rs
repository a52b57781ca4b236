//! Known secrets: read from `.env`, JSON, YAML, the environment and files of hashes, and `keysieve known hash`.
//!
//! Files of settings hold more than secrets. A value that reads like a word, a path or an address is left out unless its
//! name says that it is a secret; what is left out is counted, and never shown.

mod values;

use std::fs;
use std::path::{Path, PathBuf};

use globset::Glob;
use keysieve::{FingerprintKey, KnownSecrets, ordinary};

use crate::args::{KnownArgs, KnownCommand};
use crate::failure::{CLEAN, Count, Failure};
use crate::hiargs;
use crate::talk::{self, Voice};
use values::Named;

/// The fewest bytes of a secret that is looked for.
const SHORTEST: usize = 8;
/// Parts of names that say that a value is a secret.
const TELLING: [&str; 12] = [
    "pass", "pwd", "secret", "token", "key", "cred", "auth", "private", "dsn", "salt", "pin",
    "cookie",
];

pub(crate) fn run(command: &KnownCommand, voice: Voice) -> Result<u8, Failure> {
    let KnownCommand::Hash(args) = command;
    if args.files.is_empty() && args.env.is_empty() {
        return Err(Failure::Fault("name files with secrets, or --env PATTERN".to_owned()));
    }
    let (key, given) = hiargs::key(args.key_file.as_deref())?;
    if !given {
        return Err(Failure::Fault(NEEDS_KEY.to_owned()));
    }
    let mut known = KnownSecrets::new(key);
    collect(&mut known, &args.files, &args.env, voice)?;
    let mut failed = None;
    let lines = known.lines(|| {
        let mut salt = [0; 8];
        if let Err(error) = getrandom::fill(&mut salt) {
            failed = Some(error);
        }
        salt
    });
    if let Some(error) = failed {
        return Err(Failure::Fault(format!("no random numbers: {error}")));
    }
    talk::print(lines.iter().map(|line| format!("{line}\n")).collect::<String>().as_bytes())?;
    Ok(CLEAN)
}

const NEEDS_KEY: &str =
    "hashes of known secrets need a key that lasts: --key-file FILE, or the variable KEYSIEVE_KEY";

/// What the options name, if they name anything.
pub(crate) fn read(
    args: &KnownArgs,
    key: &FingerprintKey,
    given: bool,
    voice: Voice,
) -> Result<Option<KnownSecrets>, Failure> {
    if args.known.is_empty() && args.known_env.is_empty() && args.known_hashes.is_empty() {
        return Ok(None);
    }
    if !args.known_hashes.is_empty() && !given {
        return Err(Failure::Fault(NEEDS_KEY.to_owned()));
    }
    let mut known = KnownSecrets::new(key.clone());
    collect(&mut known, &args.known, &args.known_env, voice)?;
    for path in &args.known_hashes {
        let text = fs::read_to_string(path).map_err(|error| Failure::at(path, &error))?;
        for (line, number) in text.lines().zip(1..) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            known
                .add_line(line.trim())
                .map_err(|error| Failure::Fault(format!("{}:{number}: {error}", path.display())))?;
        }
    }
    tracing::info!(spellings = known.len(), "known secrets");
    Ok(Some(known))
}

/// Adds what files and the environment hold.
fn collect(
    known: &mut KnownSecrets,
    files: &[PathBuf],
    patterns: &[String],
    voice: Voice,
) -> Result<(), Failure> {
    for path in files {
        let found = values::of_file(path)?;
        tell(add(known, &found), &path.display().to_string(), voice);
    }
    for pattern in patterns {
        let glob = Glob::new(pattern)
            .map_err(|error| Failure::Fault(format!("{pattern}: {}", error.kind())))?;
        let matcher = glob.compile_matcher();
        let matching = std::env::vars_os().filter(|(name, _)| matcher.is_match(name));
        let found: Vec<Named> = matching
            .map(|(name, value)| Named {
                // Whoever chose the pattern has said that these are secrets.
                name: format!("secret {}", name.display()),
                value: value.into_encoded_bytes(),
            })
            .collect();
        tell(add(known, &found), &format!("variables {pattern}"), voice);
    }
    Ok(())
}

/// How many values were taken and left out.
#[derive(Default)]
struct Taken {
    taken: u64,
    short: u64,
    ordinary: u64,
}

fn add(known: &mut KnownSecrets, found: &[Named]) -> Taken {
    let mut taken = Taken::default();
    for Named { name, value } in found {
        let name = name.to_ascii_lowercase();
        let telling = TELLING.iter().any(|part| name.contains(part));
        if value.len() < SHORTEST {
            taken.short += 1;
        } else if !telling && ordinary(value).is_some() || known.add(value).is_err() {
            taken.ordinary += 1;
        } else {
            taken.taken += 1;
        }
    }
    taken
}

fn tell(taken: Taken, from: &str, voice: Voice) {
    let mut said = format!("{from}: {} known", Count(taken.taken, "secret"));
    if taken.short > 0 {
        said.push_str(&format!("; {} shorter than {SHORTEST} bytes left out", taken.short));
    }
    if taken.ordinary > 0 {
        said.push_str(&format!("; {} that look ordinary left out", taken.ordinary));
    }
    voice.note(&said);
}

/// Whether the path ends in one of these endings.
fn ends(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|end| endings.iter().any(|known| end == *known))
}
