//! Places of findings in texts of every shape, whole and cut.

use super::*;

/// The places of every `@` in a text.
fn places(text: &str) -> Vec<(String, Option<&'static str>)> {
    places_cut(text, text.len().max(1))
}

/// The same of a text that arrives in pieces.
fn places_cut(text: &str, piece: usize) -> Vec<(String, Option<&'static str>)> {
    let bytes = text.as_bytes();
    let mut locator = Locator::default();
    let mut found = Vec::new();
    let mut base = 0;
    for end in (piece..bytes.len()).step_by(piece).chain([bytes.len()]) {
        let view = View::new(&bytes[base..end], base, end == bytes.len());
        for at in memchr::memchr_iter(b'@', &bytes[base..end]) {
            let place = locator.locate(&view, Span::new(base + at, base + at + 1));
            let path = place.path.as_deref().unwrap_or_default().to_owned();
            found.push((path, place.channel.map(Channel::as_str)));
        }
        locator.pass(&view, end);
        base = end;
    }
    found
}

fn paths(text: &str) -> Vec<String> {
    places(text).into_iter().map(|(path, _)| path).collect()
}

#[test]
fn paths_of_documents() {
    assert_eq!(paths(r#"{"a":[1,{"b c":"x@"}, -2.5e3, null, "@"]}"#), ["$.a[1]['b c']", "$.a[4]"]);
    assert_eq!(paths("{\n  \"a\": \"@\"\n}\n{\"b\":\"@\"}\n[\"@\"]\n"), ["$.a", "$.b", "$[0]"]);
    assert_eq!(paths("\u{feff} [[],{},[[\"@\"]]]"), ["$[2][0][0]"]);
    assert_eq!(
        paths(r#"{"it's":"@","\u0061\n":"@","é":"@"}"#),
        ["$['it\\'s']", "$['a\\u000a']", "$['é']"]
    );
    assert_eq!(paths(r#"{"a":{"@":1,"b":"@"}}"#), ["$.a", "$.a.b"]);
    assert_eq!(paths("\u{1e}{\"a\":\"@\"}\n\u{1e}{\"b\":\"@\"}\n"), ["", ""]);
}

#[test]
fn what_is_no_json_has_no_path_to_the_end_of_its_line() {
    assert_eq!(
        paths("{\"a\":\"x\n{\"b\":\"@\"}\noops {\"c\":\"@\"}\n{\"d\":@}\n[\"@\"]"),
        ["$.b", "", "$.d", "$[0]"]
    );
    assert_eq!(paths("{\"a\":1,\n{\"b\":\"@\"}"), ["$.b"]);
    assert_eq!(paths("@ plain\n{\"a\":\"@\"}"), ["", ""]);
    assert_eq!(paths("[2026-01-01] login @\n"), [""]);
    assert_eq!(paths("]@"), [""]);
    assert_eq!(paths("{}}@{\"a\":\"@\"}"), ["", ""]);
}

#[test]
fn paths_of_events() {
    let text = "event: x\r\ndata: {\"a\":\r\ndata: \"@\"}\r\n\r\n: @\ndata:{\"b\":[\"@\"]}\n\ndata: [DONE]\n\ndata: {\"c\":\"@\"}\n\n";
    assert_eq!(paths(text), ["$.a", "", "$.b[0]", "$.c"]);
    assert_eq!(paths("data: {\"a\":\n\ndata: {\"b\":\"@\"}\n"), ["$.b"]);
    assert_eq!(paths("data: ]\ndata: ]]]\n\ndata: {\"b\":\"@\"}\n"), ["$.b"]);
    assert_eq!(paths("\u{feff}id: 1\rdata: {\"b\":\"@\"}\r\r"), ["$.b"]);
}

/// A name that overlaps a finding, or looks like a token, is not told.
#[test]
fn names_that_may_be_secrets_are_not_told() {
    let token = "k7Qx9ZpL2vT4mWb8";
    assert_eq!(paths(&format!("{{\"{token}\":\"@\"}}")), ["$[*]"]);
    assert_eq!(paths("{\"my @ name\":{\"b\":\"@\"}}"), ["$", "$[*].b"]);
    assert_eq!(paths(&format!("{{\"{}\":\"@\"}}", "n".repeat(129))), ["$[*]"]);
}

#[test]
fn deep_documents_take_no_memory() {
    let deep = 100_000;
    let text = format!("[{}\"@\",\"x\"{},\"@\"]", "[".repeat(deep), "]".repeat(deep));
    assert_eq!(paths(&text), ["", "$[1]"]);
    let mut locator = Locator::default();
    let bytes = text.as_bytes();
    locator.pass(&View::new(bytes, 0, true), bytes.len());
    assert!(locator.frames.len() <= DEEPEST);
}

const BODIES: &[(&str, &str)] = &[
    (r#"{"model":"m","messages":[{"role":"system","content":"@"}]}"#, "system"),
    (r#"{"messages":[{"role":"user","content":[{"type":"text","text":"@"}]}]}"#, "prompt"),
    (r#"{"messages":[{"role":"assistant","content":"@"}]}"#, "completion"),
    (r#"{"messages":[{"role":"tool","tool_call_id":"c","content":"@"}]}"#, "tool_result"),
    (
        r#"{"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":"@"}}]}]}"#,
        "tool_call",
    ),
    (r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"@"}}]}"#, "completion"),
    (r#"{"choices":[{"message":{"reasoning_content":"@"}}]}"#, "reasoning"),
    (r#"{"model":"m","input":"@"}"#, "prompt"),
    (r#"{"model":"m","instructions":"@"}"#, "system"),
    (r#"{"model":"m","input":[{"type":"function_call_output","output":"@"}]}"#, "tool_result"),
    (r#"{"model":"m","input":[{"type":"function_call","arguments":"@"}]}"#, "tool_call"),
    (
        r#"{"type":"response.completed","response":{"output":[{"type":"message","content":[{"type":"output_text","text":"@"}]}]}}"#,
        "completion",
    ),
    (
        r#"{"type":"response.function_call_arguments.done","item_id":"i","arguments":"@"}"#,
        "tool_call",
    ),
    (r#"{"model":"m","max_tokens":9,"system":[{"type":"text","text":"@"}]}"#, "system"),
    (
        r#"{"messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"text","text":"@"}]}]}]}"#,
        "tool_result",
    ),
    (r#"{"role":"assistant","content":[{"type":"tool_use","input":{"key":"@"}}]}"#, "tool_call"),
    (r#"{"role":"assistant","content":[{"type":"thinking","thinking":"@"}]}"#, "reasoning"),
    (
        r#"{"content":[{"signature":"c2ln","thinking":"@","type":"thinking"}],"role":"assistant"}"#,
        "reasoning",
    ),
    (
        r#"{"messages":[{"role":"user","content":[{"type":"document","source":{"type":"text","data":"@"}}]}]}"#,
        "retrieval",
    ),
    (r#"{"systemInstruction":{"parts":[{"text":"@"}]}}"#, "system"),
    (r#"{"contents":[{"role":"user","parts":[{"text":"@"}]}]}"#, "prompt"),
    (
        r#"{"contents":[{"role":"model","parts":[{"functionCall":{"args":{"a":"@"}}}]}]}"#,
        "tool_call",
    ),
    (r#"{"candidates":[{"content":{"parts":[{"text":"@"}]}}]}"#, "completion"),
    (r#"{"model":"l","message":{"role":"assistant","content":"@"},"done":false}"#, "completion"),
    (r#"{"model":"l","response":"@","done":false}"#, "completion"),
    (r#"{"modelId":"m","system":[{"text":"@"}]}"#, "system"),
    (
        r#"{"messages":[{"role":"user","content":[{"toolResult":{"content":[{"json":{"a":"@"}}]}}]}]}"#,
        "tool_result",
    ),
    (r#"{"output":{"message":{"role":"assistant","content":[{"text":"@"}]}}}"#, "completion"),
    (r#"{"model":"c","documents":[{"id":"1","data":{"text":"@"}}]}"#, "retrieval"),
    (r#"{"model":"r","query":"@","documents":["x"]}"#, "prompt"),
    (r#"{"custom_id":"1","body":{"model":"m","input":"@"}}"#, "prompt"),
    (
        r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"t","arguments":{"a":"@"}}}"#,
        "tool_call",
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"@"}]}}"#,
        "tool_result",
    ),
    (r#"{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"a":"@"}}}"#, "tool_result"),
    (r#"[{"page_content":"@","metadata":{}}]"#, "retrieval"),
    (r#"{"matches":[{"id":"1","metadata":{"text":"@"}}]}"#, "retrieval"),
    (r#"{"result":[{"id":1,"payload":{"text":"@"}}]}"#, "retrieval"),
    (r#"{"hits":{"hits":[{"_id":"1","_source":{"text":"@"}}]}}"#, "retrieval"),
    (r#"{"attributes":[{"key":"gen_ai.input.messages","value":{"stringValue":"@"}}]}"#, "prompt"),
    (
        r#"{"attributes":[{"key":"gen_ai.tool.call.result","value":{"stringValue":"@"}}]}"#,
        "tool_result",
    ),
    (r#"{"llm.output_messages.0.message.content":"@"}"#, "completion"),
    (
        r#"{"type":"user","message":{"role":"user","content":"x"},"toolUseResult":{"stdout":"@"}}"#,
        "tool_result",
    ),
    (
        r#"{"type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"@"}]}}"#,
        "prompt",
    ),
    (r#"{"user":"x","password":"@"}"#, ""),
    (r#"{"system":"linux","prompt":"@"}"#, ""),
    (r#"{"messages":{"login.hint":"@"}}"#, ""),
    (r#"{"id":1,"type":"document","text":"@"}"#, ""),
];

#[test]
fn channels_of_payloads() {
    for (body, want) in BODIES {
        let got = places(body).pop().unwrap().1.unwrap_or_default();
        assert_eq!(&got, want, "{body}");
    }
}

#[test]
fn cuts_do_not_matter() {
    let bodies: String = BODIES.iter().map(|(body, _)| format!("{body}\n")).collect();
    let events: String = BODIES.iter().map(|(body, _)| format!("data: {body}\r\n\r\n")).collect();
    for text in [bodies, events] {
        let whole = places(&text);
        assert!(whole.len() == BODIES.len() && whole.iter().all(|(path, _)| path.starts_with('$')));
        for piece in [1, 2, 3, 7, 64] {
            assert_eq!(places_cut(&text, piece), whole);
        }
    }
}

#[test]
fn what_is_sealed_is_known() {
    let guard = |text: &str| {
        let at = text.find('@').unwrap();
        let view = View::new(text.as_bytes(), 0, true);
        Locator::default().locate(&view, Span::new(at, at + 1)).guard
    };
    for (text, want) in [
        (r#"{"content":[{"type":"thinking","thinking":"","signature":"@"}]}"#, Guard::Sealed),
        (r#"{"content":[{"type":"redacted_thinking","data":"@"}]}"#, Guard::Sealed),
        (r#"{"type":"reasoning","encrypted_content":"@"}"#, Guard::Sealed),
        (r#"{"parts":[{"thoughtSignature":"@"}]}"#, Guard::Sealed),
        (r#"{"parts":[{"inlineData":{"mimeType":"image/png","data":"@"}}]}"#, Guard::Name),
        (r#"{"role":"tool","tool_call_id":"@"}"#, Guard::Name),
        (r#"{"source":{"type":"text","data":"@"}}"#, Guard::None),
        (r#"{"data":"@"}"#, Guard::None),
    ] {
        assert_eq!(guard(text), want, "{text}");
    }
}
