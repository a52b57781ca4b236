//! How we look: from a window of bytes to findings, in one pass, from left to right.
//!
//! ```text
//! View -> prefilter -> triggers -> lanes -> verdict -> resolve -> Output
//! ```
//!
//! Invariants, each held by the tests in `tests/`:
//! 1. A decision is made only from bytes that have been seen. Reading past an unfinished window suspends.
//! 2. Each lane (a rule, the assignment parser) decides its triggers in the order of their offsets; a trigger inside
//!    a finding of the same rule is skipped.
//! 3. Findings are settled in the order of their offsets: a higher tier first, then leftmost, then longest.
//! 4. Nothing looks farther back than [`LOOK_BACK`] bytes or farther ahead than its rule's `max_len`; the rest of a token
//!    that was cut ([`cut`]) is looked for in a bounded part of what follows.
//!
//! Together they make the outcome a function of the text alone, not of how it was cut.

pub(crate) mod advance;
pub(crate) mod anchored;
pub(crate) mod assignment;
pub(crate) mod boundary;
pub(crate) mod companion;
pub(crate) mod cursor;
pub(crate) mod cut;
pub(crate) mod exempt;
pub(crate) mod finding;
pub(crate) mod harmless;
#[cfg(feature = "hyperscan")]
pub(crate) mod hyperscan;
pub(crate) mod known;
pub(crate) mod lexicon;
pub(crate) mod mention;
#[cfg(test)]
pub(crate) mod naive;
pub(crate) mod naming;
pub(crate) mod phrase;
pub(crate) mod prefilter;
pub(crate) mod prepared;
pub(crate) mod program;
pub(crate) mod random;
pub(crate) mod resolve;
pub(crate) mod runs;
pub(crate) mod scratch;
pub(crate) mod state;
pub(crate) mod value;
pub(crate) mod verdict;

#[cfg(test)]
mod tests;

/// How far before a trigger any decision may look.
pub(crate) const LOOK_BACK: usize = 768;
/// Bytes handled between two settlements in a large window. Few with debug assertions, so that short tests cross the edges.
pub(crate) const BLOCK: usize = if cfg!(debug_assertions) { 64 } else { 64 * 1024 };
