//! Changes of a value, at any depth.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::near::CHARACTERS;

/// A change of one value, wherever it stands.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Replace(Value),
    /// To a number next to it.
    Step(f64),
    /// To a number that is the same.
    Respell,
    Append(char),
    Shorten,
    Repeat,
    Rename(&'static str),
    Add(&'static str, Value),
}

pub(crate) fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => anything().prop_map(Change::Replace),
        3 => select(vec![1.0, -1.0, 0.5, -0.5, 1e-9]).prop_map(Change::Step),
        1 => Just(Change::Respell),
        2 => select(CHARACTERS).prop_map(Change::Append),
        2 => Just(Change::Shorten),
        2 => Just(Change::Repeat),
        1 => select(vec!["x", "", "kind", "🦀"]).prop_map(Change::Rename),
        1 => (select(vec!["x", "", "kind", "🦀"]), anything())
            .prop_map(|(name, value)| Change::Add(name, value)),
    ]
}

/// Small values of all kinds, and the numbers at which things go wrong.
fn anything() -> impl Strategy<Value = Value> {
    let edge = 1_u64 << 53;
    select(vec![
        json!(null),
        json!(true),
        json!(""),
        json!("1"),
        json!("null"),
        json!("red"),
        json!([]),
        json!([null]),
        json!({}),
        json!({ "x": 1 }),
        json!({ "kind": "dot" }),
        json!(0),
        json!(-0.0),
        json!(1),
        json!(-1),
        json!(1.0),
        json!(0.1),
        json!(0.1_f32),
        json!(1.5),
        json!(255),
        json!(256.0),
        json!(65_536),
        json!(4_294_967_296_u64),
        json!(edge - 1),
        json!(edge),
        json!(edge + 1),
        json!(edge + 2),
        json!(edge as f64),
        json!((edge + 2) as f64),
        json!(-(edge as i64)),
        json!(-(edge as i64) - 1),
        json!(-(edge as f64) - 2.0),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(i64::MAX as f64),
        json!(u64::MAX as f64),
        json!(f64::MAX),
        json!(f64::MIN),
        json!(f64::MIN_POSITIVE),
        json!(5e-324),
    ])
}

pub(crate) fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

impl Change {
    /// Applies it to the value that comes after `before` others.
    pub(crate) fn at(&self, value: &mut Value, before: usize) {
        let Some(mut before) = before.checked_sub(1) else { return self.to(value) };
        let children: Vec<&mut Value> = match value {
            Value::Array(items) => items.iter_mut().collect(),
            Value::Object(members) => members.values_mut().collect(),
            _ => return,
        };
        for child in children {
            let within = count(child);
            if before < within {
                return self.at(child, before);
            }
            before -= within;
        }
    }

    fn to(&self, value: &mut Value) {
        match (self, value) {
            (Change::Replace(other), value) => *value = other.clone(),
            (Change::Step(step), value @ Value::Number(_)) => match value.as_i64() {
                Some(integer) if step.fract() == 0.0 => {
                    *value = json!(integer.saturating_add(*step as i64));
                }
                _ => *value = json!(value.as_f64().unwrap_or_default() + step),
            },
            (Change::Respell, value @ Value::Number(_)) => *value = json!(value.as_f64()),
            (Change::Append(character), Value::String(text)) => text.push(*character),
            (Change::Shorten, Value::String(text)) => drop(text.pop()),
            (Change::Shorten, Value::Array(items)) => drop(items.pop()),
            (Change::Shorten, Value::Object(members)) => {
                let last = members.keys().next_back().cloned();
                last.and_then(|last| members.remove(&last));
            }
            (Change::Repeat, Value::String(text)) => *text = text.repeat(2),
            (Change::Repeat, Value::Array(items)) => items.extend(items.last().cloned()),
            (Change::Rename(name), Value::Object(members)) => {
                let first = members.keys().next().cloned();
                let value = first.and_then(|first| members.remove(&first));
                members.extend(value.map(|value| ((*name).to_owned(), value)));
            }
            (Change::Add(name, added), Value::Object(members)) => {
                members.insert((*name).to_owned(), added.clone());
            }
            // A change of another kind of value: of this one, nothing is left.
            (_, value) => *value = Value::Null,
        }
    }
}
