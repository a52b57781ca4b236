//! A stretch of a long text, read before its turn: what several threads do with one text.
//!
//! Where a scan stands at some offset depends on all that is before, but it seldom depends on much: a guess that the text begins a
//! little earlier is right most of the time. So a thread begins [`Ahead::LEAD`] bytes before its stretch, and every [`STEP`]
//! bytes or a little less, where a line or a word has ended, writes down where it stands and what was handed out since. A stream that comes to the same offset compares: if it
//! stands where the guess did, the same follows, what was written down is handed out, and the stream goes on behind it.
//! If not, it reads one step itself and compares again.
//!
//! Guarantees: findings, bytes and their order are those of one thread, whatever was guessed. Holds offsets and findings, and
//! no byte of the text. Leaves out: starting threads; stretches in which a text in pieces is under way, which the stream reads
//! itself; counters of candidates and of time, which stay with the memory of who read ahead.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::overlay::Overlay;
use super::scanner::Scanner;
use super::scratch::Scratch;
use super::tape::Tape;
use crate::detect::LOOK_BACK;
use crate::detect::advance::Output;
use crate::detect::finding::Finding;
use crate::detect::state::State;
use crate::rules::rule::Rule;
use crate::text::view::View;

/// The most bytes between two offsets at which a scan may be taken over. Few with debug assertions, so that short texts have many.
const STEP: usize = if cfg!(debug_assertions) { 512 } else { 64 * 1024 };
/// Bytes within which the end of a line or of a word is looked for.
const NEAR: usize = STEP / 4;

/// What was read of a stretch of a text before its turn. Made by [`Scanner::ahead`], used by
/// [`StreamScanner::write_ahead`](crate::StreamScanner::write_ahead).
#[derive(Debug)]
pub struct Ahead {
    /// In the order of the text.
    marks: Vec<Mark>,
    scanner: Vec<u8>,
}

/// Where the guess stood at an offset.
#[derive(Debug)]
struct Mark {
    at: usize,
    state: State,
    overlay: Overlay,
    /// Whether the line at hand carries no event.
    idle: bool,
    /// What was handed out since the mark before; whole unless it must not be handed out again.
    tape: Tape,
    /// Limits hit since then.
    limits: u64,
    /// What was read since then, and what before this offset still matters, from `floor` on.
    read: u64,
    floor: usize,
    before: u64,
}

/// What follows from the place at which a stream stands.
#[derive(Debug)]
pub(crate) struct Known {
    from: usize,
    unpacked: usize,
    mark: Mark,
}

impl Ahead {
    /// So many bytes before a stretch are worth reading with it. Stretches should be much longer.
    pub const LEAD: usize = if cfg!(debug_assertions) { STEP } else { 16 * 1024 };

    /// Where a stretch of at most these bytes had better end: behind a line, or else behind a word.
    #[must_use]
    pub fn cut(bytes: &[u8]) -> usize {
        let near = bytes.get(bytes.len().saturating_sub(NEAR)..).unwrap_or(bytes);
        let last = memchr::memrchr(b'\n', near).or_else(|| memchr::memrchr(b' ', near));
        last.map_or(bytes.len(), |at| bytes.len() - near.len() + at + 1)
    }

    pub(crate) fn is_of(&self, scanner: &Scanner) -> bool {
        self.scanner == scanner.identity()
    }

    /// The first offset behind `at` at which where the guess stood is known.
    pub(crate) fn upcoming(&self, at: usize) -> Option<usize> {
        self.marks.iter().map(|mark| mark.at).find(|known| *known > at)
    }

    /// What follows from `at`, if a guess was made there and a stream that stands at `scratch` shows that it was right. What is
    /// known of earlier offsets is forgotten.
    pub(crate) fn next(
        &mut self,
        at: usize,
        scanner: &Scanner,
        scratch: &Scratch,
        view: &View<'_>,
    ) -> Option<Known> {
        let here = self.marks.partition_point(|mark| mark.at < at);
        self.marks.drain(..here);
        let [first, second, ..] = &self.marks[..] else { return None };
        let (state, overlay) = (&scratch.state, &scratch.overlay);
        let idle = (overlay.is_idle(view), first.idle);
        let unpacked = second.overlay.unpacked() - first.overlay.unpacked();
        let before = view.slice(first.floor, at);
        let agrees = first.at == at
            && overlay.is_quiet()
            && before.len() == at - first.floor
            && digest(before) == first.before
            && first.state.agrees(state, scanner.program())
            && first.overlay.agrees(overlay, idle)
            && second.tape.is_whole()
            && (unpacked == 0 || first.overlay.unpacked() == overlay.unpacked());
        if !agrees {
            return None;
        }
        let mark = self.marks.get_mut(1)?.split();
        Some(Known { from: at, unpacked, mark })
    }
}

impl Mark {
    /// The mark to be taken over; what stays is where it stands, to be compared with.
    fn split(&mut self) -> Mark {
        let overlay = self.overlay.snapshot().unwrap_or_default();
        let tape = std::mem::take(&mut self.tape);
        Mark { state: self.state.clone(), overlay, tape, ..*self }
    }
}

impl Known {
    pub(crate) fn to(&self) -> usize {
        self.mark.at
    }

    /// Whether it was `piece` that was read, which leads to [`Known::to`].
    pub(crate) fn is_of(&self, piece: &[u8]) -> bool {
        digest(piece) == self.mark.read
    }

