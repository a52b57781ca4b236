//! What is believed, what is not, and why. Values that look live are drawn at run time.

use super::{Belief, benign, name_speaks_against, password, token};
use Belief::{Fair, No, Strong, Weak};

/// Letters and digits that fall the same way each time, with at least one of each kind.
fn drawn(seed: u64, len: usize) -> String {
    let alphabet = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let draws = (0..len).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(alphabet[(state >> 20) as usize % alphabet.len()])
    });
    draws.collect()
}

#[test]
fn harmless_values_say_why() {
    let table: &[(&str, &[&str])] = &[
        (
            "template",
            &[
                "${DB_PASSWORD}",
                "{{ .Values.password }}",
                "<password>",
                "<your key here>",
                "%s",
                "$PASS",
                "$password",
                "{key}",
                "Bearer {key}",
                "%DB_PASS%",
                "$(cat /run/secrets/db)",
                "#{password}",
                "$request->password",
                "__PASSWORD__",
            ],
        ),
        (
            "code-reference",
            &[
                "os.getenv(\"X\")",
                "process.env.API_KEY",
                "secrets.DEPLOY_TOKEN",
                "config.password",
                "getSecret()",
                "self.password",
                "req.body.token",
                "params[:token]",
                "Settings::password",
                "await fetchToken()",
                "user.password || null",
            ],
        ),
        (
            "placeholder",
            &[
                "changeme",
                "your-api-key-here",
                "REPLACE_ME",
                "my-secret-token",
                "API_KEY",
                "dummy-value-1",
                "example",
            ],
        ),
        ("redacted", &["****", "xxxxxxxx", "<redacted>", "[REDACTED:api-key]", "abc***xyz", "..."]),
        (
            "literal",
            &["", "true", "null", "None", "undefined", "100", "5", "3.14", "30s", "v1.2.3"],
        ),
        ("literal", &["2024-01-31T12:00:00Z", "required", "10MB", "sha256", "1_000_000", "0x1f"]),
        ("type-name", &["string", "str", "SecretString", "Optional[str]", "Vec<u8>", "&str"]),
        (
            "path-or-url",
            &["/run/secrets/db_password", "./certs/server.pem", "https://acme.org/login", "id.pem"],
        ),
        ("repeated", &["aaaaaaaa", "ababababab", "0000000000"]),
        ("sequence", &["abcdefgh", "abcd1234", "abc123", "0123456789abcdef"]),
        ("word", &["library", "several words in a row", "kubernetes-dashboard", "orderService"]),
    ];
    for (reason, values) in table {
        for value in *values {
            assert_eq!(benign(value.as_bytes()), Some(*reason), "{value}");
        }
    }
}

#[test]
fn a_uuid_says_so() {
    assert_eq!(benign(b"00000000-1111-2222-3333-444444444444"), Some("uuid"));
}

#[test]
fn secrets_are_not_harmless() {
    for seed in 1..200 {
        for len in [16, 24, 32, 40, 64] {
            let value = drawn(seed, len);
            assert_eq!(benign(value.as_bytes()), None, "{value}");
        }
    }
    for value in ["hunter2", "Tr0ub4dor&3", "S3cure!Pass", "https://me:you@acme.org/"] {
        assert_eq!(benign(value.as_bytes()), None, "{value}");
    }
}

#[test]
fn passwords_of_people_are_believed() {
    for value in ["hunter2", "Tr0ub4dor&3", "S3cure!Pass", "b1rthday!", "Zx9$wq"] {
        assert!(password(b"password", value.as_bytes(), true) >= Fair, "{value}");
        assert!(password(b"DB_PASSWORD", value.as_bytes(), false) >= Fair, "{value}");
        assert!(password(b"the db password", value.as_bytes(), false) >= Fair, "{value}");
    }
    assert_eq!(password(b"password", b"dragon", true), Weak);
    assert_eq!(password(b"password", b"dragon", false), Weak);
    assert_eq!(password(b"pin password", b"48205173", true), Weak);
    assert_eq!(password(b"password", b"wqxzkvjpbt", true), Strong);
}

#[test]
fn drawn_values_are_believed() {
    for seed in 1..100 {
        let long = drawn(seed, 32);
        assert_eq!(token(b"api_key", long.as_bytes(), true), Strong, "{long}");
        assert_eq!(token(b"ACME_SECRET", long.as_bytes(), false), Strong, "{long}");
        assert_eq!(password(b"password", long.as_bytes(), false), Strong, "{long}");
        assert_eq!(token(b"Authorization", format!("Bearer {long}").as_bytes(), true), Strong);
        assert!(token(b"key", long.as_bytes(), true) >= Fair, "{long}");
        let led = format!("acme-live-{}", drawn(seed, 24));
        assert!(token(b"apiToken", led.as_bytes(), true) >= Fair, "{led}");
    }
}

#[test]
fn code_and_configuration_are_not_believed() {
    let table: &[(&str, &str, bool)] = &[
        ("MAX_TOKENS", "100", false),
        ("token", "5", false),
        ("password", "required", false),
        ("secret", "getSecret()", false),
        ("Authorization", "Bearer {key}", true),
        ("password", "userPassword", false),
        ("password", "form.password.value", false),
        ("password", "&user_password", false),
        ("password", "string", false),
        ("apiKey", "process.env.API_KEY", false),
        ("api_key", "os.environ[", false),
        ("token", "tokenizer.next()", false),
        ("secret", "${{ secrets.TOKEN }}", false),
        ("password", "Enter your password", true),
        ("token", "Please provide a valid token", true),
        ("password", "PASSWORD", true),
        ("key", "orderNumber", true),
        ("key", "order_number", true),
        ("auth", "oauth2", true),
        ("private_key", "/etc/ssl/private/server.pem", true),
    ];
    for (name, value, quoted) in table {
        let judge = if name.contains("pass") { password } else { token };
        assert_eq!(judge(name.as_bytes(), value.as_bytes(), *quoted), No, "{name} = {value}");
    }
}

