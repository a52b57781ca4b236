//! Requests of OTLP in protobuf: shown as JSON, written anew around other strings.

use super::*;

fn field(number: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | LENGTH, body.len() as u8];
    out.extend(body);
    out
}

fn attribute(number: u8, key: &str, value: &[u8]) -> Vec<u8> {
    field(number, &[field(1, key.as_bytes()), field(2, value)].concat())
}

/// A log record under a resource and a scope.
fn log(record: &[u8]) -> Vec<u8> {
    let resource = field(1, &attribute(1, "k", &field(1, b"v")));
    field(1, &[resource, field(2, &field(2, record))].concat())
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8(Message::read(bytes).unwrap().shown().to_vec()).unwrap()
}

#[test]
fn a_log_is_shown_as_json() {
    let time = [&[1 << 3 | 1][..], &[0; 8]].concat();
    let list = field(5, &[field(1, &field(1, b"a\"b")), field(1, &field(1, b"\n"))].concat());
    let map = field(6, &attribute(1, "in", &field(7, b"text")));
    let record = [
        time,
        field(5, &list),
        attribute(6, "x", &map),
        attribute(6, "y", &[3 << 3, 7]),
        attribute(6, "z", &field(7, b"\xff\xfe")),
    ]
    .concat();
    let bytes = log(&record);
    assert!(begins(&bytes));
    assert_eq!(
        shown(&bytes),
        concat!(
            r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"k","value":{"stringValue":"v"}}]},"#,
            r#""scopeLogs":[{"logRecords":[{"body":{"arrayValue":{"values":[{"stringValue":"a\"b"},"#,
            r#"{"stringValue":"\n"}]}},"attributes":[{"key":"x","value":{"kvlistValue":{"values":["#,
            r#"{"key":"in","value":{"bytesValue":"text"}}]}}},{"key":"y","value":{}},"#,
            r#"{"key":"z","value":{"bytesValue":""}}]}]}]}]}"#,
            "\n"
        )
    );
}

#[test]
fn other_strings_make_other_lengths() {
    let record = [field(5, &field(1, b"old \"body\"")), vec![7 << 3, 0x80, 0]].concat();
    let bytes = log(&record);
    let message = Message::read(&bytes).unwrap();
    let same = || message.texts().iter().map(|text| message.shown[text.shown.range()].to_vec());
    assert_eq!(message.rebuilt(&bytes, &mut same()), bytes);
    let new = "new ".repeat(50);
    let mut other = same().map(|text| match text.starts_with(b"old") {
        true => format!("{new}\\\"").into_bytes(),
        false => text,
    });
    let rebuilt = message.rebuilt(&bytes, &mut other);
    let again = Message::read(&rebuilt).unwrap();
    assert!(String::from_utf8_lossy(again.shown()).contains(&format!("{new}\\\"")));
    assert!(rebuilt.windows(3).any(|w| w == [7 << 3, 0x80, 0]), "what is not known is copied");
}

#[test]
fn what_is_cut_is_no_message() {
    let bytes = log(&field(5, &field(1, b"text")));
    for cut in 1..bytes.len() {
        assert!(Message::read(&bytes[..cut]).is_none(), "{cut}");
    }
    for cut in 0..bytes.len() {
        let mut broken = bytes.clone();
        broken[cut] = broken[cut].wrapping_add(0x51);
        // Whatever it is now, reading it does not fail.
        let _ = Message::read(&broken);
    }
}
