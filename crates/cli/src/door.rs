//! A redacting stream, whatever stands around its text.
//!
//! Plain text goes through the engine as it is; what is an envelope, or was said to be one, through the engine's door for those.

use std::io::{self, Write};

use keysieve::{Ahead, Envelope, EnvelopeStream, RedactStream, Redactor, Sink, StreamScanner};

use crate::stats;

/// A stream in front of a writer.
pub(crate) enum Door<W: Write, S: Sink> {
    Plain(Box<RedactStream<W, S>>),
    Enveloped(Box<EnvelopeStream<W, S>>),
}

impl<W: Write, S: Sink> Door<W, S> {
    pub(crate) fn open(
        redactor: &Redactor,
        envelope: Option<Envelope>,
        writer: W,
        sink: S,
    ) -> Door<W, S> {
        match envelope {
            None => Door::Plain(Box::new(redactor.stream_with(writer, sink))),
            Some(envelope) => Door::Enveloped(Box::new(redactor.enveloped(envelope, writer, sink))),
        }
    }

    /// The same, with the time of each rule measured.
    pub(crate) fn timed(self) -> Door<W, S> {
        match self {
            Door::Plain(stream) => Door::Plain(Box::new(stream.with_clock(stats::clock))),
            Door::Enveloped(stream) => Door::Enveloped(stream),
        }
    }

    pub(crate) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        match self {
            Door::Plain(stream) => stream.write(piece),
            Door::Enveloped(stream) => stream.write(piece),
        }
    }

    /// The same for a piece that another thread may have read ahead. Only text is.
    pub(crate) fn write_ahead(&mut self, piece: &[u8], ahead: Option<Ahead>) -> io::Result<()> {
        match (self, ahead) {
            (Door::Plain(stream), Some(ahead)) => stream.write_ahead(piece, ahead),
            (door, _) => door.write(piece),
        }
    }

    pub(crate) fn end(&mut self) -> io::Result<()> {
        match self {
            Door::Plain(stream) => stream.end(),
            Door::Enveloped(stream) => stream.end(),
        }
    }

    /// The end, and the writer back.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Door::Plain(stream) => stream.finish(),
            Door::Enveloped(stream) => stream.finish(),
        }
    }

    pub(crate) fn writer_mut(&mut self) -> &mut W {
        match self {
            Door::Plain(stream) => stream.writer_mut(),
            Door::Enveloped(stream) => stream.writer_mut(),
        }
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.writer_mut().flush()
    }

    /// No finding to come begins before this offset.
    pub(crate) fn decided(&self) -> usize {
        match self {
            Door::Plain(stream) => stream.scanner().decided(),
            Door::Enveloped(stream) => stream.decided(),
        }
    }

    pub(crate) fn scanner(&self) -> &StreamScanner {
        match self {
            Door::Plain(stream) => stream.scanner(),
            Door::Enveloped(stream) => stream.scanner(),
        }
    }
}
