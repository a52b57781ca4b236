//! Tokens that carry a JSON object in base64: JWT, Sentry, Grafana, Mapbox, 1Password.
//!
//! The test is a tolerant scan, not a parser: text that opens and closes an object, with balanced brackets, nothing but
//! JSON's characters outside of strings, and the members the format always has. Random bytes do not get that far.
//!
//! Leaves out: the values. What a JWT grants is not decided here.

use super::Strength::Reject;
use super::base::{
    BASE62, BASE64, BASE64_URL, DIGITS, bytes_in, decode64, decode64_start, encode64_like, unpadded,
};
use super::dice::Dice;
use super::proof::Proof;

pub(super) const JWT: Proof = Proof::own(Reject, check_jwt, repair_jwt);
pub(super) const SENTRY: Proof = Proof::own(Reject, check_sentry, repair_sentry);
pub(super) const GRAFANA_CLOUD: Proof = Proof::own(Reject, check_grafana, repair_grafana);
pub(super) const MAPBOX: Proof = Proof::own(Reject, check_mapbox, repair_mapbox);
pub(super) const ONEPASSWORD_SERVICE: Proof =
    Proof::own(Reject, check_onepassword, repair_onepassword);

/// One object of a format: what it must hold, and an example. In the example `?` stands for any letter or digit, `%`
/// for a digit, and `*` for as much as is needed to reach a length.
struct Form {
    keys: &'static [&'static str],
    example: &'static str,
    alphabet: &'static [u8],
}

/// The names of the members of the outermost object, or `None` if `text` is no object.
fn names(text: &[u8]) -> Option<Vec<&[u8]>> {
    let mut names = Vec::new();
    let (mut depth, mut awaits_name) = (0_usize, false);
    let mut rest = text.trim_ascii();
    if !rest.starts_with(b"{") {
        return None;
    }
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'{' | b'[' => {
                depth += 1;
                awaits_name = depth == 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return rest.is_empty().then_some(names);
                }
            }
            b',' => awaits_name = depth == 1,
            b'"' => {
                let (string, after) = string(rest)?;
                rest = after;
                if awaits_name {
                    names.push(string);
                    awaits_name = false;
                }
            }
            b':' | b' ' | b'\t' | b'\r' | b'\n' | b'.' | b'+' | b'-' => {}
            b'0'..=b'9' | b'a'..=b'z' | b'E' => {}
            _ => return None,
        }
    }
    None
}

/// The string up to its closing quote and what follows; control characters end the hope for one.
fn string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut escaped = false;
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some((text.get(..at)?, text.get(at + 1..)?)),
            0..0x20 => return None,
            _ => {}
        }
    }
    None
}

impl Form {
    fn holds(&self, segment: &[u8]) -> bool {
        let Some(text) = decode64(segment) else { return false };
        let names = names(&text);
        names.is_some_and(|names| self.keys.iter().all(|key| names.contains(&key.as_bytes())))
    }

    /// `segment` if it holds, else an object of about its length. If `segment` begins like another object, with a
    /// member or more, that beginning stays, since a pattern may insist on it.
    fn mended(&self, segment: &[u8], dice: &mut Dice<'_>) -> Vec<u8> {
        if self.holds(segment) {
            return segment.to_vec();
        }
        let old = decode64_start(segment);
        let kept = clean_start(&old);
        let shared = self.example.bytes().zip(kept.text).take_while(|(a, b)| a == *b).count();
        let example = if kept.text.len() > shared + 3 {
            self.continued(&kept)
        } else {
            self.example.as_bytes().to_vec()
        };
        let text = filled(&example, bytes_in(unpadded(segment)), dice);
        encode64_like(&text, self.alphabet, segment)
    }

