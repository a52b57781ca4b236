//! A set of byte values: the alphabets of tokens, values and names.

use std::fmt;

use super::simd::Class;

/// A set of bytes as 256 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct ByteSet([u64; 4]);

impl ByteSet {
    /// No byte.
    pub(crate) const EMPTY: ByteSet = ByteSet([0; 4]);

    /// Letters and digits of ASCII.
    pub(crate) const ALNUM: ByteSet =
        ByteSet::EMPTY.with_range(b'0', b'9').with_range(b'A', b'Z').with_range(b'a', b'z');

    /// What unnamed tokens are made of: base64, base64url, hex, base32 and the separators tokens use.
    pub(crate) const TOKEN: ByteSet = ByteSet::ALNUM.with(b"_-+/=.~");

    /// The set with these bits.
    pub(crate) const fn of_words(words: [u64; 4]) -> ByteSet {
        ByteSet(words)
    }

    /// Its bits, byte 0 first.
    #[allow(dead_code, reason = "the build script writes sets, the library reads them")]
    pub(crate) const fn words(self) -> [u64; 4] {
        self.0
    }

    /// The set with every byte of `bytes` added.
    pub(crate) const fn with(mut self, bytes: &[u8]) -> ByteSet {
        let mut i = 0;
        while i < bytes.len() {
            self.0[(bytes[i] >> 6) as usize] |= 1 << (bytes[i] & 63);
            i += 1;
        }
        self
    }

    /// The bytes that occur in `bytes`.
    pub(crate) fn of(bytes: &[u8]) -> ByteSet {
        let mut words = [0u64; 4];
        for byte in bytes {
            words[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
        ByteSet(words)
    }

    /// The set with `low..=high` added.
    pub(crate) const fn with_range(mut self, low: u8, high: u8) -> ByteSet {
        let mut b = low as u16;
        while b <= high as u16 {
            self.0[(b >> 6) as usize] |= 1 << (b & 63);
            b += 1;
        }
        self
    }

    /// The set with every byte of `bytes` taken away.
    pub(crate) const fn without(mut self, bytes: &[u8]) -> ByteSet {
        let mut i = 0;
        while i < bytes.len() {
            self.0[(bytes[i] >> 6) as usize] &= !(1 << (bytes[i] & 63));
            i += 1;
        }
        self
    }

    /// The set without the bytes of another.
    pub(crate) const fn minus(self, other: ByteSet) -> ByteSet {
        let (a, b) = (self.0, other.0);
        ByteSet([a[0] & !b[0], a[1] & !b[1], a[2] & !b[2], a[3] & !b[3]])
    }

    /// Every byte that is in either.
    pub(crate) const fn union(self, other: ByteSet) -> ByteSet {
        let (a, b) = (self.0, other.0);
        ByteSet([a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3]])
    }

    /// Every byte that is in both.
    pub(crate) const fn intersection(self, other: ByteSet) -> ByteSet {
        let (a, b) = (self.0, other.0);
        ByteSet([a[0] & b[0], a[1] & b[1], a[2] & b[2], a[3] & b[3]])
    }

    /// Whether every byte of `self` is in `other`.
    pub(crate) fn is_subset(self, other: ByteSet) -> bool {
        self.0.iter().zip(other.0).all(|(a, b)| a & !b == 0)
    }

    /// Whether `byte` is in the set.
    #[inline]
    pub(crate) const fn contains(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] >> (byte & 63) & 1 != 0
    }

    /// The ASCII bytes of the set, to be looked for many at a time.
    pub(crate) const fn class(self) -> Class {
        let mut groups = [0; 128];
        let mut byte = 0;
        while byte < 128 {
            groups[byte as usize] = self.contains(byte) as u8;
            byte += 1;
        }
        Class::new(groups)
    }

    /// How many bytes are in the set.
    pub(crate) fn len(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// The bytes in ascending order.
    pub(crate) fn iter(self) -> impl Iterator<Item = u8> {
        (0..=255u8).filter(move |&b| self.contains(b))
    }
}

impl fmt::Debug for ByteSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ByteSet({})", self.len())
    }
}
