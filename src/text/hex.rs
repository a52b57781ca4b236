//! Text written in hexadecimal digits.
//!
//! Two digits for a byte, of either case, in one run, perhaps behind `0x`. Digests and ids hold no text, and are told by
//! their first bytes. Leaves out: digits with anything between them.

/// Digits by which a run is judged.
const HEAD: usize = 16;

/// Whether a run beginning with these digits reads as text.
pub(crate) fn reads_as_text(head: &[u8]) -> bool {
    let digits = without_mark(head);
    let whole = digits.get(..digits.len() / 2 * 2).unwrap_or_default();
    whole.len() >= HEAD - 2
        && whole.chunks_exact(2).all(|pair| byte(pair).is_some_and(|b| is_text(b) || b == 0))
        && whole.chunks_exact(4).all(|pair| byte(pair).is_some_and(is_text))
}

/// The bytes that `run` spells, if it is a run of digits that hold text.
pub(crate) fn bytes_of(run: &[u8]) -> Option<Vec<u8>> {
    let digits = without_mark(run);
    if !digits.len().is_multiple_of(2) || !reads_as_text(run.get(..HEAD)?) {
        return None;
    }
    // Sized once: growing would leave copies behind.
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    for pair in digits.chunks_exact(2) {
        bytes.push(byte(pair)?);
    }
    Some(bytes)
}

fn without_mark(run: &[u8]) -> &[u8] {
    run.strip_prefix(b"0x").or_else(|| run.strip_prefix(b"0X")).unwrap_or(run)
}

fn byte(pair: &[u8]) -> Option<u8> {
    let digit = |at: usize| pair.get(at).and_then(|b| char::from(*b).to_digit(16));
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}
