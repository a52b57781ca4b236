//! Values that are never a finding: fillers, our own placeholders, and what a rule allows by name.

use std::borrow::Cow;

/// How every placeholder begins.
pub(crate) const PLACEHOLDER: &[u8] = b"[REDACTED:";
/// The longest placeholder: its beginning, a rule's id, a fingerprint.
pub(crate) const LONGEST_PLACEHOLDER: usize = 96;

/// Whether `secret`, which stands behind `before`, is, holds or is part of a placeholder.
pub(crate) fn is_placeholder(secret: &[u8], before: &[u8]) -> bool {
    let head = PLACEHOLDER.get(..PLACEHOLDER.len() - 1).unwrap_or(PLACEHOLDER);
    if memchr::memmem::find(secret, head).is_some() {
        return true;
    }
    let within = last_placeholder(before).and_then(|at| before.get(at..));
    within.is_some_and(|open| !open.contains(&b']'))
}

/// Where the last placeholder in `text` begins.
pub(crate) fn last_placeholder(text: &[u8]) -> Option<usize> {
    let begins = |at: &usize| text.get(*at..).is_some_and(|rest| rest.starts_with(PLACEHOLDER));
    memchr::memrchr_iter(b'[', text).find(begins)
}

/// `text` with placeholders blanked out: the rules they name say nothing about what stands beside them.
pub(crate) fn without_placeholders(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memmem::find(text, PLACEHOLDER).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = text.to_vec();
    let mut from = 0;
    while let Some(at) = out.get(from..).and_then(|rest| memchr::memmem::find(rest, PLACEHOLDER)) {
        let start = from + at;
        let rest = out.get_mut(start..).unwrap_or_default();
        let end = rest.iter().position(|b| *b == b']').unwrap_or(rest.len());
        rest.iter_mut().take(end).for_each(|b| *b = b' ');
        from = start + end;
    }
    Cow::Owned(out)
}

/// Whether the token is filled up rather than drawn: nearly all one character, or three or fewer different ones.
///
/// Documentation writes `xxxxxxxx`, `0000…` and `********`; a random token of 12 or more characters practically
/// never has so few different ones.
pub(crate) fn is_filler(secret: &[u8]) -> bool {
    if secret.len() < 12 {
        return secret.windows(2).all(|pair| matches!(pair, [a, b] if a == b));
    }
    let mut seen = [0u32; 256];
    let tail = secret.get(secret.len() / 3..).unwrap_or(secret);
    for &b in tail {
        if let Some(n) = seen.get_mut(usize::from(b)) {
            *n += 1;
        }
    }
    let distinct = seen.iter().filter(|n| **n > 0).count();
    let most = seen.iter().max().copied().unwrap_or(0) as usize;
    distinct <= 2 || most * 10 >= tail.len() * 8
}

/// Whether one of `words` stands in `secret`.
pub(crate) fn holds_any(secret: &[u8], words: &[String]) -> bool {
    words.iter().any(|word| memchr::memmem::find(secret, word.as_bytes()).is_some())
}

/// Whether one of our placeholders stands in `text`.
pub(crate) fn holds_placeholder(text: &[u8]) -> bool {
    memchr::memmem::find(text, PLACEHOLDER).is_some()
}
