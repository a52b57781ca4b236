//! What the tests share: scanners, cuts, and texts made from the rules themselves.
//!
//! Nothing here holds a token: texts are expanded from templates when a test runs.
#![allow(dead_code)]

pub mod carrier;
pub mod frames;
pub mod full;
pub mod soup;
pub mod tricks;

use std::ops::ControlFlow;

use keysieve::{
    Config, Finding, FingerprintKey, Mode, Pack, Profile, RedactStream, Redactor, Rule, Scanner,
    Scratch, Sink,
};

/// A finding as far as two runs can be compared.
pub type Seen = (String, (usize, usize), String, String);

/// All built-in rules under the given profile.
pub fn scanner(profile: Profile) -> Scanner {
    let config = Config::new().profile(profile).fingerprint_key(FingerprintKey::new([7; 32]));
    Scanner::builder().pack(Pack::builtin()).config(config).build().unwrap()
}

pub fn seen(f: &Finding) -> Seen {
    let print = f.fingerprint().map(|p| p.to_string()).unwrap_or_default();
    let about: Vec<_> = f.attributes().collect();
    let place = (f.path(), f.channel());
    let about = format!("{print} {about:?} {:?} {place:?}", f.companion());
    (f.rule_id().to_owned(), (f.span().start(), f.span().end()), f.confidence().to_string(), about)
}

pub fn whole(scanner: &Scanner, text: &[u8]) -> Vec<Seen> {
    scanner.find_iter(text).map(|f| seen(&f)).collect()
}

/// A scanner with one stream that is used again and again, so that patterns are determinised once.
pub struct Bench {
    scanner: Scanner,
    redactor: Redactor,
    stream: RedactStream<Vec<u8>, Findings>,
    scratch: Scratch,
}

/// A sink that writes down what it is shown.
#[derive(Default)]
pub struct Findings(Vec<Seen>);

impl Findings {
    pub fn take(&mut self) -> Vec<Seen> {
        std::mem::take(&mut self.0)
    }
}

impl Sink for Findings {
    fn finding(&mut self, f: &Finding) -> ControlFlow<()> {
        self.0.push(seen(f));
        ControlFlow::Continue(())
    }
}

impl Bench {
    pub fn new(profile: Profile, mode: Mode) -> Bench {
        Bench::of(scanner(profile), mode)
    }

    /// The same for another scanner.
    pub fn of(scanner: Scanner, mode: Mode) -> Bench {
        let redactor = Redactor::new(&scanner, mode);
        let stream = redactor.stream_with(Vec::new(), Findings::default());
        Bench { scanner, redactor, stream, scratch: Scratch::new() }
    }

    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// Findings and redacted bytes of the whole text.
    pub fn whole(&mut self, text: &[u8]) -> (Vec<Seen>, Vec<u8>) {
        let mut found = Findings::default();
        let out = self.redactor.redact_with(&mut self.scratch, text, &mut found).into_owned();
        (found.0, out)
    }

    /// The same of a text cut before each offset in `cuts`.
    pub fn in_pieces(&mut self, text: &[u8], cuts: &[usize]) -> (Vec<Seen>, Vec<u8>) {
        let mut from = 0;
        for &to in cuts.iter().chain([&text.len()]) {
            self.stream.write(&text[from..to]).unwrap();
            from = to;
        }
        self.stream.end().unwrap();
        let found = std::mem::take(&mut self.stream.sink_mut().0);
        (found, std::mem::take(self.stream.writer_mut()))
    }

    /// Where the outcome in pieces differs from `whole`, in words; `None` if it does not.
    pub fn difference(
        &mut self,
        whole: &(Vec<Seen>, Vec<u8>),
        text: &[u8],
        cuts: &[usize],
    ) -> Option<String> {
        let (found, out) = self.in_pieces(text, cuts);
        let shown = String::from_utf8_lossy(text);
        if found != whole.0 {
            return Some(format!(
                "cut at {cuts:?}: {found:?} instead of {:?} in {shown:?}",
                whole.0
            ));
        }
        (out != whole.1).then(|| format!("cut at {cuts:?}: redacted bytes differ in {shown:?}"))
    }

    /// Cuts a text at every byte, and into single bytes.
    pub fn everywhere(&mut self, text: &[u8]) -> Option<String> {
        let whole = self.whole(text);
        let ones: Vec<usize> = (1..text.len()).collect();
        let cut = (1..text.len()).find_map(|cut| self.difference(&whole, text, &[cut]));
        cut.or_else(|| self.difference(&whole, text, &ones))
    }
}

/// Runs `test` on every rule, on two threads.
pub fn on_every_rule(pack: &Pack, test: impl Fn(&mut dyn Iterator<Item = &Rule>) + Sync) {
    std::thread::scope(|scope| {
        for half in 0..2 {
            let test = &test;
            scope.spawn(move || test(&mut pack.rules().skip(half).step_by(2)));
        }
    });
}
