//! Reasoning that a provider has signed: hidden from the client, and whole again when the client sends it back.
//!
//! A provider signs what its model thought (`thinking` blocks of Anthropic, `reasoningText` of Bedrock) and refuses it if one
//! byte has changed; a redactor changes bytes. So the text of a block that was changed is kept in the vault under its signature
//! and what is shown instead, before the signature leaves for the client. When a request brings the block back, that text takes
//! its place: in this block and nowhere else. A block that was changed and is not kept any more is left out, so that no broken signature goes on.
//!
//! Guarantees: what comes back is the string of JSON that the provider wrote, byte for byte, whatever was hidden in it and
//! however (escapes, base64, pieces); blocks without findings are not kept. Leaves out: what is encrypted
//! (`redacted_thinking`, `encrypted_content`, `thoughtSignature`), which redaction leaves alone; reasoning that nobody verifies.
//! Source: the documentation of extended thinking of Anthropic, and of `ReasoningTextBlock` of Amazon Bedrock.

mod blocks;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use self::blocks::{Blocks, Kind};
use super::envelope::{Envelope, EnvelopeStream};
use super::redactor::{RedactStream, Redactor};
use super::stand_in::{self, Vault};
use crate::check::allow;
use crate::payload::json;
use crate::scan::scratch::Scratch;
use crate::scan::sink::Sink;
use crate::text::mapped::Mapped;
use crate::text::secret::Secret;

/// What no scope of stand-ins begins with.
const SCOPE: &str = "\u{1}signed reasoning\u{1}";

/// Signed reasoning of one provider and its clients.
///
/// ```
/// # use std::{collections::HashMap, io, sync::{Arc, Mutex}};
/// # use keysieve::{Config, Mode, Original, Pack, Profile, Redactor, Scanner, Secret, SignedReasoning, Vault};
/// # #[derive(Debug, Default)]
/// # struct Memory(Mutex<HashMap<Vec<u8>, Vec<u8>>>);
/// # impl Vault for Memory {
/// #     fn keep(&self, name: &[u8], original: Secret<'_>) -> io::Result<bool> {
/// #         self.0.lock().unwrap().insert(name.to_vec(), original.expose().to_vec());
/// #         Ok(true)
/// #     }
/// #     fn original(&self, name: &[u8]) -> io::Result<Option<Original>> {
/// #         Ok(self.0.lock().unwrap().get(name).map(|kept| Original::new(kept.clone())))
/// #     }
/// #     fn names(&self) -> io::Result<Vec<Vec<u8>>> { Ok(Vec::new()) }
/// # }
/// # #[cfg(feature = "builtin")] {
/// # let scanner = Scanner::builder().pack(Pack::builtin()).build()?;
/// # let redactor = Redactor::new(&scanner, Mode::Label);
/// let signed = SignedReasoning::new(Arc::new(Memory::default()));
/// let block = r#"{"type":"thinking","thinking":"password: tr0ub4dor&3x","signature":"c2ln"}"#;
///
/// let shown = signed.redact(&redactor, block.as_bytes()).unwrap(); // to the client
/// assert!(shown.windows(10).any(|text| text == b"[REDACTED:"));
/// let (sent, count) = signed.put_back(&shown).unwrap(); // to the provider
/// assert_eq!((&*sent, count.restored), (block.as_bytes(), 1));
/// # }
/// # Ok::<(), keysieve::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SignedReasoning {
    vault: Arc<dyn Vault>,
    scope: String,
}

/// What was done to the signed blocks of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PutBack {
    /// They hold again what their provider signed.
    pub restored: u64,
    /// They were changed here, and what they held is not known any more (expired, or never kept): a block of text that says so
    /// stands in their place.
    pub left_out: u64,
    /// Whether the request was not read to its end: it is no JSON, or deeper than 64 levels. What was not read is as it was.
    pub is_cut_short: bool,
}

