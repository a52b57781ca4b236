//! Text on its way out, held until it may be seen.
//!
//! What shows that a secret was found, its placeholder, must not leave before the alert of it is durable: whoever reads the
//! text takes it as told. Without alerts, nothing is held.

use std::io::{self, Write};

use crate::talk::Out;

/// The way to standard output.
pub(super) struct Gate<'a> {
    out: &'a mut Out,
    held: Option<Vec<u8>>,
}

impl<'a> Gate<'a> {
    pub(super) fn new(out: &'a mut Out, holds: bool) -> Gate<'a> {
        Gate { out, held: holds.then(Vec::new) }
    }

    /// Lets go what is held.
    pub(super) fn open(&mut self) -> io::Result<()> {
        let Some(held) = &mut self.held else { return Ok(()) };
        let written = self.out.write_all(held);
        held.clear();
        written
    }
}

impl Write for Gate<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.held {
            Some(held) => held.write(bytes),
            None => self.out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open().and_then(|()| self.out.flush())
    }
}
