//! Every bound at both ends, and what a refusal says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use serde_json::{Value, json};

use super::*;

fn decode<T: Input<D>, D>(rules: Rules, value: Value) -> Result<T, String> {
    let mut violations = Violations::new();
    match T::decode(value, &rules, &At::ROOT, &mut violations) {
        Some(decoded) if violations.is_empty() => Ok(decoded),
        decoded => {
            assert!(!violations.is_empty(), "refused without a reason");
            assert!(decoded.is_none(), "a value beside violations");
            Err(violations.sentences())
        }
    }
}

fn accepts<T: Input<D> + Debug, D>(rules: Rules, values: &[Value]) {
    for value in values {
        let decoded = decode::<T, D>(rules, value.clone());
        assert!(decoded.is_ok(), "{value}: {decoded:?}");
    }
}

fn refuses<T: Input<D> + Debug, D>(rules: Rules, values: &[Value], sentence: &str) {
    for value in values {
        assert_eq!(decode::<T, D>(rules, value.clone()).unwrap_err(), sentence, "{value}");
    }
}

#[test]
fn text_is_counted_in_characters() {
    const RULES: Rules = Rules::length(2, 3);
    accepts::<String, Length>(
        RULES,
        &[json!("ab"), json!("abc"), json!("日本語"), json!("🦀🦀🦀")],
    );
    let too_many_or_few = [json!("a"), json!("abcd"), json!("日"), json!("日本語だ"), json!("")];
    refuses::<String, Length>(RULES, &too_many_or_few, "- `$` must have 2 to 3 characters");
    refuses::<String, Length>(RULES, &[json!(1), json!(null), json!(["ab"])], "- `$` must be text");
}

#[test]
fn huge_text_is_refused_by_its_size() {
    let huge = json!("x".repeat(1 << 20));
    refuses::<String, Length>(Rules::length(0, 1), &[huge], "- `$` must have at most 1 character");
}

#[test]
fn integers_keep_their_ends() {
    const RULES: Rules = Rules::range(-5.0, 10.0);
    accepts::<i64, Range>(RULES, &[json!(-5), json!(0), json!(10), json!(3.0)]);
    let outside = [json!(-6), json!(11), json!(u64::MAX), json!(i64::MIN)];
    refuses::<i64, Range>(RULES, &outside, "- `$` must be from -5 to 10");
    let others = [json!(0.5), json!("1"), json!(true), json!(null), json!(1e300)];
    refuses::<i64, Range>(RULES, &others, "- `$` must be a whole number");
}

#[test]
fn a_range_is_cut_to_the_type() {
    accepts::<u8, Undeclared>(Rules::NONE, &[json!(0), json!(255)]);
    refuses::<u8, Undeclared>(Rules::NONE, &[json!(-1), json!(256)], "- `$` must be from 0 to 255");
    refuses::<u32, Range>(Rules::range(-9.0, 9.0), &[json!(-1)], "- `$` must be from 0 to 9");
    refuses::<i16, Range>(
        Rules::range(0.5, 2.5),
        &[json!(0), json!(3)],
        "- `$` must be from 1 to 2",
    );
}

#[test]
fn floats_keep_their_ends() {
    const RULES: Rules = Rules::range(0.0, 1.0);
    accepts::<f64, Range>(RULES, &[json!(0), json!(0.0), json!(1), json!(0.5)]);
    refuses::<f64, Range>(RULES, &[json!(1.0000001), json!(-0.1)], "- `$` must be from 0 to 1");
    // JSON has no NaN and no infinity: they can only come as text, which is no number.
    refuses::<f64, Range>(RULES, &[json!("NaN"), json!("Infinity")], "- `$` must be a number");
}

#[test]
fn small_floats_are_rounded_towards_the_inside() {
    let ends =
        [(0.0, 0.999_999_99), (0.1, 0.7), (-0.7, -0.1), (-1e-50, 1e-50), (-0.3, 16_777_217.0)];
    for (min, max) in ends {
        let rules = Rules::range(min, max);
        for value in [min, max, (min + max) / 2.0] {
            let decoded = decode::<f32, Range>(rules, json!(value)).unwrap();
            assert!((min..=max).contains(&f64::from(decoded)), "{value} became {decoded}");
            assert!((f64::from(decoded) - value).abs() <= value.abs() * 1.2e-7 + 1e-44);
            assert_eq!(decode::<f64, Range>(rules, json!(value)), Ok(value));
        }
    }
    // Between two neighbours.
    let rules = Rules::range(0.1, 0.1);
    refuses::<f32, Range>(rules, &[json!(0.1)], "- `$` must be from 0.1 to 0.1");
    accepts::<f64, Range>(rules, &[json!(0.1)]);
    accepts::<f32, Range>(Rules::range(0.5, 0.5), &[json!(0.5)]);
}

