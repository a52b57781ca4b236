//! When we do what: one file of ordered rules that library, command line and gateway share.
//!
//! A policy decides about findings ([`Policy::decide`]) and about stand-ins that come back ([`Policy::restores`]). The first
//! rule all of whose conditions hold decides; where none does, the policy's default. A condition on something that is
//! not known does not hold. The engine has no clock: an exception that expires applies only if the caller says
//! which day it is. Reading a policy runs its own tests, so that one that does not do what it says never takes effect.
//! Left out: conditions on the secret itself, and a language for conditions.

pub(crate) mod bound;
pub(crate) mod context;
pub(crate) mod matcher;
pub(crate) mod parse;
pub(crate) mod table;

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::redact::action::Action;
use crate::rules::exemption::Day;
use bound::BoundPolicy;
use context::{Context, Subject};
use matcher::When;
use table::{Row, TestFailure};

#[cfg(test)]
mod tests;

/// A set of rules that decide, ready to be asked. Immutable and cheap to clone.
///
/// ```
/// use keysieve::{Action, Context, Policy, Principal, Subject};
/// let policy = Policy::parse("mine.toml", r#"
/// default = "redact"
///
/// [[rule]]
/// id = "agents-work-with-stand-ins"
/// principal = "agent"
/// severity = "high"
/// action = "pseudonymize"
/// "#)?;
/// let context = Context::new().principal(Principal::Agent);
/// let decision = policy.decide(&context, &Subject::new("github-pat", "vcs"));
/// assert_eq!((decision.action(), decision.rule_id()), (Action::Redact, None)); // its severity is not known
/// # Ok::<(), keysieve::Error>(())
/// ```
#[derive(Clone)]
pub struct Policy {
    pub(crate) inner: Arc<Inner>,
}

/// What a policy file says.
pub(crate) struct Inner {
    pub(crate) name: String,
    pub(crate) default: Action,
    pub(crate) rules: Vec<PolicyRule>,
    pub(crate) restores: Vec<RestoreRule>,
    pub(crate) tests: Vec<Row>,
}

/// One `[[rule]]` of a policy.
#[derive(Debug)]
pub struct PolicyRule {
    pub(crate) id: String,
    pub(crate) when: When,
    pub(crate) action: Action,
    pub(crate) origin: Origin,
}

/// One `[[restore]]` of a policy.
#[derive(Debug)]
pub struct RestoreRule {
    pub(crate) id: String,
    pub(crate) when: When,
    pub(crate) action: Restore,
    /// Whether in addresses too.
    pub(crate) addresses: bool,
    pub(crate) origin: Origin,
}

/// Why a rule is there, until when, and where.
#[derive(Debug, Default)]
pub(crate) struct Origin {
    pub(crate) reason: String,
    pub(crate) expires: Option<Day>,
    pub(crate) line: usize,
}

/// What is done about a stand-in that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Restore {
    /// It stays as it is.
    Keep,
    /// The original takes its place.
    Restore,
    /// The text does not go on: a stand-in must not be written to a file or executed.
    Block,
}

impl Restore {
    /// All of them.
    pub const ALL: [Restore; 3] = [Restore::Keep, Restore::Restore, Restore::Block];

    /// The word used in policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Restore::Keep => "keep",
            Restore::Restore => "restore",
            Restore::Block => "block",
        }
    }
}

/// What a policy answers, and which rule said so.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'p> {
    pub(crate) action: Action,
    pub(crate) rule: Option<&'p PolicyRule>,
}

impl<'p> Decision<'p> {
    /// What is to be done.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// Id of the rule that decided; none if it was the default.
    #[must_use]
    pub fn rule_id(&self) -> Option<&'p str> {
        self.rule.map(|rule| rule.id.as_str())
    }

    /// The rule that decided; none if it was the default.
    #[must_use]
    pub fn rule(&self) -> Option<&'p PolicyRule> {
        self.rule
    }
}

impl PolicyRule {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Why it is there; empty if it does not say.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.origin.reason
    }

    /// What it does.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// The last day on which it applies, as `2026-12-31`.
    #[must_use]
    pub fn expires(&self) -> Option<String> {
        self.origin.expires.map(|day| day.to_string())
    }

    /// Its line in the file.
    #[must_use]
    pub fn line(&self) -> usize {
        self.origin.line
    }

    /// The globs over ids of detection rules that it names.
    pub fn globs(&self) -> impl Iterator<Item = &str> {
        self.when.rules.iter().map(|glob| glob.as_str())
    }
}

