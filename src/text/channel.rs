//! What a text is to a model: the word that findings, policies and reports use for it.

/// What a text is to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Channel {
    /// Instructions of whoever builds on the model.
    System,
    /// What a person, or a program in their place, says to it.
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
    /// Spans of a trace.
    Trace,
    /// Lines of a log.
    Log,
    /// What is kept for later conversations.
    Memory,
}

impl Channel {
    /// All of them, in the order in which a conversation has them.
    pub const ALL: [Channel; 10] = [
        Channel::System,
        Channel::Prompt,
        Channel::Retrieval,
        Channel::ToolCall,
        Channel::ToolResult,
        Channel::Completion,
        Channel::Reasoning,
        Channel::Trace,
        Channel::Log,
        Channel::Memory,
    ];

    /// The word used in records and policies.
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
            Channel::Trace => "trace",
            Channel::Log => "log",
            Channel::Memory => "memory",
        }
    }
}
