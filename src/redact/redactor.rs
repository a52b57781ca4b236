//! The redactor: whole texts, and streams over any writer.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::action::{Action, Decide};
use super::placeholder::Mode;
use super::replacement::{Exchange, Replacement, Written};
use super::restore::Restoring;
use super::splice::Splicing;
use super::stand_in::StandIns;
use super::treatment::Treatment;
use super::whole::Whole;
use crate::detect::finding::Finding;
use crate::rules::rule::Rule;
use crate::scan::ahead::Ahead;
use crate::scan::context::ContextCache;
use crate::scan::scanner::Scanner;
use crate::scan::scratch::Scratch;
use crate::scan::sink::Sink;
use crate::scan::stream::StreamScanner;
use crate::text::secret::{Erased, append};

/// Replaces what a scanner finds. Immutable and cheap to clone.
///
/// ```
/// use keysieve::{Config, Mode, Pack, Profile, Redactor, Scanner};
/// # #[cfg(feature = "builtin")] {
/// let config = Config::new().profile(Profile::Redact);
/// let scanner = Scanner::builder().pack(Pack::builtin()).config(config).build()?;
/// let redactor = Redactor::new(&scanner, Mode::Label);
/// assert_eq!(&*redactor.redact(b"REDIS_PASSWORD=tr0ub4dor&3x\n"), b"REDIS_PASSWORD=[REDACTED:generic-password]\n");
/// # }
/// # Ok::<(), keysieve::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Redactor {
    scanner: Scanner,
    mode: Mode,
    decide: Option<Arc<dyn Decide>>,
    exchange: Option<Exchange>,
}

impl Redactor {
    /// A redactor for what `scanner` finds, built with [`crate::Profile::Redact`] unless precision matters more than leaks.
    #[must_use]
    pub fn new(scanner: &Scanner, mode: Mode) -> Redactor {
        Redactor { scanner: scanner.clone(), mode, decide: None, exchange: None }
    }

    /// The same redactor, with someone who decides about each finding: a [`crate::BoundPolicy`]. What is let through stays; the
    /// sink is shown it all the same. A stream ends with [`Blocked`](crate::Blocked) where something must not go on; in a whole text a mark stands.
    #[must_use]
    pub fn decided_by(mut self, decide: Arc<dyn Decide>) -> Redactor {
        self.decide = Some(decide);
        self
    }

    /// The same redactor, with stand-ins that can be turned back: for every finding, or for those that a policy says. What
    /// cannot be turned back gets the placeholder. A secret is in the vault before its stand-in leaves; where the vault
    /// fails, a stream ends with its error, and a whole text gets placeholders.
    #[must_use]
    pub fn stand_ins(mut self, stand_ins: StandIns) -> Redactor {
        self.scanner = self.scanner.keeping_originals();
        self.exchange = Some(Exchange::StandIns(Arc::new(stand_ins)));
        self
    }

    /// A redactor that puts originals back in the place of what `scanner` finds.
    pub(crate) fn restoring(scanner: &Scanner, restoring: Arc<Restoring>) -> Redactor {
        Redactor {
            scanner: scanner.keeping_originals(),
            mode: Mode::Label,
            decide: Some(Arc::clone(&restoring) as Arc<dyn Decide>),
            exchange: Some(Exchange::Restoring(restoring)),
        }
    }

    /// The same redactor for texts from `place`; see [`Scanner::at`].
    #[must_use]
    pub fn at(&self, place: &str) -> Redactor {
        let there = self.decide.as_ref().map(|d| d.at(place).unwrap_or_else(|| Arc::clone(d)));
        Redactor { scanner: self.scanner.at(place), decide: there, ..self.clone() }
    }

    /// The scanner that finds what is replaced; see [`Scanner::ahead`].
    #[must_use]
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    pub(crate) fn replacement(&self) -> (Replacement, Treatment) {
        let replacement = Replacement::new(self.mode, self.exchange.clone());
        let treatment = Treatment::new(self.decide.clone(), replacement.otherwise());
        (replacement, treatment)
    }

