//! Which rules apply: built-in packs, packs from files, and globs over their ids.

use std::fs;
use std::path::Path;

use globset::{Glob, GlobSet, GlobSetBuilder};
use keysieve::Pack;

use crate::args::PackArgs;
use crate::failure::Failure;

/// The largest pack that is read.
const LARGEST_PACK: u64 = 16 * 1024 * 1024;

/// The rules that the options name.
pub(crate) fn pack(args: &PackArgs) -> Result<Pack, Failure> {
    let mut pack = if args.no_builtin { Pack::new() } else { Pack::builtin() };
    for path in &args.pack {
        pack = pack.merge(read(path)?);
    }
    if pack.is_empty() {
        let message = "no rules: --no-builtin needs a --pack that has some";
        return Err(Failure::Fault(message.to_owned()));
    }
    let wanted = globs(&pack, "--rule", &args.rule)?;
    let unwanted = globs(&pack, "--exclude-rule", &args.exclude_rule)?;
    let pack = pack.filter(|rule| {
        wanted.as_ref().is_none_or(|set| set.is_match(rule.id()))
            && !unwanted.as_ref().is_some_and(|set| set.is_match(rule.id()))
    });
    if pack.is_empty() {
        return Err(Failure::Fault("no rule is left by --rule and --exclude-rule".to_owned()));
    }
    tracing::info!(rules = pack.len(), "rules selected");
    Ok(pack)
}

/// Reads one pack from a file.
pub(crate) fn read(path: &Path) -> Result<Pack, Failure> {
    Ok(Pack::parse(&path.display().to_string(), &text(path)?)?)
}

/// The text of a pack.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    let fault = |message: &str| Failure::Fault(format!("{}: {message}", path.display()));
    let meta = fs::metadata(path).map_err(|error| Failure::at(path, &error))?;
    if meta.is_dir() {
        return Err(fault("is a directory; name a pack file"));
    }
    if meta.len() > LARGEST_PACK {
        return Err(fault("is larger than 16 MiB; not a pack"));
    }
    let bytes = fs::read(path).map_err(|error| Failure::at(path, &error))?;
    String::from_utf8(bytes).map_err(|_| fault("is not UTF-8; not a pack"))
}

/// The globs of one option as a set; none if there are none. A glob that matches no rule is probably a typing error.
fn globs(pack: &Pack, option: &str, globs: &[String]) -> Result<Option<GlobSet>, Failure> {
    if globs.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let fault = |message: String| Failure::Fault(format!("{option} {glob}: {message}"));
        let parsed = Glob::new(glob).map_err(|error| fault(error.kind().to_string()))?;
        let matcher = parsed.compile_matcher();
        if !pack.rules().any(|rule| matcher.is_match(rule.id())) {
            return Err(fault(format!("no rule matches{}", suggestion(pack, glob))));
        }
        set.add(parsed);
    }
    set.build().map(Some).map_err(|error| Failure::Fault(format!("{option}: {}", error.kind())))
}

/// `; did you mean …?` with the id nearest to `id`, if one is near.
pub(crate) fn suggestion(pack: &Pack, id: &str) -> String {
    let near = nearest(id, pack.rules().map(keysieve::Rule::id));
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// The known word closest to `word`, if one is close at all.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 2).clamp(1, 3);
    known.map(|k| (distance(word, k), k)).filter(|(d, _)| *d <= limit).min().map(|(_, k)| k)
}

/// Edits (insert, delete, replace) that turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j] = left;
            left = (diagonal + usize::from(ca != *cb)).min(above + 1).min(left + 1);
            diagonal = above;
        }
        row[b.len()] = left;
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, d) in
            [("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("ab", "ba", 2)]
        {
            assert_eq!(distance(a, b), d, "{a} {b}");
        }
    }

    #[test]
    fn the_nearest_word_or_none() {
        let known = ["profile", "pack", "rule"];
        assert_eq!(nearest("profil", known.into_iter()), Some("profile"));
        assert_eq!(nearest("entirely-else", known.into_iter()), None);
    }
}
