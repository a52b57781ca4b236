//! The tracked files of the repository, in memory, so that checks are functions and tests need no disk.
//!
//! Files that are neither ignored nor yet added count too: a fault should be seen before the commit.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Path (relative, with `/`) to content.
pub struct Tree {
    files: BTreeMap<String, Vec<u8>>,
}

impl Tree {
    /// Reads what git tracks or would track below `root`.
    pub fn load(root: &Path) -> Result<Tree, String> {
        let listing = Command::new("git")
            .current_dir(root)
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()
            .map_err(|error| format!("cannot run git: {error}"))?;
        if !listing.status.success() {
            return Err("git ls-files failed: tidy looks at the tracked files".to_owned());
        }
        let mut files = BTreeMap::new();
        for name in listing.stdout.split(|&b| b == 0).filter(|name| !name.is_empty()) {
            let name = String::from_utf8_lossy(name).into_owned();
            // A file deleted but not yet committed is listed and not there.
            if let Ok(bytes) = std::fs::read(root.join(&name)) {
                files.insert(name, bytes);
            }
        }
        Ok(Tree { files })
    }

    /// A tree made up by a test.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Tree {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        Tree { files: files.collect() }
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// All files, binary ones too.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// The files that are text.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter_map(|(path, bytes)| Some((path, std::str::from_utf8(bytes).ok()?)))
    }

    pub fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.files.get(path)?).ok()
    }

    pub fn paths_in(&self, folder: &str) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str).filter(move |path| path.starts_with(folder))
    }

    /// Is there a file, or a folder with a file in it, of this path?
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let inside = format!("{path}/");
        path.is_empty() || self.files.contains_key(path) || self.paths_in(&inside).next().is_some()
    }
}
