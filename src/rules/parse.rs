//! From the text of a pack to rules, or to a fault that says where.
//!
//! The schema is described in `patterns/README.md`. Unknown keys are refused; a rule that parses here has a finite
//! length, anchors that stand at one fixed offset, and at least two hits and two misses.

use std::sync::Arc;

use super::benign::Benign;
use super::exemption::{self, Exemption};
use super::keywords;
use super::packed::{Later, Text};
use super::patch::{self, Patch};
use super::pattern::{Pattern, parse_class};
use super::reader::{Reader, Source, nearest};
use super::rule::{
    Anchor, Bounds, Check, Companion, Confidence, Kind, Notes, Rule, Severity, Tail,
};
use super::shape;
use crate::check::checksum::Checksum;
use crate::check::describe::{self, Describe};
use crate::error::{Error, ErrorKind};
use crate::text::byteset::ByteSet;

/// The longest run a tail may follow.
const LONGEST_TAIL: usize = 64 * 1024;
/// The farthest a check may look for words or companions.
const FARTHEST_LOOK: usize = 512;
/// The farthest an anchor may stand from the start of its match.
const FARTHEST_ANCHOR: usize = 200;
/// The shortest anchor.
pub(crate) const SHORTEST_ANCHOR: usize = 3;
/// The shortest keyword, which has to be a whole part of a name: `pw`.
const SHORTEST_KEYWORD: usize = 2;
/// The kinds of service that a rule may name.
pub(crate) const CATEGORIES: &[&str] = &[
    "ai",
    "cloud",
    "vcs",
    "ci",
    "registry",
    "comms",
    "payments",
    "saas",
    "database",
    "identity",
    "observability",
    "infra",
    "crypto",
    "generic",
];

/// The pack's own name and title, and its rules.
pub(crate) struct Parsed {
    pub(crate) rules: Vec<Rule>,
    /// Rules with `override = true`.
    pub(crate) patches: Vec<Patch>,
    pub(crate) benign: Vec<Benign>,
    pub(crate) exemptions: Vec<Exemption>,
    /// Packs to lay below, with their lines.
    pub(crate) extends: Vec<(usize, String)>,
    /// Globs over ids, with their lines.
    pub(crate) disable: Vec<(usize, String)>,
}

pub(crate) fn pack(file: &str, text: &str) -> Result<Parsed, Error> {
    let source = Source { file, text };
    let mut top = Reader::new(&source, source.parse()?, 0);
    let mut name = stem(file).to_owned();
    if let Some(mut header) = top.table("pack")? {
        if let Some((_, given)) = header.string("name")? {
            name = given;
        }
        header.string("title")?;
        header.finish()?;
    }
    let lines = |(at, text): (usize, String)| (source.line(at), text);
    let extends = top.listed("extends")?.into_iter().map(lines).collect();
    let disable = top.listed("disable")?.into_iter().map(lines).collect();
    let file: Arc<str> = file.into();
    let (mut rules, mut patches) = (Vec::new(), Vec::new());
    for mut reader in top.tables("rule")? {
        let id = id(&mut reader)?;
        if reader.boolean("override")? {
            let read = patch::read(reader, id.clone(), &name, &file);
            patches.push(read.map_err(|e| e.in_rule(&id))?);
        } else {
            let read = fields(reader, &name, &file, id.clone());
            rules.push(read.map_err(|e| e.in_rule(&id))?);
        }
    }
    let mut benign = Vec::new();
    for mut reader in top.tables("benign")? {
        let id = id(&mut reader)?;
        benign.push(Benign::read(reader, id.clone()).map_err(|e| e.in_rule(&id))?);
    }
    let exemptions: Result<Vec<_>, _> =
        top.tables("allow")?.into_iter().map(exemption::read).collect();
    let exemptions = exemptions?;
    top.finish()?;
    Ok(Parsed { rules, patches, benign, exemptions, extends, disable })
}

fn stem(file: &str) -> &str {
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    base.strip_suffix(".toml").unwrap_or(base)
}

fn id(r: &mut Reader<'_, '_>) -> Result<String, Error> {
    let (at, id) = r.required("id")?;
    if !is_kebab(&id) {
        return Err(r.fault_at(at, format!("id `{id}` is not kebab-case")));
    }
    Ok(id)
}

