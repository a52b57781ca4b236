//! Our own marks in a text: placeholders of secrets that are gone, and stand-ins shaped like labels.
//!
//! What was hidden had another length than its mark, so that text before a mark may have come nearer to what stands
//! behind it. Whoever measures a distance looks back with [`shown`], which ends at a mark: otherwise a text that was
//! redacted would show more the second time. Leaves out stand-ins that keep the format of a secret.

use super::view::{Unseen, View};

/// How every placeholder begins.
pub(crate) const PLACEHOLDER: &[u8] = b"[REDACTED:";
/// How every stand-in begins that is shaped like a label.
pub(crate) const STAND_IN: &[u8] = b"[SEALED:";
/// The longest placeholder: its beginning, a rule's id, a fingerprint or the name of a stand-in.
pub(crate) const LONGEST: usize = 96;

/// Up to `most` bytes before `pos`, none of them in or before one of our marks.
pub(crate) fn shown<'v>(view: &View<'v>, pos: usize, most: usize) -> &'v [u8] {
    let before = view.look_back(pos, most + LONGEST);
    let hidden = last(before).map_or(0, |at| {
        let rest = before.get(at..).unwrap_or_default();
        at + rest.iter().position(|b| *b == b']').unwrap_or(rest.len())
    });
    let from = hidden.max(before.len().saturating_sub(most));
    before.get(from..).unwrap_or_default()
}

/// Whether one of our marks begins at `pos`, which is what stands there of a run that went on.
pub(crate) fn follows(view: &View<'_>, pos: usize) -> Result<bool, Unseen> {
    for head in [PLACEHOLDER, STAND_IN] {
        let mut at = pos;
        for byte in head {
            if view.byte(at)? != Some(*byte) {
                break;
            }
            at += 1;
        }
        if at == pos + head.len() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where the last mark in `text` begins.
pub(crate) fn last(text: &[u8]) -> Option<usize> {
    memchr::memrchr_iter(b'[', text).find(|at| begins(text, *at))
}

/// Whether one of our marks stands in `text`.
pub(crate) fn holds(text: &[u8]) -> bool {
    memchr::memchr_iter(b'[', text).any(|at| begins(text, at))
}

/// Whether `text` ends in the beginning of a mark.
pub(crate) fn opens(text: &[u8]) -> bool {
    text.ends_with(PLACEHOLDER) || text.ends_with(STAND_IN)
}

/// Whether `text` ends in a whole mark.
pub(crate) fn closes(text: &[u8]) -> bool {
    let Some(inner) = text.strip_suffix(b"]") else { return false };
    last(inner).and_then(|at| inner.get(at..)).is_some_and(|mark| !mark.contains(&b']'))
}

/// Whether a mark begins at `at`.
fn begins(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    rest.starts_with(PLACEHOLDER) || rest.starts_with(STAND_IN)
}
