//! What was written, forced to the disk: for several threads at once, with one wait.
//!
//! Whoever comes while the disk is busy waits for the next turn, which takes along all that was written until it begins; who comes
//! then and finds that done does not wait at all.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How far a file that grows is on the disk.
#[derive(Debug, Default)]
pub(crate) struct Forced {
    written: Mutex<Written>,
    /// How much of what was written is on the disk.
    upto: Mutex<u64>,
}

#[derive(Debug, Default, Clone)]
struct Written {
    file: Option<Arc<File>>,
    /// Bytes ever written, to this file and to those that it replaced.
    bytes: u64,
}

impl Forced {
    /// Notes that `bytes` more are in `file`, or that `file` replaces another one with all that matters in it.
    pub(crate) fn wrote(&self, file: &Arc<File>, bytes: u64) {
        let mut written = locked(&self.written);
        written.file = Some(Arc::clone(file));
        written.bytes += bytes;
    }

    /// Comes back when everything that was written before the call is on the disk.
    pub(crate) fn force(&self) -> io::Result<()> {
        let wanted = locked(&self.written).bytes;
        let mut upto = locked(&self.upto);
        if *upto >= wanted {
            return Ok(());
        }
        let written = locked(&self.written).clone();
        if let Some(file) = written.file {
            file.sync_data()?;
        }
        *upto = written.bytes;
        Ok(())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
