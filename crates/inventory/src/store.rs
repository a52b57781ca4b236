//! The inventory: what is written, and what is asked.

use std::fmt;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::audit::{self, Decision, Head, Verified};
use crate::credential::{Status, rank};
use crate::{Error, Sighting, schema};

/// The key of the log, derived from that of the fingerprints.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// A key derived for this purpose and no other.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Key {
        Key(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key([32 bytes])")
    }
}

/// An open inventory.
#[derive(Debug)]
pub struct Inventory {
    pub(crate) db: Connection,
    key: Option<Key>,
}

impl Inventory {
    /// Opens a file for writing, and makes it if it is not there. All who write it need the same key.
    ///
    /// # Errors
    /// If the file is something else, was kept with another key, or cannot be opened.
    pub fn open(path: &Path, key: Key, now: u64) -> Result<Inventory, Error> {
        let mut inventory = Inventory { db: schema::open(path)?, key: Some(key) };
        let key = inventory.key()?.clone();
        let tx = inventory.begin()?;
        let known: Option<Vec<u8>> = kept(&tx, "key")?;
        let mark = mark(&key);
        match known {
            Some(known) if known == mark => {}
            Some(_) => return Err(Error::OtherKey),
            None => {
                tx.execute("INSERT INTO kept (name, value) VALUES ('key', ?)", [mark])?;
                audit::append(&tx, &key, time(now), "keysieve", &Decision::Begin)?;
            }
        }
        tx.commit()?;
        Ok(inventory)
    }

    /// Opens a file that is there, to read it. The key is needed for [`Inventory::verify`] only.
    ///
    /// # Errors
    /// If the file is not there, is something else, or was kept with another key.
    pub fn open_for_reading(path: &Path, key: Option<Key>) -> Result<Inventory, Error> {
        let db = schema::open_for_reading(path)?;
        let known = kept(&db, "key")?;
        match &key {
            Some(key) if known.as_ref().is_some_and(|known| *known != mark(key)) => {
                Err(Error::OtherKey)
            }
            _ => Ok(Inventory { db, key }),
        }
    }

    fn key(&self) -> Result<&Key, Error> {
        self.key.as_ref().ok_or(Error::NoKey)
    }

    /// A transaction that has the right to write from its beginning, so that it never has to be tried again.
    fn begin(&mut self) -> Result<Transaction<'_>, Error> {
        Ok(self.db.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }

