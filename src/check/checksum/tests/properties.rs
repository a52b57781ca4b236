//! What must hold for random tokens: a repaired one passes, a damaged one fails, and nothing panics.

use super::{Checksum, Dice, SHAPES, numbers, repaired, token};

/// Whether a token is as long after its repair: not where a number of characters that no bytes give has to grow, and
/// not where armour is rebuilt.
fn keeps_length(sum: Checksum, shape: &str) -> bool {
    match sum {
        Checksum::Pem | Checksum::Bip39 => false,
        Checksum::Bedrock => !shape.contains("{64:129}"),
        _ => true,
    }
}

#[test]
fn a_repaired_token_passes() {
    for (sum, shape) in SHAPES {
        for seed in 0..200 {
            let secret = repaired(*sum, shape, seed);
            let text = String::from_utf8_lossy(&secret).into_owned();
            assert_eq!(sum.check(&secret), Some(true), "{} {shape} {text}", sum.name());
        }
    }
}

#[test]
fn repair_keeps_the_length() {
    for (sum, shape) in SHAPES.iter().filter(|(sum, shape)| keeps_length(*sum, shape)) {
        for seed in 0..50 {
            let before = token(shape, &mut Dice::new(&mut numbers(seed)));
            let after = repaired(*sum, shape, seed);
            let text = String::from_utf8_lossy(&after).into_owned();
            assert_eq!(after.len(), before.len(), "{} {shape} {text}", sum.name());
        }
    }
}

#[test]
fn repair_keeps_what_patterns_insist_on() {
    for (sum, shape) in SHAPES {
        let prefix = shape.split('{').next().unwrap_or_default();
        let secret = repaired(*sum, shape, 7);
        let kept = secret.iter().zip(prefix.bytes()).filter(|(a, b)| **a == *b).count();
        // A sequence may be longer than its first letters say, an id of 19 digits begins with 1.
        if !matches!(sum, Checksum::Discord | Checksum::Pem) {
            assert_eq!(kept, prefix.len(), "{} {shape}", sum.name());
        }
    }
}

/// Tokens with a sum over everything but what is listed: the shape, and how many characters at the end are free.
const SUMMED: &[(Checksum, usize)] = &[
    (Checksum::Github, 0),
    (Checksum::GithubFineGrained, 8),
    (Checksum::Npm, 0),
    (Checksum::GitlabRoutable, 0),
    (Checksum::Grafana, 0),
    (Checksum::Atlassian, 0),
    (Checksum::Bitbucket, 0),
    (Checksum::Zuplo, 0),
    (Checksum::Confluent, 0),
    (Checksum::Vercel, 0),
    (Checksum::Cloudflare, 0),
    (Checksum::Polar, 0),
    (Checksum::ElasticEssu, 0),
    (Checksum::AzureDevops, 0),
    (Checksum::AzureKey, 0),
    (Checksum::AzureCask, 0),
    (Checksum::Entra, 0),
    (Checksum::Age, 0),
    (Checksum::Nostr, 0),
    (Checksum::BitcoinWif, 0),
    (Checksum::Bip32, 0),
    (Checksum::Stellar, 0),
    (Checksum::Nats, 0),
    (Checksum::Luhn, 0),
];

#[test]
fn one_changed_character_fails() {
    for (sum, free) in SUMMED {
        for (_, shape) in SHAPES.iter().filter(|(other, _)| other == sum) {
            let secret = repaired(*sum, shape, 11);
            // Most sums leave the prefix out, as it never changes.
            let prefix = shape.find('{').unwrap_or(0);
            for at in prefix..secret.len() - free {
                let mut damaged = secret.clone();
                damaged[at] = match secret[at] {
                    b'9' => b'8',
                    b'z' => b'y',
                    b'Z' => b'Y',
                    // Another letter or digit; for signs a letter.
                    byte if byte.is_ascii_alphanumeric() => byte + 1,
                    _ => b'A',
                };
                // A hex digit in either case is the same digit.
                if damaged[at].eq_ignore_ascii_case(&secret[at]) {
                    continue;
                }
                assert_ne!(sum.check(&damaged), Some(true), "{} {shape} at {at}", sum.name());
            }
        }
    }
}

#[test]
fn the_exclusive_or_of_crates_io_sees_a_changed_character() {
    let secret = repaired(Checksum::CratesIo, "cio_tp_{62:32}", 3);
    // Different characters may give the same remainder; a change of the lowest bit never does.
    for at in 7..38 {
        let mut damaged = secret.clone();
        damaged[at] ^= 1;
        assert_ne!(Checksum::CratesIo.check(&damaged), Some(true));
    }
}

#[test]
fn random_tokens_fail_real_sums() {
    let mut next = numbers(5);
    for (sum, _) in SUMMED.iter().filter(|(sum, _)| *sum != Checksum::Luhn) {
        for (_, shape) in SHAPES.iter().filter(|(other, _)| other == sum) {
            for _ in 0..100 {
                let secret = token(shape, &mut Dice::new(&mut next));
                assert_ne!(sum.check(&secret), Some(true), "{} {shape}", sum.name());
            }
        }
    }
}

#[test]
fn prefixes_and_damage_of_any_token_are_survived() {
    let mut next = numbers(17);
    for (_, shape) in SHAPES {
        let secret = token(shape, &mut Dice::new(&mut next));
        let step = (secret.len() / 200).max(1);
        for end in (0..=secret.len()).step_by(step) {
            survive(&secret[..end]);
        }
        for at in (0..secret.len()).step_by(step) {
            let mut damaged = secret.clone();
            damaged[at] = Dice::new(&mut next).byte();
            survive(&damaged);
        }
    }
}

#[test]
fn random_bytes_are_survived() {
    let mut next = numbers(23);
    for length in (0..300).chain([1_000, 5_000]) {
        let bytes = Dice::new(&mut next).bytes(length);
        survive(&bytes);
        for (_, shape) in SHAPES.iter().step_by(7) {
            let prefix = shape.split('{').next().unwrap_or_default().as_bytes();
            survive(&[prefix, &bytes].concat());
        }
    }
}

/// Every check and every repair returns, and a repair that claims success has it.
fn survive(bytes: &[u8]) {
    for &sum in Checksum::ALL {
        let _ = sum.check(bytes);
        let mut secret = bytes.to_vec();
        if sum.repair(&mut secret, &mut numbers(1)) {
            let text = String::from_utf8_lossy(&secret).into_owned();
            assert_eq!(sum.check(&secret), Some(true), "{} repaired to {text}", sum.name());
        }
    }
}
