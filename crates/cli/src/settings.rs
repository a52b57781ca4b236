//! `keysieve.toml`: options from a file, under those of the command line.
//!
//! Keys are long option names. The file is turned into arguments that clap reads like typed ones, so that a new
//! option is a new key by itself, and a wrong value gets the same message. An option that was typed wins; an option
//! that the command at hand does not have is left out, one that no command has is refused.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::args::LowArgs;
use crate::failure::{Failure, reason};
use crate::select::nearest;
use crate::talk;

#[cfg(test)]
mod tests;

/// The file looked for.
const NAME: &str = "keysieve.toml";
/// Options that only the command line has: they would make a file found by chance dangerous or senseless.
const TYPED_ONLY: &[&str] = &[
    "config",
    "no-config",
    "help",
    "version",
    "show-secrets",
    "force",
    "in-place",
    "report",
    "report-format",
    "inventory",
    "alert",
    "alert-queue",
    "alert-allow-private",
    "alert-ca",
    "exit-code",
];
/// Options whose values are paths, taken from the folder of the file.
const PATHS: &[&str] = &[
    "pack",
    "baseline",
    "key-file",
    "report",
    "policy",
    "vault",
    "vault-key-file",
    "known",
    "known-hashes",
];

/// Reads the command line, and the configuration file if the command takes one.
pub(crate) fn parse(argv: Vec<OsString>) -> Result<LowArgs, Failure> {
    let matches = LowArgs::command().try_get_matches_from(&argv)?;
    let (names, inner) = innermost(&matches);
    let Some(path) = wanted(inner)? else {
        return Ok(LowArgs::from_arg_matches(&matches)?);
    };
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::at(&path, &error))?;
    let extra = arguments(&path, &text, &names, inner)?;
    tracing::info!(config = %talk::shown(&path), "options from a file");
    // A file found by chance changes what is hidden: that is never silent.
    if !inner.contains_id("config") && !extra.is_empty() {
        talk::say(&format!("options from {}", path.display()));
    }
    let argv = insert(argv, &names, extra);
    LowArgs::try_parse_from_argv(argv).map_err(|error| {
        let text = error.render().to_string();
        let text = text.trim_start_matches("error: ").lines().next().unwrap_or_default().to_owned();
        Failure::Fault(format!("{}: {text}", path.display()))
    })
}

impl LowArgs {
    fn try_parse_from_argv(argv: Vec<OsString>) -> Result<LowArgs, clap::Error> {
        let matches = LowArgs::command().try_get_matches_from(argv)?;
        LowArgs::from_arg_matches(&matches)
    }
}

/// The names of the subcommands that were typed, and the matches of the last.
fn innermost(matches: &ArgMatches) -> (Vec<String>, &ArgMatches) {
    let (mut names, mut inner) = (Vec::new(), matches);
    while let Some((name, next)) = inner.subcommand() {
        names.push(name.to_owned());
        inner = next;
    }
    (names, inner)
}

/// The file to read, if any.
fn wanted(matches: &ArgMatches) -> Result<Option<PathBuf>, Failure> {
    // A command without these options takes no file.
    let Ok(none) = matches.try_get_one::<bool>("no_config") else { return Ok(None) };
    if none.copied().unwrap_or_default() {
        return Ok(None);
    }
    if let Ok(Some(path)) = matches.try_get_one::<PathBuf>("config") {
        return Ok(Some(path.clone()));
    }
    let here = std::env::current_dir()
        .map_err(|error| Failure::Fault(format!("current directory: {}", reason(&error))))?;
    Ok(here.ancestors().map(|folder| folder.join(NAME)).find(|path| path.is_file()))
}

/// The file's entries as arguments of the command `names`.
fn arguments(
    path: &Path,
    text: &str,
    names: &[String],
    typed: &ArgMatches,
) -> Result<Vec<OsString>, Failure> {
    let line = |at: usize| text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
    let fault = |at: usize, message: String| {
        Failure::Fault(format!("{}:{}: {message}", path.display(), line(at)))
    };
    let table = DeTable::parse(text).map(Spanned::into_inner).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        fault(at, format!("not valid TOML: {}", error.message()))
    })?;
    let root = LowArgs::command();
    let known = all_options(&root);
    let command = names.iter().try_fold(&root, |c, name| c.find_subcommand(name));
    let mut extra = Vec::new();
    for (key, value) in table.iter() {
        let (name, at) = (key.get_ref().as_ref(), key.span().start);
        if TYPED_ONLY.contains(&name) {
            return Err(fault(at, format!("`{name}` can be given on the command line only")));
        }
        if !known.iter().any(|option| option == name) {
            let near = nearest(name, known.iter().map(String::as_str));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(fault(at, format!("unknown key `{name}`{near}")));
        }
        if !takes(command, &root, name) || was_typed(typed, name) {
            continue;
        }
        let folder = path.parent().filter(|_| PATHS.contains(&name));
        let values = values(value.get_ref())
            .map_err(|message| fault(value.span().start, format!("`{name}` {message}")))?;
        extra.extend(values.into_iter().map(|value| argument(name, value, folder)));
    }
    Ok(extra)
}

/// The values of one key: none for `false`, one without text for `true`.
fn values(value: &DeValue<'_>) -> Result<Vec<Option<String>>, String> {
    Ok(match value {
        DeValue::Boolean(true) => vec![None],
        DeValue::Boolean(false) => Vec::new(),
        DeValue::String(text) => vec![Some(text.to_string())],
        DeValue::Integer(number) if number.radix() == 10 => vec![Some(number.as_str().to_owned())],
        DeValue::Array(items) => {
            let mut all = Vec::new();
            for item in items.iter() {
                match item.get_ref() {
                    DeValue::String(text) => all.push(Some(text.to_string())),
                    other => return Err(format!("must hold strings, not {}", other.type_str())),
                }
            }
            all
        }
        other => {
            return Err(format!("must be a string, a number or a list, not {}", other.type_str()));
        }
    })
}

fn argument(name: &str, value: Option<String>, folder: Option<&Path>) -> OsString {
    let mut argument = OsString::from(format!("--{name}"));
    if let Some(value) = value {
        argument.push("=");
        match folder {
            Some(folder) => argument.push(folder.join(value)),
            None => argument.push(value),
        }
    }
    argument
}

/// The long options of all commands.
fn all_options(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(|arg| arg.get_long()).map(str::to_owned);
    let mut all: Vec<String> = own.collect();
    all.extend(command.get_subcommands().flat_map(all_options));
    all.sort_unstable();
    all.dedup();
    all
}

fn takes(command: Option<&Command>, root: &Command, name: &str) -> bool {
    let has = |c: &Command| c.get_arguments().any(|arg| arg.get_long() == Some(name));
    command.is_some_and(has) || has(root)
}

fn was_typed(typed: &ArgMatches, name: &str) -> bool {
    let id = name.replace('-', "_");
    typed.try_contains_id(&id).is_ok() && typed.value_source(&id) == Some(ValueSource::CommandLine)
}

/// The command line with `extra` behind the subcommand's name.
fn insert(argv: Vec<OsString>, names: &[String], extra: Vec<OsString>) -> Vec<OsString> {
    let mut at = 1;
    for name in names {
        let rest = argv.get(at..).unwrap_or_default();
        at += rest.iter().position(|arg| arg == name.as_str()).map_or(0, |i| i + 1);
    }
    let mut all = argv;
    all.splice(at..at, extra);
    all
}
