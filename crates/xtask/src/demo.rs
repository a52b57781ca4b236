//! `cargo xtask demo`: the bundled agent session through the real `keysieve redact`.
//!
//! The sample is expanded (its tokens are made up here and exist nowhere else), piped through the binary
//! that `cargo build -p keysieve-cli` makes, and what came out is compared with what was planted. The
//! chore itself redacts nothing. It fails when a planted secret is left, a line is no longer JSON, or a
//! byte outside the findings has changed. No secret is printed: "before" shows the preview that the
//! binary's own report gives.

use crate::corpus::{self, Planted};
use keysieve::Pack;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SAMPLE: &str = "agent-session.jsonl";
/// Bytes of a line that are shown around a finding.
const AROUND: usize = 34;
/// Findings that are shown before and after.
const SHOWN: usize = 6;
const SHOWN_OF_A_LINE: usize = 4;

/// What we read of a line of `--report`.
#[derive(Deserialize)]
struct Finding {
    rule: String,
    span: (usize, usize),
    line: usize,
    preview: String,
}

/// What became of the sample.
struct Outcome {
    left: Vec<String>,
    broken_lines: Vec<usize>,
    bytes_kept: bool,
}

pub fn run(args: &[String]) -> Result<(), String> {
    let seed = match args {
        [] => corpus::SEED,
        [flag, seed] if flag == "--seed" => corpus::parse_seed(seed)?,
        _ => return Err("usage: cargo xtask demo [--seed N]".to_owned()),
    };
    let sample = corpus::sample(SAMPLE)?;
    let planted = corpus::expand(&sample, &Pack::builtin(), seed)?;
    let binary = build()?;
    let report = binary.with_file_name("keysieve-demo-report.jsonl");
    let clean = redact(&binary, &report, &planted.text)?;
    let findings = read_report(&report)?;
    let outcome = judge(&planted, &findings, &clean);
    show_lines(&planted.text, &findings);
    show_counts(&findings);
    show_outcome(&planted, &outcome)
}

/// Builds the command line next to this program, in the same profile.
fn build() -> Result<PathBuf, String> {
    let me = std::env::current_exe().map_err(|error| error.to_string())?;
    let folder = me.parent().ok_or("this program has no folder")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(crate::root()).args(["build", "-q", "-p", "keysieve-cli"]);
    if folder.ends_with("release") {
        command.arg("--release");
    }
    let status = command.status().map_err(|error| format!("cannot run cargo: {error}"))?;
    if !status.success() {
        return Err("keysieve-cli does not build".to_owned());
    }
    Ok(folder.join(format!("keysieve{}", std::env::consts::EXE_SUFFIX)))
}

/// `keysieve redact --report REPORT < input`.
fn redact(binary: &Path, report: &Path, input: &[u8]) -> Result<Vec<u8>, String> {
    println!("$ keysieve redact < {SAMPLE}\n");
    let mut child = Command::new(binary)
        .args(["redact", "--no-config", "-q", "--report"])
        .arg(report)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", binary.display()))?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // Fed from a thread of its own: the child writes while it reads.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    });
    let output = output.map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(format!("keysieve redact ended with {}", output.status)),
    }
}

fn read_report(path: &Path) -> Result<Vec<Finding>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let line = |line: &str| serde_json::from_str(line).map_err(|error| format!("report: {error}"));
    let mut findings: Vec<Finding> = text.lines().map(line).collect::<Result<_, _>>()?;
    findings.sort_by_key(|finding| finding.span);
    Ok(findings)
}

