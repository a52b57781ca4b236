//! The vault: a file that holds what stand-ins stand for, encrypted.
//!
//! The file is a log. An entry is on disk (`fsync`) before its stand-in leaves, so that the end of a process
//! at any moment loses no entry that anybody relies on; the torn end of an entry that nobody relied on is cut off by the next writer. Every
//! entry is sealed with XChaCha20-Poly1305 under a key of its own purpose, and bound to its place in this file: what is
//! changed, exchanged or left out in the middle is refused. In memory there are places of entries, not originals:
//! those are read when they are wanted and erased after use. Processes take turns by a lock on the file. What has expired is
//! removed when a vault is opened: what is left goes into a new file, which takes the place of the old one in one step.
//! Left out: telling that whole entries were cut off the end (that takes a witness elsewhere; nothing wrong is ever put
//! back), and erasing what a file system keeps of old blocks (throw the key away).
//!
//! ```
//! use keysieve::{Secret, Vault};
//! use keysieve_vault::{VaultFile, VaultKey};
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("vault");
//! let key = VaultKey::from_text(b"thirty-two or more characters that were drawn at random")?;
//! let vault = VaultFile::open(&path, &key)?;
//! assert!(vault.keep(b"[SEALED:acme-token:name]", Secret::new(b"original"))?);
//! let again = VaultFile::open(&path, &key)?;
//! assert_eq!(again.original(b"[SEALED:acme-token:name]")?.unwrap().secret().expose(), b"original");
//! # Ok::<(), std::io::Error>(())
//! ```

mod frame;
mod key;
mod log;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use keysieve::{Original, Secret, Vault};

pub use key::{KEY_TEXT, VaultKey};
use log::Log;

/// How long originals can be put back, unless said otherwise.
pub const TTL: Duration = Duration::from_secs(60 * 60);

/// Entries that may be left behind, besides as many as are live, while a vault is open.
const MOST_STALE: usize = 1024;

/// An open vault. Share it between threads; open it in as many processes as needed.
pub struct VaultFile {
    path: PathBuf,
    ttl: Duration,
    clock: fn() -> u64,
    log: Mutex<Log>,
}

impl VaultFile {
    /// Opens the vault at `path`, or makes a new one that only its owner can read.
    ///
    /// # Errors
    /// When the file cannot be read or written, is no vault, belongs to another key, or was tampered with.
    pub fn open(path: &Path, key: &VaultKey) -> io::Result<VaultFile> {
        VaultFile::of(Log::open(path, key, true)?, path)
    }

    /// Opens the vault at `path` if there is one.
    ///
    /// # Errors
    /// Those of [`VaultFile::open`], and when there is no such file.
    pub fn existing(path: &Path, key: &VaultKey) -> io::Result<VaultFile> {
        VaultFile::of(Log::open(path, key, false)?, path)
    }

    fn of(mut log: Log, path: &Path) -> io::Result<VaultFile> {
        if log.stale(now()) > 0 {
            // Where that fails, on a full disk for example, the old file is whole, and what has expired is not used.
            let _ = log.exclusively(|log| log.purge(now()));
        }
        let log = Mutex::new(log);
        Ok(VaultFile { path: path.to_owned(), ttl: TTL, clock: now, log })
    }

    /// How long what is kept from now on can be put back. Default: [`TTL`].
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> VaultFile {
        self.ttl = ttl;
        self
    }

    /// Another clock: seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn clock(mut self, clock: fn() -> u64) -> VaultFile {
        self.clock = clock;
        self
    }

    /// Removes what has expired, and overwrites it; how many entries that were. Opening a vault does so too, if it can.
    ///
    /// # Errors
    /// When the file cannot be read or written, or was tampered with.
    pub fn purge(&self) -> io::Result<usize> {
        let now = (self.clock)();
        self.lock().exclusively(|log| log.purge(now))
    }

    /// How many stand-ins can be turned back now.
    ///
    /// # Errors
    /// When the file cannot be read, or was tampered with.
    pub fn live(&self) -> io::Result<usize> {
        let mut log = self.lock();
        log.refresh()?;
        Ok(log.live((self.clock)()).count())
    }

    /// Overwrites the vault at `path` and removes it. What a file system or a disk keeps of old blocks is out of reach; it
    /// is worth nothing without the key.
    ///
    /// # Errors
    /// When the file is no vault, or cannot be written.
    pub fn wipe(path: &Path) -> io::Result<()> {
        log::wipe(path)
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        // A thread that panicked left the log as it was before its entry, or after.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault for VaultFile {
    fn keep(&self, stand_in: &[u8], original: Secret<'_>) -> io::Result<bool> {
        let now = (self.clock)();
        let mut log = self.lock();
        log.exclusively(|log| {
            if let Some(kept) = log.find(stand_in, now)? {
                let same = log.read(kept)?.secret().expose() == original.expose();
                // What is used goes on living, at one entry for each half of its time.
                let fresh = kept.expires.saturating_sub(now) > self.ttl.as_secs() / 2;
                if !same || fresh {
                    return Ok(same);
                }
            }
            if log.stale(now) > MOST_STALE + log.live(now).count() {
                log.purge(now)?;
            }
            let expires = now.saturating_add(self.ttl.as_secs());
            log.append(stand_in, original, expires)?;
            Ok(true)
        })
    }

    fn original(&self, stand_in: &[u8]) -> io::Result<Option<Original>> {
        let now = (self.clock)();
        let mut log = self.lock();
        if log.find(stand_in, now)?.is_none() {
            log.refresh()?;
        }
        match log.find(stand_in, now)? {
            None => Ok(None),
            Some(kept) => log.read(kept).map(Some).or_else(|_| {
                // Another process may have made a new file of it meanwhile.
                log.exclusively(|log| match log.find(stand_in, now)? {
                    None => Ok(None),
                    Some(kept) => log.read(kept).map(Some),
                })
            }),
        }
    }

    fn names(&self) -> io::Result<Vec<Vec<u8>>> {
        let mut log = self.lock();
        log.refresh()?;
        Ok(log.live((self.clock)()).map(<[u8]>::to_vec).collect())
    }
}

impl fmt::Debug for VaultFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VaultFile({})", self.path.display())
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
