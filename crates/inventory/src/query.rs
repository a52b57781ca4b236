//! Questions to the books.

use rusqlite::{OptionalExtension, params_from_iter, types::Value};
use serde::Serialize;

use crate::credential::{Credential, Exposure, Status, rank};
use crate::store::whole;
use crate::{CLOCK, Error, Inventory};

/// Which credentials. The most urgent come first: open before closed, then by severity, then the oldest.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Of this status only.
    pub status: Option<Status>,
    /// At least this severe.
    pub severity: Option<String>,
    /// Found by this rule.
    pub rule: Option<String>,
    /// To be rotated by this owner.
    pub owner: Option<String>,
    /// Seen in this source.
    pub source: Option<String>,
    /// Seen by this principal.
    pub principal: Option<String>,
    /// Open since before this time.
    pub open_since: Option<u64>,
    /// At most so many.
    pub limit: Option<u64>,
}

/// What was new on a day, and what was open at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Day {
    /// Its beginning in UTC, milliseconds since 1970.
    pub begin: u64,
    /// Credentials first seen.
    pub new: u64,
    /// Credentials that were seen and not closed yet. What was closed and opened again counts as it is now.
    pub open: u64,
}

const DAY: u64 = 24 * 60 * 60 * 1000;

const COLUMNS: &str = "fingerprint, rule, title, category, rank, preview, revoke, owner, status, status_by, \
     status_at, note, c.first_seen, c.last_seen, c.times";

/// How far each of them got; asked for those that are shown only.
const BLAST: &str = "
    (SELECT count(*) FROM exposure e WHERE e.credential = c.id),
    (SELECT count(DISTINCT source) FROM exposure e WHERE e.credential = c.id),
    (SELECT count(DISTINCT nullif(principal, '')) FROM exposure e WHERE e.credential = c.id),
    (SELECT count(DISTINCT nullif(channel, '')) FROM exposure e WHERE e.credential = c.id)";

impl Query {
    fn condition(&self) -> (String, Vec<Value>) {
        let mut parts = vec!["1".to_owned()];
        let mut values = Vec::new();
        let mut add = |part: &str, value: Value| {
            parts.push(part.to_owned());
            values.push(value);
        };
        let number = |n: u64| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        if let Some(status) = self.status {
            add("status = ?", Value::Integer(status.number()));
        }
        if let Some(severity) = &self.severity {
            add("rank <= ?", Value::Integer(rank(severity)));
        }
        if let Some(rule) = &self.rule {
            add("rule = ?", Value::Text(rule.clone()));
        }
        if let Some(owner) = &self.owner {
            add("owner = ?", Value::Text(owner.clone()));
        }
        let place = "EXISTS (SELECT 1 FROM exposure e WHERE e.credential = c.id AND e";
        if let Some(source) = &self.source {
            add(&format!("{place}.source = ?)"), Value::Text(source.clone()));
        }
        if let Some(principal) = &self.principal {
            add(&format!("{place}.principal = ?)"), Value::Text(principal.clone()));
        }
        if let Some(time) = self.open_since {
            add("status = 0 AND c.first_seen < ?", number(time));
        }
        (parts.join(" AND "), values)
    }
}

impl Inventory {
    /// Hands the credentials asked for to `take`, the most urgent first, until it says stop.
    ///
    /// # Errors
    /// If the database cannot be read, or what `take` answers.
    pub fn each<E: From<Error>>(
        &self,
        query: &Query,
        mut take: impl FnMut(Credential) -> Result<(), E>,
    ) -> Result<(), E> {
        let (condition, values) = query.condition();
        let limit = query.limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
        let sql = format!(
            "SELECT {COLUMNS}, {BLAST} FROM credential c WHERE {condition} ORDER BY status, rank, first_seen{limit}"
        );
        let fault = |error: rusqlite::Error| E::from(Error::from(error));
        let mut rows = self.db.prepare_cached(&sql).map_err(fault)?;
        let rows = rows.query_map(params_from_iter(values), Credential::from_row).map_err(fault)?;
        for row in rows {
            take(row.map_err(fault)?)?;
        }
        Ok(())
    }

