//! The tables, and how a file is opened.
//!
//! Write-ahead logging lets readers go on while one process writes; others wait for their turn. A transaction that was
//! committed survives the death of the process, and all but the last ones survive the loss of power.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::Error;

/// Kept in the header of the file: this is ours.
const APPLICATION: i32 = 0x6b73_696e;
const VERSION: i32 = 1;
/// How long a process waits for another that writes.
const PATIENCE: Duration = Duration::from_secs(30);

const TABLES: &str = "
CREATE TABLE credential (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    title TEXT NOT NULL,
    category TEXT NOT NULL,
    rank INTEGER NOT NULL,
    preview TEXT NOT NULL,
    revoke TEXT,
    owner TEXT,
    status INTEGER NOT NULL DEFAULT 0,
    status_by TEXT,
    status_at INTEGER,
    note TEXT,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    times INTEGER NOT NULL
) STRICT;
CREATE INDEX credential_urgency ON credential (status, rank, first_seen);
CREATE INDEX credential_first ON credential (first_seen);
CREATE INDEX credential_closed ON credential (status_at) WHERE status <> 0;
CREATE TABLE exposure (
    credential INTEGER NOT NULL REFERENCES credential (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    channel TEXT NOT NULL,
    path TEXT NOT NULL,
    principal TEXT NOT NULL,
    action TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (credential, source, channel, path, principal)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    mac BLOB NOT NULL
) STRICT;
CREATE TABLE kept (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
";

/// Opens a file for reading and writing, and makes it if it is not there. A new file is its owner's only.
pub(crate) fn open(path: &Path) -> Result<Connection, Error> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(path)?);
    let mut db = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    settle(&db)?;
    make(&mut db)?;
    Ok(db)
}

/// Opens a file that is there, for reading only.
pub(crate) fn open_for_reading(path: &Path) -> Result<Connection, Error> {
    std::fs::metadata(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    settle(&db)?;
    db.pragma_update(None, "query_only", true)?;
    check(&db)?;
    Ok(db)
}

fn settle(db: &Connection) -> Result<(), Error> {
    db.busy_timeout(PATIENCE)?;
    db.set_prepared_statement_cache_capacity(32);
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    // Negative: KiB.
    db.pragma_update(None, "cache_size", -65_536)?;
    Ok(())
}

fn make(db: &mut Connection) -> Result<(), Error> {
    let empty = |db: &Connection| {
        db.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get::<_, i64>(0))
    };
    if empty(db)? == 0 {
        db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        let made = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        // Another process may have been faster.
        if empty(&made)? == 0 {
            made.execute_batch(TABLES)?;
            made.pragma_update(None, "application_id", APPLICATION)?;
            made.pragma_update(None, "user_version", VERSION)?;
        }
        made.commit()?;
    }
    check(db)
}

fn check(db: &Connection) -> Result<(), Error> {
    let number = |name| db.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    match (number("application_id"), number("user_version")) {
        (Ok(APPLICATION), Ok(VERSION)) => Ok(()),
        _ => Err(Error::Foreign),
    }
}
