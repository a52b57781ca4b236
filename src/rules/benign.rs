//! A benign shape: what stands where a secret would and opens nothing, as data.
//!
//! Shapes are read from packs beside the rules. Each says which guesses it silences: by default that of unnamed random
//! tokens, on request those of names (`token`, `password`) or single rules by id. Guarantees: a shape that parses looks
//! at no more than [`FARTHEST`] bytes before a value and at the value. Leaves out: how a text is compared with a shape.

#[cfg(test)]
mod tests;

use super::packed::{Later, Text, packed_fields};
use super::pattern::Pattern;
use super::reader::Reader;
use super::rule::{Kind, Rule};
use crate::error::Error;

/// How far before a value a shape may look.
pub(crate) const FARTHEST: usize = 512;
/// Kinds of rules that a shape may speak against without naming each.
pub(crate) const GUESSES: [&str; 4] = ["random", "token", "password", "context"];
/// The shortest text that a shape may look for. Shorter ones stand everywhere.
const SHORTEST: usize = 2;

/// Something harmless, and how it is known. Of a list any text will do; of several lists each must say yes.
#[derive(Debug)]
pub(crate) struct Benign {
    pub(crate) id: Text,
    /// The value or the word that it ends begins with one of these.
    pub(crate) heads: Later<Vec<String>>,
    /// The value ends with one of these.
    pub(crate) ends: Later<Vec<String>>,
    /// The value holds one of these, in any case.
    pub(crate) holds: Later<Vec<String>>,
    /// The value stands behind one of these names; `_` is any separator or none.
    pub(crate) names: Later<Vec<String>>,
    /// One of these stands before the value, `within` so many bytes.
    pub(crate) after: Later<Vec<String>>,
    pub(crate) within: usize,
    /// The value stands in its line behind the first and before the second.
    pub(crate) inside: Option<(String, String)>,
    /// The value as a whole.
    pub(crate) pattern: Option<Pattern>,
    /// Words of [`GUESSES`], or ids of rules.
    pub(crate) against: Vec<String>,
    pub(crate) hits: Later<Vec<String>>,
    pub(crate) misses: Later<Vec<String>>,
    pub(crate) file: Text,
    pub(crate) line: usize,
}

packed_fields!(Benign {
    id,
    heads,
    ends,
    holds,
    names,
    after,
    within,
    inside,
    pattern,
    against,
    hits,
    misses,
    file,
    line,
});

impl Benign {
    /// Reads the rest of a shape whose `id` was taken already.
    pub(crate) fn read(mut r: Reader<'_, '_>, id: String) -> Result<Benign, Error> {
        let line = r.line_of(r.start);
        r.required("title")?;
        r.required("why")?;
        let pattern = match r.string("pattern")? {
            None => None,
            Some((at, source)) => {
                let line = r.line_of(at);
                Some(Pattern::new(&source, true).map_err(|e| e.at(r.file(), line))?)
            }
        };
        let shape = Benign {
            id: id.into(),
            heads: Later::now(r.strings("heads")?),
            ends: Later::now(r.strings("ends")?),
            holds: Later::now(r.strings("holds")?),
            names: Later::now(r.strings("names")?),
            after: Later::now(r.strings("after")?),
            within: within(&mut r)?,
            inside: inside(&mut r)?,
            pattern,
            against: against(&mut r)?,
            hits: Later::now(r.strings("hits")?),
            misses: Later::now(r.strings("misses")?),
            file: r.file().to_owned().into(),
            line,
        };
        r.strings("references")?;
        shape.check(&r)?;
        r.finish()?;
        Ok(shape)
    }

    fn check(&self, r: &Reader<'_, '_>) -> Result<(), Error> {
        let lists = [&self.heads, &self.ends, &self.holds, &self.names, &self.after];
        if let Some(short) =
            lists.into_iter().flat_map(|list| list.iter()).find(|text| text.len() < SHORTEST)
        {
            return Err(r.fault(format!("`{short}` is shorter than {SHORTEST} bytes")));
        }
        let bare = lists.into_iter().all(|list| list.is_empty());
        if bare && self.inside.is_none() && self.pattern.is_none() {
            let known = "heads, ends, holds, names, after, inside, pattern";
            return Err(r.fault(format!("a shape needs one of {known}")));
        }
        if self.hits.len() < 2 || self.misses.len() < 2 {
            return Err(r.fault("a shape proves itself: give at least two `hits` and two `misses`"));
        }
        Ok(())
    }

    /// Whether the shape speaks about findings of `rule`.
    pub(crate) fn concerns(&self, rule: &Rule) -> bool {
        let kind = match rule.kind {
            Kind::Random => "random",
            Kind::Token => "token",
            Kind::Password => "password",
            Kind::Context => "context",
            Kind::Anchored | Kind::Phrase => "",
        };
        self.against.iter().any(|word| *word == kind || *word == rule.id)
    }

    /// Ids of the rules that the shape names one by one.
    pub(crate) fn named(&self) -> impl Iterator<Item = &str> {
        self.against.iter().map(String::as_str).filter(|word| !GUESSES.contains(word))
    }
}

fn within(r: &mut Reader<'_, '_>) -> Result<usize, Error> {
    match r.count("within")? {
        None => Ok(128),
        Some((_, n)) if (1..=FARTHEST).contains(&n) => Ok(n),
        Some((at, _)) => Err(r.fault_at(at, format!("`within` must lie between 1 and {FARTHEST}"))),
    }
}

fn inside(r: &mut Reader<'_, '_>) -> Result<Option<(String, String)>, Error> {
    let mut marks = r.strings("inside")?.into_iter();
    match (marks.next(), marks.next(), marks.next()) {
        (None, ..) => Ok(None),
        (Some(open), Some(close), None) => Ok(Some((open, close))),
        _ => Err(r.fault("`inside` is a pair: what opens and what closes")),
    }
}

fn against(r: &mut Reader<'_, '_>) -> Result<Vec<String>, Error> {
    let given = r.strings("against")?;
    Ok(if given.is_empty() { vec!["random".to_owned()] } else { given })
}
