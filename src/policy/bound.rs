//! A policy as far as it concerns one context: what does not depend on the finding is decided once.

use std::sync::Arc;

use super::context::{Context, Subject};
use super::{Decision, Policy};
use crate::detect::finding::Finding;
use crate::redact::action::{Action, Decide};

/// A policy and the context that it decides in. Give it to a [`crate::Redactor`], or ask it about findings.
///
/// ```
/// use keysieve::{Action, Context, Policy, Subject};
/// let text = "[[rule]]\nid = \"tests\"\nsource = \"tests/**\"\nrule = \"acme-*\"\naction = \"allow\"\nreason = \"made up\"";
/// let bound = Policy::parse("mine.toml", text)?.within(Context::new().source("tests/a.py"));
/// assert_eq!(bound.decide(&Subject::new("acme-token", "saas")).action(), Action::Allow);
/// # Ok::<(), keysieve::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BoundPolicy {
    policy: Policy,
    context: Context,
    /// Rules whose conditions on the context hold, in their order.
    rules: Vec<usize>,
}

impl BoundPolicy {
    pub(crate) fn new(policy: &Policy, context: Context) -> BoundPolicy {
        let all = policy.inner.rules.iter().enumerate();
        let rules = all
            .filter(|(_, rule)| {
                !rule.origin.has_expired(&context)
                    && rule.when.refused_by_context(&context).is_none()
            })
            .map(|(at, _)| at)
            .collect();
        BoundPolicy { policy: policy.clone(), context, rules }
    }

    /// Decides about one finding.
    #[must_use]
    pub fn decide(&self, subject: &Subject<'_>) -> Decision<'_> {
        let inner = &self.policy.inner;
        let rule = self
            .rules
            .iter()
            .filter_map(|at| inner.rules.get(*at))
            .find(|rule| rule.when.refused_by_subject(&self.context, subject).is_none());
        Decision { action: rule.map_or(inner.default, |rule| rule.action), rule }
    }

    /// The same policy in the same context, for texts from `place`.
    #[must_use]
    pub fn at(&self, place: &str) -> BoundPolicy {
        BoundPolicy::new(&self.policy, self.context.clone().source(place))
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The context.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }
}

impl Decide for BoundPolicy {
    fn decide(&self, finding: &Finding) -> Action {
        self.decide(&Subject::of(finding)).action()
    }

    fn at(&self, place: &str) -> Option<Arc<dyn Decide>> {
        Some(Arc::new(self.at(place)))
    }
}
