//! What a text is to a model: the word that findings, policies and reports use for it.

/// What a text is to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Channel {
    /// Instructions of whoever builds on the model.
    System,
    /// What a person says to it.
    Prompt,
    /// Documents that were looked up for it.
    Retrieval,
    /// Arguments of a call the model makes.
    ToolCall,
    /// What such a call gave.
    ToolResult,
    /// What the model says.
    Completion,
    /// What the model thinks aloud.
    Reasoning,
}

impl Channel {
    /// The word used in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::System => "system",
            Channel::Prompt => "prompt",
            Channel::Retrieval => "retrieval",
            Channel::ToolCall => "tool_call",
            Channel::ToolResult => "tool_result",
            Channel::Completion => "completion",
            Channel::Reasoning => "reasoning",
        }
    }
}
