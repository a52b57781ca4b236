//! The options of stand-ins and of `keysieve restore` and `keysieve vault`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ConfigArgs, PolicyArgs};

pub(super) const RESTORE_HELP: &str = "\
What the vault does not know (forged, foreign, expired) stays as it is. So does what stands in an address (`https://…`), because
whoever wrote the address would learn the secret; --in-addresses puts it back there too.

Where originals may go, a policy says: --policy with --channel and --tool. Without one, they are put back, but not on a
terminal, and not in the channels `completion` and `reasoning`, which people read.

Exit codes: 0 done, 2 usage, vault or I/O error, 3 blocked by a policy.";

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// Files; `-` is standard input
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) vault: VaultArgs,
    /// How originals are written: `json` escapes them like the string around them; `auto` does if the text begins like JSON
    #[arg(long, value_enum, default_value_t = CarrierArg::Auto)]
    pub(crate) carrier: CarrierArg,
    /// The scope that the stand-ins were made in; what other scopes have made stays
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub(crate) pseudonym_scope: String,
    /// Put originals back in addresses too
    #[arg(long)]
    pub(crate) in_addresses: bool,
    /// Put originals back on a terminal too
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CarrierArg {
    Auto,
    Text,
    Json,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Vault")]
pub(crate) struct VaultArgs {
    /// The file of what stand-ins stand for
    #[arg(long, value_name = "FILE")]
    pub(crate) vault: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) key: VaultKeyArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Vault")]
pub(crate) struct VaultKeyArgs {
    /// Its key is this file's contents; otherwise the variable KEYSIEVE_VAULT_KEY
    #[arg(long, value_name = "FILE")]
    pub(crate) vault_key_file: Option<PathBuf>,
    /// Its key has this name in the keyring of the system
    #[arg(long, value_name = "NAME", conflicts_with = "vault_key_file")]
    pub(crate) vault_key_keyring: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Vault")]
pub(crate) struct StandInArgs {
    #[command(flatten)]
    pub(crate) vault: VaultArgs,
    /// How long originals can be put back: `90s`, `30m`, `12h`, `7d`
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration)]
    pub(crate) vault_ttl: std::time::Duration,
    /// What stand-ins look like
    #[arg(long, value_enum, default_value_t = ShapeArg::Label)]
    pub(crate) pseudonym_shape: ShapeArg,
    /// A conversation or customer: equal secrets have unequal stand-ins in unequal scopes
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub(crate) pseudonym_scope: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShapeArg {
    /// `[SEALED:rule-id:…]`
    Label,
    /// As long as the secret, of its alphabet, with its beginning, failing its checksum
    Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VaultCommand {
    /// Draw a key for vaults, into a new file that only you can read, or into the keyring of the system
    Key {
        /// The file
        #[arg(value_name = "FILE", required_unless_present = "keyring")]
        file: Option<PathBuf>,
        /// Its name in the keyring
        #[arg(long, value_name = "NAME", conflicts_with = "file")]
        keyring: Option<String>,
    },
    /// Remove what has expired from a vault, and overwrite it
    Purge {
        /// The vault
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        key: VaultKeyArgs,
    },
    /// Overwrite and remove a vault
    Wipe {
        /// The vault
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// `90s`, `30m`, `12h`, `7d`.
fn duration(text: &str) -> Result<std::time::Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.strip_prefix(digits) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3_600,
        Some("d") => 86_400,
        _ => return Err("a number and a unit: `90s`, `30m`, `12h`, `7d`".to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| "not a number and a unit".to_owned())?;
    let seconds = number.checked_mul(unit).filter(|seconds| (1..=86_400 * 3650).contains(seconds));
    let seconds = seconds.ok_or("between a second and ten years".to_owned())?;
    Ok(std::time::Duration::from_secs(seconds))
}
