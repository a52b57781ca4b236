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
pub const fn symbol(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => byte - b'a',
        b'A'..=b'Z' => byte - b'A',
        b'0'..=b'9' => DIGIT,
        b'_' | b'-' => JOINER,
        b'.' | b'/' | b':' | b'\\' => PATH,
        0x80.. => WIDE,
        _ => OTHER,
    }
}

/// The shape of a byte: lower, upper, digit, anything else.
pub const fn shape(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

/// What a token looked like just before the next byte.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    symbols: [u8; 2],
    shapes: [u8; 3],
    digits: [u8; 2],
}

impl Context {
    /// Before the first byte.
    pub const START: Self =
        Self { symbols: [EDGE; 2], shapes: [NO_SHAPE; 3], digits: [NO_DIGIT; 2] };

    /// Where the cost of the symbol of `byte` lies.
    pub fn letter_at(&self, byte: u8) -> usize {
        let [far, near] = self.symbols;
        // A capital after a small letter starts a word: `getName` is `get`, `Name`.
        let far = if self.humps(byte) { EDGE } else { far };
        (usize::from(far) * SYMBOLS + usize::from(near)) * SYMBOLS + usize::from(symbol(byte))
    }

    /// Where the cost of this very digit lies; `None` for other bytes.
    pub fn digit_at(&self, byte: u8) -> Option<usize> {
        let [far, near] = self.digits;
        byte.is_ascii_digit().then(|| {
            let context = usize::from(far) * 11 + usize::from(near);
            LETTERS_LEN + context * 10 + usize::from(byte - b'0')
        })
    }

    /// Where the cost of the case of this letter lies; `None` for other bytes.
    pub fn case_at(&self, byte: u8) -> Option<usize> {
        let [far, mid, near] = self.shapes.map(usize::from);
        byte.is_ascii_alphabetic().then(|| {
            let context = (far * SHAPES + mid) * SHAPES + near;
            LETTERS_LEN + DIGITS_LEN + context * 2 + usize::from(byte.is_ascii_uppercase())
        })
    }

    /// The context after `byte`.
    pub fn after(&self, byte: u8) -> Self {
        let [_, near] = self.symbols;
        let [_, mid, last] = self.shapes;
        let near = if self.humps(byte) { EDGE } else { near };
        let digit = if byte.is_ascii_digit() { byte - b'0' } else { NO_DIGIT };
        Self {
            symbols: [near, symbol(byte)],
            shapes: [mid, last, shape(byte)],
            digits: [self.digits[1], digit],
        }
    }

    fn humps(&self, byte: u8) -> bool {
        byte.is_ascii_uppercase() && self.shapes[2] == 0
    }
}
