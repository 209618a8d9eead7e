//! What is told of wrong input, and what is recorded.

use secure_tool_runtime::audit::Outcome;
use serde_json::{Value, json};

use super::scene;
use crate::support::guarded::somebody;
use crate::support::{CANARY, code};

#[tokio::test]
async fn all_violations_are_told_at_once() {
    let scene = scene();
    let arguments = json!({
        "text": CANARY, "small": 300, "number": 8, "color": CANARY, "unknown": CANARY,
        "point": { "x": 99, "label": CANARY },
    });
    assert_eq!(
        scene.violations("take", arguments).await,
        [
            "`$.text` must have 2 to 5 characters",
            "`$.small` must be from 0 to 255",
            "`$.number` must be from -3 to 7",
            "`$.color` must be one of `red`, `dark_green`",
            "`$.point.x` must be from -10 to 10",
            "`$.point.label` must have 1 to 3 characters",
        ]
        .map(String::from)
        .into_iter()
        .chain(scene.violations("take", json!({ "unknown": 1 })).await)
        .collect::<Vec<_>>()
    );
    assert_eq!(
        scene.violations("need", json!({})).await,
        ["`$.text` is missing", "`$.small` is missing", "`$.checked` is missing"]
    );
}

#[tokio::test]
async fn very_many_violations_are_cut_short() {
    let scene = scene();
    let violations = scene.violations("many", json!({ "list": vec![CANARY; 10_000] })).await;
    assert_eq!(violations.len(), 11);
    assert_eq!(violations[0], "`$.list[0]` must be a whole number");
    assert_eq!(violations[10], "and more");
    let record = scene.guarded.record().await;
    assert!(record.cause.unwrap().len() < 1000);
}

#[tokio::test]
async fn unknown_arguments_are_refused_and_not_named() {
    let scene = scene();
    assert_eq!(scene.violations("nothing", json!({})).await, [""; 0]);
    assert_eq!(scene.violations("nothing", Value::Null).await, [""; 0]);
    assert_eq!(scene.violations("nothing", json!({ CANARY: 1 })).await, ["`$` must be empty"]);
    let violations = scene
        .violations(
            "need",
            json!({ "text": "abc", "small": 1, "checked": 2, CANARY: 1, "Text": "abc" }),
        )
        .await;
    assert_eq!(violations, ["`$` must have no other fields than `text`, `small`, `checked`"]);
}

#[tokio::test]
async fn huge_inputs_are_refused_briefly() {
    let scene = scene();
    let mut deep = json!(CANARY);
    for _ in 0..100 {
        deep = json!({ "x": [deep] });
    }
    let huge_map: Value = (0..100_000)
        .map(|n| (format!("{CANARY}{n}"), json!(n)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    for value in [json!(CANARY.repeat(1 << 19)), json!(vec![CANARY; 500_000]), huge_map, deep] {
        for field in ["text", "number", "list", "map", "point", "shape", "color", "set", CANARY] {
            let violations = scene.violations("take", json!({ field: value })).await;
            assert!((1..=2).contains(&violations.len()), "{field}: {violations:?}");
            assert!(violations.concat().len() < 500, "{field}: {violations:?}");
        }
    }
}

#[tokio::test]
async fn the_record_has_the_shape_and_the_rules_but_no_value() {
    let scene = scene();
    let result = scene
        .guarded
        .call(&somebody("ada"), "take", json!({ "text": CANARY, "list": [1, 2], CANARY: CANARY }))
        .await;
    assert_eq!(code(&result).as_deref(), Some("invalid_input"));
    let record = scene.guarded.record().await;
    assert_eq!((record.outcome, record.reason), (Outcome::Refused, "invalid_input"));
    let cause = record.cause.as_deref().unwrap();
    assert_eq!(cause, "$.text length, $ unknown");
    let shape = record.arguments.to_string();
    assert!(shape.contains("text=string(13)") && shape.contains("list=array(2)"), "{shape}");
    assert!(!format!("{record:?}").contains(CANARY), "{record:?}");
}

#[tokio::test]
async fn what_is_advertised_is_what_is_enforced() {
    let scene = scene();
    let schema =
        Value::Object((*scene.guarded.tools.get_tool("take").unwrap().input_schema).clone());
    assert_eq!(schema["additionalProperties"], false);
    let property = |name: &str| {
        let property = schema["properties"][name].clone();
        // Optional ones are `anyOf` themselves and null.
        property["anyOf"].get(0).cloned().unwrap_or(property)
    };
    for (name, key, expected) in [
        ("text", "minLength", json!(2)),
        ("text", "maxLength", json!(5)),
        ("bounded_text", "maxLength", json!(5)),
        ("number", "minimum", json!(-3)),
        ("number", "maximum", json!(7)),
        ("bounded_number", "maximum", json!(7)),
        ("small", "maximum", json!(255)),
        ("fraction", "maximum", json!(1.5)),
        ("list", "minItems", json!(1)),
        ("list", "maxItems", json!(3)),
        ("bounded_list", "maxItems", json!(3)),
        ("three", "minItems", json!(3)),
        ("set", "uniqueItems", json!(true)),
        ("map", "maxProperties", json!(2)),
        ("bounded_map", "minProperties", json!(1)),
        ("bounded_map", "maxProperties", json!(2)),
        ("color", "enum", json!(["red", "dark_green"])),
        ("point", "additionalProperties", json!(false)),
        ("email", "format", json!("email")),
        ("homepage", "format", json!("uri")),
        ("word", "pattern", json!("^[a-z]+$")),
    ] {
        assert_eq!(property(name)[key], expected, "{name}: {}", property(name));
    }
    assert_eq!(property("bounded_list")["items"]["maxLength"], 2);
    assert_eq!(property("map")["propertyNames"]["maxLength"], 2);
    assert_eq!(property("map")["additionalProperties"]["maximum"], 9);
    assert_eq!(property("point")["properties"]["x"]["minimum"], -10);
    let empty = scene.guarded.tools.get_tool("nothing").unwrap().input_schema;
    assert_eq!(
        Value::Object((*empty).clone()),
        json!({ "type": "object", "additionalProperties": false })
    );
}
