//! Reading TOML with exact faults: every wrong key or type is named with its line and the nearest known key.
//!
//! A thin layer over the `toml` crate's spanned tables. It knows nothing of rules.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Error, ErrorKind};

/// A document's name and text, for turning offsets into lines.
pub(crate) struct Source<'t> {
    pub(crate) file: &'t str,
    pub(crate) text: &'t str,
}

impl Source<'_> {
    pub(crate) fn line(&self, offset: usize) -> usize {
        let upto = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        memchr::memchr_iter(b'\n', upto).count() + 1
    }

    pub(crate) fn schema(&self, offset: usize, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Schema, message).at(self.file, self.line(offset))
    }

    /// Parses the document.
    pub(crate) fn parse(&self) -> Result<DeTable<'_>, Error> {
        DeTable::parse(self.text).map(Spanned::into_inner).map_err(|e| {
            let offset = e.span().map_or(0, |span| span.start);
            let message = format!("not valid TOML: {}", e.message());
            Error::new(ErrorKind::Syntax, message).at(self.file, self.line(offset))
        })
    }
}

/// One table being read: keys are taken out one by one, and whatever is left is unknown.
pub(crate) struct Reader<'t, 'd> {
    source: &'t Source<'t>,
    table: DeTable<'d>,
    known: Vec<&'static str>,
    pub(crate) start: usize,
}

type Taken<'d> = (usize, DeValue<'d>);

impl<'t, 'd> Reader<'t, 'd> {
    pub(crate) fn new(source: &'t Source<'t>, table: DeTable<'d>, start: usize) -> Self {
        Reader { source, table, known: Vec::new(), start }
    }

    pub(crate) fn fault(&self, message: impl Into<String>) -> Error {
        self.source.schema(self.start, message)
    }

