//! The two forms a test takes: characters that follow from the rest, or a rule of its own.
//!
//! Most providers derive a few characters from all the others. Stating only that derivation gives both the check
//! (compare) and the repair (write), so the two cannot drift apart.

use super::Strength;
use super::dice::Dice;

/// Characters that follow from the rest of the token, and where they stand.
pub(super) struct Tail {
    pub at: usize,
    pub bytes: Vec<u8>,
    /// Whether providers write them in either case.
    pub any_case: bool,
}

impl Tail {
    pub fn new(at: usize, bytes: Vec<u8>) -> Tail {
        Tail { at, bytes, any_case: false }
    }

    pub fn in_any_case(self) -> Tail {
        Tail { any_case: true, ..self }
    }

    pub fn stands_in(&self, secret: &[u8]) -> bool {
        let found = secret.get(self.at..).and_then(|rest| rest.get(..self.bytes.len()));
        found.is_some_and(|found| match self.any_case {
            true => found.eq_ignore_ascii_case(&self.bytes),
            false => found == self.bytes,
        })
    }

    pub fn write_to(&self, secret: &mut [u8]) -> bool {
        overwrite(secret, self.at, &self.bytes)
    }
}

/// Puts `bytes` at `at`, if they fit.
pub(super) fn overwrite(secret: &mut [u8], at: usize, bytes: &[u8]) -> bool {
    match secret.get_mut(at..).and_then(|rest| rest.get_mut(..bytes.len())) {
        Some(place) => {
            place.copy_from_slice(bytes);
            true
        }
        None => false,
    }
}

type Check = fn(&[u8]) -> Option<bool>;
type Rewrite = fn(&mut Vec<u8>, &mut Dice<'_>) -> bool;
type Touch = fn(&mut [u8], &mut Dice<'_>) -> bool;

#[derive(Clone, Copy)]
pub(super) enum Test {
    /// Says what the check characters have to be; `None` for a foreign shape.
    Tail(fn(&[u8]) -> Option<Tail>),
    /// A rule of its own, whose repair may change the length.
    Own { check: Check, repair: Rewrite },
    /// The same, with a repair that replaces single characters.
    InPlace { check: Check, repair: Touch },
}

#[derive(Clone, Copy)]
pub(super) struct Proof {
    pub strength: Strength,
    pub test: Test,
}

impl Proof {
    pub const fn tail(strength: Strength, expected: fn(&[u8]) -> Option<Tail>) -> Proof {
        Proof { strength, test: Test::Tail(expected) }
    }

    pub const fn own(strength: Strength, check: Check, repair: Rewrite) -> Proof {
        Proof { strength, test: Test::Own { check, repair } }
    }

    pub const fn in_place(strength: Strength, check: Check, repair: Touch) -> Proof {
        Proof { strength, test: Test::InPlace { check, repair } }
    }
}
