//! Ignore comments: `keysieve:ignore`, `keysieve:ignore RULE-ID[,RULE-ID]`, `gitleaks:allow`.
//!
//! Only `scan` honours them. Words behind `keysieve:ignore` are ids of rules; a reason can follow after any other
//! character, for example `keysieve:ignore -- made up`.

/// For all rules.
const ALLOW: &[u8] = b"gitleaks:allow";
/// For all rules, or for those named behind it.
const IGNORE: &[u8] = b"keysieve:ignore";

/// Whether a comment in `text`, a part of the finding's line, is meant for findings of `rule`.
pub(crate) fn ignores(text: &[u8], rule: &str) -> bool {
    if !text.contains(&b':') {
        return false;
    }
    if memchr::memmem::find(text, ALLOW).is_some() {
        return true;
    }
    memchr::memmem::find_iter(text, IGNORE).any(|at| {
        let rest = text.get(at + IGNORE.len()..).unwrap_or_default();
        names(rest, rule)
    })
}

/// Whether the ids at the beginning of `rest` hold `rule`, or there are none.
fn names(rest: &[u8], rule: &str) -> bool {
    let ids = rest.iter().take_while(|b| is_id(**b) || matches!(b, b' ' | b'\t' | b','));
    let ids = rest.get(..ids.count()).unwrap_or_default();
    let mut words = ids
        .split(|b| !is_id(*b))
        .take_while(|word| !word.starts_with(b"-"))
        .filter(|word| !word.is_empty())
        .peekable();
    words.peek().is_none() || words.any(|word| word == rule.as_bytes())
}

fn is_id(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_ignored() {
        let cases: &[(&str, bool)] = &[
            ("", false),
            ("plain text: nothing", false),
            (" # gitleaks:allow", true),
            (" # keysieve:ignore", true),
            ("<!-- keysieve:ignore -->", true),
            ("/* keysieve:ignore */", true),
            (" # keysieve:ignore some-rule", true),
            (" # keysieve:ignore other-rule, some-rule", true),
            (" # keysieve:ignore other-rule", false),
            (" # keysieve:ignore some-rule-two", false),
            (" # keysieve:ignore -- some reason", true),
            (" # keysieve:ignore other-rule -- some-rule", false),
            (" keysieve:ignore other-rule keysieve:ignore", true),
            ("\"keysieve:ignore\",\"x\"", true),
        ];
        for (text, ignored) in cases {
            assert_eq!(ignores(text.as_bytes(), "some-rule"), *ignored, "{text}");
        }
    }
}
