//! What is kept of a known secret, and how it is written down.
//!
//! ```text
//! ksk1: salt (8 bytes) · masked (29) · check (4), in hexadecimal digits
//! masked = place (4) head (4) tail (4) length (2) form (1) digest (14), exclusive or HMAC-SHA256 of the salt
//! ```

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{LONGEST, SHORTEST};
use crate::detect::finding::FingerprintKey;
use crate::text::simd;

pub(crate) type Digest = [u8; 14];

const LINE: &str = "ksk1:";
const SALT: usize = 8;
const BODY: usize = 29;
const CHECK: usize = 4;

/// What a hash is one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// The secret.
    Plain,
    /// The characters of its base64 that depend on nothing else. Those before and behind them may hold bits of it.
    Base64 { shares_first: bool, shares_last: bool },
    /// Its bytes in hexadecimal digits.
    Hex,
}

impl Form {
    /// What it is called in findings.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Form::Plain => None,
            Form::Base64 { .. } => Some("base64"),
            Form::Hex => Some("hex"),
        }
    }

    fn to_byte(self) -> u8 {
        match self {
            Form::Plain => 0,
            Form::Hex => 1,
            Form::Base64 { shares_first, shares_last } => {
                2 | u8::from(shares_first) << 2 | u8::from(shares_last) << 3
            }
        }
    }

    fn of_byte(byte: u8) -> Option<Form> {
        let base64 = Form::Base64 { shares_first: byte & 4 != 0, shares_last: byte & 8 != 0 };
        [Form::Plain, Form::Hex, base64].into_iter().find(|form| form.to_byte() == byte)
    }
}

/// One known secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownHash {
    /// Place of its first four bytes in the bit map: 18 bits of them.
    pub(crate) place: u32,
    /// Mixes of its first eight and its last eight bytes.
    pub(crate) head: u32,
    pub(crate) tail: u32,
    pub(crate) length: u16,
    pub(crate) form: Form,
    pub(crate) digest: Digest,
}

/// Cheap keyed functions of eight bytes. No hash that stands by itself: what passes is compared by its digest.
#[derive(Clone)]
pub(crate) struct Mix([u64; 4]);

impl std::fmt::Debug for Mix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mix")
    }
}

impl Mix {
    pub(crate) fn new(key: &FingerprintKey) -> Mix {
        let drawn = key.keyed(b"keysieve known mix 1\0", b"");
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(drawn.chunks_exact(8)) {
            // Odd, so that no factor is zero.
            *word = u64::from_le_bytes(bytes.try_into().unwrap_or_default()) | 1;
        }
        Mix(words)
    }

    #[inline]
    pub(crate) fn head(&self, eight: u64) -> u32 {
        let [add, factor, ..] = self.0;
        fold(eight ^ add, factor)
    }

    /// Of the last eight bytes of a secret.
    pub(crate) fn tail(&self, secret: &[u8]) -> u32 {
        let [.., add, factor] = self.0;
        let eight = secret.last_chunk().copied().unwrap_or_default();
        fold(u64::from_le_bytes(eight) ^ add, factor)
    }
}

/// The middle of a product, to which all bits of both factors contribute.
#[inline]
fn fold(word: u64, factor: u64) -> u32 {
    let product = u128::from(word) * u128::from(factor);
    ((product as u64) ^ (product >> 64) as u64) as u32 ^ (product >> 32) as u32
}

/// The digest of a secret.
pub(crate) fn digest(key: &FingerprintKey, secret: &[u8]) -> Digest {
    let mut digest = Digest::default();
    let drawn = key.keyed(b"keysieve known secret 1\0", secret);
    digest.iter_mut().zip(drawn).for_each(|(to, from)| *to = from);
    digest
}

impl FingerprintKey {
    /// 32 bytes that depend on a purpose and a text.
    pub(crate) fn keyed(&self, purpose: &[u8], text: &[u8]) -> [u8; 32] {
        let mut out = [0; 32];
        // HMAC takes keys of every length, so that the error case does not occur.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.bytes()) {
            mac.update(purpose);
            mac.update(text);
            out.copy_from_slice(&mac.finalize().into_bytes());
        }
        out
    }
}

