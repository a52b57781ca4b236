//! What a text is to a model: the word that findings, policies and reports use for it.

/// What a text is to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Channel {
    /// What the model says.
    Completion,
    /// What the model thinks aloud.
    Reasoning,
    /// Arguments of a call the model makes.
    ToolCall,
}

impl Channel {
    /// The word used in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Completion => "completion",
            Channel::Reasoning => "reasoning",
            Channel::ToolCall => "tool_call",
        }
    }
}
