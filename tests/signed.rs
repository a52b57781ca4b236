//! Signed reasoning: a block of thinking that held a secret is hidden from the client and reaches its provider as it was signed,
//! byte for byte, whatever the secret was written in; and no broken signature ever does.

mod common;
#[path = "common/memory.rs"]
mod memory;

use std::sync::Arc;

use common::frames::{self, payloads};
use common::full::Full;
use common::{scanner, soup};
use keysieve::{
    Context, Ignore, Mode, Pack, Policy, Profile, Redactor, Scanner, SignedReasoning, StandInKey,
    StandInShape, StandIns,
};
use memory::Memory;
use serde_json::{Value, json};

thread_local! {
    static SCANNER: Scanner = scanner(Profile::Redact);
}

const SIGNATURE: &str = "EqoBCkgIARABGAIiQL0k/xV5oJ+ZqM=";

fn redactor() -> Redactor {
    SCANNER.with(|scanner| Redactor::new(scanner, Mode::Label))
}

fn token(seed: u64) -> String {
    let pack = Pack::builtin();
    let token = soup::token(&pack, pack.rule("github-pat").unwrap(), seed);
    String::from_utf8(token).unwrap()
}

/// Thoughts that hold secrets in every way of writing them.
fn thoughts() -> Vec<String> {
    let token = token(1);
    let base64 = common::carrier::base64(format!("GITHUB_TOKEN={token}\n").as_bytes());
    vec![
        format!("The user gave me {token}. I should not repeat it."),
        "the prod db password is \"tr0ub\\4dor&3x\" and\nnothing else".to_owned(),
        format!("postgres://app:tr0ub4dor%263x@db.internal/x and https://x.example/?token={token}"),
        format!("{{\"password\": \"tr0ub\\\"4dor\\/3x\", \"n\": 1}} \u{1f600} é \u{7}{token}"),
        format!("decoded {base64} and \\u0067{}", &token[1..]),
        format!("{}\u{200b}{}", &token[..20], &token[20..]),
    ]
}

fn block(thought: &str) -> Value {
    json!({"type": "thinking", "thinking": thought, "signature": SIGNATURE})
}

/// What a client sends after it got `content`: it has parsed it and writes it in its own way.
fn request(content: &[Value]) -> Vec<u8> {
    json!({"model": "m", "max_tokens": 100, "messages": [
        {"role": "user", "content": "go on"},
        {"role": "assistant", "content": content},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "ok"}]},
    ]})
    .to_string()
    .into_bytes()
}

fn content_of(request: &[u8]) -> Vec<Value> {
    let request: Value = serde_json::from_slice(request).unwrap();
    request["messages"][1]["content"].as_array().unwrap().clone()
}

#[test]
fn a_whole_answer_comes_back_as_it_was_signed() {
    for shape in [None, Some(StandInShape::Label), Some(StandInShape::Format)] {
        let vault = Memory::new();
        let signed = SignedReasoning::new(vault.clone());
        let mut redactor = redactor();
        if let Some(shape) = shape {
            let stand_ins = StandIns::new(StandInKey::new([1; 32]), vault.clone()).shape(shape);
            redactor = redactor.stand_ins(stand_ins);
        }
        for thought in thoughts() {
            let text = json!({"type": "text", "text": format!("Here: {}", token(2))});
            let answer = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
                "content": [block(&thought), text], "stop_reason": "end_turn"});
            let written = answer.to_string();
            let shown = signed.redact(&redactor, written.as_bytes()).unwrap();
            let shown: Value = serde_json::from_slice(&shown).unwrap();
            let hidden = shown["content"][0]["thinking"].as_str().unwrap();
            assert_ne!(hidden, thought, "something is hidden");
            assert!(!hidden.contains(&token(1)[4..]) && !hidden.contains("4dor"), "{thought}");
            assert_eq!(shown["content"][0]["signature"], SIGNATURE);

            let request = request(shown["content"].as_array().unwrap());
            let (sent, count) = signed.put_back(&request).unwrap();
            assert_eq!((count.restored, count.left_out, count.is_cut_short), (1, 0, false));
            let content = content_of(&sent);
            assert_eq!(content[0], block(&thought));
            assert_eq!(content[1], shown["content"][1], "text that people see stays hidden");
        }
    }
}

/// The events in which Anthropic sends a thought, cut into pieces of `most` characters.
fn events(thought: &str, most: usize) -> Vec<u8> {
    let mut all = vec![
        json!({"type": "message_start", "message": {"id": "msg_1", "role": "assistant"}}),
        json!({"type": "content_block_start", "index": 0, "content_block": block_start()}),
    ];
    let chars: Vec<char> = thought.chars().collect();
    for piece in chars.chunks(most) {
        let piece: String = piece.iter().collect();
        all.push(json!({"type": "content_block_delta", "index": 0,
            "delta": {"type": "thinking_delta", "thinking": piece}}));
    }
    all.push(json!({"type": "content_block_delta", "index": 0,
        "delta": {"type": "signature_delta", "signature": SIGNATURE}}));
    all.push(json!({"type": "content_block_stop", "index": 0}));
    all.push(json!({"type": "message_stop"}));
    let event = |event: &Value| {
        format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap()).into_bytes()
    };
    all.iter().flat_map(event).collect()
}

