//! Constant characters in the middle or at the end of a token, and alphabets narrower than they look.
//!
//! These are weaker than a sum: a pattern may state them as well. They are here so that a rule can match loosely, for
//! redaction, and still tell the real from the invented.

use super::Strength::{Boost, Reject};
use super::base::{BASE32, decode32, digit};
use super::dice::Dice;
use super::proof::{Proof, Tail, overwrite};

pub(super) const OPENAI: Proof = Proof::in_place(Reject, check_openai, repair_openai);
pub(super) const GROQ: Proof = Proof::tail(Boost, groq);
pub(super) const ANTHROPIC: Proof = Proof::tail(Reject, anthropic);
pub(super) const HUGGINGFACE: Proof = Proof::in_place(Boost, check_huggingface, repair_huggingface);
pub(super) const GOOGLE_API: Proof = Proof::in_place(Boost, check_google, repair_google);
pub(super) const AWS_KEY_ID: Proof = Proof::in_place(Boost, check_aws, repair_aws);

const OPENAI_MARK: &[u8] = b"T3BlbkFJ";
/// How many characters stand on either side of it.
const OPENAI_SIDES: [usize; 3] = [74, 58, 20];

/// Where the mark has to stand if `side` characters surround it: the body follows a hyphen.
fn openai_at(secret: &[u8], side: usize) -> Option<usize> {
    let at = secret.len().checked_sub(side + OPENAI_MARK.len())?;
    let prefix = secret.get(..at.checked_sub(side)?)?;
    (prefix.starts_with(b"sk-") && prefix.ends_with(b"-")).then_some(at)
}

/// Source: observed on public keys since 2022: the mark is "OpenAI" in base64, in the very middle of the body.
fn check_openai(secret: &[u8]) -> Option<bool> {
    let marked = |at: usize| secret.get(at..).is_some_and(|rest| rest.starts_with(OPENAI_MARK));
    let mut places = OPENAI_SIDES.iter().filter_map(|&side| openai_at(secret, side)).peekable();
    places.peek()?;
    Some(places.any(marked))
}

fn repair_openai(secret: &mut [u8], _: &mut Dice<'_>) -> bool {
    let known: [&[u8]; 5] = [b"sk-proj-", b"sk-svcacct-", b"sk-admin-", b"sk-None-", b"sk-"];
    let named = |at: &usize| {
        let prefix = (secret.len() - at).checked_sub(OPENAI_MARK.len());
        prefix.and_then(|side| secret.get(..at - side)).is_some_and(|p| known.contains(&p))
    };
    // A hyphen in the body could pass for the end of a prefix; the prefixes we know go first.
    let places = || OPENAI_SIDES.iter().filter_map(|&side| openai_at(secret, side));
    let place = places().find(named).or_else(|| places().next());
    place.is_some_and(|at| overwrite(secret, at, OPENAI_MARK))
}

/// Source: observed on public keys: "XgroqX" in base64 after twenty characters. Genuine ones are few.
fn groq(secret: &[u8]) -> Option<Tail> {
    let shaped = secret.starts_with(b"gsk_") && secret.len() == 56;
    shaped.then(|| Tail::new(24, b"WGdyb3FY".to_vec()))
}

/// Source: observed: 95 characters of base64 end in zero bits. Tokens of other lengths are not spoken of.
fn anthropic(secret: &[u8]) -> Option<Tail> {
    let rest = secret.strip_prefix(b"sk-ant-")?;
    let kind = rest.iter().position(|&b| b == b'-')?;
    (rest.len() == kind + 96).then(|| Tail::new(secret.len() - 2, b"AA".to_vec()))
}

fn huggingface(secret: &[u8]) -> Option<usize> {
    let prefixes: [&[u8]; 2] = [b"hf_", b"api_org_"];
    let prefix = prefixes.iter().find(|prefix| secret.starts_with(prefix))?;
    (secret.len() == prefix.len() + 34).then_some(prefix.len())
}

/// Source: observed on public tokens: letters only.
fn check_huggingface(secret: &[u8]) -> Option<bool> {
    let body = secret.get(huggingface(secret)?..)?;
    Some(body.iter().all(u8::is_ascii_alphabetic))
}

fn repair_huggingface(secret: &mut [u8], dice: &mut Dice<'_>) -> bool {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let Some(at) = huggingface(secret) else { return false };
    for byte in secret.iter_mut().skip(at).filter(|byte| !byte.is_ascii_alphabetic()) {
        *byte = dice.pick(LETTERS);
    }
    true
}

/// Source: observed: the encoded bytes begin with a version and few used bits.
fn check_google(secret: &[u8]) -> Option<bool> {
    let shaped = secret.starts_with(b"AIza") && secret.len() == 39;
    shaped.then(|| matches!(secret.get(4..7), Some([b'S', b'y', b'A'..=b'D'])))
}

fn repair_google(secret: &mut [u8], dice: &mut Dice<'_>) -> bool {
    let bits = dice.pick(b"ABCD");
    secret.starts_with(b"AIza") && secret.len() == 39 && overwrite(secret, 4, &[b'S', b'y', bits])
}

/// Twelve digits.
const ACCOUNTS: u64 = 1_000_000_000_000;

/// Source: AWS lists the four-letter kinds of ids; that base32 follows and holds the account is public analysis of
/// many ids. Forty bits could hold a larger number than twelve digits do, so one in eleven invented ids shows.
fn check_aws(secret: &[u8]) -> Option<bool> {
    let body = secret.get(4..).filter(|body| body.len() == 16)?;
    let base32 = body.iter().all(|&b| digit(BASE32, b).is_some());
    Some(base32 && aws_account(body).is_some_and(|account| account < ACCOUNTS))
}

/// The account that a whole key id names, if it is one.
pub(in crate::check) fn aws_account_of(id: &[u8]) -> Option<u64> {
    let body = id.get(4..).filter(|body| body.len() == 16)?;
    aws_account(body).filter(|account| *account < ACCOUNTS)
}

/// The account: the forty bits after the first.
fn aws_account(body: &[u8]) -> Option<u64> {
    let bytes = decode32(body)?;
    let word = bytes.first_chunk::<6>()?.iter().fold(0, |word, &b| (word << 8) | u64::from(b));
    Some((word >> 7) & 0xFF_FFFF_FFFF)
}

fn repair_aws(secret: &mut [u8], dice: &mut Dice<'_>) -> bool {
    if secret.len() != 20 {
        return false;
    }
    for at in 4..20 {
        let foreign = secret.get(at).is_none_or(|&b| digit(BASE32, b).is_none());
        if foreign {
            let other = dice.pick(BASE32);
            overwrite(secret, at, &[other]);
        }
    }
    // The highest bits decide whether the number is too large.
    for _ in 0..256 {
        if check_aws(secret) == Some(true) {
            return true;
        }
        let other = dice.text(BASE32, 2);
        overwrite(secret, 4, &other);
    }
    false
}
