//! One level of a document: what is open, which member or element is at hand, and what its members have told.

use std::fmt::Write;

use super::turns::Marks;
use crate::payload::json;
use crate::text::mapped::Mapped;

/// Bytes of a name, or of a value that tells something.
pub(super) const LONGEST: usize = 128;
/// A run of so many letters and digits, of both kinds, is rather a token than a name.
const TOKEN: usize = 16;

/// The beginning of a string.
#[derive(Debug, Default)]
pub(super) struct Word {
    bytes: Vec<u8>,
    /// Whether there was more of it.
    is_full: bool,
    is_closed: bool,
}

impl Word {
    /// Takes more of the string.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.is_closed {
            return;
        }
        let room = LONGEST - self.bytes.len().min(LONGEST);
        self.is_full |= bytes.len() > room;
        self.bytes.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    /// Takes no more.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn clear(&mut self) {
        // It may be a part of a secret.
        self.bytes.fill(0);
        self.bytes.clear();
        self.is_full = false;
        self.is_closed = false;
    }

    /// What the string says, if it is known whole.
    fn text(&self) -> Option<String> {
        if self.is_full {
            return None;
        }
        if !self.bytes.contains(&b'\\') {
            return std::str::from_utf8(&self.bytes).ok().map(str::to_owned);
        }
        let mut bytes = Vec::new();
        json::decode(&self.bytes, 0, &mut bytes, &mut Mapped::default());
        String::from_utf8(bytes).ok()
    }
}

/// Which member of an object is at hand.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Member {
    #[default]
    None,
    Named,
    /// One whose name is not told.
    Hidden,
}

/// An object or an array that is open.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) is_object: bool,
    /// Of the element at hand, in an array.
    pub(super) index: u64,
    member: Member,
    name: String,
    pub(super) marks: Marks,
}

impl Frame {
    pub(super) fn begin(&mut self, is_object: bool) {
        self.is_object = is_object;
        self.index = 0;
        self.unname();
        self.marks = Marks::default();
    }

    /// The next name begins.
    pub(super) fn unname(&mut self) {
        self.member = Member::None;
        self.name.clear();
    }

    /// The name of the member at hand.
    pub(super) fn name(&mut self, word: &Word, hidden: bool) {
        self.member = Member::Hidden;
        self.name.clear();
        if let Some(name) = word.text().filter(|name| !hidden && !looks_like_token(name)) {
            self.member = Member::Named;
            self.marks.named(&name);
            self.name = name;
        }
    }

    /// The member's name; none if there is none or it is not told.
    pub(super) fn member(&self) -> Option<&str> {
        (self.member == Member::Named).then_some(&self.name)
    }

    /// Whether the value of the member at hand tells something.
    pub(super) fn tells(&self) -> bool {
        self.is_object && self.member().is_some_and(Marks::reads)
    }

    /// What it told.
    pub(super) fn told(&mut self, word: &Word) {
        if let Some(value) = word.text() {
            self.marks.told(&self.name, &value);
        }
    }

    /// Adds the member at hand to a path.
    pub(super) fn write(&self, path: &mut String) {
        match self.member {
            Member::None => {}
            Member::Hidden => path.push_str("[*]"),
            Member::Named if is_plain(&self.name) => {
                path.push('.');
                path.push_str(&self.name);
            }
            Member::Named => {
                path.push_str("['");
                for character in self.name.chars() {
                    match character {
                        '\'' | '\\' => path.extend(['\\', character]),
                        // Writing to a string does not fail.
                        c if c.is_control() => _ = write!(path, "\\u{:04x}", u32::from(c)),
                        c => path.push(c),
                    }
                }
                path.push_str("']");
            }
        }
    }
}

/// Whether a name may stand behind a dot.
fn is_plain(name: &str) -> bool {
    let begins = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    begins && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether a name may be a token by its looks: nobody names a member so.
fn looks_like_token(name: &str) -> bool {
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| {
        run.len() >= TOKEN
            && run.bytes().any(|b| b.is_ascii_digit())
            && run.bytes().any(|b| b.is_ascii_alphabetic())
    })
}
