//! Keys of vaults in the keyring of the system: the kernel's on Linux, the Keychain on macOS, the Credential Manager on Windows.
//!
//! The kernel forgets its keyring when the machine starts anew, and some days after it was last used; a key that has to
//! outlive that belongs into a file. Leaves out: the Secret Service of desktops, whose own program gives a key to
//! `--vault-key-file`.

use std::sync::Arc;

use keyring_core::api::CredentialStore;
use keyring_core::{Entry, Error};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// What entries are filed under.
const SERVICE: &str = "keysieve-vault";

/// The key of this name.
pub(crate) fn key(name: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let secret = entry(name)?.get_secret();
    secret.map(Zeroizing::new).map_err(|error| fault(name, &error))
}

/// Keeps a new key under this name.
pub(crate) fn keep(name: &str, key: &[u8]) -> Result<(), Failure> {
    let entry = entry(name)?;
    match entry.get_secret().map(Zeroizing::new) {
        Err(Error::NoEntry) => entry.set_secret(key).map_err(|error| fault(name, &error)),
        Ok(_) => Err(Failure::Fault(format!("the keyring has a key `{name}` already"))),
        Err(error) => Err(fault(name, &error)),
    }
}

fn entry(name: &str) -> Result<Entry, Failure> {
    let store = store().map_err(|error| fault(name, &error))?;
    store.build(SERVICE, name, None).map_err(|error| fault(name, &error))
}

#[cfg(target_os = "linux")]
fn store() -> Result<Arc<CredentialStore>, Error> {
    Ok(linux_keyutils_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn store() -> Result<Arc<CredentialStore>, Error> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn store() -> Result<Arc<CredentialStore>, Error> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn store() -> Result<Arc<CredentialStore>, Error> {
    Err(Error::NoDefaultStore)
}

/// What is wrong, in words that hold nothing of what the keyring holds.
fn fault(name: &str, error: &Error) -> Failure {
    let what = match error {
        Error::NoEntry => {
            format!("it has no key `{name}`; `keysieve vault key --keyring {name}` draws one")
        }
        Error::NoDefaultStore => "this system has none that is known".to_owned(),
        Error::NoStorageAccess(why) | Error::PlatformFailure(why) => {
            format!("it cannot be used: {why} (on Linux, it takes a session: `keyctl session`)")
        }
        Error::TooLong(what, most) => format!("{what} is longer than {most} characters"),
        Error::Invalid(what, why) => format!("{what}: {why}"),
        _ => format!("the entry `{name}` cannot be read"),
    };
    Failure::Fault(format!("keyring: {what}"))
}
