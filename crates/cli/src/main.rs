//! `keysieve`: the command line over the engine.
//!
//! Arguments become ready objects in two steps ([`args`] what was typed, [`hiargs`] what it means) and die here: the
//! engine knows neither files nor options. Standard output carries findings or clean text and nothing else; all words
//! for people go to standard error. No secret is written anywhere unless `--show-secrets` asks for it.

mod alarms;
mod args;
mod books;
mod crew;
mod door;
mod explain;
mod failure;
mod fingerprint;
mod hiargs;
mod interrupt;
mod inventory;
mod keyring;
mod known;
mod pages;
mod policy;
mod progress;
mod redact;
mod reports;
mod restore;
mod rules;
mod scan;
mod select;
mod settings;
mod shared;
mod sources;
mod stats;
mod talk;
mod traces;
mod vault;

use std::alloc::System;
use std::io::Write;
use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

use args::{Command, LowArgs};
use failure::{BLOCKED, CLEAN, FAULT, Failure};
use talk::Voice;

/// All memory is erased when it is given back: it may have held a secret.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    interrupt::install();
    let ended = settings::parse(std::env::args_os().collect()).and_then(run);
    ExitCode::from(match ended {
        Ok(code) => code,
        Err(Failure::ClosedPipe) => CLEAN,
        Err(Failure::Usage(error)) => usage(&error),
        Err(Failure::Blocked(message)) => {
            talk::say_redacted(&message);
            BLOCKED
        }
        Err(Failure::Fault(message)) => {
            talk::say_redacted(&message);
            FAULT
        }
    })
}

fn run(args: LowArgs) -> Result<u8, Failure> {
    let voice = Voice::new(&args.talk);
    match args.command {
        Command::Scan(args) => scan::run(args, voice),
        Command::Redact(args) => redact::run(args, voice),
        Command::Rules { command } => rules::run(&command, voice),
        Command::Restore(args) => restore::run(args, voice),
        Command::Known { command } => known::run(&command, voice),
        Command::Vault { command } => vault::run(&command, voice),
        Command::Policy { command } => policy::run(&command, voice),
        Command::Alert { command } => alarms::run(&command, voice),
        Command::Inventory { command } => inventory::run(&command, voice),
        Command::Fingerprint(args) => fingerprint::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Completions { shell } => pages::completions(shell),
        Command::Man { command } => pages::man(command.as_deref()),
    }
}

/// Prints help that was asked for to standard output, and everything else to standard error.
fn usage(error: &clap::Error) -> u8 {
    if error.use_stderr() {
        // What was typed may hold a credential, and clap quotes it.
        let text = talk::redacted(&error.render().to_string());
        let _ = write!(std::io::stderr(), "{text}");
        return FAULT;
    }
    match error.print() {
        Ok(()) => CLEAN,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => CLEAN,
        Err(_) => FAULT,
    }
}
