//! Seed phrases of wallets (BIP-39): twelve to twenty-four words of one list, the last of which holds a checksum.
//!
//! The list is the English one of BIP-39 (bitcoin/bips, MIT licence), 2,048 words in the order of the alphabet, embedded
//! as it is published; a test compares its digest. Leaves out: lists of other languages, and Electrum's own scheme.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

const ENGLISH: &str = include_str!("phrase/english.txt");

/// How long words are.
pub(crate) const SHORTEST_WORD: usize = 3;
pub(crate) const LONGEST_WORD: usize = 8;
/// The most words of a phrase.
pub(crate) const MOST: usize = 24;

/// The words, and where those with given first two letters begin.
struct List {
    words: Vec<&'static [u8]>,
    starts: Vec<u16>,
    /// A bit for the hash of each word: most words of a text are turned away by it.
    sketch: Vec<u64>,
}

/// The sketch has two to this many bits.
const SKETCH_BITS: u32 = 15;

static LIST: LazyLock<List> = LazyLock::new(|| {
    let words: Vec<&[u8]> = ENGLISH.lines().map(str::as_bytes).collect();
    let mut starts = vec![0; 26 * 26 + 1];
    for word in &words {
        if let Some(start) = bucket(word).and_then(|at| starts.get_mut(at + 1)) {
            *start += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut sketch = vec![0; 1 << (SKETCH_BITS - 6)];
    for word in &words {
        let hash = hash(word);
        if let Some(bits) = sketch.get_mut(hash / 64) {
            *bits |= 1 << (hash % 64);
        }
    }
    List { words, starts, sketch }
});

/// A number for a word of at most eight letters, whatever their case.
fn hash(word: &[u8]) -> usize {
    let mut bytes = [0; LONGEST_WORD];
    bytes.iter_mut().zip(word).for_each(|(to, from)| *to = from | 0x20);
    let mixed = u64::from_le_bytes(bytes).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> (64 - SKETCH_BITS)) as usize
}

fn bucket(word: &[u8]) -> Option<usize> {
    let [a, b, ..] = word else { return None };
    let letter =
        |b: u8| b.to_ascii_lowercase().checked_sub(b'a').filter(|n| *n < 26).map(usize::from);
    Some(letter(*a)? * 26 + letter(*b)?)
}

/// The place of a word in the list, in any case.
pub(crate) fn place(word: &[u8]) -> Option<u16> {
    if !(SHORTEST_WORD..=LONGEST_WORD).contains(&word.len()) {
        return None;
    }
    let hash = hash(word);
    if LIST.sketch.get(hash / 64)? >> (hash % 64) & 1 == 0 {
        return None;
    }
    let bucket = bucket(word)?;
    let (from, to) = (*LIST.starts.get(bucket)?, *LIST.starts.get(bucket + 1)?);
    let words = LIST.words.get(usize::from(from)..usize::from(to))?;
    let third = |word: &[u8]| word.get(2).map(u8::to_ascii_lowercase);
    let same = |known: &[u8]| third(known) == third(word) && known.eq_ignore_ascii_case(word);
    let at = words.iter().position(|known| same(known))?;
    u16::try_from(at).ok().map(|at| from + at)
}

/// The word at a place, which wraps around rather than fail.
pub(crate) fn word(place: u16) -> &'static [u8] {
    LIST.words.get(usize::from(place) % 2048).copied().unwrap_or_default()
}

/// Whether a phrase can have so many words.
pub(crate) fn is_length(words: usize) -> bool {
    matches!(words, 12 | 15 | 18 | 21 | 24)
}

/// Whether the words, by their places, are a phrase: the last bits are the first ones of the digest of the others.
pub(crate) fn holds(places: &[u16]) -> bool {
    places.last().is_some_and(|last| is_length(places.len()) && closing(places) == Some(*last))
}

/// The last word that belongs to what stands before it and to the entropy bits of the last one given.
pub(crate) fn closing(places: &[u16]) -> Option<u16> {
    // Eleven bits a word; a thirty-third of all of them is the checksum.
    let bits = places.len() * 11;
    let sum = bits / 33;
    let mut entropy = vec![0_u8; (bits - sum) / 8];
    for (at, byte) in entropy.iter_mut().enumerate() {
        for bit in at * 8..at * 8 + 8 {
            let word = places.get(bit / 11)?;
            *byte = (*byte << 1) | u8::from((word >> (10 - bit % 11)) & 1 == 1);
        }
    }
    let digest = Sha256::digest(&entropy);
    let due = u16::from(digest.first()? >> (8 - sum));
    Some((places.last()? >> sum << sum) | due)
}

#[cfg(test)]
mod tests {
    //! The list as published, and vectors of the proposal.

    use sha2::{Digest, Sha256};

    use super::{ENGLISH, closing, holds, place, word};

    #[test]
    fn the_list_is_the_published_one() {
        let digest: String =
            Sha256::digest(ENGLISH.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(digest, "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
        let words: Vec<&str> = ENGLISH.lines().collect();
        assert_eq!(words.len(), 2048);
        assert!(words.is_sorted() && words.iter().all(|w| (3..=8).contains(&w.len())));
        for (at, text) in words.iter().enumerate() {
            assert_eq!(place(text.as_bytes()), Some(at as u16));
            assert_eq!(word(at as u16), text.as_bytes());
        }
        assert_eq!(place(b"Zoo"), Some(2047));
        for no in ["", "a", "ab", "abandone", "zzz", "the", "é12"] {
            assert_eq!(place(no.as_bytes()), None, "{no}");
        }
    }

    /// Source: the test vectors of BIP-39, all of whose words are the same but the last.
    #[test]
    fn published_vectors_hold() {
        let vectors = [
            (11, "abandon", "about"),
            (11, "zoo", "wrong"),
            (17, "abandon", "agent"),
            (17, "zoo", "when"),
            (23, "abandon", "art"),
            (23, "zoo", "vote"),
        ];
        for (count, same, last) in vectors {
            let mut places = vec![place(same.as_bytes()).unwrap(); count];
            places.push(place(last.as_bytes()).unwrap());
            assert!(holds(&places), "{same} … {last}");
            *places.last_mut().unwrap() ^= 1;
            assert!(!holds(&places));
        }
    }

    #[test]
    fn a_phrase_can_be_closed() {
        for length in [12, 15, 18, 21, 24] {
            let mut places: Vec<u16> = (0..length).map(|n| (n * 331 + 17) % 2048).collect();
            let last = closing(&places).unwrap();
            *places.last_mut().unwrap() = last;
            assert!(holds(&places));
            assert!(!holds(&places[1..]));
        }
    }
}
