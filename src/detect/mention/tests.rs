//! Which names count where: hosts, identifiers and words before a value.

use super::words::{breaks_line, is_bare_name, provider, stands, tells_of_credential};
use super::{Asked, TELLING, asked};
use crate::text::{bits, simd};
use proptest::prelude::*;

fn counts(text: &str, word: &str, common: bool) -> bool {
    let at = text.find(word).unwrap();
    stands(text.as_bytes(), at..at + word.len(), common)
}

#[test]
fn a_keyword_names_the_provider_without_the_words_of_credentials() {
    assert_eq!(provider("acme_api_key").as_deref(), Some("acme"));
    assert_eq!(provider("acme_cloud_access_token").as_deref(), Some("acme_cloud"));
    assert_eq!(provider("access_token"), None);
}

#[test]
fn a_name_that_says_no_more_than_credential_asks_for_its_provider() {
    for name in
        ["key", "X-API-Key", "PRIVATE-TOKEN", "client_secret", "authToken", "sig", "api key"]
    {
        assert!(is_bare_name(name.as_bytes()), "{name}");
    }
    for name in ["acme_key", "monkey", "STRIPE_SECRET", "id", "name", "sort_key", ""] {
        assert!(!is_bare_name(name.as_bytes()), "{name}");
    }
}

#[test]
fn what_binds_a_value_may_stand_before_it_in_any_notation() {
    for text in [
        "?page=1&sig=",
        "\"key\": \"",
        "Authorization: Bearer ",
        "-H 'api-key: ",
        "\\\"token\\\": \\\"",
    ] {
        assert_eq!(asked(text.as_bytes()), Asked::Named, "{text}");
    }
    for text in ["the key ", "commit: ", "sha256=", "monkey=", ""] {
        assert_ne!(asked(text.as_bytes()), Asked::Named, "{text}");
    }
}

#[test]
fn a_rare_name_counts_as_a_word_and_a_common_one_in_hosts_and_names_only() {
    assert!(counts("call acmedata with", "acmedata", false));
    assert!(counts("api.acmedataapi.com", "acmedata", false));
    assert!(!counts("call xacmedata", "acmedata", false));
    assert!(counts("https://api.box.com/2.0", "box", true));
    assert!(counts("BOX_CLIENT_SECRET", "BOX", true));
    for text in ["put it in the box and", "a box.", "bounding_box_key", "box_width", "toolbox.com"]
    {
        assert!(!counts(text, "box", true), "{text}");
    }
}

#[test]
fn a_line_ends_also_where_its_end_is_escaped() {
    assert!(breaks_line(b"a\nb") && breaks_line(b"a\\nb") && !breaks_line(b"a b"));
}

proptest! {
    #[test]
    fn where_a_word_tells_the_net_has_caught_its_beginning(
        parts in proptest::collection::vec("(?i)(key|token|secret|private|access|auth|sig|credential|bearer|session|[a-z_ ]{1,3}|\u{e9})", 0..9),
    ) {
        let text = parts.concat();
        let mut caught = Vec::new();
        simd::cast(&TELLING, text.as_bytes(), &mut caught);
        for from in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let found = bits::any(&caught, from, text.len());
            prop_assert!(found || !tells_of_credential(&text.as_bytes()[from..]), "{from} in {text}");
        }
    }
}
