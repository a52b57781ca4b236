//! A rule proves itself: its hits hit, its misses miss, under every way of cutting them.
//!
//! Schema, lengths and anchors are checked when a pack is parsed. Lint goes on from there: it compiles every pattern,
//! expands the templates of each rule and scans them, raw and inside a JSON string, whole and cut at every byte.

mod benign;

use std::fmt;
use std::ops::ControlFlow;

use benign::shapes;

use crate::detect::finding::Finding;
use crate::rules::pack::Pack;
use crate::rules::rule::{Check, Confidence, Rule};
use crate::scan::config::{Config, Profile};
use crate::scan::scanner::Scanner;
use crate::scan::scratch::Scratch;
use crate::synth::Template;
use crate::text::span::Span;

/// Something wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The pack.
    pub file: String,
    /// Line at which the rule begins, from 1.
    pub line: usize,
    /// The rule's id.
    pub rule: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: rule `{}`: {}", self.file, self.line, self.rule, self.message)
    }
}

/// How many expansions of each template are tried.
const SEEDS: u64 = 3;

/// Checks every rule of `pack` against all rules of `pack`.
///
/// ```
/// let pack = keysieve::Pack::parse("acme", r#"
/// [[rule]]
/// id = "acme-token"
/// title = "Acme token"
/// category = "saas"
/// why = "Reads and writes the owner's Acme projects."
/// severity = "high"
/// confidence = "certain"
/// anchors = ["acme_live_"]
/// pattern = 'acme_live_[0-9a-z]{24}'
/// hits = ["ACME={secret}", "acme_live_too_short"]
/// misses = ["acme_live_{lower:5}", "acme_live_"]
/// "#)?;
/// let faults = keysieve::lint::lint(&pack);
/// assert_eq!(faults.len(), 1);
/// assert!(faults[0].message.contains("hit 2"));
/// # Ok::<(), keysieve::Error>(())
/// ```
#[must_use]
pub fn lint(pack: &Pack) -> Vec<Fault> {
    lint_only(pack, pack)
}

/// Checks the rules of `pack` against all rules of `against`, which should hold those of `pack` too.
#[must_use]
pub fn lint_only(pack: &Pack, against: &Pack) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    let config = |profile| Config::new().profile(profile);
    let build = |profile| Scanner::builder().pack(against.clone()).config(config(profile)).build();
    let (redact, alert) = match (build(Profile::Redact), build(Profile::Alert)) {
        (Ok(redact), Ok(alert)) => (redact, alert),
        (Err(e), _) | (_, Err(e)) => {
            let rule = e.rule().unwrap_or_default().to_owned();
            return vec![Fault { file: String::new(), line: 0, rule, message: e.to_string() }];
        }
    };
    let mut bench =
        Bench { pack: against, redact, alert, scratch: Scratch::new(), alerted: Scratch::new() };
    for rule in pack.rules() {
        let mut say = |message: String| {
            let (file, line) = (rule.file().to_owned(), rule.origin().1);
            faults.push(Fault { file, line, rule: rule.id().to_owned(), message });
        };
        compile(rule, &mut say);
        for id in rule.pairs().iter().filter(|id| against.rule(id).is_none()) {
            say(format!("`pairs` names `{id}`, which is no rule"));
        }
        bench.hits(rule, &mut say);
        bench.misses(rule, &mut say);
    }
    shapes(pack, against, &mut bench, &mut faults);
    faults
}

fn compile(rule: &Rule, say: &mut dyn FnMut(String)) {
    let companions = rule.checks.iter().filter_map(|check| match check {
        Check::Companion(companion) => Some(&*companion.pattern),
        _ => None,
    });
    let marks = rule.tail.iter().flat_map(|tail| tail.end.iter().chain(&tail.join));
    for pattern in rule.pattern.iter().chain(marks).chain(companions) {
        if let Err(e) = pattern.compile() {
            say(e.to_string());
        }
    }
}

struct Bench<'p> {
    pack: &'p Pack,
    redact: Scanner,
    alert: Scanner,
    scratch: Scratch,
    alerted: Scratch,
}

