//! Values that others published: standards' check values, providers' examples, test fixtures in public repositories.
//!
//! They tell an implementation that agrees with the world from one that agrees with itself only.

use super::super::base::{
    BASE62, decode32, decode58, decode64, encode32, encode58, encode64_padded, number,
};
use super::{Checksum, repaired};
use crate::text::crc::{crc16, crc24, crc32};

fn verdict(sum: Checksum, pieces: &[&str]) -> Option<bool> {
    sum.check(pieces.concat().as_bytes())
}

/// Passes as it is, and no longer once its last character is changed.
fn assert_genuine(sum: Checksum, pieces: &[&str]) {
    let mut secret = pieces.concat().into_bytes();
    assert_eq!(sum.check(&secret), Some(true), "{} {pieces:?}", sum.name());
    let at = secret.iter().rposition(|b| b.is_ascii_alphanumeric()).unwrap();
    secret[at] = if secret[at] == b'2' { b'3' } else { b'2' };
    assert_ne!(sum.check(&secret), Some(true), "{} {pieces:?} damaged", sum.name());
}

#[test]
fn check_values_of_the_standards() {
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    assert_eq!(crc16(b"123456789"), 0x31C3);
    assert_eq!(crc24(b"123456789"), 0x0021_CF02);
}

#[test]
fn bases_agree_with_their_standards() {
    // RFC 4648, section 10.
    for (bytes, in_64, in_32) in [
        ("", "", ""),
        ("f", "Zg==", "MY"),
        ("fo", "Zm8=", "MZXQ"),
        ("foo", "Zm9v", "MZXW6"),
        ("foob", "Zm9vYg==", "MZXW6YQ"),
        ("fooba", "Zm9vYmE=", "MZXW6YTB"),
        ("foobar", "Zm9vYmFy", "MZXW6YTBOI"),
    ] {
        assert_eq!(encode64_padded(bytes.as_bytes(), super::base::BASE64), in_64.as_bytes());
        assert_eq!(decode64(in_64.as_bytes()).as_deref(), Some(bytes.as_bytes()));
        assert_eq!(encode32(bytes.as_bytes()), in_32.as_bytes());
        assert_eq!(decode32(in_32.as_bytes()).as_deref(), Some(bytes.as_bytes()));
    }
    // draft-msporny-base58, section 5.
    assert_eq!(encode58(b"Hello World!"), b"2NEpo7TZRRrLZSi2U");
    assert_eq!(decode58(b"2NEpo7TZRRrLZSi2U").as_deref(), Some(b"Hello World!".as_slice()));
    assert_eq!(decode58(b"11233QC4").as_deref(), Some(&[0, 0, 0x28, 0x7F, 0xB4, 0xCD][..]));
    assert_eq!(number(0, BASE62, 6), b"000000");
    assert_eq!(number(u32::MAX, BASE62, 6), b"4gfFC3");
    for bad in ["A", "AB", "AAA=A", "A===", "Zh==", "Zg===", "Z g="] {
        assert_eq!(decode64(bad.as_bytes()), None, "{bad}");
    }
}

#[test]
fn crc_in_base_62() {
    // The prefix is not covered, so one fixture serves both providers; the second has a leading zero.
    for body in ["M7H4jxUDDWHP4kZ6A4dxlQYsQIWJuq11T4V4", "QdwULL38u41vs1OcAjhKqcaSZ9W63r0Zu4ln"] {
        assert_genuine(Checksum::Github, &["ghp", "_", body]);
        assert_genuine(Checksum::Npm, &["npm", "_", body]);
    }
    assert_genuine(Checksum::Npm, &["npm", "_", "0dead12Test345DeadTest6789test399Wq7"]);
    assert_genuine(
        Checksum::Vercel,
        &["vca", "_", "BQuu9ChDu3n6Pfh6YQnCshpoYkWDSFKogLqmBtQ0tC8NAA5rXt340sjz"],
    );
}