    /// The value of `key`, if it is there.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Taken<'d>> {
        self.known.push(key);
        let (_, value) = self.table.remove_entry(key)?;
        Some((value.span().start, value.into_inner()))
    }

    pub(crate) fn string(&mut self, key: &'static str) -> Result<Option<(usize, String)>, Error> {
        match self.take(key) {
            None => Ok(None),
            Some((at, DeValue::String(text))) => Ok(Some((at, text.into_owned()))),
            Some((at, other)) => Err(self.wrong(at, key, "a string", &other)),
        }
    }

    pub(crate) fn required(&mut self, key: &'static str) -> Result<(usize, String), Error> {
        match self.string(key)? {
            Some((at, text)) if text.trim().is_empty() => {
                Err(self.source.schema(at, format!("`{key}` is empty")))
            }
            Some(found) => Ok(found),
            None => Err(self.missing(key)),
        }
    }

    /// The fault of a key that is not there, or is misspelt.
    pub(crate) fn missing(&self, key: &'static str) -> Error {
        let alike = |name: &str| name.len() > 2 && distance(name, key) <= 2;
        match self.table.iter().find(|(name, _)| alike(name.get_ref())) {
            Some((name, _)) => {
                let message = format!("unknown key `{}`; did you mean `{key}`?", name.get_ref());
                self.source.schema(name.span().start, message)
            }
            None => self.fault(format!("`{key}` is missing")),
        }
    }

    pub(crate) fn boolean(&mut self, key: &'static str) -> Result<bool, Error> {
        match self.take(key) {
            None => Ok(false),
            Some((_, DeValue::Boolean(b))) => Ok(b),
            Some((at, other)) => Err(self.wrong(at, key, "true or false", &other)),
        }
    }

    pub(crate) fn count(&mut self, key: &'static str) -> Result<Option<(usize, usize)>, Error> {
        match self.take(key) {
            None => Ok(None),
            Some((at, DeValue::Integer(n))) if n.radix() == 10 => match n.as_str().parse() {
                Ok(n) => Ok(Some((at, n))),
                Err(_) => Err(self.source.schema(at, format!("`{key}` must not be negative"))),
            },
            Some((at, other)) => Err(self.wrong(at, key, "a whole number", &other)),
        }
    }

    pub(crate) fn number(&mut self, key: &'static str) -> Result<Option<(usize, f32)>, Error> {
        let Some((at, value)) = self.take(key) else { return Ok(None) };
        let text: Cow<'_, str> = match &value {
            DeValue::Float(n) => n.as_str().into(),
            DeValue::Integer(n) => n.as_str().into(),
            other => return Err(self.wrong(at, key, "a number", other)),
        };
        match text.parse::<f32>() {
            Ok(n) if n.is_finite() && n >= 0.0 => Ok(Some((at, n))),
            _ => Err(self.source.schema(at, format!("`{key}` must be a number of 0 or more"))),
        }
    }

    /// Whether `key` is there and was not taken yet.
    pub(crate) fn has(&mut self, key: &'static str) -> bool {
        self.known.push(key);
        self.table.contains_key(key)
    }

    /// A day, as a string or as TOML's own.
    pub(crate) fn day(&mut self, key: &'static str) -> Result<Option<(usize, String)>, Error> {
        match self.take(key) {
            None => Ok(None),
            Some((at, DeValue::String(text))) => Ok(Some((at, text.into_owned()))),
            Some((at, DeValue::Datetime(day))) => Ok(Some((at, day.to_string()))),
            Some((at, other)) => Err(self.wrong(at, key, "a day", &other)),
        }
    }

    pub(crate) fn strings(&mut self, key: &'static str) -> Result<Vec<String>, Error> {
        Ok(self.listed(key)?.into_iter().map(|(_, text)| text).collect())
    }

    /// The strings of an array with their places.
    pub(crate) fn listed(&mut self, key: &'static str) -> Result<Vec<(usize, String)>, Error> {
        let Some((at, value)) = self.take(key) else { return Ok(Vec::new()) };
        let DeValue::Array(items) = value else {
            return Err(self.wrong(at, key, "an array of strings", &value));
        };
        items
            .into_iter()
            .map(|item| {
                let at = item.span().start;
                match item.into_inner() {
                    DeValue::String(text) if !text.is_empty() => Ok((at, text.into_owned())),
                    DeValue::String(_) => {
                        Err(self.source.schema(at, format!("`{key}` holds an empty string")))
                    }
                    other => Err(self.wrong(at, key, "an array of strings", &other)),
                }
            })
            .collect()
    }

    /// The strings of `key`, which may be one string or an array of them, with their places.
    pub(crate) fn one_or_more(&mut self, key: &'static str) -> Result<Vec<(usize, String)>, Error> {
        match self.table.get(key).map(|value| (value.span().start, value.get_ref())) {
            Some((at, DeValue::String(text))) if text.is_empty() => {
                Err(self.source.schema(at, format!("`{key}` is empty")))
            }
            Some((_, DeValue::String(_))) => Ok(self.string(key)?.into_iter().collect()),
            Some((at, DeValue::Array(items))) if items.is_empty() => {
                Err(self.source.schema(at, format!("`{key}` is empty; leave it out for all")))
            }
            _ => self.listed(key),
        }
    }

    /// The tables in the array `key`.
    pub(crate) fn tables(&mut self, key: &'static str) -> Result<Vec<Reader<'t, 'd>>, Error> {
        let Some((at, value)) = self.take(key) else { return Ok(Vec::new()) };
        let DeValue::Array(items) = value else {
            return Err(self.wrong(at, key, "an array of tables", &value));
        };
        items
            .into_iter()
            .map(|item| {
                let at = item.span().start;
                match item.into_inner() {
                    DeValue::Table(table) => Ok(Reader::new(self.source, table, at)),
                    other => Err(self.wrong(at, key, "an array of tables", &other)),
                }
            })
            .collect()
    }

    pub(crate) fn table(&mut self, key: &'static str) -> Result<Option<Reader<'t, 'd>>, Error> {
        match self.take(key) {
            None => Ok(None),
            Some((at, DeValue::Table(table))) => Ok(Some(Reader::new(self.source, table, at))),
            Some((at, other)) => Err(self.wrong(at, key, "a table", &other)),
        }
    }

    fn wrong(&self, at: usize, key: &str, wanted: &str, found: &DeValue<'_>) -> Error {
        self.source.schema(at, format!("`{key}` must be {wanted}, not {}", found.type_str()))
    }

    /// A fault at a place inside this table.
    pub(crate) fn fault_at(&self, at: usize, message: impl Into<String>) -> Error {
        self.source.schema(at, message)
    }

    pub(crate) fn line_of(&self, at: usize) -> usize {
        self.source.line(at)
    }

    pub(crate) fn file(&self) -> &str {
        self.source.file
    }

    /// Refuses what was not asked for.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let Some((key, _)) = self.table.iter().next() else { return Ok(()) };
        let name: &str = key.get_ref();
        let mut message = format!("unknown key `{name}`");
        if let Some(near) = nearest(name, &self.known) {
            message.push_str(&format!("; did you mean `{near}`?"));
        }
        Err(self.source.schema(key.span().start, message))
    }
}

/// The known word closest to `word`, if one is close at all.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = (word.chars().count() / 2).clamp(1, 3);
    known
        .iter()
        .map(|candidate| (distance(word, candidate), *candidate))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edits (insert, delete, replace) that turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, (&cb, pair)) in b.iter().zip(row.windows(2)).enumerate() {
            let [diagonal, above] = pair else { continue };
            let left = next.get(j).copied().unwrap_or(usize::MAX - 1);
            next.push((diagonal + usize::from(ca != cb)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