impl SignedReasoning {
    /// Keeps texts in `vault`.
    #[must_use]
    pub fn new(vault: Arc<dyn Vault>) -> SignedReasoning {
        SignedReasoning { vault, scope: SCOPE.to_owned() }
    }

    /// Another scope: a conversation, a customer. What was kept in one is not put back in another.
    #[must_use]
    pub fn scope(mut self, scope: &str) -> SignedReasoning {
        self.scope = [SCOPE, scope].concat();
        self
    }

    /// An answer of the provider, whole and in JSON, as `redactor` makes it; what it changes in signed blocks is kept.
    ///
    /// # Errors
    /// [`crate::Blocked`], and what the vault answers: the answer must not go on then.
    pub fn redact<'t>(&self, redactor: &Redactor, text: &'t [u8]) -> io::Result<Cow<'t, [u8]>> {
        let clean =
            redactor.try_redact_with(&mut Scratch::new(), text, &mut super::redactor::Ignore)?;
        if let Cow::Owned(clean) = &clean {
            let (came, _) = blocks::of_document(text);
            let (left, _) = blocks::of_document(clean);
            let texts: BTreeMap<&[u8], &[u8]> =
                left.iter().map(|block| (block.signature(clean), block.text(clean))).collect();
            for block in &came {
                let (signature, text) = (block.signature(text), block.text(text));
                if let Some(shown) = texts.get(signature).filter(|shown| **shown != text) {
                    self.keep(signature, shown, text)?;
                }
            }
        }
        Ok(clean)
    }

    /// The same for an answer that comes in events (`text/event-stream`).
    pub fn stream<W: Write, S: Sink>(
        &self,
        redactor: &Redactor,
        writer: W,
        sink: S,
    ) -> SignedStream<W, S> {
        let watching = Watching::new(self, writer, Blocks::of_lines);
        SignedStream { inner: Inner::Lines(redactor.stream_with(watching, sink)) }
    }

    /// The same for an answer in frames: [`Envelope::EventStream`].
    pub fn enveloped<W: Write, S: Sink>(
        &self,
        redactor: &Redactor,
        writer: W,
        sink: S,
    ) -> SignedStream<W, S> {
        let watching = Watching::new(self, writer, Blocks::of_frames);
        let stream = redactor.enveloped(Envelope::EventStream, watching, sink);
        SignedStream { inner: Inner::Frames(stream) }
    }

    /// A request, whole and in JSON, with the blocks in it as their provider signed them. To be sent to that provider and shown
    /// to nobody; redact the request before, not behind.
    ///
    /// # Errors
    /// What the vault answers; the request must not go on then.
    pub fn put_back<'t>(&self, request: &'t [u8]) -> io::Result<(Cow<'t, [u8]>, PutBack)> {
        let (found, is_whole) = blocks::of_document(request);
        let mut count = PutBack { is_cut_short: !is_whole, ..PutBack::default() };
        let mut out = Vec::new();
        let mut from = 0;
        for block in &found {
            let (signature, shown) = (block.signature(request), block.text(request));
            let kept = self.vault.original(&self.name(signature, shown))?;
            let (span, instead) = match &kept {
                Some(kept) => (block.text, kept.secret().expose()),
                None if allow::is_placeholder(shown, b"") => (block.element, block.kind.left_out()),
                None => continue,
            };
            if kept.is_some() {
                count.restored += 1;
            } else {
                count.left_out += 1;
            }
            out.extend_from_slice(request.get(from..span.start()).unwrap_or_default());
            out.extend_from_slice(instead);
            from = span.end();
        }
        if count.restored + count.left_out == 0 {
            return Ok((Cow::Borrowed(request), count));
        }
        out.extend_from_slice(request.get(from..).unwrap_or_default());
        Ok((Cow::Owned(out), count))
    }

    fn keep(&self, signature: &[u8], shown: &[u8], text: &[u8]) -> io::Result<()> {
        if self.vault.keep(&self.name(signature, shown), Secret::new(text))? {
            return Ok(());
        }
        Err(io::Error::other("two signed texts look the same"))
    }

    /// What the text of a block is called in the vault, which is shown as `shown`. Both are read as JSON: a client may spell
    /// them in another way.
    fn name(&self, signature: &[u8], shown: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        for raw in [signature, shown] {
            let (mut read, mut places) = (Vec::new(), Mapped::default());
            json::decode(raw, 0, &mut read, &mut places);
            hash.update((read.len() as u64).to_le_bytes());
            hash.update(&read);
        }
        let digest: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        stand_in::scoped(&self.scope, digest.as_bytes())
    }
}

