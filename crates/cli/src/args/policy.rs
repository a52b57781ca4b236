//! The options of `keysieve policy`, and those that say which policy applies and where.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use keysieve::{Channel, Confidence, Direction, Severity};

use super::{ConfigArgs, PackArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Read policies, run their tests, and tell what looks wrong. Exits with 1 if there is a fault
    Check(CheckArgs),
    /// Tell which rule of a policy decides about a finding, and why not those before it
    Explain(Box<ExplainPolicyArgs>),
    /// Run the tests that stand in policies, and list each. Exits with 1 if one fails
    Test(CheckArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Policies
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) packs: PackArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainPolicyArgs {
    /// The policy
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The rule that found something
    #[arg(id = "rule_id", value_name = "RULE-ID")]
    pub(crate) rule: String,
    /// How sure it is, instead of the rule's own
    #[arg(long, value_parser = words(Confidence::ALL, Confidence::as_str), value_name = "LEVEL")]
    pub(crate) confidence: Option<String>,
    /// How bad it is, instead of the rule's own
    #[arg(long, value_parser = words(Severity::ALL, Severity::as_str), value_name = "LEVEL")]
    pub(crate) severity: Option<String>,
    /// Where the text comes from
    #[arg(long, value_name = "PATH")]
    pub(crate) source: Option<String>,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    #[command(flatten)]
    pub(crate) packs: PackArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub(crate) struct PolicyArgs {
    /// Let this policy decide about each finding
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Policy")]
pub(crate) struct PlaceArgs {
    /// Who the text belongs to: `builder`, `user`, `agent` or `service`, and the name behind a colon: `agent:ci-7`
    #[arg(long, value_name = "KIND[:ID]")]
    pub(crate) principal: Option<String>,
    /// Who answers for the principal
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: Option<String>,
    /// What the text is to a model, where its payload does not tell
    #[arg(long, value_parser = words(Channel::ALL, Channel::as_str), value_name = "CHANNEL")]
    pub(crate) channel: Option<String>,
    /// Which way it goes: `egress` leaves, `ingress` comes in
    #[arg(long, value_parser = words(Direction::ALL, Direction::as_str), value_name = "WAY")]
    pub(crate) direction: Option<String>,
    /// The tool whose arguments or answer it is
    #[arg(long, value_name = "NAME")]
    pub(crate) tool: Option<String>,
}

fn words<T: Copy, const N: usize>(
    all: [T; N],
    name: impl Fn(T) -> &'static str,
) -> PossibleValuesParser {
    PossibleValuesParser::new(all.map(name))
}
