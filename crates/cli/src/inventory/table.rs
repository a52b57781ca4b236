//! Credentials as lines for people, JSON and CSV.

use std::io::{self, Write};

use keysieve_inventory::{Credential, Exposure, Status};
use keysieve_report::{neutral, rfc3339};

use crate::args::ListFormat;

const HEAD: [&str; 18] = [
    "fingerprint",
    "rule",
    "title",
    "category",
    "severity",
    "preview",
    "status",
    "status_by",
    "status_at",
    "owner",
    "note",
    "first_seen",
    "last_seen",
    "times",
    "contexts",
    "sources",
    "principals",
    "revoke",
];

pub(super) fn begin(out: &mut dyn Write, format: ListFormat) -> io::Result<()> {
    match format {
        ListFormat::Csv => writeln!(out, "{}", HEAD.join(",")),
        ListFormat::Json => out.write_all(b"["),
        ListFormat::Text | ListFormat::Jsonl => Ok(()),
    }
}

pub(super) fn end(out: &mut dyn Write, format: ListFormat, empty: bool) -> io::Result<()> {
    match format {
        ListFormat::Json => out.write_all(if empty { b"]\n" } else { b"\n]\n" }),
        _ => Ok(()),
    }
}

pub(super) fn row(
    out: &mut dyn Write,
    format: ListFormat,
    credential: &Credential,
    now: u64,
    first: bool,
) -> io::Result<()> {
    match format {
        ListFormat::Text => line(out, credential, now),
        ListFormat::Csv => csv(out, credential),
        ListFormat::Jsonl => {
            serde_json::to_writer(&mut *out, credential)?;
            out.write_all(b"\n")
        }
        ListFormat::Json => {
            out.write_all(if first { b"\n" } else { b",\n" })?;
            serde_json::to_writer(out, credential).map_err(io::Error::from)
        }
    }
}

fn line(out: &mut dyn Write, c: &Credential, now: u64) -> io::Result<()> {
    let blast = c.blast;
    writeln!(
        out,
        "{} {:<8} {:<9} {} {} {} contexts, {} sources, {} principals{}",
        neutral(c.fingerprint.get(..16).unwrap_or(&c.fingerprint).as_bytes()),
        c.severity,
        state(c, now),
        neutral(c.rule.as_bytes()),
        neutral(c.preview.as_bytes()),
        blast.contexts,
        blast.sources,
        blast.principals,
        c.owner.as_ref().map(|o| format!(", {}", neutral(o.as_bytes()))).unwrap_or_default(),
    )
}

/// The status in a word or two, with the age of what is open.
fn state(c: &Credential, now: u64) -> String {
    match c.open_for(now) {
        Some(age) if c.is_overdue(now) => format!("open {}!", span(age)),
        Some(age) => format!("open {}", span(age)),
        None if c.seen_again() => format!("{}, seen again", c.status.as_str()),
        None => c.status.as_str().to_owned(),
    }
}

/// A length of time in its largest unit.
fn span(ms: u64) -> String {
    let minutes = ms / 60_000;
    match minutes {
        0..=119 => format!("{minutes}min"),
        120..=2879 => format!("{}h", minutes / 60),
        _ => format!("{}d", minutes / 1440),
    }
}

fn csv(out: &mut dyn Write, c: &Credential) -> io::Result<()> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = [
        c.fingerprint.clone(),
        c.rule.clone(),
        c.title.clone(),
        c.category.clone(),
        c.severity.to_owned(),
        c.preview.clone(),
        c.status.as_str().to_owned(),
        text(&c.status_by),
        c.status_at.map(rfc3339).unwrap_or_default(),
        text(&c.owner),
        text(&c.note),
        rfc3339(c.first_seen),
        rfc3339(c.last_seen),
        c.times.to_string(),
        c.blast.contexts.to_string(),
        c.blast.sources.to_string(),
        c.blast.principals.to_string(),
        text(&c.revoke),
    ];
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    writeln!(out, "{}", cells.join(","))
}

/// A cell after RFC 4180. What a spreadsheet would take for a formula gets an apostrophe before it.
fn cell(text: &str) -> String {
    let mut text = neutral(text.as_bytes()).into_owned();
    if text.starts_with(['=', '+', '-', '@']) {
        text.insert(0, '\'');
    }
    match text.contains([',', '"']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

/// All that is known of a credential.
pub(super) fn page(
    out: &mut dyn Write,
    c: &Credential,
    exposures: &[Exposure],
    now: u64,
) -> io::Result<()> {
    let clean = |text: &str| neutral(text.as_bytes()).into_owned();
    let (print, title, preview) = (clean(&c.fingerprint), clean(&c.title), clean(&c.preview));
    writeln!(out, "{print}  {title} ({preview})")?;
    writeln!(out, "rule        {} ({}, {})", clean(&c.rule), clean(&c.category), c.severity)?;
    writeln!(out, "status      {}", state(c, now))?;
    if let (Some(who), Some(at)) = (&c.status_by, c.status_at) {
        writeln!(out, "decided     by {} at {}", clean(who), rfc3339(at))?;
    }
    if let Some(note) = &c.note {
        writeln!(out, "note        {}", clean(note))?;
    }
    writeln!(out, "owner       {}", c.owner.as_deref().map_or("nobody".into(), clean))?;
    writeln!(
        out,
        "seen        {} times, {} to {}",
        c.times,
        rfc3339(c.first_seen),
        rfc3339(c.last_seen)
    )?;
    let b = c.blast;
    writeln!(
        out,
        "blast       {} contexts, {} sources, {} principals, {} channels",
        b.contexts, b.sources, b.principals, b.hops
    )?;
    if c.status == Status::Open || c.seen_again() {
        writeln!(out, "to do")?;
        for (step, n) in c.steps().iter().zip(1..) {
            writeln!(out, "  {n}. {}", clean(step))?;
        }
    }
    writeln!(out, "where")?;
    for place in exposures {
        let rest = [&place.path, &place.channel, &place.principal];
        let rest: Vec<String> = rest.iter().filter(|t| !t.is_empty()).map(|t| clean(t)).collect();
        let rest = if rest.is_empty() { String::new() } else { format!(" ({})", rest.join(", ")) };
        writeln!(
            out,
            "  {}{rest}, {} times, {}",
            clean(&place.source),
            place.times,
            clean(&place.action)
        )?;
    }
    Ok(())
}
