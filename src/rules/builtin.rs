//! The packs of `patterns/`, compiled into the library.
//!
//! The build script reads the TOML with this crate's own reader and stores what it made of it ([`super::packed`]); here
//! it is taken up again, once per process. A fault in a pack fails the build and names the line.

use std::sync::{Arc, OnceLock};

use super::pack::Pack;
use super::packed::{self, Packed, Shipment};

/// What the build script made of the packs.
static SHIPMENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/builtin.pack"));

/// What the detector made of these rules.
static PREPARED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/builtin.prepared"));

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

/// What was worked out for the rules of `pack`, if they are the built-in ones and all of them.
pub(crate) fn prepared<T: Packed>(pack: &Pack) -> Option<T> {
    let own = self::pack();
    let same = own.rules.len() == pack.rules.len();
    let same = same && own.rules.iter().zip(&pack.rules).all(|(a, b)| Arc::ptr_eq(a, b));
    if same { packed::unpack(PREPARED) } else { None }
}

#[cfg(test)]
mod tests;
