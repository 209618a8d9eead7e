use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::resource::secrets::guard::encodings::patterns;

/// Not under guard in the process, so that no other test sees it.
fn scanner_of(secrets: &[&str]) -> Scanner {
    Scanner::with(None, secrets)
}

fn replaced(scanner: &Scanner, text: &str) -> (String, u32) {
    let mut text = text.to_owned();
    let count = scanner.replace(&mut text);
    (text, count)
}

const KEY: &str = "rk_live_9fQ2-Zt7/+mX";

#[test]
fn every_place_and_neighbourhood_of_a_secret_is_found() {
    let scanner = scanner_of(&[KEY]);
    for before in 0..20 {
        for after in 0..9 {
            let (left, right) = ("a".repeat(before), "b".repeat(after));
            let text = format!("{left}{KEY}{right}");
            assert_eq!(replaced(&scanner, &text), (format!("{left}{REPLACEMENT}{right}"), 1));
        }
    }
    let twice = format!("{KEY}{KEY} and {KEY}");
    assert_eq!(replaced(&scanner, &twice), ("[secret][secret] and [secret]".into(), 3));
}

#[test]
fn encodings_are_found_within_longer_texts() {
    use base64::Engine;
    use base64::prelude::*;
    let scanner = scanner_of(&[KEY]);
    for lead in 0..4 {
        let bytes = format!("{}{KEY}xyz", "u".repeat(lead));
        for text in [
            BASE64_STANDARD.encode(&bytes),
            BASE64_URL_SAFE.encode(&bytes),
            BASE64_URL_SAFE_NO_PAD.encode(&bytes),
        ] {
            let (clean, count) = replaced(&scanner, &text);
            assert_eq!(count, 1, "{text}");
            // What is left is the neighbourhood, and at most six bits at each end.
            assert!(clean.len() <= lead * 2 + 8 + 12, "{clean}");
        }
    }
    let hex: String = KEY.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = url::form_urlencoded::byte_serialize(KEY.as_bytes()).collect();
    for text in [
        format!("0x{hex}00"),
        hex.to_uppercase(),
        KEY.to_uppercase(),
        percent.clone(),
        percent.to_lowercase(),
    ] {
        assert_eq!(replaced(&scanner, &text).1, 1, "{text}");
    }
}

#[test]
fn escapes_and_cleaning_hide_nothing() {
    let secret = "a\"quoted\\secret\r\nof two lines, the second longer";
    let scanner = scanner_of(&[secret]);
    for text in [
        secret.to_owned(),
        json!({ "error": secret }).to_string(),
        format!("{:?}", Some(secret)),
        cleaned_text(secret),
        "of two lines, the second longer".to_owned(),
    ] {
        assert_eq!(replaced(&scanner, &text).1, 1, "{text}");
    }
}

fn cleaned_text(text: &str) -> String {
    crate::output::cleaned(text).into_owned()
}

#[test]
fn the_password_in_a_url_is_found_alone() {
    let scanner = scanner_of(&["postgres://app:p%40ss-w0rd-17@db.internal/shop"]);
    for text in ["p@ss-w0rd-17", "p%40ss-w0rd-17", "postgres://app:p%40ss-w0rd-17@db.internal/shop"]
    {
        assert_eq!(replaced(&scanner, text), (REPLACEMENT.to_owned(), 1));
    }
    assert_eq!(replaced(&scanner, "db.internal/shop").1, 0);
}

#[test]
fn the_longest_of_several_that_begin_alike_is_replaced() {
    let scanner = scanner_of(&["abcdefgh", "abcdefgh-and-more"]);
    assert_eq!(replaced(&scanner, "abcdefgh-and-more"), (REPLACEMENT.to_owned(), 1));
    assert_eq!(replaced(&scanner, "abcdefgh-and-less").0, "[secret]-and-less");
}

#[test]
fn json_is_searched_in_all_its_parts() {
    let scanner = scanner_of(&[KEY, "1234509876"]);
    let mut value = json!({
        "text": format!("key {KEY}"), KEY: [KEY, 1, null, true], "number": 1_234_509_876_u64,
    });
    assert_eq!(scanner.in_value(&mut value), 4);
    let expected = json!({
        "text": "key [secret]", "[secret]": ["[secret]", 1, null, true], "number": "[secret]",
    });
    assert_eq!(value, expected);
}

#[test]
fn what_is_under_guard_stays_and_counts_once() {
    let one = scanner_of(&["one-secret"]);
    let two = Scanner::with(Some(&one), &["two-secret"]);
    assert!(two.knows("one-secret") && two.knows("two-secret") && two.secrets() == 2);
    assert!(one.finds("one-secret") && two.finds("one-secret") && two.finds("two-secret"));
    assert!(!one.finds("two-secret"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What the scanner finds is what a search for each pattern, one after the other, finds.
    #[test]
    fn finds_what_a_plain_search_finds(
        secrets in prop::collection::vec("[a-c]{8,10}", 1..4),
        text in "[a-cA-C]{0,60}",
    ) {
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        let scanner = scanner_of(&secrets);
        let lower = text.to_ascii_lowercase();
        let plain = secrets
            .iter()
            .flat_map(|secret| patterns(secret))
            .any(|pattern| lower.contains(&pattern.to_ascii_lowercase()));
        prop_assert_eq!(scanner.finds(&text), plain);
        let (clean, count) = replaced(&scanner, &text);
        prop_assert_eq!(count > 0, plain);
        prop_assert!(clean.len() <= text.len());
    }

    /// Whatever the secret and the text around it: it is gone, and the text is text.
    #[test]
    fn no_secret_is_left(
        secret in "\\PC{8,40}", before in "\\PC{0,20}", after in "\\PC{0,20}",
    ) {
        let scanner = scanner_of(&[&secret]);
        let (clean, count) = replaced(&scanner, &format!("{before}{secret}{after}"));
        prop_assert!(count >= 1);
        prop_assert!(!clean.contains(&secret), "{}", clean);
        let mut value = Value::from(format!("{before}{secret}{after}"));
        prop_assert!(scanner.in_value(&mut value) >= 1);
    }
}
