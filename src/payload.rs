//! Where it hides: the formats in which text travels to and from a model.
//!
//! Walkers read a piece of a payload and tell which of its strings carry text, and which strings belong together because
//! a stream sends one text in many of them. They know nothing of rules; the scanner reads what they name.

pub(crate) mod chat;
pub(crate) mod elements;
pub(crate) mod eventstream;
pub(crate) mod grpc;
pub(crate) mod json;
pub(crate) mod locate;
pub(crate) mod otlp;
pub(crate) mod sse;
