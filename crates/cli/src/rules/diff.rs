//! `keysieve rules diff`: findings gained and lost between two packs.
//!
//! Both are scanned for with everything else equal, and findings are compared by place. What is shown is masked by the rules
//! of both packs and the built-in ones: what one of them calls a secret is never shown on behalf of the other.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use keysieve::Pack;
use keysieve_report::Entry;
use serde::Serialize;

use super::measure::{Example, MASKED};
use super::{line, pretty};
use crate::args::{DiffArgs, Format};
use crate::failure::{Count, FAULT, Failure};
use crate::hiargs::{self, Engine};
use crate::scan::{Look, Said};
use crate::select;
use crate::sources::{self, Source};
use crate::talk::{self, Voice};

/// The word for the built-in packs.
const BUILTIN: &str = "builtin";

/// One difference.
#[derive(Serialize)]
struct Change {
    /// `gained`, `lost` or `changed`.
    change: &'static str,
    /// Rule and confidence before and after.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Called>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Called>,
    span: [usize; 2],
    #[serde(flatten)]
    place: Example,
}

#[derive(Serialize, Clone, PartialEq, Eq)]
struct Called {
    rule: String,
    confidence: &'static str,
}

type Findings = BTreeMap<(usize, [usize; 2]), Entry>;

pub(super) fn run(args: &DiffArgs, voice: Voice) -> Result<u8, Failure> {
    let before = pack(&args.before, args.no_builtin)?;
    let after = pack(&args.after, args.no_builtin)?;
    let known = vec![before.clone(), after.clone()];
    let found = sources::collect(&args.corpus, &args.walk);
    let mut errors = found.errors.len();
    found.errors.iter().for_each(|error| voice.error(error));
    let mut sides = Vec::new();
    for pack in [before, after] {
        let engine = Engine::for_rules(pack, known.clone(), hiargs::profile(args.profile))?;
        // What cannot be read is told once.
        let is_first = sides.is_empty();
        let (findings, failed) = findings(&engine, args, &found.sources, voice, is_first)?;
        errors += failed;
        sides.push(findings);
    }
    let (Some(after), Some(before)) = (sides.pop(), sides.pop()) else { return Ok(FAULT) };
    let changes = changes(&before, &after);
    let text = match args.format {
        Format::Json => pretty(&changes)?,
        Format::Jsonl => changes.iter().map(line).collect::<Result<String, _>>()?,
        Format::Text => changes.iter().map(Change::text).collect(),
    };
    talk::print(text.as_bytes())?;
    if args.format == Format::Text {
        voice.note(&summary(&changes));
    }
    Ok(if errors > 0 { FAULT } else { u8::from(!changes.is_empty()) })
}

/// A pack, a folder of packs, or the built-in ones.
fn pack(path: &Path, no_builtin: bool) -> Result<Pack, Failure> {
    if path.as_os_str() == BUILTIN {
        return Ok(Pack::builtin());
    }
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = fs::read_dir(path).map_err(|error| Failure::at(path, &error))?;
        files = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| is_toml(path))
            .collect();
        files.sort_unstable();
    }
    let mut pack = if no_builtin { Pack::new() } else { Pack::builtin() };
    for file in &files {
        pack = select::over(pack, file)?;
    }
    if pack.is_empty() {
        return Err(Failure::Fault(format!("{}: no rules", path.display())));
    }
    Ok(pack)
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "toml")
}

fn findings(
    engine: &Engine,
    args: &DiffArgs,
    sources: &[Source],
    voice: Voice,
    speak: bool,
) -> Result<(Findings, usize), Failure> {
    let places: BTreeMap<String, usize> =
        sources.iter().enumerate().map(|(n, source)| (engine.told(&source.name()), n)).collect();
    let mut findings = Findings::new();
    let mut failed = 0;
    let look = Look { engine, shown: &MASKED, walk: &args.walk, voice };
    look.at(sources, |said| {
        for said in said {
            match said {
                Said::Finding(entry) => {
                    let source = places.get(&entry.record.source).copied().unwrap_or(0);
                    findings.insert((source, entry.record.span), *entry);
                }
                Said::Warning(message) if speak => voice.note(&message),
                Said::Error(message) if speak => {
                    failed += 1;
                    voice.error(&message);
                }
                Said::Warning(_) | Said::Error(_) => {}
            }
        }
        Ok(())
    })?;
    Ok((findings, failed))
}

fn called(entry: &Entry) -> Called {
    Called { rule: entry.record.rule.clone(), confidence: entry.record.confidence }
}

fn changes(before: &Findings, after: &Findings) -> Vec<Change> {
    let mut places: Vec<_> = before.keys().chain(after.keys()).collect();
    places.sort_unstable();
    places.dedup();
    let change = |place| {
        let (old, new) = (before.get(place), after.get(place));
        let (was, is) = (old.map(called), new.map(called));
        if was == is {
            return None;
        }
        let entry = new.or(old)?;
        let change = match (&was, &is) {
            (None, _) => "gained",
            (_, None) => "lost",
            _ => "changed",
        };
        let (span, place) = (entry.record.span, Example::new(entry));
        Some(Change { change, before: was, after: is, span, place })
    };
    places.into_iter().filter_map(change).collect()
}

impl Change {
    fn text(&self) -> String {
        let called = |called: &Called| format!("{} ({})", called.rule, called.confidence);
        let (mark, what) = match (&self.before, &self.after) {
            (Some(before), Some(after)) => ('~', format!("{} → {}", called(before), called(after))),
            (None, Some(after)) => ('+', called(after)),
            (Some(before), None) => ('-', called(before)),
            (None, None) => (' ', String::new()),
        };
        format!("{mark} {what}  {}\n", self.place.text())
    }
}

/// Totals, and what each rule gained and lost.
fn summary(changes: &[Change]) -> String {
    let mut rules: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for change in changes {
        let sides = [(&change.before, 1), (&change.after, 0)];
        for (called, side) in sides {
            if let Some(called) = called
                && change.before.as_ref().map(|c| &c.rule) != change.after.as_ref().map(|c| &c.rule)
            {
                rules.entry(&called.rule).or_default()[side] += 1;
            }
        }
    }
    let count = |what: &str| changes.iter().filter(|change| change.change == what).count();
    let mut text = format!(
        "{} gained, {} lost, {} changed",
        Count(count("gained") as u64, "finding"),
        count("lost"),
        count("changed")
    );
    let each: Vec<String> =
        rules.iter().map(|(rule, [gained, lost])| format!("{rule} +{gained} -{lost}")).collect();
    if !each.is_empty() {
        text.push_str(&format!(": {}", each.join(", ")));
    }
    text
}
