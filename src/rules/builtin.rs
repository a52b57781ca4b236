//! The packs of `patterns/`, compiled into the library.
//!
//! They are parsed once per process. A fault in them is a defect of the library and found by its tests; a broken
//! pack would be left out, and `tests/packs.rs` fails if that happens.

#[cfg(feature = "builtin")]
use std::sync::OnceLock;

#[cfg(feature = "builtin")]
use super::pack::Pack;

/// Name and text of every pack, in the order in which they are merged.
#[cfg(feature = "builtin")]
pub(crate) const SOURCES: &[(&str, &str)] = &[
    ("patterns/ai.toml", include_str!("../../patterns/ai.toml")),
    ("patterns/cloud.toml", include_str!("../../patterns/cloud.toml")),
    ("patterns/vcs.toml", include_str!("../../patterns/vcs.toml")),
    ("patterns/ci.toml", include_str!("../../patterns/ci.toml")),
    ("patterns/registry.toml", include_str!("../../patterns/registry.toml")),
    ("patterns/comms.toml", include_str!("../../patterns/comms.toml")),
    ("patterns/payments.toml", include_str!("../../patterns/payments.toml")),
    ("patterns/saas.toml", include_str!("../../patterns/saas.toml")),
    ("patterns/feeds.toml", include_str!("../../patterns/feeds.toml")),
    ("patterns/office.toml", include_str!("../../patterns/office.toml")),
    ("patterns/database.toml", include_str!("../../patterns/database.toml")),
    ("patterns/identity.toml", include_str!("../../patterns/identity.toml")),
    ("patterns/observability.toml", include_str!("../../patterns/observability.toml")),
    ("patterns/infra.toml", include_str!("../../patterns/infra.toml")),
    ("patterns/crypto.toml", include_str!("../../patterns/crypto.toml")),
    ("patterns/generic.toml", include_str!("../../patterns/generic.toml")),
    ("patterns/benign.toml", include_str!("../../patterns/benign.toml")),
];

/// All of them as one pack.
#[cfg(feature = "builtin")]
pub(crate) fn pack() -> &'static Pack {
    static PACK: OnceLock<Pack> = OnceLock::new();
    PACK.get_or_init(|| {
        let all =
            SOURCES.iter().fold(Pack::new(), |all, (name, text)| match Pack::parse(name, text) {
                Ok(pack) => all.merge(pack),
                Err(error) => {
                    debug_assert!(false, "{error}");
                    all
                }
            });
        all.named("builtin")
    })
}
