//! The inventory in a PostgreSQL database, for teams: one inventory over many machines.
//!
//! Writers take turns by an advisory lock that ends with their transaction. The connection is not encrypted by us: use a socket, the
//! loopback address, or a tunnel that is.

use std::collections::HashMap;

use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut};
use postgres::{Client, NoTls, Row, Statement};

use crate::Error;
use crate::db::{Cells, Db, Take, Value};

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
        let mut client = Client::connect(address, NoTls)?;
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
            Value::Text(text) => text.to_sql(ty, out),
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
