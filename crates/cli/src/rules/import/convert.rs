//! One foreign rule as a rule of ours that loads and passes lint, or the reason why there is none.
//!
//! Several ways are tried, the most telling first: by what the token begins with, by what stands before it, by the name in an
//! assignment; each with the rule's own entropy bar, then with a lower one. Lint decides.

use keysieve::{Config, Pack, Profile, Scanner};
use regex_syntax::hir::Hir;

use super::foreign::ForeignRule;
use super::print;
use super::regex::{self, Parts};
use crate::rules::draft::{Draft, kebab, quoted};
use crate::talk;

/// Words that stand in the names of many providers' secrets.
const COMMON: &[&str] = &[
    "access",
    "account",
    "api",
    "apikey",
    "app",
    "auth",
    "bearer",
    "client",
    "credential",
    "key",
    "password",
    "pass",
    "private",
    "pwd",
    "secret",
    "token",
];
/// Examples that become hits.
const EXAMPLES: usize = 3;
const LONGEST_EXAMPLE: usize = 400;

/// A rule that was carried over, and what was not carried over of it.
pub(super) struct Carried {
    pub(super) draft: Draft,
    pub(super) lost: Vec<String>,
}

/// Converts a rule. `from` is the tool's name.
pub(super) fn rule(foreign: &ForeignRule, id: &str, from: &str) -> Result<Carried, String> {
    let Some(source) = &foreign.regex else {
        return Err("it has no pattern; a rule here looks at text".to_owned());
    };
    if super::names_secret(source) {
        return Err("its pattern holds what looks like a credential, spelled out".to_owned());
    }
    let parts = regex::apart(source, foreign.group)?;
    let mut lost = foreign.lost.clone();
    lost.extend(parts.notes.iter().cloned());
    let base = base(foreign, id, from);
    let mut faults: Vec<String> = Vec::new();
    for way in ways(&parts, foreign) {
        let mut draft = base.clone();
        let note = way.apply(&mut draft);
        for bar in bars(foreign.entropy) {
            draft.checks = checks(foreign, bar);
            match prove(&mut draft) {
                Ok(()) => {
                    lost.extend(note);
                    if bar != foreign.entropy {
                        let bar = bar.map_or("left out".to_owned(), |bar| format!("{bar}"));
                        lost.push(format!(
                            "`entropy`: more than tokens of this pattern have; {bar}"
                        ));
                    }
                    examples(&mut draft, foreign, &mut lost);
                    return Ok(Carried { draft, lost });
                }
                Err(fault) => faults.push(fault),
            }
        }
    }
    faults.dedup();
    Err(faults.into_iter().next().unwrap_or_else(|| {
        "no literal stands at the beginning of every match, and no keywords name the secret"
            .to_owned()
    }))
}

fn base(foreign: &ForeignRule, id: &str, from: &str) -> Draft {
    let title = talk::redacted(foreign.title.as_deref().unwrap_or(id).trim());
    let title: String = title.lines().next().unwrap_or(id).chars().take(100).collect();
    let title = if title.is_empty() { id.to_owned() } else { title };
    let mut notes = Vec::new();
    if let Some(text) = foreign.title.as_deref().map(talk::redacted)
        && text.trim() != title
    {
        notes.push(text);
    }
    Draft {
        id: id.to_owned(),
        title,
        category: "saas".to_owned(),
        why: format!("FILL IN (imported from {from}): what can whoever finds it do?"),
        severity: "high".to_owned(),
        confidence: foreign.confidence.unwrap_or("likely").to_owned(),
        references: foreign
            .references
            .iter()
            .filter(|r| !r.is_empty())
            .map(|r| talk::redacted(r))
            .collect(),
        notes,
        ..Draft::default()
    }
}

