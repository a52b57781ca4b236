//! Values that are never a finding: fillers, our own placeholders, and what a rule allows by name.

use crate::text::placeholder::{self, PLACEHOLDER, STAND_IN};

/// What every stand-in holds that keeps the format of a secret, in either case: hexadecimal digits fit most formats.
pub(crate) const MARK: &[u8] = b"5ea1ed";
/// Whether `secret`, which stands behind `before`, is, holds or is part of a placeholder.
pub(crate) fn is_placeholder(secret: &[u8], before: &[u8]) -> bool {
    // Its colon may be behind the secret.
    let begins =
        |head: &[u8]| head.split_last().is_some_and(|(_, head)| secret_holds(secret, head));
    if begins(PLACEHOLDER) || begins(STAND_IN) || keeps_a_format(secret) {
        return true;
    }
    let within = placeholder::last(before).and_then(|at| before.get(at..));
    within.is_some_and(|open| !open.contains(&b']'))
}

fn secret_holds(secret: &[u8], head: &[u8]) -> bool {
    memchr::memchr_iter(b'[', secret)
        .any(|at| secret.get(at..).is_some_and(|rest| rest.starts_with(head)))
}

/// Whether `secret` is a stand-in with the format of a secret. That a drawn token holds the mark has odds of one to
/// some hundred thousand.
fn keeps_a_format(secret: &[u8]) -> bool {
    memchr::memchr_iter(b'5', secret).any(|at| {
        let mark = secret.get(at..at + MARK.len());
        mark.is_some_and(|mark| mark.eq_ignore_ascii_case(MARK))
    })
}

/// Whether the token is filled up rather than drawn: nearly all one character, or three or fewer different ones.
///
/// Documentation writes `xxxxxxxx`, `0000…` and `********`; a random token of 12 or more characters practically
/// never has so few different ones.
pub(crate) fn is_filler(secret: &[u8]) -> bool {
    if secret.len() < 12 {
        return secret.windows(2).all(|pair| matches!(pair, [a, b] if a == b));
    }
    let tail = secret.get(secret.len() / 3..).unwrap_or(secret);
    let [first, ..] = *tail else { return true };
    let second = tail.iter().copied().find(|b| *b != first).unwrap_or(first);
    if tail.iter().all(|b| *b == first || *b == second) {
        return true;
    }
    // Who has more than half of the places is left over when two different ones go away together again and again.
    let (mut most, mut left) = (first, 0_usize);
    for byte in tail {
        match left {
            0 => (most, left) = (*byte, 1),
            _ if *byte == most => left += 1,
            _ => left -= 1,
        }
    }
    tail.iter().filter(|b| **b == most).count() * 10 >= tail.len() * 8
}

/// Characters that people write in the place of those of a token.
const MASKS: &[u8] = b"xX*.-_#?0";
/// The least of them in a row that mask.
const MASKED: usize = 6;

/// Whether a stretch of the token is masked: `xxxxxxxx`, `********`, `00000000`.
pub(crate) fn is_mask(secret: &[u8]) -> bool {
    secret
        .chunk_by(|a, b| a == b)
        .any(|run| run.len() >= MASKED && run.first().is_some_and(|byte| MASKS.contains(byte)))
}

/// Whether one of `words` stands in `secret`.
pub(crate) fn holds_any(secret: &[u8], words: &[String]) -> bool {
    // Faster than a searcher, which would be built for each of them.
    let stands = |word: &[u8]| {
        let [first, ..] = word else { return true };
        let mut places = memchr::memchr_iter(*first, secret);
        places.any(|at| secret.get(at..).is_some_and(|rest| rest.starts_with(word)))
    };
    words.iter().any(|word| stands(word.as_bytes()))
}
