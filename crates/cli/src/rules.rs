//! `keysieve rules`: what is looked for, and whether packs keep their promises.

mod diff;
mod draft;
mod import;
mod labels;
mod lint;
mod measure;
mod new;
mod plan;

use std::fmt::Write as _;

use keysieve::Rule;
use serde::Serialize;

use crate::args::{Format, ListArgs, RulesCommand, ShowArgs};
use crate::failure::{CLEAN, Failure};
use crate::select;
use crate::talk::{self, Voice};

pub(crate) fn run(command: &RulesCommand, voice: Voice) -> Result<u8, Failure> {
    match command {
        RulesCommand::List(args) => list(args),
        RulesCommand::Show(args) => show(args),
        RulesCommand::Lint(args) => lint::run(args),
        RulesCommand::Test(args) => measure::run(args, voice),
        RulesCommand::Diff(args) => diff::run(args, voice),
        RulesCommand::New(args) => new::run(args, voice),
        RulesCommand::Import(args) => import::run(args, voice),
    }
}

/// A rule as it is listed. Keys may be added, none is renamed or removed.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    title: &'a str,
    category: &'a str,
    severity: &'static str,
    confidence: &'static str,
    pack: &'a str,
    anchors: &'a [String],
    max_len: usize,
    checks: Vec<String>,
    revoke: Option<&'a str>,
}

impl<'a> Listed<'a> {
    fn new(rule: &'a Rule) -> Listed<'a> {
        Listed {
            id: rule.id(),
            title: rule.title(),
            category: rule.category(),
            severity: rule.severity().as_str(),
            confidence: rule.confidence().as_str(),
            pack: rule.origin().0,
            anchors: rule.anchors(),
            max_len: rule.max_len(),
            checks: rule.checks(),
            revoke: rule.revoke(),
        }
    }
}

/// A rule with all that is known of it.
#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    listed: Listed<'a>,
    line: usize,
    why: &'a str,
    pattern: Option<&'a str>,
    references: &'a [String],
    hits: &'a [String],
    misses: &'a [String],
}

impl<'a> Whole<'a> {
    fn new(rule: &'a Rule) -> Whole<'a> {
        Whole {
            listed: Listed::new(rule),
            line: rule.origin().1,
            why: rule.why(),
            pattern: rule.pattern(),
            references: rule.references(),
            hits: rule.hits(),
            misses: rule.misses(),
        }
    }
}

/// `rules list`.
fn list(args: &ListArgs) -> Result<u8, Failure> {
    let pack = select::pack(&args.packs)?;
    let rules = pack.rules().map(Listed::new);
    let text = match args.format {
        Format::Jsonl => rules.map(|rule| line(&rule)).collect::<Result<String, _>>()?,
        Format::Json => pretty(&rules.collect::<Vec<_>>())?,
        Format::Text => table(&rules.collect::<Vec<_>>()),
    };
    talk::print(text.as_bytes())?;
    Ok(CLEAN)
}

/// `rules show`.
fn show(args: &ShowArgs) -> Result<u8, Failure> {
    let pack = select::pack(&args.packs)?;
    let Some(rule) = pack.rule(&args.id) else {
        let near = select::suggestion(&pack, &args.id);
        return Err(Failure::Fault(format!("no rule `{}`{near}", args.id)));
    };
    let text = match args.format {
        _ if args.plan => plan::told(rule, args.format)?,
        Format::Jsonl => line(&Whole::new(rule))?,
        Format::Json => pretty(&Whole::new(rule))?,
        Format::Text => page(rule),
    };
    talk::print(text.as_bytes())?;
    Ok(CLEAN)
}

fn line(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string(value);
    text.map(|text| text + "\n").map_err(|error| Failure::Fault(error.to_string()))
}

fn pretty(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n").map_err(|error| Failure::Fault(error.to_string()))
}

fn table(rules: &[Listed<'_>]) -> String {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in rules {
        let Listed { id, severity, confidence, category, title, .. } = rule;
        // Writing to a string cannot fail.
        let _ =
            writeln!(out, "{id:<width$}  {severity:<8}  {confidence:<8}  {category:<13}  {title}");
    }
    out
}

fn page(rule: &Rule) -> String {
    let (pack, line) = rule.origin();
    let mut out = String::new();
    let mut field = |name: &str, value: &str| {
        let _ = writeln!(out, "{name:<11} {value}");
    };
    field("id", rule.id());
    field("title", rule.title());
    field("why", rule.why());
    field("category", rule.category());
    field("severity", rule.severity().as_str());
    field("confidence", rule.confidence().as_str());
    field("pack", &format!("{pack}, line {line}"));
    field("anchors", &rule.anchors().join("  "));
    field("pattern", rule.pattern().unwrap_or("none: the value decides"));
    field("max_len", &rule.max_len().to_string());
    rule.checks().iter().for_each(|check| field("check", check));
    field("revoke", rule.revoke().unwrap_or("unknown"));
    rule.references().iter().for_each(|reference| field("reference", reference));
    rule.hits().iter().for_each(|hit| field("hit", &hit.escape_debug().to_string()));
    rule.misses().iter().for_each(|miss| field("miss", &miss.escape_debug().to_string()));
    out
}
