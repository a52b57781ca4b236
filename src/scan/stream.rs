//! Text that arrives in pieces.
//!
//! The stream keeps only what is not decided yet, plus a fixed look-back. Findings are the same as for the whole
//! text, for every way of cutting it; `tests/chunking.rs` holds that.

use std::ops::ControlFlow;

use super::ahead::Ahead;
use super::scanner::{Scanner, ToSink};
use super::scratch::Scratch;
use super::sink::Sink;
use crate::detect::LOOK_BACK;
use crate::detect::advance::Output;
use crate::detect::scratch::Stats;
use crate::text::secret::{Erased, append, erase, forget};
use crate::text::view::View;

/// Chunks are handled in pieces of this size, so that memory does not follow the caller's chunks.
const PIECE: usize = 16 * 1024;

/// How many bytes must be dispensable before they are forgotten. With debug assertions that is done at once, so that the
/// tests notice when something is forgotten too early.
const FORGET: usize = if cfg!(debug_assertions) { 1 } else { 8 * 1024 };

/// Twice a piece, which is what a buffer grows to. One with more room than this is given back as soon as most of it is free.
const ROOMY: usize = 32 * 1024;

/// Scans a text chunk by chunk.
///
/// ```
/// use std::ops::ControlFlow;
/// use keysieve::{Finding, Pack, Scanner};
/// # #[cfg(feature = "builtin")] {
/// let scanner = Scanner::builder().pack(Pack::builtin()).build()?;
/// let mut stream = scanner.stream();
/// let mut spans = Vec::new();
/// let mut sink = |f: &Finding| { spans.push(f.span()); ControlFlow::Continue(()) };
/// for chunk in ["REDIS_PASS", "WORD=tr0ub4", "dor&3x\n"] {
///     stream.write(chunk.as_bytes(), &mut sink);
/// }
/// stream.finish(&mut sink);
/// assert_eq!(spans, [keysieve::Span::new(15, 27)]);
/// # }
/// # Ok::<(), keysieve::Error>(())
/// ```
#[derive(Debug)]
pub struct StreamScanner {
    scanner: Scanner,
    scratch: Scratch,
    /// Erased when it is dropped.
    buffer: Erased,
    /// Absolute offset of the buffer's first byte.
    base: usize,
    held: Held,
    stopped: bool,
}

/// How many bytes a stream held back, sampled after each write.
#[derive(Debug, Clone)]
pub struct Held {
    /// Counts by size: 0, 1, 2 to 3, 4 to 7 …
    counts: [u64; 33],
    most: usize,
}

impl Default for Held {
    fn default() -> Held {
        Held { counts: [0; 33], most: 0 }
    }
}

impl Held {
    fn sample(&mut self, bytes: usize) {
        let class = (usize::BITS - bytes.leading_zeros()) as usize;
        if let Some(count) = self.counts.get_mut(class.min(32)) {
            *count += 1;
        }
        self.most = self.most.max(bytes);
    }

    /// The most bytes that were ever held back.
    #[must_use]
    pub fn most(&self) -> usize {
        self.most
    }

    /// An upper bound of the bytes held after the given share (0 to 1) of the writes.
    #[must_use]
    pub fn quantile(&self, share: f64) -> usize {
        let all: u64 = self.counts.iter().sum();
        let mut seen = 0;
        for (class, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen > 0 && seen as f64 >= share * all as f64 {
                return ((1usize << class) - 1).min(self.most);
            }
        }
        self.most
    }
}

impl StreamScanner {
    pub(crate) fn new(scanner: &Scanner) -> StreamScanner {
        let mut scratch = Scratch::new();
        scanner.prepare(&mut scratch);
        StreamScanner {
            scanner: scanner.clone(),
            scratch,
            buffer: Erased::default(),
            base: 0,
            held: Held::default(),
            stopped: false,
        }
    }

    /// Measures the time spent per rule; see [`Scratch::with_clock`].
    #[must_use]
    pub fn with_clock(mut self, clock: fn() -> u64) -> StreamScanner {
        self.scratch = self.scratch.with_clock(clock);
        self
    }

    /// Takes the next bytes; findings that are certain now go to `sink`. After `Break` further bytes are ignored.
    pub fn write(&mut self, chunk: &[u8], sink: &mut dyn Sink) {
        let _ = self.push(chunk, &mut ToSink(sink));
    }

    /// The same as [`StreamScanner::write`], faster if `ahead` was made of these bytes; see [`Scanner::ahead`].
    pub fn write_ahead(&mut self, chunk: &[u8], ahead: Ahead, sink: &mut dyn Sink) {
        let _ = self.push_ahead(chunk, ahead, &mut ToSink(sink));
    }

    /// Declares the end of the text. The scanner is then ready for the next one.
    pub fn finish(&mut self, sink: &mut dyn Sink) {
        let _ = self.end(&mut ToSink(sink));
    }

    /// The same as [`StreamScanner::write`] with the caller's working memory, so that many streams share what one thread
    /// needs and each keeps only where it stands. Counters are then those of `scratch`.
    ///
    /// ```
    /// use keysieve::{Finding, Pack, Scanner, Scratch};
    /// use std::ops::ControlFlow;
    /// # #[cfg(feature = "builtin")] {
    /// let scanner = Scanner::builder().pack(Pack::builtin()).build()?;
    /// let (mut scratch, mut found) = (Scratch::new(), 0);
    /// let mut sink = |_: &Finding| {
    ///     found += 1;
    ///     ControlFlow::Continue(())
    /// };
    /// let mut streams = [scanner.stream(), scanner.stream()];
    /// for chunk in ["REDIS_PASSWORD=tr0ub4", "dor&3x\n"] {
    ///     for stream in &mut streams {
    ///         stream.write_with(&mut scratch, chunk.as_bytes(), &mut sink);
    ///     }
    /// }
    /// streams.iter_mut().for_each(|stream| stream.finish_with(&mut scratch, &mut sink));
    /// assert_eq!(found, 2);
    /// # }
    /// # Ok::<(), keysieve::Error>(())
    /// ```
    pub fn write_with(&mut self, scratch: &mut Scratch, chunk: &[u8], sink: &mut dyn Sink) {
        self.lend(scratch, |stream| stream.write(chunk, sink));
    }

