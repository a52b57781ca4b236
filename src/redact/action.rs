//! What can be done about a finding, and who decides it.

use std::fmt;
use std::sync::Arc;

use crate::detect::finding::Finding;

/// What is done about a finding. Where findings overlap, the strictest of their actions is done to all of them: later
/// variants are stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Nothing: it stays, and nobody is told.
    Allow,
    /// It stays, and is told.
    Alert,
    /// A stand-in takes its place that can be turned back.
    Pseudonymize,
    /// A placeholder takes its place for good.
    Redact,
    /// The text does not go on.
    Block,
}

impl Action {
    /// All of them, the mildest first.
    pub const ALL: [Action; 5] =
        [Action::Allow, Action::Alert, Action::Pseudonymize, Action::Redact, Action::Block];

    /// The word used in policies and records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Allow => "allow",
            Action::Alert => "alert",
            Action::Pseudonymize => "pseudonymize",
            Action::Redact => "redact",
            Action::Block => "block",
        }
    }

    /// Whether the secret stays in the text.
    #[must_use]
    pub fn lets_through(self) -> bool {
        matches!(self, Action::Allow | Action::Alert)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Decides what is done about each finding. A [`crate::BoundPolicy`] does.
pub trait Decide: fmt::Debug + Send + Sync {
    /// What is done about `finding`.
    fn decide(&self, finding: &Finding) -> Action;

    /// The same for texts from `place`, usually a path; none if the place makes no difference.
    fn at(&self, place: &str) -> Option<Arc<dyn Decide>> {
        let _ = place;
        None
    }
}
