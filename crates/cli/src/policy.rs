//! `keysieve policy`, and the policy that `--policy` names.

use std::fmt::Write as _;
use std::path::Path;

use keysieve::{
    BoundPolicy, Channel, Confidence, Context, Direction, Pack, Policy, Principal, Severity,
    Subject,
};

use crate::args::{CheckArgs, ExplainPolicyArgs, PlaceArgs, PolicyArgs, PolicyCommand};
use crate::failure::{CLEAN, Count, FOUND, Failure};
use crate::select::{self, Today, nearest};
use crate::talk::{self, Voice};

pub(crate) fn run(command: &PolicyCommand, voice: Voice) -> Result<u8, Failure> {
    match command {
        PolicyCommand::Check(args) => check(args, voice),
        PolicyCommand::Test(args) => test(args),
        PolicyCommand::Explain(args) => explain(args),
    }
}

/// The policy that the options name, in the context that they describe.
pub(crate) fn bound(args: &PolicyArgs) -> Result<Option<BoundPolicy>, Failure> {
    let context = context(&args.place)?;
    let Some(path) = &args.policy else { return Ok(None) };
    let (name, text) = open(path)?;
    Ok(Some(Policy::parse(&name, &text)?.within(context)))
}

/// What the options say of the circumstances.
pub(crate) fn context(args: &PlaceArgs) -> Result<Context, Failure> {
    let Today(year, month, day) = select::today();
    let mut context = Context::new().today(year, month, day);
    if let Some(principal) = &args.principal {
        let (kind, id) = principal.split_once(':').unwrap_or((principal, ""));
        let known = Principal::ALL.map(Principal::as_str);
        let found = Principal::ALL.into_iter().find(|one| one.as_str() == kind);
        context = context.principal(found.ok_or_else(|| {
            let near = nearest(kind, known.into_iter());
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            let known = known.join(", ");
            Failure::Fault(format!("--principal {kind}: it is one of {known}{near}"))
        })?);
        if !id.is_empty() {
            context = context.id(id);
        }
    }
    if let Some(owner) = &args.owner {
        context = context.owner(owner);
    }
    if let Some(channel) = word(args.channel.as_deref(), &Channel::ALL, Channel::as_str) {
        context = context.channel(channel);
    }
    if let Some(way) = word(args.direction.as_deref(), &Direction::ALL, Direction::as_str) {
        context = context.direction(way);
    }
    if let Some(tool) = &args.tool {
        context = context.tool(tool);
    }
    Ok(context)
}

fn word<T: Copy>(text: Option<&str>, all: &[T], name: impl Fn(T) -> &'static str) -> Option<T> {
    all.iter().copied().find(|one| Some(name(*one)) == text)
}

fn open(path: &Path) -> Result<(String, String), Failure> {
    let pack = select::opened(path)?;
    Ok((pack.name, pack.text))
}

fn check(args: &CheckArgs, voice: Voice) -> Result<u8, Failure> {
    let pack = select::pack(&args.packs)?;
    let (mut out, mut faults) = (String::new(), 0);
    for path in &args.files {
        let (name, text) = open(path)?;
        let policy = match Policy::parse(&name, &text) {
            Ok(policy) => policy,
            Err(error) => {
                faults += 1;
                // Writing to a string cannot fail.
                let _ = writeln!(out, "{error}");
                continue;
            }
        };
        for (line, message) in doubts(&policy, &pack) {
            voice.note(&format!("{name}:{line}: {message}"));
        }
        let rules = Count(policy.rules().len() as u64, "rule");
        let tests = Count(policy.tests() as u64, "test");
        let otherwise = policy.default_action();
        let _ = writeln!(out, "{name}: {rules}, otherwise {otherwise}; {tests} hold");
    }
    talk::print(out.as_bytes())?;
    Ok(if faults == 0 { CLEAN } else { FOUND })
}

/// What is no fault, and probably not what was meant.
fn doubts(policy: &Policy, pack: &Pack) -> Vec<(usize, String)> {
    let Today(year, month, day) = select::today();
    let today = format!("{year:04}-{month:02}-{day:02}");
    let mut all = Vec::new();
    for rule in policy.rules() {
        if let Some(day) = rule.expires().filter(|day| *day < today) {
            all.push((rule.line(), format!("rule `{}` expired after {day}", rule.id())));
        }
        for glob in rule.globs() {
            let Ok(parsed) = globset::Glob::new(glob) else { continue };
            let matcher = parsed.compile_matcher();
            if glob != keysieve::KNOWN_SECRET && !pack.rules().any(|it| matcher.is_match(it.id())) {
                let near = select::suggestion(pack, glob);
                let message = format!("rule `{}`: no rule matches `{glob}`{near}", rule.id());
                all.push((rule.line(), message));
            }
        }
    }
    all
}

fn test(args: &CheckArgs) -> Result<u8, Failure> {
    let (mut out, mut failed) = (String::new(), false);
    for path in &args.files {
        let (name, text) = open(path)?;
        let policy = Policy::parse_untested(&name, &text)?;
        let failures = policy.test();
        for failure in &failures {
            let _ = writeln!(out, "{name}:{}: {failure}", failure.line);
        }
        let held = policy.tests() - failures.len();
        let _ = writeln!(out, "{name}: {held} of {} hold", Count(policy.tests() as u64, "test"));
        failed |= !failures.is_empty();
    }
    talk::print(out.as_bytes())?;
    Ok(if failed { FOUND } else { CLEAN })
}

fn explain(args: &ExplainPolicyArgs) -> Result<u8, Failure> {
    let pack = select::pack(&args.packs)?;
    let (name, text) = open(&args.file)?;
    let policy = Policy::parse_untested(&name, &text)?;
    let rule = pack.rules().find(|rule| rule.id() == args.rule).ok_or_else(|| {
        let near = select::suggestion(&pack, &args.rule);
        Failure::Fault(format!("no rule `{}`{near}", args.rule))
    })?;
    let mut context = context(&args.place)?;
    if let Some(source) = &args.source {
        context = context.source(source);
    }
    let severity = word(args.severity.as_deref(), &Severity::ALL, Severity::as_str);
    let confidence = word(args.confidence.as_deref(), &Confidence::ALL, Confidence::as_str);
    let subject = Subject::new(rule.id(), rule.category())
        .severity(severity.unwrap_or(rule.severity()))
        .confidence(confidence.unwrap_or(rule.confidence()));
    let decision = policy.decide(&context, &subject);
    let mut out = String::new();
    let _ = match decision.rule() {
        Some(by) => writeln!(out, "{}: rule `{}`, {name}:{}", by.action(), by.id(), by.line()),
        None => writeln!(out, "{}: the default of {name}", decision.action()),
    };
    for one in policy.explain(&context, &subject) {
        let _ = match one.refused_by {
            Some(key) => writeln!(out, "  no  `{}`: `{key}` does not hold", one.id),
            None => writeln!(out, "  yes `{}`: all of its conditions hold", one.id),
        };
    }
    if let Some(by) = decision.rule().filter(|by| !by.reason().is_empty()) {
        let _ = writeln!(out, "  why {}", by.reason());
    }
    talk::print(out.as_bytes())?;
    Ok(CLEAN)
}
