//! From the text of a policy to its rules, or to a fault that names file, line and key.
//!
//! The schema is described in `docs/POLICY.md`. Unknown keys and words are refused, and so are rules that can never decide.

use super::context::{Context, Direction, Principal};
use super::matcher::{Glob, When};
use super::table::{Expected, Row};
use super::{Inner, Origin, PolicyRule, Restore, RestoreRule};
use crate::error::{Error, ErrorKind};
use crate::redact::action::Action;
use crate::rules::exemption::Day;
use crate::rules::glob;
use crate::rules::parse::CATEGORIES;
use crate::rules::reader::{Reader, Source, nearest};
use crate::rules::rule::{Confidence, Severity};
use crate::text::channel::Channel;

/// The most rules a policy may have: each of them may be asked about each finding.
const MOST_RULES: usize = 1000;

pub(crate) fn parse(file: &str, text: &str) -> Result<Inner, Error> {
    let source = Source { file, text };
    let mut top = Reader::new(&source, source.parse()?, 0);
    let name = match top.string("name")? {
        Some((_, name)) => name,
        None => file.to_owned(),
    };
    let default = word(&mut top, "default", &Action::ALL, Action::as_str)?;
    let mut rules: Vec<PolicyRule> = Vec::new();
    let mut always: Option<(String, usize)> = None;
    for mut table in top.tables("rule")? {
        let rule = read_rule(&mut table)?;
        if let Some((id, line)) = &always {
            let message = format!("never decides: `{id}` in line {line} decides about everything");
            return Err(table.fault(message).in_rule(&rule.id));
        }
        if rules.iter().any(|other| other.id == rule.id) {
            return Err(twice(&table, file, &rule.id));
        }
        if rule.when.is_always() && rule.origin.expires.is_none() {
            always = Some((rule.id.clone(), rule.origin.line));
        }
        table.finish()?;
        rules.push(rule);
    }
    let mut restores: Vec<RestoreRule> = Vec::new();
    for mut table in top.tables("restore")? {
        let rule = read_restore(&mut table)?;
        if restores.iter().any(|other| other.id == rule.id) {
            return Err(twice(&table, file, &rule.id));
        }
        table.finish()?;
        restores.push(rule);
    }
    if rules.len() + restores.len() > MOST_RULES {
        return Err(top.fault(format!("more than {MOST_RULES} rules")));
    }
    let mut tests = Vec::new();
    for mut table in top.tables("test")? {
        tests.push(read_test(&mut table)?);
        table.finish()?;
    }
    top.finish()?;
    Ok(Inner { name, default: default.unwrap_or(Action::Redact), rules, restores, tests })
}

fn twice(table: &Reader<'_, '_>, file: &str, id: &str) -> Error {
    let message = format!("the id `{id}` stands twice");
    Error::new(ErrorKind::Duplicate, message).at(file, table.line_of(table.start))
}

fn read_rule(r: &mut Reader<'_, '_>) -> Result<PolicyRule, Error> {
    let id = r.required("id")?.1;
    let Some(action) = word(r, "action", &Action::ALL, Action::as_str)? else {
        return Err(r.fault("`action` is missing").in_rule(&id));
    };
    let mut when = read_context(r)?;
    when.rules = globs(r, "rule")?;
    when.categories = categories(r)?;
    when.severity = word(r, "severity", &Severity::ALL, Severity::as_str)?;
    when.confidence = word(r, "confidence", &Confidence::ALL, Confidence::as_str)?;
    let origin = read_origin(r)?;
    if action.lets_through() && origin.reason.trim().is_empty() {
        let message = format!(
            "`reason` is missing: `{action}` lets secrets through; say why, for whoever reads this later"
        );
        return Err(r.fault(message).in_rule(&id));
    }
    if action == Action::Allow && when.is_always() {
        let message = "lets everything through; then no policy is needed";
        return Err(r.fault(message).in_rule(&id));
    }
    Ok(PolicyRule { id, when, action, origin })
}

fn read_restore(r: &mut Reader<'_, '_>) -> Result<RestoreRule, Error> {
    let id = r.required("id")?.1;
    let Some(action) = word(r, "action", &Restore::ALL, Restore::as_str)? else {
        return Err(r.fault("`action` is missing").in_rule(&id));
    };
    let when = read_context(r)?;
    let addresses = r.boolean("in-addresses")?;
    let origin = read_origin(r)?;
    if action == Restore::Restore && when.channels.is_empty() && when.tools.is_empty() {
        let message = "restores everywhere, in text that people and other models read too; \
                       name a `channel` or a `tool`";
        return Err(r.fault(message).in_rule(&id));
    }
    Ok(RestoreRule { id, when, action, addresses, origin })
}