/// Why a rule did or did not decide.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Considered<'p> {
    /// The rule's id.
    pub id: &'p str,
    /// Its line in the file.
    pub line: usize,
    /// The key of the first condition that does not hold; none if the rule decided.
    pub refused_by: Option<&'static str>,
}

impl Policy {
    /// Reads a policy from the text of `file`, and runs its tests.
    ///
    /// # Errors
    /// When the text is not TOML, has a key or word that is not known, a rule that can never decide, or a test that fails.
    /// The error names file, line and key. Whoever holds a policy keeps it in that case.
    pub fn parse(file: &str, text: &str) -> Result<Policy, Error> {
        let policy = Policy::parse_untested(file, text)?;
        match policy.test().into_iter().next() {
            None => Ok(policy),
            Some(failure) => Err(failure.into_error(file)),
        }
    }

    /// Reads a policy without running its tests, for [`Policy::test`].
    ///
    /// # Errors
    /// Those of [`Policy::parse`], other than failing tests.
    pub fn parse_untested(file: &str, text: &str) -> Result<Policy, Error> {
        Ok(Policy { inner: Arc::new(parse::parse(file, text)?) })
    }

    /// Takes over what `file` says now. Whatever is wrong with it, the policy at hand stays; whoever holds a clone of it or has
    /// bound it goes on with that.
    ///
    /// # Errors
    /// Those of [`Policy::parse`].
    pub fn reload(&mut self, file: &str, text: &str) -> Result<(), Error> {
        *self = Policy::parse(file, text)?;
        Ok(())
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// What is done where no rule decides.
    #[must_use]
    pub fn default_action(&self) -> Action {
        self.inner.default
    }

    /// Its rules, in their order.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &PolicyRule> {
        self.inner.rules.iter()
    }

    /// Decides about one finding. For many of one context, [`Policy::within`] is faster.
    #[must_use]
    pub fn decide(&self, context: &Context, subject: &Subject<'_>) -> Decision<'_> {
        let holds = |rule: &&PolicyRule| {
            !rule.origin.has_expired(context) && rule.when.refusal(context, subject).is_none()
        };
        let rule = self.inner.rules.iter().find(holds);
        Decision { action: rule.map_or(self.inner.default, |rule| rule.action), rule }
    }

    /// The policy as far as it concerns one context.
    #[must_use]
    pub fn within(&self, context: Context) -> BoundPolicy {
        BoundPolicy::new(self, context)
    }

    /// Decides about a stand-in that comes back in `context`, which says the tool if there is one. Unless a rule says
    /// otherwise, it stays as it is.
    #[must_use]
    pub fn restores(&self, context: &Context) -> Restore {
        self.restoring(context).map_or(Restore::Keep, |rule| rule.action)
    }

    /// Whether originals are put back in addresses too: whoever wrote the address decides who learns the secret. Only the rule
    /// that restores can allow it.
    #[must_use]
    pub fn restores_in_addresses(&self, context: &Context) -> bool {
        self.restoring(context).is_some_and(|rule| rule.addresses)
    }

    fn restoring(&self, context: &Context) -> Option<&RestoreRule> {
        let subject = Subject::unknown();
        let holds = |rule: &&RestoreRule| {
            !rule.origin.has_expired(context) && rule.when.refusal(context, &subject).is_none()
        };
        self.inner.restores.iter().find(holds)
    }

    /// Every rule up to the one that decides, and why those before it did not.
    #[must_use]
    pub fn explain(&self, context: &Context, subject: &Subject<'_>) -> Vec<Considered<'_>> {
        let mut all = Vec::new();
        for rule in &self.inner.rules {
            let expired = rule.origin.has_expired(context).then_some("expires");
            let refused_by = expired.or_else(|| rule.when.refusal(context, subject));
            all.push(Considered { id: &rule.id, line: rule.origin.line, refused_by });
            if refused_by.is_none() {
                break;
            }
        }
        all
    }

    /// Runs the tests that stand in the policy; what fails.
    #[must_use]
    pub fn test(&self) -> Vec<TestFailure> {
        self.inner.tests.iter().filter_map(|row| row.run(self)).collect()
    }

    /// How many tests stand in it.
    #[must_use]
    pub fn tests(&self) -> usize {
        self.inner.tests.len()
    }
}

impl Origin {
    /// Whether it does not apply any more, or nobody says which day it is.
    fn has_expired(&self, context: &Context) -> bool {
        self.expires.is_some_and(|last| context.today.is_none_or(|today| today > last))
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Policy({}, {} rules)", self.inner.name, self.inner.rules.len())
    }
}
