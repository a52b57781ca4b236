//! A source's name: as it was given, and as it is told. A name may hold a secret, and is told without.

use std::cell::OnceCell;

/// The name of one source, while that is read.
#[derive(Debug)]
pub(crate) struct Name {
    given: String,
    /// Worked out for the first finding, since it costs a scan.
    told: OnceCell<String>,
}

impl Name {
    pub(crate) fn new(given: String) -> Name {
        Name { given, told: OnceCell::new() }
    }

    /// What policies ask.
    pub(crate) fn given(&self) -> &str {
        &self.given
    }

    /// What everybody may see, which `tell` makes of it once.
    pub(crate) fn told(&self, tell: impl FnOnce(&str) -> String) -> &str {
        self.told.get_or_init(|| tell(&self.given))
    }
}