#[test]
fn crc_in_hex_and_base64() {
    assert_genuine(
        Checksum::Grafana,
        &["glsa", "_", "4ElrwSYvDrgV8GQmlyTYfsc245dMyPCE", "_f804430f"],
    );
    assert_genuine(Checksum::Bitbucket, &["ATBB", "cCe6fczW96Vzwgvb4r8F2gZS", "54D591C4"]);
    assert_genuine(Checksum::Zuplo, &["zpka", "_213d294a9a5a44619cd6a02e55a20417", "_5f43e4d0"]);
    assert_genuine(
        Checksum::Confluent,
        &["cflt", "cUBElySxR0ubmwjcLaVic7aOYceZ1HzCyW9BbhBhC+KbPgaTcGc9S4HfrjhA"],
    );
    assert_genuine(
        Checksum::Cloudflare,
        &["cfat", "_", "aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStT", "03fa099b"],
    );
}

#[test]
fn routable_tokens_of_both_generations() {
    let payload = "bzox79Of-KE9FD2LjoXXF4CvyxA";
    assert_genuine(Checksum::GitlabRoutable, &["glpat", "-", payload, ".01.0r0l8l6ir"]);
    assert_genuine(Checksum::GitlabRoutable, &["glpat", "-", payload, ".0r03gxo7s"]);
    // The older kind has no payload and no sum.
    assert_eq!(verdict(Checksum::GitlabRoutable, &["glpat", "-", "aB3dE6gH9jK2mN5pQ8sT"]), None);
}

#[test]
fn trusted_publishing_of_crates_io() {
    // crates.io's own test vectors.
    assert_genuine(Checksum::CratesIo, &["cio_tp", "_", "gGK6jurSwKyl9V3Az19z7YEFQI9aoOOd"]);
    assert_genuine(Checksum::CratesIo, &["cio_tp", "_", &"0".repeat(31), "w"]);
}

#[test]
fn identifiable_keys_of_azure() {
    let a = |count: usize| "a".repeat(count);
    // Microsoft's test keys.
    for pieces in [
        [a(76).as_str(), "+ABa", "13FZVQ=="],
        [&a(42), "AzSe", "CjhzCu"],
        [&a(76), "+AMC", "FNqWyA=="],
        [&"d".repeat(42), "+ACR", "CUDxQE"],
        [&a(33), "+ASb", "HpHeAI="],
        ["EVOdTNgiyih4RRg3nYH3KvTgNADtT/FEe", "+AEh", "CMVS8k="],
        [&a(33), "+ARm", "D7h+qo="],
        ["Rl+iEfW2fA9gomYRWbOyu2xjTbVbaNEv3", "AIoT", "GAghLA="],
        [&a(76), "APIM", "HbKhsQ=="],
        ["oJs3RjFV5CVDyObDiooJk8NGGSylGTlNm", "AzCa", "PVydjM="],
        ["2PLqsO9INfpK8sgTS2BCsZXS6Dgzgz3bydKcq5TBcY8W", "AzFu", "qGlKRw"],
        [
            "AiNtEyASbdXR5neJmTStMzKGItX2xvKuyEkcy65rviKD0ggZR19E1iVFIJ5ZAIY1xvvAiS5tOXsm",
            "ACDb",
            "KDJIhQ==",
        ],
        [
            "/dibjbwrou+tGcn7jfrrLXRXONqGOuVN2VwMy1qRvWtXTdNnR6zqzHo6HcnPb52/3DsQwmM/1VVr",
            "+ASt",
            "ZUyYCA==",
        ],
    ] {
        assert_genuine(Checksum::AzureKey, &pieces);
    }
    assert_eq!(verdict(Checksum::AzureKey, &[&a(76), "XXXX", "13FZVQ=="]), None);
}

