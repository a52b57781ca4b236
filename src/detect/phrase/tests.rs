//! What is passed over many bytes at a time is what the slow way would pass over.

use super::{Breaks, Token, in_token, is_gap, read};
use crate::text::view::View;
use proptest::prelude::*;

/// Pieces of texts with words of every length, items, escapes and signs.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-c]{1,12}",
        "[0-9]{1,3}[.)]? ",
        "[ ,\n]{1,3}",
        "\\\\[nrtx]",
        "[{}:/@]",
        "é",
        "_",
        Just("legal winner ".to_owned())
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_phrase_covers_a_break(text in text(), from in 0usize..8) {
        let bytes = text.as_bytes();
        let view = View::new(bytes, 0, true);
        let from = from.min(bytes.len());
        let mut breaks = Breaks::default();
        breaks.read(&bytes[from..], from);
        for at in (from..bytes.len()).filter(|at| breaks.is_break(*at)) {
            let len = bytes[at..].iter().take_while(|b| in_token(**b)).count();
            if in_token(bytes[at]) && !bytes[at].is_ascii_alphanumeric() {
                // Whatever word it stands in is none of the list.
                prop_assert!(bytes[at] == b'_' || !bytes[at].is_ascii());
            } else if len == 0 {
                prop_assert!(!is_gap(bytes[at]) && bytes[at] != b'\\', "{at} in {text:?}");
            } else {
                let whole = at == 0 || !in_token(bytes[at - 1]);
                prop_assert!(whole && read(&view, at, at + len) == Token::Other, "{at} in {text:?}");
            }
        }
    }

    #[test]
    fn signs_are_breaks_wherever_they_stand(text in text()) {
        let mut breaks = Breaks::default();
        breaks.read(text.as_bytes(), 0);
        for (at, _) in text.match_indices(['{', '}', ':', '/', '@']) {
            prop_assert!(breaks.is_break(at));
        }
    }
}

#[test]
fn words_too_short_or_too_long_are_breaks() {
    let text = b"wind of change; perhaps interesting winds, and so on and on and on";
    let mut breaks = Breaks::default();
    breaks.read(text, 0);
    let found: Vec<usize> = (0..text.len()).filter(|at| breaks.is_break(*at)).collect();
    assert_eq!(found, [5, 24, 47]);
}
