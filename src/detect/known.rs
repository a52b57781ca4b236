//! Secrets that are known: found exactly, whatever they look like, by keyed hashes alone.
//!
//! A secret is found by its first four bytes (one look at the bit map that the prefilter uses for windows, for many
//! positions at a time), then by a keyed mix of its first eight, of its last eight, and in the end by a keyed digest of all of it
//! (HMAC-SHA256). Only the last decides, so that what is found is what is known, but for odds of one to 2^112.
//! Guarantees: every place where one stands is found, the longest at each place; a function of the bytes alone; without
//! known secrets nothing is done. Held are the last three bytes, and where a secret's first eight bytes stand, its
//! length. Leaves out: secrets of fewer than eight bytes, which stand everywhere.

pub(crate) mod hashed;
mod spelled;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use hashed::{Digest, KnownHash, Mix};
use spelled::spellings;

use super::finding::{CheckOutcome, FingerprintKey};
use super::resolve::{Found, KNOWN};
use super::scratch::Caches;
use crate::check::plausible;
use crate::error::{Error, ErrorKind};
use crate::rules::pack::Pack;
use crate::rules::rule::{Confidence, Rule};
use crate::text::bits::positions;
use crate::text::simd::{self, SKETCH_WORDS};
use crate::text::view::View;

/// Id of the rule that finds known secrets.
pub const KNOWN_SECRET: &str = "known-secret";
/// The fewest and the most bytes of a known secret.
pub(crate) const SHORTEST: usize = 8;
pub(crate) const LONGEST: usize = 4096;

/// The rule. It is asked by nobody but what is found here.
const RULE: &str = r#"
[[rule]]
id = "known-secret"
title = "Secret known to its owner"
category = "generic"
why = "Its owner says that it is one."
severity = "critical"
confidence = "certain"
generic = "phrase"
hits = ["{secret}", "a {secret}"]
misses = ["none", "other"]
"#;

/// Secrets to look for, as keyed hashes: what is needed to find them, not what they are.
///
/// ```
/// use keysieve::{FingerprintKey, KnownSecrets, Scanner};
/// let mut known = KnownSecrets::new(FingerprintKey::from_text(b"thirty-two bytes drawn at random"));
/// known.add(b"correct horse battery")?;
/// let scanner = Scanner::builder().known(known).build()?;
/// let found: Vec<_> = scanner.find_iter(b"it is correct horse battery staple").collect();
/// assert_eq!((found[0].rule_id(), found[0].span().start()), ("known-secret", 6));
/// # Ok::<(), keysieve::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct KnownSecrets {
    key: FingerprintKey,
    hashes: Vec<KnownHash>,
}

impl KnownSecrets {
    /// None yet. The key is that of fingerprints: hashes are made with it, and found with it.
    #[must_use]
    pub fn new(key: FingerprintKey) -> KnownSecrets {
        KnownSecrets { key, hashes: Vec::new() }
    }

    /// Adds a secret, and the ways in which JSON, URLs and HTML write it.
    ///
    /// # Errors
    /// When it has fewer than 8 or more than 4096 bytes. The message does not show it.
    pub fn add(&mut self, secret: &[u8]) -> Result<(), Error> {
        if !(SHORTEST..=LONGEST).contains(&secret.len()) {
            let message = format!(
                "a known secret has {SHORTEST} to {LONGEST} bytes, this one has {}",
                secret.len()
            );
            return Err(Error::new(ErrorKind::Config, message));
        }
        let mix = Mix::new(&self.key);
        let spelled = spellings(secret);
        let fitting = spelled.iter().filter(|spelling| spelling.len() <= LONGEST);
        self.hashes.extend(fitting.filter_map(|spelling| KnownHash::of(&self.key, &mix, spelling)));
        Ok(())
    }

    /// Adds these bytes and no other way to write them.
    pub(crate) fn add_exact(&mut self, secret: &[u8]) {
        let hash = KnownHash::of(&self.key, &Mix::new(&self.key), secret);
        self.hashes.extend(hash);
    }

    /// Adds a line that [`KnownSecrets::lines`] wrote.
    ///
    /// # Errors
    /// When it is no such line, or was written with another key.
    pub fn add_line(&mut self, line: &str) -> Result<(), Error> {
        let fault = |message: &str| Error::new(ErrorKind::Config, message);
        let hash = KnownHash::parse(&self.key, line).map_err(fault)?;
        self.hashes.push(hash);
        Ok(())
    }

    /// The hashes as lines of text, each masked under the key with a salt that `salt` draws at random: without the key they
    /// tell how many there are and nothing else.
    pub fn lines(&self, mut salt: impl FnMut() -> [u8; 8]) -> Vec<String> {
        self.hashes.iter().map(|hash| hash.to_line(&self.key, salt())).collect()
    }

    /// How many spellings are looked for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }
}

/// Why a value is hardly a secret (`word`, `path-or-url`, `literal` …), for whoever takes values from a file that holds others
/// as well.
#[must_use]
pub fn ordinary(value: &[u8]) -> Option<&'static str> {
    plausible::benign(value)
}

/// Known secrets, ready to be found.
#[derive(Debug)]
pub(crate) struct Known {
    key: FingerprintKey,
    mix: Mix,
    map: Box<[u32; SKETCH_WORDS]>,
    /// Sorted by head, then length, the longest first.
    hashes: Vec<KnownHash>,
    /// Where the hashes of a head begin, by the head's bits: one more than the index, zero if there are none.
    slots: Vec<u32>,
    /// The number of the rule.
    pub(crate) number: u32,
    pub(crate) rule: Arc<Rule>,
}

