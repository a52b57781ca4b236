//! Positions as bits, 64 to a word, in the order of the text: what [`super::simd`] answers in.

/// Runs of token characters shorter than this are nobody's token.
pub(crate) const SHORTEST_RUN: usize = 16;

/// The positions of the bits that are set.
pub(crate) fn positions(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    words.iter().enumerate().flat_map(|(n, word)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            let bit = left.trailing_zeros() as usize;
            (left != 0).then(|| {
                left &= left - 1;
                n * 64 + bit
            })
        })
    })
}

/// The first position from `from` on whose bit is not set, `len` at most.
#[inline]
pub(crate) fn run_end(words: &[u64], len: usize, from: usize) -> usize {
    let mut at = from;
    while at < len {
        let word = words.get(at / 64).copied().unwrap_or(0);
        let ones = (!(word >> (at % 64))).trailing_zeros() as usize;
        let left = 64 - at % 64;
        if ones < left {
            return (at + ones).min(len);
        }
        at += left;
    }
    len
}

/// Where the first run of `LEAST` or more set bits, 64 at most, from `from` on begins, or a shorter one that reaches `len`;
/// `len` if there is none. What is set before `from` does not count.
#[inline]
pub(crate) fn next_run<const LEAST: usize>(words: &[u64], len: usize, from: usize) -> usize {
    let mut at = from / 64;
    let mut word = words.get(at).copied().unwrap_or(0) & (u64::MAX << (from % 64));
    while at * 64 < len {
        let next = words.get(at + 1).copied().unwrap_or(0);
        let begins = beginnings::<LEAST>(u128::from(word) | u128::from(next) << 64) as u64;
        if begins != 0 {
            return at * 64 + begins.trailing_zeros() as usize;
        }
        at += 1;
        word = next;
    }
    // A short one at the very end.
    let low = from.max(len.saturating_sub(LEAST));
    let mut start = len;
    while start > low && is_set(words, start - 1) {
        start -= 1;
    }
    start
}

/// The bits with which `LEAST` set ones in a row begin.
#[inline]
fn beginnings<const LEAST: usize>(bits: u128) -> u128 {
    let (mut runs, mut known) = (bits, 1);
    while known * 2 <= LEAST {
        runs &= runs >> known;
        known *= 2;
    }
    runs & runs >> (LEAST - known)
}

/// Whether any bit of `from..to` is set.
#[inline]
pub(crate) fn any(words: &[u64], from: usize, to: usize) -> bool {
    let mut at = from;
    while at < to {
        let left = (64 - at % 64).min(to - at);
        let word = words.get(at / 64).copied().unwrap_or(0) >> (at % 64);
        if word & (u64::MAX >> (64 - left)) != 0 {
            return true;
        }
        at += left;
    }
    false
}

/// A word whose lowest `count` bits are set, all of them from 64 on.
#[inline]
pub(crate) fn below(count: usize) -> u64 {
    if count < 64 { (1 << count) - 1 } else { u64::MAX }
}

fn is_set(words: &[u64], at: usize) -> bool {
    words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::{SHORTEST_RUN, any, below, next_run, positions, run_end};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_are_those_of_the_bits(
            parts in proptest::collection::vec((1usize..40, proptest::bool::ANY), 0..20), from in 0usize..300,
        ) {
            let bits: Vec<bool> =
                parts.iter().flat_map(|(len, is)| std::iter::repeat_n(*is, *len)).collect();
            let len = bits.len();
            let mut words = vec![0u64; len.div_ceil(64)];
            for (at, _) in bits.iter().enumerate().filter(|(_, is)| **is) {
                words[at / 64] |= 1 << (at % 64);
            }
            let is = |at: usize| bits.get(at).copied().unwrap_or(false);
            prop_assert!(positions(&words).eq((0..len).filter(|at| is(*at))));
            let from = from.min(len);
            let end = (from..len).find(|at| !is(*at)).unwrap_or(len);
            prop_assert_eq!(run_end(&words, len, from), end);
            prop_assert_eq!(any(&words, from, end), end > from);
            prop_assert!(positions(&[below(from)]).eq(0..from.min(64)));
            // From a place where no run goes on.
            let reach = |at: usize| (at..len).take_while(|at| is(*at)).count();
            let first = (end..len).find(|at| {
                is(*at) && (reach(*at) >= SHORTEST_RUN || at + reach(*at) == len)
            });
            prop_assert_eq!(next_run::<SHORTEST_RUN>(&words, len, end), first.unwrap_or(len));
            let first = (end..len).find(|at| reach(*at) >= 21 || is(*at) && at + reach(*at) == len);
            prop_assert_eq!(next_run::<21>(&words, len, end), first.unwrap_or(len));
        }
    }
}
