//! Contexts that are sent again and again, each time a little longer: what was read of their beginning is not read anew.
//!
//! A text is cut into blocks of [`BLOCK`] bytes. Behind each block the cache keeps where the scan stood and what had been
//! handed out since the block before, under a keyed hash of the scanner and of all bytes up to there. Another text that begins
//! alike goes on from the last block they share; since a scan does not depend on how its text is cut, the outcome is that of
//! reading all of it.
//!
//! Guarantees: the same findings and the same bytes, in the same order, as without it; memory within the given bound,
//! the least lately used first to go; no byte of a text is kept, and no secret. Leaves out: texts that are alike behind a
//! difference; stretches in which a decoded text is under way, which holds bytes.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::overlay::Overlay;
use super::scanner::{Scanner, ToSink};
use super::scratch::Scratch;
use super::sink::Sink;
use super::tape::Tape;
use crate::detect::advance::Output;
use crate::detect::finding::FingerprintKey;
use crate::detect::state::State;
use crate::text::view::View;

/// Bytes after which a scan may be taken up again.
pub(crate) const BLOCK: usize = 4 * 1024;

type Digest = [u8; 32];

/// What was read of contexts that may come again, for one caller at a time.
///
/// ```
/// use std::ops::ControlFlow;
/// use keysieve::{ContextCache, Finding, FingerprintKey, Pack, Scanner};
/// # #[cfg(feature = "builtin")] {
/// let scanner = Scanner::builder().pack(Pack::builtin()).build()?;
/// let mut cache = ContextCache::new(FingerprintKey::from_text(b"drawn at random"), 1 << 20);
/// let mut context = b"a word and another ".repeat(1_000);
/// for turn in 0..3 {
///     context.extend_from_slice(b"REDIS_PASSWORD=tr0ub4dor&3x\n");
///     let mut found = 0;
///     cache.scan(&scanner, &context, &mut |_: &Finding| {
///         found += 1;
///         ControlFlow::Continue(())
///     });
///     assert_eq!(found, turn + 1);
/// }
/// assert!(cache.skipped() > 2 * 16_000);
/// # }
/// # Ok::<(), keysieve::Error>(())
/// ```
#[derive(Debug)]
pub struct ContextCache {
    key: FingerprintKey,
    most: usize,
    marks: HashMap<Digest, Mark>,
    weight: usize,
    /// Counts uses, to tell which came last.
    clock: u64,
    scratch: Scratch,
    skipped: u64,
}

/// Where a scan stood behind a block.
#[derive(Debug)]
struct Mark {
    /// Where the block before it ended that was kept; what was handed out since is on the tape.
    from: usize,
    /// Bytes that had been handed out then.
    emitted: usize,
    tape: Tape,
    state: State,
    overlay: Overlay,
    weight: usize,
    used: u64,
}

impl ContextCache {
    /// An empty cache that takes at most about `most_bytes` bytes of memory. `key`: 32 random bytes, so that nobody who
    /// cannot read this process's memory can make two texts look alike.
    #[must_use]
    pub fn new(key: FingerprintKey, most_bytes: usize) -> ContextCache {
        ContextCache {
            key,
            most: most_bytes,
            marks: HashMap::new(),
            weight: 0,
            clock: 0,
            scratch: Scratch::new(),
            skipped: 0,
        }
    }

    /// Scans a whole text like [`Scanner::scan`], from where it differs from those before.
    pub fn scan(&mut self, scanner: &Scanner, text: &[u8], sink: &mut dyn Sink) {
        let _ = self.run(scanner, text, &mut ToSink(sink));
    }

    /// Bytes that were not read again, over all texts.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// About how many bytes of memory it takes at the moment.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.weight
    }

    pub(crate) fn run(
        &mut self,
        scanner: &Scanner,
        text: &[u8],
        out: &mut dyn Output,
    ) -> ControlFlow<()> {
        self.clock += 1;
        scanner.prepare(&mut self.scratch);
        let digests = self.digests(scanner, text);
        let mut at = self.known(&digests, scanner, text, out)?;
        self.skipped += at as u64;
        let mut tape = Tape::default();
        let (mut from, mut emitted) = (at, self.scratch.overlay.emitted());
        for digest in digests.get(at / BLOCK..).unwrap_or_default() {
            at += BLOCK;
            let view = View::new(text.get(..at).unwrap_or(text), 0, false);
            scanner.step_onto(&mut tape, &mut self.scratch, &view, out)?;
            if tape.is_whole()
                && let Some(overlay) = self.scratch.overlay.snapshot()
            {
                let state = self.scratch.state.clone();
                let tape = std::mem::take(&mut tape);
                let weight = 2 * size_of::<Mark>() + tape.weight() + state.weight();
                let mark = Mark { from, emitted, tape, state, overlay, weight, used: self.clock };
                self.keep(*digest, mark);
                (from, emitted) = (at, self.scratch.overlay.emitted());
            }
        }
        scanner.step(&mut self.scratch, &View::new(text, 0, true), out)
    }

    /// One hash for each whole block, of all that stands before its end.
    fn digests(&self, scanner: &Scanner, text: &[u8]) -> Vec<Digest> {
        let mut last = self.key.mac(b"keysieve context 1\0", &scanner.identity());
        text.chunks_exact(BLOCK)
            .map(|block| {
                last = self.key.mac(&last, block);
                last
            })
            .collect()
    }

    /// Hands out what is known of the text, and stands where its last known block ends.
    fn known(
        &mut self,
        digests: &[Digest],
        scanner: &Scanner,
        text: &[u8],
        out: &mut dyn Output,
    ) -> ControlFlow<(), usize> {
        let (mut at, mut last) = (0, None);
        for (number, digest) in digests.iter().enumerate() {
            let Some(mark) = self.marks.get_mut(digest).filter(|mark| mark.from == at) else {
                continue;
            };
            mark.used = self.clock;
            at = (number + 1) * BLOCK;
            let view = View::new(text.get(..at).unwrap_or(text), 0, false);
            scanner.replay(&mark.tape, mark.emitted, &mut self.scratch, &view, out)?;
            last = Some(digest);
        }
        if let Some(mark) = last.and_then(|digest| self.marks.get(digest))
            && let Some(overlay) = mark.overlay.snapshot()
        {
            self.scratch.state = mark.state.clone();
            self.scratch.overlay = overlay;
        }
        ControlFlow::Continue(at)
    }

    fn keep(&mut self, digest: Digest, mark: Mark) {
        self.weight += mark.weight;
        if let Some(old) = self.marks.insert(digest, mark) {
            self.weight -= old.weight;
        }
        if self.weight > self.most {
            self.forget();
        }
    }

    /// Makes room, for a quarter of what there may be: going through all marks is not worth one.
    fn forget(&mut self) {
        let mut uses: Vec<(u64, usize, Digest)> =
            self.marks.iter().map(|(digest, mark)| (mark.used, mark.from, *digest)).collect();
        // Of one text the beginning is worth the most: without it the rest is not reached.
        uses.sort_unstable_by_key(|(used, from, _)| (*used, std::cmp::Reverse(*from)));
        for (_, _, digest) in uses {
            if self.weight <= self.most / 4 * 3 {
                break;
            }
            if let Some(mark) = self.marks.remove(&digest) {
                self.weight -= mark.weight;
            }
        }
    }
}
