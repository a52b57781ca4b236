//! What a string of a payload is to a model, by the names above it and by what its objects say of themselves.
//!
//! One table of names serves all chat APIs, because they share most of them: OpenAI Chat Completions and Responses (batch and
//! fine-tuning files too), Anthropic Messages, Gemini, Ollama, Bedrock Converse, Cohere, Mistral, MCP, embeddings, rerank,
//! documents of retrieval, traces by the names of their attributes, session files of agents. A `role` or `type` counts if it
//! stands before the text, as every SDK writes it: what follows is not known yet. Sources: `docs/PAYLOADS.md`.

use super::frame::Frame;
use crate::text::channel::Channel;
use crate::text::channel::Channel::{
    Completion, Prompt, Reasoning, Retrieval, System, ToolCall, ToolResult,
};

/// What an object has told so far.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Marks {
    /// It has members that a body of a chat API has.
    is_chat: bool,
    role: Option<Channel>,
    kind: Kind,
    /// Of the attribute that its `key` names.
    attribute: Option<Channel>,
    /// Its `data` is sealed.
    is_sealed: bool,
}

/// What the `type` of an object says of its members.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Kind {
    #[default]
    None,
    /// It says so in chats only: `document`.
    Block(Channel),
    /// It says so anywhere: `function_call_output`.
    Item(Channel),
    /// It says who speaks: `human`.
    Turn(Channel),
}

/// Members by which a body of a chat API is known.
const BODY: &[&str] = &[
    "model",
    "messages",
    "contents",
    "choices",
    "candidates",
    "max_tokens",
    "modelId",
    "jsonrpc",
    "inferenceConfig",
    "anthropic_version",
    "created_at",
    "custom_id",
    "run_type",
    "input_type",
];

/// When a name says what it says.
#[derive(Clone, Copy, PartialEq)]
enum When {
    Always,
    /// If an array follows.
    Array,
    /// In a body of a chat API, or in a chat already.
    Chat,
    /// Behind this name.
    Behind(&'static str),
}

/// Names, when they count, and what they make of everything below them.
const NAMES: &[(&str, When, Channel)] = &[
    ("content", When::Behind("result"), ToolResult),
    ("contents", When::Behind("result"), ToolResult),
    ("messages", When::Array, Prompt),
    ("contents", When::Array, Prompt),
    ("chat_history", When::Array, Prompt),
    ("prompt", When::Chat, Prompt),
    ("input", When::Behind("content"), ToolCall),
    ("input", When::Chat, Prompt),
    ("inputs", When::Chat, Prompt),
    ("input", When::Behind("body"), Prompt),
    ("inputText", When::Chat, Prompt),
    ("texts", When::Chat, Prompt),
    ("suffix", When::Chat, Prompt),
    ("query", When::Chat, Prompt),
    ("requests", When::Array, Prompt),
    ("system", When::Chat, System),
    ("instructions", When::Chat, System),
    ("preamble", When::Chat, System),
    ("systemPrompt", When::Always, System),
    ("systemInstruction", When::Always, System),
    ("system_instruction", When::Always, System),
    ("choices", When::Array, Completion),
    ("candidates", When::Array, Completion),
    ("response", When::Chat, Completion),
    ("completion", When::Chat, Completion),
    ("output", When::Behind("body"), Completion),
    ("output", When::Chat, Completion),
    ("outputs", When::Chat, Completion),
    ("outputText", When::Always, Completion),
    ("generated_text", When::Always, Completion),
    ("tool_calls", When::Always, ToolCall),
    ("toolCalls", When::Always, ToolCall),
    ("function_call", When::Always, ToolCall),
    ("functionCall", When::Always, ToolCall),
    ("toolUse", When::Always, ToolCall),
    ("executableCode", When::Always, ToolCall),
    ("arguments", When::Behind("params"), ToolCall),
    ("partial_json", When::Always, ToolCall),
    ("toolResult", When::Always, ToolResult),
    ("tool_results", When::Always, ToolResult),
    ("toolUseResult", When::Always, ToolResult),
    ("functionResponse", When::Always, ToolResult),
    ("codeExecutionResult", When::Always, ToolResult),
    ("structuredContent", When::Always, ToolResult),
    ("reasoning_content", When::Always, Reasoning),
    ("reasoningContent", When::Always, Reasoning),
    ("reasoning", When::Chat, Reasoning),
    ("thinking", When::Behind("content"), Reasoning),
    ("thinking", When::Chat, Reasoning),
    ("tool_plan", When::Chat, Reasoning),
    ("documents", When::Array, Retrieval),
    ("page_content", When::Always, Retrieval),
    ("_source", When::Always, Retrieval),
    ("metadatas", When::Array, Retrieval),
    ("highlight", When::Behind("hits"), Retrieval),
    ("fields", When::Behind("hits"), Retrieval),
    ("metadata", When::Behind("matches"), Retrieval),
    ("metadata", When::Behind("vectors"), Retrieval),
    ("payload", When::Behind("points"), Retrieval),
    ("payload", When::Behind("result"), Retrieval),
    ("properties", When::Behind("objects"), Retrieval),
    ("Get", When::Behind("data"), Retrieval),
    ("entity", When::Behind("data"), Retrieval),
    ("text", When::Behind("node"), Retrieval),
    ("text_resource", When::Always, Retrieval),
];

/// Types that say the same wherever they stand.
const ITEMS: &[(&str, Channel)] = &[
    ("summary_text", Reasoning),
    ("reasoning_text", Reasoning),
    ("thinking_delta", Reasoning),
    ("agent_reasoning", Reasoning),
    ("output_text", Completion),
    ("text_delta", Completion),
    ("agent_message", Completion),
    ("input_text", Prompt),
    ("user_message", Prompt),
    ("input_json_delta", ToolCall),
    ("tool_use", ToolCall),
    ("server_tool_use", ToolCall),
    ("mcp_tool_use", ToolCall),
    ("tool_call", ToolCall),
    ("function_call", ToolCall),
    ("custom_tool_call", ToolCall),
    ("mcp_call", ToolCall),
    ("local_shell_call", ToolCall),
    ("shell_call", ToolCall),
    ("apply_patch_call", ToolCall),
    ("code_interpreter_call", ToolCall),
    ("computer_call", ToolCall),
    ("tool_result", ToolResult),
    ("mcp_tool_result", ToolResult),
    ("tool_call_response", ToolResult),
    ("function_call_output", ToolResult),
    ("custom_tool_call_output", ToolResult),
    ("local_shell_call_output", ToolResult),
    ("shell_call_output", ToolResult),
    ("computer_call_output", ToolResult),
    ("exec_command_end", ToolResult),
];

/// Members of a message that hold what its role says.
const CONTENT: &[&str] = &["content", "contents", "parts", "text", "refusal", "data", "kwargs"];
/// Members that hold what a call gave, beside what it was given.
const GIVEN: &[&str] = &["output", "outputs", "results", "logs", "stdout", "stderr"];

impl Marks {
    /// Whether the value of the member `name` tells something.
    pub(super) fn reads(name: &str) -> bool {
        matches!(name, "role" | "type" | "key" | "author" | "object")
    }

