//! The file that `--report` names.
//!
//! Lines are written whole, so that an interrupt leaves no half line. If writing fails, for example on a full disk,
//! redaction goes on, because the text matters more; the failure is told at the end, and the exit code shows it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use keysieve::Record;
use keysieve_report::{Entry, Report};

use crate::failure::Failure;
use crate::hiargs;

/// Lines are written in portions of about this size.
const PORTION: usize = 32 * 1024;

/// An open report.
pub(crate) struct ReportFile {
    path: PathBuf,
    file: File,
    report: Box<dyn Report>,
    lines: Vec<u8>,
    error: Option<io::Error>,
}

impl ReportFile {
    /// Creates the file, unless it is one of `inputs`: creating it would empty what is to be read.
    pub(crate) fn create(
        path: PathBuf,
        mut report: Box<dyn Report>,
        inputs: &[PathBuf],
    ) -> Result<ReportFile, Failure> {
        if hiargs::is_stdin(&path) {
            let message = "--report takes a file; `/dev/stderr` is one";
            return Err(Failure::Fault(message.to_owned()));
        }
        if inputs.iter().any(|input| is_same(&path, input)) {
            let message = format!("{}: the report would overwrite the input", path.display());
            return Err(Failure::Fault(message));
        }
        let file = open(&path).map_err(|error| Failure::at(&path, &error))?;
        let mut lines = Vec::new();
        let error = report.begin(&mut lines).err();
        Ok(ReportFile { path, file, report, lines, error })
    }

    /// Takes a finding.
    pub(crate) fn take(&mut self, record: Record) {
        let entry = Entry { record, line: None, secret: None };
        if let Err(error) = self.report.entry(&mut self.lines, &entry) {
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
        if let Err(error) = self.report.end(&mut self.lines) {
            self.error.get_or_insert(error);
        }
        self.flush();
        match self.error {
            Some(error) => Err(Failure::at(&self.path, &error)),
            None => Ok(()),
        }
    }
}

/// Opens the report for writing, empty. A new file is its owner's only: it tells where secrets stood.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether the existing file `report` is `input`.
#[cfg(unix)]
fn is_same(report: &Path, input: &Path) -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;

    let Ok(report_is) = report.metadata() else { return false };
    if !report_is.is_file() {
        return false;
    }
    let read = if hiargs::is_stdin(input) {
        io::stdin().as_fd().try_clone_to_owned().map(File::from).and_then(|file| file.metadata())
    } else {
        input.metadata()
    };
    let Ok(read) = read else { return false };
    (read.dev(), read.ino()) == (report_is.dev(), report_is.ino())
}

#[cfg(not(unix))]
fn is_same(report: &Path, input: &Path) -> bool {
    report
        .canonicalize()
        .is_ok_and(|report| input.canonicalize().is_ok_and(|input| input == report))
}
