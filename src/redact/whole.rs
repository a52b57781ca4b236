//! The redacted copy of a whole text.

use std::io;
use std::ops::ControlFlow;

use super::action::Action;
use super::replacement::{Replacement, Written};
use super::splice::Splicing;
use super::treatment::Treatment;
use crate::detect::finding::Finding;
use crate::scan::sink::Sink;

/// Builds the redacted copy; until the first finding it copies nothing.
pub(super) struct Whole<'t, 's> {
    pub(super) replacement: Replacement,
    pub(super) treatment: Treatment,
    pub(super) out: Vec<u8>,
    pub(super) found: bool,
    pub(super) text: &'t [u8],
    pub(super) sink: &'s mut dyn Sink,
    /// Why the text should not go on.
    pub(super) error: Option<io::Error>,
}

impl Whole<'_, '_> {
    /// Begins to copy what stands before a finding of so many bytes.
    fn begin(&mut self, bytes: usize) {
        if !std::mem::replace(&mut self.found, true) {
            let start = self.treatment.offset().saturating_sub(bytes);
            self.out.reserve(self.text.len());
            self.out.extend_from_slice(self.text.get(..start).unwrap_or_default());
        }
    }
}

impl Splicing for Whole<'_, '_> {
    fn treatment(&mut self) -> &mut Treatment {
        &mut self.treatment
    }

    fn show(&mut self, finding: &Finding) {
        let _ = self.sink.finding(&finding.bare());
    }

    fn keep(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.replacement.passed(bytes);
        if self.found {
            self.out.extend_from_slice(bytes);
        }
        ControlFlow::Continue(())
    }

    fn replace(&mut self, action: Action, finding: &Finding, bytes: &[u8]) -> io::Result<Written> {
        self.begin(bytes.len());
        self.replacement.write(action, finding, bytes, &mut self.out)
    }

    fn replace_more(&mut self, bytes: &[u8]) {
        self.replacement.write_more(bytes.len(), &mut self.out);
    }

    /// Whoever asked for a whole text gets it, and is told.
    fn fail(&mut self, error: io::Error, finding: &Finding, bytes: &[u8]) -> ControlFlow<()> {
        self.begin(bytes.len());
        self.error.get_or_insert(error);
        self.replacement.mode.write(finding, bytes.len(), &mut self.out);
        ControlFlow::Continue(())
    }
}
