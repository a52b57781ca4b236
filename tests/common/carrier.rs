//! Streams of events and encodings around a text: made when a test runs, in the shapes the providers document.

use keysieve::synth::Dice;
use serde_json::{Value, json};

/// How a provider sends a text in pieces.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wire {
    OpenAiChat,
    OpenAiTool,
    OpenAiResponses,
    Anthropic,
    AnthropicTool,
    Gemini,
    /// One array of all events.
    GeminiArray,
    Cohere,
    /// JSON lines, not events.
    OllamaChat,
    OllamaGenerate,
}

pub const WIRES: [Wire; 10] = [
    Wire::OpenAiChat,
    Wire::OpenAiTool,
    Wire::OpenAiResponses,
    Wire::Anthropic,
    Wire::AnthropicTool,
    Wire::Gemini,
    Wire::GeminiArray,
    Wire::Cohere,
    Wire::OllamaChat,
    Wire::OllamaGenerate,
];

impl Wire {
    fn event(self, piece: &str) -> (Option<&'static str>, Value) {
        match self {
            Wire::OpenAiChat => (
                None,
                json!({"id": "c1", "object": "chat.completion.chunk",
                "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": null}]}),
            ),
            Wire::OpenAiTool => (
                None,
                json!({"id": "c1", "choices": [{"index": 0, "delta":
                {"tool_calls": [{"index": 1, "function": {"arguments": piece}}]}}]}),
            ),
            Wire::OpenAiResponses => (
                Some("response.output_text.delta"),
                json!({
                "type": "response.output_text.delta", "item_id": "m1", "output_index": 0,
                "content_index": 0, "delta": piece, "sequence_number": 4}),
            ),
            Wire::Anthropic => (
                Some("content_block_delta"),
                json!({"type": "content_block_delta",
                "index": 0, "delta": {"type": "text_delta", "text": piece}}),
            ),
            Wire::AnthropicTool => (
                Some("content_block_delta"),
                json!({
                "type": "content_block_delta", "index": 1,
                "delta": {"type": "input_json_delta", "partial_json": piece}}),
            ),
            Wire::Gemini | Wire::GeminiArray => (
                None,
                json!({"candidates": [{"index": 0,
                "content": {"role": "model", "parts": [{"text": piece}]}}]}),
            ),
            Wire::Cohere => (
                Some("content-delta"),
                json!({"type": "content-delta", "index": 0,
                "delta": {"message": {"content": {"text": piece}}}}),
            ),
            Wire::OllamaChat => {
                (None, json!({"message": {"role": "assistant", "content": piece}, "done": false}))
            }
            Wire::OllamaGenerate => (None, json!({"response": piece, "done": false})),
        }
    }

    /// The event that ends the text, if the provider has one.
    fn end(self) -> Option<&'static str> {
        match self {
            Wire::OpenAiChat | Wire::OpenAiTool => Some("data: [DONE]\n\n"),
            Wire::Anthropic | Wire::AnthropicTool => {
                Some("event: message_stop\ndata: {\"type\": \"message_stop\"}\n\n")
            }
            Wire::OllamaChat | Wire::OllamaGenerate => {
                Some("{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\",\"done\":true}\n")
            }
            Wire::GeminiArray => Some("\n]"),
            _ => None,
        }
    }

    /// How its events travel, as findings call it.
    pub fn carrier(self) -> &'static str {
        match self {
            Wire::OllamaChat | Wire::OllamaGenerate => "ndjson",
            Wire::GeminiArray => "json-array",
            _ => "sse",
        }
    }

    /// Where the piece stands in an event.
    fn pointer(self) -> &'static str {
        match self {
            Wire::OpenAiChat => "/choices/0/delta/content",
            Wire::OpenAiTool => "/choices/0/delta/tool_calls/0/function/arguments",
            Wire::OpenAiResponses => "/delta",
            Wire::Anthropic => "/delta/text",
            Wire::AnthropicTool => "/delta/partial_json",
            Wire::Gemini | Wire::GeminiArray => "/candidates/0/content/parts/0/text",
            Wire::Cohere => "/delta/message/content/text",
            Wire::OllamaChat => "/message/content",
            Wire::OllamaGenerate => "/response",
        }
    }

    /// The text as a stream of events, in pieces of one to `most` characters.
    pub fn stream(self, text: &str, dice: &mut Dice, most: usize) -> String {
        let chars: Vec<char> = text.chars().collect();
        let mut out = String::new();
        let mut at = 0;
        while at < chars.len() {
            let end = chars.len().min(at + 1 + dice.below(most));
            let piece: String = chars[at..end].iter().collect();
            let (name, event) = self.event(&piece);
            if let Some(name) = name {
                out.push_str(&format!("event: {name}\n"));
            }
            if self == Wire::GeminiArray {
                let sign = if at == 0 { "[" } else { "\n,\r\n" };
                out.push_str(&format!("{sign}{event:#}"));
            } else if self.carrier() == "ndjson" {
                // The order of members is the server's own, not that of the library here.
                let event = event.to_string();
                let rest = event.trim_start_matches('{');
                out.push_str(&format!(
                    "{{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\",{rest}\n"
                ));
            } else {
                out.push_str(&format!("data: {event}\n\n"));
            }
            at = end;
        }
        out.push_str(self.end().unwrap_or_default());
        out
    }

    /// The text that a stream of events carries.
    pub fn text(self, stream: &str) -> String {
        let piece = |event: &Value| {
            event.pointer(self.pointer()).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        if self == Wire::GeminiArray {
            let all: Vec<Value> = serde_json::from_str(stream).expect("the array is valid JSON");
            return all.iter().map(piece).collect();
        }
        let json = |line: &'_ &str| line.starts_with('{');
        let data = stream
            .lines()
            .filter_map(|line| line.strip_prefix("data: ").or(Some(line).filter(json)));
        data.filter(|data| *data != "[DONE]")
            .map(|data| {
                let event: Value = serde_json::from_str(data).expect("every event is valid JSON");
                piece(&event)
            })
            .collect()
    }
}

/// Base64 (RFC 4648) with padding.
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let mut bits = [0u8; 4];
        bits[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(bits);
        for place in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * place)) as usize & 63] as char;
            out.push(if place <= group.len() { digit } else { '=' });
        }
    }
    out
}
