//! Header and claims of a JSON web token, read as far as they are harmless (RFC 7515, RFC 7519).

use super::{Attribute, Attributes};
use crate::check::checksum::base::decode64;

/// Longest part that is decoded, in characters.
const LONGEST: usize = 8 * 1024;
/// RFC 7518 and RFC 8037. `none` is what unsigned tokens say.
const ALGORITHMS: [&str; 18] = [
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "RS384",
    "RS512",
    "ES256",
    "ES256K",
    "ES384",
    "ES512",
    "PS256",
    "PS384",
    "PS512",
    "EdDSA",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "dir",
    "none",
];
/// A piece of the issuer, and what the issuer is called in records.
const ISSUERS: [(&str, &str); 22] = [
    ("kubernetes/serviceaccount", "kubernetes"),
    ("kubernetes.default.svc", "kubernetes"),
    ("token.actions.githubusercontent.com", "github-actions"),
    ("accounts.google.com", "google"),
    ("securetoken.google.com", "firebase"),
    (".iam.gserviceaccount.com", "google-service-account"),
    ("login.microsoftonline.com", "microsoft-entra"),
    ("sts.windows.net", "microsoft-entra"),
    ("cognito-idp.", "aws-cognito"),
    ("oidc.eks.", "aws-eks"),
    ("appleid.apple.com", "apple"),
    ("gitlab.com", "gitlab"),
    ("oidc.circleci.com", "circleci"),
    ("api.bitbucket.org", "bitbucket"),
    ("supabase", "supabase"),
    (".auth0.com", "auth0"),
    (".okta.com", "okta"),
    (".oktapreview.com", "okta"),
    (".clerk.accounts.dev", "clerk"),
    ("api.workos.com", "workos"),
    ("auth.openai.com", "openai"),
    ("app.terraform.io", "terraform-cloud"),
];

pub(super) fn read(token: &[u8]) -> Attributes {
    let mut out = Attributes::new();
    let mut parts = token.split(|b| *b == b'.');
    let mut object = || parts.next().filter(|part| part.len() <= LONGEST).and_then(decode64);
    let Some(header) = object() else { return out };
    if let Some(alg) = member(&header, b"alg").and_then(unquoted) {
        let known = ALGORITHMS.into_iter().find(|known| alg == known.as_bytes());
        out.push((Attribute::JwtAlg, known.unwrap_or("other").to_owned()));
    }
    let Some(claims) = object() else { return out };
    if let Some(exp) = member(&claims, b"exp").and_then(seconds) {
        out.push((Attribute::JwtExp, exp.to_string()));
    }
    if let Some(issuer) = member(&claims, b"iss").and_then(unquoted) {
        let holds = |piece: &str| issuer.windows(piece.len()).any(|w| w == piece.as_bytes());
        if let Some((_, name)) = ISSUERS.into_iter().find(|(piece, _)| holds(piece)) {
            out.push((Attribute::JwtIss, name.to_owned()));
        }
    }
    out
}

/// A number of seconds: at most eleven digits, a fraction left out.
fn seconds(value: &[u8]) -> Option<u64> {
    let len = value.iter().take_while(|b| b.is_ascii_digit()).count();
    let rest = value.get(len..)?;
    if !(1..=11).contains(&len) || !(rest.is_empty() || rest.starts_with(b".")) {
        return None;
    }
    std::str::from_utf8(value.get(..len)?).ok()?.parse().ok()
}

fn unquoted(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

/// The value of a member of the outermost object, as written.
fn member<'t>(object: &'t [u8], key: &[u8]) -> Option<&'t [u8]> {
    let (mut depth, mut at, mut name_next, mut wanted) = (0_usize, 0, false, None);
    while let Some(byte) = object.get(at) {
        match byte {
            b'"' => {
                let len = string(object.get(at + 1..)?)?;
                if depth == 1 && name_next {
                    let name = object.get(at + 1..at + 1 + len)?;
                    name_next = false;
                    wanted = (name == key).then_some(usize::MAX);
                }
                at += len + 1;
            }
            b'{' | b'[' => {
                depth += 1;
                name_next = depth == 1 && *byte == b'{';
            }
            b':' if depth == 1 && wanted == Some(usize::MAX) => wanted = Some(at + 1),
            b',' | b'}' | b']' => {
                if let Some(start) = wanted.filter(|_| depth == 1) {
                    return object.get(start..at).map(<[u8]>::trim_ascii);
                }
                depth -= usize::from(*byte != b',' && depth > 0);
                name_next = depth == 1 && *byte == b',';
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Length of a string up to its closing quote.
fn string(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.iter().position(|b| {
        let closes = *b == b'"' && !escaped;
        escaped = *b == b'\\' && !escaped;
        closes
    })
}
