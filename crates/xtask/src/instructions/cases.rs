//! What is counted: each case is a function that is not inlined, so that its cost stands alone in the profile.
//!
//! Texts are made before, from the corpus with fixed seeds; each case builds no scanner but `start_up`, which is what a
//! hook pays for every tool call.

use keysieve::{Config, Finding, Mode, Pack, Profile, Redactor, Scanner, Scratch, Sink};
use std::hint::black_box;
use std::ops::ControlFlow;

/// About as many bytes a case; more would take valgrind minutes.
const BYTES: usize = 48 << 10;

/// Runs all cases; prints a line for each: name, bytes, findings.
pub fn run() -> Result<(), String> {
    let tell = |name: &str, bytes: usize, findings: usize| println!("{name} {bytes} {findings}");
    tell("start_up", 3, start_up()?);
    let mut engine = Engine::new()?;
    let prose = text(&["benign/prose.txt"])?;
    let session = text(&["traces/agent-session.jsonl", "prompts/chat-request.json"])?;
    let events = text(&["traces/openai-stream.sse", "traces/anthropic-stream.sse"])?;
    let source = text(&["benign/settings.py", "benign/package-lock.json", "context/service.env"])?;
    let numbers = text(&["benign/ids.jsonl", "benign/embeddings.json"])?;
    let flood: Vec<u8> = b"sk-ant-api03-".iter().copied().cycle().take(BYTES / 2).collect();
    let scans: [(&str, &[u8], Scan); 6] = [
        ("scan_prose", &prose, scan_prose),
        ("scan_session", &session, scan_session),
        ("scan_events", &events, scan_events),
        ("scan_source", &source, scan_source),
        ("scan_numbers", &numbers, scan_numbers),
        ("scan_flood", &flood, scan_flood),
    ];
    for (name, text, scan) in scans {
        // Patterns compile when they are first used: that is not part of what a text costs.
        engine.count(text);
        tell(name, text.len(), scan(&mut engine, text));
    }
    tell("redact_session", session.len(), redact_session(&mut engine, &session));
    let small = &prose[..prose.len().min(8 << 10)];
    tell("push_prose", small.len(), push_prose(&mut engine, small));
    Ok(())
}

type Scan = fn(&mut Engine, &[u8]) -> usize;

/// A scanner with its working memory, warm.
struct Engine {
    scanner: Scanner,
    redactor: Redactor,
    scratch: Scratch,
}

impl Engine {
    fn new() -> Result<Engine, String> {
        let scanner = scanner(Profile::Alert)?;
        let redactor = Redactor::new(&scanner, Mode::Label);
        Ok(Engine { scanner, redactor, scratch: Scratch::new() })
    }

    fn count(&mut self, text: &[u8]) -> usize {
        let mut counter = Counter(0);
        self.scanner.scan(&mut self.scratch, text, &mut counter);
        counter.0
    }
}

fn scanner(profile: Profile) -> Result<Scanner, String> {
    let config = Config::new().profile(profile);
    let build = Scanner::builder().pack(Pack::builtin()).config(config).build();
    build.map_err(|error| error.to_string())
}

/// The samples one after the other, with ever other seeds, until there are enough bytes.
fn text(files: &[&str]) -> Result<Vec<u8>, String> {
    let pack = Pack::builtin();
    let mut text = Vec::new();
    for seed in 0.. {
        for file in files {
            let sample = crate::corpus::sample(file)?;
            text.extend(crate::corpus::expand(&sample, &pack, seed)?.text);
        }
        if text.len() >= BYTES {
            break;
        }
    }
    Ok(text)
}

/// Counts findings.
struct Counter(usize);

impl Sink for Counter {
    fn finding(&mut self, _: &Finding) -> ControlFlow<()> {
        self.0 += 1;
        ControlFlow::Continue(())
    }
}

#[inline(never)]
fn start_up() -> Result<usize, String> {
    let redactor = Redactor::new(&scanner(Profile::Redact)?, Mode::Label);
    Ok(usize::from(*redactor.redact(b"hi\n") != *b"hi\n"))
}

/// Functions with equal bodies would be merged into one: each knows its name.
macro_rules! scans {
    ($($name:ident)*) => {
        $(#[inline(never)]
        fn $name(engine: &mut Engine, text: &[u8]) -> usize {
            black_box(stringify!($name));
            engine.count(text)
        })*
    };
}

scans! { scan_prose scan_session scan_events scan_source scan_numbers scan_flood }

#[inline(never)]
fn redact_session(engine: &mut Engine, text: &[u8]) -> usize {
    let mut counter = Counter(0);
    let clean = engine.redactor.redact_with(&mut engine.scratch, text, &mut counter);
    black_box(clean);
    counter.0
}

#[inline(never)]
fn push_prose(engine: &mut Engine, text: &[u8]) -> usize {
    let room = Vec::with_capacity(2 * text.len());
    let mut stream = engine.redactor.stream_with(room, Counter(0));
    for piece in text.chunks(4) {
        // A vector takes every write.
        let _ = stream.write(piece);
    }
    let _ = stream.end();
    stream.sink_mut().0
}
