//! Random characters for tokens under repair. Not for keys that guard anything.

/// Draws from the numbers a caller supplies.
pub(super) struct Dice<'a> {
    next: &'a mut dyn FnMut() -> u32,
}

impl<'a> Dice<'a> {
    pub fn new(next: &'a mut dyn FnMut() -> u32) -> Dice<'a> {
        Dice { next }
    }

    /// A number below `end`, or 0 if there is none.
    pub fn below(&mut self, end: u32) -> u32 {
        let wide = u64::from((self.next)()) * u64::from(end);
        u32::try_from(wide >> 32).unwrap_or(0)
    }

    pub fn byte(&mut self) -> u8 {
        let [byte, ..] = (self.next)().to_be_bytes();
        byte
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.byte()).collect()
    }

    pub fn pick(&mut self, alphabet: &[u8]) -> u8 {
        let end = u32::try_from(alphabet.len()).unwrap_or(u32::MAX);
        let at = self.below(end) as usize;
        alphabet.get(at).copied().unwrap_or(b'0')
    }

    pub fn text(&mut self, alphabet: &[u8], count: usize) -> Vec<u8> {
        (0..count).map(|_| self.pick(alphabet)).collect()
    }
}
