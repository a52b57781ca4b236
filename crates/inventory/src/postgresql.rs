//! The inventory in a PostgreSQL database, for teams: one inventory over many machines.
//!
//! Writers take turns by an advisory lock that ends with their transaction. How the connection is protected is in [`crate::tls`].
//! A portion is entered with two statements, however large it is: what costs is the way there and back.

use std::borrow::Cow;
use std::collections::HashMap;

use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut};
use postgres::{Client, Row, Statement};

use crate::credential::rank;
use crate::db::{CREDENTIAL_AGAIN, Cells, Db, EXPOSURE_AGAIN, Take, Value};
use crate::portion::Seen;
use crate::{Error, tls};

/// The number of our advisory lock.
const LOCK: i64 = 0x6b73_696e;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS credential (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fingerprint TEXT COLLATE \"C\" NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    title TEXT NOT NULL,
    category TEXT NOT NULL,
    rank BIGINT NOT NULL,
    preview TEXT NOT NULL,
    revoke TEXT,
    owner TEXT,
    status BIGINT NOT NULL DEFAULT 0,
    status_by TEXT,
    status_at BIGINT,
    note TEXT,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    times BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS credential_urgency ON credential (status, rank, first_seen);
CREATE INDEX IF NOT EXISTS credential_first ON credential (first_seen);
CREATE INDEX IF NOT EXISTS credential_closed ON credential (status_at) WHERE status <> 0;
CREATE TABLE IF NOT EXISTS exposure (
    credential BIGINT NOT NULL REFERENCES credential (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    channel TEXT NOT NULL,
    path TEXT NOT NULL,
    principal TEXT NOT NULL,
    action TEXT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (credential, source, channel, path, principal)
);
CREATE TABLE IF NOT EXISTS audit (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    mac BYTEA NOT NULL
);
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value BYTEA NOT NULL);
";

/// A connection, and the statements that it knows already.
pub(crate) struct Server {
    client: Client,
    statements: HashMap<String, Statement>,
}

/// Connects for reading and writing, and makes the tables if they are not there.
pub(crate) fn open(address: &str) -> Result<Server, Error> {
    let mut server = Server::connect(address)?;
    if !server.is_made()? {
        server.begin()?;
        server.client.batch_execute(TABLES)?;
        server.commit()?;
    }
    Ok(server)
}

/// Connects for reading only.
pub(crate) fn open_for_reading(address: &str) -> Result<Server, Error> {
    let mut server = Server::connect(address)?;
    server.client.batch_execute("SET default_transaction_read_only = on")?;
    if server.is_made()? { Ok(server) } else { Err(Error::Foreign) }
}

impl Server {
    fn connect(address: &str) -> Result<Server, Error> {
        let mut client = tls::connect(address)?;
        // That tables are there already is no news.
        client.batch_execute("SET client_min_messages = warning")?;
        Ok(Server { client, statements: HashMap::new() })
    }

    fn is_made(&mut self) -> Result<bool, Error> {
        Ok(self.client.query_one("SELECT to_regclass('kept') IS NOT NULL", &[])?.try_get(0)?)
    }

    fn statement(&mut self, sql: &str) -> Result<Statement, Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&dialect(sql))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) => number.to_sql(ty, out),
            Value::Text(it) => text(it).to_sql(ty, out),
            Value::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    postgres::types::to_sql_checked!();
}

/// Our placeholders as PostgreSQL writes them. No text in our SQL holds a question mark.
fn dialect(sql: &str) -> String {
    sql.replace('?', "$")
}

