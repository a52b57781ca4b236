//! The inventory in one SQLite file.
//!
//! Write-ahead logging lets readers go on while one process writes; others wait for their turn. A transaction that was
//! committed survives the death of the process, and all but the last ones survive the loss of power.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, ToSql, params, params_from_iter};

use crate::Error;
use crate::credential::rank;
use crate::db::{CREDENTIAL_AGAIN, Cells, Db, EXPOSURE_AGAIN, Take, Value};
use crate::portion::Seen;

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
    // A file that is there is not opened past SQLite: closing it would let go the locks of other connections.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error.into()),
        _ => {}
    }
    let mut db = connect(path)?;
    let begin = Instant::now();
    // Where two make a file at once, SQLite tells one of them at once that it is busy, whatever its patience.
    loop {
        match make(&mut db) {
            Err(error) if is_busy(&error) && begin.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(error.into()),
            Ok(()) => break,
        }
    }
    check(&db)?;
    Ok(db)
}

pub(crate) fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Opens a file that is there, for reading only.
pub(crate) fn open_for_reading(path: &Path) -> Result<Connection, Error> {
    std::fs::metadata(path)?;
    let read = reading(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    // Beside a file in a folder that cannot be written, SQLite cannot note who reads it. Without a log nobody writes it either,
    // and then nothing has to be noted.
    match read {
        Err(Error::Database(_)) if !has_log(path) => {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            reading(&immutable(path), flags).or(read)
        }
        read => read,
    }
}

fn reading(path: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    set(&db)?;
    check(&db)?;
    Ok(db)
}

/// Whether something stands in the log beside a file.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// The address of a file that does not change while it is read.
fn immutable(path: &Path) -> PathBuf {
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                address.push(char::from(*byte));
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address.push_str("?mode=ro&immutable=1");
    address.into()
}

fn connect(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    set(&db)?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    // Fingerprints are random, so that every portion touches pages all over the index. The longer the log may grow, in pages,
    // the more of these meet in it before they are written to their places.
    db.pragma_update(None, "wal_autocheckpoint", 32_768)?;
    db.pragma_update(None, "journal_size_limit", 4 * 1024 * 1024)?;
    Ok(db)
}

/// What readers and writers have in common.
fn set(db: &Connection) -> Result<(), Error> {
    db.busy_timeout(PATIENCE)?;
    db.set_prepared_statement_cache_capacity(32);
    // Negative: KiB. As much as is needed, up to this: the indices of a million credentials.
    Ok(db.pragma_update(None, "cache_size", -131_072)?)
}

fn make(db: &mut Connection) -> rusqlite::Result<()> {
    let tables = |db: &Connection| {
        db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
    };
    if tables(db)? == 0 {
        db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        let made = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        // Another process may have been faster.
        if tables(&made)? == 0 {
            made.execute_batch(TABLES)?;
            made.pragma_update(None, "application_id", APPLICATION)?;
            made.pragma_update(None, "user_version", VERSION)?;
        }
        made.commit()?;
    }
    Ok(())
}

fn check(db: &Connection) -> Result<(), Error> {
    let number = |name| db.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    match number("application_id").and_then(|id| Ok((id, number("user_version")?))) {
        Ok((APPLICATION, VERSION)) => Ok(()),
        Err(error) if error.sqlite_error_code() != Some(ErrorCode::NotADatabase) => {
            Err(error.into())
        }
        _ => Err(Error::Foreign),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Db for Connection {
    fn begin(&mut self) -> Result<(), Error> {
        Ok(self.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn commit(&mut self) -> Result<(), Error> {
        Ok(self.execute_batch("COMMIT")?)
    }

    fn roll_back(&mut self) {
        // If this fails too, the connection is lost, and with it the transaction.
        let _ = self.execute_batch("ROLLBACK");
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, Error> {
        Ok(self.prepare_cached(sql)?.execute(params_from_iter(values))? as u64)
    }

    fn query(&mut self, sql: &str, values: &[Value], take: &mut Take<'_>) -> Result<(), Error> {
        let mut statement = self.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            take(row)?;
        }
        Ok(())
    }

    fn enter(&mut self, seen: &[Seen<'_>], now: i64) -> Result<(), Error> {
        let mut credential = self.prepare_cached(&format!(
            "INSERT INTO credential (fingerprint, rule, title, category, rank, preview, revoke, first_seen, last_seen, times)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9) {CREDENTIAL_AGAIN} RETURNING id"
        ))?;
        let mut exposure = self.prepare_cached(&format!(
            "INSERT INTO exposure (credential, source, channel, path, principal, action, first_seen, last_seen, times)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8) {EXPOSURE_AGAIN}"
        ))?;
        for one in seen {
            let s = one.first;
            let (rank, times) = (rank(&s.severity), one.times);
            let values = params![
                s.fingerprint,
                s.rule,
                s.title,
                s.category,
                rank,
                s.preview,
                s.revoke,
                now,
                times
            ];
            let id: i64 = credential.query_row(values, |row| row.get(0))?;
            for place in &one.places {
                let [source, channel, path, principal] = place.key();
                let action = &place.last.action;
                exposure.execute(params![
                    id,
                    source,
                    channel,
                    path,
                    principal,
                    action,
                    now,
                    place.times
                ])?;
            }
        }
        Ok(())
    }
}

impl Cells for Row<'_> {
    fn number(&self, n: usize) -> Result<i64, Error> {
        Ok(self.get(n)?)
    }

    fn text(&self, n: usize) -> Result<String, Error> {
        Ok(self.get(n)?)
    }

    fn blob(&self, n: usize) -> Result<Vec<u8>, Error> {
        Ok(self.get(n)?)
    }

    fn maybe_number(&self, n: usize) -> Result<Option<i64>, Error> {
        Ok(self.get(n)?)
    }

    fn maybe_text(&self, n: usize) -> Result<Option<String>, Error> {
        Ok(self.get(n)?)
    }
}
