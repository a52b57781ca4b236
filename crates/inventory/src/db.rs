//! The database as the rest of the inventory sees it: SQL that SQLite and PostgreSQL both read, values, rows.
//!
//! Placeholders are `?1`, `?2` …; what differs between the two (how tables are made, how a writer gets its turn) is in
//! [`crate::sqlite`] and, with the feature `postgres`, in the module of that name.

use crate::Error;
use crate::portion::Seen;

/// A value that goes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Integer(number)
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Value {
        text.map_or(Value::Null, Value::from)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Value {
        Value::Blob(bytes)
    }
}

/// A row that comes out, cell by cell, from 0.
pub(crate) trait Cells {
    fn number(&self, n: usize) -> Result<i64, Error>;
    fn text(&self, n: usize) -> Result<String, Error>;
    fn blob(&self, n: usize) -> Result<Vec<u8>, Error>;
    fn maybe_number(&self, n: usize) -> Result<Option<i64>, Error>;
    fn maybe_text(&self, n: usize) -> Result<Option<String>, Error>;
}

/// A connection.
pub(crate) trait Db: Send {
    /// Begins a transaction that has the right to write, so that it never has to be tried again.
    fn begin(&mut self) -> Result<(), Error>;
    fn commit(&mut self) -> Result<(), Error>;
    fn roll_back(&mut self);
    /// Gives how many rows were changed.
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, Error>;
    fn query(&mut self, sql: &str, values: &[Value], take: &mut Take<'_>) -> Result<(), Error>;
    /// Enters what was seen at `now`.
    fn enter(&mut self, seen: &[Seen<'_>], now: i64) -> Result<(), Error>;
}

/// What becomes of a credential that is known, when it is seen once more.
pub(crate) const CREDENTIAL_AGAIN: &str = "ON CONFLICT (fingerprint) DO UPDATE SET
    last_seen = CASE WHEN excluded.last_seen > credential.last_seen THEN excluded.last_seen ELSE credential.last_seen END,
    first_seen = CASE WHEN excluded.first_seen < credential.first_seen THEN excluded.first_seen ELSE credential.first_seen END,
    times = credential.times + excluded.times";

/// What becomes of a place that is known.
pub(crate) const EXPOSURE_AGAIN: &str = "ON CONFLICT (credential, source, channel, path, principal) DO UPDATE SET
    action = excluded.action,
    last_seen = CASE WHEN excluded.last_seen > exposure.last_seen THEN excluded.last_seen ELSE exposure.last_seen END,
    times = exposure.times + excluded.times";

/// What is done with a row.
pub(crate) type Take<'a> = dyn FnMut(&dyn Cells) -> Result<(), Error> + 'a;

/// The first row of an answer, made into something.
pub(crate) fn first<T>(
    db: &mut dyn Db,
    sql: &str,
    values: &[Value],
    make: impl Fn(&dyn Cells) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    let mut made = None;
    db.query(sql, values, &mut |row| {
        if made.is_none() {
            made = Some(make(row)?);
        }
        Ok(())
    })?;
    Ok(made)
}

/// All rows of an answer, each made into something.
pub(crate) fn all<T>(
    db: &mut dyn Db,
    sql: &str,
    values: &[Value],
    make: impl Fn(&dyn Cells) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut made = Vec::new();
    db.query(sql, values, &mut |row| {
        made.push(make(row)?);
        Ok(())
    })?;
    Ok(made)
}

/// Does all of `work` or nothing.
pub(crate) fn within<T>(
    db: &mut dyn Db,
    work: impl FnOnce(&mut dyn Db) -> Result<T, Error>,
) -> Result<T, Error> {
    db.begin()?;
    let done = work(db);
    match done {
        Ok(done) => db.commit().map(|()| done),
        Err(error) => {
            db.roll_back();
            Err(error)
        }
    }
}
