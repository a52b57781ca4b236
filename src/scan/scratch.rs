//! Working memory of one thread.

use super::overlay::Overlay;
use crate::detect::scratch::{Caches, Stats};
use crate::detect::state::State;
use crate::payload::locate::Locator;

/// Working memory of one thread: determinised patterns, the state of the scan at hand, counters.
///
/// Making one is cheap; keeping it makes the next scan faster. It never holds scanned bytes.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) caches: Caches,
    pub(crate) state: State,
    pub(crate) overlay: Overlay,
    pub(crate) locator: Locator,
    scanner: u64,
}

impl Scratch {
    /// Empty working memory. Used with another scanner than before, it starts afresh.
    #[must_use]
    pub fn new() -> Scratch {
        Scratch::default()
    }

    /// Measures the time spent per rule with `clock`, which answers a monotonic count, for example nanoseconds.
    #[must_use]
    pub fn with_clock(mut self, clock: fn() -> u64) -> Scratch {
        self.caches.clock = Some(clock);
        self
    }

    /// Counters of everything scanned with this scratch.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.caches.stats
    }

    /// Makes sure that what is remembered belongs to this scanner.
    pub(crate) fn bind(&mut self, scanner: u64) {
        if self.scanner != scanner {
            let clock = self.caches.clock;
            *self = Scratch { scanner, ..Scratch::default() };
            self.caches.clock = clock;
        }
    }
}