#[test]
fn annotated_keys_and_secrets_of_azure() {
    assert_genuine(
        Checksum::AzureCask,
        &[
            "6RtqHqPc66Y6DYbkydbrrFJTYnRoA7r40ts7LWS2SkINSFsRABxh",
            "JQQJ99BFACAAAAALGcqjAAASAZDO",
            "3eqU",
        ],
    );
    // The long form has its sum in base64.
    assert_genuine(
        Checksum::AzureCask,
        &[&"A".repeat(52), "JQQJ99AG", &"A".repeat(16), "ABCD", "TZJ9JA=="],
    );
    assert_genuine(Checksum::Entra, &["zzz8Q~", &"z".repeat(31), "blP"]);
    assert_genuine(Checksum::Entra, &["pFF8Q~", "3R.bzncyyAqiIOuP.0X0Nu7YIyCMd3pcB2"]);
    assert_genuine(
        Checksum::AzureDevops,
        &["h5lxeqkz4zujkyvzg5emkejgelxj4x64", "tvyzclprekuloawbbz5q"],
    );
}

#[test]
fn keys_of_wallets_and_brokers() {
    // Bitcoin wiki; BIP-32, test vector 1; NIP-19; documentation of NATS.
    assert_genuine(
        Checksum::BitcoinWif,
        &["5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd", "4dZ1jvhTVqvbTLvyTJ"],
    );
    assert_genuine(
        Checksum::Bip32,
        &[
            "xprv",
            "9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvv",
            "NKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
        ],
    );
    assert_genuine(
        Checksum::Nostr,
        &["nsec1", "vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5"],
    );
    assert_genuine(
        Checksum::Nats,
        &["SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6B", "FDTJ7M6USDXIEDNPPQYYYCU3VY"],
    );
}

#[test]
fn luhn_of_a_well_known_card() {
    assert_genuine(Checksum::Luhn, &["4111", "1111", "1111", "1111"]);
    assert_genuine(Checksum::Luhn, &["4111 1111", " 1111 1111"]);
    assert_eq!(verdict(Checksum::Luhn, &["4111-1111-1111-1112"]), Some(false));
    assert_eq!(verdict(Checksum::Luhn, &["4111x1111"]), None);
}

#[test]
fn ids_of_aws() {
    assert_eq!(verdict(Checksum::AwsKeyId, &["AKIA", "IOSFODNN7EXAMPLE"]), Some(true));
    assert_eq!(verdict(Checksum::AwsKeyId, &["ASIA", "Y34FZKBOKMUTVV7A"]), Some(true));
    assert_eq!(verdict(Checksum::AwsKeyId, &["AKIA", "0123456789ABCDEF"]), Some(false));
    assert_eq!(verdict(Checksum::AwsKeyId, &["AKIA", "7777777777777777"]), Some(false));
}

#[test]
fn web_tokens() {
    // RFC 7519, section 3.1, which spreads its header over two lines, and RFC 7516, appendix A.1, shortened.
    let claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let signature = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let jwt = ["eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9", ".", claims, ".", signature];
    assert_eq!(verdict(Checksum::Jwt, &jwt), Some(true));
    let jwe = [
        "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ",
        ".OKOawDo",
        ".48V1_ALb6US04U3b",
        ".5eym8TW_",
        ".XFBoMYUZ",
    ];
    assert_eq!(verdict(Checksum::Jwt, &jwe), Some(true));
    // No `alg`; claims that are no object; a third number of parts.
    let header = "eyJ0eXAiOiJKV1QifQ";
    assert_eq!(verdict(Checksum::Jwt, &[header, ".", claims, ".", signature]), Some(false));
    assert_eq!(verdict(Checksum::Jwt, &["eyJhbGciOiJub25lIn0", ".Zm9v.", signature]), Some(false));
    assert_eq!(verdict(Checksum::Jwt, &["a.b.c.d"]), None);
}

#[test]
fn basic_authentication() {
    // RFC 7617, section 2.
    assert_eq!(verdict(Checksum::BasicAuth, &["QWxhZGRpbjpv", "cGVuIHNlc2FtZQ=="]), Some(true));
    assert_eq!(verdict(Checksum::BasicAuth, &["Basic ", "dGVzdDoxMjPCow=="]), Some(true));
    assert_eq!(verdict(Checksum::BasicAuth, &["Zm9vYmFy"]), Some(false));
}

