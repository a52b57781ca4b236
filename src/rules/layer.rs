//! Packs laid over packs: `extends`, `disable`, overrides, allow entries.
//!
//! The engine opens no files: whoever does hands a function in that turns a name in `extends` into a text. A pack is laid
//! once, where it is first asked for, so that what stands over it is not undone when another pack extends it too.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::glob;
use super::pack::{MOST_RULES, Pack};
use super::parse::{self, Parsed};
use super::reader::nearest;
use super::rule::Rule;
use crate::error::{Error, ErrorKind};

#[cfg(test)]
mod tests;

/// The name of the built-in packs in `extends`.
const BUILTIN: &str = "builtin";
/// How deep packs may extend packs.
const DEEPEST: usize = 16;

/// The text of a pack, and what it is called.
#[derive(Debug, Clone)]
pub struct PackText {
    /// What tells it from others, for example the absolute path. Two packs of one identity are the same pack.
    pub identity: String,
    /// What messages call it, for example the path as given.
    pub name: String,
    /// The TOML.
    pub text: String,
}

/// Opens what `extends` names: gets the name as written and the pack it is written in, answers a text, or why not.
pub type OpenPack<'a> = dyn FnMut(&str, &PackText) -> Result<PackText, String> + 'a;

impl Pack {
    /// This pack with the one in `text` laid over it, and everything that one extends between the two.
    ///
    /// ```
    /// use keysieve::{Pack, PackText};
    /// let tune = PackText {
    ///     identity: "/etc/tune.toml".to_owned(),
    ///     name: "tune.toml".to_owned(),
    ///     text: r#"
    /// disable = ["generic-random"]
    /// [[rule]]
    /// id = "github-pat"
    /// override = true
    /// severity = "high"
    /// "#.to_owned(),
    /// };
    /// # #[cfg(feature = "builtin")] {
    /// let pack = Pack::builtin().layer(&tune, &mut |name, _| Err(format!("no {name}")))?;
    /// assert!(pack.rule("generic-random").is_none());
    /// assert_eq!(pack.rule("github-pat").unwrap().severity().as_str(), "high");
    /// # }
    /// # Ok::<(), keysieve::Error>(())
    /// ```
    ///
    /// # Errors
    /// What [`Pack::parse`] refuses, in this pack or one that it extends; a cycle, a pack that cannot be opened, and ids in
    /// `disable`, overrides or allow entries that no rule has.
    pub fn layer(self, text: &PackText, open: &mut OpenPack<'_>) -> Result<Pack, Error> {
        lay(self, text, open, &mut Vec::new())
    }
}

fn lay(
    mut base: Pack,
    pack: &PackText,
    open: &mut OpenPack<'_>,
    path: &mut Vec<(String, String)>,
) -> Result<Pack, Error> {
    let file = &pack.name;
    let mut parsed = parse::pack(file, &pack.text)?;
    check_ids(file, &parsed)?;
    path.push((pack.identity.clone(), pack.name.clone()));
    for (line, wanted) in std::mem::take(&mut parsed.extends) {
        let fault = |message: String| {
            Error::new(ErrorKind::Config, format!("`extends`: {message}")).at(file, line)
        };
        if wanted == BUILTIN {
            if !base.parts.iter().any(|part| part == BUILTIN) {
                base = builtin(base).map_err(fault)?;
            }
            continue;
        }
        let next = open(&wanted, pack).map_err(fault)?;
        if let Some(first) = path.iter().position(|(identity, _)| *identity == next.identity) {
            let round: Vec<&str> = path.iter().skip(first).map(|(_, name)| name.as_str()).collect();
            return Err(fault(format!("goes in a circle: {} → {}", round.join(" → "), next.name)));
        }
        if path.len() >= DEEPEST {
            return Err(fault(format!("more than {DEEPEST} packs deep")));
        }
        if !base.parts.contains(&next.identity) {
            base = lay(base, &next, open, path)?;
        }
    }
    path.pop();
    let base = disable(base, file, &parsed)?;
    let base = patch(base, file, &mut parsed)?;
    let own = Pack {
        rules: parsed.rules.into_iter().map(Arc::new).collect(),
        benign: parsed.benign.into_iter().map(Arc::new).collect(),
        exemptions: parsed.exemptions.into_iter().map(Arc::new).collect(),
        parts: vec![pack.identity.clone()],
    };
    let all = base.merge(own);
    if all.len() > MOST_RULES {
        let message = format!("packs hold at most {MOST_RULES} rules together");
        return Err(Error::new(ErrorKind::Config, message).at(file, 1));
    }
    check_exemptions(&all, file)?;
    Ok(all)
}

