//! What we do about it: the same text with placeholders where secrets stood.

pub(crate) mod action;
pub(crate) mod envelope;
pub(crate) mod placeholder;
pub(crate) mod redactor;
pub(crate) mod replacement;
pub(crate) mod restore;
pub(crate) mod signed;
mod splice;
pub(crate) mod stand_in;
pub(crate) mod treatment;
mod whole;
