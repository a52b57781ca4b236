//! What a pack lets through: `[[allow]]`, findings that were looked at and are none of anyone's secrets.
//!
//! An entry names rules, what is let through (values, patterns, fingerprints), where (paths), and why. It must say why, and
//! it must leave something: what would silence a rule everywhere is refused, because that is what `disable` is for.

use std::fmt;

use super::glob;
use super::pattern::Pattern;
use super::reader::Reader;
use crate::error::Error;

/// A day, for entries that expire. Compared as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) u16, pub(crate) u8, pub(crate) u8);

impl Day {
    /// Reads `2026-12-31`.
    pub(crate) fn parse(text: &str) -> Option<Day> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || (year.len(), month.len(), day.len()) != (4, 2, 2) {
            return None;
        }
        let day = Day(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        ((1..=12).contains(&day.1) && (1..=31).contains(&day.2)).then_some(day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0, self.1, self.2)
    }
}

/// One `[[allow]]` of a pack.
pub struct Exemption {
    pub(crate) rule: String,
    values: Vec<String>,
    patterns: Vec<Pattern>,
    fingerprints: Vec<String>,
    pub(crate) paths: Vec<String>,
    reason: String,
    pub(crate) expires: Option<Day>,
    file: String,
    line: usize,
}

impl Exemption {
    /// Id of the rule, or a glob over ids.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Why it is let through.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The last day on which it applies, as `2026-12-31`.
    #[must_use]
    pub fn expires(&self) -> Option<String> {
        self.expires.map(|day| day.to_string())
    }

    /// Whether it names fingerprints, which say nothing unless the scanner has the key they were made with.
    #[must_use]
    pub fn needs_key(&self) -> bool {
        !self.fingerprints.is_empty()
    }

    /// The file it stands in, and the line it begins at.
    #[must_use]
    pub fn origin(&self) -> (&str, usize) {
        (&self.file, self.line)
    }

    /// Whether it applies to a text from `place`.
    pub(crate) fn is_at(&self, place: Option<&str>) -> bool {
        self.paths.is_empty()
            || place
                .is_some_and(|place| self.paths.iter().any(|glob| glob::matches_path(glob, place)))
    }

    /// Whether it lets this secret through; `print` makes the fingerprint if it is needed and there is a key.
    pub(crate) fn covers(&self, secret: &[u8], print: impl Fn() -> Option<String>) -> bool {
        if self.values.is_empty() && self.patterns.is_empty() && self.fingerprints.is_empty() {
            return true;
        }
        self.values.iter().any(|value| value.as_bytes() == secret)
            || self.patterns.iter().any(|p| p.matches_all(&mut None, secret, &mut 0))
            || (self.needs_key() && print().is_some_and(|print| self.fingerprints.contains(&print)))
    }
}

impl fmt::Debug for Exemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exemption({} of {}:{})", self.rule, self.file, self.line)
    }
}

/// Texts of such different make that patterns which match several of them match anything.
const PROBES: &[&str] = &[
    "k7wq3zx9",
    "ABCDEFGHIJKLMNOP",
    "0123456789012345",
    "dEaDbEeF00112233dEaDbEeF00112233",
    "q-7Wz_tR9.bN4+kX2/cV8=",
    "zp4mv8qk1xw7rj3t0ybn6dhs5glc2fau9eio",
];
/// How many of them all patterns of an entry may match together.
const MOST_PROBES: usize = 2;

/// Reads one `[[allow]]`.
pub(crate) fn read(mut r: Reader<'_, '_>) -> Result<Exemption, Error> {
    let (file, line) = (r.file().to_owned(), r.line_of(r.start));
    let rule = r.required("rule")?.1;
    let reason = r.required("reason").map_err(|error| match error.to_string() {
        said if said.contains("missing") => {
            r.fault("`reason` is missing: say why this is no secret, for whoever finds it later")
        }
        _ => error,
    })?;
    if reason.1.trim().chars().count() < 8 {
        return Err(r.fault_at(reason.0, "`reason` is too short to tell anybody why"));
    }
    let values = r.strings("values")?;
    let patterns = patterns(&mut r)?;
    let mut fingerprints = Vec::new();
    for (at, print) in r.listed("fingerprints")? {
        let digits = print.strip_prefix("ks1:").unwrap_or_default();
        if digits.len() != 40 || !digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            let message = "a fingerprint is `ks1:` and 40 hexadecimal digits, as a report gives it";
            return Err(r.fault_at(at, message));
        }
        fingerprints.push(print);
    }
    let mut paths = Vec::new();
    for (at, path) in r.listed("paths")? {
        if glob::is_anything(&path) {
            let message = format!("the path `{path}` matches everything; leave `paths` out");
            return Err(r.fault_at(at, message));
        }
        paths.push(path);
    }
    let expires = match r.day("expires")? {
        None => None,
        Some((at, text)) => Some(
            Day::parse(&text)
                .ok_or_else(|| r.fault_at(at, "`expires` must be a day such as \"2026-12-31\""))?,
        ),
    };
    if values.is_empty() && patterns.is_empty() && fingerprints.is_empty() && paths.is_empty() {
        let message = "an entry without `values`, `patterns`, `fingerprints` and `paths` matches everything; \
                       use `disable` to switch a rule off";
        return Err(r.fault(message));
    }
    r.finish()?;
    Ok(Exemption {
        rule,
        values,
        patterns,
        fingerprints,
        paths,
        reason: reason.1,
        expires,
        file,
        line,
    })
}

/// The patterns, none of which may match everything.
fn patterns(r: &mut Reader<'_, '_>) -> Result<Vec<Pattern>, Error> {
    let mut patterns: Vec<Pattern> = Vec::new();
    for (at, source) in r.listed("patterns")? {
        let fail = |error: Error| error.at(r.file(), r.line_of(at));
        let pattern = Pattern::new(&source, true).map_err(fail)?;
        pattern.compile().map_err(fail)?;
        patterns.push(pattern);
        let any = |probe: &&&str| {
            patterns.iter().any(|p| p.matches_all(&mut None, probe.as_bytes(), &mut 0))
        };
        // Two patterns that share the texts between them are no better than one that takes all.
        if PROBES.iter().filter(any).count() > MOST_PROBES {
            let message = format!("the pattern `{source}` matches everything; use `disable`");
            return Err(r.fault_at(at, message));
        }
    }
    Ok(patterns)
}
