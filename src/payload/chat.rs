//! Streams of chat models: which strings of an event carry a piece of which text.
//!
//! Each provider sends a text in pieces, many texts at a time, told apart by indices and ids. [`read`] names for each
//! piece the text it belongs to (a key that is equal for pieces of one text and different otherwise), and which texts an
//! event ends. Formats: OpenAI Chat Completions, Completions and Responses, Anthropic Messages, Gemini, Cohere v2, and
//! what follows them (vLLM, DeepSeek, Mistral, Ollama and Bedrock over SSE). An event of another kind names nothing: it
//! is read as plain text, as everything is. Sources: the providers' API references, `docs/PAYLOADS.md`.

use super::json::{self, Scalar};
use crate::text::channel::Channel;
use crate::text::span::Span;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) key: String,
    pub(crate) channel: Channel,
    /// The JSON string that carries it, without quotes, as offsets into the event.
    pub(crate) raw: Span,
}

/// What an event carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) pieces: Vec<Piece>,
    /// Texts whose keys begin so are complete after this event.
    pub(crate) ends: Vec<String>,
}

/// How pieces that stand at a path are told apart.
#[derive(Clone, Copy, PartialEq)]
enum Family {
    /// By the completion's id, and the `index` of every array element above.
    Indexed,
    /// By the event's own `index`.
    Block,
    /// By the item's ids, which the event carries beside the piece.
    Item,
}

/// Where pieces stand. `[]` is any element.
const PLACES: &[(&str, Family, Channel)] = &[
    ("choices[].delta.content", Family::Indexed, Channel::Completion),
    ("choices[].delta.content[].text", Family::Indexed, Channel::Completion),
    ("choices[].delta.refusal", Family::Indexed, Channel::Completion),
    ("choices[].delta.reasoning_content", Family::Indexed, Channel::Reasoning),
    ("choices[].delta.reasoning", Family::Indexed, Channel::Reasoning),
    ("choices[].delta.tool_calls[].function.arguments", Family::Indexed, Channel::ToolCall),
    ("choices[].delta.tool_calls[].custom.input", Family::Indexed, Channel::ToolCall),
    ("choices[].delta.function_call.arguments", Family::Indexed, Channel::ToolCall),
    ("choices[].text", Family::Indexed, Channel::Completion),
    ("choices[].logprobs.content[].token", Family::Indexed, Channel::Completion),
    ("choices[].logprobs.refusal[].token", Family::Indexed, Channel::Completion),
    ("choices[].logprobs.tokens[]", Family::Indexed, Channel::Completion),
    ("logprobs[].token", Family::Item, Channel::Completion),
    ("candidates[].content.parts[].text", Family::Indexed, Channel::Completion),
    ("message.content", Family::Indexed, Channel::Completion),
    ("message.thinking", Family::Indexed, Channel::Reasoning),
    ("response", Family::Indexed, Channel::Completion),
    ("thinking", Family::Indexed, Channel::Reasoning),
    ("delta.text", Family::Block, Channel::Completion),
    (BLOCK_START, Family::Block, Channel::Completion),
    ("delta.partial_json", Family::Block, Channel::ToolCall),
    ("delta.thinking", Family::Block, Channel::Reasoning),
    ("delta.message.content.text", Family::Block, Channel::Completion),
    ("delta.message.content.thinking", Family::Block, Channel::Reasoning),
    ("delta.message.tool_plan", Family::Block, Channel::Reasoning),
    ("delta.message.tool_calls.function.arguments", Family::Block, Channel::ToolCall),
    ("contentBlockDelta.delta.text", Family::Block, Channel::Completion),
    ("contentBlockDelta.delta.toolUse.input", Family::Block, Channel::ToolCall),
    ("contentBlockDelta.delta.reasoningContent.text", Family::Block, Channel::Reasoning),
    ("delta", Family::Item, Channel::Completion),
];

/// The beginning of a text, in the event that opens its block; the rest stands at [`BLOCK_TEXT`].
const BLOCK_START: &str = "content_block.text";
const BLOCK_TEXT: &str = "delta.text";

/// What keys of texts begin with that have no id.
const NAMELESS: &str = "id||";

/// Scalars that tell texts apart or end them, by the last part of their path.
const MARKS: &[&str] = &[
    "id",
    "index",
    "type",
    "item_id",
    "output_index",
    "content_index",
    "summary_index",
    "contentBlockIndex",
    "done",
];

/// Longest path that is of interest; pieces stand in none that is longer.
const LONGEST_PATH: usize = 128;

/// Scalars of one event that are remembered; no format needs nearly as many.
const MOST: usize = 1024;

struct Leaf {
    path: String,
    scalar: Scalar,
}

/// Reads one event. `event` is what a `data:` line carries.
pub(crate) fn read(event: &[u8]) -> Event {
    let trimmed = event.trim_ascii();
    if trimmed == b"[DONE]" {
        return Event { pieces: Vec::new(), ends: vec![String::new()] };
    }
    let mut leaves: Vec<Leaf> = Vec::new();
    let mut pieces: Vec<(usize, Leaf)> = Vec::new();
    let complete = json::walk(event, &mut |path, scalar| {
        if path.len() > LONGEST_PATH {
            return;
        }
        let leaf = || Leaf { path: path.to_owned(), scalar };
        if let Some(place) = PLACES.iter().position(|(place, ..)| is_at(path, place)) {
            pieces.push((place, leaf()));
        } else if leaves.len() < MOST && MARKS.contains(&path.rsplit('.').next().unwrap_or(path)) {
            leaves.push(leaf());
        }
    });
    if !complete {
        return Event::default();
    }
    let marks = Marks { event, leaves };
    let pieces = pieces.into_iter().filter_map(|(place, leaf)| marks.piece(place, &leaf)).collect();
    Event { pieces, ends: marks.ends() }
}