impl KnownHash {
    /// Whether the character before it may hold bits of the secret.
    pub(crate) fn shares_first(&self) -> bool {
        matches!(self.form, Form::Base64 { shares_first: true, .. })
    }

    /// Whether the character behind it may.
    pub(crate) fn shares_last(&self) -> bool {
        matches!(self.form, Form::Base64 { shares_last: true, .. })
    }

    pub(crate) fn of(
        key: &FingerprintKey,
        mix: &Mix,
        secret: &[u8],
        form: Form,
    ) -> Option<KnownHash> {
        let eight: [u8; 8] = *secret.first_chunk()?;
        let four = u32::from_le_bytes(*eight.first_chunk()?);
        Some(KnownHash {
            place: simd::place(four),
            head: mix.head(u64::from_le_bytes(eight)),
            tail: mix.tail(secret),
            length: u16::try_from(secret.len()).ok()?,
            form,
            digest: digest(key, secret),
        })
    }

    pub(crate) fn to_line(self, key: &FingerprintKey, salt: [u8; SALT]) -> String {
        let KnownHash { place, head, tail, length, form, digest } = self;
        let mut body = Vec::with_capacity(SALT + BODY + CHECK);
        body.extend(salt);
        body.extend([place, head, tail].iter().flat_map(|word| word.to_le_bytes()));
        body.extend(length.to_le_bytes());
        body.push(form.to_byte());
        body.extend(digest);
        mask(key, &mut body);
        body.extend(check(key, &body));
        let digit = |n: u8| char::from(if n < 10 { b'0' + n } else { b'a' + n - 10 });
        let digits = body.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
        LINE.chars().chain(digits).collect()
    }

    pub(crate) fn parse(key: &FingerprintKey, line: &str) -> Result<KnownHash, &'static str> {
        const WRONG: &str = "is no line of `keysieve known hash`";
        let digits = line.strip_prefix(LINE).ok_or(WRONG)?;
        let value = |pair: &[u8]| match pair {
            [a, b] => {
                let digit = |b: u8| char::from(b).to_digit(16).map(|n| n as u8);
                Some(digit(*a)? << 4 | digit(*b)?)
            }
            _ => None,
        };
        let bytes: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(value).collect();
        let mut bytes = bytes.filter(|b| b.len() == SALT + BODY + CHECK).ok_or(WRONG)?;
        let told = bytes.split_off(SALT + BODY);
        if told != check(key, &bytes) {
            return Err("was made with another key, or changed");
        }
        mask(key, &mut bytes);
        let mut rest = bytes.get(SALT..).unwrap_or_default();
        let mut four = || {
            let (word, behind) = rest.split_first_chunk::<4>()?;
            rest = behind;
            Some(u32::from_le_bytes(*word))
        };
        let words = four().zip(four()).zip(four());
        let (((place, head), tail), (length, digest)) =
            words.zip(rest.split_first_chunk::<2>()).ok_or(WRONG)?;
        let length = u16::from_le_bytes(*length);
        let (form, digest) = digest.split_first().ok_or(WRONG)?;
        let form = Form::of_byte(*form).ok_or(WRONG)?;
        let digest: Digest = digest.try_into().map_err(|_| WRONG)?;
        let fits = (SHORTEST..=LONGEST).contains(&length.into());
        if !fits || place >> simd::SKETCH_BITS != 0 {
            return Err(WRONG);
        }
        Ok(KnownHash { place, head, tail, length, form, digest })
    }
}

/// Masks what stands behind the salt, or takes the mask away.
fn mask(key: &FingerprintKey, bytes: &mut [u8]) {
    let (salt, body) = bytes.split_at_mut(SALT.min(bytes.len()));
    let drawn = key.keyed(b"keysieve known mask 1\0", salt);
    body.iter_mut().zip(drawn).for_each(|(byte, mask)| *byte ^= mask);
}

fn check(key: &FingerprintKey, masked: &[u8]) -> [u8; CHECK] {
    let mut out = [0; CHECK];
    let drawn = key.keyed(b"keysieve known check 1\0", masked);
    out.iter_mut().zip(drawn).for_each(|(to, from)| *to = from);
    out
}
