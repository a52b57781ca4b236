//! The file that `--report` names: one finding a line.
//!
//! Lines are written whole, so that an interrupt leaves no half line. If writing fails, for example on a full disk,
//! redaction goes on, because the text matters more; the failure is told at the end, and the exit code shows it.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use keysieve::Record;
use keysieve_report::{Entry, Jsonl, Report};

use crate::failure::Failure;

/// Lines are written in portions of about this size.
const PORTION: usize = 32 * 1024;

/// An open report.
#[derive(Debug)]
pub(crate) struct ReportFile {
    path: PathBuf,
    file: File,
    lines: Vec<u8>,
    error: Option<io::Error>,
}

impl ReportFile {
    pub(crate) fn create(path: PathBuf) -> Result<ReportFile, Failure> {
        let file = File::create(&path).map_err(|error| Failure::at(&path, &error))?;
        Ok(ReportFile { path, file, lines: Vec::new(), error: None })
    }

    /// Takes a finding.
    pub(crate) fn take(&mut self, record: Record) {
        let entry = Entry { record, line: None, secret: None };
        if let Err(error) = Jsonl.entry(&mut self.lines, &entry) {
            self.error.get_or_insert(error);
        }
        if self.lines.len() >= PORTION {
            self.flush();
        }
    }

    /// Writes what it has.
    pub(crate) fn flush(&mut self) {
        if self.error.is_none()
            && let Err(error) = self.file.write_all(&self.lines)
        {
            self.error = Some(error);
        }
        self.lines.clear();
    }

    /// Writes the rest.
    ///
    /// # Errors
    /// The first failure of any write.
    pub(crate) fn end(mut self) -> Result<(), Failure> {
        self.flush();
        match self.error {
            Some(error) => Err(Failure::at(&self.path, &error)),
            None => Ok(()),
        }
    }
}
