//! What a value looks like, by the kinds of bytes it is made of.
//!
//! Guarantees: one pass over the value. Leaves out: what the name says of it.

use super::{ODD_MARKS, ODDER_MARKS};
use crate::check::randomness::log_odds;
use crate::text::byteset::ByteSet;

/// Marks that code is full of and passwords rarely hold several of.
const CODE: ByteSet = ByteSet::EMPTY.with(b"(){}[]<>;,\"'`\\|");

/// What kinds of bytes a value is made of.
pub(super) struct Looks {
    pub(super) small: usize,
    pub(super) large: usize,
    pub(super) digits: usize,
    pub(super) marks: usize,
    pub(super) spaces: usize,
    /// Marks that code is full of and passwords rarely hold several of.
    pub(super) code: usize,
    pub(super) humps: usize,
    /// Whether a flag of a command stands in it: `mysql -uroot`.
    pub(super) flags: bool,
    /// Small letters and digits joined by `_`: the name of something.
    pub(super) is_snake: bool,
}

impl Looks {
    pub(super) fn of(value: &[u8]) -> Self {
        let (mut small, mut large, mut digits, mut marks) = (0, 0, 0, 0);
        let (mut spaces, mut code, mut humps) = (0, 0, 0);
        let mut after_small = false;
        for byte in value {
            match byte {
                b'a'..=b'z' => small += 1,
                b'A'..=b'Z' => {
                    large += 1;
                    humps += usize::from(after_small);
                }
                b'0'..=b'9' => digits += 1,
                _ => {
                    marks += usize::from(byte.is_ascii_punctuation());
                    spaces += usize::from(byte.is_ascii_whitespace());
                    code += usize::from(CODE.contains(*byte));
                }
            }
            after_small = byte.is_ascii_lowercase();
        }
        let flag = |w: &[u8]| matches!(w, [b' ', b'-', b] if b.is_ascii_alphabetic() || *b == b'-');
        Self {
            small,
            large,
            digits,
            marks,
            spaces,
            code,
            humps,
            flags: spaces > 0 && value.windows(3).any(flag),
            is_snake: large == 0
                && value.contains(&b'_')
                && value.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_')
                && log_odds(value) < 0.0,
        }
    }

    pub(super) fn kinds(&self) -> usize {
        [self.small, self.large, self.digits, self.marks].iter().filter(|n| **n > 0).count()
    }

    pub(super) fn is_pin(&self) -> bool {
        self.digits >= 6
            && self.digits <= 16
            && self.small + self.large + self.marks + self.spaces == 0
    }

    /// Long, and of letters and digits among each other: no name, though it may count up or say what it is.
    pub(super) fn is_serial(&self) -> bool {
        let letters = self.small + self.large;
        self.digits >= 6 && letters >= 4 && letters + self.digits >= 24 && self.code == 0
    }

    pub(super) fn is_long_number(&self) -> bool {
        self.digits >= 9 && self.small + self.large + self.marks + self.spaces == 0
    }

    /// `literal`: nothing but a text stands there.
    pub(super) fn is_code(&self, (literal, quoted): (bool, bool), odds: f32) -> bool {
        let marks = match odds {
            odds if literal && odds >= ODDER_MARKS => 8,
            odds if quoted || odds >= ODD_MARKS => 4,
            _ => 2,
        };
        self.code >= marks
            || self.flags
            || self.spaces > 0 && (!quoted || self.spaces > 3 || self.code > 1)
    }
}
