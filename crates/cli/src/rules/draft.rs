//! A rule in the making: its fields as they will be written, and what lint says of them.
//!
//! The text is written by hand, not by a serializer, so that it reads like the packs of this repository. Nothing in a draft is
//! taken from a token beyond what its maker put there.

use std::fmt::Write as _;

use keysieve::{Error, Pack};

/// The fields of a rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) category: String,
    pub(super) why: String,
    pub(super) severity: String,
    pub(super) confidence: String,
    pub(super) anchors: Vec<String>,
    pub(super) keywords: Vec<String>,
    pub(super) caseless: bool,
    pub(super) pattern: String,
    pub(super) bounds: Option<&'static str>,
    /// Each as it is written between the brackets.
    pub(super) checks: Vec<String>,
    pub(super) references: Vec<String>,
    pub(super) hits: Vec<String>,
    pub(super) misses: Vec<String>,
    /// Lines of comment above the rule.
    pub(super) notes: Vec<String>,
}

impl Draft {
    /// The rule as TOML.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        for note in &self.notes {
            comment(&mut out, note);
        }
        out.push_str("[[rule]]\n");
        let mut field = |key: &str, value: String| {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{key} = {value}");
        };
        field("id", quoted(&self.id));
        field("title", quoted(&self.title));
        field("category", quoted(&self.category));
        field("why", quoted(&self.why));
        field("severity", quoted(&self.severity));
        field("confidence", quoted(&self.confidence));
        if !self.anchors.is_empty() {
            field("anchors", list(&self.anchors));
        }
        if !self.keywords.is_empty() {
            field("keywords", list(&self.keywords));
        }
        if self.caseless {
            field("caseless", "true".to_owned());
        }
        field("pattern", literal(&self.pattern));
        if let Some(bounds) = self.bounds {
            field("bounds", quoted(bounds));
        }
        if !self.checks.is_empty() {
            field("checks", format!("[{}]", self.checks.join(", ")));
        }
        if !self.references.is_empty() {
            field("references", list(&self.references));
        }
        field("hits", list(&self.hits));
        field("misses", list(&self.misses));
        out
    }

    /// The rule as a pack of its own.
    pub(super) fn pack(&self) -> Result<Pack, Error> {
        Pack::parse("draft.toml", &self.text())
    }

    /// What lint says of the rule alone.
    pub(super) fn faults(&self) -> Vec<String> {
        match self.pack() {
            Ok(pack) => keysieve::lint::lint(&pack).into_iter().map(|f| f.message).collect(),
            Err(error) => vec![bare(&error)],
        }
    }
}

/// The words of an error, without file, line and rule, which are not the user's.
pub(super) fn bare(error: &Error) -> String {
    let text = error.to_string();
    let text = text.split_once("draft.toml:").map_or(&*text, |(_, rest)| rest);
    let text = text.split_once(": ").map_or(text, |(head, rest)| {
        if head.bytes().all(|b| b.is_ascii_digit()) { rest } else { text }
    });
    let text = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':' || c == ' ');
    match text.strip_prefix("rule `").and_then(|rest| rest.split_once("`: ")) {
        Some((_, rest)) => rest.to_owned(),
        None => text.to_owned(),
    }
}

/// Lines of comment.
pub(super) fn comment(out: &mut String, text: &str) {
    for line in text.lines() {
        let clean: String = line.chars().filter(|c| !c.is_control()).collect();
        let _ = writeln!(out, "# {clean}");
    }
}

/// A TOML string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A TOML string without escapes, if that is possible.
fn literal(text: &str) -> String {
    match text.contains('\'') || text.chars().any(char::is_control) {
        true => quoted(text),
        false => format!("'{text}'"),
    }
}

/// A string as it reads best: literal where it holds quotes.
pub(super) fn easy(text: &str) -> String {
    if text.contains(['"', '\\']) { literal(text) } else { quoted(text) }
}

fn list(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| easy(item)).collect();
    let one = format!("[{}]", items.join(", "));
    match one.len() {
        0..=110 => one,
        _ => format!("[\n    {},\n]", items.join(",\n    ")),
    }
}

/// `text` as an id: lower case, words joined by single dashes.
pub(super) fn kebab(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => out.push(c),
            _ if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
    }
    out.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_survive_toml() {
        for text in ["plain", "a \"b\" \\ c", "it's", "tab\tnew\nline \u{1}", "x\u{85}y"] {
            for written in [quoted(text), literal(text), easy(text)] {
                let table: toml::Table = format!("k = {written}").parse().unwrap();
                assert_eq!(table["k"].as_str(), Some(text), "{written}");
            }
        }
    }

    #[test]
    fn ids() {
        assert_eq!(kebab("Acme API_Key (v2)"), "acme-api-key-v2");
        assert_eq!(kebab("--np.acme.1"), "np-acme-1");
        assert_eq!(kebab("ключ"), "");
    }

    #[test]
    fn errors_lose_what_is_not_the_users() {
        let draft = Draft { id: "acme".to_owned(), ..Draft::default() };
        assert_eq!(draft.faults(), ["`title` is empty"]);
    }
}
