//! Public vectors, and properties that hold for every check.
//!
//! A token in a vector stands in pieces, so that nothing live-looking is in the source.

mod properties;
mod vectors;

use super::{Checksum, Dice, Strength, base};

/// A small generator with a fixed sequence for each seed.
fn numbers(seed: u32) -> impl FnMut() -> u32 {
    let mut state = u64::from(seed) * 2 + 1;
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    }
}

/// Random tokens of the right shape, as a rule's pattern would give them: `{a:n}` is n characters of the alphabet
/// named `a`.
const SHAPES: &[(Checksum, &str)] = &[
    (Checksum::Github, "ghp_{62:36}"),
    (Checksum::Github, "ghr_{62:76}"),
    (Checksum::GithubFineGrained, "github_pat_{62:22}_{62:59}"),
    (Checksum::Npm, "npm_{62:36}"),
    (Checksum::GitlabRoutable, "glpat-{url:27}.{36:9}"),
    (Checksum::GitlabRoutable, "glpat-{url:61}.01.{36:9}"),
    (Checksum::GitlabRoutable, "glrt-t3_{url:40}.01.{36:9}"),
    (Checksum::Grafana, "glsa_{62:32}_{hex:8}"),
    (Checksum::Atlassian, "ATATT3xFfGF0{url:171}={HEX:8}"),
    (Checksum::Atlassian, "ATCTT3xFfGN0{url:180}={HEX:8}"),
    (Checksum::Bitbucket, "ATBB{62:24}{HEX:8}"),
    (Checksum::Zuplo, "zpka_{hex:32}_{hex:8}"),
    (Checksum::Confluent, "cflt{64:60}"),
    (Checksum::Vercel, "vcp_{62:56}"),
    (Checksum::Cloudflare, "cfut_{62:40}{hex:8}"),
    (Checksum::Cloudflare, "cfk_{62:40}{hex:8}"),
    (Checksum::Polar, "polar_oat_{62:43}"),
    (Checksum::ElasticEssu, "essu_{64:91}="),
    (Checksum::CratesIo, "cio_tp_{62:32}"),
    (Checksum::AzureDevops, "{lower32:52}"),
    (Checksum::AzureKey, "{64:76}+ASt{64:6}=="),
    (Checksum::AzureKey, "{64:76}ACDb{64:5}Q=="),
    (Checksum::AzureKey, "{64:76}+ABa{64:6}=="),
    (Checksum::AzureKey, "{64:76}+AMC{64:6}=="),
    (Checksum::AzureKey, "{64:76}APIM{64:6}=="),
    (Checksum::AzureKey, "{64:33}+ASbA{64:5}="),
    (Checksum::AzureKey, "{64:33}AIoTA{64:5}="),
    (Checksum::AzureKey, "{62:33}AzCaA{62:5}="),
    (Checksum::AzureKey, "{64:33}+AEhP{64:5}="),
    (Checksum::AzureKey, "{64:33}+ARmP{64:5}="),
    (Checksum::AzureKey, "{62:42}AzSeA{62:5}"),
    (Checksum::AzureKey, "{64:42}+ACRD{64:5}"),
    (Checksum::AzureKey, "{url:44}AzFu{url:5}Q=="),
    (Checksum::AzureKey, "{url:44}AzFu{url:5}Q"),
    (Checksum::AzureCask, "{62:52}JQQJ99BF{62:12}AAABACOG{62:4}"),
    (Checksum::AzureCask, "{62:52}JQQJ99BF{62:12}AAAAABCD{62:6}=="),
    (Checksum::Entra, "{62:3}8Q~{62:34}"),
    (Checksum::Age, "AGE-SECRET-KEY-1{BECH:58}"),
    (Checksum::Age, "AGE-SECRET-KEY-PQ-1{BECH:58}"),
    (Checksum::Nostr, "nsec1{bech:58}"),
    (Checksum::BitcoinWif, "5{58:50}"),
    (Checksum::BitcoinWif, "K{58:51}"),
    (Checksum::BitcoinWif, "L{58:51}"),
    (Checksum::Bip32, "xprv{58:107}"),
    (Checksum::Bip32, "tprv{58:107}"),
    (Checksum::Bip32, "zprv{58:107}"),
    (Checksum::Stellar, "S{32:55}"),
    (Checksum::Nats, "SUA{32:55}"),
    (Checksum::Luhn, "4{10:15}"),
    (Checksum::Luhn, "37{10:2} {10:6} {10:5}"),
    (Checksum::Pypi, "pypi-AgEIcHlwaS5vcmc{url:151}"),
    (Checksum::Pypi, "pypi-AgENdGVzdC5weXBpLm9yZw{url:177}"),
    (Checksum::Sentry, "sntrys_eyJpYXQiO{64:175}_{64:43}"),
    (Checksum::GrafanaCloud, "glc_eyJ{64:133}"),
    (Checksum::GrafanaCloud, "eyJrIjoi{64:100}"),
    (Checksum::OnepasswordService, "ops_eyJ{url:500}"),
    (Checksum::Mapbox, "sk.eyJ1Ijoi{url:72}.{url:22}"),
    (Checksum::Discord, "M{url:23}.{url:6}.{url:38}"),
    (Checksum::Discord, "O{url:25}.{url:6}.{url:38}"),
    (Checksum::Telegram, "{10:10}:{url:35}"),
    (Checksum::JfrogKey, "AKCp{62:69}"),
    (Checksum::JfrogRef, "cmVmdGtu{62:56}"),
    (Checksum::AtlassianDc, "M{64:43}"),
    (Checksum::AtlassianDc, "N{64:42}="),
    (Checksum::Bbdc, "BBDC-O{64:43}"),
    (Checksum::Vault, "hvs.{url:96}"),
    (Checksum::Vault, "hvb.{url:150}"),
    (Checksum::Dynatrace, "dt0c01.{62:24}.{62:64}"),
    (Checksum::Postman, "PMAK-{hex:24}-{hex:34}"),
    (Checksum::Bedrock, "ABSK{64:129}"),
    (Checksum::Bedrock, "ABSK{64:127}="),
    (Checksum::BedrockUrl, "bedrock-api-key-{64:400}"),
    (Checksum::Openai, "sk-{62:48}"),
    (Checksum::Openai, "sk-proj-{url:124}"),
    (Checksum::Openai, "sk-svcacct-{url:156}"),
    (Checksum::Openai, "sk-service-billing-{62:48}"),
    (Checksum::Groq, "gsk_{62:52}"),
    (Checksum::Anthropic, "sk-ant-api03-{url:95}"),
    (Checksum::Anthropic, "sk-ant-admin01-{url:95}"),
    (Checksum::Huggingface, "hf_{62:34}"),
    (Checksum::GoogleApi, "AIza{url:35}"),
    (Checksum::Weaviate, "{64:88}"),
    (Checksum::Letta, "sk-let-{64:98}=="),
    (Checksum::ElasticApiKey, "{64:58}=="),
    (Checksum::Jwt, "eyJ{url:60}.eyJ{url:140}.{url:43}"),
    (
        Checksum::Jwt,
        "eyJ0eXAiOiJKV1QiLCJh{url:40}.eyJpc3MiOiJ1c2VyIiwianRpIjoiYXQt{url:90}.{url:43}",
    ),
    (Checksum::BasicAuth, "{64:27}="),
    (Checksum::BasicAuth, "{64:40}"),
    (Checksum::AwsKeyId, "AKIA{62:16}"),
    (
        Checksum::Pem,
        "-----BEGIN PRIVATE KEY-----\n{64:64}\n{64:64}\n{64:30}==\n-----END PRIVATE KEY-----",
    ),
    (
        Checksum::Pem,
        "-----BEGIN RSA PRIVATE KEY-----\\nMII{64:61}\\n{64:64}\\n-----END RSA PRIVATE KEY-----\\n",
    ),
    (
        Checksum::Pem,
        "-----BEGIN OPENSSH PRIVATE KEY-----\n{64:350}\n-----END OPENSSH PRIVATE KEY-----",
    ),
    (
        Checksum::Pem,
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{64:640}\n-----END PGP PRIVATE KEY BLOCK-----",
    ),
    (Checksum::Pem, "-----BEGIN EC PRIVATE KEY-----{64:160}"),
    (Checksum::Pem, "LS0tLS1CRUdJTi{64:2000}"),
    (Checksum::Bip39, PHRASE),
];

