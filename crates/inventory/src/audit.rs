//! The log of decisions: each entry's MAC covers the entry before it, and the head covers how many there are.
//!
//! Whoever can write the file but does not have the key cannot change, remove, reorder or cut off entries, nor set a status
//! past the log, without [`crate::Inventory::verify`] telling. What no file can tell alone is that all of it, head included, was put back
//! to an earlier day: keep the head that `verify` gives somewhere else, and hand it in the next time.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::Sha256;

use crate::store::Key;
use crate::{Error, Status};

/// Where the log ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Number of the last entry.
    pub seq: u64,
    mac: Vec<u8>,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.seq)?;
        self.mac.iter().take(16).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Head {
    type Err = ();

    fn from_str(text: &str) -> Result<Head, ()> {
        let (seq, digits) = text.split_once(':').ok_or(())?;
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let mac: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
        match (seq.parse(), mac) {
            (Ok(seq), Some(mac)) if mac.len() == 16 => Ok(Head { seq, mac }),
            _ => Err(()),
        }
    }
}

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// An entry was changed, or stands where another stood.
    Changed(u64),
    /// Entries are missing before this one.
    Missing(u64),
    /// Entries are missing at the end: so many there should be.
    Truncated(u64),
    /// The head is missing or was not written with our key.
    NoHead,
    /// The log does not hold the head that was kept elsewhere.
    NotThatHead(u64),
    /// A credential's status, or its owner, is not what the log says.
    Unlogged(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Changed(seq) => write!(f, "entry {seq} was changed or moved"),
            Fault::Missing(seq) => write!(f, "entries are missing before entry {seq}"),
            Fault::Truncated(seq) => {
                write!(f, "entries are missing at the end; the last was {seq}")
            }
            Fault::NoHead => f.write_str("the head is missing or was made with another key"),
            Fault::NotThatHead(seq) => write!(f, "entry {seq} is not the head that was kept"),
            Fault::Unlogged(fingerprint) => {
                write!(f, "{fingerprint}: its status or owner was changed without an entry")
            }
        }
    }
}

/// What a check of the log came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Where the log ends.
    pub head: Option<Head>,
    /// Entries looked at.
    pub entries: u64,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub(crate) enum Decision {
    Begin,
    Status { fingerprint: String, status: String, note: Option<String> },
    Owner { fingerprint: String, owner: Option<String> },
    Prune { before: u64, removed: u64 },
}

fn mac(key: &Key, parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of every length, so that the error case does not occur.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.bytes()) else { return Vec::new() };
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

struct Line {
    seq: i64,
    at: i64,
    who: String,
    what: String,
    mac: Vec<u8>,
}

impl Line {
    fn sealed(&self, key: &Key, before: &[u8]) -> Vec<u8> {
        let numbers = [self.seq.to_le_bytes(), self.at.to_le_bytes()].concat();
        mac(key, &[b"entry", before, &numbers, self.who.as_bytes(), self.what.as_bytes()])
    }
}

fn head_mac(key: &Key, seq: i64, last: &[u8]) -> Vec<u8> {
    mac(key, &[b"head", &seq.to_le_bytes(), last])
}

/// Appends an entry. The caller's transaction holds the write lock, so that no other comes between.
pub(crate) fn append(
    db: &Connection,
    key: &Key,
    at: i64,
    who: &str,
    what: &Decision,
) -> Result<(), Error> {
    let last = "SELECT seq, mac FROM audit ORDER BY seq DESC LIMIT 1";
    let last = db.query_row(last, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)));
    let (seq, before) = last.optional()?.unwrap_or_default();
    // A decision is made of strings and numbers: it can always be written.
    let what = serde_json::to_string(what).unwrap_or_default();
    let mut line = Line { seq: seq + 1, at, who: who.to_owned(), what, mac: Vec::new() };
    line.mac = line.sealed(key, &before);
    db.prepare_cached("INSERT INTO audit (seq, at, who, what, mac) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![line.seq, line.at, line.who, line.what, line.mac])?;
    let head = [line.seq.to_le_bytes().as_slice(), &head_mac(key, line.seq, &line.mac)].concat();
    db.prepare_cached("INSERT OR REPLACE INTO kept (name, value) VALUES ('head', ?)")?
        .execute([head])?;
    Ok(())
}

