//! What reports say besides findings: who made them and when.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Who writes a report, and its clock.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// Version of keysieve.
    pub version: &'static str,
    /// The clock, milliseconds since 1970 in UTC. Each finding is stamped when it is written.
    pub now: fn() -> u64,
}

impl Context {
    /// The context of a program of this version, with the system's clock.
    #[must_use]
    pub fn new(version: &'static str) -> Context {
        Context { version, now: system }
    }

    /// Now, as RFC 3339 in UTC with milliseconds.
    pub(crate) fn rfc3339(&self) -> String {
        rfc3339((self.now)())
    }
}

fn system() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds since 1970 as RFC 3339 in UTC, with milliseconds.
///
/// ```
/// assert_eq!(keysieve_report::rfc3339(1_790_000_000_123), "2026-09-21T14:13:20.123Z");
/// ```
#[must_use]
pub fn rfc3339(ms: u64) -> String {
    // What a four-digit year cannot hold is no time of ours.
    let ms = ms.min(253_402_300_799_999);
    humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(ms)).to_string()
}
