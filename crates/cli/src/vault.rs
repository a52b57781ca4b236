//! The vault that options name, and `keysieve vault`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use keysieve::{StandInShape, StandIns};
use keysieve_vault::{VaultFile, VaultKey};
use zeroize::Zeroizing;

use crate::args::{ShapeArg, StandInArgs, VaultArgs, VaultCommand, VaultKeyArgs};
use crate::failure::{CLEAN, Count, Failure};
use crate::keyring;
use crate::talk::Voice;

const KEY: &str = "KEYSIEVE_VAULT_KEY";

pub(crate) fn run(command: &VaultCommand, voice: Voice) -> Result<u8, Failure> {
    match command {
        VaultCommand::Key { keyring: Some(name), .. } => keyring::keep(name, &drawn()?)?,
        VaultCommand::Key { file: Some(file), .. } => write(file, &drawn()?)?,
        // One of the two is required.
        VaultCommand::Key { .. } => {}
        VaultCommand::Purge { file, key: args } => {
            let fault = |error| Failure::at(file, &error);
            let vault = VaultFile::existing(file, &key(args)?).map_err(fault)?;
            // Opening it has removed most of them.
            vault.purge().map_err(fault)?;
            let live = vault.live().map_err(fault)? as u64;
            voice.note(&format!("{}: {} left", file.display(), Count(live, "stand-in")));
        }
        VaultCommand::Wipe { file } => {
            VaultFile::wipe(file).map_err(|error| Failure::at(file, &error))?;
        }
    }
    Ok(CLEAN)
}

/// What makes stand-ins, if a vault is named.
pub(crate) fn stand_ins(args: &StandInArgs) -> Result<Option<StandIns>, Failure> {
    let Some(path) = &args.vault.vault else { return Ok(None) };
    let key = key(&args.vault.key)?;
    let vault = VaultFile::open(path, &key).map_err(|error| Failure::at(path, &error))?;
    let shape = match args.pseudonym_shape {
        ShapeArg::Label => StandInShape::Label,
        ShapeArg::Format => StandInShape::Format,
    };
    let vault = Arc::new(vault.ttl(args.vault_ttl));
    let made = StandIns::new(key.stand_in_key(), vault).shape(shape);
    Ok(Some(made.scope(&args.pseudonym_scope)))
}

/// The vault to restore from.
pub(crate) fn existing(args: &VaultArgs) -> Result<Arc<VaultFile>, Failure> {
    let Some(path) = &args.vault else {
        return Err(Failure::Fault("restore needs --vault FILE".to_owned()));
    };
    let vault = VaultFile::existing(path, &key(&args.key)?);
    Ok(Arc::new(vault.map_err(|error| Failure::at(path, &error))?))
}

fn key(args: &VaultKeyArgs) -> Result<VaultKey, Failure> {
    if let Some(name) = &args.vault_key_keyring {
        return VaultKey::from_text(&keyring::key(name)?)
            .map_err(|error| Failure::Fault(format!("keyring: `{name}`: {error}")));
    }
    if let Some(path) = &args.vault_key_file {
        let text = fs::read(path).map_err(|error| Failure::at(path, &error))?;
        let text = Zeroizing::new(text);
        return VaultKey::from_text(&text).map_err(|error| Failure::at(path, &error));
    }
    let Some(text) = std::env::var_os(KEY).filter(|text| !text.is_empty()) else {
        let message = format!(
            "a vault needs its key: --vault-key-file FILE, --vault-key-keyring NAME, or the variable {KEY}"
        );
        return Err(Failure::Fault(message));
    };
    VaultKey::from_text(text.as_encoded_bytes())
        .map_err(|error| Failure::Fault(format!("{KEY}: {error}")))
}

/// A new key.
fn drawn() -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut bytes[..])
        .map_err(|error| Failure::Fault(format!("no random numbers for the key: {error}")))?;
    let mut text = Zeroizing::new(String::with_capacity(65));
    for byte in &bytes[..] {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from_digit(half.into(), 16).unwrap_or_default());
        }
    }
    Ok(Zeroizing::new(text.as_bytes().to_vec()))
}

/// Writes a new key into a new file.
fn write(path: &Path, key: &[u8]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(key)?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    written.map_err(|error| Failure::at(path, &error))
}