fn fields(mut r: Reader<'_, '_>, pack: &str, file: &Arc<str>, id: String) -> Result<Rule, Error> {
    let line = r.line_of(r.start);
    let title = r.required("title")?.1.into();
    let category = category(&mut r, Some(pack))?;
    let why = r.required("why")?.1.into();
    let severity = severity(&mut r)?;
    let confidence = confidence(&mut r)?;
    let anchors = r.strings("anchors")?;
    let keywords = r.strings("keywords")?;
    let caseless = r.boolean("caseless")?;
    let kind = kind(&mut r, &anchors, &keywords)?;
    let pattern = pattern(&mut r, kind)?;
    let bounds = bounds(&mut r)?;
    let tail = tail(&mut r, kind, pattern.as_ref())?;
    let checks = checks(&mut r)?;
    let given_max = r.count("max_len")?;
    let mut rule = Rule {
        id: id.into(),
        severity,
        confidence,
        kind,
        anchors: Later::now(anchors),
        keywords: Later::now(keywords),
        caseless,
        pattern,
        anchor: Anchor::default(),
        bounds,
        tail: tail.map(Box::new),
        checks,
        describe: describe(&mut r)?,
        pairs: r.strings("pairs")?,
        notes: Later::now(Box::new(Notes {
            title,
            category,
            why,
            revoke: r.string("revoke")?.map(|(_, url)| url.into()),
            references: r.strings("references")?,
            hits: r.strings("hits")?,
            misses: r.strings("misses")?,
            pack: pack.to_owned().into(),
            file: Arc::clone(file),
            line,
        })),
        is_override: false,
    };
    if let Some((at, given)) = given_max.filter(|(_, given)| *given < rule.max_len()) {
        let real = rule.max_len();
        return Err(
            r.fault_at(at, format!("max_len is {given}, but a match can span {real} bytes"))
        );
    }
    if rule.hits().len() < 2 || rule.misses().len() < 2 {
        return Err(r.fault("a rule proves itself: give at least two `hits` and two `misses`"));
    }
    rule.anchor = anchor(&r, &rule)?;
    r.finish()?;
    Ok(rule)
}

