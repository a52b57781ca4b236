//! Elements of an array, cut anywhere.

use super::*;

fn elements(text: &str, cut: usize) -> (Vec<String>, u64) {
    let (mut elements, mut found) = (Elements::default(), Vec::new());
    let bytes = text.as_bytes();
    elements.read(&View::new(&bytes[..cut], 0, false), &mut found);
    elements.read(&View::new(bytes, 0, true), &mut found);
    let texts = found.iter().map(|line| text[line.span.range()].to_owned()).collect();
    (texts, elements.too_long)
}

#[test]
fn elements_for_every_cut() {
    let first = r#"{ "candidates": [{"a": "}]\\\"{"}] }"#;
    let second = r#"{"usageMetadata":{"n":1}}"#;
    let text = format!(" [ {first}\n,\r\n{second}\n] {{\"candidates\":1}}");
    for cut in 0..=text.len() {
        assert_eq!(elements(&text, cut).0, [first, second], "cut at {cut}");
    }
}

#[test]
fn other_texts_have_none() {
    for text in ["", "[", "[]", "[1]", r#"[{"name":"candidates"}]"#, r#"{"candidates":[]}"#, "text"]
    {
        for cut in 0..=text.len() {
            assert!(elements(text, cut).0.is_empty(), "{text}");
        }
    }
}

#[test]
fn an_element_that_is_too_long_is_counted_and_the_next_is_read() {
    let next = r#"{"candidates":[]}"#;
    let text = format!("[{{\"candidates\":\"{}\"}},{next}]", "a".repeat(LONGEST_ELEMENT));
    for cut in [20, LONGEST_ELEMENT, LONGEST_ELEMENT + 25] {
        assert_eq!(elements(&text, cut), (vec![next.to_owned()], 1));
    }
}
