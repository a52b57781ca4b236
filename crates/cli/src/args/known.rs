//! The options that name known secrets, and those of `keysieve known`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ConfigArgs;

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Known secrets")]
pub(crate) struct KnownArgs {
    /// Find the secrets in this file, whatever they look like: `.env`, JSON or YAML; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) known: Vec<PathBuf>,
    /// Find the values of the environment variables whose names match this glob; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) known_env: Vec<String>,
    /// Find the secrets of which this file has hashes, made by `keysieve known hash` with the same key; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) known_hashes: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KnownCommand {
    /// Print hashes of the secrets in files or in the environment, for --known-hashes
    Hash(HashArgs),
}

#[derive(Debug, Args)]
pub(crate) struct HashArgs {
    /// Files with secrets: `.env`, JSON or YAML
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The values of the environment variables whose names match this glob; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) env: Vec<String>,
    /// The key is this file's contents; otherwise the variable KEYSIEVE_KEY
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}