/// Counts how many of it were decoded.
struct Counted;

thread_local! {
    static DECODED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl Input for Counted {
    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        Schema::default()
    }

    fn decode(_: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        DECODED.set(DECODED.get() + 1);
        violations.add_with(at, "never", || {
            assert!(!violations_are_listed_already(), "a demand was made for nothing");
            Demand::Fixed("must not be")
        });
        None
    }
}

fn violations_are_listed_already() -> bool {
    DECODED.get() > 10
}

#[test]
fn a_hostile_collection_is_not_read_to_its_end() {
    const RULES: Rules = Rules::length(0, 10_000);
    decode::<Vec<Counted>, Length>(RULES, json!(vec![0; 10_000])).map(drop).unwrap_err();
    assert_eq!(DECODED.replace(0), 11);
    let map: serde_json::Map<_, _> = (0..10_000).map(|n| (n.to_string(), json!(0))).collect();
    let error = decode::<BTreeMap<String32, Counted>, Length>(RULES, map.into()).map(drop);
    assert_eq!(error.unwrap_err().lines().count(), 11);
    assert_eq!(DECODED.replace(0), 11);
}

type String32 = Text<0, 32>;

#[test]
fn a_range_has_to_meet_the_type() {
    let meets = |min, max| Rules::range(min, max).meets(0, 255);
    assert!(meets(0.0, 0.0) && meets(255.0, 400.0) && meets(-4.0, 0.0) && meets(0.2, 1.0));
    assert!(meets(254.5, 255.5) && meets(-1e15, 1e15));
    assert!(!meets(256.0, 400.0) && !meets(-9.0, -1.0));
    assert!(!meets(0.2, 0.8) && !meets(-0.8, -0.2) && !meets(255.2, 300.0) && !meets(-5.0, -0.5));
    assert!(Rules::NONE.meets(0, 255) && Rules::length(1, 2).meets(0, 0));
}

#[test]
fn integers_are_not_rounded_into_the_range_of_floats() {
    const RULES: Rules = Rules::range(-9_007_199_254_740_992.0, 9_007_199_254_740_992.0);
    let edge = 1_i64 << 53;
    accepts::<f64, Range>(RULES, &[json!(edge), json!(-edge), json!(edge as f64), json!(-0.0)]);
    let beyond = [json!(edge + 1), json!(-edge - 1), json!(u64::MAX), json!(i64::MIN)];
    let sentence = "- `$` must be from -9007199254740992 to 9007199254740992";
    refuses::<f64, Range>(RULES, &beyond, sentence);
    refuses::<f32, Range>(RULES, &beyond, sentence);
}

#[test]
fn lists_are_counted_before_they_are_read() {
    const RULES: Rules = Rules::length(1, 2);
    accepts::<Vec<u8>, Length>(RULES, &[json!([1]), json!([1, 2])]);
    let wrong = [json!([]), json!([1, 2, 3]), json!(vec!["wrong"; 10_000])];
    refuses::<Vec<u8>, Length>(RULES, &wrong, "- `$` must have 1 to 2 items");
    refuses::<[u8; 2], Undeclared>(Rules::NONE, &[json!([1])], "- `$` must have exactly 2 items");
}

#[test]
fn every_wrong_item_is_named_up_to_ten() {
    let wrong = decode::<Vec<u8>, Length>(Rules::length(0, 100), json!([1, "x", 300])).unwrap_err();
    assert_eq!(wrong, "- `$[1]` must be a whole number\n- `$[2]` must be from 0 to 255");
    let many = decode::<Vec<u8>, Length>(Rules::length(0, 100), json!(vec![-1; 100])).unwrap_err();
    assert_eq!(many.lines().count(), 11);
    assert!(many.ends_with("- and more"), "{many}");
    let ten = decode::<Vec<u8>, Length>(Rules::length(0, 100), json!(vec![-1; 10])).unwrap_err();
    assert!(ten.ends_with("- `$[9]` must be from 0 to 255"), "{ten}");
}