    /// An example that begins with what was kept.
    fn continued(&self, kept: &Kept<'_>) -> Vec<u8> {
        let mut example = kept.text.to_vec();
        if let Some(at) = kept.name_at {
            let name = kept.text.get(at..).unwrap_or_default();
            let like = |key: &&&str| key.as_bytes().first() == name.first();
            if let Some(key) = self.keys.iter().find(like) {
                example.truncate(at);
                example.extend(key.bytes());
            }
            example.extend(b"\":\"");
        }
        example.extend(b"*\"");
        for key in self.keys {
            let quoted = format!("\"{key}\":");
            if !example.windows(quoted.len()).any(|window| window == quoted.as_bytes()) {
                example.extend(format!(",{quoted}\"????\"").bytes());
            }
        }
        example.push(b'}');
        example
    }
}

/// The beginning of an object that somebody meant.
struct Kept<'a> {
    text: &'a [u8],
    /// Where the unfinished name begins; else it is a value that is unfinished.
    name_at: Option<usize>,
}

/// The longest beginning of `text` that is `{`, members with plain strings, and one that is not finished.
fn clean_start(text: &[u8]) -> Kept<'_> {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b" -_.:/@".contains(b);
    let length = |text: &[u8]| text.iter().take_while(|b| plain(b)).count();
    let kept = |end: usize, name_at| Kept { text: text.get(..end).unwrap_or_default(), name_at };
    let mut at = match text {
        [b'{', b'"', ..] => 2,
        _ => return kept(0, None),
    };
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let name = length(rest);
        let Some(value) = rest.get(name..).and_then(|rest| rest.strip_prefix(b"\":\"")) else {
            return kept(at + name, Some(at));
        };
        let end = at + name + 3 + length(value);
        match text.get(end..end + 3) {
            Some(b"\",\"") => at = end + 3,
            _ => return kept(end, None),
        }
    }
}

/// `example` with its marks replaced, as long as `length` if that is enough room.
fn filled(example: &[u8], length: usize, dice: &mut Dice<'_>) -> Vec<u8> {
    let room = (length + 1).saturating_sub(example.len()).max(1);
    let mut text = Vec::with_capacity(length);
    for &byte in example {
        match byte {
            b'*' => text.extend(dice.text(BASE62, room)),
            b'?' => text.push(dice.pick(BASE62)),
            b'%' => text.push(dice.pick(DIGITS)),
            _ => text.push(byte),
        }
    }
    text
}

const HEADER: Form =
    Form { keys: &["alg"], example: r#"{"alg":"HS256","kid":"*"}"#, alphabet: BASE64_URL };
const CLAIMS: Form = Form {
    keys: &[],
    example: r#"{"sub":"*","iat":17%%%%%%%%,"exp":18%%%%%%%%}"#,
    alphabet: BASE64_URL,
};

/// Source: RFC 7519 and RFC 7515; RFC 7516 for the five parts of an encrypted token, of which only the first is JSON.
fn check_jwt(secret: &[u8]) -> Option<bool> {
    let mut parts = secret.split(|&b| b == b'.');
    let (header, claims) = (parts.next()?, parts.next()?);
    let encrypted = match parts.count() {
        0 | 1 => false,
        3 => true,
        _ => return None,
    };
    Some(HEADER.holds(header) && (encrypted || CLAIMS.holds(claims)))
}

fn repair_jwt(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    let parts: Vec<&[u8]> = secret.split(|&b| b == b'.').collect();
    let [header, claims, rest @ ..] = parts.as_slice() else { return false };
    let mut whole = vec![HEADER.mended(header, dice)];
    whole.push(match rest.len() {
        0 | 1 => CLAIMS.mended(claims, dice),
        3 => claims.to_vec(),
        _ => return false,
    });
    whole.extend(rest.iter().map(|part| part.to_vec()));
    *secret = whole.join(&b'.');
    true
}

/// The middle of `secret` that `form` speaks of: after `prefix`, before the first `end` or the end.
fn segment<'a>(secret: &'a [u8], prefix: &[u8], end: Option<u8>) -> Option<(&'a [u8], &'a [u8])> {
    let rest = secret.strip_prefix(prefix)?;
    let Some(end) = end else { return Some((rest, &[])) };
    rest.iter().position(|&b| b == end).and_then(|at| rest.split_at_checked(at))
}

