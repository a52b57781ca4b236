//! The packs of `patterns/`, compiled into the library.
//!
//! The build script reads the TOML with this crate's own reader and stores what it made of it ([`super::packed`]); here
//! it is taken up again, once per process. A fault in a pack fails the build and names the line.

use std::sync::OnceLock;

use super::pack::Pack;
use super::packed::{self, Shipment};

/// What the build script made of the packs.
static SHIPMENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/builtin.pack"));

/// All of them as one pack.
pub(crate) fn pack() -> &'static Pack {
    static PACK: OnceLock<Pack> = OnceLock::new();
    PACK.get_or_init(|| {
        let shipment = packed::unpack::<Shipment>(SHIPMENT);
        debug_assert!(shipment.is_some(), "what the build script wrote can be read");
        let (rules, benign) = shipment.unwrap_or_default();
        Pack { rules, benign, exemptions: Vec::new(), parts: vec!["builtin".to_owned()] }
    })
}

#[cfg(test)]
mod tests;
