//! The log of decisions: each entry's MAC covers the entry before it, and the head covers how many there are.
//!
//! Whoever can write the file but does not have the key cannot change, remove, reorder or cut off entries, nor set a status
//! past the log, without [`crate::Inventory::verify`] telling. What no file can tell alone is that all of it, head included, was put back
//! to an earlier day: keep the head that `verify` gives somewhere else, and hand it in the next time.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::db::{self, Cells, Db, Value};
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
    /// A credential's status, its author, time or note, or its owner, is not what the log says.
    Unlogged(String),
    /// A credential that was decided about is gone, and the log does not say that it was pruned.
    Gone(String),
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
            Fault::Gone(fingerprint) => {
                write!(f, "{fingerprint}: it was decided about, and was removed without an entry")
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
    Prune { before: u64, fingerprints: Vec<String> },
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
    fn from_row(row: &dyn Cells) -> Result<Line, Error> {
        Ok(Line {
            seq: row.number(0)?,
            at: row.number(1)?,
            who: row.text(2)?,
            what: row.text(3)?,
            mac: row.blob(4)?,
        })
    }

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
    db: &mut dyn Db,
    key: &Key,
    at: i64,
    who: &str,
    what: &Decision,
) -> Result<(), Error> {
    let last = "SELECT seq, mac FROM audit ORDER BY seq DESC LIMIT 1";
    let last = db::first(db, last, &[], |row| Ok((row.number(0)?, row.blob(1)?)))?;
    let (seq, before) = last.unwrap_or_default();
    // A decision is made of strings and numbers: it can always be written.
    let what = serde_json::to_string(what).unwrap_or_default();
    let mut line = Line { seq: seq + 1, at, who: who.to_owned(), what, mac: Vec::new() };
    line.mac = line.sealed(key, &before);
    let head = [line.seq.to_le_bytes().as_slice(), &head_mac(key, line.seq, &line.mac)].concat();
    let values: [Value; 5] = [
        line.seq.into(),
        line.at.into(),
        line.who.as_str().into(),
        line.what.as_str().into(),
        line.mac.into(),
    ];
    db.execute("INSERT INTO audit (seq, at, who, what, mac) VALUES (?1, ?2, ?3, ?4, ?5)", &values)?;
    let keep = "INSERT INTO kept (name, value) VALUES ('head', ?1)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    db.execute(keep, &[head.into()])?;
    Ok(())
}

/// Checks the whole log, and that the credentials are what it says.
pub(crate) fn verify(db: &mut dyn Db, key: &Key, kept: Option<&Head>) -> Result<Verified, Error> {
    let mut check = Check { kept, found: kept.is_none(), ..Check::default() };
    let lines = "SELECT seq, at, who, what, mac FROM audit ORDER BY seq";
    db.query(lines, &[], &mut |row| {
        check.line(key, Line::from_row(row)?);
        Ok(())
    })?;
    let value = "SELECT value FROM kept WHERE name = 'head'";
    let value = db::first(db, value, &[], |row| row.blob(0))?;
    check.head(key, value.as_deref());
    let Check { mut faults, entries, seq, before, said, .. } = check;
    let differences = said.differences(db)?;
    faults.extend(differences);
    let head = (seq > 0).then(|| Head { seq: seq.unsigned_abs(), mac: before });
    Ok(Verified { head, entries, faults })
}

/// A check on its way through the log.
#[derive(Default)]
struct Check<'k> {
    kept: Option<&'k Head>,
    /// Whether the head that was kept elsewhere was met.
    found: bool,
    seq: i64,
    before: Vec<u8>,
    entries: u64,
    faults: Vec<Fault>,
    said: Said,
}

