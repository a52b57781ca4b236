//! Putting originals back: stand-ins are found by the one engine, like secrets, and replaced by what the vault has for them.
//!
//! So they are found again however a model cut, quoted, escaped or wrapped them, and in streams cut anywhere. What the vault
//! does not know (forged, foreign, expired) stays as it is. In an address nothing is put back unless the caller allows it,
//! because whoever writes the address would learn the secret. Left out: addresses that an event stream sends in another event
//! than the stand-in.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::action::{Action, Decide};
use super::redactor::Redactor;
use super::stand_in::{self, Vault};
use crate::detect::finding::{Finding, FingerprintKey};
use crate::detect::known::KnownSecrets;
use crate::error::Error;
use crate::rules::pack::Pack;
use crate::scan::scanner::Scanner;
use crate::text::channel::Channel;
use crate::text::secret::Original;

/// What may stand between two characters of a stand-in: the edge of a line, as it is or in a JSON string.
const EDGE: &str = r"(?:\\{0,2}\r?\n[\t ]{0,16}|\\{1,2}n[\t ]{0,16}|\\{1,2}r\\{1,2}n[\t ]{0,16})?";

/// The rules that find labels.
fn pack() -> Result<Pack, Error> {
    let rule = |id: &str, anchor: &str, head: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\ntitle = \"Stand-in\"\ncategory = \"generic\"\nseverity = \"low\"\n\
             why = \"Stands for a secret that the vault has.\"\nconfidence = \"certain\"\n\
             bounds = \"none\"\nanchors = ['{anchor}']\n\
             pattern = '{head}{EDGE}(?:[0-9a-z-]{EDGE}){{1,64}}:{EDGE}(?:[a-z2-9]{EDGE}){{20}}\\\\{{0,4}}\\]'\n\
             hits = [\"{{secret}}\", \"a {{secret}}\"]\nmisses = [\"SEALED\", \"sealed\"]\n"
        )
    };
    // A bracket may be escaped for a shell or markdown, and that once or twice more for JSON.
    let escaped = [1, 2, 4].map(|count| {
        let (id, backslashes) = (format!("stand-in-escaped-{count}"), r"\".repeat(count));
        let head = format!(r"{}\[SEALED:", r"\".repeat(2 * count));
        rule(&id, &format!("{backslashes}[SEALED:"), &head)
    });
    let plain = rule("stand-in", "[SEALED:", r"\[SEALED:");
    Pack::parse("stand-ins", &[&[plain][..], &escaped].concat().concat())
}

/// How originals are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Carrier {
    /// As they are.
    #[default]
    Text,
    /// Inside the strings of JSON: quotes, backslashes and control characters are escaped, as often as the quote before
    /// the stand-in is. (In the events of a stream they always are.)
    Json,
}

/// Puts originals back into texts and streams. Built for what the vault has now: build it anew for each text.
#[derive(Debug, Clone)]
pub struct Restorer {
    redactor: Redactor,
    restoring: Arc<Restoring>,
}

/// What was done to stand-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Restored {
    /// Replaced by their originals.
    pub restored: u64,
    /// Left, because the vault does not know them: forged, foreign, expired.
    pub unknown: u64,
    /// Left, because they stand in an address.
    pub in_address: u64,
}

impl Restorer {
    /// A restorer of what is in `vault` and belongs to no scope.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn new(vault: Arc<dyn Vault>) -> io::Result<Restorer> {
        Restorer::scoped(vault, "")
    }

    /// A restorer of what is in `vault` and was made in `scope`; what other scopes have made stays as it is.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn scoped(vault: Arc<dyn Vault>, scope: &str) -> io::Result<Restorer> {
        let mut scanner = Scanner::builder().pack(pack().map_err(io::Error::other)?);
        // Found however they are spelled and broken over lines. The key hides nothing here.
        let mut kept = KnownSecrets::new(FingerprintKey::new([0; 32]));
        let names = vault.names()?;
        let here = names.iter().filter_map(|name| stand_in::unscoped(scope, name));
        here.for_each(|stand_in| kept.add_exact(stand_in));
        scanner = scanner.known(kept);
        let restoring = Restoring { vault, scope: scope.to_owned(), ..Restoring::default() };
        Ok(Restorer::with(scanner.build().map_err(io::Error::other)?, restoring))
    }

    fn with(scanner: Scanner, restoring: Restoring) -> Restorer {
        let restoring = Arc::new(restoring);
        let redactor = Redactor::restoring(&scanner, Arc::clone(&restoring));
        Restorer { redactor, restoring }
    }

    fn change(self, change: impl FnOnce(Restoring) -> Restoring) -> Restorer {
        let scanner = self.redactor.scanner().clone();
        let old = &*self.restoring;
        let same = Restoring {
            vault: Arc::clone(&old.vault),
            scope: old.scope.clone(),
            carrier: old.carrier,
            addresses: old.addresses,
            blocks: old.blocks,
            ..Restoring::default()
        };
        Restorer::with(scanner, change(same))
    }

    /// What the text is in which originals are put back.
    #[must_use]
    pub fn carrier(self, carrier: Carrier) -> Restorer {
        self.change(|restoring| Restoring { carrier, ..restoring })
    }

    /// Whether originals are put back in addresses (`https://…`) too. Whoever wrote the address decides who learns the
    /// secret. Default: no.
    #[must_use]
    pub fn in_addresses(self, addresses: bool) -> Restorer {
        self.change(|restoring| Restoring { addresses, ..restoring })
    }

    /// Instead of putting anything back, end a stream with [`crate::Blocked`] at the first stand-in, known or not: it must
    /// not be written to a file or executed.
    #[must_use]
    pub fn blocking(self) -> Restorer {
        self.change(|restoring| Restoring { blocks: true, ..restoring })
    }

    /// The redactor that does it: [`Redactor::redact`] and [`Redactor::stream`] put originals back.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// What was done so far.
    #[must_use]
    pub fn counts(&self) -> Restored {
        self.restoring.counts.read()
    }
}

