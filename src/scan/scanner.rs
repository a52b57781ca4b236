//! The immutable scanner and its builder.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::config::{Config, Engine};
use super::overlay::{Overlay, Reader};
use super::placing::Placing;
use super::scratch::Scratch;
use super::sink::Sink;
use super::stream::StreamScanner;
use super::tape::Tape;
use crate::detect::advance::Output;
use crate::detect::exempt::Exempt;
use crate::detect::finding::Finding;
use crate::detect::known::KnownSecrets;
use crate::detect::program::Program;
use crate::detect::scratch::Caches;
use crate::detect::state::State;
use crate::error::Error;
#[cfg(not(feature = "hyperscan"))]
use crate::error::ErrorKind;
use crate::payload::locate::Locator;
use crate::rules::pack::Pack;
use crate::rules::rule::Rule;
use crate::text::view::View;

/// A set of rules, ready to scan. Immutable and cheap to clone; share it between threads, and give each thread a
/// [`Scratch`].
///
/// ```
/// use keysieve::{Pack, Scanner};
/// # #[cfg(feature = "builtin")] {
/// let scanner = Scanner::builder().pack(Pack::builtin()).build()?;
/// let text = b"REDIS_PASSWORD=tr0ub4dor&3x";
/// for finding in scanner.find_iter(text) {
///     assert_eq!(finding.rule_id(), "generic-password");
///     assert_eq!(finding.span().start(), 15);
/// }
/// # }
/// # Ok::<(), keysieve::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Scanner {
    inner: Arc<Inner>,
    exempt: Exempt,
}

#[derive(Debug)]
struct Inner {
    program: Program,
    config: Config,
    pack: Pack,
    id: u64,
}

/// What is done to the state of a text in one step.
type Step<'s> =
    dyn FnMut(&mut Overlay, &mut Reader<'_>, &mut State, &mut dyn Output) -> ControlFlow<()> + 's;

/// Collects packs and settings for a [`Scanner`].
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct ScannerBuilder {
    pack: Pack,
    config: Config,
    known: Option<KnownSecrets>,
}

impl ScannerBuilder {
    /// Adds secrets that are known, instead of those given before: they are found wherever they stand, as
    /// [`crate::KNOWN_SECRET`].
    pub fn known(mut self, known: KnownSecrets) -> ScannerBuilder {
        self.known = Some(known);
        self
    }

    /// Adds a pack over those given before: a rule of the same id is replaced.
    pub fn pack(mut self, pack: Pack) -> ScannerBuilder {
        self.pack = self.pack.merge(pack);
        self
    }

    /// Adds settings over those given before.
    pub fn config(mut self, config: Config) -> ScannerBuilder {
        self.config = self.config.overwrite(config);
        self
    }

    /// Builds the scanner. The last thing that can fail.
    ///
    /// # Errors
    /// When a rule needs more memory per stream than the configuration allows, the anchors of all rules together
    /// are too many to compile, or an engine is asked for that was not compiled in.
    pub fn build(self) -> Result<Scanner, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        for rule in self.pack.rules() {
            self.config.check(rule.id(), rule.max_len())?;
        }
        let mut program = Program::new(&self.pack, self.config.threshold())?;
        if let Some(known) = &self.known {
            program = program.knowing(known)?;
        }
        if self.config.effective_engine() == Engine::Hyperscan {
            program = by_hyperscan(program)?;
        }
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let (rules, entries) = (self.pack.shared(), self.pack.shared_exemptions());
        let exempt = Exempt::new(rules, entries, self.config.day());
        let inner = Inner { program, config: self.config, pack: self.pack, id };
        Ok(Scanner { inner: Arc::new(inner), exempt })
    }
}

#[cfg(feature = "hyperscan")]
fn by_hyperscan(program: Program) -> Result<Program, Error> {
    program.by_hyperscan()
}

#[cfg(not(feature = "hyperscan"))]
fn by_hyperscan(_: Program) -> Result<Program, Error> {
    let message = "the engine `hyperscan` was not compiled in: build with the cargo feature `hyperscan`, or choose `native`";
    Err(Error::new(ErrorKind::Config, message))
}

impl Scanner {
    /// Begins a scanner without rules.
    pub fn builder() -> ScannerBuilder {
        ScannerBuilder::default()
    }

