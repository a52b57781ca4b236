//! Sentences about a finding that several formats share. None holds a byte of the secret's random part.

use keysieve::Record;

use crate::neutral;

/// What was found: `GitHub personal access token (ghp_…(40)), certain`.
pub(crate) fn what(record: &Record) -> String {
    let text = format!("{} ({}), {}", record.title, record.preview, record.confidence);
    neutral(text.as_bytes()).into_owned()
}

/// What to do about it.
pub(crate) fn remedy(record: &Record) -> String {
    let place = match &record.revoke {
        Some(place) => format!("Rotate it at {place}"),
        None => "Rotate it where it was issued".to_owned(),
    };
    format!("{}, then remove it from where it stands.", neutral(place.as_bytes()))
}

/// The sentence of annotations.
pub(crate) fn message(record: &Record) -> String {
    format!("{}. {}", what(record), remedy(record))
}

/// The source, harmless for terminals.
pub(crate) fn source(record: &Record) -> String {
    neutral(record.source.as_bytes()).into_owned()
}

/// The source as code hosts want it: their paths begin at the root of the repository, without a `./`.
pub(crate) fn file(record: &Record) -> String {
    let mut file = record.source.as_str();
    while let Some(rest) = file.strip_prefix("./") {
        file = rest.trim_start_matches('/');
    }
    neutral(file.as_bytes()).into_owned()
}

/// The path inside the source, harmless for terminals.
pub(crate) fn path(record: &Record) -> Option<String> {
    record.path.as_ref().map(|path| neutral(path.as_bytes()).into_owned())
}

/// `text` without what begins a tag: formats of plain text are shown by pages too.
pub(crate) fn untagged(text: &str) -> String {
    text.replace('<', "\\u{3c}").replace('>', "\\u{3e}")
}

/// The fingerprint, if other runs can know it too.
pub(crate) fn lasting_fingerprint(record: &Record) -> Option<&str> {
    (record.fingerprint_key == "given" && !record.fingerprint.is_empty())
        .then_some(&*record.fingerprint)
}
