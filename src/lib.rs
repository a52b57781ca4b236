//! keysieve finds credentials in prompts, traces, logs and streams, and redacts them in flight.
//!
//! This crate is the engine: it does no input or output of its own, starts no threads, reads no clock and no
//! environment. Building a [`Scanner`] can fail; scanning cannot. Whole texts and streams go through one detect
//! function, so that findings do not depend on how a text was cut.
//!
//! | door | for |
//! |---|---|
//! | [`Scanner::find_iter`], [`Scanner::scan`] | findings of a whole text |
//! | [`Scanner::stream`] | findings of text that arrives in pieces |
//! | [`Redactor::redact`] | the text without its secrets, borrowed if it had none |
//! | [`Redactor::stream`] | the same for a stream, in front of any writer |
//! | [`Redactor::enveloped`] | the same for text between lengths and checksums ([`Envelope`]) |
//! | [`lint`] | whether a pack keeps its promises |
//!
//! All offsets are bytes from the beginning of the text or stream.
//!
//! ```
//! # #[cfg(feature = "builtin")] {
//! use keysieve::{Config, Mode, Pack, Profile, Redactor, Scanner};
//!
//! let config = Config::new().profile(Profile::Redact);
//! let scanner = Scanner::builder().pack(Pack::builtin()).config(config).build()?;
//! let redactor = Redactor::new(&scanner, Mode::Label);
//! let clean = redactor.redact(b"{\"db_password\": \"c0rrect-h0rse\"}");
//! assert_eq!(&*clean, b"{\"db_password\": \"[REDACTED:generic-password]\"}");
//! # }
//! # Ok::<(), keysieve::Error>(())
//! ```

#![cfg_attr(
    not(test),
    deny(clippy::disallowed_macros, clippy::disallowed_methods, clippy::disallowed_types)
)]

// So that the engine's own tests can share files with those in `tests/`.
#[cfg(test)]
extern crate self as keysieve;

mod check;
mod detect;
mod error;
mod explain;
pub mod lint;
mod payload;
mod plan;
mod policy;
mod record;
mod redact;
mod rules;
mod scan;
pub mod synth;
mod text;

pub use check::describe::Attribute;
pub use detect::finding::{CheckOutcome, Companion, Finding, Fingerprint, FingerprintKey};
pub use detect::known::{KNOWN_SECRET, KnownSecrets, ordinary};
pub use detect::scratch::{RuleStats, Stats};
pub use error::{Error, ErrorKind};
pub use explain::{Step, Trace};
pub use plan::{Probe, RulePlan};
pub use policy::bound::BoundPolicy;
pub use policy::context::{Context, Direction, Principal, Subject};
pub use policy::table::TestFailure;
pub use policy::{Considered, Decision, Policy, PolicyRule, Restore, RestoreRule};
pub use record::{Record, RecordedCompanion};
pub use redact::action::{Action, Decide};
pub use redact::envelope::{Envelope, EnvelopeStream};
pub use redact::placeholder::Mode;
pub use redact::redactor::{Ignore, RedactStream, Redactor};
pub use redact::restore::{Carrier, Restored, Restorer};
pub use redact::signed::{PutBack, SignedReasoning, SignedStream};
pub use redact::stand_in::{StandInKey, StandInShape, StandIns, Vault};
pub use redact::treatment::Blocked;
pub use rules::exemption::Exemption;
pub use rules::layer::{OpenPack, PackText};
pub use rules::pack::Pack;
pub use rules::rule::{Confidence, Rule, Severity};
pub use scan::ahead::Ahead;
pub use scan::config::{Config, Engine, Input, Profile};
pub use scan::context::ContextCache;
pub use scan::scanner::{Scanner, ScannerBuilder};
pub use scan::scratch::Scratch;
pub use scan::sink::Sink;
pub use scan::stream::{Held, StreamScanner};
pub use text::channel::Channel;
pub use text::lines::LineCounter;
pub use text::secret::{Original, Secret};
pub use text::simd::Level as Vectors;
pub use text::span::Span;