    /// The text with every secret replaced; borrowed, and so unchanged to the byte, if there is none.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        self.redact_with(&mut Scratch::new(), text, &mut |_: &Finding| ControlFlow::Continue(()))
    }

    /// The same, with the caller's working memory and a look at each finding. The sink's answer is ignored: a text
    /// is never left half redacted.
    pub fn redact_with<'t>(
        &self,
        scratch: &mut Scratch,
        text: &'t [u8],
        sink: &mut dyn Sink,
    ) -> Cow<'t, [u8]> {
        self.splice(text, sink, |scanner, splice| scanner.run(scratch, text, splice)).0
    }

    /// The same, for whoever must not go on where the policy blocks or the vault fails.
    ///
    /// # Errors
    /// [`Blocked`](crate::Blocked), and what the vault answers.
    pub fn try_redact_with<'t>(
        &self,
        scratch: &mut Scratch,
        text: &'t [u8],
        sink: &mut dyn Sink,
    ) -> io::Result<Cow<'t, [u8]>> {
        let run =
            |scanner: &Scanner, splice: &mut Whole<'_, '_>| scanner.run(scratch, text, splice);
        match self.splice(text, sink, run) {
            (clean, None) => Ok(clean),
            (_, Some(error)) => Err(error),
        }
    }

    /// The same for a context that is sent again and again, from where it differs from those before.
    pub fn redact_context<'t>(
        &self,
        cache: &mut ContextCache,
        text: &'t [u8],
        sink: &mut dyn Sink,
    ) -> Cow<'t, [u8]> {
        self.splice(text, sink, |scanner, splice| cache.run(scanner, text, splice)).0
    }

    fn splice<'t>(
        &self,
        text: &'t [u8],
        sink: &mut dyn Sink,
        run: impl FnOnce(&Scanner, &mut Whole<'_, '_>) -> ControlFlow<()>,
    ) -> (Cow<'t, [u8]>, Option<io::Error>) {
        let (replacement, treatment) = self.replacement();
        let out = Vec::new();
        let mut splice =
            Whole { replacement, treatment, out, found: false, text, sink, error: None };
        let _ = run(&self.scanner, &mut splice);
        let clean = if splice.found { Cow::Owned(splice.out) } else { Cow::Borrowed(text) };
        (clean, splice.error)
    }

    /// A redacting stream in front of `writer`.
    pub fn stream<W: Write>(&self, writer: W) -> RedactStream<W, Ignore> {
        self.stream_with(writer, Ignore)
    }

    /// A redacting stream in front of `writer` that shows each finding to `sink`.
    pub fn stream_with<W: Write, S: Sink>(&self, writer: W, sink: S) -> RedactStream<W, S> {
        let scanner = self.scanner.stream();
        let (replacement, treatment) = self.replacement();
        let writing = Writing {
            writer,
            sink,
            replacement,
            treatment,
            pending: Erased::default(),
            early: false,
            error: None,
        };
        RedactStream { scanner, writing }
    }
}

/// A sink that ignores findings.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ignore;

impl Sink for Ignore {
    fn finding(&mut self, _: &Finding) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Redacts text that arrives in pieces and writes it on, incrementally.
///
/// Every byte leaves as soon as it is certain that it belongs to no secret; of prose that is the unfinished
/// word, and words before it that could begin a seed phrase. Dropped without [`RedactStream::finish`], it drops what it held, so that nothing undecided gets out.
///
/// ```
/// use keysieve::{Mode, Pack, Redactor, Scanner};
/// # #[cfg(feature = "builtin")] {
/// let scanner = Scanner::builder().pack(Pack::builtin()).build()?;
/// let mut stream = Redactor::new(&scanner, Mode::Label).stream(Vec::new());
/// stream.write(b"hello REDIS_PASSWORD=tr0u").unwrap();
/// stream.write(b"b4dor&3x bye").unwrap();
/// let out = stream.finish().unwrap();
/// assert_eq!(out, b"hello REDIS_PASSWORD=[REDACTED:generic-password] bye");
/// # }
/// # Ok::<(), keysieve::Error>(())
/// ```
#[derive(Debug)]
pub struct RedactStream<W: Write, S: Sink> {
    scanner: StreamScanner,
    writing: Writing<W, S>,
}

#[derive(Debug)]
struct Writing<W, S> {
    writer: W,
    sink: S,
    replacement: Replacement,
    treatment: Treatment,
    /// Clean bytes on their way to the writer, so that small pieces become one write.
    pending: Erased,
    /// Whether the placeholder of the finding to come has been written.
    early: bool,
    error: Option<io::Error>,
}

/// Pieces at least this large go to the writer directly.
const LARGE: usize = 8 * 1024;

impl<W: Write, S: Sink> RedactStream<W, S> {
    /// Takes the next bytes and writes what is decided.
    ///
    /// # Errors
    /// What the writer answers. After an error the stream writes nothing more.
    pub fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        let _ = self.scanner.push(chunk, &mut self.writing);
        self.writing.deliver()
    }

