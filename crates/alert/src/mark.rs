//! How far a queue was written, kept beside it in its lock, so that lines missing at its end are noticed.
//!
//! It is written after the queue: a process that dies between the two leaves a queue that is longer than its mark, never a
//! shorter one. What was only counted, and not told yet, has no place and is not marked.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Places up to which a queue was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The last alert that was written.
    pub(crate) told: u64,
    /// The last alert that every sink has.
    pub(crate) sent: u64,
}

impl Mark {
    /// Always of the same length, so that a new one covers the old one.
    pub(crate) fn write(self, mut file: &File) -> io::Result<()> {
        file.seek(SeekFrom::Start(0))?;
        file.write_all(format!("{:020} {:020}\n", self.told, self.sent).as_bytes())
    }

    /// What stands in a lock; nothing of it if it is none of ours.
    pub(crate) fn read(mut file: &File) -> Mark {
        let mut text = String::new();
        let _ = file.seek(SeekFrom::Start(0));
        let _ = file.take(64).read_to_string(&mut text);
        let numbers = text.trim_end().split_once(' ');
        let read = |(told, sent): (&str, &str)| {
            Some(Mark { told: told.parse().ok()?, sent: sent.parse().ok()? })
        };
        numbers.and_then(read).unwrap_or_default()
    }

    pub(crate) fn is_open(self) -> bool {
        self.told > self.sent
    }
}