/// The conditions that do not look at the finding.
fn read_context(r: &mut Reader<'_, '_>) -> Result<When, Error> {
    let mut sources = Vec::new();
    for (at, path) in r.one_or_more("source")? {
        if glob::is_anything(&path) {
            let message = format!("`source`: `{path}` matches everything; leave it out");
            return Err(r.fault_at(at, message));
        }
        sources.push(path);
    }
    Ok(When {
        principals: words(r, "principal", &Principal::ALL, Principal::as_str)?,
        ids: globs(r, "principal-id")?,
        owners: globs(r, "owner")?,
        channels: words(r, "channel", &Channel::ALL, Channel::as_str)?,
        direction: word(r, "direction", &Direction::ALL, Direction::as_str)?,
        tools: globs(r, "tool")?,
        sources,
        ..When::default()
    })
}

fn read_origin(r: &mut Reader<'_, '_>) -> Result<Origin, Error> {
    let reason = r.string("reason")?.map(|(_, text)| text).unwrap_or_default();
    Ok(Origin { reason, expires: day(r, "expires")?, line: r.line_of(r.start) })
}

fn read_test(r: &mut Reader<'_, '_>) -> Result<Row, Error> {
    let line = r.line_of(r.start);
    let (_, name) = r.required("name")?;
    let context = Context {
        principal: word(r, "principal", &Principal::ALL, Principal::as_str)?,
        id: text(r, "principal-id")?,
        owner: text(r, "owner")?,
        channel: word(r, "channel", &Channel::ALL, Channel::as_str)?,
        direction: word(r, "direction", &Direction::ALL, Direction::as_str)?,
        source: text(r, "source")?,
        tool: text(r, "tool")?,
        today: day(r, "day")?,
    };
    let (rule, category) = (text(r, "rule")?, categories(r)?.into_iter().next());
    let severity = word(r, "severity", &Severity::ALL, Severity::as_str)?;
    let confidence = word(r, "confidence", &Confidence::ALL, Confidence::as_str)?;
    let expected = word(r, "expect", &Action::ALL, Action::as_str)?.map(Expected::Action);
    let restores = word(r, "restores", &Restore::ALL, Restore::as_str)?.map(Expected::Restore);
    let expected = match (expected, restores) {
        (Some(one), None) | (None, Some(one)) => one,
        _ => return Err(r.fault("a test says either `expect` or `restores`")),
    };
    let by = text(r, "by")?;
    Ok(Row { name, line, context, rule, category, severity, confidence, expected, by })
}

fn text(r: &mut Reader<'_, '_>, key: &'static str) -> Result<Option<String>, Error> {
    Ok(r.string(key)?.map(|(_, text)| text))
}

fn day(r: &mut Reader<'_, '_>, key: &'static str) -> Result<Option<Day>, Error> {
    let Some((at, text)) = r.day(key)? else { return Ok(None) };
    let wrong = || r.fault_at(at, format!("`{key}` must be a day such as \"2026-12-31\""));
    Day::parse(&text).map(Some).ok_or_else(wrong)
}

fn globs(r: &mut Reader<'_, '_>, key: &'static str) -> Result<Vec<Glob>, Error> {
    Ok(r.one_or_more(key)?.iter().map(|(_, text)| Glob::new(text)).collect())
}

fn categories(r: &mut Reader<'_, '_>) -> Result<Vec<String>, Error> {
    words(r, "category", CATEGORIES, |word| word)
        .map(|all| all.into_iter().map(str::to_owned).collect())
}

/// One word of a closed list.
fn word<T: Copy>(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<Option<T>, Error> {
    let Some((at, text)) = r.string(key)? else { return Ok(None) };
    find(r, at, key, &text, all, name).map(Some)
}

/// Words of a closed list.
fn words<T: Copy>(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<Vec<T>, Error> {
    let given = r.one_or_more(key)?;
    given.iter().map(|(at, text)| find(r, *at, key, text, all, &name)).collect()
}

fn find<T: Copy>(
    r: &Reader<'_, '_>,
    at: usize,
    key: &str,
    text: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, Error> {
    if let Some(one) = all.iter().find(|one| name(**one) == text) {
        return Ok(*one);
    }
    let known: Vec<&str> = all.iter().map(|one| name(*one)).collect();
    let mut message = format!("`{key}` cannot be `{text}`");
    match nearest(text, &known) {
        Some(near) => message.push_str(&format!("; did you mean `{near}`?")),
        None => message.push_str(&format!("; it is one of {}", known.join(", "))),
    }
    Err(r.fault_at(at, message))
}
