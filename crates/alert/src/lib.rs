//! Findings told while the stream runs: to webhooks, chats, pagers, syslog, OTLP, files.
//!
//! [`Alerts::raise`] takes a finding on the data path, [`Alerts::commit`] makes what was raised durable before the text goes on, and
//! threads of their own deliver. The same credential is told once in a [window](Settings::window); what follows is counted and
//! told at its end, so that the counts of all alerts add up to the findings. Delivery is at least once: an alert that was
//! committed to a queue on disk survives the death of the process, and what is told twice has the same id.
//!
//! A dead receiver stops nothing: what waits is bounded, and what is beyond the bound is counted and told as such. No alert holds a
//! byte of a secret's random part, and no message a word of an address, which may be a secret itself.

mod address;
mod alert;
mod alerts;
mod chat;
mod courier;
mod forced;
mod http;
mod mark;
mod otlp;
mod pager;
mod queue;
mod sink;
mod syslog;
mod tls;
mod window;

#[cfg(test)]
mod tests;

pub use address::{Reach, is_private};
pub use alert::{Alert, Kind};
pub use alerts::{Alerts, Full, Outcome, Pending, Settings};
pub use http::sign;
pub use sink::{Secrets, Sink, Unfit};