    /// The same as [`RedactStream::write`], faster if `ahead` was made of these bytes; see [`Scanner::ahead`].
    ///
    /// # Errors
    /// What the writer answers. After an error the stream writes nothing more.
    pub fn write_ahead(&mut self, chunk: &[u8], ahead: Ahead) -> io::Result<()> {
        let _ = self.scanner.push_ahead(chunk, ahead, &mut self.writing);
        self.writing.deliver()
    }

    /// Declares the end of the text, writes the rest, and gives the writer back.
    ///
    /// # Errors
    /// What the writer answers.
    pub fn finish(mut self) -> io::Result<W> {
        self.end()?;
        Ok(self.writing.writer)
    }

    /// Declares the end of the text and writes the rest. The stream is then ready for the next text, with its working
    /// memory warm.
    ///
    /// # Errors
    /// What the writer answers.
    pub fn end(&mut self) -> io::Result<()> {
        let _ = self.scanner.end(&mut self.writing);
        self.close()
    }

    fn close(&mut self) -> io::Result<()> {
        self.writing.treatment.restart();
        self.writing.replacement.restart();
        self.writing.deliver()?;
        self.writing.writer.flush()
    }

    /// The same as [`RedactStream::write`] with the caller's working memory; see [`StreamScanner::write_with`].
    ///
    /// # Errors
    /// What the writer answers. After an error the stream writes nothing more.
    pub fn write_with(&mut self, scratch: &mut Scratch, chunk: &[u8]) -> io::Result<()> {
        let RedactStream { scanner, writing } = self;
        let _ = scanner.lend(scratch, |scanner| scanner.push(chunk, writing));
        self.writing.deliver()
    }

    /// The same as [`RedactStream::end`] with the caller's working memory.
    ///
    /// # Errors
    /// What the writer answers.
    pub fn end_with(&mut self, scratch: &mut Scratch) -> io::Result<()> {
        let RedactStream { scanner, writing } = self;
        let _ = scanner.lend(scratch, |scanner| scanner.end(writing));
        self.close()
    }

    /// Measures the time spent per rule; see [`Scratch::with_clock`].
    #[must_use]
    pub fn with_clock(self, clock: fn() -> u64) -> RedactStream<W, S> {
        RedactStream { scanner: self.scanner.with_clock(clock), writing: self.writing }
    }

    /// The writer, for example to flush it.
    pub fn writer_mut(&mut self) -> &mut W {
        &mut self.writing.writer
    }

    /// The sink, for example to read what it counted.
    pub fn sink_mut(&mut self) -> &mut S {
        &mut self.writing.sink
    }

    /// The scanner behind it: counters and bytes held.
    pub fn scanner(&self) -> &StreamScanner {
        &self.scanner
    }
}

impl<W: Write, S> Writing<W, S> {
    fn deliver(&mut self) -> io::Result<()> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let result = self.writer.write_all(&self.pending);
        self.forget();
        result
    }

    /// Forgets what was written; originals are erased.
    fn forget(&mut self) {
        self.pending.fill(0);
        self.pending.clear();
    }

    fn put(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.replacement.passed(bytes);
        if bytes.len() < LARGE {
            append(&mut self.pending, bytes);
            if self.pending.len() < LARGE {
                return ControlFlow::Continue(());
            }
        }
        let rest = if bytes.len() < LARGE { &[][..] } else { bytes };
        let result =
            self.writer.write_all(&self.pending).and_then(|()| self.writer.write_all(rest));
        self.forget();
        match result {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.error = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl<W: Write, S: Sink> Splicing for Writing<W, S> {
    fn treatment(&mut self) -> &mut Treatment {
        &mut self.treatment
    }

    fn show(&mut self, finding: &Finding) {
        let _ = self.sink.finding(&finding.bare());
    }

    fn keep(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.put(bytes)
    }

    fn announce(&mut self, rule: &Rule) {
        if self.replacement.is_immediate() && self.treatment.is_plain() {
            self.early = true;
            self.replacement.mode.write_early(rule, &mut self.pending);
        }
    }

    fn replace(&mut self, action: Action, finding: &Finding, bytes: &[u8]) -> io::Result<Written> {
        if std::mem::take(&mut self.early) {
            return Ok(Written::Replaced);
        }
        self.replacement.write(action, finding, bytes, &mut self.pending)
    }

    fn replace_more(&mut self, bytes: &[u8]) {
        self.replacement.write_more(bytes.len(), &mut self.pending);
    }

    /// Writes what stands before.
    fn fail(&mut self, error: io::Error, _: &Finding, _: &[u8]) -> ControlFlow<()> {
        let before = self.writer.write_all(&self.pending);
        self.forget();
        self.error = Some(before.err().unwrap_or(error));
        ControlFlow::Break(())
    }
}
