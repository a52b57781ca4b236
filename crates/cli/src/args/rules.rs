//! The options of `keysieve rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ConfigArgs, Format, PackArgs, ProfileArg, WalkArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// List the rules
    List(ListArgs),
    /// Show all that is known of one rule
    Show(ShowArgs),
    /// Check packs: every hit hits, every miss misses. Exits with 1 if there is a fault
    Lint(LintArgs),
    /// Try packs on a corpus: what each rule finds, how often it is right, what it costs
    #[command(after_long_help = TEST_HELP)]
    Test(TestArgs),
    /// Compare two packs on a corpus: findings gained and lost. Exits with 1 if there are any
    #[command(after_long_help = DIFF_HELP)]
    Diff(DiffArgs),
    /// Draft a rule from example tokens, which are read from standard input or a file and never printed
    #[command(after_long_help = NEW_HELP)]
    New(NewArgs),
    /// Turn rules of another tool into a pack; what cannot be carried over is listed
    #[command(after_long_help = IMPORT_HELP)]
    Import(ImportArgs),
}

const IMPORT_HELP: &str = "\
The pack goes to standard output. It loads and passes `rules lint` by itself; beside the built-in packs, rules for the same
tokens exclude each other, so compare first (`rules diff`). For each rule, what is not carried over is said on standard error
and in a comment. Examples become hits with marks in the place of their tokens.

Exit codes: 0 every rule was carried over, 1 some were not, 2 usage, format or I/O error.";

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file of rules
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Whose rules they are
    #[arg(long, value_enum, value_name = "TOOL")]
    pub(crate) from: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Origin {
    /// TOML with `[[rules]]`
    Gitleaks,
    /// The same, with more keys
    Betterleaks,
    /// YAML with rules
    Kingfisher,
    /// YAML with rules
    Noseyparker,
}

const NEW_HELP: &str = "\
One token a line; three or more tell their prefix and length better than one. Tokens are not taken from the command line,
because they would stay in the shell's history.

  pbpaste | keysieve rules new --name ACME_API_KEY > acme.toml

Exit codes: 0, 1 if the draft does not pass `rules lint` yet, 2 usage or I/O error.";

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// Where the examples are; `-` or nothing is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Id of the rule [default: made from the prefix or the name]
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// What it finds, for people
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Kind of service
    #[arg(long, default_value = "saas")]
    pub(crate) category: String,
    /// Name of the variable or field in which the token usually stands
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What all tokens of this kind begin with, if it does not show
    #[arg(long)]
    pub(crate) prefix: Option<String>,
}

const TEST_HELP: &str = "\
Labels say what is to be found. They stand in DIR/labels.jsonl, or in the file that --labels names, one a line:

  {\"file\": \"agent.log\", \"start\": 120, \"end\": 160, \"rule\": \"github-pat\"}

`file` is relative to the folder of the labels, `start..end` are the bytes of the secret, `rule` can be left out. Labels are
taken to be complete: a finding that overlaps none of them is counted as wrong. Precision is the share of a rule's findings
that overlap a label, recall the share of the labels naming the rule that it found; for all rules together, any rule and any
label count. Without labels, findings are counted and shown.

Cost is the time spent on a rule's candidates, for each KiB of the corpus.

Exit codes: 0, 1 if a rule is below --min-precision or --min-recall, 2 usage, pack or I/O error.";

const DIFF_HELP: &str = "\
A and B are packs, folders of packs, or the word `builtin`. Packs lie over the built-in ones unless --no-builtin is given.

In the text format `+` is gained with B, `-` is lost, and `~` is found by both, but by another rule or with another
confidence.

Exit codes: 0 no difference, 1 differences, 2 usage, pack or I/O error.";

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// The packs whose rules are tried; without any, the built-in ones
    #[arg(value_name = "PACK")]
    pub(crate) packs: Vec<PathBuf>,
    /// What is searched: a folder or a file; may be repeated
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) corpus: Vec<PathBuf>,
    /// What is to be found, as JSON lines [default: labels.jsonl in the first DIR, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// How the outcome is written
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// What counts as a finding
    #[arg(long, value_enum, default_value_t = ProfileArg::Redact)]
    pub(crate) profile: ProfileArg,
    /// Examples shown of each rule, secrets masked
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) examples: usize,
    /// Fail if the precision of a rule with findings is below this many percent
    #[arg(long, value_name = "PERCENT")]
    pub(crate) min_precision: Option<f64>,
    /// Fail if the recall of a rule with labels is below this many percent
    #[arg(long, value_name = "PERCENT")]
    pub(crate) min_recall: Option<f64>,
    /// Without the built-in packs
    #[arg(long, requires = "packs")]
    pub(crate) no_builtin: bool,
    #[command(flatten)]
    pub(crate) walk: WalkArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The pack before
    #[arg(value_name = "A")]
    pub(crate) before: PathBuf,
    /// The pack after
    #[arg(value_name = "B")]
    pub(crate) after: PathBuf,
    /// What is searched: a folder or a file; may be repeated
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) corpus: Vec<PathBuf>,
    /// How differences are written
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// What counts as a finding
    #[arg(long, value_enum, default_value_t = ProfileArg::Alert)]
    pub(crate) profile: ProfileArg,
    /// Without the built-in packs
    #[arg(long)]
    pub(crate) no_builtin: bool,
    #[command(flatten)]
    pub(crate) walk: WalkArgs,
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
    /// Tell how the rule is executed: what is looked for in every text, how often that is expected there, what comes next
    #[arg(long)]
    pub(crate) plan: bool,
    #[command(flatten)]
    pub(crate) packs: PackArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}
