//! `override = true`: some fields of a rule that stands below, changed.
//!
//! What a rule looks for (anchors, pattern, bounds, tail) hangs together and is not patched piecemeal: a rule of the same
//! id without `override` replaces the whole.

use std::sync::Arc;

use super::keywords;
use super::packed::{Later, Text};
use super::parse;
use super::reader::Reader;
use super::rule::{Check, Confidence, Kind, Notes, Rule, Severity};
use crate::error::Error;

/// Fields that only a whole rule has.
const WHOLE: &[&str] = &["anchors", "pattern", "tail", "bounds", "caseless", "generic", "max_len"];

/// The fields that an override gives.
#[derive(Debug)]
pub(crate) struct Patch {
    pub(crate) id: String,
    pub(crate) line: usize,
    title: Option<Text>,
    category: Option<Text>,
    why: Option<Text>,
    severity: Option<Severity>,
    confidence: Option<Confidence>,
    keywords: Option<Vec<String>>,
    checks: Option<Vec<Check>>,
    revoke: Option<Text>,
    references: Option<Vec<String>>,
    hits: Option<Vec<String>>,
    misses: Option<Vec<String>>,
    pack: String,
    file: Arc<str>,
}

/// Reads the rest of a rule that has `override = true`.
pub(crate) fn read(
    mut r: Reader<'_, '_>,
    id: String,
    pack: &str,
    file: &Arc<str>,
) -> Result<Patch, Error> {
    for key in WHOLE {
        if let Some((at, _)) = r.take(key) {
            let message = format!(
                "`{key}` cannot be overridden alone; leave out `override` and give the whole rule"
            );
            return Err(r.fault_at(at, message));
        }
    }
    let text = |r: &mut Reader<'_, '_>, key| -> Result<Option<Text>, Error> {
        if r.has(key) { r.required(key).map(|(_, text)| Some(text.into())) } else { Ok(None) }
    };
    let list = |r: &mut Reader<'_, '_>, key, least: usize| -> Result<Option<Vec<String>>, Error> {
        if !r.has(key) {
            return Ok(None);
        }
        let given = r.strings(key)?;
        match given.len() >= least {
            true => Ok(Some(given)),
            false => Err(r.fault(format!("`{key}` needs at least {least}"))),
        }
    };
    let patch = Patch {
        line: r.line_of(r.start),
        title: text(&mut r, "title")?,
        category: match r.has("category") {
            true => Some(parse::category(&mut r, None)?),
            false => None,
        },
        why: text(&mut r, "why")?,
        severity: if r.has("severity") { Some(parse::severity(&mut r)?) } else { None },
        confidence: if r.has("confidence") { Some(parse::confidence(&mut r)?) } else { None },
        keywords: list(&mut r, "keywords", 1)?,
        checks: if r.has("checks") { Some(parse::checks(&mut r)?) } else { None },
        revoke: text(&mut r, "revoke")?,
        references: list(&mut r, "references", 0)?,
        hits: list(&mut r, "hits", 2)?,
        misses: list(&mut r, "misses", 2)?,
        id,
        pack: pack.to_owned(),
        file: Arc::clone(file),
    };
    let bad = patch.keywords.iter().flatten().find(|word| !keywords::is_fit(word));
    if let Some(bad) = bad {
        return Err(r.fault(format!("keyword `{bad}` is too short, or has no letter or digit")));
    }
    r.finish()?;
    Ok(patch)
}

impl Patch {
    /// The rule with the fields changed.
    pub(crate) fn apply(self, base: &Rule) -> Result<Rule, String> {
        if self.keywords.is_some()
            && matches!(base.kind, Kind::Anchored | Kind::Random | Kind::Phrase)
        {
            return Err("the rule below has no `keywords` to override".to_owned());
        }
        let (base, notes) = (base.clone(), (**base.notes).clone());
        Ok(Rule {
            severity: self.severity.unwrap_or(base.severity),
            confidence: self.confidence.unwrap_or(base.confidence),
            keywords: self.keywords.map_or(base.keywords, Later::now),
            checks: self.checks.unwrap_or(base.checks),
            notes: Later::now(Box::new(Notes {
                title: self.title.unwrap_or(notes.title),
                category: self.category.unwrap_or(notes.category),
                why: self.why.unwrap_or(notes.why),
                revoke: self.revoke.or(notes.revoke),
                references: self.references.unwrap_or(notes.references),
                hits: self.hits.unwrap_or(notes.hits),
                misses: self.misses.unwrap_or(notes.misses),
                pack: self.pack.into(),
                file: self.file,
                line: self.line,
            })),
            is_override: true,
            ..base
        })
    }
}