#[test]
fn a_key_of_rfc_8410() {
    // RFC 8410, section 10.3; unlike a real one it also comes quoted, escaped, in a diff and with its middle cut out.
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    let body = ["MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp", "+K06/nwoy/HU++CXqI9EdVhC"];
    let with = |mark: &str| [begin, mark, body[0], mark, body[1], mark, end].concat();
    for mark in [
        "\n",
        "\r\n",
        "\\n",
        "\\\\n",
        "\\r\\n",
        "\n    ",
        "\n> ",
        " \n# ",
        "\\n\" +\n \"",
        "\n+",
        "\\u000a",
        "",
    ] {
        let key = with(mark);
        // A plus sign that joins two strings cannot be told from one of base64.
        let due = if mark.contains("\" +") { Some(false) } else { Some(true) };
        assert_eq!(Checksum::Pem.check(key.as_bytes()), due, "{mark:?}");
    }
    let escaped = with("\\n").replace('/', "\\/");
    assert_eq!(Checksum::Pem.check(escaped.as_bytes()), Some(true));
    let wrapped = encode64_padded(with("\n").as_bytes(), super::base::BASE64);
    assert_eq!(Checksum::Pem.check(&wrapped), Some(true));
    assert_eq!(verdict(Checksum::Pem, &[begin, "\n", body[0], "\n", end]), Some(false));
    assert_eq!(verdict(Checksum::Pem, &[begin, "\n", body[0], "...\n", end]), Some(false));
    assert_eq!(verdict(Checksum::Pem, &[begin, "\n<your key>\n", end]), Some(false));
    assert_eq!(verdict(Checksum::Pem, &[begin, "\n", body[0], "\n"]), None);
    assert_eq!(verdict(Checksum::Pem, &["-----BEGIN NOTHING-----\n", body[0], "\n", end]), None);
}

#[test]
fn structures_that_are_something_else_get_no_verdict() {
    // A stateless installation token, a development server's token, an OAuth token of another length.
    assert_eq!(verdict(Checksum::Github, &["ghs", "_12345_", "eyJhbGciOiJub25lIn0.e30."]), None);
    assert_eq!(verdict(Checksum::Vault, &["hvs", ".", &"a".repeat(24)]), None);
    assert_eq!(verdict(Checksum::Anthropic, &["sk-ant", "-oat01-", &"a".repeat(80)]), None);
    assert_eq!(verdict(Checksum::CratesIo, &["cio", &"a".repeat(32)]), None);
    for &sum in Checksum::ALL {
        assert_eq!(sum.check(b""), None, "{}", sum.name());
    }
}

#[test]
fn damaged_structures_fail() {
    let discord = repaired(Checksum::Discord, "M{url:23}.{url:6}.{url:38}", 1);
    let with = |first: &str| [first.as_bytes(), discord.get(24..).unwrap()].concat();
    assert_eq!(Checksum::Discord.check(&discord), Some(true));
    // "not-a-snowflake-id" and an id of the year 2085.
    assert_eq!(Checksum::Discord.check(&with("bm90LWEtc25vd2ZsYWtlLWlk")), Some(false));
    assert_eq!(Checksum::Discord.check(&with("OTMwMDAwMDAwMDAwMDAwMDAwMA")), Some(false));
    let sentry = ["sntrys_", "eyJpYXQiOjF9", "_", &"a".repeat(43)];
    assert_eq!(verdict(Checksum::Sentry, &sentry), Some(false));
    let pypi = ["pypi-", "AgEIcHlwaS5vcmcC", &"A".repeat(120)];
    assert_eq!(verdict(Checksum::Pypi, &pypi), Some(false));
    assert_eq!(verdict(Checksum::Openai, &["sk-proj-", &"a".repeat(124)]), Some(false));
    assert_eq!(verdict(Checksum::Telegram, &["123456789:", &"b".repeat(35)]), Some(false));
    assert_eq!(
        verdict(Checksum::Postman, &["PMAK-", &"0".repeat(24), "-", &"a".repeat(34)]),
        Some(false)
    );
    assert_eq!(verdict(Checksum::Bedrock, &["ABSK", &"a".repeat(132)]), Some(false));
}
