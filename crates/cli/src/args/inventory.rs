//! The options of `keysieve inventory` and `keysieve fingerprint`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ConfigArgs, PackArgs};

pub(crate) const FINGERPRINT_HELP: &str = "\
The secret is read from standard input only, so that it stands in no history and no list of processes. A line end behind
it is not part of it. What rules find inside the text is looked up too.

Exit codes: 0 not in the inventory (or none was named), 1 in the inventory, 2 fault.";

#[derive(Debug, Subcommand)]
pub(crate) enum InventoryCommand {
    /// Enter findings of an earlier run: the JSON lines of scan or of a report
    Record(RecordArgs),
    /// List credentials, the most urgent first
    List(InventoryListArgs),
    /// Show all that is known of a credential, and what to do about it
    Show(InventoryShowArgs),
    /// Say what has become of a credential; it is logged
    SetStatus(SetStatusArgs),
    /// Say who has to rotate a credential; it is logged
    SetOwner(SetOwnerArgs),
    /// Write all credentials as CSV or JSON
    Export(ExportArgs),
    /// Check that nobody changed the log of decisions
    Verify(VerifyArgs),
    /// Remove credentials that are closed and were not seen for long; it is logged
    Prune(PruneArgs),
}

/// Which inventory, and its key.
#[derive(Debug, Args)]
pub(crate) struct BooksArgs {
    /// The inventory; otherwise the variable KEYSIEVE_INVENTORY
    #[arg(long, value_name = "FILE")]
    pub(crate) inventory: Option<PathBuf>,
    /// The key of fingerprints is this file's contents; otherwise the variable KEYSIEVE_KEY
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// JSON lines; without it, standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Who saw them, where the findings do not tell: `user:ann`, `agent:planner`
    #[arg(long, value_name = "KIND:ID")]
    pub(crate) principal: Option<String>,
    #[command(flatten)]
    pub(crate) books: BooksArgs,
}

/// Which credentials.
#[derive(Debug, Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct QueryArgs {
    /// Of this status only
    #[arg(long, value_enum)]
    pub(crate) status: Option<StatusArg>,
    /// At least this severe
    #[arg(long, value_name = "LEVEL", value_parser = ["critical", "high", "medium", "low"])]
    pub(crate) severity: Option<String>,
    /// Found by this rule
    #[arg(long, value_name = "ID")]
    pub(crate) rule: Option<String>,
    /// To be rotated by this owner
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: Option<String>,
    /// Seen in this source
    #[arg(long, value_name = "PATH")]
    pub(crate) source: Option<String>,
    /// Seen by this principal
    #[arg(long, value_name = "KIND:ID")]
    pub(crate) principal: Option<String>,
    /// Open for longer than leaked keys lie untried: 17 minutes
    #[arg(long)]
    pub(crate) overdue: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InventoryListArgs {
    #[command(flatten)]
    pub(crate) query: QueryArgs,
    /// At most so many; 0 means all
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: u64,
    /// How they are written
    #[arg(short, long, value_enum, default_value_t = ListFormat::Text)]
    pub(crate) format: ListFormat,
    /// Exit with 1 if a credential of the selection, shown or not, is in this state
    #[arg(long, value_enum, value_name = "STATE")]
    pub(crate) fail_on: Option<FailOn>,
    #[command(flatten)]
    pub(crate) books: BooksArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Not rotated and not accepted
    Open,
    /// Open for more than 17 minutes
    Overdue,
}

#[derive(Debug, Args)]
pub(crate) struct InventoryShowArgs {
    /// The fingerprint, or as many of its first digits as are needed
    pub(crate) fingerprint: String,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) books: BooksArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SetStatusArgs {
    /// The fingerprint, or as many of its first digits as are needed
    pub(crate) fingerprint: String,
    /// What has become of it
    #[arg(value_enum)]
    pub(crate) status: StatusArg,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
    #[command(flatten)]
    pub(crate) books: BooksArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SetOwnerArgs {
    /// The fingerprint, or as many of its first digits as are needed
    pub(crate) fingerprint: String,
    /// The owner; without it, nobody
    pub(crate) owner: Option<String>,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
    #[command(flatten)]
    pub(crate) books: BooksArgs,
}

#[derive(Debug, Args)]
pub(crate) struct WhoArgs {
    /// Who says so; otherwise the variable USER
    #[arg(long, value_name = "NAME")]
    pub(crate) who: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) query: QueryArgs,
    /// How they are written
    #[arg(short, long, value_enum, default_value_t = ListFormat::Csv)]
    pub(crate) format: ListFormat,
    #[command(flatten)]
    pub(crate) books: BooksArgs,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The head that an earlier `verify` printed, kept where the file is not
    #[arg(long, value_name = "HEAD")]
    pub(crate) head: Option<String>,
    #[command(flatten)]
    pub(crate) books: BooksArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PruneArgs {
    /// Days since they were last seen
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    pub(crate) older_than: u64,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
    #[command(flatten)]
    pub(crate) books: BooksArgs,
}

#[derive(Debug, Args)]
pub(crate) struct FingerprintArgs {
    #[command(flatten)]
    pub(crate) books: BooksArgs,
    #[command(flatten)]
    pub(crate) packs: PackArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusArg {
    /// Nothing was done yet
    Open,
    /// Revoked, and replaced where it was needed
    Rotated,
    /// Somebody decided to live with it
    Accepted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Text,
    Jsonl,
    Json,
    Csv,
}
