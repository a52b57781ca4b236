//! What counts as a name before a value, and where a word begins.

use super::{begins, ends_with_name, is_inside, word_before};

#[test]
fn names_are_whole_words_or_humps() {
    for text in
        ["trace_id", "traceId", "TRACE-ID", "x.trace.id", "trace id", "traceid", "myTraceId"]
    {
        assert!(ends_with_name(text.as_bytes(), b"trace_id"), "{text}");
    }
    for text in ["retrace_id", "trace_idx", "grid", "id"] {
        assert!(!ends_with_name(text.as_bytes(), b"trace_id"), "{text}");
    }
    assert!(!ends_with_name(b"paid", b"id") && !ends_with_name(b"grid", b"id"));
    assert!(ends_with_name(b"customerId", b"id") && ends_with_name(b"\"id", b"id"));
}

#[test]
fn a_word_begins_behind_blanks_quotes_and_brackets() {
    assert_eq!(word_before(b"cookie: __cf_bm=ab.cd-"), b"__cf_bm=ab.cd-");
    assert_eq!(word_before(b"(https://example.com/a/"), b"https://example.com/a/");
    assert_eq!(word_before(b"\"x\": \""), b"");
    assert!(begins(b"https:", b"//example", b"https://ex"));
    assert!(!begins(b"http:", b"//example", b"https://ex"));
}

#[test]
fn braces_count_in_their_own_line_only() {
    let inside = |text: &str| is_inside(text.as_bytes(), "{{", "}}");
    assert!(inside("password: {{ .Values.password | "));
    assert!(!inside("password: {{ .Values.password }} or "));
    assert!(!inside("{{ open\npassword: "));
}