impl Db for Server {
    fn begin(&mut self) -> Result<(), Error> {
        let begin = format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})");
        Ok(self.client.batch_execute(&begin)?)
    }

    fn commit(&mut self) -> Result<(), Error> {
        Ok(self.client.batch_execute("COMMIT")?)
    }

    fn roll_back(&mut self) {
        // If this fails too, the connection is lost, and with it the transaction.
        let _ = self.client.batch_execute("ROLLBACK");
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, Error> {
        let statement = self.statement(sql)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|it| it as _).collect();
        Ok(self.client.execute(&statement, &values)?)
    }

    fn query(&mut self, sql: &str, values: &[Value], take: &mut Take<'_>) -> Result<(), Error> {
        let statement = self.statement(sql)?;
        let mut rows = self.client.query_raw(&statement, values)?;
        while let Some(row) = rows.next()? {
            take(&row)?;
        }
        Ok(())
    }

    fn enter(&mut self, seen: &[Seen<'_>], now: i64) -> Result<(), Error> {
        let credential = self.statement(&format!(
            "INSERT INTO credential (fingerprint, rule, title, category, rank, preview, revoke, first_seen, last_seen, times)
             SELECT fingerprint, rule, title, category, rank, preview, revoke, ?9, ?9, times
             FROM unnest(?1::text[], ?2::text[], ?3::text[], ?4::text[], ?5::bigint[], ?6::text[], ?7::text[], ?8::bigint[])
             AS seen (fingerprint, rule, title, category, rank, preview, revoke, times) {CREDENTIAL_AGAIN}"
        ))?;
        let exposure = self.statement(&format!(
            "INSERT INTO exposure (credential, source, channel, path, principal, action, first_seen, last_seen, times)
             SELECT c.id, source, channel, path, principal, action, ?8, ?8, seen.times
             FROM unnest(?1::text[], ?2::text[], ?3::text[], ?4::text[], ?5::text[], ?6::text[], ?7::bigint[])
             AS seen (fingerprint, source, channel, path, principal, action, times)
             JOIN credential c ON c.fingerprint = seen.fingerprint COLLATE \"C\" {EXPOSURE_AGAIN}"
        ))?;
        let firsts = || seen.iter().map(|one| one.first);
        let fingerprints: Vec<&str> = firsts().map(|it| it.fingerprint.as_str()).collect();
        let rules: Vec<Cow<'_, str>> = firsts().map(|it| text(&it.rule)).collect();
        let titles: Vec<Cow<'_, str>> = firsts().map(|it| text(&it.title)).collect();
        let categories: Vec<Cow<'_, str>> = firsts().map(|it| text(&it.category)).collect();
        let ranks: Vec<i64> = firsts().map(|it| rank(&it.severity)).collect();
        let previews: Vec<Cow<'_, str>> = firsts().map(|it| text(&it.preview)).collect();
        let revokes: Vec<Option<Cow<'_, str>>> =
            firsts().map(|it| it.revoke.as_deref().map(text)).collect();
        let times: Vec<i64> = seen.iter().map(|one| one.times).collect();
        self.client.execute(
            &credential,
            &[
                &fingerprints,
                &rules,
                &titles,
                &categories,
                &ranks,
                &previews,
                &revokes,
                &times,
                &now,
            ],
        )?;
        let places = || seen.iter().flat_map(|one| &one.places);
        let column = |n: usize| -> Vec<Cow<'_, str>> {
            places().map(|place| text(place.key()[n])).collect()
        };
        let fingerprints: Vec<&str> = places().map(|it| it.last.fingerprint.as_str()).collect();
        let [sources, channels, paths, principals] = [0, 1, 2, 3].map(column);
        let actions: Vec<&str> = places().map(|it| it.last.action.as_str()).collect();
        let times: Vec<i64> = places().map(|it| it.times).collect();
        self.client.execute(
            &exposure,
            &[&fingerprints, &sources, &channels, &paths, &principals, &actions, &times, &now],
        )?;
        Ok(())
    }
}

/// Text as PostgreSQL takes it: everything but NUL.
fn text(text: &str) -> Cow<'_, str> {
    match text.contains('\0') {
        true => Cow::Owned(text.replace('\0', "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

impl Cells for Row {
    fn number(&self, n: usize) -> Result<i64, Error> {
        Ok(self.try_get(n)?)
    }

    fn text(&self, n: usize) -> Result<String, Error> {
        Ok(self.try_get(n)?)
    }

    fn blob(&self, n: usize) -> Result<Vec<u8>, Error> {
        Ok(self.try_get(n)?)
    }

    fn maybe_number(&self, n: usize) -> Result<Option<i64>, Error> {
        Ok(self.try_get(n)?)
    }

    fn maybe_text(&self, n: usize) -> Result<Option<String>, Error> {
        Ok(self.try_get(n)?)
    }
}