/// A way to say a pattern in our words.
enum Way {
    /// By anchors of the whole pattern.
    Whole { pattern: String, caseless: bool, anchors: Vec<String>, bounds: Option<&'static str> },
    /// By anchors of the secret itself; what stands before it is not asked for.
    Alone { pattern: String, caseless: bool, anchors: Vec<String>, before: bool },
    /// By the name in an assignment.
    Named { pattern: String, keywords: Vec<String>, others: Vec<String>, dropped: bool },
}

fn ways(parts: &Parts, foreign: &ForeignRule) -> Vec<Way> {
    let mut ways = Vec::new();
    let bounds = match parts.bounded {
        (true, true) => None,
        (true, false) => Some("left"),
        (false, true) => Some("right"),
        (false, false) => Some("none"),
    };
    let whole = parts.whole();
    let (pattern, _) = print::text(&whole);
    if let Some((anchors, caseless)) = regex::anchors(&whole) {
        // As it is meant, and then with the engine's boundaries, which keep prefixes of longer words out.
        for bounds in [bounds, None] {
            let (pattern, anchors) = (pattern.clone(), anchors.clone());
            ways.push(Way::Whole { pattern, caseless, anchors, bounds });
        }
    }
    let (pattern, _) = print::text(&parts.secret);
    if let Some((anchors, caseless)) = regex::anchors(&parts.secret) {
        let (before, pattern) = (!parts.before.is_empty(), pattern.clone());
        ways.push(Way::Alone { pattern, caseless, anchors, before });
    }
    if let Some(named) = named(parts, foreign, pattern) {
        // Words at some distance are a name; a literal right before the secret is a part of the format.
        let before = Hir::concat(parts.before.clone());
        let loose = before.properties().minimum_len() != before.properties().maximum_len();
        ways.insert(if loose { 0 } else { ways.len() }, named);
    }
    ways
}

/// By the words before the secret; those the file itself names, if it names any.
fn named(parts: &Parts, foreign: &ForeignRule, pattern: String) -> Option<Way> {
    // A keyword that the secret itself holds is no name of it.
    let own = regex::words(std::slice::from_ref(&parts.secret));
    let is_name =
        |word: &&String| word.len() >= 3 && !own.iter().any(|own| own.contains(word.as_str()));
    let words = regex::words(&parts.before);
    let stands = |word: &&String| words.iter().any(|w| w.contains(word.as_str()));
    let given: Vec<String> = foreign.keywords.iter().map(|word| word.to_lowercase()).collect();
    let given: Vec<String> = given.iter().filter(is_name).filter(stands).cloned().collect();
    let words: Vec<String> = words.iter().filter(is_name).cloned().collect();
    let telling: Vec<String> =
        words.iter().filter(|word| !COMMON.contains(&word.as_str())).cloned().collect();
    let keywords = [given, telling, words.clone()].into_iter().find(|some| !some.is_empty())?;
    let others: Vec<String> = words.into_iter().filter(|word| !keywords.contains(word)).collect();
    Some(Way::Named { pattern, keywords, others, dropped: !parts.after.is_empty() })
}

impl Way {
    /// Fills the draft in, and says what falls away.
    fn apply(self, draft: &mut Draft) -> Option<String> {
        match self {
            Way::Whole { pattern, caseless, anchors, bounds } => {
                let short = anchors.iter().find(|anchor| anchor.len() < 4);
                let note = short.map(|a| {
                    format!("the anchor `{a}` is short: it costs time where words hold it")
                });
                *draft = Draft { pattern, caseless, anchors, bounds, ..draft.clone() };
                note
            }
            Way::Alone { pattern, caseless, anchors, before } => {
                *draft = Draft { pattern, caseless, anchors, bounds: None, ..draft.clone() };
                before.then(|| "not asked for: what has to stand before the secret".to_owned())
            }
            Way::Named { pattern, keywords, others, dropped } => {
                let (anchors, caseless) = (Vec::new(), false);
                *draft =
                    Draft { pattern, keywords, anchors, caseless, bounds: None, ..draft.clone() };
                let others = match others.as_slice() {
                    [] => None,
                    words => Some(format!("the words {} beside the name", words.join(", "))),
                };
                let behind = dropped.then(|| "what has to stand behind the secret".to_owned());
                let said: Vec<String> = others.into_iter().chain(behind).collect();
                (!said.is_empty()).then(|| format!("not asked for: {}", said.join("; ")))
            }
        }
    }
}

/// The bars of entropy that are tried.
fn bars(given: Option<f64>) -> Vec<Option<f64>> {
    match given {
        None => vec![None],
        Some(bar) => {
            let lower = [bar, bar - 0.5, bar - 1.0].into_iter().filter(|bar| *bar > 0.0);
            lower.map(|bar| Some((bar * 100.0).round() / 100.0)).chain([None]).collect()
        }
    }
}

fn checks(foreign: &ForeignRule, bar: Option<f64>) -> Vec<String> {
    let mut checks = Vec::new();
    if let Some(bar) = bar {
        checks.push(format!("{{ entropy = {bar} }}"));
    }
    if (2..=3).contains(&foreign.classes) {
        checks.push(format!("{{ classes = {} }}", foreign.classes));
    }
    let words: Vec<String> =
        foreign.stopwords.iter().filter(|w| !w.is_empty()).map(|w| quoted(w)).collect();
    if !words.is_empty() {
        checks.push(format!("{{ allow = [{}] }}", words.join(", ")));
    }
    checks
}

/// Gives the draft hits and misses made from its own pattern, and lints it.
fn prove(draft: &mut Draft) -> Result<(), String> {
    draft.hits.clear();
    draft.misses.clear();
    let misses: Vec<String> = match draft.keywords.first() {
        Some(keyword) => {
            draft.hits.push(format!("{}={{secret}}", keyword.to_uppercase().replace(' ', "_")));
            draft.hits.push(format!("{{\"{keyword}\": \"{{secret}}\"}}"));
            vec![format!("{keyword}=${{VALUE}}"), format!("{keyword} = {{alnum:2}}")]
        }
        None => {
            draft.hits.push("{secret}".to_owned());
            draft.hits.push("it is {secret} there".to_owned());
            let anchor = draft.anchors.first().cloned().unwrap_or_default();
            vec![anchor.clone(), format!("{anchor}your-key-here"), "{near}".to_owned()]
        }
    };
    draft.misses = vec!["{word}".to_owned(), "no {word} here".to_owned()];
    let faults = draft.faults();
    if let Some(fault) = faults.into_iter().next() {
        return Err(fault);
    }
    let mut kept: Vec<String> = Vec::new();
    for miss in misses {
        let mut with = draft.clone();
        with.misses = vec![miss.clone(), "{word}".to_owned()];
        if with.faults().is_empty() {
            kept.push(miss);
        }
    }
    kept.truncate(2);
    kept.extend(draft.misses.iter().take(2 - kept.len()).cloned());
    draft.misses = kept;
    Ok(())
}

/// Turns examples into hits, with marks in the place of their tokens, as far as the rule finds them.
fn examples(draft: &mut Draft, foreign: &ForeignRule, lost: &mut Vec<String>) {
    let Ok(pack) = draft.pack() else { return };
    let config = Config::new().profile(Profile::Redact);
    let Ok(scanner) = Scanner::builder().pack(pack).config(config).build() else { return };
    let (mut unfound, mut unfit) = (0, 0);
    let mut hits: Vec<String> = Vec::new();
    for example in &foreign.examples {
        let found: Vec<_> = scanner.find_iter(example.as_bytes()).collect();
        if found.is_empty() {
            unfound += 1;
            continue;
        }
        if hits.len() >= EXAMPLES || example.len() > LONGEST_EXAMPLE {
            continue;
        }
        let mut text = example.clone();
        for finding in found.iter().rev() {
            text.replace_range(finding.span().range(), "{secret}");
        }
        let text = text.trim().to_owned();
        // What a mark becomes is the whole match; so only whole matches can be told by one.
        let mut with = draft.clone();
        with.hits = vec![text.clone(), "{secret}".to_owned()];
        if !draft.keywords.is_empty() {
            with.hits = vec![text.clone(), draft.hits[0].clone()];
        }
        if others_hide(&text) && with.faults().is_empty() {
            hits.push(text);
        } else {
            unfit += 1;
        }
    }
    let all = foreign.examples.len();
    if unfound > 0 {
        lost.push(format!("{unfound} of {all} `examples` are not found by the rule"));
    }
    if unfit > 0 {
        lost.push(format!("{unfit} of {all} `examples` are found, but make no template"));
    }
    hits.dedup();
    if hits.len() >= 2 {
        draft.hits = hits;
    } else if let Some(hit) = hits.pop() {
        draft.hits.insert(0, hit);
    }
    let loud = foreign
        .negatives
        .iter()
        .filter(|text| scanner.find_iter(text.as_bytes()).next().is_some())
        .count();
    if loud > 0 {
        lost.push(format!("{loud} of {} `negative_examples` are found", foreign.negatives.len()));
    }
}

/// Whether nothing that a redactor would hide is left in a template: examples often hold a second credential.
fn others_hide(template: &str) -> bool {
    let config = Config::new().profile(Profile::Redact);
    let Ok(scanner) = Scanner::builder().pack(Pack::builtin()).config(config).build() else {
        return false;
    };
    scanner.find_iter(template.as_bytes()).next().is_none()
}

/// The id that a rule gets: the foreign one without the tool's own prefix.
pub(super) fn id(foreign: &ForeignRule) -> String {
    let name =
        if foreign.id.is_empty() { foreign.title.as_deref().unwrap_or("") } else { &foreign.id };
    let id = kebab(name);
    let id = ["np-", "kingfisher-"].iter().find_map(|p| id.strip_prefix(p)).unwrap_or(&id);
    if id.is_empty() { "imported-rule".to_owned() } else { id.to_owned() }
}
