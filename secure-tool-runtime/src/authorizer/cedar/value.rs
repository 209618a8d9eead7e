//! JSON as values of Cedar.
//!
//! Not Cedar's own reader of JSON: it takes objects with the keys `__entity` and `__extn` for entities
//! and calls of functions, and these would be a client's.

use cedar_policy::RestrictedExpression;
use rmcp::model::JsonObject;
use serde_json::{Number, Value};

use crate::authorizer::Error;

/// What a `decimal` of Cedar cannot hold: 2^63 ten-thousandths.
const DECIMAL_END: f64 = 922_337_203_685_477.0;

/// An object, without what is `null` in it.
pub(super) fn record(object: &JsonObject) -> Result<RestrictedExpression, Error> {
    let present = object.iter().filter(|(_, value)| !value.is_null());
    let fields = present.map(|(name, value)| Ok((name.clone(), expression(value)?)));
    Ok(RestrictedExpression::new_record(fields.collect::<Result<Vec<_>, Error>>()?)?)
}

fn expression(value: &Value) -> Result<RestrictedExpression, Error> {
    Ok(match value {
        Value::Bool(value) => RestrictedExpression::new_bool(*value),
        Value::String(text) => RestrictedExpression::new_string(text.clone()),
        Value::Number(number) => self::number(number)?,
        Value::Object(object) => record(object)?,
        Value::Array(items) => {
            let items = items.iter().map(expression).collect::<Result<Vec<_>, _>>()?;
            RestrictedExpression::new_set(items)
        }
        Value::Null => return Err("a list with `null` in it has no like in Cedar".into()),
    })
}

fn number(number: &Number) -> Result<RestrictedExpression, Error> {
    if let Some(whole) = number.as_i64() {
        return Ok(RestrictedExpression::new_long(whole));
    }
    let beyond = "a number is beyond what Cedar can tell from others";
    let fits = |number: &f64| number.abs() < DECIMAL_END;
    let number = number.as_f64().filter(fits).ok_or(beyond)?;
    let decimal = format!("{number:.4}");
    // Only if nothing is lost: a rounded number could be on the other side of a limit.
    match decimal.parse::<f64>() {
        Ok(same) if same == number => Ok(RestrictedExpression::new_decimal(decimal)),
        _ => Err(beyond.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
    use serde_json::json;

    use super::*;

    /// Whether a condition holds for an input.
    fn holds(condition: &str, input: Value) -> bool {
        let policy = format!("permit (principal, action, resource) when {{ {condition} }};");
        let policies = PolicySet::from_str(&policy).unwrap();
        let input = record(input.as_object().unwrap()).unwrap();
        let context = Context::from_pairs([("input".to_owned(), input)]).unwrap();
        let id = |text| EntityUid::from_str(text).unwrap();
        let (user, action, server) = (id("U::\"u\""), id("Action::\"a\""), id("S::\"s\""));
        let request = Request::new(user, action, server, context, None).unwrap();
        let response = Authorizer::new().is_authorized(&request, &policies, &Entities::empty());
        response.decision() == Decision::Allow
    }

    #[test]
    fn values_are_what_they_look_like() {
        let input = json!({
            "text": "a", "whole": -3, "part": 1.25, "yes": true, "list": ["a", "b"],
            "nested": { "deep": 7 }, "nothing": null,
        });
        for condition in [
            "context.input.text == \"a\"",
            "context.input.whole == -3",
            "context.input.part == decimal(\"1.25\")",
            "context.input.yes",
            "context.input.list.contains(\"b\")",
            "context.input.nested.deep == 7",
            "!(context.input has nothing)",
        ] {
            assert!(holds(condition, input.clone()), "{condition}");
        }
    }

    #[test]
    fn what_looks_like_an_entity_is_a_record() {
        let entity = json!({ "who": { "__entity": { "type": "User", "id": "root" } } });
        assert!(!holds("context.input.who == User::\"root\"", entity.clone()));
        assert!(holds("context.input.who.__entity.id == \"root\"", entity));
        let call = json!({ "sum": { "__extn": { "fn": "decimal", "arg": "1.0" } } });
        assert!(!holds("context.input.sum == decimal(\"1.0\")", call));
    }

    #[test]
    fn what_would_be_rounded_is_refused() {
        for value in [json!(0.00001), json!(1e300), json!(u64::MAX), json!([null])] {
            let input = json!({ "value": value });
            assert!(record(input.as_object().unwrap()).is_err(), "{input}");
        }
    }
}
