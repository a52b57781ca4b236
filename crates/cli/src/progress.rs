//! The progress bar: on standard error, on terminals only, and only for runs longer than a second.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::talk::Voice;

/// Before this the bar is not drawn.
const PATIENCE: Duration = Duration::from_secs(1);

/// Counts sources that are done.
pub(crate) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    wanted: bool,
}

impl Progress {
    pub(crate) fn new(sources: usize, voice: Voice) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(sources as u64), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} files, {eta} left")
        {
            bar.set_style(style);
        }
        let wanted = sources > 1 && !voice.quiet && io::stderr().is_terminal();
        Progress { bar, begun: Instant::now(), wanted }
    }

    /// One more is done.
    pub(crate) fn step(&self) {
        if !self.wanted {
            return;
        }
        if self.bar.is_hidden() && self.begun.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(1);
    }

    /// Does something else with the terminal, without the bar in between.
    pub(crate) fn suspend<T>(&self, f: impl FnOnce() -> T) -> T {
        if self.wanted { self.bar.suspend(f) } else { f() }
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
