//! Labels of a corpus: where its secrets stand, as people or another tool have found out.
//!
//! One JSON object a line: `file` (relative to the labels' folder), `start` and `end` (bytes), `rule` if it is known. A label
//! that cannot be right, because its file is missing or too short or its rule unknown, is an error with its line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use keysieve::Pack;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::select;

/// The file looked for in a corpus.
pub(super) const NAME: &str = "labels.jsonl";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    file: String,
    start: usize,
    end: usize,
    rule: Option<String>,
}

/// One place where a secret stands.
#[derive(Debug, Serialize)]
pub(super) struct Label {
    pub(super) file: String,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) rule: Option<String>,
    /// Found by any rule, and by the one it names.
    #[serde(skip)]
    pub(super) found: bool,
    #[serde(skip)]
    pub(super) by_own: bool,
}

/// All labels, by the real path of their file.
#[derive(Debug, Default)]
pub(super) struct Labels {
    by_file: BTreeMap<PathBuf, Vec<Label>>,
    /// The file they stand in, which is no part of the corpus.
    pub(super) path: PathBuf,
}

/// What a finding is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    Right,
    /// On a label that names another rule.
    OtherRule,
    Wrong,
}

impl Labels {
    pub(super) fn read(path: &Path, pack: &Pack) -> Result<Labels, Failure> {
        let text = fs::read(path).map_err(|error| Failure::at(path, &error))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut labels =
            Labels { by_file: BTreeMap::new(), path: fs::canonicalize(path).unwrap_or_default() };
        for (line, number) in text.split(|b| *b == b'\n').zip(1..) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let fault =
                |what: String| Failure::Fault(format!("{}:{number}: {what}", path.display()));
            // What stands there may be anything: it is not quoted.
            let Line { file, start, end, rule } = serde_json::from_slice(line).map_err(|_| {
                fault("not a label; it has file, start, end, and rule if it is known".to_owned())
            })?;
            let real = folder.join(&file);
            let meta = fs::metadata(&real).map_err(|_| fault(format!("no file `{file}`")))?;
            if start >= end || end as u64 > meta.len() {
                return Err(fault(format!("bytes {start}..{end} do not stand in `{file}`")));
            }
            if let Some(id) = rule.as_ref().filter(|id| pack.rule(id).is_none()) {
                let near = select::suggestion(pack, id);
                return Err(fault(format!("no rule `{id}`{near}")));
            }
            let real = fs::canonicalize(&real).unwrap_or(real);
            let label = Label { file, start, end, rule, found: false, by_own: false };
            labels.by_file.entry(real).or_default().push(label);
        }
        Ok(labels)
    }

    /// Takes note of a finding, and says what it is worth.
    pub(super) fn judge(&mut self, file: &Path, rule: &str, [start, end]: [usize; 2]) -> Worth {
        let mut worth = Worth::Wrong;
        let real = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        for label in self.by_file.get_mut(&real).into_iter().flatten() {
            if label.start >= end || start >= label.end {
                continue;
            }
            label.found = true;
            if label.rule.as_deref().is_none_or(|id| id == rule) {
                label.by_own = true;
                worth = Worth::Right;
            } else if worth == Worth::Wrong {
                worth = Worth::OtherRule;
            }
        }
        worth
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Label> {
        self.by_file.values().flatten()
    }

    /// Files with labels that are not among `sources`.
    pub(super) fn unseen(&self, sources: &[crate::sources::Source]) -> Vec<String> {
        let seen: BTreeSet<PathBuf> =
            sources.iter().filter_map(|source| fs::canonicalize(&source.path).ok()).collect();
        let unseen = self.by_file.iter().filter(|(file, _)| !seen.contains(*file));
        unseen.filter_map(|(_, labels)| labels.first()).map(|label| label.file.clone()).collect()
    }
}
