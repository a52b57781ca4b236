//! What is told of a credential, on credentials made here, and that nothing of it is text of theirs.

use super::{Attribute, Attributes, Describe};
use crate::check::checksum::base::{BASE64_URL, decode64, encode64};

fn told(kind: Describe, before: &str, secret: &[u8], after: &str) -> Vec<(&'static str, String)> {
    let read: Attributes = kind.read(before.as_bytes(), secret, after.as_bytes());
    read.into_iter().map(|(name, value)| (name.as_str(), value)).collect()
}

fn jwt(header: &str, claims: &str) -> Vec<u8> {
    let part = |text: &str| encode64(text.as_bytes(), BASE64_URL);
    [part(header), part(claims), b"c2ln".to_vec()].join(&b'.')
}

#[test]
fn a_jwt_tells_algorithm_expiry_and_a_known_issuer() {
    let token = jwt(
        r#"{"typ":"JWT","alg":"ES256"}"#,
        r#"{"nested":{"exp":1},"exp":1700000000.5,"iss":"https://shop.eu.auth0.com/"}"#,
    );
    let want = [("jwt.alg", "ES256"), ("jwt.exp", "1700000000"), ("jwt.iss", "auth0")];
    let got = told(Describe::Jwt, "", &token, "");
    assert_eq!(got, want.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn a_jwt_tells_no_text_of_its_own() {
    let token = jwt(
        r#"{"alg":"hunter2-alg"}"#,
        r#"{"iss":"https://hunter2.internal","exp":"hunter2","sub":"hunter2"}"#,
    );
    assert_eq!(told(Describe::Jwt, "", &token, ""), [("jwt.alg", "other".to_owned())]);
    for broken in ["", "a", "a.b", "e30.e30", "eyJ.eyJ.eyJ"] {
        assert_eq!(told(Describe::Jwt, "", broken.as_bytes(), ""), []);
    }
}

#[test]
fn an_aws_key_id_tells_its_account() {
    // The example of AWS's documentation, in pieces.
    let id = ["AKIA", "IOSFODNN7", "EXAMPLE"].concat();
    let got = told(Describe::AwsKeyId, "", id.as_bytes(), "");
    assert_eq!(got, [("aws.account", "581039954779".to_owned())]);
    assert_eq!(told(Describe::AwsKeyId, "", b"AKIA1", ""), []);
}

#[test]
fn a_connection_tells_scheme_user_and_a_public_service() {
    let got = told(
        Describe::Connection,
        "X=postgresql+psycopg://shop:",
        b"pw",
        "@db.eu.rds.amazonaws.com:5432/x",
    );
    let want = [
        ("connection.scheme", "postgresql"),
        ("connection.user", "present"),
        ("connection.host", "amazonaws.com"),
    ];
    assert_eq!(got, want.map(|(name, value)| (name, value.to_owned())));
    let got = told(Describe::Connection, r"redis:\/\/:", b"pw", "@cache-7.corp.example:6379");
    let want = [("connection.scheme", "redis"), ("connection.user", "absent")];
    assert_eq!(got, want.map(|(name, value)| (name, value.to_owned())));
    assert_eq!(told(Describe::Connection, "nothing here", b"pw", "@localhost"), []);
}

/// A sequence, an integer and so on.
fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
    let [high, low] = (contents.len() as u16).to_be_bytes();
    [&[tag, 0x82, high, low], contents].concat()
}

fn rsa(bytes: usize) -> Vec<u8> {
    let modulus = [&[0][..], &vec![0xC5; bytes]].concat();
    der(0x30, &[der(2, &[0])[..].to_vec(), der(2, &modulus), der(2, &[1, 0, 1])].concat())
}

fn pem(label: &str, body: &[u8], line_break: &str) -> Vec<u8> {
    use crate::check::checksum::base::BASE64;
    let mut body = encode64(body, BASE64);
    while !body.len().is_multiple_of(4) {
        body.push(b'=');
    }
    let lines: Vec<&[u8]> = body.chunks(64).collect();
    let body = lines.join(line_break.as_bytes());
    let head = format!("-----BEGIN {label}-----{line_break}").into_bytes();
    [head, body, format!("{line_break}-----END {label}-----").into_bytes()].concat()
}

fn about(name: Attribute, of: &[u8]) -> Option<String> {
    Describe::Pem.read(b"", of, b"").into_iter().find(|(n, _)| *n == name).map(|(_, value)| value)
}

#[test]
fn a_private_key_tells_kind_size_and_protection() {
    let pkcs1 = rsa(256);
    for line_break in ["\n", "\\n", "\\\\n"] {
        let key = pem("RSA PRIVATE KEY", &pkcs1, line_break);
        assert_eq!(about(Attribute::PemKind, &key).as_deref(), Some("rsa"));
        assert_eq!(about(Attribute::PemBits, &key).as_deref(), Some("2048"));
        assert_eq!(about(Attribute::PemEncrypted, &key).as_deref(), Some("false"));
        assert_eq!(about(Attribute::PemComplete, &key).as_deref(), Some("true"));
    }
    let oid = der(6, &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1]);
    let pkcs8 = der(0x30, &[der(2, &[0]), der(0x30, &oid), der(4, &pkcs1)].concat());
    let key = pem("PRIVATE KEY", &pkcs8, "\n");
    assert_eq!(about(Attribute::PemKind, &key).as_deref(), Some("rsa"));
    assert_eq!(about(Attribute::PemBits, &key).as_deref(), Some("2048"));
    let pbes2 = der(6, &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 0x0D]);
    let locked = der(0x30, &[der(0x30, &pbes2), der(4, &[7; 99])].concat());
    let key = pem("ENCRYPTED PRIVATE KEY", &locked, "\n");
    assert_eq!(about(Attribute::PemEncrypted, &key).as_deref(), Some("true"));
}

#[test]
fn a_key_that_is_cut_off_says_so() {
    let key = pem("RSA PRIVATE KEY", &rsa(256), "\n");
    for end in [60, 200, key.len() / 2] {
        let got = about(Attribute::PemComplete, &key[..end]);
        assert_ne!(got.as_deref(), Some("true"), "cut at {end}");
    }
    let made_up = pem("RSA PRIVATE KEY", &[0x41; 300], "\n");
    assert_eq!(about(Attribute::PemComplete, &made_up).as_deref(), Some("false"));
    let headed =
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nQUJD";
    assert_eq!(about(Attribute::PemEncrypted, headed.as_bytes()).as_deref(), Some("true"));
}

#[test]
fn anything_at_all_can_be_described() {
    let kinds =
        [Describe::AwsKeyId, Describe::Connection, Describe::Github, Describe::Jwt, Describe::Pem];
    let key = pem("PRIVATE KEY", &rsa(64), "\\n");
    let token = jwt(r#"{"alg":"#, r#"[{"exp":"#);
    for text in [&key[..], &token, b"\xff\0:/:", b"-----BEGIN -----", b"LS0tLS1CRUdJTi=="] {
        for at in 0..text.len() {
            for kind in kinds {
                let (before, after) = text.split_at(at);
                let _ = kind.read(before, after, before);
                let _ = kind.read(after, before, after);
            }
        }
    }
    assert!(decode64(b"e30").is_some());
}