impl Bench<'_> {
    fn hits(&mut self, rule: &Rule, say: &mut dyn FnMut(String)) {
        for (i, hit) in rule.hits().iter().enumerate() {
            let template = Template::parse(hit);
            for seed in 0..SEEDS {
                let expanded = match template.expand_for(self.pack, Some(rule), seed) {
                    Ok(expanded) => expanded,
                    Err(e) => return say(e.to_string()),
                };
                let json = in_json(&expanded.text);
                for (text, form) in [(&expanded.text, "as it is"), (&json, "in a JSON string")] {
                    let plain = form == "as it is";
                    let message = self.hit(rule, text, &expanded.secrets, plain).or_else(|| {
                        // The cuts cost most; one expansion of each template goes through all of them.
                        if seed == 0 { self.cuts(text, plain) } else { None }
                    });
                    if let Some(message) = message {
                        say(format!("hit {}, {form}: {message}", i + 1));
                        return;
                    }
                }
            }
        }
    }

    /// What is wrong with a text that should hit, if anything.
    fn hit(
        &mut self,
        rule: &Rule,
        text: &[u8],
        secrets: &[(String, Span)],
        plain: bool,
    ) -> Option<String> {
        let found = scan(&self.redact, &mut self.scratch, text);
        if !found.iter().any(|f| f.rule_id() == rule.id()) {
            let others: Vec<&str> = found.iter().map(Finding::rule_id).collect();
            return Some(match others.as_slice() {
                [] => "nothing is found".to_owned(),
                others => format!("found by {} instead", others.join(", ")),
            });
        }
        if let Some(other) = found.iter().find(|f| f.rule_id() != rule.id()) {
            return Some(format!("`{}` fires too", other.rule_id()));
        }
        let place = secrets.iter().find(|(id, _)| id == rule.id());
        if let Some((_, span)) = place.filter(|_| plain)
            && !found.iter().any(|f| f.span() == *span)
        {
            return Some(format!(
                "the span is {:?}, the secret stands at {span:?}",
                found[0].span()
            ));
        }
        if rule.confidence() >= Confidence::Likely
            && scan(&self.alert, &mut self.alerted, text).is_empty()
        {
            return Some("the profile `alert` stays silent".to_owned());
        }
        None
    }

    /// Cuts the text into single bytes and, if asked, at every byte.
    fn cuts(&mut self, text: &[u8], everywhere: bool) -> Option<String> {
        let whole = scan(&self.redact, &mut self.scratch, text);
        let want: Vec<(&str, Span)> = whole.iter().map(|f| (f.rule_id(), f.span())).collect();
        let mut stream = self.redact.stream();
        let last = if everywhere { text.len() } else { 1 };
        let cuts = (1..last).map(|cut| vec![cut]).chain([(1..text.len()).collect()]);
        for cut in cuts {
            let mut got: Vec<(String, Span)> = Vec::new();
            let mut sink = |f: &Finding| {
                got.push((f.rule_id().to_owned(), f.span()));
                ControlFlow::Continue(())
            };
            let mut from = 0;
            for &to in cut.iter().chain([&text.len()]) {
                stream.write(text.get(from..to).unwrap_or_default(), &mut sink);
                from = to;
            }
            stream.finish(&mut sink);
            if !got.iter().map(|(id, span)| (id.as_str(), *span)).eq(want.iter().copied()) {
                return Some(format!("cut at byte {:?}, the findings differ", cut.first()));
            }
        }
        None
    }

    fn misses(&mut self, rule: &Rule, say: &mut dyn FnMut(String)) {
        for (i, miss) in rule.misses().iter().enumerate() {
            for seed in 0..SEEDS {
                match Template::parse(miss).expand_for(self.pack, Some(rule), seed) {
                    Ok(expanded) => {
                        let found = scan(&self.redact, &mut self.scratch, &expanded.text);
                        if found.iter().any(|f| f.rule_id() == rule.id()) {
                            return say(format!("miss {} is found", i + 1));
                        }
                    }
                    Err(e) => return say(e.to_string()),
                }
            }
        }
    }
}

fn scan(scanner: &Scanner, scratch: &mut Scratch, text: &[u8]) -> Vec<Finding> {
    let mut found = Vec::new();
    scanner.scan(scratch, text, &mut |f: &Finding| {
        found.push(f.clone());
        ControlFlow::Continue(())
    });
    found
}

/// The text as the value of a JSON object.
fn in_json(text: &[u8]) -> Vec<u8> {
    let mut out = b"{\"text\":\"".to_vec();
    for &b in text {
        match b {
            b'"' | b'\\' => out.extend([b'\\', b]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0..0x20 => out.extend(format!("\\u{b:04x}").bytes()),
            _ => out.push(b),
        }
    }
    out.extend(b"\"}");
    out
}
