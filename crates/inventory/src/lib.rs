//! The books: which credentials were exposed, where, to whom, who owns them, and whether they are revoked yet.
//!
//! One SQLite file, or a PostgreSQL database (feature `postgres`). Credentials are known by keyed fingerprint; no byte of a
//! secret is ever in it. Decisions (a status, an owner, what was pruned) are chained in an [`audit`] log under a key derived from that of the fingerprints, so that a change
//! behind our back is noticed by [`Inventory::verify`]. Several processes may read and write at once.
//!
//! Left out: asking a provider whether a credential still works; any clock (times come from the caller, in milliseconds since
//! 1970, UTC).

pub mod audit;
mod credential;
mod db;
mod error;
mod portion;
#[cfg(feature = "postgres")]
mod postgresql;
mod query;
mod sighting;
mod sqlite;
mod store;
#[cfg(feature = "postgres")]
mod tls;

pub use audit::{Fault, Head, Verified};
pub use credential::{Blast, Credential, Exposure, Status};
pub use error::Error;
pub use query::{Day, Query};
pub use sighting::Sighting;
pub use store::{Inventory, Key, is_server};

/// How long leaked keys lie before they are tried, in milliseconds: nine to seventeen minutes were measured on public
/// repositories, and the longer of the two is the clock here.
pub const CLOCK: u64 = 17 * 60 * 1000;

#[cfg(test)]
mod tests;
