//! Names of findings that stay the same when they are told twice.

use std::fmt::Write;

use keysieve::Record;
use sha2::{Digest, Sha256};

/// The id of a finding: 32 hexadecimal digits, equal for the same rule, fingerprint, source and place.
///
/// Neither time nor attempt is part of it, so that a receiver can drop what it got twice. Of a secret it holds the keyed
/// fingerprint only.
#[must_use]
pub fn finding_id(record: &Record) -> String {
    let mut hash = Sha256::new();
    let place = format!("{}..{}", record.span[0], record.span[1]);
    let path = record.path.as_deref().unwrap_or_default();
    for part in
        ["keysieve finding 1", &record.rule, &record.fingerprint, &record.source, path, &place]
    {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize()[..16])
}

/// The id as a UUID of version 8, for formats that want one (RFC 9562, section 5.8).
pub(crate) fn uuid(record: &Record) -> String {
    let id = finding_id(record);
    format!("{}-{}-8{}-8{}-{}", &id[..8], &id[8..12], &id[13..16], &id[17..20], &id[20..])
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
