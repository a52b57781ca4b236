//! Tokens with a structure that is neither a sum nor text: ids, dates, alphabets, fixed first bytes.

use super::Strength::{Boost, Reject};
use super::base::{
    BASE32, BASE58, BASE64_URL, DIGITS, decode58, decode64, decode64_start, digit, encode64, hex,
    letter, unpadded,
};
use super::dice::Dice;
use super::proof::{Proof, overwrite};

pub(super) const DISCORD: Proof = Proof::own(Reject, check_discord, repair_discord);
pub(super) const TELEGRAM: Proof = Proof::in_place(Reject, check_telegram, repair_telegram);
pub(super) const JFROG_KEY: Proof = Proof::in_place(Boost, check_jfrog, repair_jfrog);
pub(super) const VAULT: Proof = Proof::in_place(Boost, check_vault, repair_vault);
pub(super) const DYNATRACE: Proof = Proof::in_place(Reject, check_dynatrace, repair_dynatrace);
pub(super) const POSTMAN: Proof = Proof::in_place(Boost, check_postman, repair_postman);

/// Milliseconds from 2015, when Discord's numbering begins, to 2040. The engine knows no clock.
const DISCORD_END: u64 = 25 * 365 * 86_400_000;

/// Source: Discord's documentation of snowflakes; the first part is the bot's id in base64.
fn check_discord(secret: &[u8]) -> Option<bool> {
    let first = secret.split(|&b| b == b'.').next().filter(|first| first.len() < secret.len())?;
    let id = decode64(first).unwrap_or_default();
    let digits = (17..=19).contains(&id.len()) && id.iter().all(u8::is_ascii_digit);
    let number: u64 = str::from_utf8(&id).ok().and_then(|id| id.parse().ok()).unwrap_or(0);
    Some(digits && number > 1 << 40 && number >> 22 < DISCORD_END)
}

fn repair_discord(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let Some(at) = secret.iter().position(|&b| b == b'.') else { return false };
    let Some((first, rest)) = secret.split_at_checked(at) else { return false };
    let count = match unpadded(first).len() {
        ..=23 => 17,
        24 => 18,
        _ => 19,
    };
    // `N` and `O` stand for a first digit of 4 to 7 and of 8 or 9, which an id of 19 digits cannot have yet.
    let lead = match first.first() {
        Some(b'N') if count < 19 => dice.pick(b"4567"),
        Some(b'O') if count < 19 => dice.pick(b"89"),
        _ if count == 19 => b'1',
        _ => dice.pick(b"123"),
    };
    let id = [vec![lead], dice.text(DIGITS, count - 1)].concat();
    *secret = [encode64(&id, BASE64_URL).as_slice(), rest].concat();
    true
}

/// Source: Telegram's documentation shows the shape; that the second part begins with `AA` is observed throughout.
fn check_telegram(secret: &[u8]) -> Option<bool> {
    let key = telegram_key(secret)?;
    Some(secret.get(key..key + 2) == Some(b"AA"))
}

/// Where the part after the colon begins.
fn telegram_key(secret: &[u8]) -> Option<usize> {
    let digits = secret.iter().take_while(|b| b.is_ascii_digit()).count();
    let colon = secret.get(digits) == Some(&b':');
    (colon && (8..=10).contains(&digits) && secret.len() == digits + 36).then_some(digits + 1)
}

fn repair_telegram(secret: &mut [u8], _: &mut Dice<'_>) -> bool {
    telegram_key(secret).is_some_and(|key| overwrite(secret, key, b"AA"))
}

/// Source: observed on public keys: 54 bytes in base58.
fn check_jfrog(secret: &[u8]) -> Option<bool> {
    let shaped = secret.starts_with(b"AKCp") && secret.len() == 73;
    shaped.then(|| decode58(secret).is_some_and(|bytes| bytes.len() == 54))
}

/// Replaces every character that `alphabet` has not.
fn conform(text: &mut [u8], alphabet: &[u8], dice: &mut Dice<'_>) {
    for byte in text {
        if digit(alphabet, *byte).is_none() {
            *byte = dice.pick(alphabet);
        }
    }
}

fn repair_jfrog(secret: &mut [u8], dice: &mut Dice<'_>) -> bool {
    conform(secret, BASE58, dice);
    check_jfrog(secret) == Some(true)
}

/// First bytes of the message inside, and characters from which a token is not one of a development server.
fn vault_kind(secret: &[u8]) -> Option<([u8; 4], &[u8])> {
    match secret.get(..4)? {
        b"hvs." => Some(([8, 1, 18, 32], secret.get(4..)?)),
        b"hvb." => Some(([0, 0, 0, 1], secret.get(4..)?)),
        _ => None,
    }
}

/// Source: Vault's public source: a protocol buffer with a signature of 32 bytes, or an encryption key's term.
/// Development servers issue 24 random characters instead, hence `None` for short ones.
fn check_vault(secret: &[u8]) -> Option<bool> {
    let (start, body) = vault_kind(secret)?;
    (body.len() >= 80).then(|| decode64_start(body).starts_with(&start))
}

fn repair_vault(secret: &mut [u8], _: &mut Dice<'_>) -> bool {
    let Some((start, body)) = vault_kind(secret) else { return false };
    // Four bytes take five characters and two bits of the sixth.
    let mut head = encode64(&start, BASE64_URL);
    let low = body.get(5).and_then(|&b| digit(BASE64_URL, b)).unwrap_or(0) & 15;
    if let Some(sixth) = head.last_mut() {
        *sixth = letter(BASE64_URL, digit(BASE64_URL, *sixth).unwrap_or(0) | low);
    }
    overwrite(secret, 4, &head) && check_vault(secret) == Some(true)
}

/// Source: Dynatrace's documentation of the token format: prefix, 24 and 64 characters of base32.
fn check_dynatrace(secret: &[u8]) -> Option<bool> {
    dynatrace(secret)
        .map(|(id, key)| id.iter().chain(key).all(|&byte| digit(BASE32, byte).is_some()))
}

fn dynatrace(secret: &[u8]) -> Option<(&[u8], &[u8])> {
    let [b'd', b't', b'0', _, _, _, b'.', rest @ ..] = secret else { return None };
    match rest.split_at_checked(24)? {
        (id, [b'.', key @ ..]) if key.len() == 64 => Some((id, key)),
        _ => None,
    }
}

fn repair_dynatrace(secret: &mut [u8], dice: &mut Dice<'_>) -> bool {
    if dynatrace(secret).is_none() {
        return false;
    }
    for part in secret.split_mut(|&b| b == b'.').skip(1) {
        conform(part, BASE32, dice);
    }
    true
}

/// 2014 and 2040 as seconds of Unix time.
const POSTMAN_YEARS: std::ops::Range<u32> = 1_388_534_400..2_208_988_800;

/// Source: observed: the first 24 digits are an ObjectId, which begins with its time of creation.
fn check_postman(secret: &[u8]) -> Option<bool> {
    let rest = secret.strip_prefix(b"PMAK-").filter(|rest| rest.len() == 59)?;
    let time = str::from_utf8(rest.get(..8)?).ok();
    let time = time.and_then(|time| u32::from_str_radix(time, 16).ok());
    Some(time.is_some_and(|time| POSTMAN_YEARS.contains(&time)))
}

fn repair_postman(secret: &mut [u8], dice: &mut Dice<'_>) -> bool {
    // Some time in the nine years from 2017.
    let time = 1_483_228_800 + dice.below(9 * 365 * 86_400);
    overwrite(secret, 5, &hex(&time.to_be_bytes())) && check_postman(secret) == Some(true)
}