fn block_start() -> Value {
    json!({"type": "thinking", "thinking": "", "signature": ""})
}

/// The block as a client puts it together.
fn joined(events: &[u8]) -> Value {
    let (mut thought, mut signature) = (String::new(), String::new());
    for line in std::str::from_utf8(events).unwrap().lines() {
        let Some(carried) = line.strip_prefix("data: ") else { continue };
        let event: Value = serde_json::from_str(carried).unwrap();
        thought.push_str(event["delta"]["thinking"].as_str().unwrap_or_default());
        signature.push_str(event["delta"]["signature"].as_str().unwrap_or_default());
    }
    json!({"type": "thinking", "thinking": thought, "signature": signature})
}

#[test]
fn a_stream_comes_back_as_it_was_signed_however_it_is_cut() {
    for thought in thoughts() {
        for most in [1, 7, 500] {
            let events = events(&thought, most);
            let every_byte = most == 500;
            let steps = if every_byte { vec![1, 3, 64] } else { vec![1, 50, events.len()] };
            for step in steps {
                let signed = SignedReasoning::new(Memory::new());
                let mut stream = signed.stream(&redactor(), Vec::new(), Ignore);
                events.chunks(step).for_each(|piece| stream.write(piece).unwrap());
                assert_eq!(stream.limits_hit(), 0);
                let shown = joined(&stream.finish().unwrap());
                assert_ne!(shown["thinking"], thought.as_str());
                let request = request(&[shown]);
                let (sent, count) = signed.put_back(&request).unwrap();
                assert_eq!(count.restored, 1, "{thought} {most} {step}");
                assert_eq!(content_of(&sent)[0], block(&thought));
            }
        }
    }
}

#[test]
fn a_stream_cut_in_two_at_any_byte_is_the_same() {
    let thought = &thoughts()[3];
    let events = events(thought, 9);
    for at in 0..events.len() {
        let signed = SignedReasoning::new(Memory::new());
        let mut stream = signed.stream(&redactor(), Vec::new(), Ignore);
        stream.write(&events[..at]).unwrap();
        stream.write(&events[at..]).unwrap();
        let request = request(&[joined(&stream.finish().unwrap())]);
        let (sent, _) = signed.put_back(&request).unwrap();
        assert_eq!(content_of(&sent)[0], block(thought), "cut at {at}");
    }
}

#[test]
fn frames_of_bedrock_come_back_as_they_were_signed() {
    for thought in thoughts() {
        let delta = |content: Value| {
            let payload = json!({"contentBlockIndex": 0, "delta": {"reasoningContent": content}});
            frames::frame("contentBlockDelta", payload.to_string().as_bytes())
        };
        let chars: Vec<char> = thought.chars().collect();
        let piece = |piece: &[char]| delta(json!({"text": piece.iter().collect::<String>()}));
        let mut stream: Vec<u8> = chars.chunks(6).flat_map(piece).collect();
        stream.extend(delta(json!({"signature": SIGNATURE})));

        let signed = SignedReasoning::new(Memory::new());
        let mut out = signed.enveloped(&redactor(), Vec::new(), Ignore);
        stream.chunks(13).for_each(|piece| out.write(piece).unwrap());
        let shown: String = payloads(&out.finish().unwrap())
            .iter()
            .map(|payload| serde_json::from_slice::<Value>(payload).unwrap())
            .map(|event| {
                event["delta"]["reasoningContent"]["text"].as_str().unwrap_or("").to_owned()
            })
            .collect();
        assert_ne!(shown, thought);
        let block = |text: &str| json!({"reasoningContent": {"reasoningText": {"text": text, "signature": SIGNATURE}}});
        let request = request(&[block(&shown), json!({"text": "hello"})]);
        let (sent, count) = signed.put_back(&request).unwrap();
        assert_eq!(count.restored, 1);
        assert_eq!(content_of(&sent), [block(&thought), json!({"text": "hello"})]);
    }
}