/// How it is done.
#[derive(Debug)]
pub(crate) struct Restoring {
    vault: Arc<dyn Vault>,
    scope: String,
    carrier: Carrier,
    pub(crate) addresses: bool,
    blocks: bool,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    restored: AtomicU64,
    unknown: AtomicU64,
    in_address: AtomicU64,
}

impl Counts {
    fn read(&self) -> Restored {
        Restored {
            restored: self.restored.load(Ordering::Relaxed),
            unknown: self.unknown.load(Ordering::Relaxed),
            in_address: self.in_address.load(Ordering::Relaxed),
        }
    }
}

impl Default for Restoring {
    fn default() -> Restoring {
        Restoring {
            vault: Arc::new(Empty),
            scope: String::new(),
            carrier: Carrier::Text,
            addresses: false,
            blocks: false,
            counts: Counts::default(),
        }
    }
}

impl Restoring {
    /// What is written in the place of a stand-in; none if it stays.
    pub(crate) fn write(
        &self,
        finding: &Finding,
        around: Surroundings,
    ) -> io::Result<Option<Original>> {
        let made = finding.original.as_ref().map(|text| canonical(text.secret().expose()));
        let found = made.map(|made| stand_in::scoped(&self.scope, &made));
        let Some(original) = found.map(|text| self.vault.original(&text)).transpose()?.flatten()
        else {
            self.counts.unknown.fetch_add(1, Ordering::Relaxed);
            return Ok(None);
        };
        if around.in_address && !self.addresses {
            self.counts.in_address.fetch_add(1, Ordering::Relaxed);
            return Ok(None);
        }
        self.counts.restored.fetch_add(1, Ordering::Relaxed);
        // What carries the events stands before it.
        let events = finding.encoding().iter().skip(1).any(|kind| *kind == "json");
        let depth = match self.carrier {
            // Arguments of a call are JSON inside the string of the event.
            _ if events => 1 + u32::from(finding.channel() == Some(Channel::ToolCall)),
            Carrier::Json => around.depth(),
            Carrier::Text => 0,
        };
        Ok(Some(escaped(original, depth)))
    }
}

impl Decide for Restoring {
    fn decide(&self, _: &Finding) -> Action {
        if self.blocks { Action::Block } else { Action::Pseudonymize }
    }
}

/// What stands before a stand-in.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Surroundings {
    /// Whether an address goes on here.
    pub(crate) in_address: bool,
    /// How far `://` has come.
    scheme: u8,
    /// Backslashes directly before here, and before the last quote.
    backslashes: u32,
    quote: u32,
}

impl Surroundings {
    /// Reads on over bytes that are handed out.
    pub(crate) fn read(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\\' {
                self.backslashes += 1;
                continue;
            }
            let escapes = std::mem::take(&mut self.backslashes);
            if byte == b'"' {
                self.quote = escapes;
            }
            let ends = byte.is_ascii_whitespace() || b"\"'<>`".contains(&byte);
            // `\n` in a string of JSON ends a line, `\/` is a slash.
            if ends || (escapes > 0 && matches!(byte, b'n' | b't' | b'r')) {
                (self.in_address, self.scheme) = (false, 0);
                continue;
            }
            self.scheme = match (byte, self.scheme) {
                (b':', _) => 1,
                (b'/', 1) => 2,
                (b'/', 2) => {
                    self.in_address = true;
                    0
                }
                _ => 0,
            };
        }
    }

    /// How many strings of JSON stand inside each other here, told by the last quote.
    fn depth(self) -> u32 {
        (self.quote + 1).ilog2() + 1
    }
}

/// The stand-in as it was made: without edges of lines and escapes.
fn canonical(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut escaped = false;
    for &byte in text {
        match byte {
            b'\\' => escaped = true,
            b'n' | b'r' if escaped => escaped = false,
            b'\n' | b'\r' | b'\t' | b' ' => escaped = false,
            _ => {
                escaped = false;
                out.push(byte);
            }
        }
    }
    out
}

/// The original as it stands inside so many strings of JSON.
fn escaped(original: Original, depth: u32) -> Original {
    let mut original = original;
    for _ in 0..depth {
        let plain = original.secret().expose();
        // Sized once: growing would leave copies behind.
        let mut out = Vec::with_capacity(plain.len() * 6);
        for &byte in plain {
            match byte {
                b'"' | b'\\' => out.extend([b'\\', byte]),
                b'\n' => out.extend(b"\\n"),
                b'\r' => out.extend(b"\\r"),
                b'\t' => out.extend(b"\\t"),
                0..0x20 => {
                    let digit = |n: u8| if n < 10 { b'0' + n } else { b'a' + n - 10 };
                    out.extend(b"\\u00");
                    out.extend([digit(byte >> 4), digit(byte & 15)]);
                }
                _ => out.push(byte),
            }
        }
        original = Original::new(out);
    }
    original
}

/// A vault without anything.
struct Empty;

impl fmt::Debug for Empty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Empty")
    }
}

impl Vault for Empty {
    fn keep(&self, _: &[u8], _: crate::text::secret::Secret<'_>) -> io::Result<bool> {
        Err(io::Error::other("nothing can be kept here"))
    }

    fn original(&self, _: &[u8]) -> io::Result<Option<Original>> {
        Ok(None)
    }

    fn names(&self) -> io::Result<Vec<Vec<u8>>> {
        Ok(Vec::new())
    }
}
