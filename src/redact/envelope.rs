//! Redaction inside formats in which text stands between lengths and checksums.
//!
//! The texts of such a stream are put one behind the other, as the JSON that the same API sends elsewhere, and go through the one
//! scanner; what comes out is put back where it came from, and lengths and checksums are made anew around what has changed. A
//! secret that was cut over frames is hidden inside the frames that carried it. Frames without findings, fields that are
//! not known, and what turns out not to be such a format leave byte for byte. Offsets of findings are those of the stream
//! as it came. Leaves out: headers of frames that are no strings, and bodies of gRPC that are compressed, which are counted.

mod slots;

use std::collections::VecDeque;
use std::io::{self, Write};
use std::ops::Range;

use self::slots::{Place, Slots};
use super::redactor::Redactor;
use crate::payload::eventstream::{self, Frame, Frames, Part};
use crate::payload::{grpc, json, otlp};
use crate::scan::sink::Sink;
use crate::scan::stream::StreamScanner;
use crate::text::base64;
use crate::text::span::Span;

/// The longest OTLP message that is read as one; a longer one is read as any bytes.
const LONGEST_MESSAGE: usize = 64 * 1024 * 1024;

/// A format in which text stands between lengths and checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Envelope {
    /// `application/vnd.amazon.eventstream`, as Bedrock streams (Converse and Invoke).
    EventStream,
    /// An export request of OTLP (traces, logs or metrics) in protobuf, also as the body of a call of gRPC. It is held until it
    /// is there whole.
    OtlpProtobuf,
}

impl Envelope {
    /// The envelope of a stream that begins with `head`, if it is one beyond doubt. Text never is.
    ///
    /// ```
    /// use keysieve::Envelope;
    /// assert_eq!(Envelope::of(b"data: {}\n"), None);
    /// let frame = [0, 0, 0, 16, 0, 0, 0, 0, 5, 194, 72, 235, 125, 152, 200, 255];
    /// assert_eq!(Envelope::of(&frame), Some(Envelope::EventStream));
    /// ```
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Envelope> {
        if eventstream::begins(head) {
            Some(Envelope::EventStream)
        } else {
            let is_otlp = otlp::begins(head) || grpc::begins(head);
            is_otlp.then_some(Envelope::OtlpProtobuf)
        }
    }
}

/// A redacting stream in front of a writer, for text in an [`Envelope`]. Made by [`Redactor::enveloped`].
#[derive(Debug)]
pub struct EnvelopeStream<W, S> {
    scanner: StreamScanner,
    slots: Slots<S>,
    writer: W,
    reading: Reading,
    /// What the slots belong to, in their order.
    waiting: VecDeque<Waiting>,
    /// Bytes that were fed to the scanner, and bytes that came.
    fed: usize,
    came: usize,
    compressed: u64,
}

#[derive(Debug)]
enum Reading {
    Frames(Frames),
    /// The message so far.
    Message(Vec<u8>),
    /// It has turned out to be no such format.
    Bytes,
}

/// What a slot, or several, is put back into.
#[derive(Debug)]
enum Waiting {
    Bytes,
    /// A payload, and then the values of these headers.
    Payload(Frame, Vec<Range<usize>>),
    /// The same, of whose payload a string in base64 is shown.
    Chunk(Frame, Span, Vec<Range<usize>>),
    /// A message; whether it stands behind the prefix of gRPC.
    Message(Vec<u8>, otlp::Message, bool),
    /// The same of a message that could not be read.
    Prefixed,
}

impl Redactor {
    /// A redacting stream for text in `envelope`, in front of `writer`; each finding is shown to `sink`.
    pub fn enveloped<W: Write, S: Sink>(
        &self,
        envelope: Envelope,
        writer: W,
        sink: S,
    ) -> EnvelopeStream<W, S> {
        let (reading, name) = match envelope {
            Envelope::EventStream => (Reading::Frames(Frames::default()), "eventstream"),
            Envelope::OtlpProtobuf => (Reading::Message(Vec::new()), "protobuf"),
        };
        EnvelopeStream {
            scanner: self.scanner().stream(),
            slots: Slots::new(self.replacement(), sink, name),
            writer,
            reading,
            waiting: VecDeque::new(),
            fed: 0,
            came: 0,
            compressed: 0,
        }
    }
}

