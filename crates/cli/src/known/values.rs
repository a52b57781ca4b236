//! The values in a file of settings, with their names.

use std::fs;
use std::path::Path;

use yaml_rust2::{Yaml, YamlLoader};

use super::ends;
use crate::failure::Failure;

/// A value and what it is called.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) value: Vec<u8>,
}

pub(super) fn of_file(path: &Path) -> Result<Vec<Named>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::at(path, &error))?;
    // What a parser says of a fault may quote the file.
    let fault = |what: &str| Failure::Fault(format!("{}: is no valid {what}", path.display()));
    let mut found = Vec::new();
    if ends(path, &["json"]) {
        let value = serde_json::from_str(&text).map_err(|_| fault("JSON"))?;
        json("", &value, &mut found);
    } else if ends(path, &["yaml", "yml"]) {
        let documents = YamlLoader::load_from_str(&text).map_err(|_| fault("YAML"))?;
        documents.iter().for_each(|document| yaml("", document, &mut found));
    } else {
        env(&text, &mut found);
    }
    Ok(found)
}

fn json(name: &str, value: &serde_json::Value, found: &mut Vec<Named>) {
    use serde_json::Value;
    match value {
        Value::String(text) => {
            found.push(Named { name: name.to_owned(), value: text.clone().into_bytes() });
        }
        Value::Number(number) => {
            found.push(Named { name: name.to_owned(), value: number.to_string().into_bytes() });
        }
        Value::Array(items) => items.iter().for_each(|item| json(name, item, found)),
        Value::Object(entries) => {
            entries.iter().for_each(|(key, item)| json(&format!("{name}.{key}"), item, found));
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn yaml(name: &str, value: &Yaml, found: &mut Vec<Named>) {
    match value {
        Yaml::String(text) | Yaml::Real(text) => {
            found.push(Named { name: name.to_owned(), value: text.clone().into_bytes() });
        }
        Yaml::Integer(number) => {
            found.push(Named { name: name.to_owned(), value: number.to_string().into_bytes() });
        }
        Yaml::Array(items) => items.iter().for_each(|item| yaml(name, item, found)),
        Yaml::Hash(entries) => {
            for (key, item) in entries {
                yaml(&format!("{name}.{}", key.as_str().unwrap_or_default()), item, found);
            }
        }
        _ => {}
    }
}

/// `NAME=value` lines: with `export` before them, in quotes (also over several lines), with a comment behind them.
fn env(text: &str, found: &mut Vec<Named>) {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let mut value = value.trim().to_owned();
        let quote = value.chars().next().filter(|first| "\"'".contains(*first));
        if let Some(quote) = quote {
            value.remove(0);
            while closing(&value, quote).is_none()
                && let Some(more) = lines.next()
            {
                value.push('\n');
                value.push_str(more);
            }
            value.truncate(closing(&value, quote).unwrap_or(value.len()));
            if quote == '"' {
                value = unescaped(&value);
            }
        } else if let Some(comment) = value.find(" #") {
            value.truncate(comment);
        }
        found.push(Named {
            name: name.trim().to_owned(),
            value: value.trim_end().as_bytes().to_vec(),
        });
    }
}

/// Where the quote is closed that opened before `text`.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && !escaped && quote == '"';
        closes.then_some(at)
    })
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => out.push(c),
            },
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_settings() {
        let text = "# note=no\nA=plain # why\nexport B='single # \\n'\nC=\"two\\nlines \\\"q\\\"\"\nD=\"over\nlines\"\nnothing\nE=\n";
        let mut found = Vec::new();
        env(text, &mut found);
        let told: Vec<_> = found
            .iter()
            .map(|n| (n.name.as_str(), std::str::from_utf8(&n.value).unwrap()))
            .collect();
        let wanted = [
            ("A", "plain"),
            ("B", "single # \\n"),
            ("C", "two\nlines \"q\""),
            ("D", "over\nlines"),
            ("E", ""),
        ];
        assert_eq!(told, wanted);
    }
}
