//! The inventory of exposures.
