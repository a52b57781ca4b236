//! Spellings of a secret that no reading undoes, and that are looked for as such.
//!
//! What escapes do to single characters is undone while the text is read ([`super::undone`]), and base64 and hexadecimal
//! digits of what is long enough and text by the readings of the whole text. What is left: backslashes and ends of lines in
//! strings of JSON, forms, and base64 and digits of what is short, or is not ASCII.

use super::hashed::Form;
use crate::text::base64;

/// Runs of fewer characters are not read: a secret of so many bytes makes one that may be shorter.
const MOST_SHORT: usize = base64::SHORTEST_RUN / 4 * 3;

/// The secret, and those spellings.
pub(super) fn spellings(secret: &[u8]) -> Vec<(Vec<u8>, Form)> {
    let mut all = vec![(secret.to_vec(), Form::Plain)];
    let mut add = |spelled: Vec<u8>, form: Form| {
        if !all.iter().any(|(known, _)| *known == spelled) {
            all.push((spelled, form));
        }
    };
    if secret.iter().any(|byte| *byte == b'\\' || byte.is_ascii_control()) {
        let once = json(secret);
        add(json(&once), Form::Plain);
        add(once, Form::Plain);
    }
    if secret.contains(&b' ') {
        for kept in [&b"-._~"[..], b"-._*", b"-._~!*'()"] {
            add(form(secret, kept), Form::Plain);
        }
    }
    let is_text = secret.is_ascii();
    if !is_text || secret.len() < MOST_SHORT {
        for before in 0..3 {
            let (run, form) = in_base64(secret, before);
            let safe = |byte: &u8| match byte {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            };
            add(run.iter().map(safe).collect(), form);
            add(run, form);
        }
    }
    if !is_text || secret.len() * 2 < base64::SHORTEST_RUN {
        for digits in [b"0123456789abcdef", b"0123456789ABCDEF"] {
            let digit = |n: u8| digits.get(usize::from(n)).copied().unwrap_or_default();
            add(secret.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect(), Form::Hex);
        }
    }
    all
}

/// As in a string of JSON.
fn json(secret: &[u8]) -> Vec<u8> {
    let escape = |byte: &u8| match byte {
        b'"' | b'\\' => vec![b'\\', *byte],
        b'\n' => b"\\n".to_vec(),
        b'\r' => b"\\r".to_vec(),
        b'\t' => b"\\t".to_vec(),
        _ => vec![*byte],
    };
    secret.iter().flat_map(escape).collect()
}

/// As in a form: `+` for blanks, and bytes that are neither letters, digits nor `kept` by their numbers.
fn form(secret: &[u8], kept: &[u8]) -> Vec<u8> {
    let digit = |n: u8| if n < 10 { b'0' + n } else { b'A' + n - 10 };
    let escape = |byte: &u8| match byte {
        b' ' => vec![b'+'],
        b if b.is_ascii_alphanumeric() || kept.contains(b) => vec![*b],
        b => vec![b'%', digit(b >> 4), digit(b & 15)],
    };
    secret.iter().flat_map(escape).collect()
}

/// The characters of base64 that are the secret's alone where so many bytes stand before it in its group of three.
fn in_base64(secret: &[u8], before: usize) -> (Vec<u8>, Form) {
    let bytes = [&[0; 2][..before.min(2)], secret].concat();
    let bits = bytes.len() * 8;
    // A character is six bits.
    let (first, end) = ((before * 8).div_ceil(6), bits / 6);
    let run = base64::encode(&bytes).get(first..end).unwrap_or_default().to_vec();
    (run, Form::Base64 { shares_first: before > 0, shares_last: !bits.is_multiple_of(6) })
}