    /// The same as [`StreamScanner::finish`] with the caller's working memory.
    pub fn finish_with(&mut self, scratch: &mut Scratch, sink: &mut dyn Sink) {
        self.lend(scratch, |stream| stream.finish(sink));
    }

    /// Works with the working memory of `scratch` in place of its own, which stays empty.
    pub(crate) fn lend<R>(
        &mut self,
        scratch: &mut Scratch,
        work: impl FnOnce(&mut StreamScanner) -> R,
    ) -> R {
        self.scanner.bind(scratch);
        std::mem::swap(&mut self.scratch.caches, &mut scratch.caches);
        let answer = work(self);
        std::mem::swap(&mut self.scratch.caches, &mut scratch.caches);
        answer
    }

    /// Counters of everything scanned.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        self.scratch.stats()
    }

    /// Counts something that passes without being read.
    pub(crate) fn pass_unread(&mut self) {
        self.scratch.caches.stats.limits_hit += 1;
    }

    /// How many bytes were held back after each write.
    #[must_use]
    pub fn held(&self) -> &Held {
        &self.held
    }

    /// Every byte before this offset of the text at hand is decided: no finding to come begins before it.
    #[must_use]
    pub fn decided(&self) -> usize {
        self.scratch.overlay.emitted()
    }

    /// Bytes of memory in use for text.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buffer.capacity()
    }

    pub(crate) fn push(&mut self, chunk: &[u8], out: &mut dyn Output) -> ControlFlow<()> {
        if self.stopped {
            return ControlFlow::Break(());
        }
        for piece in chunk.chunks(PIECE) {
            append(&mut self.buffer, piece);
            let view = View::new(&self.buffer, self.base, false);
            let flow = self.scanner.step(&mut self.scratch, &view, out);
            if flow.is_break() {
                self.stopped = true;
                return flow;
            }
            self.drain();
        }
        if !chunk.is_empty() {
            self.held.sample(self.base + self.buffer.len() - self.scratch.overlay.emitted());
        }
        ControlFlow::Continue(())
    }

    /// The same as [`StreamScanner::push`] for a chunk that was read ahead.
    pub(crate) fn push_ahead(
        &mut self,
        chunk: &[u8],
        mut ahead: Ahead,
        out: &mut dyn Output,
    ) -> ControlFlow<()> {
        if self.stopped || !ahead.is_of(&self.scanner) {
            return self.push(chunk, out);
        }
        let mut rest = chunk;
        while !rest.is_empty() {
            let at = self.base + self.buffer.len();
            let (step, known) = match ahead.next(at, &self.scanner, &self.scratch, &self.view()) {
                Some(known)
                    if rest.get(..known.to() - at).is_some_and(|piece| known.is_of(piece)) =>
                {
                    (known.to() - at, Some(known))
                }
                _ => {
                    (ahead.upcoming(at).map_or(rest.len(), |next| next - at).min(rest.len()), None)
                }
            };
            let (piece, more) = rest.split_at_checked(step).unwrap_or((rest, &[]));
            let Some(known) = known else {
                self.push(piece, out)?;
                rest = more;
                continue;
            };
            append(&mut self.buffer, piece);
            let view = View::new(&self.buffer, self.base, false);
            let flow = known.take_over(&self.scanner, &mut self.scratch, &view, out);
            if flow.is_break() {
                self.stopped = true;
                return flow;
            }
            self.drain();
            rest = more;
        }
        self.held.sample(self.base + self.buffer.len() - self.scratch.overlay.emitted());
        ControlFlow::Continue(())
    }

    fn view(&self) -> View<'_> {
        View::new(&self.buffer, self.base, false)
    }

    pub(crate) fn end(&mut self, out: &mut dyn Output) -> ControlFlow<()> {
        let mut flow = ControlFlow::Break(());
        if !self.stopped {
            let view = View::new(&self.buffer, self.base, true);
            flow = self.scanner.step(&mut self.scratch, &view, out);
        }
        // What was held may be a secret: it does not stay in memory longer than needed.
        erase(&mut self.buffer);
        self.buffer.clear();
        self.base = 0;
        self.stopped = false;
        self.scanner.prepare(&mut self.scratch);
        flow
    }

    /// Forgets bytes that nothing will look at again. Done rarely enough to cost nothing per byte.
    fn drain(&mut self) {
        let held = self.scratch.overlay.emitted().saturating_sub(LOOK_BACK);
        let floor = self.scratch.state.floor().min(held);
        let keep = floor.saturating_sub(self.base);
        if keep >= FORGET {
            let view = View::new(&self.buffer, self.base, false);
            self.scanner.pass(&mut self.scratch, &view, self.base + keep);
            self.base += keep;
            if self.buffer.capacity() > ROOMY {
                // A stream that once took a large chunk does not keep its size. What it had is erased.
                let rest = self.buffer.get(keep..).unwrap_or_default().to_vec();
                self.buffer = Erased::new(rest);
                return;
            }
            forget(&mut self.buffer, keep);
        }
    }
}
