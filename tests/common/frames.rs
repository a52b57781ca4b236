//! Frames of AWS event streams and messages of protobuf, made and read by the tests' own hand.

use super::carrier::base64;
use serde_json::{Value, json};

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
        })
    })
}

/// A frame of the given type.
pub fn frame(kind: &str, payload: &[u8]) -> Vec<u8> {
    let (kind, json) = ((":event-type", kind), (":content-type", "application/json"));
    framed(&[kind, json, (":message-type", "event")], payload)
}

/// A frame with these headers, all of them strings.
pub fn framed(strings: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut headers = Vec::new();
    for (name, value) in strings {
        headers.push(name.len() as u8);
        headers.extend(name.as_bytes());
        headers.push(7);
        headers.extend((value.len() as u16).to_be_bytes());
        headers.extend(value.as_bytes());
    }
    with_headers(&headers, payload)
}

/// A frame with these bytes for headers.
pub fn with_headers(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(((16 + headers.len() + payload.len()) as u32).to_be_bytes());
    out.extend((headers.len() as u32).to_be_bytes());
    out.extend(crc32(&out).to_be_bytes());
    out.extend(headers);
    out.extend(payload);
    out.extend(crc32(&out).to_be_bytes());
    out
}

/// The payloads of all frames; every length and checksum has to hold.
pub fn payloads(mut stream: &[u8]) -> Vec<Vec<u8>> {
    let word = |bytes: &[u8], at: usize| {
        u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
    };
    let mut out = Vec::new();
    while !stream.is_empty() {
        let total = word(stream, 0) as usize;
        let (frame, rest) = stream.split_at(total);
        assert_eq!(word(frame, 8), crc32(&frame[..8]), "the prelude's checksum");
        assert_eq!(word(frame, total - 4), crc32(&frame[..total - 4]), "the frame's checksum");
        out.push(frame[12 + word(frame, 4) as usize..total - 4].to_vec());
        stream = rest;
    }
    out
}

/// How Bedrock sends a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bedrock {
    Text,
    Tool,
    Reasoning,
    /// Invoke, with Anthropic's own events.
    Chunks,
}

pub const BEDROCKS: [Bedrock; 4] =
    [Bedrock::Text, Bedrock::Tool, Bedrock::Reasoning, Bedrock::Chunks];

impl Bedrock {
    fn frame(self, piece: &str) -> Vec<u8> {
        let delta = |delta: Value| json!({"contentBlockIndex": 0, "delta": delta, "p": "abcde"});
        let payload = match self {
            Bedrock::Text => delta(json!({"text": piece})),
            Bedrock::Tool => delta(json!({"toolUse": {"input": piece}})),
            Bedrock::Reasoning => delta(json!({"reasoningContent": {"text": piece}})),
            Bedrock::Chunks => {
                let event = json!({"type": "content_block_delta", "index": 0,
                    "delta": {"type": "text_delta", "text": piece}});
                let bytes = base64(event.to_string().as_bytes());
                let payload = json!({"bytes": bytes, "p": "abcdefgh"});
                return frame("chunk", payload.to_string().as_bytes());
            }
        };
        frame("contentBlockDelta", payload.to_string().as_bytes())
    }

    /// A text in pieces of one to `most` characters.
    pub fn stream(self, text: &str, dice: &mut keysieve::synth::Dice, most: usize) -> Vec<u8> {
        let chars: Vec<char> = text.chars().collect();
        let mut out = frame("messageStart", br#"{"role":"assistant"}"#);
        let mut at = 0;
        while at < chars.len() {
            let end = chars.len().min(at + 1 + dice.below(most));
            out.extend(self.frame(&chars[at..end].iter().collect::<String>()));
            at = end;
        }
        out.extend(frame("contentBlockStop", br#"{"contentBlockIndex":0}"#));
        out.extend(frame("messageStop", br#"{"stopReason":"end_turn"}"#));
        out
    }

    /// The text that a stream carries.
    pub fn text(self, stream: &[u8]) -> String {
        let pointer = match self {
            Bedrock::Text | Bedrock::Chunks => "/delta/text",
            Bedrock::Tool => "/delta/toolUse/input",
            Bedrock::Reasoning => "/delta/reasoningContent/text",
        };
        let mut text = String::new();
        for payload in payloads(stream) {
            let mut event: Value = serde_json::from_slice(&payload).expect("valid JSON");
            if let Some(bytes) = event.get("bytes").and_then(Value::as_str) {
                event = serde_json::from_slice(&unbase64(bytes)).expect("valid JSON in base64");
            }
            text.push_str(event.pointer(pointer).and_then(Value::as_str).unwrap_or_default());
        }
        text
    }
}

fn unbase64(run: &str) -> Vec<u8> {
    let (mut bits, mut count, mut out) = (0u32, 0, Vec::new());
    for byte in run.bytes().filter(|b| *b != b'=') {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}

/// A field of protobuf that holds a string or a message.
pub fn field(number: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut len = body.len();
    while len >= 0x80 {
        out.push(len as u8 | 0x80);
        len >>= 7;
    }
    out.push(len as u8);
    out.extend(body);
    out
}

/// An attribute of OTLP.
pub fn attribute(number: u8, key: &str, value: &str) -> Vec<u8> {
    let value = field(2, &field(1, value.as_bytes()));
    field(number, &[field(1, key.as_bytes()), value].concat())
}

/// An export request with one span that has these attributes, and fields that no schema knows.
pub fn spans(attributes: &[(&str, &str)]) -> Vec<u8> {
    let resource = field(1, &attribute(1, "service.name", "agent"));
    let mut span = [field(1, &[7; 16]), field(2, &[8; 8]), field(5, b"chat")].concat();
    span.extend([7 << 3 | 1, 1, 2, 3, 4, 5, 6, 7, 8]);
    for (key, value) in attributes {
        span.extend(attribute(9, key, value));
    }
    // Number 16 takes two bytes of tag.
    span.extend([0x85, 0x01, 1, 2, 3, 4]);
    span.extend(field(15, &[field(2, b"ok"), vec![3 << 3, 1]].concat()));
    let scope = field(2, &[field(1, &field(1, b"scope")), field(2, &span)].concat());
    field(1, &[resource, scope, field(3, b"https://opentelemetry.io/schemas/1.30.0")].concat())
}
