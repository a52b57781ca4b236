//! `cargo xtask`: the chores of this repository.
//!
//! A thin front: each chore is a module that takes its arguments and returns a message when it fails.
//! Exit code 0 when the chore did its work, 1 when it found a fault or could not.

mod accuracy;
mod compare;
mod corpus;
mod demo;
mod evasion;
mod floods;
mod instructions;
mod pairs;
mod rules_doc;
mod same;
mod tidy;
mod train;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask CHORE

  demo [--seed N]                   redact the bundled agent session and show what was hidden
  corpus [--out DIR] [--seed N]     expand the corpus templates, each with the expected findings
  corpus --print FILE [--seed N]    expand one of them to standard output
  corpus --list                     name them
  accuracy RECORDS.jsonl            what each confidence is worth on labelled records
  compare [OPTION…]                 measure keysieve against its peers (`compare --help`)
  evasion                           measure what tricks hide, and write docs/EVASION.md
  floods [OPTION…]                  throughput on floods of every rule (`floods --help`)
  instructions [--write]            count instructions and compare with benches/instructions.toml
  pairs                             count which bytes follow which, for the prefilter
  rules-doc [--check]               write docs/RULES.md from the packs, or check that it is fresh
  same [PATH…]                      the same findings whole, in pieces, by threads (`same --help`)
  tidy                              check the rules that no compiler checks
  train …                           rebuild the tables of the randomness model
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (chore, rest) = match args.split_first() {
        Some((chore, rest)) => (chore.as_str(), rest),
        None => ("", &[][..]),
    };
    let outcome = match chore {
        "accuracy" => accuracy::run(rest),
        "compare" => compare::run(rest),
        "corpus" => corpus::run(rest),
        "demo" => demo::run(rest),
        "evasion" => evasion::run(rest),
        "floods" => floods::run(rest),
        "instructions" => instructions::run(rest),
        "pairs" => pairs::run(rest),
        "rules-doc" => rules_doc::run(rest),
        "same" => same::run(rest),
        "tidy" => tidy::run(rest),
        "train" => train::run(rest),
        "" | "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        unknown => Err(format!("there is no chore `{unknown}`\n\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask {chore}: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