impl Known {
    pub(crate) fn new(secrets: &KnownSecrets, number: u32) -> Result<Known, Error> {
        let mut hashes = secrets.hashes.clone();
        hashes
            .sort_unstable_by_key(|hash| (hash.head, std::cmp::Reverse(hash.length), hash.digest));
        hashes.dedup();
        let mut map = Box::new([0; SKETCH_WORDS]);
        let mut slots = vec![0; (hashes.len() * 4).next_power_of_two()];
        let mut before = None;
        for (hash, index) in hashes.iter().zip(1u32..) {
            if let Some(word) = map.get_mut((hash.place >> 5) as usize) {
                *word |= 1 << (hash.place & 31);
            }
            if before.replace(hash.head) == Some(hash.head) {
                continue;
            }
            let mut slot = slot(hash.head, slots.len());
            while slots.get(slot).is_some_and(|taken| *taken != 0) {
                slot = (slot + 1) % slots.len();
            }
            if let Some(free) = slots.get_mut(slot) {
                *free = index;
            }
        }
        let rule = Pack::parse("known", RULE)?.shared().first().map(Arc::clone);
        let rule =
            rule.ok_or_else(|| Error::new(ErrorKind::Config, "no rule for known secrets"))?;
        let mix = Mix::new(&secrets.key);
        Ok(Known { key: secrets.key.clone(), mix, map, hashes, slots, number, rule })
    }

    /// The hashes of secrets whose first eight bytes these are, the longest first.
    fn beginning(&self, eight: [u8; 8]) -> &[KnownHash] {
        let head = self.mix.head(eight);
        let mut slot = slot(head, self.slots.len());
        while let Some(index) = self.slots.get(slot).and_then(|index| index.checked_sub(1)) {
            let rest = self.hashes.get(index as usize..).unwrap_or_default();
            if rest.first().is_some_and(|hash| hash.head == head) {
                let same = rest.iter().take_while(|hash| hash.head == head).count();
                return rest.get(..same).unwrap_or_default();
            }
            slot = (slot + 1) % self.slots.len();
        }
        &[]
    }

    /// Length of the longest secret that stands at the beginning of `text`, among `hashes`.
    fn longest(&self, hashes: &[KnownHash], text: &[u8]) -> Option<usize> {
        let mut digest: Option<(usize, Digest)> = None;
        let mut tail: Option<(u16, u32)> = None;
        for hash in hashes {
            let Some(bytes) = text.get(..hash.length.into()) else { continue };
            // Many secrets of one length and one beginning cost one look at the end, and one digest.
            if tail.is_none_or(|(length, _)| length != hash.length) {
                tail = Some((hash.length, self.mix.tail(bytes)));
            }
            if tail.is_none_or(|(_, tail)| tail != hash.tail) {
                continue;
            }
            if digest.is_none_or(|(length, _)| length != bytes.len()) {
                digest = Some((bytes.len(), hashed::digest(&self.key, bytes)));
            }
            if digest.is_some_and(|(_, digest)| digest == hash.digest) {
                return Some(bytes.len());
            }
        }
        None
    }
}

fn slot(head: u32, slots: usize) -> usize {
    head as usize & (slots - 1)
}

/// Where the search in one text stands. Offsets only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KnownScan {
    /// No secret that begins before this offset is still to be found, but for those that are open.
    next: usize,
    /// Places where the first bytes of a secret stand, and not all of its bytes are seen.
    open: Vec<usize>,
    /// The first place behind those that were judged where one may begin.
    begins: usize,
}

impl KnownScan {
    /// At the beginning of what is at hand of a text.
    pub(crate) fn at(offset: usize) -> KnownScan {
        KnownScan { next: offset, open: Vec::new(), begins: offset }
    }

    pub(crate) fn clear(&mut self) {
        (self.next, self.begins) = (0, 0);
        self.open.clear();
    }

    /// Where the first secret may begin that is not known yet.
    pub(crate) fn hold_from(&self) -> usize {
        self.open.first().copied().unwrap_or(usize::MAX).min(self.begins)
    }

    /// Looks at the bytes before `to`; nothing follows them if `last`.
    pub(crate) fn advance(
        &mut self,
        known: &Known,
        view: &View<'_>,
        (to, last): (usize, bool),
        caches: &mut Caches,
        found: &mut Vec<Found>,
    ) {
        for at in std::mem::take(&mut self.open) {
            self.judge(known, view, at, (to, last), found);
        }
        let text = view.slice(self.next, to);
        let whole = (text.len() + 1).saturating_sub(SHORTEST);
        let places = &mut caches.known;
        simd::sketched(&known.map, text, places);
        let mut begins = None;
        for at in positions(places) {
            if at < whole {
                self.judge(known, view, self.next + at, (to, last), found);
            } else if at + 4 <= text.len() {
                begins.get_or_insert(self.next + at);
            }
        }
        // Of the last three bytes it cannot be said.
        let unsaid = to.saturating_sub(3).max(self.next + whole);
        self.next += whole;
        self.begins = if last { to } else { begins.unwrap_or(unsaid) };
    }

    fn judge(
        &mut self,
        known: &Known,
        view: &View<'_>,
        at: usize,
        (to, last): (usize, bool),
        found: &mut Vec<Found>,
    ) {
        let text = view.slice(at, to);
        let Some(eight) = text.first_chunk() else { return };
        let hashes = known.beginning(*eight);
        let Some(longest) = hashes.first().map(|hash| usize::from(hash.length)) else { return };
        if text.len() < longest && !last {
            self.open.push(at);
            return;
        }
        if let Some(length) = known.longest(hashes, text) {
            found.push(Found {
                start: at,
                end: at + length,
                tier: 0,
                rule: known.number,
                confidence: Confidence::Certain,
                check: CheckOutcome::None,
                truncated: false,
                tail: false,
                prefix: KNOWN,
            });
        }
    }
}
