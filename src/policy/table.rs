//! The tests that stand in a policy: a row each, circumstances and what is to come of them.

use std::fmt;

use super::context::{Context, Subject};
use super::{Policy, Restore};
use crate::error::{Error, ErrorKind};
use crate::redact::action::Action;
use crate::rules::rule::{Confidence, Severity};

/// One `[[test]]`.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) context: Context,
    pub(crate) rule: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) severity: Option<Severity>,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) expected: Expected,
    /// Id of the rule that has to decide.
    pub(crate) by: Option<String>,
}

/// What has to come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Action(Action),
    Restore(Restore),
}

impl Expected {
    fn as_str(self) -> &'static str {
        match self {
            Expected::Action(action) => action.as_str(),
            Expected::Restore(restore) => restore.as_str(),
        }
    }
}

/// A test of a policy that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestFailure {
    /// The test's name.
    pub name: String,
    /// Its line in the file.
    pub line: usize,
    /// What it asks for.
    pub expected: String,
    /// What the policy says.
    pub answered: String,
}

impl Row {
    pub(crate) fn run(&self, policy: &Policy) -> Option<TestFailure> {
        let (answered, by) = match self.expected {
            Expected::Restore(_) => (Expected::Restore(policy.restores(&self.context)), None),
            Expected::Action(_) => {
                let subject = Subject {
                    rule: self.rule.as_deref(),
                    category: self.category.as_deref(),
                    severity: self.severity,
                    confidence: self.confidence,
                    channel: None,
                };
                let decision = policy.decide(&self.context, &subject);
                (Expected::Action(decision.action()), decision.rule_id())
            }
        };
        let by_whom = self.by.is_none() || self.by.as_deref() == Some(by.unwrap_or("default"));
        if answered == self.expected && by_whom {
            return None;
        }
        let tell = |action: Expected, by: Option<&str>| match by {
            Some(by) => format!("{} by `{by}`", action.as_str()),
            None => action.as_str().to_owned(),
        };
        Some(TestFailure {
            name: self.name.clone(),
            line: self.line,
            expected: tell(self.expected, self.by.as_deref()),
            answered: tell(answered, self.by.as_ref().map(|_| by.unwrap_or("default"))),
        })
    }
}

impl TestFailure {
    pub(crate) fn into_error(self, file: &str) -> Error {
        Error::new(ErrorKind::Schema, self.to_string()).at(file, self.line)
    }
}

impl fmt::Display for TestFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TestFailure { name, expected, answered, .. } = self;
        write!(f, "test `{name}` wants {expected}, the policy says {answered}")
    }
}
