//! `keysieve explain`: why a text is or is not a finding.
//!
//! Prints what the engine says of each candidate: places, lengths and values of checks, never the text.

use std::fmt::Write as _;
use std::io::Read;

use keysieve::{Config, Pack, Profile, Scanner, Trace};

use crate::args::ExplainArgs;
use crate::failure::{CLEAN, Failure, reason};
use crate::select;
use crate::talk;

/// The longest text that is explained.
const LONGEST: u64 = 64 * 1024;

pub(crate) fn run(args: &ExplainArgs) -> Result<u8, Failure> {
    let pack = select::pack(&args.packs)?;
    let text = text(args)?;
    let alert: Vec<Trace> = scanner(&pack, Profile::Alert)?.explain(&text);
    let redact = scanner(&pack, Profile::Redact)?.explain(&text);
    let mut out = String::new();
    for trace in &redact {
        let alerted = alert.iter().any(|a| a.found && a.rule == trace.rule && a.span == trace.span);
        candidate(&mut out, trace, alerted);
    }
    if redact.is_empty() {
        out.push_str(
            "no candidate: no anchor and no keyword of a rule stands here, and nothing looks random\n",
        );
    }
    talk::print(out.as_bytes())?;
    Ok(CLEAN)
}

fn text(args: &ExplainArgs) -> Result<Vec<u8>, Failure> {
    let mut text = args.text.as_encoded_bytes().to_vec();
    if text == b"-" {
        text.clear();
        let read = std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut text);
        read.map_err(|error| Failure::Fault(format!("-: {}", reason(&error))))?;
    }
    if text.len() as u64 > LONGEST {
        return Err(Failure::Fault(
            "the text is longer than 64 KiB; explain a part of it".to_owned(),
        ));
    }
    Ok(text)
}

fn scanner(pack: &Pack, profile: Profile) -> Result<Scanner, Failure> {
    let select::Today(year, month, day) = select::today();
    let config = Config::new().profile(profile).today(year, month, day);
    Ok(Scanner::builder().pack(pack.clone()).config(config).build()?)
}

fn candidate(out: &mut String, trace: &Trace, alerted: bool) {
    let (start, end) = (trace.span.start(), trace.span.end());
    let verdict = match (alerted, trace.found) {
        (true, _) => "a finding for the profiles alert and redact",
        (false, true) => "a finding for the profile redact only",
        (false, false) => "no finding",
    };
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{} at bytes {start}..{end}: {verdict}", trace.rule);
    for step in &trace.steps {
        let mark = if step.passed { "  yes " } else { "  no  " };
        let _ = writeln!(out, "{mark}{}", step.what);
    }
}