    /// Hands out what is known and lets the stream stand behind it. `view` reaches to there.
    pub(crate) fn take_over(
        self,
        scanner: &Scanner,
        scratch: &mut Scratch,
        view: &View<'_>,
        out: &mut dyn Output,
    ) -> ControlFlow<()> {
        let Known { from, unpacked, mark } = self;
        let stats = &mut scratch.caches.stats;
        stats.bytes += (mark.at - from) as u64;
        stats.limits_hit += mark.limits;
        stats.findings += mark.tape.findings();
        scanner.replay(&mark.tape, scratch.overlay.emitted(), scratch, view, out)?;
        scratch.state = mark.state;
        scratch.overlay.follow(mark.overlay, from, unpacked);
        ControlFlow::Continue(())
    }
}

impl Scanner {
    /// Reads a stretch of a text before its turn, so that several threads can share one text. The stretch begins at the
    /// absolute offset `from` and ends with `text`, which begins at the absolute offset `at`: at best [`Ahead::LEAD`] bytes
    /// earlier.
    ///
    /// ```
    /// use keysieve::{Ahead, Finding, Pack, Scanner, Scratch};
    /// use std::ops::ControlFlow;
    /// # #[cfg(feature = "builtin")] {
    /// let scanner = Scanner::builder().pack(Pack::builtin()).build()?;
    /// let text = b"REDIS_PASSWORD=tr0ub4dor&3x\nand so on\n".repeat(20_000);
    /// // Where the second half begins.
    /// let half = Ahead::cut(&text[..text.len() / 2]);
    /// let from = half - Ahead::LEAD;
    /// let mut found = 0;
    /// let mut sink = |_: &Finding| {
    ///     found += 1;
    ///     ControlFlow::Continue(())
    /// };
    /// std::thread::scope(|scope| {
    ///     let second = scope.spawn(|| {
    ///         scanner.ahead(&mut Scratch::new(), &text[from..], from, half)
    ///     });
    ///     let mut stream = scanner.stream();
    ///     stream.write(&text[..half], &mut sink);
    ///     let ahead = second.join().expect("reading ahead does not panic");
    ///     stream.write_ahead(&text[half..], ahead, &mut sink);
    ///     stream.finish(&mut sink);
    /// });
    /// assert_eq!(found, 20_000);
    /// # }
    /// # Ok::<(), keysieve::Error>(())
    /// ```
    #[must_use]
    pub fn ahead(&self, scratch: &mut Scratch, text: &[u8], at: usize, from: usize) -> Ahead {
        self.prepare(scratch);
        // A line is a better place to begin at than the middle of one.
        let within = text.get(..from.saturating_sub(at) / 2).unwrap_or_default();
        let skip = memchr::memchr(b'\n', within).map_or(0, |line| line + 1);
        let (text, start) = (text.get(skip..).unwrap_or_default(), at + skip);
        scratch.state = State::at(start);
        scratch.overlay = Overlay::at(start);
        let (mut marks, mut tape) = (Vec::new(), Tape::default());
        let mut limits = scratch.caches.stats.limits_hit;
        let mut end = from.saturating_sub(start).min(text.len());
        let mut last = 0;
        loop {
            let (seen, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
            let view = View::new(seen, start, false);
            if end > 0 {
                let _ = self.step_unplaced(scratch, &view, &mut tape.record(&mut Nobody));
            }
            if let Some(mut mark) = self.mark(scratch, &view, start) {
                let hit = scratch.caches.stats.limits_hit;
                (mark.tape, mark.limits) = (std::mem::take(&mut tape), hit - limits);
                mark.read = digest(text.get(last..end).unwrap_or_default());
                (limits, last) = (hit, end);
                marks.push(mark);
            }
            end += match rest.get(..STEP) {
                _ if rest.is_empty() => break,
                Some(part) => Ahead::cut(part),
                None => rest.len(),
            };
        }
        self.prepare(scratch);
        Ahead { marks, scanner: self.identity() }
    }

    /// Where the guess stands, if a stream can go on from there that knows no more of the text than is still of use.
    fn mark(&self, scratch: &Scratch, view: &View<'_>, start: usize) -> Option<Mark> {
        let Scratch { state, overlay, .. } = scratch;
        let floor = state.floor().min(overlay.emitted().saturating_sub(LOOK_BACK));
        if !overlay.is_quiet() || floor < start {
            return None;
        }
        let (at, idle) = (view.end(), overlay.is_idle(view));
        let (state, overlay) = (state.portable()?, overlay.snapshot()?);
        let before = digest(view.slice(floor, at));
        let tape = Tape::default();
        Some(Mark { at, state, overlay, idle, tape, limits: 0, read: 0, floor, before })
    }
}

/// A number for some bytes, to notice that other ones were read ahead by mistake; whoever wants to can make two texts alike. Four
/// lanes, none of which waits for another: each byte of a text that threads share passes here twice.
fn digest(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(FACTOR).rotate_left(29);
    let (blocks, rest) = bytes.as_chunks::<32>();
    let mut lanes = [bytes.len() as u64, 1, 2, 3];
    for block in blocks {
        for (lane, word) in lanes.iter_mut().zip(block.as_chunks::<8>().0) {
            *lane = mix(*lane, u64::from_le_bytes(*word));
        }
    }
    let sum = lanes.into_iter().fold(0, mix);
    rest.iter().fold(sum, |sum, byte| mix(sum, u64::from(*byte)))
}

/// Nobody wants it yet.
struct Nobody;

impl Output for Nobody {
    fn clean(&mut self, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn certain(&mut self, _: &Arc<Rule>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn secret(&mut self, _: &Finding, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn more(&mut self, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn beside(&mut self, _: &Finding) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