    /// The credentials asked for, the most urgent first.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn list(&self, query: &Query) -> Result<Vec<Credential>, Error> {
        let mut all = Vec::new();
        self.each(query, |credential| {
            all.push(credential);
            Ok::<(), Error>(())
        })?;
        Ok(all)
    }

    /// How many credentials are asked for, whatever the limit.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn count(&self, query: &Query) -> Result<u64, Error> {
        let (condition, values) = query.condition();
        let sql = format!("SELECT count(*) FROM credential c WHERE {condition}");
        let n: i64 = self.db.query_row(&sql, params_from_iter(values), |row| row.get(0))?;
        Ok(n.unsigned_abs())
    }

    /// Credentials by status: open, rotated, accepted; and how many of the open ones are overdue at `now`.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn statuses(&self, now: u64) -> Result<([u64; 3], u64), Error> {
        let mut statuses = [0; 3];
        for (count, status) in statuses.iter_mut().zip(Status::ALL) {
            *count = self.count(&Query { status: Some(status), ..Query::default() })?;
        }
        let open_since = Some(now.saturating_sub(CLOCK));
        let overdue = self.count(&Query { open_since, ..Query::default() })?;
        Ok((statuses, overdue))
    }

    /// The credential whose fingerprint begins with `fingerprint`.
    ///
    /// # Errors
    /// If there is none, or more than one.
    pub fn credential(&self, fingerprint: &str) -> Result<Credential, Error> {
        let fingerprint = whole(&self.db, fingerprint)?;
        let sql = format!("SELECT {COLUMNS}, {BLAST} FROM credential c WHERE fingerprint = ?");
        let found = self.db.query_row(&sql, [fingerprint], Credential::from_row);
        found.optional()?.ok_or(Error::Unknown(0))
    }

    /// Where it was seen, the latest first; at most `limit` places.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn exposures(&self, credential: &Credential, limit: u64) -> Result<Vec<Exposure>, Error> {
        let mut rows = self.db.prepare_cached(
            "SELECT source, channel, path, principal, action, e.first_seen, e.last_seen, e.times
             FROM exposure e JOIN credential c ON c.id = e.credential
             WHERE c.fingerprint = ? ORDER BY e.last_seen DESC, source, path LIMIT ?",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = rows.query_map(rusqlite::params![credential.fingerprint, limit], |row| {
            let count = |n: usize| row.get::<_, i64>(n).map(i64::unsigned_abs);
            Ok(Exposure {
                source: row.get(0)?,
                channel: row.get(1)?,
                path: row.get(2)?,
                principal: row.get(3)?,
                action: row.get(4)?,
                first_seen: count(5)?,
                last_seen: count(6)?,
                times: count(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The last `days` days up to that of `now`, in order.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn trend(&self, days: u64, now: u64) -> Result<Vec<Day>, Error> {
        let today = now / DAY;
        let first = today.saturating_sub(days.saturating_sub(1));
        let before = |sql: &str, day: u64| -> Result<u64, Error> {
            let time = i64::try_from(day * DAY).unwrap_or(i64::MAX);
            let n: i64 = self.db.prepare_cached(sql)?.query_row([time], |row| row.get(0))?;
            Ok(n.unsigned_abs())
        };
        const SEEN: &str = "SELECT count(*) FROM credential WHERE first_seen < ?";
        const CLOSED: &str = "SELECT count(*) FROM credential WHERE status <> 0 AND status_at < ?";
        let mut seen = before(SEEN, first)?;
        let mut trend = Vec::new();
        for day in first..=today {
            let by_then = if day == today { u64::MAX / DAY } else { day + 1 };
            let now_seen = before(SEEN, by_then)?;
            let closed = before(CLOSED, by_then)?;
            let new = now_seen.saturating_sub(seen);
            trend.push(Day { begin: day * DAY, new, open: now_seen.saturating_sub(closed) });
            seen = now_seen;
        }
        Ok(trend)
    }
}
