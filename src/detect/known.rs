//! Secrets that are known: found exactly, whatever they look like, by keyed hashes alone.
//!
//! A secret is found by its first four bytes (one look at the bit map that the prefilter uses for windows, for many
//! positions at a time), then by a keyed mix of its first eight, of its last eight, and in the end by a keyed digest of all of it
//! (HMAC-SHA256). Only the last decides, so that what is found is what is known, but for odds of one to 2^112.
//! Guarantees: every place where one stands is found, the longest at each place, also where its characters are spelled by
//! escapes or broken over lines ([`scan`]); a function of the bytes alone; without known secrets nothing is done. Held are
//! the last bytes of which it cannot be said, and where a secret's first eight bytes stand, its length. Leaves out: secrets of
//! fewer than eight bytes, which stand everywhere.

mod glance;
pub(crate) mod hashed;
pub(crate) mod scan;
mod spelled;
#[cfg(test)]
mod tests;
mod undone;

use std::sync::Arc;

use zeroize::Zeroizing;

use hashed::{Digest, Form, KnownHash, Mix};
use spelled::spellings;
use undone::{Edge, Way};

use super::finding::{CheckOutcome, FingerprintKey};
use super::resolve::{Found, KNOWN};
use crate::check::plausible;
use crate::error::{Error, ErrorKind};
use crate::rules::pack::Pack;
use crate::rules::rule::{Confidence, Rule};
use crate::text::simd::{self, SKETCH_BITS, SKETCH_WORDS};
use crate::text::view::View;

/// Id of the rule that finds known secrets.
pub const KNOWN_SECRET: &str = "known-secret";
/// The fewest and the most bytes of a known secret.
pub(crate) const SHORTEST: usize = 8;
pub(crate) const LONGEST: usize = 4096;
/// Bytes of a secret that the bit map looks at.
const FOUR: usize = 4;
/// Bytes of the first eight that may stand before what is spelled.
const BEFORE: usize = SHORTEST - 1;

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
    mix: Mix,
    hashes: Vec<KnownHash>,
    starts: Starts,
}

impl KnownSecrets {
    /// None yet. The key is that of fingerprints: hashes are made with it, and found with it.
    #[must_use]
    pub fn new(key: FingerprintKey) -> KnownSecrets {
        KnownSecrets { mix: Mix::new(&key), key, hashes: Vec::new(), starts: Starts::default() }
    }

