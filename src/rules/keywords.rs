//! Comparing the names that people give to secrets.
//!
//! `DD_API_KEY`, `dd-api-key`, `ddApiKey` and `dd api key` are one name. Names and keywords are compared after
//! dropping case and separators.

/// Lower-cased letters and digits of a name; everything else is dropped.
pub(crate) fn normal(name: &[u8]) -> Vec<u8> {
    name.iter()
        .filter(|b| b.is_ascii_alphanumeric() || **b >= 0x80)
        .map(u8::to_ascii_lowercase)
        .collect()
}

/// Whether a word can be a keyword: long enough to be looked for, and with something to compare.
pub(crate) fn is_fit(word: &str) -> bool {
    word.len() >= super::parse::SHORTEST_ANCHOR && !normal(word.as_bytes()).is_empty()
}

/// Words that stand in many names: looking for them would trigger everywhere.
const COMMON: [&str; 30] = [
    "access",
    "secret",
    "token",
    "tokens",
    "client",
    "account",
    "private",
    "service",
    "password",
    "webhook",
    "master",
    "license",
    "signing",
    "encryption",
    "shared",
    "session",
    "admin",
    "server",
    "production",
    "project",
    "personal",
    "application",
    "deploy",
    "credential",
    "credentials",
    "security",
    "subscription",
    "database",
    "connection",
    "oauth",
];

/// Literals one of which stands in every text in which the keyword is a name, whatever separates its parts.
///
/// If a part is telling enough, that part alone, and the whole with blanks, which no name runs over; otherwise the
/// keyword with each usual separator for its `_`.
pub(crate) fn spellings(keyword: &str) -> Vec<String> {
    let lower = keyword.to_ascii_lowercase();
    if !lower.contains('_') {
        return vec![lower];
    }
    let telling = lower.split('_').filter(|part| part.len() >= 5 && !COMMON.contains(part));
    if let Some(part) = telling.max_by_key(|part| part.len()) {
        return vec![part.to_owned(), lower.replace('_', " ")];
    }
    ["_", "-", " ", ".", ""].iter().map(|separator| lower.replace('_', separator)).collect()
}
