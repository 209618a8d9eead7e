//! Values near a schema: valid ones, and valid ones with a few changes. Knows as much of JSON Schema as
//! our schemas use, and fails where one uses more.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

use crate::changes::{change, count};

/// Characters of one to four bytes, of one and two UTF-16 units, visible and not.
pub(crate) const CHARACTERS: &[char] = &[
    'a', 'b', 'z', 'A', '-', '.', '$', '\0', '\n', '\u{85}', 'é', '\u{301}', '語', '\u{ffff}',
    '👍', '𐀀',
];

/// How deep values go whose type contains itself.
const DEPTH: usize = 3;

/// Values that the schema allows, as far as patterns are not concerned.
pub(crate) fn valid(root: &Value) -> BoxedStrategy<Value> {
    of(root, root, DEPTH)
}

/// Valid values with up to three changes.
pub(crate) fn near(root: &Value) -> impl Strategy<Value = Value> + use<> {
    let changes = prop::collection::vec((any::<Index>(), change()), 0..4);
    (valid(root), changes).prop_map(|(mut value, changes)| {
        for (index, change) in changes {
            let at = index.index(count(&value));
            change.at(&mut value, at);
        }
        value
    })
}

fn number(schema: &Value, key: &str, otherwise: usize) -> usize {
    schema[key].as_u64().map_or(otherwise, |number| usize::try_from(number).unwrap())
}

fn of(schema: &Value, root: &Value, depth: usize) -> BoxedStrategy<Value> {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').expect("references stay in the schema");
        return of(root.pointer(pointer).expect("references lead somewhere"), root, depth - 1);
    }
    if let Some(choices) = schema["enum"].as_array() {
        return select(choices.clone()).boxed();
    }
    if let Some(constant) = schema.get("const") {
        return Just(constant.clone()).boxed();
    }
    match schema["type"].as_str() {
        Some("null") => Just(Value::Null).boxed(),
        Some("boolean") => any::<bool>().prop_map(Value::Bool).boxed(),
        Some("integer") => integer(schema),
        Some("number") => float(schema),
        Some("string") => text(schema),
        Some("array") => array(schema, root, depth),
        Some("object") => object(schema, root, depth),
        Some(other) => panic!("the type {other}"),
        None => {
            let alternatives = schema.get("anyOf").or_else(|| schema.get("oneOf"));
            let alternatives =
                alternatives.and_then(Value::as_array).expect("a schema says something");
            // Where it is deep enough, those that lead no deeper.
            let shallow =
                alternatives.iter().filter(|a| depth > 0 || !a.to_string().contains("$ref"));
            let strategies: Vec<_> = shallow.map(|a| of(a, root, depth)).collect();
            prop::strategy::Union::new(strategies).boxed()
        }
    }
}

fn integer(schema: &Value) -> BoxedStrategy<Value> {
    let (min, max) = (schema["minimum"].as_i64().unwrap(), schema["maximum"].as_i64().unwrap());
    let number = prop_oneof![min..=max, Just(min), Just(max)];
    // JSON Schema holds 1.0 to be an integer.
    (number, prop::bool::weighted(0.2))
        .prop_map(|(number, float)| if float { json!(number as f64) } else { json!(number) })
        .boxed()
}

fn float(schema: &Value) -> BoxedStrategy<Value> {
    let (min, max) = (schema["minimum"].as_f64().unwrap(), schema["maximum"].as_f64().unwrap());
    let whole = |float: f64| if float.fract() == 0.0 { json!(float as i64) } else { json!(float) };
    prop_oneof![
        (min..=max).prop_map(|float| json!(float)),
        Just(json!(min)),
        Just(json!(max)),
        select(vec![whole(min), whole(max)]),
    ]
    .boxed()
}

fn text(schema: &Value) -> BoxedStrategy<Value> {
    let (min, max) = (number(schema, "minLength", 0), number(schema, "maxLength", 0));
    let any = prop::collection::vec(select(CHARACTERS), min..=max)
        .prop_map(|characters| characters.into_iter().collect::<String>());
    if !schema.to_string().contains("pattern") {
        return any.prop_map(Value::String).boxed();
    }
    // Few texts keep to a pattern by accident.
    let likely = prop_oneof![3 => select(matching(schema)), 1 => select(LIKELY.to_vec())];
    prop_oneof![1 => any, 9 => likely.prop_map(String::from)].prop_map(Value::String).boxed()
}

/// Texts that one pattern or another matches.
const LIKELY: &[&str] = &[
    "xa-b.$", "a-b.$", "a-b.", "a", "b", "ab", "aaa", "", "word", "word\n", "a\nb", "é", "a-", "-",
];

/// Those that these patterns match.
pub(crate) fn matching(schema: &Value) -> Vec<&'static str> {
    let matches = |text: &&&str| jsonschema::is_valid(schema, &json!(text));
    LIKELY.iter().filter(matches).copied().collect()
}

fn array(schema: &Value, root: &Value, depth: usize) -> BoxedStrategy<Value> {
    let items = of(&schema["items"], root, depth);
    let (min, max) = (number(schema, "minItems", 0), number(schema, "maxItems", 0));
    let unique = schema["uniqueItems"] == true;
    prop::collection::vec(items, min..=max)
        .prop_map(move |mut items| {
            if unique {
                // 1 and 1.0 are the same.
                let meaning =
                    |item: &Value| item.as_f64().map_or(item.clone(), |float| json!(float));
                items.sort_by_key(|item| meaning(item).to_string());
                items.dedup_by_key(|item| meaning(item));
            }
            Value::Array(items)
        })
        .boxed()
}

fn object(schema: &Value, root: &Value, depth: usize) -> BoxedStrategy<Value> {
    if schema["additionalProperties"].is_object() {
        let keys = &schema["propertyNames"];
        if !matches!(keys["type"].as_str(), Some("string")) {
            // No key is anything but text.
            return Just(json!({})).boxed();
        }
        let keys = of(keys, root, depth);
        let values = of(&schema["additionalProperties"], root, depth);
        let length = number(schema, "minProperties", 0)..=number(schema, "maxProperties", 0);
        return prop::collection::vec((keys, values), length)
            .prop_map(|entries| {
                let text = |key: Value| key.as_str().unwrap().to_owned();
                entries.into_iter().map(|(key, value)| (text(key), value)).collect()
            })
            .boxed();
    }
    let required: Vec<&Value> = schema["required"].as_array().into_iter().flatten().collect();
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    let fields: Vec<_> = properties
        .iter()
        .map(|(name, schema)| {
            // Shrinks to what is required, not to nothing.
            let present = match required.contains(&&json!(name)) {
                true => Just(true).boxed(),
                false => prop::bool::weighted(0.6).boxed(),
            };
            (Just(name.clone()), present, of(schema, root, depth))
        })
        .collect();
    fields
        .prop_map(|fields| {
            let present = fields.into_iter().filter(|(_, present, _)| *present);
            Value::Object(present.map(|(name, _, value)| (name, value)).collect())
        })
        .boxed()
}
