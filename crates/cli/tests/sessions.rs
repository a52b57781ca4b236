//! `keysieve redact --in-place` on the session files of coding agents: lines, ids and modes stay, secrets go.
#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use serde_json::{Value, json};
use support::{code, folder, run, stdout, token};

fn id(n: usize) -> String {
    format!("0a1b2c3d-1111-4222-8333-{n:012x}")
}

/// One turn of Claude Code: what the user says, a call, its result twice.
fn claude(turn: usize) -> Vec<Value> {
    let secret = token(turn as u32);
    let line = |n: usize, kind: &str, message: Value| {
        let at = 3 * turn + n;
        json!({"parentUuid": id(at), "uuid": id(at + 1), "sessionId": id(0), "type": kind, "message": message,
            "timestamp": "2026-01-01T00:00:00.000Z", "cwd": "/home/me"})
    };
    let call = json!({"id": "msg_1", "role": "assistant", "content": [
        {"type": "thinking", "thinking": "let me see", "signature": "EqQBCkYIBRgCKkC4Zxk3xQpL2vT4mWb8nR6sY0uHcJdKfEaGiMoBqNwPrStUvXyZ"},
        {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": format!("echo {secret}")}}]});
    let result = json!({"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": format!("{secret}\n")}]});
    let mut last = line(2, "user", result);
    last["toolUseResult"] = json!({"stdout": format!("{secret}\n"), "stderr": ""});
    vec![
        line(0, "user", json!({"role": "user", "content": "go on"})),
        line(1, "assistant", call),
        last,
    ]
}

/// One turn of Codex.
fn codex(turn: usize) -> Vec<Value> {
    let secret = token(turn as u32);
    let item = |payload: Value| json!({"timestamp": "2026-01-01T00:00:00.000Z", "type": "response_item", "payload": payload});
    vec![
        item(
            json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "go on"}]}),
        ),
        item(
            json!({"type": "reasoning", "encrypted_content": "gAAAAABo1Zk3xQpL2vT4mWb8nR6sY0uHcJdKfEaGiMoBqNwPrStUvXyZ"}),
        ),
        item(
            json!({"type": "function_call", "call_id": "call_1", "arguments": format!("{{\"command\":\"echo {secret}\"}}")}),
        ),
        item(
            json!({"type": "function_call_output", "call_id": "call_1", "output": format!("{{\"output\":\"{secret}\\n\"}}")}),
        ),
    ]
}

fn file(path: &Path, lines: &[Value]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// The value with the placeholder where one of the tokens stood.
fn hidden(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("acme_live_") {
        out.push_str(&rest[..at]);
        out.push_str("[REDACTED:acme-token]");
        rest = &rest[at + token(0).len()..];
    }
    out + rest
}

#[test]
fn sessions_are_scrubbed_in_place() {
    let turns = |turn: fn(usize) -> Vec<Value>, count: usize| -> Vec<Value> {
        (0..count).flat_map(turn).collect()
    };
    // The longer ones are read as a stream.
    for (name, lines) in [
        ("claude.jsonl", turns(claude, 3)),
        ("codex.jsonl", turns(codex, 3)),
        ("claude-long.jsonl", turns(claude, 2_000)),
        ("codex-long.jsonl", turns(codex, 2_500)),
    ] {
        let dir = folder();
        let path = dir.path().join(name);
        file(&path, &lines);
        let before = fs::read_to_string(&path).unwrap();
        assert_eq!(code(&run(dir.path(), &format!("redact --in-place {name}"))), 0);
        let after = fs::read_to_string(&path).unwrap();
        assert_eq!(after, hidden(&before), "{name}: only the secrets have changed");
        let read: Vec<Value> =
            after.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(read.len(), lines.len());
        for (new, old) in read.iter().zip(&lines) {
            for key in ["uuid", "parentUuid", "sessionId", "timestamp", "type"] {
                assert_eq!(new.get(key), old.get(key));
            }
        }
        let meta = fs::metadata(&path).unwrap();
        assert_eq!(meta.permissions().mode() & 0o777, 0o600);
        let names: Vec<_> =
            fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "nothing but the session and the pack: {names:?}");
        // What was cut short by a kill is done again from the start: a file is either old or new.
        assert_eq!(code(&run(dir.path(), &format!("redact --in-place {name}"))), 0);
        assert_eq!(fs::metadata(&path).unwrap().ino(), meta.ino(), "nothing left to do");
    }
}

#[test]
fn both_copies_of_a_result_are_told() {
    let dir = folder();
    let secret = token(1);
    // The order of members is the agent's own.
    let call = format!(
        r#"{{"type":"assistant","message":{{"role":"assistant","content":[{{"type":"text","text":"ok"}},{{"type":"tool_use","id":"toolu_1","name":"Bash","input":{{"command":"echo {secret}"}}}}]}}}}"#
    );
    let result = format!(
        r#"{{"type":"user","message":{{"role":"user","content":[{{"tool_use_id":"toolu_1","type":"tool_result","content":"{secret}\n"}}]}},"toolUseResult":{{"stdout":"{secret}\n"}}}}"#
    );
    fs::write(dir.path().join("s.jsonl"), format!("{call}\n{result}\n")).unwrap();
    let out = stdout(&run(dir.path(), "scan -f jsonl s.jsonl"));
    let places: Vec<(String, String)> = out
        .lines()
        .map(|line| {
            let record: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
            (text("path"), text("channel"))
        })
        .collect();
    let wanted = [
        ("$.message.content[1].input.command", "tool_call"),
        ("$.message.content[0].content", "tool_result"),
        ("$.toolUseResult.stdout", "tool_result"),
    ];
    assert_eq!(places, wanted.map(|(path, channel)| (path.to_owned(), channel.to_owned())));
}
