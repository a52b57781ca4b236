//! What stands near a candidate, and what kinds of characters it is made of.

/// Whether one of `words` stands in `text`, in any case.
pub(crate) fn holds_any(text: &[u8], words: &[String]) -> bool {
    words.iter().any(|word| holds(text, word.as_bytes()))
}

/// Whether `word` stands in `text`, in any case.
pub(crate) fn holds(text: &[u8], word: &[u8]) -> bool {
    let Some(first) = word.first() else { return false };
    let (small, large) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    memchr::memchr2_iter(small, large, text).any(|at| {
        text.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word))
    })
}

/// How many of lower case, upper case and digits occur.
pub(crate) fn classes(secret: &[u8]) -> u8 {
    let has = |test: fn(&u8) -> bool| u8::from(secret.iter().any(test));
    has(u8::is_ascii_lowercase) + has(u8::is_ascii_uppercase) + has(u8::is_ascii_digit)
}
