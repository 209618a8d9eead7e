use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::path::{TEMPORARY, name_fault};
use super::*;
use crate::input::{At, Input, Rules, Undeclared, Violations, generator};

fn decode(value: Value) -> Result<SafePath, String> {
    let mut violations = Violations::new();
    <SafePath as Input<Undeclared>>::decode(value, &Rules::NONE, &At::ROOT, &mut violations)
        .ok_or_else(|| violations.sentences())
}

#[test]
fn what_people_write_is_a_path() {
    for text in [
        "a",
        "notes.md",
        "2026/minutes of May.md",
        ".hidden",
        "...x",
        "-rf",
        "~",
        "über/日本語.txt",
        "👩‍👩‍👧",
        "می‌خواهم",
        "what?.txt",
        "console",
        "com10",
        "com",
        "nullable/auxiliary",
    ] {
        assert!(decode(json!(text)).is_ok(), "{text:?}");
    }
}

#[test]
fn what_means_more_than_one_file_is_refused() {
    let long_name = "a".repeat(256);
    let wide_name = "é".repeat(128);
    let cases = [
        ("/etc/passwd", "must be a relative path: it must not begin with `/`"),
        ("..", "must not contain `.` or `..`"),
        ("../x", "must not contain `.` or `..`"),
        ("a/../../x", "must not contain `.` or `..`"),
        ("./x", "must not contain `.` or `..`"),
        ("a//b", "must not contain `//` or end with `/`"),
        ("a/", "must not contain `//` or end with `/`"),
        ("...", "must not contain a name that ends with a dot or a space"),
        ("a.", "must not contain a name that ends with a dot or a space"),
        ("a /b", "must not contain a name that ends with a dot or a space"),
        ("..\\..\\windows\\win.ini", "must not contain `\\` or `:`"),
        ("C:", "must not contain `\\` or `:`"),
        ("file.txt:stream", "must not contain `\\` or `:`"),
        ("a\0b", "must not contain control or invisible characters"),
        ("a\nb", "must not contain control or invisible characters"),
        ("a\tb", "must not contain control or invisible characters"),
        ("a\u{7f}b", "must not contain control or invisible characters"),
        ("a\u{85}b", "must not contain control or invisible characters"),
        ("a\u{1b}[2Jb", "must not contain control or invisible characters"),
        ("gpj\u{202e}exe", "must not contain control or invisible characters"),
        ("a\u{200b}b", "must not contain control or invisible characters"),
        ("a\u{feff}", "must not contain control or invisible characters"),
        ("a\u{2028}b", "must not contain control or invisible characters"),
        ("a\u{e0041}b", "must not contain control or invisible characters"),
        ("NUL", "must not contain a reserved name"),
        ("a/con.txt", "must not contain a reserved name"),
        ("Aux .tar.gz", "must not contain a reserved name"),
        ("com1", "must not contain a reserved name"),
        ("LPT³.log", "must not contain a reserved name"),
        ("CONOUT$", "must not contain a reserved name"),
        (".secure-tool-0123", "must not contain a reserved name"),
        (&long_name, "must not contain a name of more than 255 bytes"),
        (&wide_name, "must not contain a name of more than 255 bytes"),
        ("", "must have 1 to 512 characters"),
    ];
    for (text, demand) in cases {
        assert_eq!(decode(json!(text)).unwrap_err(), format!("- `$` {demand}"), "{text:?}");
        assert!(SafePath::try_from(text).is_err());
    }
    for value in [json!(1), json!(null), json!(["a"]), json!({ "path": "a" })] {
        assert_eq!(decode(value).unwrap_err(), "- `$` must be text");
    }
}

#[test]
fn the_length_is_advertised_and_enforced() {
    let longest = ["a".repeat(255), "b".repeat(255), "c".into()];
    assert_eq!(longest.join("/").len(), 513);
    assert!(decode(json!(longest.join("/"))).is_err());
    assert!(decode(json!(longest.join("/")[1..])).is_ok());
    assert!(decode(json!("é/".repeat(1 << 20))).is_err());
    let schema = <SafePath as Input<Undeclared>>::schema(&mut generator(), &Rules::NONE);
    assert_eq!(schema.get("maxLength"), Some(&json!(512)));
}

/// As a client that checks the schema would see it.
fn advertised() -> regex::Regex {
    let schema = <SafePath as Input<Undeclared>>::schema(&mut generator(), &Rules::NONE);
    regex::Regex::new(schema.get("pattern").unwrap().as_str().unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_path_leaves_a_directory(text in r"[a-z./\\: \x00-\x1f\u{202e}é]{0,24}|\PC{0,24}") {
        let Ok(path) = SafePath::try_from(text.as_str()) else { return Ok(()) };
        let mut depth = 0;
        for component in path.as_path().components() {
            prop_assert!(matches!(component, std::path::Component::Normal(_)), "{text:?}");
            depth += 1;
        }
        prop_assert_eq!(depth, text.split('/').count());
        prop_assert_eq!(path.to_string(), text);
    }

    #[test]
    fn what_is_accepted_matches_the_schema(text in r"[a-z./\\: \x00-\x1fé]{1,24}|\PC{1,24}") {
        if SafePath::try_from(text.as_str()).is_ok() {
            prop_assert!(advertised().is_match(&text), "{text:?}");
        }
    }

    #[test]
    fn joining_good_names_makes_a_good_path(names in prop::collection::vec("[a-z0-9_é-]{1,20}", 1..12)) {
        prop_assume!(names.iter().all(|name| name_fault(name).is_none()));
        let text = names.join("/");
        prop_assert!(SafePath::try_from(text.as_str()).is_ok());
        for bad in ["..", ".", "", "a.", "nul", TEMPORARY, "a\\b"] {
            for place in 0..=names.len() {
                let mut names = names.clone();
                names.insert(place, bad.to_owned());
                prop_assert!(SafePath::try_from(names.join("/")).is_err());
            }
        }
    }
}
