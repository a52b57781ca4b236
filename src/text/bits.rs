//! Positions as bits, 64 to a word, in the order of the text: what [`super::simd`] answers in.

/// Runs shorter than this are passed over by [`next_run`].
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

/// Where the first run of [`SHORTEST_RUN`] or more set bits from `from` on begins, or a shorter one that reaches `len`;
/// `len` if there is none. No run may go on from before `from`.
#[inline]
pub(crate) fn next_run(words: &[u64], len: usize, from: usize) -> usize {
    let mut at = from / 64;
    // What stands before `from` does not count.
    let mut word = words.get(at).copied().unwrap_or(0) & (u64::MAX << (from % 64));
    while at * 64 < len {
        let next = words.get(at + 1).copied().unwrap_or(0);
        let two = u128::from(word) | u128::from(next) << 64;
        let two = two & (two >> 1);
        let four = two & (two >> 2);
        let eight = four & (four >> 4);
        let begins = (eight & (eight >> 8)) as u64;
        if begins != 0 {
            return at * 64 + begins.trailing_zeros() as usize;
        }
        at += 1;
        word = next;
    }
    // A short one at the very end.
    let low = from.max(len.saturating_sub(SHORTEST_RUN));
    let mut start = len;
    while start > low && is_set(words, start - 1) {
        start -= 1;
    }
    start
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

/// The last set bit of `from..to`.
#[inline]
pub(crate) fn last(words: &[u64], from: usize, to: usize) -> Option<usize> {
    let mut end = to;
    while end > from {
        let start = ((end - 1) / 64 * 64).max(from);
        let word = words.get(start / 64).copied().unwrap_or(0);
        let kept = (word >> (start % 64)) & (u64::MAX >> (64 - (end - start)));
        if kept != 0 {
            return Some(start + 63 - kept.leading_zeros() as usize);
        }
        end = start;
    }
    None
}

fn is_set(words: &[u64], at: usize) -> bool {
    words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::{SHORTEST_RUN, any, below, last, next_run, positions, run_end};
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
            let to = (from + 50).min(len);
            prop_assert_eq!(last(&words, from, to), (from..to).rev().find(|at| is(*at)));
            // From a place where no run goes on.
            let reach = |at: usize| (at..len).take_while(|at| is(*at)).count();
            let first = (end..len).find(|at| {
                is(*at) && (reach(*at) >= SHORTEST_RUN || at + reach(*at) == len)
            });
            prop_assert_eq!(next_run(&words, len, end), first.unwrap_or(len));
        }
    }
}
