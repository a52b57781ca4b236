//! Tokens whose base64 holds text of a known form: Elastic, JFrog, Atlassian, Bedrock, Weaviate, Letta, basic auth.

use super::Strength::Reject;
use super::base::{
    BASE36, BASE62, BASE64, DIGITS, HEX, bytes_in, decode64, encode64_like, encode64_padded,
    unpadded,
};
use super::dice::Dice;
use super::proof::{Proof, overwrite};
use crate::text::crc::crc32;

pub(super) const ELASTIC_API_KEY: Proof = Proof::own(Reject, check_elastic, repair_elastic);
pub(super) const ELASTIC_ESSU: Proof = Proof::own(Reject, check_essu, repair_essu);
pub(super) const JFROG_REF: Proof = Proof::own(Reject, check_reference, repair_reference);
pub(super) const ATLASSIAN_DC: Proof = Proof::own(Reject, check_data_center, repair_data_center);
pub(super) const BBDC: Proof = Proof::own(Reject, check_bbdc, repair_bbdc);
pub(super) const BEDROCK: Proof = Proof::own(Reject, check_bedrock, repair_bedrock);
pub(super) const BEDROCK_URL: Proof = Proof::own(Reject, check_bedrock_url, repair_bedrock_url);
pub(super) const WEAVIATE: Proof = Proof::own(Reject, check_weaviate, repair_weaviate);
pub(super) const LETTA: Proof = Proof::own(Reject, check_letta, repair_letta);
pub(super) const BASIC_AUTH: Proof = Proof::own(Reject, check_basic, repair_basic);

/// Whether `text` decodes to something `form` accepts.
fn decodes(text: &[u8], form: impl Fn(&[u8]) -> bool) -> bool {
    decode64(text).is_some_and(|bytes| form(&bytes))
}

/// Replaces all but the prefix by `plain` in base64.
fn rewrite(secret: &mut Vec<u8>, prefix: &[u8], plain: &[u8]) -> bool {
    let Some(body) = secret.strip_prefix(prefix) else { return false };
    *secret = [prefix, &encode64_like(plain, BASE64, body)].concat();
    true
}

fn is_id_and_key(text: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_".contains(b);
    matches!(text.split_at_checked(20), Some((id, [b':', key @ ..]))
        if key.len() == 22 && id.iter().chain(key).all(plain))
}

fn id_and_key(dice: &mut Dice<'_>) -> Vec<u8> {
    [dice.text(BASE62, 20), b":".to_vec(), dice.text(BASE62, 22)].concat()
}

/// Source: Elasticsearch's documentation: the encoded form of a key is `id:api_key` in base64.
fn check_elastic(secret: &[u8]) -> Option<bool> {
    (unpadded(secret).len() == 58).then(|| decodes(secret, is_id_and_key))
}

fn repair_elastic(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    matches!(secret.len(), 58..=60) && rewrite(secret, b"", &id_and_key(dice))
}

const ESSU: &[u8] = b"essu_";

/// Source: observed on a public key, not documented: the base64 of a key as above, then its CRC-32 in eight bytes,
/// all in base64 again.
fn check_essu(secret: &[u8]) -> Option<bool> {
    let body = secret.strip_prefix(ESSU).filter(|body| unpadded(body).len() == 91)?;
    Some(decodes(body, |bytes| match bytes.split_last_chunk::<8>() {
        Some((inner, sum)) => {
            u64::from_be_bytes(*sum) == u64::from(crc32(inner)) && decodes(inner, is_id_and_key)
        }
        None => false,
    }))
}

fn repair_essu(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let inner = encode64_padded(&id_and_key(dice), BASE64);
    let sum = u64::from(crc32(&inner)).to_be_bytes();
    rewrite(secret, ESSU, &[inner.as_slice(), &sum].concat())
}

const REFERENCE: &[u8] = b"reftkn:01:";

/// Source: observed on public reference tokens: ten digits, a colon and random text follow the mark.
fn check_reference(secret: &[u8]) -> Option<bool> {
    let is_reference = |bytes: &[u8]| {
        let rest = bytes.strip_prefix(REFERENCE).and_then(|rest| rest.split_at_checked(10));
        rest.is_some_and(|(digits, rest)| {
            digits.iter().all(u8::is_ascii_digit) && rest.starts_with(b":")
        })
    };
    (secret.len() == 64).then(|| decodes(secret, is_reference))
}

fn repair_reference(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let digits = dice.text(DIGITS, 8);
    let random = dice.text(BASE62, 27);
    let plain = [REFERENCE, b"17", &digits, b":", &random].concat();
    secret.len() == 64 && rewrite(secret, b"", &plain)
}

/// Source: observed on public personal access tokens: a number of ten to thirteen digits,
/// a colon and twenty bytes.
fn is_number_and_key(bytes: &[u8]) -> bool {
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count().min(13);
    // A random byte may be a digit too, never the colon's place.
    digits >= 10 && bytes.len() == digits + 21 && bytes.get(digits) == Some(&b':')
}

fn number_and_key(body: &[u8], dice: &mut Dice<'_>) -> Vec<u8> {
    let count = bytes_in(unpadded(body)).saturating_sub(21);
    // `M`, `N` and `O` are how a first digit of 0 to 3, 4 to 7 and 8 or 9 begins.
    let first = match body.first() {
        Some(b'N') => dice.pick(b"4567"),
        Some(b'O') => dice.pick(b"89"),
        _ => dice.pick(b"123"),
    };
    let rest = dice.text(DIGITS, count.clamp(10, 13) - 1);
    [vec![first], rest, b":".to_vec(), dice.bytes(20)].concat()
}

