//! Keys that say in themselves what they are: AWS key ids, GitHub tokens, private keys in PEM.

use super::{Attribute, Attributes};
use crate::check::checksum::{aws_account, pem};

pub(super) fn aws(secret: &[u8]) -> Attributes {
    let id = secret.get(..20).unwrap_or_default();
    let account = aws_account(id).map(|account| (Attribute::AwsAccount, format!("{account:012}")));
    account.into_iter().collect()
}

/// Source: GitHub, "Behind GitHub's new authentication token formats" (2021).
pub(super) fn github(secret: &[u8]) -> Attributes {
    let kinds = [
        ("ghp_", "personal"),
        ("github_pat_", "fine-grained"),
        ("gho_", "oauth"),
        ("ghu_", "app-user"),
        ("ghs_", "app-installation"),
        ("ghr_", "refresh"),
    ];
    let kind = kinds.into_iter().find(|(prefix, _)| secret.starts_with(prefix.as_bytes()));
    kind.map(|(_, kind)| (Attribute::GithubType, kind.to_owned())).into_iter().collect()
}

pub(super) fn pem(secret: &[u8]) -> Attributes {
    let Some(key) = pem::look(secret) else { return Attributes::new() };
    let mut out = vec![(Attribute::PemKind, key.kind.to_owned())];
    out.extend(key.bits.map(|bits| (Attribute::PemBits, bits.to_string())));
    out.extend(key.encrypted.map(|yes| (Attribute::PemEncrypted, yes.to_string())));
    out.extend(key.complete.map(|yes| (Attribute::PemComplete, yes.to_string())));
    out
}