#[test]
fn sets_do_not_repeat() {
    const RULES: Rules = Rules::length(0, 3);
    accepts::<BTreeSet<u8>, Length>(RULES, &[json!([1, 2, 3])]);
    refuses::<BTreeSet<u8>, Length>(RULES, &[json!([1, 1])], "- `$` must not repeat an item");
}

#[test]
fn keys_of_maps_are_bounded_and_never_named() {
    type Labels = BTreeMap<Text<1, 3>, u8>;
    const RULES: Rules = Rules::length(0, 2);
    accepts::<Labels, Length>(RULES, &[json!({ "a": 1, "abc": 2 })]);
    let error = decode::<Labels, Length>(RULES, json!({ "a": 1, "canary": 2 })).unwrap_err();
    assert_eq!(error, "- `$[entry 1]` must have 1 to 3 characters");
    let error = decode::<Labels, Length>(RULES, json!({ "a": 1, "b": 2, "c": 3 })).unwrap_err();
    assert_eq!(error, "- `$` must have at most 2 entries");
}

#[test]
fn checks_of_form_are_all_reported() {
    const EMAIL: Rules = Rules::length(1, 20).checks(&[Check::Email, Check::DoesNotContain("..")]);
    accepts::<String, Length>(EMAIL, &[json!("a@example.com")]);
    let error = decode::<String, Length>(EMAIL, json!("no..address")).unwrap_err();
    assert_eq!(error, "- `$` must be an e-mail address\n- `$` must not contain `..`");
    const OTHERS: Rules = Rules::length(1, 20).checks(&[Check::Ip, Check::Contains("-")]);
    let error = decode::<String, Length>(OTHERS, json!("x")).unwrap_err();
    assert_eq!(error, "- `$` must be an IP address\n- `$` must contain `-`");
}

#[test]
fn nothing_may_be_missing_but_options() {
    const A: FieldOf<Option<String>> =
        input_has_to_be_bounded::<Option<String>, Length>("a", "", Rules::length(0, 2));
    const B: FieldOf<u8> = input_has_to_be_bounded::<u8, Undeclared>("b", "", Rules::NONE);
    const OBJECT: Object =
        Object { name: "T", description: "", fields: &[&A.field, &B.field], exceptions: &[] };
    let decode = |value| {
        let mut violations = Violations::new();
        let mut values = [const { None }; 2];
        let mut fields =
            Fields::open(value, &mut values, &OBJECT, &At::ROOT, &mut violations).unwrap();
        let decoded = (fields.take(0, &A), fields.take(1, &B));
        assert_eq!(
            fields.close(),
            violations.is_empty() || decoded.1.is_none() || decoded.0.is_none()
        );
        (decoded, violations.sentences())
    };
    assert_eq!(decode(json!({ "b": 1 })), ((Some(None), Some(1)), String::new()));
    assert_eq!(decode(json!({ "a": null, "b": 1 })), ((Some(None), Some(1)), String::new()));
    assert_eq!(decode(json!({})).1, "- `$.b` is missing");
    let (_, unknown) = decode(json!({ "b": 1, "canary": 2 }));
    assert_eq!(unknown, "- `$` must have no other fields than `a`, `b`");
}

#[test]
fn schemas_say_what_is_enforced() {
    let mut generator = generator();
    let mut schema = |schema: fn(&mut SchemaGenerator, &Rules) -> Schema, rules| {
        schema(&mut generator, &rules).to_value()
    };
    assert_eq!(
        schema(<String as Input<Length>>::schema, Rules::length(1, 9).checks(&[Check::Email])),
        json!({ "type": "string", "minLength": 1, "maxLength": 9, "format": "email" })
    );
    assert_eq!(
        schema(<Option<i64> as Input<Range>>::schema, Rules::range(1.0, 5.0)),
        json!({ "anyOf": [{ "type": "integer", "minimum": 1, "maximum": 5 }, { "type": "null" }] })
    );
    assert_eq!(
        schema(<Vec<Text<0, 4>> as Input<Length>>::schema, Rules::length(0, 3)),
        json!({ "type": "array", "maxItems": 3, "items": { "type": "string", "maxLength": 4 } })
    );
}
