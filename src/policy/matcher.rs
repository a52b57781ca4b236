//! The conditions of a rule. All of those that are given have to hold.

use super::context::{Context, Direction, Principal, Subject};
use crate::rules::glob;
use crate::rules::rule::{Confidence, Severity};
use crate::text::channel::Channel;

/// A glob over names. What most policies say, whole names and beginnings, costs one comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Glob {
    Exact(String),
    Beginning(String),
    /// Anything else, matched part by part.
    General(String),
}

impl Glob {
    pub(crate) fn new(text: &str) -> Glob {
        let special = |c: char| matches!(c, '*' | '?');
        match text.strip_suffix('*') {
            _ if !text.contains(special) => Glob::Exact(text.to_owned()),
            // The whole text is kept, for messages.
            Some(head) if !head.contains(special) && !head.contains('/') => {
                Glob::Beginning(text.to_owned())
            }
            _ => Glob::General(text.to_owned()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Glob::Exact(text) | Glob::Beginning(text) | Glob::General(text) => text,
        }
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Glob::Exact(text) => text == name,
            Glob::Beginning(text) => {
                let head = text.strip_suffix('*').unwrap_or(text);
                name.strip_prefix(head).is_some_and(|rest| !rest.contains('/'))
            }
            Glob::General(text) => glob::matches(text, name),
        }
    }
}

/// What has to be so for a rule to decide. Empty lists ask nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct When {
    pub(crate) principals: Vec<Principal>,
    pub(crate) ids: Vec<Glob>,
    pub(crate) owners: Vec<Glob>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) direction: Option<Direction>,
    pub(crate) rules: Vec<Glob>,
    pub(crate) categories: Vec<String>,
    pub(crate) severity: Option<Severity>,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) sources: Vec<String>,
    pub(crate) tools: Vec<Glob>,
}

impl When {
    /// Whether it asks nothing at all.
    pub(crate) fn is_always(&self) -> bool {
        self.principals.is_empty()
            && self.ids.is_empty()
            && self.owners.is_empty()
            && self.channels.is_empty()
            && self.direction.is_none()
            && self.rules.is_empty()
            && self.categories.is_empty()
            && self.severity.is_none()
            && self.confidence.is_none()
            && self.sources.is_empty()
            && self.tools.is_empty()
    }

    /// The key of the first condition that does not hold.
    pub(crate) fn refusal(&self, context: &Context, subject: &Subject<'_>) -> Option<&'static str> {
        self.refused_by_context(context).or_else(|| self.refused_by_subject(context, subject))
    }

    /// The first condition on the context alone that does not hold.
    pub(crate) fn refused_by_context(&self, context: &Context) -> Option<&'static str> {
        if !one_of(&self.principals, context.principal) {
            Some("principal")
        } else if !any(&self.ids, context.id.as_deref()) {
            Some("principal-id")
        } else if !any(&self.owners, context.owner.as_deref()) {
            Some("owner")
        } else if self.direction.is_some() && self.direction != context.direction {
            Some("direction")
        } else if !any(&self.tools, context.tool.as_deref()) {
            Some("tool")
        } else if !self.is_from(context.source.as_deref()) {
            Some("source")
        } else {
            None
        }
    }

    /// The first condition on what was found that does not hold.
    pub(crate) fn refused_by_subject(
        &self,
        context: &Context,
        subject: &Subject<'_>,
    ) -> Option<&'static str> {
        if !one_of(&self.channels, subject.channel.or(context.channel)) {
            Some("channel")
        } else if self.severity.is_some_and(|least| subject.severity.is_none_or(|it| it < least)) {
            Some("severity")
        } else if self
            .confidence
            .is_some_and(|least| subject.confidence.is_none_or(|it| it < least))
        {
            Some("confidence")
        } else if !self.categories.is_empty()
            && !subject.category.is_some_and(|it| self.categories.iter().any(|one| one == it))
        {
            Some("category")
        } else if !any(&self.rules, subject.rule) {
            Some("rule")
        } else {
            None
        }
    }

    fn is_from(&self, source: Option<&str>) -> bool {
        self.sources.is_empty()
            || source.is_some_and(|source| {
                self.sources.iter().any(|glob| glob::matches_path(glob, source))
            })
    }
}

fn one_of<T: PartialEq>(wanted: &[T], is: Option<T>) -> bool {
    wanted.is_empty() || is.is_some_and(|is| wanted.contains(&is))
}

fn any(globs: &[Glob], name: Option<&str>) -> bool {
    globs.is_empty() || name.is_some_and(|name| globs.iter().any(|glob| glob.matches(name)))
}