#[test]
fn what_is_not_known_any_more_is_left_out_and_what_was_not_changed_stays() {
    let vault = Memory::new();
    let signed = SignedReasoning::new(vault.clone());
    let written = block(&thoughts()[0]).to_string();
    let shown = signed.redact(&redactor(), written.as_bytes()).unwrap();
    let shown: Value = serde_json::from_slice(&shown).unwrap();
    assert_eq!(vault.len(), 1);

    let plain = block("nothing to hide here");
    assert_eq!(
        signed.redact(&redactor(), plain.to_string().as_bytes()).unwrap(),
        plain.to_string().as_bytes()
    );
    assert_eq!(vault.len(), 1, "what was not changed is not kept");

    vault.clear();
    let bedrock = json!({"reasoningContent": {"reasoningText":
        {"text": shown["thinking"], "signature": SIGNATURE}}});
    let request = request(&[plain.clone(), shown, bedrock]);
    let (sent, count) = signed.put_back(&request).unwrap();
    assert_eq!((count.restored, count.left_out), (0, 2));
    let content = content_of(&sent);
    assert_eq!(content[0], plain);
    assert_eq!(content[1], json!({"type": "text", "text": "[reasoning left out]"}));
    assert_eq!(content[2], json!({"text": "[reasoning left out]"}));
}

#[test]
fn another_scope_and_the_text_of_people_get_nothing() {
    let vault = Memory::new();
    let (one, other) = (
        SignedReasoning::new(vault.clone()).scope("one"),
        SignedReasoning::new(vault.clone()).scope("other"),
    );
    let written = block(&thoughts()[0]).to_string();
    let shown = one.redact(&redactor(), written.as_bytes()).unwrap().into_owned();
    assert_eq!(other.put_back(&shown).unwrap().1.restored, 0);
    // The signature alone, in a text or a block of another kind, brings nothing back.
    for forged in [
        json!({"type": "text", "text": SIGNATURE, "signature": SIGNATURE}),
        json!({"type": "text", "text": format!("{{\"thinking\": \"\", \"signature\": \"{SIGNATURE}\"}}")}),
    ] {
        let request = request(&[forged]);
        assert_eq!(one.put_back(&request).unwrap().0, request);
    }
    // Restorers of stand-ins do not see what was kept.
    let restorer = keysieve::Restorer::scoped(vault, "one").unwrap();
    assert_eq!(restorer.redactor().redact(&shown), shown);
}

#[test]
fn a_vault_that_does_not_work_ends_the_answer_before_its_signature() {
    let signed = SignedReasoning::new(Arc::new(Full));
    let written = block(&thoughts()[0]).to_string();
    assert!(signed.redact(&redactor(), written.as_bytes()).is_err());
    let mut out = Vec::new();
    let mut stream = signed.stream(&redactor(), &mut out, Ignore);
    let failed = events(&thoughts()[0], 5).chunks(16).any(|piece| stream.write(piece).is_err());
    drop(stream);
    assert!(failed && !String::from_utf8(out).unwrap().contains(SIGNATURE));
}

#[test]
fn a_policy_leaves_reasoning_untouched_and_hides_the_rest() {
    let policy = Policy::parse(
        "signed.toml",
        "[[rule]]\nid = \"signed\"\nchannel = \"reasoning\"\naction = \"alert\"\nreason = \"it is signed\"\n",
    )
    .unwrap();
    let redactor = redactor().decided_by(Arc::new(policy.within(Context::new())));
    for thought in thoughts() {
        let events = events(&thought, 7);
        let mut stream = redactor.stream(Vec::new());
        events.chunks(5).for_each(|piece| stream.write(piece).unwrap());
        assert_eq!(stream.finish().unwrap(), events, "{thought}");
        let message = json!({"role": "assistant", "model": "m", "content":
            [block(&thought), {"type": "text", "text": thoughts()[0]}]});
        let shown: Value =
            serde_json::from_slice(&redactor.redact(message.to_string().as_bytes())).unwrap();
        assert_eq!(shown["content"][0], block(&thought));
        assert!(!shown["content"][1].to_string().contains(&token(1)));
    }
}

#[test]
fn floods_of_blocks_and_signatures_are_bounded_and_counted() {
    let signed = SignedReasoning::new(Memory::new());
    let mut stream = signed.stream(&redactor(), Vec::new(), Ignore);
    let delta = |index: usize, delta: Value| {
        let event = json!({"type": "content_block_delta", "index": index, "delta": delta});
        format!("data: {event}\n\n").into_bytes()
    };
    for index in 0..300 {
        stream.write(&delta(index, json!({"thinking": "a".repeat(1000)}))).unwrap();
    }
    let pieces: Vec<u8> =
        (0..300).flat_map(|n| delta(n, json!({"signature": format!("s{n}")}))).collect();
    stream.write(&pieces).unwrap();
    stream.write(&delta(1, json!({"thinking": "b".repeat(900_000)}))).unwrap();
    stream.write(&delta(1, json!({"thinking": "b".repeat(900_000)}))).unwrap();
    assert!(stream.limits_hit() > 200);
    stream.finish().unwrap();
    // What is no JSON, or too deep, is left as it is, and that is told.
    for request in [
        &b"{\"signature\": "[..],
        b"\"signature\"}}}",
        &[&[b'['; 100_000][..], b"\"signature\""].concat(),
    ] {
        let (sent, count) = signed.put_back(request).unwrap();
        assert_eq!(&*sent, request);
        assert_eq!((count.restored, count.left_out), (0, 0));
    }
}