fn mend(
    secret: &mut Vec<u8>,
    form: &Form,
    prefix: &[u8],
    end: Option<u8>,
    dice: &mut Dice<'_>,
) -> bool {
    let Some((middle, rest)) = segment(secret, prefix, end) else { return false };
    *secret = [prefix, &form.mended(middle, dice), rest].concat();
    true
}

const ORGANISATION: Form = Form {
    keys: &["iat", "url", "region_url", "org"],
    example: r#"{"iat":17%%%%%%%%.%%%%%%,"url":"https://sentry.io","region_url":"https://us.sentry.io","org":"*"}"#,
    alphabet: BASE64,
};

/// Source: Sentry's RFC on organisation tokens and its public code; 43 characters of base64 follow the object.
fn check_sentry(secret: &[u8]) -> Option<bool> {
    let (middle, rest) = segment(secret, b"sntrys_", Some(b'_'))?;
    let random = rest.get(1..)?;
    (random.len() == 43).then(|| ORGANISATION.holds(middle))
}

fn repair_sentry(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    mend(secret, &ORGANISATION, b"sntrys_", Some(b'_'), dice) && check_sentry(secret) == Some(true)
}

const POLICY: Form = Form {
    keys: &["o", "n", "k", "m"],
    example: r#"{"o":"%%%%%%","n":"*","k":"????????????????????????","m":{"r":"us"}}"#,
    alphabet: BASE64,
};
const LEGACY: Form = Form {
    keys: &["k", "n", "id"],
    example: r#"{"k":"????????????????????????????????","n":"*","id":1}"#,
    alphabet: BASE64,
};

/// Source: Grafana's public code and documentation of access policies. Older keys have no prefix.
fn check_grafana(secret: &[u8]) -> Option<bool> {
    match secret.strip_prefix(b"glc_") {
        Some(middle) => Some(POLICY.holds(middle)),
        None => secret.starts_with(b"eyJrIjoi").then(|| LEGACY.holds(secret)),
    }
}

fn repair_grafana(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    if secret.starts_with(b"eyJrIjoi") {
        return mend(secret, &LEGACY, b"", None, dice);
    }
    mend(secret, &POLICY, b"glc_", None, dice)
}

const OWNER: Form = Form {
    keys: &["u", "a"],
    example: r#"{"u":"*","a":"cm???????????????????????"}"#,
    alphabet: BASE64_URL,
};
const OWNER_KINDS: [&[u8]; 3] = [b"sk.", b"pk.", b"tk."];

/// Source: Mapbox's documentation of access tokens. Temporary tokens are a JWT behind the prefix; they hold `u` and
/// `a` too.
fn check_mapbox(secret: &[u8]) -> Option<bool> {
    let segment = |prefix: &&[u8]| segment(secret, prefix, Some(b'.'));
    OWNER_KINDS.iter().find_map(segment).map(|(middle, _)| OWNER.holds(middle))
}

fn repair_mapbox(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    OWNER_KINDS.iter().any(|prefix| mend(secret, &OWNER, prefix, Some(b'.'), dice))
}

const ACCOUNT: Form = Form {
    keys: &["email", "muk", "secretKey", "signInAddress", "srpX", "userAuth"],
    example: concat!(
        r#"{"signInAddress":"my.1password.com","userAuth":{"method":"SRPg-4096"},"#,
        r#""email":"??????????????@1passwordserviceaccounts.com","srpX":"*","#,
        r#""muk":{"alg":"A256GCM","kty":"oct"},"secretKey":"A3-??????-??????-?????"}"#,
    ),
    alphabet: BASE64_URL,
};

/// Source: 1Password's documentation of service accounts; members as seen in public examples.
fn check_onepassword(secret: &[u8]) -> Option<bool> {
    secret.strip_prefix(b"ops_").map(|middle| ACCOUNT.holds(middle))
}

fn repair_onepassword(secret: &mut Vec<u8>, dice: &mut Dice<'_>) -> bool {
    mend(secret, &ACCOUNT, b"ops_", None, dice)
}
