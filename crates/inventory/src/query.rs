//! Questions to the books.

use serde::Serialize;

use crate::credential::{Credential, Exposure, Status, rank};
use crate::db::{self, Cells, Value};
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
        const PLACE: &str = "EXISTS (SELECT 1 FROM exposure e WHERE e.credential = c.id AND e";
        let mut parts = vec!["true".to_owned()];
        let mut values: Vec<Value> = Vec::new();
        let mut add = |part: String, value: Value| {
            values.push(value);
            parts.push(part.replace('#', &format!("?{}", values.len())));
        };
        if let Some(status) = self.status {
            add("status = #".to_owned(), status.number().into());
        }
        if let Some(severity) = &self.severity {
            add("rank <= #".to_owned(), rank(severity).into());
        }
        if let Some(rule) = &self.rule {
            add("rule = #".to_owned(), rule.as_str().into());
        }
        if let Some(owner) = &self.owner {
            add("owner = #".to_owned(), owner.as_str().into());
        }
        if let Some(source) = &self.source {
            add(format!("{PLACE}.source = #)"), source.as_str().into());
        }
        if let Some(principal) = &self.principal {
            add(format!("{PLACE}.principal = #)"), principal.as_str().into());
        }
        if let Some(time) = self.open_since {
            let time = i64::try_from(time).unwrap_or(i64::MAX);
            add("status = 0 AND c.first_seen < #".to_owned(), time.into());
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
        let mut stopped = None;
        let done = self.ask(|db| {
            db.query(&sql, &values, &mut |row| {
                take(Credential::from_row(row)?).map_err(|error| {
                    stopped = Some(error);
                    Error::Stopped
                })
            })
        });
        match stopped {
            Some(error) => Err(error),
            None => done.map_err(E::from),
        }
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
        let count = self.ask(|db| db::first(db, &sql, &values, |row| row.number(0)))?;
        Ok(count.unwrap_or_default().unsigned_abs())
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
        let sql = format!("SELECT {COLUMNS}, {BLAST} FROM credential c WHERE fingerprint = ?1");
        self.ask(|db| {
            let whole = [whole(db, fingerprint)?.as_str().into()];
            db::first(db, &sql, &whole, Credential::from_row)?.ok_or(Error::Unknown(0))
        })
    }

    /// Where it was seen, the latest first; at most `limit` places.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn exposures(&self, credential: &Credential, limit: u64) -> Result<Vec<Exposure>, Error> {
        const PLACES: &str =
            "SELECT source, channel, path, principal, action, e.first_seen, e.last_seen, e.times
             FROM exposure e JOIN credential c ON c.id = e.credential
             WHERE c.fingerprint = ?1 ORDER BY e.last_seen DESC, source, path LIMIT ?2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let values = [credential.fingerprint.as_str().into(), limit.into()];
        let make = |row: &dyn Cells| {
            let count = |n: usize| row.number(n).map(i64::unsigned_abs);
            Ok(Exposure {
                source: row.text(0)?,
                channel: row.text(1)?,
                path: row.text(2)?,
                principal: row.text(3)?,
                action: row.text(4)?,
                first_seen: count(5)?,
                last_seen: count(6)?,
                times: count(7)?,
            })
        };
        self.ask(|db| db::all(db, PLACES, &values, make))
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
            let count = self.ask(|db| db::first(db, sql, &[time.into()], |row| row.number(0)))?;
            Ok(count.unwrap_or_default().unsigned_abs())
        };
        const SEEN: &str = "SELECT count(*) FROM credential WHERE first_seen < ?1";
        const CLOSED: &str = "SELECT count(*) FROM credential WHERE status <> 0 AND status_at < ?1";
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