#[test]
fn what_code_leaves_behind_a_value_is_dropped() {
    assert_eq!(password(b"password", b"false)", false), No);
    assert_eq!(password(b"password", b"None\\n", false), No);
    assert!(password(b"password", b"hunter2.", false) >= Fair);
}

#[test]
fn names_that_speak_against() {
    for name in [
        "password_hash",
        "passwordHash",
        "token_count",
        "public_key",
        "publicKey",
        "key_id",
        "keyId",
        "primary_key",
        "keyboard",
        "passwordField",
        "token_type",
        "secret_name",
        "password_file",
        "MAX_TOKENS",
        "max_output_tokens",
        "nextPageToken",
        "next_token",
        "token_url",
        "secretKeyRef",
        "sort-key",
        "password-length",
        "tokenizer",
        "authors",
        "password.min.length",
        "existingSecret",
        "keyid",
        "passwordhash",
    ] {
        assert!(name_speaks_against(name.as_bytes()), "{name}");
        assert_eq!(token(name.as_bytes(), drawn(9, 32).as_bytes(), true), No, "{name}");
    }
    for name in [
        "password",
        "DB_PASSWORD",
        "apiKey",
        "api_key",
        "AWS_SECRET_ACCESS_KEY",
        "the db password",
        "client.secret",
        "x-api-key",
        "authToken",
        "spring.datasource.password",
        "HTTPToken",
        "encryption key",
        "config.secret_key",
        "",
    ] {
        assert!(!name_speaks_against(name.as_bytes()), "{name}");
    }
}

#[test]
fn stored_hashes_are_weak() {
    let bcrypt = format!("$2b$12${}", drawn(4, 53));
    assert_eq!(password(b"password", bcrypt.as_bytes(), true), Weak);
}

#[test]
fn beliefs_are_ordered() {
    assert!(No < Weak && Weak < Fair && Fair < Strong);
}

#[test]
fn any_bytes_are_fine() {
    let mut state = 1_u64;
    for len in 0..300 {
        let value: Vec<u8> = (0..len)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        let (name, rest) = value.split_at(len / 3);
        let _ = (benign(&value), password(name, rest, true), token(name, rest, false));
    }
}

#[test]
fn a_name_of_a_credential_is_no_credential() {
    for value in
        ["old_server_password", "my-trust-store-password", "iam:ResetPassword", "tokenHolder"]
    {
        assert_eq!(password(b"password", value.as_bytes(), true), No, "{value}");
    }
    assert_eq!(password(b"login_and_password_removed", b"User-Agent", true), No);
    assert_eq!(token(b"PublicKeyToken", drawn(3, 16).as_bytes(), true), No);
}

#[test]
fn what_is_guessed_first_is_left_to_redaction() {
    for value in ["letmein99", "qwerty123!", "P@ssw0rd123!", "rootroot1"] {
        assert_eq!(password(b"password", value.as_bytes(), true), Weak, "{value}");
    }
    // One letter more that no stem explains makes it somebody's choice.
    assert!(password(b"password", b"rootqvx71", true) >= Fair);
}

#[test]
fn a_command_in_backticks_is_no_password() {
    assert_eq!(password("密码".as_bytes(), b"mysql -uroot -p", true), No);
}

#[test]
fn base64_of_a_guess_is_a_guess() {
    for value in ["cGFzc3dvcmQ=", "bGV0bWVpbjEyMw=="] {
        assert_eq!(password(b"password", value.as_bytes(), false), Weak, "{value}");
    }
}

#[test]
fn mixed_hex_is_drawn_under_a_telling_name() {
    assert_eq!(token(b"token", b"8c41f0b7d2e69a35", true), Strong);
    assert_eq!(token(b"x-ratelimit-reset-tokens", b"8c41f0b7d2e69a35", true), No);
}

#[test]
fn a_name_beside_the_value_says_what_it_is() {
    let value = format!("request_id={}", drawn(5, 24));
    assert_eq!(token(b"token", value.as_bytes(), false), No);
    let value = format!("api_key={}", drawn(5, 24));
    assert!(token(b"token", value.as_bytes(), false) >= Fair);
    let value = format!("_app_session={}", drawn(5, 32));
    assert!(token(b"session_token", value.as_bytes(), false) >= Fair);
    let value = format!("sha256:{}", "0f3a9c5e".repeat(8));
    assert_eq!(token(b"token", value.as_bytes(), false), No);
}

#[test]
fn made_up_values_and_filters_are_no_alert() {
    let value = drawn(8, 16);
    assert_eq!(password(b"expectedPassword", value.as_bytes(), true), Weak);
    assert_eq!(token(b"DUMMY_TOKEN", value.as_bytes(), true), Weak);
    assert!(password(b"exPassword", value.as_bytes(), true) >= Fair);
    assert_eq!(password(b"password", b"MZQ*", false), No);
}
