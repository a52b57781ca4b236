//! What is done about each stretch that is handed out, when a policy decides.
//!
//! Overlapping findings are one stretch: the strictest of their actions is done to all of it. A secret that comes in
//! pieces is hidden up to its last piece, so that nothing of it passes because another finding stands between.

use std::fmt;
use std::sync::Arc;

use super::action::{Action, Decide};
use crate::detect::finding::Finding;

/// Follows a text and answers for each of its stretches.
#[derive(Debug, Clone)]
pub(crate) struct Treatment {
    decide: Option<Arc<dyn Decide>>,
    /// What is done where nobody decides.
    otherwise: Action,
    /// Bytes handed out so far.
    offset: usize,
    /// Hidden findings reach up to here.
    hidden_to: usize,
    /// The same before the last of them.
    hidden_before: usize,
    /// The strictest action of the findings that overlap here, and where they end.
    together: (Action, usize),
}

impl Treatment {
    pub(crate) fn new(decide: Option<Arc<dyn Decide>>, otherwise: Action) -> Treatment {
        let together = (Action::Allow, 0);
        Treatment { decide, otherwise, offset: 0, hidden_to: 0, hidden_before: 0, together }
    }

    /// A new text begins.
    pub(crate) fn restart(&mut self) {
        (self.offset, self.hidden_to, self.hidden_before) = (0, 0, 0);
        self.together = (Action::Allow, 0);
    }

    /// Whether every finding is hidden, whatever is known of it.
    pub(crate) fn is_plain(&self) -> bool {
        self.decide.is_none()
    }

    /// Bytes handed out so far.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// So many clean bytes are handed out.
    pub(crate) fn clean(&mut self, bytes: usize) {
        self.offset += bytes;
    }

    /// These findings overlap and are handed out next.
    pub(crate) fn together(&mut self, findings: &mut dyn Iterator<Item = &Finding>) {
        let Some(decide) = &self.decide else { return };
        let each = findings.map(|finding| (decide.decide(finding), finding.span().end()));
        let strictest = each.reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)));
        self.together = strictest.unwrap_or((Action::Allow, 0));
    }

    /// A finding is handed out with so many bytes: what is done to them.
    pub(crate) fn secret(&mut self, finding: &Finding, bytes: usize) -> Action {
        let mut action = self.decide.as_ref().map_or(self.otherwise, |d| d.decide(finding));
        if self.offset < self.together.1 {
            action = action.max(self.together.0);
        }
        if self.offset < self.hidden_to && action.lets_through() {
            action = Action::Redact;
        }
        self.hidden_before = self.hidden_to;
        if !action.lets_through() {
            self.hidden_to = self.hidden_to.max(finding.span().end());
        }
        self.offset += bytes;
        action
    }

    /// The last finding stays after all, and so do its further pieces.
    pub(crate) fn stays(&mut self) {
        self.hidden_to = self.hidden_before;
        self.together = (Action::Allow, 0);
    }

    /// So many further bytes of a finding that was handed out before: whether they pass.
    pub(crate) fn more_passes(&mut self, bytes: usize) -> bool {
        let open = self.offset >= self.hidden_to
            && (self.offset >= self.together.1 || self.together.0.lets_through());
        self.offset += bytes;
        open && !self.is_plain()
    }
}

/// Why a stream that a policy watches has ended: something in it must not go on. The error of an [`std::io::Error`].
#[derive(Debug)]
pub struct Blocked {
    rule: String,
}

impl Blocked {
    pub(crate) fn by(finding: &Finding) -> std::io::Error {
        std::io::Error::other(Blocked { rule: finding.rule_id().to_owned() })
    }

    /// Id of the rule that found it.
    #[must_use]
    pub fn rule_id(&self) -> &str {
        &self.rule
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "blocked by the policy: it holds what `{}` finds", self.rule)
    }
}

impl std::error::Error for Blocked {}
