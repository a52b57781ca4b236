//! What was typed: the command line as clap reads it, nothing opened or checked yet.
//!
//! The long names here are also the keys of `keysieve.toml`. [`crate::hiargs`] turns this into ready objects.

mod alerts;
mod inventory;
mod known;
mod policy;
mod reports;
mod rules;
mod vault;

pub(crate) use vault::{
    CarrierArg, RestoreArgs, ShapeArg, StandInArgs, VaultArgs, VaultCommand, VaultKeyArgs,
};

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use alerts::{AlertArgs, AlertCommand};
pub(crate) use inventory::{
    BooksArgs, ExportArgs, FailOn, FingerprintArgs, InventoryCommand, InventoryListArgs,
    InventoryShowArgs, ListFormat, PruneArgs, QueryArgs, RecordArgs, StatusArg, VerifyArgs,
    WhoArgs,
};
pub(crate) use known::{KnownArgs, KnownCommand};
pub(crate) use policy::{CheckArgs, ExplainPolicyArgs, PlaceArgs, PolicyArgs, PolicyCommand};
pub(crate) use reports::ReportFormat;
pub(crate) use rules::{
    DiffArgs, ImportArgs, LintArgs, ListArgs, NewArgs, Origin, RulesCommand, ShowArgs, TestArgs,
};

/// Find credentials in prompts, logs and streams, and redact them in flight.
#[derive(Debug, Parser)]
#[command(name = "keysieve", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct LowArgs {
    #[command(flatten)]
    pub(crate) talk: Talk,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  my-agent 2>&1 | keysieve redact | tee session.log
  keysieve scan logs/ --format jsonl
  keysieve redact --in-place ~/.claude/projects/
  keysieve explain 'password = os.getenv(\"PW\")'

Exit codes: 0 nothing found, 1 findings (scan), 2 usage, pack or I/O error, 3 blocked by a policy,
130 interrupted.";

/// What goes to standard error, and how.
#[derive(Debug, Args)]
pub(crate) struct Talk {
    /// No summary, no warnings, no progress bar; errors stay
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Tell what is done; repeat for more. Never shows contents
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Colours; `auto` means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub(crate) color: When,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Report credentials in files, directories or standard input
    #[command(after_long_help = SCAN_HELP)]
    Scan(ScanArgs),
    /// Copy text to standard output with its credentials replaced
    #[command(after_long_help = REDACT_HELP)]
    Redact(RedactArgs),
    /// Put originals in the place of stand-ins that `redact --mode pseudonym` made
    #[command(after_long_help = vault::RESTORE_HELP)]
    Restore(RestoreArgs),
    /// Make hashes by which known secrets are found without being known
    Known {
        #[command(subcommand)]
        command: KnownCommand,
    },
    /// Draw a key for vaults, or remove one
    Vault {
        #[command(subcommand)]
        command: VaultCommand,
    },
    /// Look at rules, or check packs
    Rules {
        #[command(subcommand)]
        command: RulesCommand,
    },
    /// Check policies, and tell what they decide
    Policy {
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Try whether alerts arrive, or deliver those that wait
    Alert {
        #[command(subcommand)]
        command: AlertCommand,
    },
    /// Keep the books: which credentials were exposed, where, to whom, and whether they are revoked
    Inventory {
        #[command(subcommand)]
        command: InventoryCommand,
    },
    /// Print the fingerprint of a secret on standard input, and whether it is in the inventory
    #[command(after_long_help = inventory::FINGERPRINT_HELP)]
    Fingerprint(FingerprintArgs),
    /// Tell why a text is or is not a finding
    Explain(ExplainArgs),
    /// Print a completion script
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Print a manual page
    Man {
        /// Of which command; without it, of keysieve itself
        command: Option<String>,
    },
}

const SCAN_HELP: &str = "\
Directories are walked like ripgrep does it: ignore files are honoured, hidden and binary files and symbolic
links are skipped. Files that are named are scanned in any case. Without PATH, standard input is read if it is not a
terminal.

A finding is not reported if its line holds the comment `keysieve:ignore`, `keysieve:ignore RULE-ID` or
`gitleaks:allow`; on lines of more than 32 KiB only the 16 KiB to each side of the finding count. Such
comments are part of the text and whoever wrote the text may have written them: for text you do not trust, give
--no-ignore-comments.

With --decode-depth 0, UTF-16 text (with a byte order mark) is an error; in a walk it is skipped with a warning.";

const REDACT_HELP: &str = "\
Bytes leave as soon as it is decided that they belong to no secret. Everything else comes out byte for byte.

Ignore comments (`keysieve:ignore`, `gitleaks:allow`) are NOT honoured here: the text is not trusted, and whoever
can write into it could switch redaction off. --no-ignore-comments is accepted and changes nothing. Nor does
--baseline keep a secret in the text: it only leaves known findings out of the report and the summary.

With --decode-depth 0, UTF-16 text (with a byte order mark) is refused, because nothing in it would be found.";

#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    /// Files and directories; `-` is standard input
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) walk: WalkArgs,
    #[command(flatten)]
    pub(crate) packs: PackArgs,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
    /// Enter the findings in this inventory, or else in the one that the variable KEYSIEVE_INVENTORY names; needs a key of
    /// fingerprints that stays (KEYSIEVE_KEY or --key-file)
    #[arg(long, value_name = "FILE", help_heading = "Telling")]
    pub(crate) inventory: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) alerts: AlertArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// How findings are written
    #[arg(short, long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
    /// Show the line of each finding, secrets masked; `auto` means on a terminal and in pages (text and html only)
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub(crate) lines: When,
    /// Exit code if there are findings
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) exit_code: u8,
    /// Print the secrets themselves; only to a terminal, unless --force is given
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// Let --show-secrets write to files and pipes
    #[arg(long, requires = "show_secrets")]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RedactArgs {
    /// Files; `-` is standard input. Directories need --in-place
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// What stands for a secret
    #[arg(short, long, value_enum, default_value_t = ModeArg::Label)]
    pub(crate) mode: ModeArg,
    /// Rewrite the files themselves, atomically; files without findings are not touched
    #[arg(long)]
    pub(crate) in_place: bool,
    /// Write the findings here, instead of a summary on standard error
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// How --report writes them
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ReportFormat::Jsonl)]
    pub(crate) report_format: ReportFormat,
    #[command(flatten)]
    pub(crate) walk: WalkArgs,
    #[command(flatten)]
    pub(crate) packs: PackArgs,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
    /// Enter the findings in this inventory, or else in the one that the variable KEYSIEVE_INVENTORY names; needs a key of
    /// fingerprints that stays (KEYSIEVE_KEY or --key-file)
    #[arg(long, value_name = "FILE", help_heading = "Telling")]
    pub(crate) inventory: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) alerts: AlertArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    #[command(flatten)]
    pub(crate) stand_ins: StandInArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Walking")]
