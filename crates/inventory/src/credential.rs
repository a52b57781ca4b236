//! A credential in the books.

use serde::Serialize;

use crate::Error;
use crate::db::Cells;

/// What has become of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing yet.
    Open,
    /// It was revoked, and replaced where it was needed.
    Rotated,
    /// Somebody decided to live with it.
    Accepted,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 3] = [Status::Open, Status::Rotated, Status::Accepted];

    /// The word used in reports and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Rotated => "rotated",
            Status::Accepted => "accepted",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.as_str() == name)
    }

    pub(crate) fn number(self) -> i64 {
        match self {
            Status::Open => 0,
            Status::Rotated => 1,
            Status::Accepted => 2,
        }
    }

    fn from_number(number: i64) -> Status {
        Status::ALL.into_iter().find(|status| status.number() == number).unwrap_or(Status::Open)
    }
}

/// Severities, worst first; their place is their rank.
pub(crate) const SEVERITIES: [&str; 4] = ["critical", "high", "medium", "low"];

pub(crate) fn rank(severity: &str) -> i64 {
    let place = SEVERITIES.iter().position(|word| *word == severity);
    place.unwrap_or(SEVERITIES.len() - 1) as i64
}

/// How far an exposure reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Blast {
    /// Places: source, channel, path and principal together.
    pub contexts: u64,
    /// Files, streams, requests.
    pub sources: u64,
    /// Users, agents and services that saw it.
    pub principals: u64,
    /// Channels it went through.
    pub hops: u64,
}

/// A credential. Times are milliseconds since 1970 in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Credential {
    /// Keyed fingerprint.
    pub fingerprint: String,
    /// Id of the rule that found it first.
    pub rule: String,
    /// What it is.
    pub title: String,
    /// Kind of service.
    pub category: String,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: &'static str,
    /// Public prefix and length.
    pub preview: String,
    /// Where it is rotated.
    pub revoke: Option<String>,
    /// Who has to do it.
    pub owner: Option<String>,
    /// What has become of it.
    pub status: Status,
    /// Who decided so.
    pub status_by: Option<String>,
    /// When.
    pub status_at: Option<u64>,
    /// Why.
    pub note: Option<String>,
    /// When it was first seen.
    pub first_seen: u64,
    /// When it was last seen.
    pub last_seen: u64,
    /// How often it was seen.
    pub times: u64,
    /// How far it got.
    pub blast: Blast,
}

impl Credential {
    /// Milliseconds it has been open at `now`; nothing if it is not.
    #[must_use]
    pub fn open_for(&self, now: u64) -> Option<u64> {
        (self.status == Status::Open).then(|| now.saturating_sub(self.first_seen))
    }

    /// Whether it is open for longer than leaked keys lie untried.
    #[must_use]
    pub fn is_overdue(&self, now: u64) -> bool {
        self.open_for(now).is_some_and(|age| age > crate::CLOCK)
    }

    /// Whether it was seen again after it was rotated: then a copy is still about, or the rotation did not happen.
    #[must_use]
    pub fn seen_again(&self) -> bool {
        self.status == Status::Rotated && self.status_at.is_some_and(|at| self.last_seen > at)
    }

    /// What its owner has to do, in order.
    #[must_use]
    pub fn steps(&self) -> Vec<String> {
        let place = match &self.revoke {
            Some(place) => format!(" at {place}"),
            None => " where it was issued".to_owned(),
        };
        vec![
            format!("Issue a new credential{place}."),
            "Give it to what uses the old one.".to_owned(),
            format!("Revoke the old one{place}."),
            "Look into the provider's log for uses you do not know, since it was first seen."
                .to_owned(),
            "Remove it from the sources below; a revoked key still tells whose it was.".to_owned(),
            format!("keysieve inventory set-status {} rotated", self.fingerprint),
        ]
    }

    pub(crate) fn from_row(row: &dyn Cells) -> Result<Credential, Error> {
        let count = |n: usize| row.number(n).map(i64::unsigned_abs);
        let severity = usize::try_from(row.number(4)?).ok();
        let severity = severity.and_then(|rank| SEVERITIES.get(rank));
        Ok(Credential {
            fingerprint: row.text(0)?,
            rule: row.text(1)?,
            title: row.text(2)?,
            category: row.text(3)?,
            severity: severity.copied().unwrap_or("low"),
            preview: row.text(5)?,
            revoke: row.maybe_text(6)?,
            owner: row.maybe_text(7)?,
            status: Status::from_number(row.number(8)?),
            status_by: row.maybe_text(9)?,
            status_at: row.maybe_number(10)?.map(i64::unsigned_abs),
            note: row.maybe_text(11)?,
            first_seen: count(12)?,
            last_seen: count(13)?,
            times: count(14)?,
            blast: Blast {
                contexts: count(15)?,
                sources: count(16)?,
                principals: count(17)?,
                hops: count(18)?,
            },
        })
    }
}

/// A place where a credential was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Exposure {
    /// Path as given or walked; `-` for standard input.
    pub source: String,
    /// Channel; empty if not known.
    pub channel: String,
    /// JSONPath; empty if not known.
    pub path: String,
    /// Who saw it; empty if not known.
    pub principal: String,
    /// What was done, the last time.
    pub action: String,
    /// When it was first seen there.
    pub first_seen: u64,
    /// When it was last seen there.
    pub last_seen: u64,
    /// How often.
    pub times: u64,
}