    /// Adds a secret. It is found in every spelling of its characters; those that cannot be told from its own bytes
    /// (base64 of a short one) are added as well.
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
        for (spelling, form) in spellings(secret) {
            if (SHORTEST..=LONGEST).contains(&spelling.len()) {
                self.starts.add(&spelling);
                self.hashes.extend(KnownHash::of(&self.key, &self.mix, &spelling, form));
            }
        }
        Ok(())
    }

    /// Adds these bytes and no other way to write them.
    pub(crate) fn add_exact(&mut self, secret: &[u8]) {
        self.starts.add(secret);
        self.hashes.extend(KnownHash::of(&self.key, &self.mix, secret, Form::Plain));
    }

    /// Adds a line that [`KnownSecrets::lines`] wrote.
    ///
    /// # Errors
    /// When it is no such line, or was written with another key.
    pub fn add_line(&mut self, line: &str) -> Result<(), Error> {
        let fault = |message: &str| Error::new(ErrorKind::Config, message);
        let hash = KnownHash::parse(&self.key, line).map_err(fault)?;
        // A hash does not tell how its secret begins.
        self.starts.is_any = true;
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

/// With which two bytes secrets begin, so that a stream need not hold what none begins with.
#[derive(Debug, Clone)]
struct Starts {
    /// With any.
    is_any: bool,
    pairs: Box<[u64; 1024]>,
}

impl Default for Starts {
    fn default() -> Starts {
        Starts { is_any: false, pairs: Box::new([0; 1024]) }
    }
}

impl Starts {
    fn add(&mut self, secret: &[u8]) {
        if let [first, second, ..] = secret
            && let Some(word) =
                self.pairs.get_mut(usize::from(*first) * 4 + usize::from(second >> 6))
        {
            *word |= 1 << (second & 63);
        }
    }

    /// Whether one may begin with these bytes.
    fn may(&self, bytes: &[u8]) -> bool {
        let of =
            |first: u8| self.pairs.get(usize::from(first) * 4..).unwrap_or_default().iter().take(4);
        self.is_any
            || match bytes {
                [] => true,
                [first] => of(*first).any(|word| *word != 0),
                [first, second, ..] => of(*first)
                    .nth(usize::from(second >> 6))
                    .is_some_and(|word| word >> (second & 63) & 1 == 1),
            }
    }
}

/// Known secrets, ready to be found.
#[derive(Debug)]
pub(crate) struct Known {
    key: FingerprintKey,
    mix: Mix,
    map: Box<[u32; SKETCH_WORDS]>,
    /// The same of the heads, with two bits of a word for each: most bytes that are asked for are those of no secret, and this
    /// stays in the cache.
    heads: Box<[u32; SKETCH_WORDS]>,
    /// Sorted by head, then length, the longest first.
    hashes: Vec<KnownHash>,
    /// Where the hashes of a head begin, by the head's bits: the head, and one more than the index, zero if there are none.
    slots: Vec<(u32, u32)>,
    starts: Starts,
    /// Bytes before a secret that hold bits of it as well.
    shared: usize,
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
        let (mut map, mut heads) = (Box::new([0; SKETCH_WORDS]), Box::new([0; SKETCH_WORDS]));
        let mut slots = vec![(0, 0); (hashes.len() * 4).next_power_of_two()];
        let mut before = None;
        for (hash, index) in hashes.iter().zip(1u32..) {
            if let Some(word) = map.get_mut((hash.place >> 5) as usize) {
                *word |= 1 << (hash.place & 31);
            }
            let (place, bits) = head_bits(hash.head);
            if let Some(word) = heads.get_mut(place) {
                *word |= bits;
            }
            if before.replace(hash.head) == Some(hash.head) {
                continue;
            }
            let mut slot = slot(hash.head, slots.len());
            while slots.get(slot).is_some_and(|taken| taken.1 != 0) {
                slot = (slot + 1) % slots.len();
            }
            if let Some(free) = slots.get_mut(slot) {
                *free = (hash.head, index);
            }
        }
        let rule = Pack::parse("known", RULE)?.shared().first().map(Arc::clone);
        let rule =
            rule.ok_or_else(|| Error::new(ErrorKind::Config, "no rule for known secrets"))?;
        let mix = secrets.mix.clone();
        let starts = secrets.starts.clone();
        let shared = usize::from(hashes.iter().any(KnownHash::shares_first));
        Ok(Known {
            key: secrets.key.clone(),
            mix,
            map,
            heads,
            hashes,
            slots,
            starts,
            shared,
            number,
            rule,
        })
    }

    /// The hashes of secrets whose first eight bytes these are, the longest first.
    fn beginning(&self, eight: [u8; SHORTEST]) -> &[KnownHash] {
        let Some(index) = self.first(u64::from_le_bytes(eight)) else { return &[] };
        let rest = self.hashes.get(index as usize..).unwrap_or_default();
        let head = rest.first().map(|hash| hash.head);
        let same = rest.iter().take_while(|hash| Some(hash.head) == head).count();
        rest.get(..same).unwrap_or_default()
    }

    /// Where the hashes begin of secrets whose first eight bytes these are.
    #[inline]
    fn first(&self, eight: u64) -> Option<u32> {
        let head = self.mix.head(eight);
        let (place, bits) = head_bits(head);
        if self.heads.get(place)? & bits != bits {
            return None;
        }
        let mut slot = slot(head, self.slots.len());
        loop {
            let (taken, index) = *self.slots.get(slot)?;
            let index = index.checked_sub(1)?;
            if taken == head {
                return Some(index);
            }
            slot = (slot + 1) % self.slots.len();
        }
    }

    /// Whether the first four bytes of some secret have the place of these.
    #[inline]
    fn begins(&self, four: u32) -> bool {
        let place = simd::place(four);
        let word = self.map.get((place >> 5) as usize).copied().unwrap_or(0);
        word >> (place & 31) & 1 == 1
    }

    /// Whether some secret begins with these bytes, but for odds of one to 2^32.
    #[inline]
    fn knows(&self, eight: &[u8; SHORTEST]) -> bool {
        let eight = u64::from_le_bytes(*eight);
        self.begins(eight as u32) && self.first(eight).is_some()
    }

    /// The longest secret that stands at the beginning of `text`, among `hashes`.
    fn longest<'h>(&self, hashes: &'h [KnownHash], text: &[u8]) -> Option<&'h KnownHash> {
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
                return Some(hash);
            }
        }
        None
    }

    fn found(&self, (start, end): (usize, usize)) -> Found {
        Found {
            start,
            end,
            tier: 0,
            rule: self.number,
            confidence: Confidence::Certain,
            check: CheckOutcome::None,
            truncated: false,
            tail: false,
            prefix: KNOWN,
        }
    }

    /// The secret that all of `bytes` stands for, and through which decodings, outermost first.
    pub(crate) fn read(&self, bytes: &[u8]) -> (Zeroizing<Vec<u8>>, Vec<&'static str>) {
        let mut room = Zeroizing::new(Vec::with_capacity(bytes.len()));
        for inner in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let end = bytes.len().saturating_sub(inner.1);
            let text = bytes.get(inner.0..end).unwrap_or_default();
            if let Some(hash) = self.whole(text) {
                let encoding = hash.form.name().into_iter().collect();
                return (Zeroizing::new(bytes.to_vec()), encoding);
            }
            let view = View::new(text, 0, true);
            for way in Way::all() {
                room.clear();
                let Ok(end) = way.read(&view, 0, LONGEST, &mut room) else { continue };
                if end == text.len() && self.whole(&room).is_some() {
                    let wrapped = (way.edge != Edge::Kept).then_some("wrap");
                    let encoding = wrapped.into_iter().chain(way.reading.name()).collect();
                    return (room, encoding);
                }
            }
        }
        (Zeroizing::new(bytes.to_vec()), Vec::new())
    }

    /// The hash of all of `text`.
    fn whole(&self, text: &[u8]) -> Option<&KnownHash> {
        let hashes = self.beginning(*text.first_chunk()?);
        let longest = self.longest(hashes, text);
        longest.filter(|hash| usize::from(hash.length) == text.len())
    }
}

/// The word of the map of heads for a head, and its bits in it.
#[inline]
fn head_bits(head: u32) -> (usize, u32) {
    let place = head >> (32 - SKETCH_BITS);
    ((place >> 5) as usize, 1 << (place & 31) | 1 << (head & 31))
}

#[inline]
fn slot(head: u32, slots: usize) -> usize {
    head as usize & (slots - 1)
}
