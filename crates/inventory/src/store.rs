//! The inventory: what is written.

use std::cell::RefCell;
use std::fmt;
use std::path::Path;

use crate::audit::{self, Decision, Head, Verified};
use crate::credential::Status;
use crate::db::{self, Db, Value};
use crate::{Error, Sighting, portion, sqlite};

/// Credentials that one entry of the log says are removed.
const PRUNED: usize = 1000;

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

/// An open inventory: a file, or with the feature `postgres` a database whose address begins with `postgres://`.
pub struct Inventory {
    db: RefCell<Box<dyn Db>>,
    key: Option<Key>,
}

impl fmt::Debug for Inventory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inventory")
    }
}

/// Whether this names a database on a server, not a file.
#[must_use]
pub fn is_server(place: &Path) -> bool {
    let text = place.to_string_lossy();
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

fn connect(place: &Path, writes: bool) -> Result<Box<dyn Db>, Error> {
    if is_server(place) {
        return server(place, writes);
    }
    Ok(Box::new(if writes { sqlite::open(place)? } else { sqlite::open_for_reading(place)? }))
}

#[cfg(feature = "postgres")]
fn server(place: &Path, writes: bool) -> Result<Box<dyn Db>, Error> {
    use crate::postgresql::{open, open_for_reading};
    let address = place.to_string_lossy();
    Ok(Box::new(if writes { open(&address)? } else { open_for_reading(&address)? }))
}

#[cfg(not(feature = "postgres"))]
fn server(_: &Path, _: bool) -> Result<Box<dyn Db>, Error> {
    Err(Error::NoPostgres)
}

impl Inventory {
    /// Opens an inventory for writing, and makes it if it is not there. All who write it need the same key.
    ///
    /// # Errors
    /// If the file is something else, was kept with another key, or cannot be opened.
    pub fn open(place: &Path, key: Key, now: u64) -> Result<Inventory, Error> {
        let mut db = connect(place, true)?;
        let known = |db: &mut dyn Db| match kept(db, "key")? {
            Some(known) if known == mark(&key) => Ok(true),
            Some(_) => Err(Error::OtherKey),
            None => Ok(false),
        };
        if known(&mut *db)? {
            // Nothing is written, so that no turn has to be waited for.
            return Ok(Inventory { db: RefCell::new(db), key: Some(key) });
        }
        db::within(&mut *db, |db| match known(db)? {
            true => Ok(()),
            false => {
                let mark = [mark(&key).into()];
                db.execute("INSERT INTO kept (name, value) VALUES ('key', ?1)", &mark)?;
                audit::append(db, &key, time(now), "keysieve", &Decision::Begin)
            }
        })?;
        Ok(Inventory { db: RefCell::new(db), key: Some(key) })
    }

    /// Opens an inventory that is there, to read it. The key is needed for [`Inventory::verify`] only.
    ///
    /// # Errors
    /// If it is not there, is something else, or was kept with another key.
    pub fn open_for_reading(place: &Path, key: Option<Key>) -> Result<Inventory, Error> {
        let mut db = connect(place, false)?;
        let known = kept(&mut *db, "key")?;
        match &key {
            Some(key) if known.as_ref().is_some_and(|known| *known != mark(key)) => {
                Err(Error::OtherKey)
            }
            _ => Ok(Inventory { db: RefCell::new(db), key }),
        }
    }

    /// Asks the database something.
    pub(crate) fn ask<T>(
        &self,
        question: impl FnOnce(&mut dyn Db) -> Result<T, Error>,
    ) -> Result<T, Error> {
        question(&mut **self.db.borrow_mut())
    }

    fn key(&self) -> Result<&Key, Error> {
        self.key.as_ref().ok_or(Error::NoKey)
    }

    /// Enters what was seen at `now`, all of it or nothing. Gives how many of them were not entered, because their
    /// fingerprints mean nothing beyond their run.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn record(&mut self, sightings: &[Sighting], now: u64) -> Result<u64, Error> {
        let (gathered, left_out) = portion::gathered(sightings);
        if !gathered.is_empty() {
            db::within(&mut **self.db.get_mut(), |db| db.enter(&gathered, time(now)))?;
        }
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
        const SET: &str =
            "UPDATE credential SET status = ?1, status_by = ?2, status_at = ?3, note = ?4
                           WHERE fingerprint = ?5";
        let key = self.key()?.clone();
        db::within(&mut **self.db.get_mut(), |db| {
            let fingerprint = whole(db, fingerprint)?;
            let values: [Value; 5] = [
                status.number().into(),
                who.into(),
                time(now).into(),
                note.into(),
                fingerprint.as_str().into(),
            ];
            db.execute(SET, &values)?;
            let what = Decision::Status {
                fingerprint: fingerprint.clone(),
                status: status.as_str().to_owned(),
                note: note.map(str::to_owned),
            };
            audit::append(db, &key, time(now), who, &what)?;
            Ok(fingerprint)
        })
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
        db::within(&mut **self.db.get_mut(), |db| {
            let fingerprint = whole(db, fingerprint)?;
            let set = "UPDATE credential SET owner = ?1 WHERE fingerprint = ?2";
            db.execute(set, &[owner.into(), fingerprint.as_str().into()])?;
            let owner = owner.map(str::to_owned);
            let what = Decision::Owner { fingerprint: fingerprint.clone(), owner };
            audit::append(db, &key, time(now), who, &what)?;
            Ok(fingerprint)
        })
    }

    /// Removes credentials that are not open and were last seen before `before`. Gives how many.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn prune(&mut self, before: u64, who: &str, now: u64) -> Result<u64, Error> {
        let key = self.key()?.clone();
        db::within(&mut **self.db.get_mut(), |db| {
            let old = "SELECT fingerprint FROM credential WHERE status <> 0 AND last_seen < ?1 ORDER BY fingerprint";
            let old = db::all(db, old, &[time(before).into()], |row| row.text(0))?;
            let remove = "DELETE FROM credential WHERE status <> 0 AND last_seen < ?1";
            db.execute(remove, &[time(before).into()])?;
            // At least one entry, and none that is too long to be read.
            for fingerprints in old.chunks(PRUNED).chain(old.is_empty().then_some(&[][..])) {
                let what = Decision::Prune { before, fingerprints: fingerprints.to_vec() };
                audit::append(db, &key, time(now), who, &what)?;
            }
            Ok(old.len() as u64)
        })
    }

    /// Checks the log of decisions; `kept` is a head that was kept elsewhere.
    ///
    /// # Errors
    /// Without the key, or if the database cannot be read.
    pub fn verify(&self, kept: Option<&Head>) -> Result<Verified, Error> {
        let key = self.key()?;
        self.ask(|db| audit::verify(db, key, kept))
    }
}

/// The one fingerprint that begins with what was typed.
pub(crate) fn whole(db: &mut dyn Db, typed: &str) -> Result<String, Error> {
    let from = if typed.starts_with("ks1:") { typed.to_owned() } else { format!("ks1:{typed}") };
    // What is typed by mistake, such as a variable that is not set, must not name the only one.
    if from.len() < "ks1:".len() + 4 {
        return Err(Error::Short);
    }
    // Digits and letters sort before this.
    let to = format!("{from}\u{7f}");
    let sql =
        "SELECT fingerprint FROM credential WHERE fingerprint >= ?1 AND fingerprint < ?2 LIMIT 10";
    let found = db::all(db, sql, &[from.as_str().into(), to.as_str().into()], |row| row.text(0))?;
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

fn kept(db: &mut dyn Db, name: &str) -> Result<Option<Vec<u8>>, Error> {
    db::first(db, "SELECT value FROM kept WHERE name = ?1", &[name.into()], |row| row.blob(0))
}

/// Milliseconds as the database keeps them.
fn time(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
