//! Which rules apply: built-in packs, packs from files, and globs over their ids.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use globset::{Glob, GlobSet, GlobSetBuilder};
use keysieve::{Pack, PackText};

use crate::args::PackArgs;
use crate::failure::{Failure, reason};

/// The largest pack that is read.
const LARGEST_PACK: u64 = 16 * 1024 * 1024;

/// The rules that the options name.
pub(crate) fn pack(args: &PackArgs) -> Result<Pack, Failure> {
    let mut pack = if args.no_builtin { Pack::new() } else { Pack::builtin() };
    for path in &args.pack {
        pack = over(pack, path)?;
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

/// `base` with the pack of a file laid over it, and what that one extends.
pub(crate) fn over(base: Pack, path: &Path) -> Result<Pack, Failure> {
    Ok(lay(base, &opened(path)?)?)
}

/// The text of a pack that the user named.
pub(crate) fn opened(path: &Path) -> Result<PackText, Failure> {
    open(path).map_err(|what| Failure::Fault(format!("{}: {what}", path.display())))
}

/// `base` with a pack laid over it; what that one extends is looked for from its folder.
pub(crate) fn lay(base: Pack, pack: &PackText) -> Result<Pack, keysieve::Error> {
    base.layer(pack, &mut |name, from| {
        let folder = Path::new(&from.name).parent().unwrap_or(Path::new(""));
        let path = folder.join(name);
        open(&path).map_err(|what| format!("{}: {what}", path.display()))
    })
}

fn open(path: &Path) -> Result<PackText, String> {
    let text = text(path)?;
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let identity = real.display().to_string();
    Ok(PackText { identity, name: path.display().to_string(), text })
}

/// What is to be said of allow entries that do not apply.
pub(crate) fn dormant(pack: &Pack, key_given: bool) -> Vec<String> {
    let today = today();
    let said = pack.exemptions().filter_map(|entry| {
        let (file, line) = entry.origin();
        let expired = entry.expires().filter(|day| *day < today.text());
        let why = match expired {
            Some(day) => format!("expired after {day}"),
            None if entry.needs_key() && !key_given => {
                "has fingerprints, which need the key they were made with".to_owned()
            }
            None => return None,
        };
        Some(format!("{file}:{line}: the allow entry for `{}` {why}", entry.rule()))
    });
    said.collect()
}

/// A day in UTC.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Today(pub(crate) u16, pub(crate) u8, pub(crate) u8);

impl Today {
    fn text(self) -> String {
        format!("{:04}-{:02}-{:02}", self.0, self.1, self.2)
    }
}

pub(crate) fn today() -> Today {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    civil(since.as_secs() / 86_400)
}

/// The day so many days after 1970-01-01, by counting years and months.
fn civil(mut days: u64) -> Today {
    let leap = |year: u16| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    Today(year, month, days as u8 + 1)
}

/// The text of a pack.
fn text(path: &Path) -> Result<String, String> {
    let meta = fs::metadata(path).map_err(|error| reason(&error))?;
    if meta.is_dir() {
        return Err("is a directory; name a pack file".to_owned());
    }
    // Not what the file says of its size: a device says nothing.
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| reason(&error))?;
    file.take(LARGEST_PACK + 1).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
    if bytes.len() as u64 > LARGEST_PACK {
        return Err("is larger than 16 MiB; not a pack".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8; not a pack".to_owned())
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
    fn days() {
        for (days, text) in
            [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_818, "2026-12-31")]
        {
            assert_eq!(civil(days).text(), text);
        }
    }

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