/// Checks the whole log, and that statuses and owners are what it says.
pub(crate) fn verify(db: &Connection, key: &Key, kept: Option<&Head>) -> Result<Verified, Error> {
    let mut faults = Vec::new();
    let mut before = Vec::new();
    let mut seq = 0;
    let mut said = Said::default();
    let mut kept_found = kept.is_none();
    let mut lines = db.prepare("SELECT seq, at, who, what, mac FROM audit ORDER BY seq")?;
    let lines = lines.query_map([], |row| {
        Ok(Line {
            seq: row.get(0)?,
            at: row.get(1)?,
            who: row.get(2)?,
            what: row.get(3)?,
            mac: row.get(4)?,
        })
    })?;
    let mut entries = 0;
    for line in lines {
        let line = line?;
        entries += 1;
        if line.seq != seq + 1 {
            faults.push(Fault::Missing(line.seq.unsigned_abs()));
        } else if line.sealed(key, &before) != line.mac {
            faults.push(Fault::Changed(line.seq.unsigned_abs()));
        }
        seq = line.seq;
        if let Some(kept) = kept.filter(|kept| kept.seq == seq.unsigned_abs()) {
            kept_found = line.mac.get(..16) == Some(&kept.mac[..]);
        }
        said.hear(&line.what);
        before = line.mac;
    }
    let value = "SELECT value FROM kept WHERE name = 'head'";
    let value: Option<Vec<u8>> = db.query_row(value, [], |row| row.get(0)).optional()?;
    match value.as_deref().and_then(|value| value.split_first_chunk::<8>()) {
        None => faults.push(Fault::NoHead),
        Some((number, _)) if i64::from_le_bytes(*number) > seq => {
            faults.push(Fault::Truncated(i64::from_le_bytes(*number).unsigned_abs()));
        }
        Some((_, sealed)) if sealed != head_mac(key, seq, &before) && faults.is_empty() => {
            faults.push(Fault::NoHead);
        }
        Some(_) => {}
    }
    if !kept_found {
        faults.push(Fault::NotThatHead(kept.map_or(0, |kept| kept.seq)));
    }
    faults.extend(said.differences(db)?);
    let head = (seq > 0).then(|| Head { seq: seq.unsigned_abs(), mac: before });
    Ok(Verified { head, entries, faults })
}

/// What the log says of each credential.
#[derive(Default)]
struct Said {
    statuses: BTreeMap<String, i64>,
    owners: BTreeMap<String, Option<String>>,
}

impl Said {
    fn hear(&mut self, what: &str) {
        match serde_json::from_str(what) {
            Ok(Decision::Status { fingerprint, status, .. }) => {
                let status = Status::from_name(&status).map_or(-1, Status::number);
                self.statuses.insert(fingerprint, status);
            }
            Ok(Decision::Owner { fingerprint, owner }) => {
                self.owners.insert(fingerprint, owner);
            }
            _ => {}
        }
    }

    fn differences(&self, db: &Connection) -> Result<Vec<Fault>, Error> {
        let mut faults = Vec::new();
        let mut heard = db.prepare("SELECT status, owner FROM credential WHERE fingerprint = ?")?;
        let named = self.statuses.keys().chain(self.owners.keys());
        for fingerprint in named.collect::<std::collections::BTreeSet<_>>() {
            let is = heard.query_row([fingerprint], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?))
            });
            let Some((status, owner)) = is.optional()? else { continue };
            let said = self.statuses.get(fingerprint).copied().unwrap_or(0);
            if status != said || owner != *self.owners.get(fingerprint).unwrap_or(&None) {
                faults.push(Fault::Unlogged(fingerprint.clone()));
            }
        }
        let mut silent = db
            .prepare("SELECT fingerprint FROM credential WHERE status <> 0 OR owner IS NOT NULL")?;
        for fingerprint in silent.query_map([], |row| row.get::<_, String>(0))? {
            let fingerprint = fingerprint?;
            if !self.statuses.contains_key(&fingerprint) && !self.owners.contains_key(&fingerprint)
            {
                faults.push(Fault::Unlogged(fingerprint));
            }
        }
        Ok(faults)
    }
}
