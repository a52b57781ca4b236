//! Where characters of base64 stand, a piece of the text at a time.
//!
//! Guarantees: answers are those of looking at every byte; a piece is looked at once for as many questions as fall in it.

use super::{GLUED_HEAD, JOINTS, NONE, SHORTEST_RUN, is_printable, value};
use crate::text::bits;
use crate::text::byteset::ByteSet;
use crate::text::simd::{self, Class};
use crate::text::view::View;

/// Bytes that are looked at together.
const PIECE: usize = 1024;

/// The characters of both alphabets.
static CHARACTERS: Class = ByteSet::ALNUM.with(JOINTS).class();
/// Those that join nothing else to a run.
static PLAIN: Class = ByteSet::ALNUM.class();

/// The piece at hand of a text.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks {
    from: usize,
    to: usize,
    characters: Vec<u64>,
    /// Made when it is first asked for.
    plain: Vec<u64>,
}

/// What stands in a run behind letters that are no text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing more: the run ends here, or the view does.
    End(usize),
    /// Something else may begin here.
    Start(usize),
}

impl Marks {
    /// Where the first run of at least [`SHORTEST_RUN`] characters from `at` on begins, or a shorter one that the end of
    /// the view may have cut; the end of the view if there is neither. No run may go on from before `at`.
    pub(super) fn long_run(&mut self, view: &View<'_>, at: usize) -> usize {
        let mut at = at;
        while at < view.end() {
            self.cover(view, at);
            let len = self.to - self.from;
            let start =
                bits::next_run::<{ bits::SHORTEST_RUN }>(&self.characters, len, at - self.from);
            let end = bits::run_end(&self.characters, len, start);
            let cut = end == len;
            let start = self.from + start;
            if start < self.to && end + self.from - start >= SHORTEST_RUN
                || cut && self.to == view.end()
            {
                return start;
            }
            at = self.from + end;
            if cut {
                // A run that reaches the end of the piece is looked at anew, with what follows.
                at = start;
                self.look(view, at);
            }
        }
        view.end()
    }

    /// Goes on from `from`, inside a run and behind no joint, to where something else may begin in it.
    pub(super) fn next(&mut self, view: &View<'_>, from: usize) -> Next {
        let mut from = from;
        loop {
            let stop = self.plain_end(view, from);
            if !joint_at(view, stop) {
                return Next::End(stop);
            }
            let start = stop + 1;
            from = start;
            if joint_at(view, start) {
                // Nothing begins with one joint behind another.
                continue;
            }
            let head = view.slice(start, start + GLUED_HEAD);
            let len = head.iter().take_while(|b| value(**b) != NONE).count();
            let known = head.len() == GLUED_HEAD || view.is_last();
            if !known && len == head.len() {
                return Next::Start(start);
            }
            if len < GLUED_HEAD {
                return Next::End(start + len);
            }
            if is_printable(head) {
                return Next::Start(start);
            }
        }
    }

    /// Where the characters end that stand at `at` and join nothing else to a run, or the view does.
    fn plain_end(&mut self, view: &View<'_>, at: usize) -> usize {
        let mut at = at;
        while at < view.end() {
            self.cover(view, at);
            if self.plain.is_empty() {
                simd::members(&PLAIN, view.slice(self.from, self.to), &mut self.plain);
            }
            let end = self.from + bits::run_end(&self.plain, self.to - self.from, at - self.from);
            if end < self.to {
                return end;
            }
            at = end;
        }
        at
    }

    fn cover(&mut self, view: &View<'_>, at: usize) {
        if !(self.from..self.to).contains(&at) {
            self.look(view, at);
        }
    }

    fn look(&mut self, view: &View<'_>, at: usize) {
        let piece = view.slice(at, at + PIECE);
        simd::members(&CHARACTERS, piece, &mut self.characters);
        self.plain.clear();
        (self.from, self.to) = (at, at + piece.len());
    }
}

fn joint_at(view: &View<'_>, at: usize) -> bool {
    matches!(view.byte(at), Ok(Some(b)) if JOINTS.contains(&b))
}
