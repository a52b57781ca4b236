//! The options of `keysieve rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ConfigArgs, Format, PackArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// List the rules
    List(ListArgs),
    /// Show all that is known of one rule
    Show(ShowArgs),
    /// Check packs: every hit hits, every miss misses. Exits with 1 if there is a fault
    Lint(LintArgs),
}

#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    /// The packs; without any, the built-in ones
    #[arg(value_name = "PACK")]
    pub(crate) packs: Vec<PathBuf>,
    /// Check the packs against each other only, not against the built-in ones
    #[arg(long, requires = "packs")]
    pub(crate) no_builtin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// How rules are written
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) packs: PackArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Id of the rule
    pub(crate) id: String,
    /// How the rule is written
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) packs: PackArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}
