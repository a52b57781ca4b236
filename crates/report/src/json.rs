//! JSON lines, one object a line, and JSON, one array.
//!
//! Both write [`Record`] as it is; with [`Entry::secret`] given, the key `secret` follows.

use std::io::{self, Write};

use keysieve::Record;
use serde::Serialize;

use crate::{Entry, Report};

#[derive(Serialize)]
struct Object<'a> {
    #[serde(flatten)]
    record: &'a Record,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

fn object(entry: &Entry) -> io::Result<Vec<u8>> {
    let object = Object { record: &entry.record, secret: entry.secret.as_deref() };
    serde_json::to_vec(&object).map_err(io::Error::other)
}

/// A value as JSON on one line that is harmless inside markup too: `<`, `>` and `&` are escapes, which mean the same.
pub(crate) fn harmless(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// One object a line. Each line is a single write, so that readers never see half of one.
#[derive(Debug, Default)]
pub struct Jsonl;

impl Report for Jsonl {
    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        let mut line = object(entry)?;
        line.push(b'\n');
        out.write_all(&line)
    }
}

/// One array of objects.
#[derive(Debug, Default)]
pub struct Json {
    begun: bool,
}

impl Report for Json {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"[")
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        let comma: &[u8] = if std::mem::replace(&mut self.begun, true) { b",\n" } else { b"\n" };
        out.write_all(comma)?;
        out.write_all(&object(entry)?)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.begun { b"\n]\n" } else { b"]\n" })
    }
}