    /// Enters what was seen at `now`, all of it or nothing. Gives how many of them were not entered, because their
    /// fingerprints mean nothing beyond their run.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn record(&mut self, sightings: &[Sighting], now: u64) -> Result<u64, Error> {
        let now = time(now);
        let tx = self.begin()?;
        let mut left_out = 0;
        {
            let mut credential = tx.prepare_cached(CREDENTIAL)?;
            let mut exposure = tx.prepare_cached(EXPOSURE)?;
            for s in sightings {
                if !s.lasts() {
                    left_out += 1;
                    continue;
                }
                let row = params![
                    s.fingerprint,
                    s.rule,
                    s.title,
                    s.category,
                    rank(&s.severity),
                    s.preview,
                    s.revoke,
                    now
                ];
                let id: i64 = credential.query_row(row, |row| row.get(0))?;
                exposure.execute(params![
                    id,
                    s.source,
                    s.channel.as_deref().unwrap_or_default(),
                    s.path.as_deref().unwrap_or_default(),
                    s.principal.as_deref().unwrap_or_default(),
                    s.action,
                    now
                ])?;
            }
        }
        tx.commit()?;
        Ok(left_out)
    }

    /// Sets what has become of a credential, and who says so.
    ///
    /// # Errors
    /// If no credential has this fingerprint, or the database cannot be written.
    pub fn set_status(
        &mut self,
        fingerprint: &str,
        status: Status,
        who: &str,
        note: Option<&str>,
        now: u64,
    ) -> Result<String, Error> {
        let key = self.key()?.clone();
        let tx = self.begin()?;
        let fingerprint = whole(&tx, fingerprint)?;
        tx.execute(
            "UPDATE credential SET status = ?, status_by = ?, status_at = ?, note = ? WHERE fingerprint = ?",
            params![status.number(), who, time(now), note, fingerprint],
        )?;
        let what = Decision::Status {
            fingerprint: fingerprint.clone(),
            status: status.as_str().to_owned(),
            note: note.map(str::to_owned),
        };
        audit::append(&tx, &key, time(now), who, &what)?;
        tx.commit()?;
        Ok(fingerprint)
    }

    /// Sets who has to rotate a credential.
    ///
    /// # Errors
    /// If no credential has this fingerprint, or the database cannot be written.
    pub fn set_owner(
        &mut self,
        fingerprint: &str,
        owner: Option<&str>,
        who: &str,
        now: u64,
    ) -> Result<String, Error> {
        let key = self.key()?.clone();
        let tx = self.begin()?;
        let fingerprint = whole(&tx, fingerprint)?;
        let set = "UPDATE credential SET owner = ? WHERE fingerprint = ?";
        tx.execute(set, params![owner, fingerprint])?;
        let what =
            Decision::Owner { fingerprint: fingerprint.clone(), owner: owner.map(str::to_owned) };
        audit::append(&tx, &key, time(now), who, &what)?;
        tx.commit()?;
        Ok(fingerprint)
    }

    /// Removes credentials that are not open and were last seen before `before`. Gives how many.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn prune(&mut self, before: u64, who: &str, now: u64) -> Result<u64, Error> {
        let key = self.key()?.clone();
        let tx = self.begin()?;
        let old = "DELETE FROM credential WHERE status <> 0 AND last_seen < ?";
        let removed = tx.execute(old, [time(before)])? as u64;
        audit::append(&tx, &key, time(now), who, &Decision::Prune { before, removed })?;
        tx.commit()?;
        Ok(removed)
    }

    /// Checks the log of decisions; `kept` is a head that was kept elsewhere.
    ///
    /// # Errors
    /// Without the key, or if the database cannot be read.
    pub fn verify(&self, kept: Option<&Head>) -> Result<Verified, Error> {
        audit::verify(&self.db, self.key()?, kept)
    }
}

const CREDENTIAL: &str = "
INSERT INTO credential (fingerprint, rule, title, category, rank, preview, revoke, first_seen, last_seen, times)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 1)
ON CONFLICT (fingerprint) DO UPDATE SET
    last_seen = max(last_seen, ?8), first_seen = min(first_seen, ?8), times = times + 1
RETURNING id";

const EXPOSURE: &str = "
INSERT INTO exposure (credential, source, channel, path, principal, action, first_seen, last_seen, times)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 1)
ON CONFLICT (credential, source, channel, path, principal) DO UPDATE SET
    action = ?6, last_seen = max(last_seen, ?7), times = times + 1";

/// The one fingerprint that begins with what was typed.
pub(crate) fn whole(db: &Connection, typed: &str) -> Result<String, Error> {
    let from = if typed.starts_with("ks1:") { typed.to_owned() } else { format!("ks1:{typed}") };
    // Digits and letters sort before this.
    let to = format!("{from}\u{7f}");
    let mut rows = db.prepare_cached(
        "SELECT fingerprint FROM credential WHERE fingerprint >= ? AND fingerprint < ? LIMIT 10",
    )?;
    let found: Vec<String> =
        rows.query_map([from, to], |row| row.get(0))?.collect::<Result<_, _>>()?;
    match <[String; 1]>::try_from(found) {
        Ok([one]) => Ok(one),
        Err(found) => Err(Error::Unknown(found.len())),
    }
}

/// What tells keys apart without telling them.
fn mark(key: &Key) -> Vec<u8> {
    use hmac::{Hmac, KeyInit, Mac};
    let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(key.bytes()) else { return Vec::new() };
    mac.update(b"which key");
    mac.finalize().into_bytes().iter().take(8).copied().collect()
}

fn kept(db: &Connection, name: &str) -> Result<Option<Vec<u8>>, Error> {
    let value = "SELECT value FROM kept WHERE name = ?";
    Ok(db.query_row(value, [name], |row| row.get(0)).optional()?)
}

/// Milliseconds as the database keeps them.
fn time(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