/// Compares what came out with what was planted; looks at bytes, not at the binary's word.
fn judge(planted: &Planted, findings: &[Finding], clean: &[u8]) -> Outcome {
    let is_left = |span: &keysieve::Span| {
        let secret = &planted.text[span.range()];
        clean.windows(secret.len()).any(|window| window == secret)
    };
    let left = planted.secrets.iter().filter(|(_, span)| is_left(span));
    let lines = clean.split(|&b| b == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
    let broken =
        lines.filter(|(_, line)| serde_json::from_slice::<serde_json::Value>(line).is_err());
    Outcome {
        left: left.map(|(rule, _)| rule.clone()).collect(),
        broken_lines: broken.map(|(index, _)| index + 1).collect(),
        bytes_kept: put_placeholders(&planted.text, findings) == clean,
    }
}

/// The input with a label in the place of each finding: what the output has to be.
fn put_placeholders(text: &[u8], findings: &[Finding]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for finding in findings {
        let (start, end) = finding.span;
        out.extend_from_slice(text.get(at..start).unwrap_or_default());
        out.extend_from_slice(format!("[REDACTED:{}]", finding.rule).as_bytes());
        at = end;
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    out
}

/// A few findings, each of another rule, as they stand in their line.
fn show_lines(text: &[u8], findings: &[Finding]) {
    let mut shown: Vec<&Finding> = Vec::new();
    for (index, finding) in findings.iter().enumerate() {
        let on_line = shown.iter().filter(|other| other.line == finding.line).count();
        let again = shown.iter().any(|other| other.rule == finding.rule);
        if shown.len() == SHOWN || again || on_line == SHOWN_OF_A_LINE {
            continue;
        }
        shown.push(finding);
        let previous = index.checked_sub(1).map_or(0, |i| findings[i].span.1);
        let next = findings.get(index + 1).map_or(text.len(), |f| f.span.0);
        let (start, end) = finding.span;
        let before = excerpt(&text[previous.max(start.saturating_sub(AROUND))..start], true);
        let after = excerpt(&text[end..next.min(end + AROUND / 2)], false);
        println!("  line {:>3}  before  …{before}{}{after}…", finding.line, finding.preview);
        println!("            after   …{before}[REDACTED:{}]{after}…", finding.rule);
    }
    println!();
}

/// The part of `bytes` that lies on one line and prints as one.
fn excerpt(bytes: &[u8], from_end: bool) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let line = if from_end { lines.next_back() } else { lines.next() };
    line.unwrap_or_default().chars().filter(|c| !c.is_control() && *c != '\u{fffd}').collect()
}

fn show_counts(findings: &[Finding]) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        *counts.entry(&finding.rule).or_default() += 1;
    }
    println!("  hidden  rule");
    for (rule, count) in counts {
        println!("  {count:>6}  {rule}");
    }
    println!("  {:>6}  in all\n", findings.len());
}

fn show_outcome(planted: &Planted, outcome: &Outcome) -> Result<(), String> {
    let secrets = planted.secrets.len();
    let lines = planted.text.split(|&b| b == b'\n').filter(|line| !line.is_empty()).count();
    println!("  planted secrets gone   {} of {secrets}", secrets - outcome.left.len());
    println!("  lines still JSON       {} of {lines}", lines - outcome.broken_lines.len());
    println!("  other bytes unchanged  {}", if outcome.bytes_kept { "yes" } else { "NO" });
    let mut faults = Vec::new();
    if !outcome.left.is_empty() {
        faults.push(format!("secrets left of {:?}", outcome.left));
    }
    if !outcome.broken_lines.is_empty() {
        faults.push(format!("lines broken: {:?}", outcome.broken_lines));
    }
    if !outcome.bytes_kept {
        faults.push("bytes outside the findings have changed".to_owned());
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keysieve::Span;

    const TEXT: &[u8] = b"{\"a\":\"s3cret-1\"}\n{\"b\":2}\n";

    fn planted() -> Planted {
        let secrets = vec![("some-rule".to_owned(), Span::new(6, 14))];
        Planted { text: TEXT.to_vec(), secrets }
    }

    fn findings() -> Vec<Finding> {
        let (rule, preview) = ("some-rule".to_owned(), "…(8)".to_owned());
        vec![Finding { rule, span: (6, 14), line: 1, preview }]
    }

    #[test]
    fn a_good_outcome() {
        let planted = planted();
        let findings = findings();
        let clean = b"{\"a\":\"[REDACTED:some-rule]\"}\n{\"b\":2}\n";
        let outcome = judge(&planted, &findings, clean);
        assert!(outcome.left.is_empty() && outcome.broken_lines.is_empty() && outcome.bytes_kept);
        assert!(show_outcome(&planted, &outcome).is_ok());
    }

    #[test]
    fn what_is_left_broken_or_changed_is_told() {
        let planted = planted();
        let findings = findings();
        let left = judge(&planted, &[], TEXT);
        assert_eq!(left.left, ["some-rule"]);
        assert!(show_outcome(&planted, &left).is_err());
        let broken = judge(&planted, &findings, b"{\"a\":[REDACTED:some-rule]\"}\n{\"b\":2}\n");
        assert_eq!(broken.broken_lines, [1]);
        let changed = judge(&planted, &findings, b"{\"a\":\"[REDACTED:some-rule]\"}\n{\"b\":3}\n");
        assert!(!changed.bytes_kept);
    }
}