#[cfg(feature = "builtin")]
fn builtin(base: Pack) -> Result<Pack, String> {
    Ok(base.merge(Pack::builtin()))
}

#[cfg(not(feature = "builtin"))]
fn builtin(_: Pack) -> Result<Pack, String> {
    Err("no packs are built in".to_owned())
}

/// No id twice in one file.
fn check_ids(file: &str, parsed: &Parsed) -> Result<(), Error> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let rules = parsed.rules.iter().map(|rule| (rule.id(), rule.origin().1));
    let patches = parsed.patches.iter().map(|patch| (patch.id.as_str(), patch.line));
    let shapes = parsed.benign.iter().map(|shape| (&*shape.id, shape.line));
    for (id, line) in rules.chain(patches).chain(shapes) {
        if let Some(first) = seen.insert(id, line) {
            let message = format!("the id is used already, in line {first}");
            return Err(Error::new(ErrorKind::Duplicate, message).at(file, line).in_rule(id));
        }
    }
    Ok(())
}

/// `; did you mean …?` with the id nearest to `id`, if one is near.
fn hint(pack: &Pack, id: &str) -> String {
    let known: Vec<&str> = pack.rules().map(Rule::id).collect();
    nearest(id, &known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

fn disable(base: Pack, file: &str, parsed: &Parsed) -> Result<Pack, Error> {
    for (line, id) in &parsed.disable {
        let ids = base.rules().map(Rule::id).chain(base.benign().iter().map(|shape| &*shape.id));
        if !ids.into_iter().any(|known| glob::matches(id, known)) {
            let message = format!("`disable`: no rule below matches `{id}`{}", hint(&base, id));
            return Err(Error::new(ErrorKind::Config, message).at(file, *line));
        }
    }
    let off = |id: &str| parsed.disable.iter().any(|(_, glob)| glob::matches(glob, id));
    let mut base = base.filter(|rule| !off(&rule.id));
    base.benign.retain(|shape| !off(&shape.id));
    Ok(base)
}

fn patch(mut base: Pack, file: &str, parsed: &mut Parsed) -> Result<Pack, Error> {
    for patch in std::mem::take(&mut parsed.patches) {
        let (id, line) = (patch.id.clone(), patch.line);
        let fault =
            |message: String| Error::new(ErrorKind::Config, message).at(file, line).in_rule(&id);
        let Some(slot) = base.rules.iter_mut().find(|rule| rule.id == id) else {
            let near = hint(&base, &id);
            return Err(fault(format!("`override`: there is no rule `{id}` below{near}")));
        };
        *slot = Arc::new(patch.apply(slot).map_err(|what| fault(format!("`override`: {what}")))?);
    }
    Ok(base)
}

/// Each allow entry of this file names a rule that there is.
fn check_exemptions(pack: &Pack, file: &str) -> Result<(), Error> {
    let own = pack.exemptions.iter().filter(|entry| entry.origin().0 == file);
    for entry in own {
        if !pack.rules().any(|rule| glob::matches(&entry.rule, &rule.id)) {
            let near = hint(pack, &entry.rule);
            let message = format!("`allow`: no rule matches `{}`{near}", entry.rule);
            return Err(Error::new(ErrorKind::Config, message).at(file, entry.origin().1));
        }
    }
    Ok(())
}