const PHRASE: &str =
    "{az:3} {az:4} {az:5} {az:6} {az:7} {az:8} {az:3} {az:4} {az:5} {az:6} {az:7} {az:8}";

fn alphabet(name: &str) -> Vec<u8> {
    let bech = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    match name {
        "10" => base::DIGITS.to_vec(),
        "hex" => base::HEX.to_vec(),
        "HEX" => base::HEX.to_ascii_uppercase(),
        "32" => base::BASE32.to_vec(),
        "lower32" => base::BASE32.to_ascii_lowercase(),
        "36" => base::BASE36.to_vec(),
        "58" => base::BASE58.to_vec(),
        "62" => base::BASE62.to_vec(),
        "64" => base::BASE64.to_vec(),
        "url" => base::BASE64_URL.to_vec(),
        "az" => (b'a'..=b'z').collect(),
        "bech" => bech.to_vec(),
        "BECH" => bech.to_ascii_uppercase(),
        other => unreachable!("no alphabet {other}"),
    }
}

/// A token of `shape`.
fn token(shape: &str, dice: &mut Dice<'_>) -> Vec<u8> {
    let mut token = Vec::new();
    let mut rest = shape;
    while let Some((before, after)) = rest.split_once('{') {
        let (mark, after) = after.split_once('}').unwrap();
        let (name, count) = mark.split_once(':').unwrap();
        token.extend(before.bytes());
        token.extend(dice.text(&alphabet(name), count.parse().unwrap()));
        rest = after;
    }
    token.extend(rest.bytes());
    token
}

/// A token of `shape` that passes.
fn repaired(sum: Checksum, shape: &str, seed: u32) -> Vec<u8> {
    let mut next = numbers(seed);
    let mut secret = token(shape, &mut Dice::new(&mut next));
    assert!(sum.repair(&mut secret, &mut next), "{} cannot repair {shape}", sum.name());
    secret
}

#[test]
fn every_check_has_a_name_and_a_shape() {
    for &sum in Checksum::ALL {
        assert_eq!(Checksum::from_name(sum.name()), Some(sum));
        assert!(SHAPES.iter().any(|(shaped, _)| *shaped == sum), "no shape for {}", sum.name());
    }
    assert_eq!(Checksum::from_name("git-hub"), None);
    assert_eq!(Checksum::ALL.len(), 54);
    assert_eq!(Checksum::Github.strength(), Strength::Reject);
    assert_eq!(Checksum::Entra.strength(), Strength::Boost);
}
