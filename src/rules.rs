//! What we look for: rules, their patterns, and the packs that hold them.
//!
//! Everything here is built before a scan begins and can fail with an [`crate::Error`] that names file, line and
//! rule. Nothing here looks at scanned text.

pub(crate) mod benign;
#[cfg(feature = "builtin")]
pub(crate) mod builtin;
pub(crate) mod exemption;
pub(crate) mod glob;
pub(crate) mod keywords;
pub(crate) mod layer;
pub(crate) mod pack;
pub(crate) mod packed;
pub(crate) mod parse;
pub(crate) mod patch;
pub(crate) mod pattern;
pub(crate) mod reader;
pub(crate) mod rule;
pub(crate) mod shape;

#[cfg(test)]
mod tests;
