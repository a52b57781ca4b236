//! The public engine: configuration, the immutable scanner, and its two doors, whole texts and streams.

pub(crate) mod ahead;
pub(crate) mod config;
pub(crate) mod context;
mod overlay;
mod pieces;
mod placing;
mod reading;
pub(crate) mod scanner;
pub(crate) mod scratch;
pub(crate) mod sink;
pub(crate) mod stream;
mod tape;
