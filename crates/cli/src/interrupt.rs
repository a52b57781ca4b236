//! Ctrl-C, panics and the files that must not be left behind.
//!
//! Every temporary file is registered while it exists. Whatever ends the process before its work is done, Ctrl-C, a
//! signal to terminate or a panic, removes the registered files first. The registry is locked while a finished file is
//! moved to its place, so that an interrupt comes either before or after, never in between.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::failure::{FAULT, INTERRUPTED};
use crate::talk;

#[cfg(test)]
mod tests;

/// Says what an interrupt leaves undone, if anything.
type LastWords = Box<dyn Fn() -> Option<String> + Send>;

static LAST_WORDS: Mutex<Option<LastWords>> = Mutex::new(None);
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Installs the handlers. Called once, before anything else.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|panic| {
        // The payload may hold anything, scanned text too, and is not printed.
        let place = panic.location().map(|l| format!("{}:{}", l.file(), l.line()));
        let place = place.unwrap_or_else(|| "an unknown place".to_owned());
        let _ = writeln!(io::stderr(), "keysieve failed: internal error at {place}");
        // A thread that panics with the lock in its hand must not wait for itself.
        if let Ok(files) = UNFINISHED.try_lock() {
            remove(&files);
        }
        std::process::exit(i32::from(FAULT));
    }));
    let handler = ctrlc::set_handler(|| {
        let files = unfinished();
        remove(&files);
        let words = LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(message) = words.as_ref().and_then(|words| words()) {
            talk::say(&message);
        }
        // The lock is kept: no other thread begins or finishes a file from here on.
        std::process::exit(INTERRUPTED);
    });
    if handler.is_err() {
        tracing::warn!("cannot handle signals; an interrupt may leave temporary files");
    }
}

/// Sets what is asked when the process is interrupted.
pub(crate) fn last_words(words: impl Fn() -> Option<String> + Send + 'static) {
    *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(words));
}

fn remove(files: &BTreeSet<PathBuf>) {
    for file in files {
        let _ = fs::remove_file(file);
    }
}

/// A temporary file's name; the file is removed unless it was moved to its place.
#[derive(Debug)]
pub(crate) struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    /// Registers `path` and creates the file with `create`.
    pub(crate) fn create<T>(
        path: PathBuf,
        create: impl FnOnce(&Path) -> io::Result<T>,
    ) -> io::Result<(Unfinished, T)> {
        let mut files = unfinished();
        let made = create(&path)?;
        files.insert(path.clone());
        Ok((Unfinished { path }, made))
    }

    /// Moves the file to `target`, replacing what was there.
    pub(crate) fn rename(self, target: &Path) -> io::Result<()> {
        let mut files = unfinished();
        fs::rename(&self.path, target)?;
        files.remove(&self.path);
        drop(files);
        std::mem::forget(self);
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut files = unfinished();
        let _ = fs::remove_file(&self.path);
        files.remove(&self.path);
    }
}