/// A redacting stream in front of a writer that keeps what it changes in signed reasoning. Made by [`SignedReasoning::stream`]
/// and [`SignedReasoning::enveloped`].
#[derive(Debug)]
pub struct SignedStream<W: Write, S: Sink> {
    inner: Inner<W, S>,
}

#[derive(Debug)]
enum Inner<W: Write, S: Sink> {
    Lines(RedactStream<Watching<W>, S>),
    Frames(EnvelopeStream<Watching<W>, S>),
}

impl<W: Write, S: Sink> SignedStream<W, S> {
    /// Takes the next bytes and writes what is decided.
    ///
    /// # Errors
    /// What the writer or the vault answers, and [`crate::Blocked`]. After an error the stream writes nothing more.
    pub fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.watching().came.push(chunk);
        match &mut self.inner {
            Inner::Lines(stream) => stream.write(chunk),
            Inner::Frames(stream) => stream.write(chunk),
        }
    }

    /// Declares the end of the stream, writes the rest, and gives the writer back.
    ///
    /// # Errors
    /// Those of [`SignedStream::write`].
    pub fn finish(mut self) -> io::Result<W> {
        self.watching().came.end();
        let watching = match self.inner {
            Inner::Lines(stream) => stream.finish()?,
            Inner::Frames(stream) => stream.finish()?,
        };
        Ok(watching.writer)
    }

    /// Blocks that were longer than is kept (1 MiB), or more at once than are followed: if they were changed, they are left out
    /// of the requests that bring them back.
    pub fn limits_hit(&mut self) -> u64 {
        self.watching().came.limits_hit
    }

    fn watching(&mut self) -> &mut Watching<W> {
        match &mut self.inner {
            Inner::Lines(stream) => stream.writer_mut(),
            Inner::Frames(stream) => stream.writer_mut(),
        }
    }
}

/// Compares what came and what leaves, and keeps what differs before it leaves.
#[derive(Debug)]
struct Watching<W> {
    writer: W,
    ledger: SignedReasoning,
    came: Blocks,
    left: Blocks,
    /// Texts whose signature came and has not left.
    texts: BTreeMap<Vec<u8>, Zeroizing<Vec<u8>>>,
}

impl<W> Watching<W> {
    fn new(ledger: &SignedReasoning, writer: W, blocks: fn() -> Blocks) -> Watching<W> {
        let (came, left) = (blocks(), blocks());
        Watching { writer, ledger: ledger.clone(), came, left, texts: BTreeMap::new() }
    }

    fn settle(&mut self) -> io::Result<()> {
        self.texts.extend(self.came.signed.drain(..));
        while self.texts.len() > blocks::MOST {
            self.texts.pop_first();
            self.came.limits_hit += 1;
        }
        for (signature, left) in self.left.signed.drain(..) {
            if let Some(text) = self.texts.remove(&signature)
                && *text != *left
            {
                self.ledger.keep(&signature, &left, &text)?;
            }
        }
        Ok(())
    }
}

impl<W: Write> Write for Watching<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left.push(bytes);
        self.settle()?;
        self.writer.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.left.end();
        self.settle()?;
        self.writer.flush()
    }
}

impl Kind {
    /// What stands in the place of a block that is left out.
    fn left_out(self) -> &'static [u8] {
        match self {
            Kind::Thinking => br#"{"type":"text","text":"[reasoning left out]"}"#,
            Kind::ReasoningText => br#"{"text":"[reasoning left out]"}"#,
        }
    }
}
