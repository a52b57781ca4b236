//! What the benches scan: texts made from the templates of `corpus/` with fixed seeds, and what is known to be in them.
//!
//! No token is committed: the templates hold marks. Each text comes with the number of its secrets, so that a bench of
//! an engine that finds nothing is not fast but wrong.

// Each bench takes what it needs of it.
#![allow(dead_code)]

#[path = "../crates/xtask/src/corpus/marks.rs"]
mod marks;

use keysieve::synth::Template;
use keysieve::{Config, Finding, Pack, Profile, Scanner, Scratch};
use std::fmt::Write;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

/// About as long is each text.
pub const LENGTH: usize = 1 << 20;

/// Payloads by kind: a name, and the samples they are made of.
pub const KINDS: [(&str, &[&str]); 6] = [
    ("prose", &["benign/prose.txt"]),
    ("session", &["traces/agent-session.jsonl", "prompts/chat-request.json"]),
    ("events", &["traces/openai-stream.sse", "traces/anthropic-stream.sse"]),
    ("retrieved", &["rag/chunks.jsonl", "rag/runbook.md"]),
    ("source", &["benign/settings.py", "benign/package-lock.json", "benign/deploy.yaml"]),
    ("numbers", &["benign/ids.jsonl", "benign/embeddings.json"]),
];

pub struct Text {
    pub bytes: Vec<u8>,
    /// Secrets that stand in it.
    pub secrets: usize,
}

/// The samples one after the other, with ever other seeds, about `length` bytes.
pub fn text(samples: &[&str], length: usize) -> Text {
    let pack = Pack::builtin();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let read = |name: &&str| std::fs::read_to_string(folder.join(name)).expect("a sample");
    let parse = |name: &&str| Template::parse(&marks::hide(&read(name)));
    let templates: Vec<Template> = samples.iter().map(parse).collect();
    let mut text = Text { bytes: Vec::new(), secrets: 0 };
    for seed in 0.. {
        for template in &templates {
            let expanded = template.expand(&pack, seed).expect("marks that can be expanded");
            let planted = marks::show(&expanded).expect("marks that match");
            text.secrets += planted.secrets.len();
            text.bytes.extend(planted.text);
        }
        if text.bytes.len() >= length {
            break;
        }
    }
    text
}

pub fn scanner(pack: Pack, profile: Profile) -> Scanner {
    let config = Config::new().profile(profile);
    Scanner::builder().pack(pack).config(config).build().expect("packs that are valid")
}

pub fn count(scanner: &Scanner, scratch: &mut Scratch, text: &[u8]) -> usize {
    let mut findings = 0;
    scanner.scan(scratch, black_box(text), &mut |_: &Finding| {
        findings += 1;
        ControlFlow::Continue(())
    });
    findings
}

/// Refuses a scanner that does not find what was planted.
pub fn check(name: &str, found: usize, planted: usize) {
    // Secrets that the manifest of the corpus calls missed, and neighbours that look like one, are few.
    let allowed = planted / 20;
    let right = planted.abs_diff(found) <= allowed;
    assert!(right, "{name}: {found} findings where {planted} secrets were planted");
}

/// The least time of some runs.
pub fn best<T>(mut run: impl FnMut() -> T) -> Duration {
    let timed = |_| {
        let started = Instant::now();
        black_box(run());
        started.elapsed()
    };
    (0..7).map(timed).min().unwrap_or_default()
}

/// A pack of as many rules as wanted, each with a prefix of its own.
pub fn generated(rules: usize) -> Pack {
    let mut text = String::from("[pack]\nname = \"generated\"\ntitle = \"Generated\"\n");
    for n in 0..rules {
        let prefix = prefix(n);
        let _ = write!(
            text,
            "\n[[rule]]\nid = \"made-{n}\"\ntitle = \"Made {n}\"\ncategory = \"saas\"\nwhy = \"None.\"\n\
             severity = \"low\"\nconfidence = \"certain\"\nanchors = [\"{prefix}\"]\npattern = '{prefix}[0-9A-Za-z]{{32}}'\n\
             checks = [{{ entropy = 3.0 }}]\nrevoke = \"https://example.com/\"\nreferences = [\"https://example.com/\"]\n\
             hits = [\"a={{secret}}\", \"b={{secret}}\"]\nmisses = [\"{prefix}short\", \"{prefix}\"]\n"
        );
    }
    Pack::parse("generated.toml", &text).expect("a pack that is valid")
}

/// Prefixes as providers choose them: some letters, a mark, sometimes a second part.
fn prefix(n: usize) -> String {
    let mut letters = String::new();
    let mut rest = n * 7919 + 13;
    for _ in 0..4 {
        letters.push(char::from(b'a' + (rest % 26) as u8));
        rest /= 26;
    }
    match n % 3 {
        0 => format!("{letters}{n}_"),
        1 => format!("{letters}{n}-live-"),
        _ => format!("{letters}_pat{n}_"),
    }
}
