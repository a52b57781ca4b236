//! `keysieve rules show ID --plan`: how a rule is executed.

use std::fmt::Write;

use keysieve::{Probe, Rule};
use serde::Serialize;

use super::{line, pretty};
use crate::args::Format;
use crate::failure::Failure;

#[derive(Serialize)]
struct Told<'r> {
    id: &'r str,
    how: &'static str,
    probes: Vec<Row<'r>>,
    shape: Option<&'r str>,
    pattern: Option<&'r str>,
    slow: bool,
}

#[derive(Serialize)]
struct Row<'r> {
    literal: &'r str,
    fingerprint: &'r str,
    caseless: bool,
    gated: bool,
    per_kib: Option<f64>,
}

impl<'r> Row<'r> {
    fn new(probe: &'r Probe) -> Row<'r> {
        let Probe { literal, fingerprint, caseless, gated, per_kib, .. } = probe;
        // Three digits of what is an expectation.
        let rounded = |n: f64| {
            let digits = 10f64.powf(2.0 - n.log10().floor());
            (n * digits).round() / digits
        };
        let per_kib = per_kib.map(rounded);
        Row { literal, fingerprint, caseless: *caseless, gated: *gated, per_kib }
    }
}

pub(super) fn told(rule: &Rule, format: Format) -> Result<String, Failure> {
    let plan = rule.plan();
    let told = Told {
        id: rule.id(),
        how: plan.how,
        probes: plan.probes.iter().map(Row::new).collect(),
        shape: plan.shape.as_deref(),
        pattern: plan.pattern.as_deref(),
        slow: plan.slow().next().is_some(),
    };
    match format {
        Format::Jsonl => line(&told),
        Format::Json => pretty(&told),
        Format::Text => Ok(page(&told)),
    }
}

fn page(told: &Told<'_>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{:<11} {}", "id", told.id);
    let _ = writeln!(out, "{:<11} {}", "how", told.how);
    for probe in &told.probes {
        let Row { literal, fingerprint, per_kib, .. } = probe;
        let case = if probe.caseless { ", any case" } else { "" };
        let gate = if probe.gated { ", where a token may follow" } else { "" };
        let rate = per_kib.map_or(String::new(), |n| format!(": {n} expected per KiB"));
        let _ =
            writeln!(out, "{:<11} {literal}  by `{fingerprint}`{case}{gate}{rate}", "looked for");
    }
    if let Some(shape) = told.shape {
        let _ = writeln!(out, "{:<11} {shape}", "shape");
    }
    if let Some(pattern) = told.pattern {
        let _ = writeln!(out, "{:<11} {pattern}", "pattern");
    }
    if told.slow {
        let _ = writeln!(out, "{:<11} yes: what is looked for is common in ordinary text", "slow");
    }
    out
}
