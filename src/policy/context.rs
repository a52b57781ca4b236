//! What a decision is about: who sends what where, and what was found in it.

use crate::detect::finding::Finding;
use crate::rules::exemption::Day;
use crate::rules::rule::{Confidence, Severity};
use crate::text::channel::Channel;

/// Who a text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Principal {
    /// Who makes the application: system prompts, definitions of tools.
    Builder,
    /// Who talks to it.
    User,
    /// A model that acts by itself.
    Agent,
    /// A program.
    Service,
}

impl Principal {
    /// All of them.
    pub const ALL: [Principal; 4] =
        [Principal::Builder, Principal::User, Principal::Agent, Principal::Service];

    /// The word used in policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Principal::Builder => "builder",
            Principal::User => "user",
            Principal::Agent => "agent",
            Principal::Service => "service",
        }
    }
}

/// Which way a text goes, seen from where the policy is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Direction {
    /// It leaves: a request to a provider, spans to a collector.
    Egress,
    /// It comes in: an answer, a document.
    Ingress,
}

impl Direction {
    /// Both.
    pub const ALL: [Direction; 2] = [Direction::Egress, Direction::Ingress];

    /// The word used in policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Egress => "egress",
            Direction::Ingress => "ingress",
        }
    }
}

/// The circumstances of a text. What is not set is not known, and no condition on it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    pub(crate) principal: Option<Principal>,
    pub(crate) id: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) channel: Option<Channel>,
    pub(crate) direction: Option<Direction>,
    pub(crate) source: Option<String>,
    pub(crate) tool: Option<String>,
    pub(crate) today: Option<Day>,
}

impl Context {
    /// Nothing known.
    #[must_use]
    pub fn new() -> Context {
        Context::default()
    }

    /// Who the text belongs to.
    #[must_use]
    pub fn principal(mut self, principal: Principal) -> Context {
        self.principal = Some(principal);
        self
    }

    /// The principal's own name.
    #[must_use]
    pub fn id(mut self, id: &str) -> Context {
        self.id = Some(id.to_owned());
        self
    }

    /// Who answers for the principal: a team, a customer.
    #[must_use]
    pub fn owner(mut self, owner: &str) -> Context {
        self.owner = Some(owner.to_owned());
        self
    }

    /// The channel of what is not told apart by its payload.
    #[must_use]
    pub fn channel(mut self, channel: Channel) -> Context {
        self.channel = Some(channel);
        self
    }

    /// The channel, if it is known.
    #[must_use]
    pub fn known_channel(&self) -> Option<Channel> {
        self.channel
    }

    /// Which way the text goes.
    #[must_use]
    pub fn direction(mut self, direction: Direction) -> Context {
        self.direction = Some(direction);
        self
    }

    /// Where the text comes from, usually a path.
    #[must_use]
    pub fn source(mut self, source: &str) -> Context {
        self.source = Some(source.to_owned());
        self
    }

    /// The tool whose arguments or answer the text is.
    #[must_use]
    pub fn tool(mut self, tool: &str) -> Context {
        self.tool = Some(tool.to_owned());
        self
    }

    /// The day it is, for rules that expire; without it they do not apply.
    #[must_use]
    pub fn today(mut self, year: u16, month: u8, day: u8) -> Context {
        self.today = Some(Day(year, month, day));
        self
    }
}

/// What was found, as far as a policy looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject<'f> {
    pub(crate) rule: Option<&'f str>,
    pub(crate) category: Option<&'f str>,
    pub(crate) severity: Option<Severity>,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) channel: Option<Channel>,
}

impl<'f> Subject<'f> {
    /// A finding of this rule and category of which nothing else is known.
    #[must_use]
    pub fn new(rule: &'f str, category: &'f str) -> Subject<'f> {
        Subject { rule: Some(rule), category: Some(category), ..Subject::unknown() }
    }

    /// What a finding tells.
    #[must_use]
    pub fn of(finding: &'f Finding) -> Subject<'f> {
        let rule = finding.rule();
        Subject {
            rule: Some(rule.id()),
            category: Some(rule.category()),
            severity: Some(rule.severity()),
            confidence: Some(finding.confidence()),
            channel: finding.channel(),
        }
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Subject<'f> {
        self.severity = Some(severity);
        self
    }

    /// How sure it is.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Subject<'f> {
        self.confidence = Some(confidence);
        self
    }

    /// Nothing is known of it.
    pub(crate) fn unknown() -> Subject<'static> {
        Subject { rule: None, category: None, severity: None, confidence: None, channel: None }
    }
}
