//! What makes a candidate believable, offline.
//!
//! Pure functions over short byte strings: a token's own redundancy, how random it looks, what stands near it, and
//! whether it is a placeholder. Nothing here knows of rules or of streams.

pub(crate) mod allow;
pub(crate) mod checksum;
pub(crate) mod context;
pub(crate) mod describe;
pub(crate) mod phrase;
pub(crate) mod plausible;
pub(crate) mod randomness;
pub(crate) mod wordlist;