    /// A member begins.
    pub(super) fn named(&mut self, name: &str) {
        self.is_chat |= BODY.contains(&name);
    }

    /// The value of a member that tells something.
    pub(super) fn told(&mut self, name: &str, value: &str) {
        match name {
            "role" | "author" => self.role = role(value),
            "type" => {
                self.kind = kind(value);
                self.is_sealed = matches!(value, "redacted_thinking" | "reasoning.encrypted");
            }
            "object" if value.starts_with("vector_store.search") => {
                self.kind = Kind::Item(Retrieval);
            }
            "key" => self.attribute = attribute(value),
            _ => {}
        }
    }
}

/// Who speaks.
fn role(word: &str) -> Option<Channel> {
    Some(match word.to_ascii_lowercase().as_str() {
        "system" | "developer" => System,
        "user" | "human" => Prompt,
        "assistant" | "model" | "ai" | "chatbot" | "agent" => Completion,
        "tool" | "function" | "ipython" => ToolResult,
        _ => return None,
    })
}

fn kind(word: &str) -> Kind {
    let ends = |ends: &[&str]| ends.iter().any(|end| word.ends_with(end));
    if let Some(event) = word.strip_prefix("response.") {
        return of_event(event).map_or(Kind::None, Kind::Item);
    }
    if let Some((_, channel)) = ITEMS.iter().find(|(item, _)| *item == word) {
        return Kind::Item(*channel);
    }
    match word {
        "thinking" | "reasoning" | "redacted_thinking" => Kind::Block(Reasoning),
        "document" | "search_result" => Kind::Block(Retrieval),
        "function" => Kind::Block(ToolCall),
        _ if ends(&["_output", "_result", "_response"]) => Kind::Block(ToolResult),
        _ if ends(&["_call", "_use", "_approval_request"]) => Kind::Block(ToolCall),
        _ => role(word).map_or(Kind::None, Kind::Turn),
    }
}

/// What an event of the Responses API carries, by its type.
fn of_event(kind: &str) -> Option<Channel> {
    let has = |part: &str| kind.contains(part);
    if has("reasoning") {
        Some(Reasoning)
    } else if has("text") || has("refusal") || has("transcript") {
        Some(Completion)
    } else {
        (has("arguments") || has("input") || has("code") || has("command")).then_some(ToolCall)
    }
}

/// What an attribute of a trace is, by its name: OpenTelemetry's `gen_ai`, OpenInference, OpenLLMetry, Langfuse.
fn attribute(name: &str) -> Option<Channel> {
    let has = |part: &str| name.contains(part);
    let known = ["gen_ai.", "llm.", "input.", "output.", "traceloop.", "langfuse.", "tool."];
    let known = [&known[..], &["retrieval.", "reranker.", "embedding.", "message", "document."]];
    if !known.concat().iter().any(|beginning| name.starts_with(beginning)) || !has(".") {
        return None;
    }
    Some(if has("system_instructions") || has("gen_ai.system.message") {
        System
    } else if has("tool.call.result") || has("gen_ai.tool.message") {
        ToolResult
    } else if has("tool.call.arguments") || has("tool_call") || has("tool.parameters") {
        ToolCall
    } else if has("retrieval.documents") || has("document") {
        Retrieval
    } else if has("reasoning") {
        Reasoning
    } else if has("output") || has("completion") || has("llm.choices") || has("gen_ai.choice") {
        Completion
    } else if has("input") || has("prompt") || has("query") || has("embedding.text") {
        Prompt
    } else {
        return None;
    })
}

/// What the string at hand is to a model. `frames` are those around it, from the outermost on.
pub(super) fn channel(frames: &[Frame]) -> Option<Channel> {
    let mut channel = None;
    let mut behind = "";
    for (level, frame) in frames.iter().enumerate() {
        if !frame.is_object {
            continue;
        }
        let Some(name) = frame.member() else { continue };
        let is_array = frames.get(level + 1).is_some_and(|next| !next.is_object);
        channel = below(frame, name, behind, is_array, channel).or(channel);
        if matches!(channel, Some(ToolCall | ToolResult | Reasoning | Retrieval)) {
            break;
        }
        behind = name;
    }
    channel
}

/// What the member `name` of an object makes of everything below it.
fn below(
    frame: &Frame,
    name: &str,
    behind: &str,
    is_array: bool,
    around: Option<Channel>,
) -> Option<Channel> {
    let marks = &frame.marks;
    let kind = match marks.kind {
        Kind::Item(channel) => Some(channel),
        Kind::Block(channel) if around.is_some() => Some(channel),
        _ => None,
    };
    if let Some(kind) = kind {
        return Some(if kind == ToolCall && GIVEN.contains(&name) { ToolResult } else { kind });
    }
    if marks.attribute.is_some() && name == "value" {
        return marks.attribute;
    }
    let turn = marks.role.or(match marks.kind {
        Kind::Turn(channel) => Some(channel),
        _ => None,
    });
    if turn.is_some() && CONTENT.contains(&name) {
        return turn;
    }
    let is_chat = marks.is_chat || around.is_some();
    let counts = |when: When| match when {
        When::Always => true,
        When::Array => is_array,
        When::Chat => is_chat,
        When::Behind(other) => behind == other,
    };
    let entry = NAMES.iter().find(|(known, when, _)| *known == name && counts(*when));
    entry.map(|(_, _, channel)| *channel).or_else(|| attribute(name))
}

/// What must not be changed in a string.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Guard {
    #[default]
    None,
    /// A name that payloads refer to, or media: a token is not told by its looks alone.
    Name,
    /// Signed or encrypted by the provider: no guess counts.
    Sealed,
}

