//! Where the schema and the server differ, and that they do it in no other direction.
//!
//! | what | direction | why |
//! | --- | --- | --- |
//! | `custom` | we refuse more | no schema can say it |
//! | `email`, `url` | we refuse more | `format` only tells; validators need not look |
//! | `email`, `url`, by validators that look | both | the formats follow RFC 5321 and 3986, the checks HTML, as browsers do |
//! | `\d`, `\w`, `\s`, `\b` in `regex` | we take more | Unicode's in Rust, ASCII's in a schema |
//! | sets and maps whose items have an equality of their own | we refuse more | JSON compares what is written, we what it means |
//! | what is no JSON, or deeper than 128 | never arrives | refused before there is a value to judge |
//! | a member twice | the last one counts | so does it for validators, which are given a value |

use proptest::{prop_assert, prop_assert_eq};
use serde_json::{Value, json};

use crate::judge::{Judges, Verdict};
use crate::near::near;
use crate::{parsed, runner};

const REFUSED_BY_US: Verdict = Verdict { valid: true, accepted: false };
const TAKEN_BY_US: Verdict = Verdict { valid: false, accepted: true };

#[test]
fn formats_refuse_more_than_a_validator_that_does_not_look_at_them() {
    for (tool, form) in
        [("email", "[a-z.]{0,3}@[a-z.]{0,4}"), ("url", "[a-z]{0,3}:?/{0,2}[a-z.?# ]{0,4}")]
    {
        let judges = Judges::new(tool);
        let near = proptest::string::string_regex(form).unwrap();
        let checked = runner().run(&near, |text| {
            let verdict = judges.judge(&json!({ "value": text }));
            prop_assert!(verdict.valid, "{}: {:?}", text, verdict);
            Ok(())
        });
        checked.unwrap();
        // And not everything.
        let fine =
            ["ada@example.org", "https://example.org/a?b#c"].map(|text| json!({ "value": text }));
        assert!(fine.iter().any(|value| judges.judge(value) == Verdict::BOTH), "{tool}");
        assert_eq!(judges.judge(&json!({ "value": "nonsense" })), REFUSED_BY_US, "{tool}");
    }
}

#[test]
fn formats_are_those_of_browsers_and_not_those_of_validators() {
    let judge = |tool, text| Judges::with_formats(tool, true).judge(&json!({ "value": text }));
    for (tool, text, verdict) in [
        ("email", "ada@example.org", Verdict::BOTH),
        ("email", "ada", Verdict::NEITHER),
        ("email", "\"a b\"@example.org", REFUSED_BY_US),
        ("email", "a..b@example.org", TAKEN_BY_US),
        ("url", "https://example.org/a?b=c#d", Verdict::BOTH),
        ("url", "example.org", Verdict::NEITHER),
        ("url", "https:///", REFUSED_BY_US),
        ("url", "https://example.org/a b", TAKEN_BY_US),
    ] {
        assert_eq!(judge(tool, text), verdict, "{tool} {text}");
    }
}

#[test]
fn a_check_of_the_author_refuses_more_than_the_schema() {
    let judges = Judges::new("checked");
    let checked = runner().run(&near(&judges.schema), |arguments| {
        let verdict = judges.judge(&arguments);
        let even = arguments["value"].as_f64().is_some_and(|number| number % 2.0 == 0.0);
        prop_assert_eq!(verdict.accepted, verdict.valid && even, "{}", arguments);
        Ok(())
    });
    checked.unwrap();
}

#[test]
fn items_are_compared_by_what_they_mean() {
    let judges = Judges::new("compared");
    let points = |one: &str, other: &str| {
        let text = format!("{{\"points\": [{one}, {other}], \"headers\": {{}}}}");
        judges.judge(&serde_json::from_str(&text).unwrap())
    };
    assert_eq!(points(r#"{"x":1}"#, r#"{"x":2}"#), Verdict::BOTH);
    assert_eq!(points(r#"{"x":1}"#, r#"{"x":1.0}"#), Verdict::NEITHER);
    // What is left out is null for us.
    assert_eq!(points(r#"{"x":1}"#, r#"{"x":1,"label":null}"#), REFUSED_BY_US);
    // The type of these keys says that case does not matter.
    let headers = |headers: Value| judges.judge(&json!({ "points": [], "headers": headers }));
    assert_eq!(headers(json!({ "a": 1, "b": 2 })), Verdict::BOTH);
    assert_eq!(headers(json!({ "a": 1, "A": 2 })), REFUSED_BY_US);
    let checked = runner().run(&near(&judges.schema), |arguments| {
        let verdict = judges.judge(&arguments);
        prop_assert!(verdict.valid || !verdict.accepted, "{}", arguments);
        Ok(())
    });
    checked.unwrap();
}

#[test]
fn classes_of_characters_are_those_of_unicode_for_us_and_of_ascii_for_a_schema() {
    let judges = Judges::new("class");
    for (text, verdict) in [("12", Verdict::BOTH), ("x", Verdict::NEITHER), ("١٢", TAKEN_BY_US)] {
        assert_eq!(judges.judge(&json!({ "value": text })), verdict, "{text}");
    }
}

#[test]
fn what_is_no_json_never_arrives() {
    for text in [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "-1e400",
        "01",
        "1.",
        ".5",
        "+1",
        "0x10",
        "1_000",
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\x41""#,
        "\"\n\"",
        "'a'",
        "[1,]",
        "{\"a\":1,}",
    ] {
        assert_eq!(parsed(&format!("{{\"value\": {text}}}")), None, "{text}");
    }
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parsed(&deep(127)).is_some());
    assert_eq!(parsed(&deep(128)), None);
}

#[test]
fn of_a_member_twice_the_last_one_counts() {
    let judges = Judges::new("checked");
    let judge = |text| judges.judge(&parsed(text).unwrap());
    assert_eq!(judge(r#"{"value": "x", "value": 2}"#), Verdict::BOTH);
    assert_eq!(judge(r#"{"value": 2, "value": "x"}"#), Verdict::NEITHER);
}