pub(crate) struct WalkArgs {
    /// Do not honour .gitignore, .ignore and the like
    #[arg(long)]
    pub(crate) no_ignore: bool,
    /// Also hidden files and directories
    #[arg(long)]
    pub(crate) hidden: bool,
    /// Also binary files, that is those with a NUL in their first 8 KiB
    #[arg(long)]
    pub(crate) binary: bool,
    /// Threads; 0 means one for each core
    #[arg(short = 'j', long, value_name = "N", default_value_t = 0)]
    pub(crate) threads: usize,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rules")]
pub(crate) struct PackArgs {
    /// A pack of rules over the built-in ones; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) pack: Vec<PathBuf>,
    /// Without the built-in packs
    #[arg(long)]
    pub(crate) no_builtin: bool,
    /// Only rules whose id matches this glob; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) rule: Vec<String>,
    /// No rules whose id matches this glob; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) exclude_rule: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Detection")]
pub(crate) struct EngineArgs {
    /// `alert` reports what is likely, `redact` what is possible too [default: alert for scan, redact for redact]
    #[arg(long, value_enum)]
    pub(crate) profile: Option<ProfileArg>,
    /// The least confidence, instead of the profile's own
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) min_confidence: Option<ConfidenceArg>,
    /// What the input is. `text` reads it as plain text only; with all others, events of a stream that carry a text in
    /// pieces are recognised where they stand, and everything is read as text besides. `otlp-protobuf` and
    /// `aws-eventstream` are recognised too; naming them spares the look
    #[arg(long, value_enum, default_value_t = Input::Auto)]
    pub(crate) input: Input,
    /// How many encodings inside each other are undone; 0 reads the bytes as they are [default: 3]
    #[arg(long, value_name = "N")]
    pub(crate) decode_depth: Option<u8>,
    /// Who looks for literals, the first pass over every byte; findings are the same. `auto` is the faster one as measured.
    /// `hyperscan` needs a build with the cargo feature of that name
    #[arg(long, value_enum, value_name = "NAME", default_value_t = EngineArg::Auto)]
    pub(crate) engine: EngineArg,
    /// No better vector instructions than these, to measure or to compare; findings are the same
    #[arg(long, value_enum, value_name = "LEVEL", hide_short_help = true)]
    pub(crate) vectors: Option<VectorsArg>,
    /// Findings of an earlier run (its JSON or JSON lines) that are not reported again; a fingerprint counts only if both
    /// runs have the same key
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Do not honour ignore comments (which only scan ever does)
    #[arg(long)]
    pub(crate) no_ignore_comments: bool,
    /// The key of fingerprints is this file's contents; otherwise the variable KEYSIEVE_KEY, otherwise random for each run
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Print what the run cost to standard error
    #[arg(long)]
    pub(crate) stats: bool,
    #[command(flatten)]
    pub(crate) known: KnownArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineArg {
    Auto,
    Native,
    Hyperscan,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VectorsArg {
    Avx512,
    Avx2,
    Portable,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct ConfigArgs {
    /// Take options from this file; otherwise from keysieve.toml in this directory or one above. Keys are long option
    /// names
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Take options from no file
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The text, short; `-` reads it from standard input, which keeps it out of the shell's history
    pub(crate) text: OsString,
    #[command(flatten)]
    pub(crate) packs: PackArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Jsonl,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeArg {
    /// `[REDACTED:rule-id]`
    Label,
    /// As many `*` as the secret has bytes
    Mask,
    /// `[REDACTED:rule-id:fp8]`, equal for equal secrets
    Hash,
    /// Nothing
    Remove,
    /// A stand-in that `restore` turns back; needs --vault
    Pseudonym,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileArg {
    Alert,
    Redact,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConfidenceArg {
    Certain,
    Likely,
    Possible,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Input {
    Auto,
    Text,
    Json,
    Jsonl,
    Sse,
    OtlpJson,
    OtlpProtobuf,
    AwsEventstream,
}
