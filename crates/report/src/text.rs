//! For people: `path:line:column severity rule title`, and below it the line with the secret masked.
//!
//! Everything foreign goes through [`neutral`]. Colour is the caller's choice; without it no escape is written.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use keysieve::Record;

use crate::{Entry, Part, Report, neutral};

/// The text format.
#[derive(Debug, Default)]
pub struct Text {
    colour: bool,
    details: bool,
}

impl Text {
    /// With or without colours.
    #[must_use]
    pub fn new(colour: bool) -> Text {
        Text { colour, details: false }
    }

    /// With a line for what is known of the credential, below each finding that has any.
    #[must_use]
    pub fn details(mut self, details: bool) -> Text {
        self.details = details;
        self
    }

    fn about(&self, out: &mut dyn Write, record: &Record) -> io::Result<()> {
        let mut known: Vec<String> =
            record.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
        known.extend(record.path.as_ref().map(|path| match &record.channel {
            Some(channel) => format!("{channel} at {path}"),
            None => format!("at {path}"),
        }));
        known.extend(
            record
                .companion
                .as_ref()
                .map(|other| format!("belongs to {} at byte {}", other.rule, other.span[0])),
        );
        if !self.details || known.is_empty() {
            return Ok(());
        }
        self.paint(out, FAINT, &format!("    {}", neutral(known.join(", ").as_bytes())))?;
        out.write_all(b"\n")
    }

    fn paint(&self, out: &mut dyn Write, style: Style, text: &str) -> io::Result<()> {
        if self.colour {
            write!(out, "{style}{text}{style:#}")
        } else {
            out.write_all(text.as_bytes())
        }
    }

    fn line(&self, out: &mut dyn Write, parts: &[Part]) -> io::Result<()> {
        out.write_all(b"    ")?;
        for part in parts {
            match part {
                Part::Plain(bytes) => out.write_all(neutral(bytes).as_bytes())?,
                Part::Hidden(mark) => self.paint(out, SECRET, &neutral(mark.as_bytes()))?,
                Part::Exposed(bytes) => self.paint(out, SECRET, &neutral(bytes))?,
                Part::Cut => self.paint(out, FAINT, "…")?,
            }
        }
        out.write_all(b"\n")
    }
}

const PLACE: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const SECRET: Style = AnsiColor::Red.on_default().bold();

fn severity(word: &str) -> Style {
    match word {
        "critical" => AnsiColor::Red.on_default().bold(),
        "high" => AnsiColor::Red.on_default(),
        "medium" => AnsiColor::Yellow.on_default(),
        _ => AnsiColor::Cyan.on_default(),
    }
}

impl Report for Text {
    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        let record = &entry.record;
        let source = neutral(record.source.as_bytes());
        self.paint(out, PLACE, &format!("{source}:{}:{}", record.line, record.column))?;
        out.write_all(b" ")?;
        self.paint(out, severity(record.severity), record.severity)?;
        write!(out, " {} ", record.rule)?;
        out.write_all(neutral(record.title.as_bytes()).as_bytes())?;
        if record.confidence != "certain" {
            write!(out, " ({})", record.confidence)?;
        }
        out.write_all(b"\n")?;
        self.about(out, record)?;
        match (&entry.line, &entry.secret) {
            (Some(parts), _) => self.line(out, parts),
            (None, Some(secret)) => self.line(out, &[Part::Exposed(secret.clone().into_bytes())]),
            (None, None) => Ok(()),
        }
    }
}
