//! How far runs of a byte class reach, each measured once.
//!
//! A flood of anchors inside one long run would make every one of them measure the same run again. The memo
//! remembers the last run of each class, so that all of them together cost as much as the first, and candidates that
//! cannot fit are refused before their pattern looks at a single byte.

use crate::text::byteset::ByteSet;
use crate::text::view::View;

/// The stretch of one class that was measured last: all of `start..end` is in the class.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    start: usize,
    end: usize,
    /// Whether the byte at `end` is known not to be in the class, or the text ends there.
    closed: bool,
}

/// The last run of each class.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs {
    last: Vec<Run>,
}

/// What is known of the run that begins at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It ends here.
    Ends(usize),
    /// It goes at least as far as asked, or as far as the window.
    AtLeast(usize),
}

impl Runs {
    pub(crate) fn clear(&mut self) {
        self.last.clear();
    }

    /// How far the run of class number `class` that begins at `from` reaches; measured no farther than `limit`.
    pub(crate) fn reach(
        &mut self,
        view: &View<'_>,
        class: usize,
        set: &ByteSet,
        from: usize,
        limit: usize,
    ) -> Reach {
        if self.last.len() <= class {
            self.last.resize(class + 1, Run::default());
        }
        let Some(run) = self.last.get_mut(class) else { return Reach::AtLeast(from) };
        if from < run.start || from > run.end {
            *run = Run { start: from, end: from, closed: false };
        }
        if !run.closed && run.end < limit {
            let ahead = view.slice(run.end, limit);
            let more = ahead.iter().position(|b| !set.contains(*b));
            run.end += more.unwrap_or(ahead.len());
            run.closed = more.is_some() || (view.is_last() && run.end == view.end());
        }
        if run.closed { Reach::Ends(run.end) } else { Reach::AtLeast(run.end) }
    }
}