impl<W: Write, S: Sink> EnvelopeStream<W, S> {
    /// Takes the next bytes and writes what is decided.
    ///
    /// # Errors
    /// What the writer answers, and [`crate::Blocked`] where something must not go on. After an error the stream writes nothing
    /// more.
    pub fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        match &mut self.reading {
            Reading::Frames(frames) => {
                let mut parts = Vec::new();
                frames.push(chunk, &mut parts);
                self.take(parts);
            }
            Reading::Message(message) if message.len() + chunk.len() <= LONGEST_MESSAGE => {
                message.extend_from_slice(chunk);
            }
            Reading::Message(message) => {
                let bytes = [&std::mem::take(message), chunk].concat();
                self.reading = Reading::Bytes;
                self.bytes(&bytes);
            }
            Reading::Bytes => self.bytes(chunk),
        }
        self.deliver()
    }

    /// Declares the end of the stream and writes the rest.
    ///
    /// # Errors
    /// What the writer answers.
    pub fn end(&mut self) -> io::Result<()> {
        match &mut self.reading {
            Reading::Frames(frames) => {
                let mut parts = Vec::new();
                frames.end(&mut parts);
                self.take(parts);
            }
            Reading::Message(message) => {
                let bytes = std::mem::take(message);
                self.messages(&bytes);
            }
            Reading::Bytes => {}
        }
        let _ = self.scanner.end(&mut self.slots);
        self.deliver()?;
        self.writer.flush()
    }

    /// Declares the end of the stream, writes the rest, and gives the writer back.
    ///
    /// # Errors
    /// What the writer answers.
    pub fn finish(mut self) -> io::Result<W> {
        self.end()?;
        Ok(self.writer)
    }

    /// The writer, for example to flush it.
    pub fn writer_mut(&mut self) -> &mut W {
        &mut self.writer
    }

    /// The sink, for example to read what it counted.
    pub fn sink_mut(&mut self) -> &mut S {
        self.slots.sink()
    }

    /// The scanner behind it.
    pub fn scanner(&self) -> &StreamScanner {
        &self.scanner
    }

    /// Messages that gRPC has compressed: they leave as they came, unread.
    #[must_use]
    pub fn compressed(&self) -> u64 {
        self.compressed
    }

    /// Every byte of the stream before this offset is decided: no finding to come begins before it.
    #[must_use]
    pub fn decided(&self) -> usize {
        self.slots.undecided_from().unwrap_or(self.came)
    }

    fn take(&mut self, parts: Vec<Part>) {
        for part in parts {
            match part {
                Part::Other(bytes) => self.bytes(&bytes),
                Part::Frame(frame) => self.frame(frame),
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.waiting.push_back(Waiting::Bytes);
        self.feed(b"", bytes, b"", Place::Exact(self.came));
        self.came += bytes.len();
    }

    fn frame(&mut self, frame: Frame) {
        let kind = frame.header(":event-type").unwrap_or_default().to_owned();
        let payload = frame.payload().to_vec();
        let at = frame.payload_at();
        let (lines, values) = lines(&frame);
        self.came = frame.at + frame.bytes().len();
        if kind == "chunk"
            && let Some((raw, text)) = chunk(&payload)
        {
            self.waiting.push_back(Waiting::Chunk(frame, raw, values));
            let raw = Span::new(at + raw.start(), at + raw.end());
            self.feed(b"data: ", &text, b"\n\n", Place::Whole(raw));
            return self.headers(lines);
        }
        self.waiting.push_back(Waiting::Payload(frame, values));
        let is_name = kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if payload.first() == Some(&b'{') && is_name {
            let before = format!("data: {{\"{kind}\":");
            self.feed(before.as_bytes(), &payload, b"}\n\n", Place::Exact(at));
        } else {
            self.feed(b"", &payload, b"\n\n", Place::Exact(at));
        }
        self.headers(lines);
    }

    /// Shows headers, each as a line behind its frame.
    fn headers(&mut self, lines: Vec<Line>) {
        for Line { name, value, at } in lines {
            self.feed(&name, &value, b"\n\n", Place::Exact(at));
        }
    }

    /// A message, or several behind prefixes of gRPC.
    fn messages(&mut self, bytes: &[u8]) {
        if !grpc::begins(bytes) {
            return self.message(bytes.to_vec(), false);
        }
        let mut rest = bytes;
        while let Some((call, after)) = grpc::first(rest) {
            if call.is_compressed {
                self.compressed += 1;
                self.scanner.pass_unread();
                self.bytes(rest.get(..rest.len() - after.len()).unwrap_or_default());
            } else {
                self.came += grpc::PREFIX;
                self.message(call.message.to_vec(), true);
            }
            rest = after;
        }
        if !rest.is_empty() {
            self.bytes(rest);
        }
    }

    fn message(&mut self, bytes: Vec<u8>, is_prefixed: bool) {
        let Some(message) = otlp::Message::read(&bytes) else {
            self.waiting.push_back(if is_prefixed { Waiting::Prefixed } else { Waiting::Bytes });
            self.feed(b"", &bytes, b"", Place::Exact(self.came));
            self.came += bytes.len();
            return;
        };
        for text in message.texts() {
            let place = if text.shown.len() == text.raw.len() {
                Place::Exact(self.came + text.raw.start())
            } else {
                Place::Whole(Span::new(self.came + text.raw.start(), self.came + text.raw.end()))
            };
            self.slots.push(self.fed + text.shown.start(), text.shown.len(), place);
        }
        self.came += bytes.len();
        let shown = message.shown().to_vec();
        self.waiting.push_back(Waiting::Message(bytes, message, is_prefixed));
        let _ = self.scanner.push(&shown, &mut self.slots);
        self.fed += shown.len();
    }

    /// Shows the scanner a text between two others, which are not part of the stream.
    fn feed(&mut self, before: &[u8], text: &[u8], after: &[u8], place: Place) {
        self.slots.push(self.fed + before.len(), text.len(), place);
        for part in [before, text, after] {
            let _ = self.scanner.push(part, &mut self.slots);
            self.fed += part.len();
        }
    }

    /// Writes what is decided.
    fn deliver(&mut self) -> io::Result<()> {
        while let Some(front) = self.waiting.front() {
            let wanted = match front {
                Waiting::Message(_, message, _) => message.texts().len(),
                Waiting::Payload(_, values) | Waiting::Chunk(_, _, values) => 1 + values.len(),
                Waiting::Bytes | Waiting::Prefixed => 1,
            };
            let Some(filled) = self.slots.filled(wanted) else { break };
            let Some(waiting) = self.waiting.pop_front() else { break };
            let is_changed = filled.iter().any(|slot| slot.is_changed);
            let mut texts = filled.into_iter().map(|slot| slot.out);
            let bytes = match waiting {
                Waiting::Bytes => texts.next().unwrap_or_default(),
                Waiting::Prefixed => grpc::prefixed(&texts.next().unwrap_or_default()),
                Waiting::Payload(frame, _) | Waiting::Chunk(frame, _, _) if !is_changed => {
                    frame.bytes().to_vec()
                }
                Waiting::Payload(frame, values) => {
                    let payload = texts.next().unwrap_or_default();
                    frame.around(&payload, &values.into_iter().zip(texts).collect::<Vec<_>>())
                }
                Waiting::Chunk(frame, raw, values) => {
                    let run = base64::encode(&texts.next().unwrap_or_default());
                    let payload = frame.payload();
                    let before = payload.get(..raw.start()).unwrap_or_default();
                    let after = payload.get(raw.end()..).unwrap_or_default();
                    let payload = [before, &run, after].concat();
                    frame.around(&payload, &values.into_iter().zip(texts).collect::<Vec<_>>())
                }
                Waiting::Message(bytes, message, is_prefixed) => {
                    let bytes =
                        if is_changed { message.rebuilt(&bytes, &mut texts) } else { bytes };
                    if is_prefixed { grpc::prefixed(&bytes) } else { bytes }
                }
            };
            self.writer.write_all(&bytes)?;
        }
        self.slots.blocked().map_or(Ok(()), Err)
    }
}

/// A header as it is shown, and where its value stands in the stream.
struct Line {
    name: Vec<u8>,
    value: Vec<u8>,
    at: usize,
}

/// The headers of a frame that may hold something, as lines; the words that every frame has do not.
fn lines(frame: &Frame) -> (Vec<Line>, Vec<Range<usize>>) {
    let mut lines = Vec::new();
    let mut values = Vec::new();
    for (name, place) in frame.strings() {
        let value = frame.bytes().get(place.clone()).unwrap_or_default();
        let is_usual = matches!(name, b":event-type" | b":content-type" | b":message-type");
        if value.is_empty() || is_usual && !value.iter().any(u8::is_ascii_digit) {
            continue;
        }
        let is_name = name.iter().all(u8::is_ascii_graphic);
        let name = [if is_name { name } else { b"header" }, b": "].concat();
        lines.push(Line { name, value: value.to_vec(), at: frame.at + place.start });
        values.push(place);
    }
    (lines, values)
}

/// The vendor's own event in a chunk of Bedrock's: where its base64 stands in the payload, and its text.
pub(super) fn chunk(payload: &[u8]) -> Option<(Span, Vec<u8>)> {
    let mut raw = None;
    let is_whole = json::walk(payload, &mut |path, scalar| {
        if let (json::Scalar::Text(span), "bytes") = (scalar, path) {
            raw = Some(span);
        }
    });
    let raw = raw.filter(|_| is_whole)?;
    let run = payload.get(raw.range())?;
    let text = base64::bytes_of(run);
    // What does not come out the same again is left as it is.
    let is_same = base64::encode(&text) == run;
    (is_same && text.first() == Some(&b'{') && !text.contains(&b'\n')).then_some((raw, text))
}
