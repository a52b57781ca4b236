//! The symbols the model counts, and where each count lies in the table.
//!
//! Shared, as a file, by the engine that reads the table and by `xtask train` that writes it, so the two cannot
//! disagree. Guarantees: every function is total over its input and stays below the size it names.
//! Leaves out: what the numbers mean; see `randomness.rs`.

/// Symbols of the letter model: 26 folded letters and six classes.
pub const SYMBOLS: usize = 32;
/// A digit, whichever.
pub const DIGIT: u8 = 26;
/// `_` and `-`, which join words of one name.
pub const JOINER: u8 = 27;
/// `.`, `/`, `:` and the backslash, which join names.
pub const PATH: u8 = 28;
/// Any other ASCII byte.
pub const OTHER: u8 = 29;
/// A byte of a multi-byte character.
pub const WIDE: u8 = 30;
/// Before the first byte, and between the two halves of `camelCase`.
pub const EDGE: u8 = 31;

/// Shapes of a byte, for the model of upper and lower case.
pub const SHAPES: usize = 5;
/// No byte yet.
pub const NO_SHAPE: u8 = 4;
/// "No digit here" in the context of the digit model.
pub const NO_DIGIT: u8 = 10;

/// Sizes of the three parts of the table, in the order they lie in it.
pub const LETTERS_LEN: usize = SYMBOLS * SYMBOLS * SYMBOLS;
pub const DIGITS_LEN: usize = 11 * 11 * 10;
pub const CASES_LEN: usize = SHAPES * SHAPES * SHAPES * 2;
pub const MODEL_LEN: usize = LETTERS_LEN + DIGITS_LEN + CASES_LEN;

/// Steps of a stored cost per bit: a byte holds up to 15.9 bits.
pub const STEPS_PER_BIT: f32 = 16.0;

/// The symbol a byte counts as.
#[inline]
pub const fn symbol(byte: u8) -> u8 {
    SYMBOL[byte as usize]
}

/// The shape of a byte: lower, upper, digit, anything else.
#[inline]
pub const fn shape(byte: u8) -> u8 {
    SHAPE[byte as usize]
}

static SYMBOL: [u8; 256] = {
    let mut symbols = [0; 256];
    let mut at = 0;
    while at < 256 {
        symbols[at] = match at as u8 {
            byte @ b'a'..=b'z' => byte - b'a',
            byte @ b'A'..=b'Z' => byte - b'A',
            b'0'..=b'9' => DIGIT,
            b'_' | b'-' => JOINER,
            b'.' | b'/' | b':' | b'\\' => PATH,
            0x80.. => WIDE,
            _ => OTHER,
        };
        at += 1;
    }
    symbols
};

static SHAPE: [u8; 256] = {
    let mut shapes = [3; 256];
    let mut at = 0;
    while at < 128 {
        shapes[at] = match at as u8 {
            b'a'..=b'z' => SMALL,
            b'A'..=b'Z' => 1,
            b'0'..=b'9' => 2,
            _ => 3,
        };
        at += 1;
    }
    shapes
};

const SMALL: u8 = 0;

/// What a token looked like just before the next byte.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    far: u8,
    near: u8,
    /// The last three shapes, as digits of a number.
    shapes: u8,
    /// The last two digits, in the same way.
    digits: u8,
    last: u8,
}

impl Context {
    /// Before the first byte.
    pub const START: Self = Self {
        far: EDGE,
        near: EDGE,
        shapes: 4 * 25 + 4 * 5 + 4,
        digits: 10 * 11 + 10,
        last: NO_SHAPE,
    };

    /// Where the cost of the symbol of `byte` lies.
    #[inline]
    pub fn letter_at(&self, byte: u8) -> usize {
        // A capital after a small letter starts a word: `getName` is `get`, `Name`.
        let far = if self.humps(byte) { EDGE } else { self.far };
        (usize::from(far) * SYMBOLS + usize::from(self.near)) * SYMBOLS + usize::from(symbol(byte))
    }

    /// Where the cost of this very digit lies; `None` for other bytes.
    #[inline]
    pub fn digit_at(&self, byte: u8) -> Option<usize> {
        let at = || LETTERS_LEN + usize::from(self.digits) * 10 + usize::from(byte - b'0');
        byte.is_ascii_digit().then(at)
    }

    /// Where the cost of the case of this letter lies; `None` for other bytes.
    #[inline]
    pub fn case_at(&self, byte: u8) -> Option<usize> {
        let upper = usize::from(byte.is_ascii_uppercase());
        let at = || LETTERS_LEN + DIGITS_LEN + usize::from(self.shapes) * 2 + upper;
        byte.is_ascii_alphabetic().then(at)
    }

    /// The context after `byte`.
    #[inline]
    pub fn after(&self, byte: u8) -> Self {
        let shape = shape(byte);
        let digit = if byte.is_ascii_digit() { byte - b'0' } else { NO_DIGIT };
        Self {
            far: if self.humps(byte) { EDGE } else { self.near },
            near: symbol(byte),
            shapes: self.shapes % (5 * 5) * 5 + shape,
            digits: self.digits % 11 * 11 + digit,
            last: shape,
        }
    }

    #[inline]
    fn humps(&self, byte: u8) -> bool {
        byte.is_ascii_uppercase() && self.last == SMALL
    }
}