fn is_kebab(id: &str) -> bool {
    !id.is_empty()
        && id.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

pub(crate) fn category(r: &mut Reader<'_, '_>, pack: Option<&str>) -> Result<Text, Error> {
    word(r, "category", CATEGORIES, pack).map(Text::Owned)
}

/// A string that must be one of `known`.
fn word(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    known: &[&'static str],
    default: Option<&str>,
) -> Result<String, Error> {
    let (at, found) = match (r.string(key)?, default) {
        (Some(found), _) => found,
        (None, Some(default)) if known.contains(&default) => return Ok(default.to_owned()),
        (None, _) => return Err(r.missing(key)),
    };
    if known.contains(&found.as_str()) {
        return Ok(found);
    }
    let hint = nearest(&found, known).map(|w| format!("; did you mean `{w}`?")).unwrap_or_default();
    Err(r.fault_at(at, format!("`{key}` is `{found}`, not one of {}{hint}", known.join(", "))))
}

pub(crate) fn severity(r: &mut Reader<'_, '_>) -> Result<Severity, Error> {
    let known = ["critical", "high", "medium", "low"];
    Ok(match word(r, "severity", &known, None)?.as_str() {
        "critical" => Severity::Critical,
        "high" => Severity::High,
        "medium" => Severity::Medium,
        _ => Severity::Low,
    })
}

pub(crate) fn confidence(r: &mut Reader<'_, '_>) -> Result<Confidence, Error> {
    let known = ["certain", "likely", "possible"];
    Ok(match word(r, "confidence", &known, None)?.as_str() {
        "certain" => Confidence::Certain,
        "likely" => Confidence::Likely,
        _ => Confidence::Possible,
    })
}

fn kind(r: &mut Reader<'_, '_>, anchors: &[String], keywords: &[String]) -> Result<Kind, Error> {
    let generic = match r.string("generic")? {
        None => None,
        Some((_, g)) if g == "password" => Some(Kind::Password),
        Some((_, g)) if g == "token" => Some(Kind::Token),
        Some((_, g)) if g == "random" => Some(Kind::Random),
        Some((_, g)) if g == "phrase" => Some(Kind::Phrase),
        Some((at, g)) => {
            let message = format!("`generic` is `{g}`, not one of password, token, random, phrase");
            return Err(r.fault_at(at, message));
        }
    };
    match (generic, anchors.is_empty(), keywords.is_empty()) {
        (Some(kind @ (Kind::Random | Kind::Phrase)), true, true) => Ok(kind),
        (Some(Kind::Random | Kind::Phrase), ..) => {
            Err(r.fault("a `random` or `phrase` rule has neither anchors nor keywords"))
        }
        (Some(kind), true, false) => Ok(kind),
        (Some(_), ..) => Err(r.fault("a generic rule needs `keywords` and no `anchors`")),
        (None, false, true) => Ok(Kind::Anchored),
        (None, true, false) => Ok(Kind::Context),
        (None, true, true) => Err(r.fault("a rule needs `anchors`, `keywords` or `generic`")),
        (None, false, false) => Err(r.fault("a rule has `anchors` or `keywords`, not both")),
    }
}

fn pattern(r: &mut Reader<'_, '_>, kind: Kind) -> Result<Option<Pattern>, Error> {
    let found = r.string("pattern")?;
    match (kind, found) {
        (Kind::Anchored | Kind::Context, Some((at, source))) => {
            let line = r.line_of(at);
            Pattern::new(&source, kind == Kind::Context).map(Some).map_err(|e| e.at(r.file(), line))
        }
        (Kind::Anchored | Kind::Context, None) => Err(r.missing("pattern")),
        (_, Some((at, _))) => Err(r.fault_at(at, "a generic rule has no `pattern`")),
        (_, None) => Ok(None),
    }
}

fn bounds(r: &mut Reader<'_, '_>) -> Result<Bounds, Error> {
    let known = ["both", "left", "right", "none"];
    let given = word(r, "bounds", &known, Some("both"))?;
    Ok(Bounds {
        left: given == "both" || given == "left",
        right: given == "both" || given == "right",
    })
}

fn tail(
    r: &mut Reader<'_, '_>,
    kind: Kind,
    pattern: Option<&Pattern>,
) -> Result<Option<Tail>, Error> {
    let Some(mut t) = r.table("tail")? else { return Ok(None) };
    if kind != Kind::Anchored || !pattern.is_some_and(Pattern::ends_with_secret) {
        return Err(t.fault("`tail` needs anchors and a pattern whose match ends with its secret"));
    }
    let (at, class_source) = t.required("class")?;
    let line = t.line_of(at);
    let class = parse_class(&class_source).map_err(|e| e.at(t.file(), line))?;
    let max = match t.count("max")? {
        Some((_, max)) if (1..=LONGEST_TAIL).contains(&max) => max,
        Some((at, _)) => {
            return Err(t.fault_at(at, format!("`max` must lie between 1 and {LONGEST_TAIL}")));
        }
        None => return Err(t.fault("`max` is missing: a tail needs a limit")),
    };
    let mut mark = |key: &'static str| match t.string(key)? {
        None => Ok(None),
        Some((at, source)) => {
            let line = t.line_of(at);
            Pattern::new(&source, false).map(Some).map_err(|e| e.at(t.file(), line))
        }
    };
    let (end, join) = (mark("end")?, mark("join")?);
    t.finish()?;
    Ok(Some(Tail { class, max, end, join }))
}

pub(crate) fn describe(r: &mut Reader<'_, '_>) -> Result<Option<Describe>, Error> {
    let Some((at, name)) = r.string("describe")? else { return Ok(None) };
    let unknown = || format!("`describe` is `{name}`, not one of {}", describe::WORDS.join(", "));
    Describe::from_name(&name).map(Some).ok_or_else(|| r.fault_at(at, unknown()))
}

pub(super) fn checks(r: &mut Reader<'_, '_>) -> Result<Vec<Check>, Error> {
    let mut out = Vec::new();
    let is_companion = |check: &Check| matches!(check, Check::Companion(_));
    for mut c in r.tables("checks")? {
        let found = check(&mut c)?;
        if is_companion(&found) && out.iter().any(is_companion) {
            return Err(c.fault("a rule has at most one companion"));
        }
        out.push(found);
        c.finish()?;
    }
    Ok(out)
}

fn check(c: &mut Reader<'_, '_>) -> Result<Check, Error> {
    if let Some((at, bits)) = c.number("entropy")? {
        if bits > 8.0 {
            return Err(c.fault_at(at, "`entropy` is in bits per byte, at most 8"));
        }
        return Ok(Check::Entropy(bits));
    }
    if let Some((at, n)) = c.count("classes")? {
        return match u8::try_from(n) {
            Ok(n @ 1..=3) => Ok(Check::Classes(n)),
            _ => Err(c.fault_at(at, "`classes` counts lower, upper and digits: 1 to 3")),
        };
    }
    if let Some((at, kind)) = c.string("plausible")? {
        let fault = || c.fault_at(at, "`plausible` knows `password`");
        return if kind == "password" { Ok(Check::Password) } else { Err(fault()) };
    }
    if let Some((at, name)) = c.string("checksum")? {
        return Checksum::from_name(&name).map(Check::Checksum).ok_or_else(|| {
            let known: Vec<&str> = Checksum::ALL.iter().map(|sum| sum.name()).collect();
            let hint = nearest(&name, &known).map(|w| format!("; did you mean `{w}`?"));
            c.fault_at(at, format!("unknown checksum `{name}`{}", hint.unwrap_or_default()))
        });
    }
    let words = c.strings("near")?;
    if !words.is_empty() {
        return Ok(Check::Near { words: Later::now(words), within: within(c)? });
    }
    let allow = c.strings("allow")?;
    if !allow.is_empty() {
        return Ok(Check::Allow(Later::now(allow)));
    }
    if let Some((at, source)) = c.string("companion")? {
        let line = c.line_of(at);
        let pattern = Pattern::new(&source, false).map_err(|e| e.at(c.file(), line))?;
        let name = c.string("name")?.map(|(_, name)| name);
        let required = c.boolean("required")?;
        let (pattern, within) = (Box::new(pattern), within(c)?);
        return Ok(Check::Companion(Companion { pattern, within, name, required }));
    }
    Err(c.fault("a check is one of entropy, classes, plausible, checksum, near, allow, companion"))
}

fn within(c: &mut Reader<'_, '_>) -> Result<usize, Error> {
    match c.count("within")? {
        None => Ok(128),
        Some((_, n)) if (1..=FARTHEST_LOOK).contains(&n) => Ok(n),
        Some((at, _)) => {
            Err(c.fault_at(at, format!("`within` must lie between 1 and {FARTHEST_LOOK}")))
        }
    }
}

/// Checks anchors and keywords, and works out where the anchors stand.
fn anchor(r: &Reader<'_, '_>, rule: &Rule) -> Result<Anchor, Error> {
    for (words, least) in [(&rule.anchors, SHORTEST_ANCHOR), (&rule.keywords, SHORTEST_KEYWORD)] {
        if let Some(short) = words.iter().find(|word| word.len() < least) {
            return Err(r.fault(format!("`{short}` is shorter than {least} bytes")));
        }
    }
    if let Some(bad) = rule.keywords.iter().find(|k| keywords::normal(k.as_bytes()).is_empty()) {
        return Err(r.fault(format!("keyword `{bad}` has no letter or digit")));
    }
    let Some(pattern) = rule.pattern.as_ref().filter(|_| rule.kind == Kind::Anchored) else {
        return Ok(Anchor::default());
    };
    let pattern_fault =
        |message: String| Error::new(ErrorKind::Pattern, message).at(r.file(), r.line_of(r.start));
    let shortest = rule.anchors.iter().map(String::len).min().unwrap_or(0);
    let longest = rule.anchors.iter().map(String::len).max().unwrap_or(0);
    // Nearly all anchors stand at the very beginning; only where they do not is it worth following the match farther.
    let found = [longest, FARTHEST_ANCHOR + longest].into_iter().find_map(|most| {
        let heads = shape::heads(pattern.hir(), most);
        shape::anchor_offset(&heads, &rule.anchors, rule.caseless).map(|offset| (heads, offset))
    });
    let (heads, offset) = found.ok_or_else(|| {
        pattern_fault("not every match holds one of `anchors` at one fixed offset".into())
    })?;
    if offset > FARTHEST_ANCHOR {
        return Err(pattern_fault(format!("the anchor stands {offset} bytes into the match")));
    }
    let reach_back = shape::bytes_to(&heads, offset);
    if offset > pattern.secret_offset() && !reach_back.is_subset(ByteSet::TOKEN) {
        return Err(pattern_fault(
            "the secret begins before the anchor with bytes that no token has".into(),
        ));
    }
    let body = shape::bytes_from(&heads, offset + shortest);
    Ok(Anchor { at: offset, shortest, body, lead: shape::lead(pattern.hir(), offset + shortest) })
}
