//! How names and values are read: what is bound, how firmly, and where the window ends.

use super::{Bond, Parsed, parse};
use crate::text::span::Span;
use crate::text::view::View;

/// The values bound to the first occurrence of `keyword`.
fn values(text: &str, keyword: &str) -> Vec<(String, Bond)> {
    let at = text.find(keyword).unwrap();
    let view = View::new(text.as_bytes(), 0, true);
    match parse(&view, Span::new(at, at + keyword.len())) {
        Parsed::Bound(all) => all
            .iter()
            .map(|one| (text[one.value.start()..one.value.end()].to_owned(), one.bond))
            .collect(),
        Parsed::Suspended { .. } => panic!("nothing can be missing at the end of a text"),
    }
}

fn value(text: &str) -> Option<(String, Bond)> {
    values(text, "password").into_iter().next()
}

#[test]
fn an_operator_binds_firmly_and_a_sentence_with_a_phrase_loosely() {
    let v = || "vK9mPq27xLw4".to_owned();
    assert_eq!(value("password ?= 'vK9mPq27xLw4'"), Some((v(), Bond::Firm)));
    assert_eq!(value("password is vK9mPq27xLw4"), Some((v(), Bond::Firm)));
    assert_eq!(value("password for the db is vK9mPq27xLw4"), Some((v(), Bond::Loose)));
    assert_eq!(value("password vK9mPq27xLw4"), Some((v(), Bond::Faint)));
    assert_eq!(value("password, vK9mPq27xLw4"), None);
}

#[test]
fn a_list_gives_at_most_so_many_values_and_ends_in_time() {
    let items = |n: usize| vec!["'a1b2c3d4e5'"; n].join(", ");
    assert_eq!(values(&format!("password: [{}]", items(3)), "password").len(), 3);
    assert_eq!(values(&format!("password: [{}]", items(400)), "password").len(), 16);
    let long = format!("password: [{}]", vec![format!("'{}'", "x1".repeat(200)); 9].join(","));
    assert!(values(&long, "password").len() < 4);
}

#[test]
fn a_suspended_parser_holds_no_byte_too_few() {
    // Whatever is cut off: what is held begins at or before every value that is found in the end.
    for text in [
        "password: ['vK9mPq27xLw4', 'Tr0ub4dor&3x'] ",
        "password:\n  - vK9mPq27xLw4\n  - Tr0ub4dor&3x\nnext: 1",
        "| password | role |\n|---|---|\n| vK9mPq27xLw4 | x |\n| Tr0ub4dor&3x | y |\n\n",
        "| password | vK9mPq27xLw4 |\n| role | dba |\n",
        "password = Some(\"vK9mPq27xLw4\") ",
        "password = Some(vK9mPq27xLw4) ",
        "password = os.getenv('X', 'vK9mPq27xLw4') ",
        "password for the staging db is vK9mPq27xLw4. ",
        "password\", \"type\": \"x\", \"value\": \"vK9mPq27xLw4\" ",
        "<password>\n  vK9mPq27xLw4\n</password> ",
    ] {
        let at = text.find("password").unwrap();
        let keyword = Span::new(at, at + 8);
        let whole = View::new(text.as_bytes(), 0, true);
        let Parsed::Bound(all) = parse(&whole, keyword) else { panic!("{text}") };
        let first = all.iter().map(|one| one.value.start()).min().unwrap_or(text.len());
        for end in keyword.end()..text.len() {
            match parse(&View::new(&text.as_bytes()[..end], 0, false), keyword) {
                Parsed::Bound(early) => assert_eq!(early, all, "{end} bytes of {text}"),
                Parsed::Suspended { hold } => assert!(hold <= first, "{end} bytes of {text}"),
            }
        }
    }
}
