//! Lines that carry data, cut anywhere.

use super::*;

#[test]
fn beginnings_of_json_lines() {
    let line = r#"{"model":"llama3.2","created_at":"2026-01-01T00:00:00Z","done":false}"#;
    let spaced = r#"{ "model" : "m", "created_at": 1}"#;
    assert_eq!((opens(line.as_bytes()), opens(spaced.as_bytes())), (Some(true), Some(true)));
    for cut in 0..r#"{"model":"llama3.2","created_at""#.len() {
        assert_eq!(opens(&line.as_bytes()[..cut]), None, "{cut}");
    }
    let long = format!("{{\"model\":\"{}", "m".repeat(200));
    for other in [
        r#"{"model":"m","messages":[]}"#,
        r#"{"id":1}"#,
        "text",
        r#"{"model":3"#,
        &long,
        r#"{"model":"\"#,
    ] {
        assert_eq!(opens(other.as_bytes()), Some(false), "{other}");
    }
}

#[test]
fn lines_for_every_cut() {
    let json = r#"{"model":"m","created_at":"x"}"#;
    let text = format!("\u{feff}data: a\n{json}\r\n{{\"b\":1}}\nevent: c\ndata:d\n{json}");
    let want = [("sse", "a"), ("ndjson", json), ("sse", "d"), ("ndjson", json)];
    for cut in 0..=text.len() {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        let bytes = text.as_bytes();
        lines.read(&View::new(&bytes[..cut], 0, false), &mut found);
        lines.read(&View::new(bytes, 0, true), &mut found);
        let got: Vec<_> =
            found.iter().map(|line| (line.carrier, &text[line.span.range()])).collect();
        assert_eq!(got, want, "cut at {cut}");
    }
}