/// Whether `path` is `place`, whose `[]` stands for any index.
fn is_at(path: &str, place: &str) -> bool {
    // Most places are turned away by their ends: every scalar is asked about each of them.
    let ends = |text: &str| (text.bytes().next(), text.bytes().next_back());
    if ends(path) != ends(place) {
        return false;
    }
    let mut rest = path;
    let mut parts = place.split("[]");
    if let Some(first) = parts.next() {
        let Some(after) = rest.strip_prefix(first) else { return false };
        rest = after;
    }
    for part in parts {
        let Some(after) = rest.strip_prefix('[') else { return false };
        let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
        let Some(after) = after.strip_prefix(']').and_then(|after| after.strip_prefix(part)) else {
            return false;
        };
        rest = after;
    }
    rest.is_empty()
}

/// What an event says of the texts it carries pieces of.
struct Marks<'e> {
    event: &'e [u8],
    leaves: Vec<Leaf>,
}

impl Marks<'_> {
    fn text(&self, scalar: Scalar) -> &str {
        let (Scalar::Text(span) | Scalar::Bare(span)) = scalar;
        let bytes = self.event.get(span.range()).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The scalar at `path`, if the event has it.
    fn at(&self, path: &str) -> Option<&str> {
        let leaf = self.leaves.iter().find(|leaf| leaf.path == path)?;
        Some(self.text(leaf.scalar))
    }

    fn piece(&self, place: usize, leaf: &Leaf) -> Option<Piece> {
        let (pattern, family, channel) = *PLACES.get(place)?;
        let Scalar::Text(raw) = leaf.scalar else { return None };
        let key = match family {
            Family::Indexed => self.indexed(&leaf.path),
            Family::Block => {
                let text = if pattern == BLOCK_START { BLOCK_TEXT } else { pattern };
                format!("block|{}|{text}", self.block())
            }
            Family::Item => {
                let kind = self.at("type").filter(|kind| kind.ends_with(".delta"))?;
                if kind.contains("audio.delta") {
                    return None;
                }
                // The tokens with their probabilities are a second copy of the text.
                let copy = if pattern == "delta" { "" } else { "|logprobs" };
                format!("item|{}|{}{copy}", self.item(), kind.trim_end_matches(".delta"))
            }
        };
        let channel = match family {
            Family::Item => channel_of(self.at("type").unwrap_or_default()),
            _ => channel,
        };
        Some(Piece { key, channel, raw })
    }

    /// The path with array positions replaced by what the elements say their `index` is.
    fn indexed(&self, path: &str) -> String {
        let mut key = format!("id|{}|", self.at("id").unwrap_or_default());
        // The tokens with their probabilities are a second copy of the text, whatever their places.
        let path = path.find(".logprobs").and_then(|at| path.get(..at + 9)).unwrap_or(path);
        let mut from = 0;
        while let Some(close) = path.get(from..).and_then(|rest| rest.find(']')) {
            let element = path.get(..=from + close).unwrap_or_default();
            let opens = element.rfind('[').unwrap_or(0);
            key.push_str(element.get(from..opens).unwrap_or_default());
            match self.at(&format!("{element}.index")) {
                Some(index) => key.push_str(&format!("[{index}]")),
                None => key.push_str(element.get(opens..).unwrap_or_default()),
            }
            from += close + 1;
        }
        key.push_str(path.get(from..).unwrap_or_default());
        key
    }

    fn block(&self) -> &str {
        ["index", "contentBlockDelta.contentBlockIndex", "contentBlockStop.contentBlockIndex"]
            .into_iter()
            .find_map(|path| self.at(path))
            .unwrap_or("0")
    }

    fn item(&self) -> String {
        let part = |name| self.at(name).unwrap_or("-");
        let index = self.at("content_index").or_else(|| self.at("summary_index")).unwrap_or("-");
        format!("{}|{}|{index}", part("item_id"), part("output_index"))
    }

    /// Beginnings of the keys of texts that are complete. A reason to finish is not read: some servers send one with
    /// every piece.
    fn ends(&self) -> Vec<String> {
        let mut ends = Vec::new();
        if self.at("done") == Some("true") {
            ends.push(NAMELESS.to_owned());
        }
        if self.at("contentBlockStop.contentBlockIndex").is_some() {
            ends.push(format!("block|{}|", self.block()));
        }
        match self.at("type").unwrap_or_default() {
            "content_block_stop" | "content-end" | "tool-call-end" => {
                ends.push(format!("block|{}|", self.block()));
            }
            "message_stop" | "message-end" => ends.push("block|".to_owned()),
            "response.completed" | "response.failed" | "response.incomplete" => {
                ends.push("item|".to_owned());
            }
            kind => {
                if let Some(kind) = kind.strip_suffix(".done") {
                    ends.push(format!("item|{}|{kind}", self.item()));
                }
            }
        }
        ends
    }
}

fn channel_of(kind: &str) -> Channel {
    if kind.contains("reasoning") {
        Channel::Reasoning
    } else if kind.contains("text") || kind.contains("refusal") || kind.contains("transcript") {
        Channel::Completion
    } else {
        Channel::ToolCall
    }
}
