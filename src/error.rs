//! The one error of the engine.
//!
//! Only building can fail: a pack that does not parse, a rule that breaks a limit, a configuration that
//! contradicts itself. Scanning never returns an error. A message names the file, the line, the rule and the
//! key at fault, and never holds scanned text: nothing in this file is ever built from input bytes.

use std::fmt;

/// Why a pack, a scanner or a template could not be built.
///
/// The type is opaque; ask [`Error::kind`], [`Error::rule`] and [`Error::line`] for what a program may act on,
/// and print it for a person.
///
/// ```
/// let err = keysieve::Pack::parse("mine.toml", "[[rule]]\nid = 3\n").unwrap_err();
/// assert_eq!(err.line(), Some(2));
/// assert!(err.to_string().starts_with("mine.toml:2:"));
/// ```
#[derive(Clone)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    file: Option<String>,
    line: Option<usize>,
    rule: Option<String>,
}

/// What sort of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not TOML.
    Syntax,
    /// A key is unknown, missing, or of the wrong type.
    Schema,
    /// A pattern does not compile, has no finite length, or breaks a limit.
    Pattern,
    /// Two rules share an id.
    Duplicate,
    /// Options contradict each other or exceed a limit.
    Config,
    /// A template names something that does not exist or cannot be expanded.
    Template,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        let inner = Inner { kind, message: message.into(), file: None, line: None, rule: None };
        Error { inner: Box::new(inner) }
    }

    pub(crate) fn at(mut self, file: &str, line: usize) -> Error {
        self.inner.file.get_or_insert_with(|| file.to_owned());
        self.inner.line.get_or_insert(line);
        self
    }

    pub(crate) fn in_rule(mut self, id: &str) -> Error {
        self.inner.rule.get_or_insert_with(|| id.to_owned());
        self
    }

    /// The sort of fault.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// The pack's name as it was given, if the fault stands in a pack.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.inner.file.as_deref()
    }

    /// The line of the fault, counted from 1.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.inner.line
    }

    /// The id of the rule at fault.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        self.inner.rule.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        if let Some(file) = &inner.file {
            write!(f, "{file}:")?;
            if let Some(line) = inner.line {
                write!(f, "{line}:")?;
            }
            write!(f, " ")?;
        }
        if let Some(rule) = &inner.rule {
            write!(f, "rule `{rule}`: ")?;
        }
        f.write_str(&inner.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.inner.kind)
    }
}

impl std::error::Error for Error {}