impl Check<'_> {
    fn line(&mut self, key: &Key, line: Line) {
        self.entries += 1;
        if line.seq != self.seq + 1 {
            self.faults.push(Fault::Missing(line.seq.unsigned_abs()));
        } else if line.sealed(key, &self.before) != line.mac {
            self.faults.push(Fault::Changed(line.seq.unsigned_abs()));
        }
        self.seq = line.seq;
        if let Some(kept) = self.kept.filter(|kept| kept.seq == line.seq.unsigned_abs()) {
            self.found = line.mac.get(..16) == kept.mac.get(..16);
        }
        self.said.hear(&line);
        self.before = line.mac;
    }

    fn head(&mut self, key: &Key, value: Option<&[u8]>) {
        match value.and_then(|value| value.split_first_chunk::<8>()) {
            None => self.faults.push(Fault::NoHead),
            Some((number, _)) if i64::from_le_bytes(*number) > self.seq => {
                let last = i64::from_le_bytes(*number).unsigned_abs();
                self.faults.push(Fault::Truncated(last));
            }
            Some((_, sealed)) => {
                let holds = sealed == head_mac(key, self.seq, &self.before);
                if !holds && self.faults.is_empty() {
                    self.faults.push(Fault::NoHead);
                }
            }
        }
        if !self.found {
            self.faults.push(Fault::NotThatHead(self.kept.map_or(0, |kept| kept.seq)));
        }
    }
}

/// What the log says of each credential that was decided about.
#[derive(Default)]
struct Said(BTreeMap<String, Decided>);

/// What was decided about a credential.
#[derive(Debug, Default, PartialEq, Eq)]
struct Decided {
    status: i64,
    by: Option<String>,
    at: Option<i64>,
    note: Option<String>,
    owner: Option<String>,
}

impl Decided {
    const COLUMNS: &str = "fingerprint, status, status_by, status_at, note, owner";

    fn from_row(row: &dyn Cells) -> Result<(String, Decided), Error> {
        let decided = Decided {
            status: row.number(1)?,
            by: row.maybe_text(2)?,
            at: row.maybe_number(3)?,
            note: row.maybe_text(4)?,
            owner: row.maybe_text(5)?,
        };
        Ok((row.text(0)?, decided))
    }
}

impl Said {
    fn hear(&mut self, line: &Line) {
        match serde_json::from_str(&line.what) {
            Ok(Decision::Status { fingerprint, status, note }) => {
                let decided = self.0.entry(fingerprint).or_default();
                decided.status = Status::from_name(&status).map_or(-1, Status::number);
                (decided.by, decided.at) = (Some(line.who.clone()), Some(line.at));
                decided.note = note;
            }
            Ok(Decision::Owner { fingerprint, owner }) => {
                self.0.entry(fingerprint).or_default().owner = owner;
            }
            // One that is seen again begins anew.
            Ok(Decision::Prune { fingerprints, .. }) => fingerprints.iter().for_each(|gone| {
                self.0.remove(gone);
            }),
            _ => {}
        }
    }

    fn differences(self, db: &mut dyn Db) -> Result<Vec<Fault>, Error> {
        let columns = Decided::COLUMNS;
        let mut faults = Vec::new();
        let is = format!("SELECT {columns} FROM credential WHERE fingerprint = ?1");
        for (fingerprint, said) in &self.0 {
            match db::first(db, &is, &[fingerprint.as_str().into()], Decided::from_row)? {
                None => faults.push(Fault::Gone(fingerprint.clone())),
                Some((_, is)) if is != *said => faults.push(Fault::Unlogged(fingerprint.clone())),
                Some(_) => {}
            }
        }
        let set = format!(
            "SELECT {columns} FROM credential WHERE status <> 0 OR status_by IS NOT NULL
             OR status_at IS NOT NULL OR note IS NOT NULL OR owner IS NOT NULL"
        );
        db.query(&set, &[], &mut |row| {
            let (fingerprint, _) = Decided::from_row(row)?;
            if !self.0.contains_key(&fingerprint) {
                faults.push(Fault::Unlogged(fingerprint));
            }
            Ok(())
        })?;
        Ok(faults)
    }
}