    /// Its rules, in the order in which [`crate::Stats::rules`] counts them.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.inner.pack.rules()
    }

    /// Its settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The same scanner for texts from `place`, usually a path: allow entries that name paths apply there only. Cheap.
    #[must_use]
    pub fn at(&self, place: &str) -> Scanner {
        Scanner { inner: Arc::clone(&self.inner), exempt: self.exempt.at(place) }
    }

    /// The same scanner, whose findings hold the secret itself.
    pub(crate) fn keeping_originals(&self) -> Scanner {
        Scanner { inner: Arc::clone(&self.inner), exempt: self.exempt.keeping_originals() }
    }

    pub(crate) fn exempt(&self) -> &Exempt {
        &self.exempt
    }

    pub(crate) fn program(&self) -> &Program {
        &self.inner.program
    }

    /// Findings of a whole text, in order.
    pub fn find_iter(&self, text: &[u8]) -> std::vec::IntoIter<Finding> {
        let mut found = Vec::new();
        self.scan(&mut Scratch::new(), text, &mut |finding: &Finding| {
            found.push(finding.clone());
            ControlFlow::Continue(())
        });
        found.into_iter()
    }

    /// Scans a whole text and hands each finding to `sink`, in order, until it answers `Break`.
    ///
    /// It cannot fail, takes time linear in the length of `text`, and keeps nothing of it.
    pub fn scan(&self, scratch: &mut Scratch, text: &[u8], sink: &mut dyn Sink) {
        // Stopping early is the sink's wish, not a failure.
        let _ = self.run(scratch, text, &mut ToSink(sink));
    }

    /// A scanner for text that arrives in pieces.
    #[must_use]
    pub fn stream(&self) -> StreamScanner {
        StreamScanner::new(self)
    }

    pub(crate) fn run(
        &self,
        scratch: &mut Scratch,
        text: &[u8],
        out: &mut dyn Output,
    ) -> ControlFlow<()> {
        self.prepare(scratch);
        self.step(scratch, &View::new(text, 0, true), out)
    }

    /// Makes sure that working memory is this scanner's.
    pub(crate) fn bind(&self, scratch: &mut Scratch) {
        scratch.bind(self.inner.id);
    }

    /// Readies working memory for the beginning of a text.
    pub(crate) fn prepare(&self, scratch: &mut Scratch) {
        self.bind(scratch);
        scratch.state.reset();
        scratch.overlay.reset();
        scratch.locator = Locator::default();
    }

    /// Takes note that the bytes before `end` will not be seen again.
    pub(crate) fn pass(&self, scratch: &mut Scratch, view: &View<'_>, end: usize) {
        if self.inner.config.reads_events() {
            scratch.locator.pass(view, end);
        }
    }

    /// What tells this scanner from every other of the process, and from itself at another place.
    pub(crate) fn identity(&self) -> Vec<u8> {
        let here = self.exempt.here().iter().flat_map(|entry| entry.to_le_bytes());
        let keeps = u8::from(self.exempt.keeps_originals());
        self.inner.id.to_le_bytes().into_iter().chain([keeps]).chain(here).collect()
    }

    pub(crate) fn step(
        &self,
        scratch: &mut Scratch,
        view: &View<'_>,
        out: &mut dyn Output,
    ) -> ControlFlow<()> {
        self.step_by(scratch, view, out, &mut |overlay, reader, state, out| {
            overlay.step(reader, state, view, out)
        })
    }

    /// The same, and what is handed out is written down.
    pub(crate) fn step_onto(
        &self,
        tape: &mut Tape,
        scratch: &mut Scratch,
        view: &View<'_>,
        out: &mut dyn Output,
    ) -> ControlFlow<()> {
        self.step_by(scratch, view, out, &mut |overlay, reader, state, out| {
            overlay.step(reader, state, view, &mut tape.record(out))
        })
    }

    /// The same, and nothing is told where it stands: that is done when it is handed out.
    pub(crate) fn step_unplaced(
        &self,
        scratch: &mut Scratch,
        view: &View<'_>,
        out: &mut dyn Output,
    ) -> ControlFlow<()> {
        let Scratch { caches, state, overlay, .. } = scratch;
        overlay.step(&mut self.reader(caches), state, view, out)
    }

    /// Hands out what was written down of a text whose bytes before `at` were handed out already.
    pub(crate) fn replay(
        &self,
        tape: &Tape,
        at: usize,
        scratch: &mut Scratch,
        view: &View<'_>,
        out: &mut dyn Output,
    ) -> ControlFlow<()> {
        self.step_by(scratch, view, out, &mut |_, _, _, out| tape.replay(view, at, out))
    }

    fn reader<'s>(&'s self, caches: &'s mut Caches) -> Reader<'s> {
        let Inner { program, config, .. } = &*self.inner;
        Reader { program, config, exempt: &self.exempt, caches, allowance: 0 }
    }

    fn step_by(
        &self,
        scratch: &mut Scratch,
        view: &View<'_>,
        out: &mut dyn Output,
        step: &mut Step<'_>,
    ) -> ControlFlow<()> {
        let Scratch { caches, state, overlay, locator, .. } = scratch;
        let mut reader = self.reader(caches);
        if self.inner.config.reads_events() {
            let mut placing = Placing { locator, view, out, ahead: Vec::new() };
            step(overlay, &mut reader, state, &mut placing)
        } else {
            step(overlay, &mut reader, state, out)
        }
    }
}

/// Passes findings on and drops clean bytes.
pub(crate) struct ToSink<'a>(pub(crate) &'a mut dyn Sink);

impl Output for ToSink<'_> {
    fn clean(&mut self, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn certain(&mut self, _: &Arc<Rule>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn secret(&mut self, finding: &Finding, _: &[u8]) -> ControlFlow<()> {
        self.0.finding(finding)
    }

    fn more(&mut self, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn beside(&mut self, finding: &Finding) -> ControlFlow<()> {
        self.0.finding(finding)
    }
}