fn check_data_center(secret: &[u8]) -> Option<bool> {
    (secret.len() == 44).then(|| decodes(secret, is_number_and_key))
}

fn repair_data_center(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let plain = number_and_key(secret, dice);
    secret.len() == 44 && rewrite(secret, b"", &plain)
}

fn check_bbdc(secret: &[u8]) -> Option<bool> {
    secret.strip_prefix(b"BBDC-").and_then(check_data_center)
}

fn repair_bbdc(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let Some(body) = secret.strip_prefix(b"BBDC-") else { return false };
    let plain = number_and_key(body, dice);
    body.len() == 44 && rewrite(secret, b"BBDC-", &plain)
}

/// Text that begins with `mark` and is as long as what `body` holds, or a little longer than the mark.
fn text_after(mark: &[u8], body: &[u8], dice: &mut Dice<'_>) -> Vec<u8> {
    let room = bytes_in(unpadded(body)).saturating_sub(mark.len());
    [mark.to_vec(), dice.text(BASE62, room.max(8))].concat()
}

const BEDROCK_MARK: &[u8] = b"BedrockAPIKey-";

/// Source: AWS documentation of long-term Bedrock keys; the plain text begins with the key's name.
fn check_bedrock(secret: &[u8]) -> Option<bool> {
    let body = secret.strip_prefix(b"ABSK")?;
    Some(decodes(body, |bytes| bytes.starts_with(BEDROCK_MARK)))
}

fn repair_bedrock(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let Some(body) = secret.strip_prefix(b"ABSK") else { return false };
    let plain = text_after(BEDROCK_MARK, body, dice);
    rewrite(secret, b"ABSK", &plain)
}

const URL_PREFIX: &[u8] = b"bedrock-api-key-";
const URL_MARK: &[u8] = b"bedrock.amazonaws.com/?Action=";

/// Source: AWS documentation of short-term Bedrock keys; the plain text is a presigned URL.
fn check_bedrock_url(secret: &[u8]) -> Option<bool> {
    let body = secret.strip_prefix(URL_PREFIX)?;
    Some(decodes(body, |bytes| bytes.starts_with(URL_MARK)))
}

fn repair_bedrock_url(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let Some(body) = secret.strip_prefix(URL_PREFIX) else { return false };
    let whole = [URL_MARK, b"CallWithBearerToken&X-Amz-Signature="].concat();
    let plain = text_after(&whole, body, dice);
    rewrite(secret, URL_PREFIX, &plain)
}

/// Source: observed on public keys: a user, 44 characters and the version, joined by `_`.
fn check_weaviate(secret: &[u8]) -> Option<bool> {
    let is_key = |bytes: &[u8]| {
        let parts: Vec<&[u8]> = bytes.split(|&b| b == b'_').collect();
        matches!(parts.as_slice(), [user, key, b"v200"] if !user.is_empty() && key.len() == 44)
    };
    (secret.len() == 88).then(|| decodes(secret, is_key))
}

fn repair_weaviate(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let user = encode64_padded(&dice.bytes(12), BASE64);
    let key = encode64_padded(&dice.bytes(32), BASE64);
    let plain = [user.as_slice(), b"_", &key, b"_v200"].concat();
    secret.len() == 88 && rewrite(secret, b"", &plain)
}

fn is_uuid(text: &[u8]) -> bool {
    let fits = |(at, b): (usize, &u8)| match at {
        8 | 13 | 18 | 23 => *b == b'-',
        _ => b.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.iter().enumerate().all(fits)
}

fn uuid(dice: &mut Dice<'_>) -> Vec<u8> {
    let mut text = dice.text(HEX, 36);
    for (at, mark) in [(8, b"-"), (13, b"-"), (14, b"4"), (18, b"-"), (19, b"a"), (23, b"-")] {
        overwrite(&mut text, at, mark);
    }
    text
}

/// Source: observed on public keys: two UUIDs joined by a colon.
fn check_letta(secret: &[u8]) -> Option<bool> {
    let is_pair = |bytes: &[u8]| {
        matches!(bytes.split_at_checked(36), Some((first, [b':', second @ ..]))
            if is_uuid(first) && is_uuid(second))
    };
    secret.strip_prefix(b"sk-let-").map(|body| decodes(body, is_pair))
}

fn repair_letta(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let plain = [uuid(dice), b":".to_vec(), uuid(dice)].concat();
    rewrite(secret, b"sk-let-", &plain)
}

/// Source: RFC 7617. The scheme's name may stand in front. Text in UTF-8 without control characters, with a colon.
fn check_basic(secret: &[u8]) -> Option<bool> {
    let is_pair = |bytes: &[u8]| {
        bytes.contains(&b':')
            && std::str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(char::is_control))
    };
    let body = secret.strip_prefix(b"Basic ").unwrap_or(secret);
    (body.len() >= 4).then(|| decodes(body, is_pair))
}

fn repair_basic(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let scheme: &[u8] = if secret.starts_with(b"Basic ") { b"Basic " } else { b"" };
    let body = secret.strip_prefix(scheme).unwrap_or_default();
    let room = bytes_in(unpadded(body)).max(3);
    let user = dice.text(BASE36, (room / 3).max(1));
    let password = dice.text(BASE62, room - user.len() - 1);
    rewrite(secret, scheme, &[user.as_slice(), b":", &password].concat())
}