/// Members whose value a provider has signed or encrypted; a client sends it back as it is.
const SEALED: &[&str] = &[
    "signature",
    "encrypted_content",
    "encryptedContent",
    "thoughtSignature",
    "thought_signature",
    "redactedContent",
    "encrypted_index",
];
/// Members that name something, or hold media.
const NAMED: &[&str] = &[
    "id",
    "uuid",
    "parentUuid",
    "leafUuid",
    "call_id",
    "item_id",
    "tool_call_id",
    "tool_use_id",
    "toolUseId",
    "response_id",
    "previous_response_id",
    "request_id",
    "sessionId",
    "session_id",
    "message_id",
    "system_fingerprint",
    "obfuscation",
    "traceId",
    "spanId",
    "parentSpanId",
    "b64_json",
    "file_data",
    "blob",
];
/// Behind these, `data` and `bytes` are media.
const MEDIA: &[&str] = &["inlineData", "inline_data", "input_audio", "audio", "image", "video"];

/// What must not be changed in the string at hand.
pub(super) fn guard(frames: &[Frame]) -> Guard {
    let mut names = frames.iter().rev().filter_map(Frame::member);
    let (name, behind) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    let is_sealed = frames.last().is_some_and(|frame| frame.marks.is_sealed);
    if SEALED.contains(&name) || name == "data" && is_sealed {
        Guard::Sealed
    } else if NAMED.contains(&name) || matches!(name, "data" | "bytes") && MEDIA.contains(&behind) {
        Guard::Name
    } else {
        Guard::None
    }
}
