//! Every end of a schema: the last value inside and the first one outside, each in an input that is fine
//! but for it.

use serde_json::{Map, Value, json};

use crate::near::matching;

/// Inputs, each with one value at an end of its schema or one step beyond.
pub(crate) fn edges(root: &Value) -> Vec<Value> {
    around(root, root, 3)
}

/// The `n`th of the simplest values that the schema allows. They differ as far as it lets them.
pub(crate) fn simplest(schema: &Value, root: &Value, n: u64) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return simplest(resolve(reference, root), root, n);
    }
    if let Some(choices) = schema["enum"].as_array() {
        return choices[n as usize % choices.len()].clone();
    }
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    match schema["type"].as_str() {
        Some("null") => Value::Null,
        Some("boolean") => json!(n.is_multiple_of(2)),
        Some("integer") => json!(schema["minimum"].as_i64().unwrap() + n as i64),
        Some("number") => schema["minimum"].clone(),
        Some("string") if schema.to_string().contains("pattern") => json!(matching(schema)[0]),
        Some("string") => {
            let character = ['a', 'b', '語', '👍'][n as usize % 4];
            let length = length(schema, "minLength", 0).max(u64::from(n > 0));
            json!(String::from(character).repeat(length as usize))
        }
        Some("array") => {
            let length = length(schema, "minItems", 0);
            (0..length).map(|n| simplest(&schema["items"], root, n)).collect()
        }
        Some("object") if schema["additionalProperties"].is_object() => {
            entries(schema, root, length(schema, "minProperties", 0))
        }
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten();
            let member = |name: &Value| {
                let name = name.as_str().unwrap();
                (name.to_owned(), simplest(&schema["properties"][name], root, n))
            };
            Value::Object(required.map(member).collect())
        }
        // The last one may lead deeper and deeper, unless it is null.
        _ => {
            let null = alternatives(schema).find(|one| one["type"] == "null");
            let first = alternatives(schema).next();
            simplest(null.or(first).expect("an alternative"), root, n)
        }
    }
}

fn resolve<'a>(reference: &str, root: &'a Value) -> &'a Value {
    root.pointer(reference.strip_prefix('#').unwrap()).expect("references lead somewhere")
}

fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    let alternatives = schema.get("anyOf").or_else(|| schema.get("oneOf"));
    alternatives.and_then(Value::as_array).expect("a schema says something").iter()
}

fn length(schema: &Value, key: &str, otherwise: u64) -> u64 {
    schema[key].as_u64().unwrap_or(otherwise)
}

fn entries(schema: &Value, root: &Value, length: u64) -> Value {
    let entry = |n| {
        let key = simplest(&schema["propertyNames"], root, n);
        let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
        (key, simplest(&schema["additionalProperties"], root, n))
    };
    Value::Object((0..length).map(entry).collect())
}

/// All lengths at both ends, and one step beyond each.
fn lengths(schema: &Value, least: &str, greatest: &str) -> Vec<u64> {
    let (min, max) = (length(schema, least, 0), length(schema, greatest, 0));
    vec![min.saturating_sub(1), min, max, max + 1]
}

fn around(schema: &Value, root: &Value, depth: usize) -> Vec<Value> {
    if depth == 0 {
        return vec![simplest(schema, root, 0)];
    }
    if let Some(reference) = schema["$ref"].as_str() {
        return around(resolve(reference, root), root, depth - 1);
    }
    let mut values = vec![Value::Null, json!("a"), json!(1), json!(true), json!([]), json!({})];
    match schema["type"].as_str() {
        _ if schema.get("enum").is_some() || schema.get("const").is_some() => {
            let names = schema["enum"].as_array().cloned().unwrap_or_default();
            let upper =
                names.iter().filter_map(Value::as_str).map(|name| json!(name.to_uppercase()));
            values.extend(upper.collect::<Vec<_>>());
            values.extend(names);
            values.extend(schema.get("const").cloned());
        }
        Some("integer" | "number") => values.extend(numbers(schema)),
        Some("string") => {
            let lengths = lengths(schema, "minLength", "maxLength").into_iter();
            let texts = lengths.flat_map(|length| {
                // One byte, two, three and four; one UTF-16 unit, and two.
                ["a", "é", "語", "👍"].map(|character| json!(character.repeat(length as usize)))
            });
            values.extend(texts);
        }
        Some("array") => {
            let items = &schema["items"];
            let lists = lengths(schema, "minItems", "maxItems").into_iter();
            values.extend(
                lists.map(|length| (0..length).map(|n| simplest(items, root, n)).collect()),
            );
            // Each item at its ends, in a list of a length that is fine.
            let rest = length(schema, "minItems", 0).max(1);
            let lists = around(items, root, depth).into_iter().map(|item| {
                let others = (1..rest).map(|n| simplest(items, root, n));
                std::iter::once(item).chain(others).collect::<Value>()
            });
            values.extend(lists);
            let twice = [simplest(items, root, 0), simplest(items, root, 0)];
            values.push(
                twice.into_iter().chain((2..rest).map(|n| simplest(items, root, n))).collect(),
            );
        }
        Some("object") if schema["additionalProperties"].is_object() => {
            let maps = lengths(schema, "minProperties", "maxProperties").into_iter();
            values.extend(maps.map(|length| entries(schema, root, length)));
            let key = simplest(&schema["propertyNames"], root, 0);
            let key = key.as_str().unwrap_or("1");
            let edges = around(&schema["additionalProperties"], root, depth).into_iter();
            values.extend(edges.map(|value| json!({ key: value })));
            let edges = around(&schema["propertyNames"], root, depth).into_iter();
            let value = simplest(&schema["additionalProperties"], root, 0);
            values.extend(edges.filter_map(|key| Some(json!({ key.as_str()?: value.clone() }))));
        }
        Some("object") => values.extend(objects(schema, root, depth)),
        Some(_) => {}
        None => values.extend(alternatives(schema).flat_map(|one| around(one, root, depth))),
    }
    values
}

fn numbers(schema: &Value) -> Vec<Value> {
    let mut values = vec![json!(-0.0), json!(f64::MAX), json!(u64::MAX), json!(i64::MIN)];
    for (end, outwards) in [(&schema["minimum"], -1), (&schema["maximum"], 1)] {
        let float = end.as_f64().unwrap();
        let next = if outwards > 0 { float.next_up() } else { float.next_down() };
        values.extend([end.clone(), json!(float), json!(next), json!(float + f64::from(outwards))]);
        values.push(json!(float - 0.5));
        if float.fract() == 0.0 {
            // Exact, where the float is not.
            let integer = float as i64;
            values.extend([-1, 0, 1].map(|step| json!(integer + step)));
        }
    }
    values
}

fn objects(schema: &Value, root: &Value, depth: usize) -> Vec<Value> {
    let simplest = simplest(schema, root, 0);
    let none = Map::new();
    let mut values = vec![simplest.clone()];
    for (name, property) in schema["properties"].as_object().unwrap_or(&none) {
        let mut without = simplest.clone();
        without.as_object_mut().unwrap().remove(name);
        let edges = around(property, root, depth).into_iter();
        values.extend(edges.map(|value| {
            let mut with = without.clone();
            with[name] = value;
            with
        }));
        values.push(without);
    }
    let mut more = simplest;
    more["unknown"] = Value::Null;
    values.push(more);
    values
}
