//! The stage *output*: what is sensitive stays, what deceives is removed, what is too large is
//! refused, and the text says the same as the structured content.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rmcp::model::CallToolResult;
use secure_tool_runtime::audit::Outcome;
use secure_tool_runtime::prelude::*;
use serde_json::{Value, json};
use support::guarded::{Guarded, guard, somebody};
use support::{CANARY, code, text};

/// Escape sequences, bidirectional controls, tags, zero width, a line feed and a carriage return.
const DIRTY: &str =
    "\u{1b}[31mre\u{202e}d\u{1b}[0m\u{e0041}\u{200b}\u{7}\r\nnext\u{9b}2J \u{feff}line";
const CLEANED: &str = "red\nnext line";

/// Somebody.
#[secure_output]
#[derive(Debug)]
struct Account {
    /// Who.
    name: String,
    /// Not for clients.
    #[sensitive]
    password: String,
    /// There is one.
    #[sensitive(mask)]
    token: String,
    /// A type that could not leave the server at all.
    #[sensitive]
    secret: Vec<std::net::IpAddr>,
    /// Deeper.
    card: Option<Card>,
    /// Many.
    cards: Vec<Card>,
    /// By name.
    named: BTreeMap<String, Card>,
}

#[secure_output]
#[derive(Debug)]
struct Card {
    /// Shown.
    last_digits: String,
    #[sensitive]
    number: String,
    #[sensitive(mask)]
    pin: u32,
}

#[secure_output]
#[derive(Debug)]
enum Event {
    /// It began.
    Begun,
    /// It ended.
    Ended,
}

#[secure_output]
#[derive(Debug)]
struct Everything {
    flag: bool,
    number: i64,
    fraction: f64,
    character: char,
    text: String,
    fixed: &'static str,
    bounded: Text<0, 100>,
    int: Int<0, 9>,
    none: Option<String>,
    list: Vec<String>,
    set: BTreeSet<String>,
    map: HashMap<String, String>,
    bounded_map: Map<Text<0, 100>, String, 0, 3>,
    event: Event,
    subject: Subject,
}

struct Outputs;

fn card() -> Card {
    Card { last_digits: "4242".into(), number: CANARY.into(), pin: 7_777_777 }
}

#[secure_tools]
impl Outputs {
    /// An account.
    #[secure_tool(public = "test", effect = read)]
    async fn account(&self) -> Account {
        Account {
            name: "ada".into(),
            password: CANARY.into(),
            token: CANARY.into(),
            secret: vec![],
            card: Some(card()),
            cards: vec![card(), card()],
            named: BTreeMap::from([("main".into(), card())]),
        }
    }

    /// Everything, and all of it dirty.
    #[secure_tool(public = "test", effect = read)]
    async fn everything(&self, caller: &Caller) -> Everything {
        Everything {
            flag: true,
            number: -1,
            fraction: 0.5,
            character: 'é',
            text: DIRTY.into(),
            fixed: DIRTY,
            bounded: DIRTY.try_into().unwrap(),
            int: 3.try_into().unwrap(),
            none: None,
            list: vec![DIRTY.into()],
            set: BTreeSet::from([DIRTY.into()]),
            map: HashMap::from([(DIRTY.into(), DIRTY.into())]),
            bounded_map: BTreeMap::from([(DIRTY.try_into().unwrap(), DIRTY.into())])
                .try_into()
                .unwrap(),
            event: Event::Ended,
            subject: caller.subject().clone(),
        }
    }

    /// Text.
    #[secure_tool(public = "test", effect = read)]
    async fn plain(&self) -> String {
        DIRTY.into()
    }

    /// A list.
    #[secure_tool(public = "test", effect = read)]
    async fn list(&self) -> Vec<u8> {
        vec![1, 2, 3]
    }

    /// Nothing.
    #[secure_tool(public = "test", effect = read)]
    async fn nothing(&self) {}

    /// One or the other.
    #[secure_tool(public = "test", effect = read)]
    async fn event(&self) -> Event {
        Event::Begun
    }

    /// So much text.
    #[secure_tool(public = "test", effect = read, max_output = "1KiB")]
    async fn sized(
        &self,
        /// In bytes.
        #[validate(range(min = 0, max = 100_000))]
        bytes: usize,
    ) -> String {
        "x".repeat(bytes)
    }

    /// So much structure.
    #[secure_tool(public = "test", effect = read, max_output = 1024)]
    async fn sized_card(
        &self,
        /// In bytes.
        #[validate(range(min = 0, max = 100_000))]
        bytes: usize,
    ) -> Card {
        Card { last_digits: "x".repeat(bytes), ..card() }
    }

    /// Numbers that JSON cannot carry.
    #[secure_tool(public = "test", effect = read)]
    async fn odd_numbers(&self) -> Vec<f64> {
        vec![f64::NAN, f64::INFINITY, -0.0]
    }
}

fn outputs() -> Guarded {
    guard(Outputs)
}

async fn call(guarded: &Guarded, tool: &str, arguments: Value) -> CallToolResult {
    guarded.call(&somebody("ada"), tool, arguments).await
}

fn output_schema(guarded: &Guarded, tool: &str) -> Option<Value> {
    let schema = guarded.tools.get_tool(tool).unwrap().output_schema?;
    Some(Value::Object((*schema).clone()))
}

#[tokio::test]
async fn what_is_sensitive_stays() {
    let guarded = outputs();
    let result = call(&guarded, "account", json!({})).await;
    assert!(!format!("{result:?}").contains(CANARY), "{result:?}");
    assert!(!format!("{result:?}").contains("7777777"), "{result:?}");
    let card = json!({ "last_digits": "4242", "pin": "***" });
    assert_eq!(
        result.structured_content.unwrap(),
        json!({
            "name": "ada", "token": "***", "card": card, "cards": [card, card], "named": { "main": card },
        })
    );
}

#[tokio::test]
async fn what_is_sensitive_is_not_in_the_schema() {
    let guarded = outputs();
    let schema = output_schema(&guarded, "account").unwrap();
    let text = schema.to_string();
    for hidden in ["password", "secret", "Not for clients", "number"] {
        assert!(!text.contains(&format!("\"{hidden}")), "{hidden}: {text}");
    }
    assert_eq!(schema["properties"]["token"]["const"], "***");
    assert_eq!(schema["additionalProperties"], false);
    let manifest = Server::new(Outputs).manifest().unwrap();
    assert!(!manifest.to_canonical_json().unwrap().contains("password"));
}

#[tokio::test]
async fn what_deceives_is_removed_everywhere() {
    let guarded = outputs();
    let result = call(&guarded, "everything", json!({})).await;
    assert_eq!(
        result.structured_content.unwrap(),
        json!({
            "flag": true, "number": -1, "fraction": 0.5, "character": "é",
            "text": CLEANED, "fixed": CLEANED, "bounded": CLEANED, "int": 3, "none": null,
            "list": [CLEANED], "set": [CLEANED], "map": { CLEANED: CLEANED },
            "bounded_map": { CLEANED: CLEANED },
            "event": "ended", "subject": "ada",
        })
    );
    let result = call(&guarded, "plain", json!({})).await;
    assert_eq!(text(&result), CLEANED);
}

#[tokio::test]
async fn the_text_says_the_same_as_the_structure() {
    let guarded = outputs();
    for tool in ["account", "everything"] {
        let result = call(&guarded, tool, json!({})).await;
        assert_eq!(result.content.len(), 1);
        let mirrored: Value = serde_json::from_str(text(&result)).unwrap();
        assert_eq!(mirrored, result.structured_content.unwrap());
    }
}

#[tokio::test]
async fn only_objects_are_structured() {
    let guarded = outputs();
    for (tool, expected) in
        [("plain", CLEANED), ("list", "[1,2,3]"), ("nothing", "done"), ("event", "begun")]
    {
        let result = call(&guarded, tool, json!({})).await;
        assert_eq!((text(&result), result.is_error), (expected, Some(false)), "{tool}");
        assert_eq!(result.structured_content, None, "{tool}");
        assert_eq!(output_schema(&guarded, tool), None, "{tool}");
    }
}

#[tokio::test]
async fn every_structured_result_fits_its_schema() {
    let guarded = outputs();
    for tool in ["account", "everything"] {
        let schema = output_schema(&guarded, tool).unwrap();
        let result = call(&guarded, tool, json!({})).await.structured_content.unwrap();
        // In any order: that of maps is a choice of whoever builds serde_json.
        let names = |map: &Value| -> BTreeSet<String> {
            map.as_object().unwrap().keys().cloned().collect()
        };
        let disclosed = names(&result);
        assert_eq!(names(&schema["properties"]), disclosed, "{tool}");
        let required = schema["required"].as_array().unwrap().iter();
        let required: BTreeSet<String> =
            required.map(|name| name.as_str().unwrap().to_owned()).collect();
        assert_eq!(required, disclosed, "{tool}");
    }
}

#[tokio::test]
async fn a_result_has_a_greatest_size() {
    let guarded = outputs();
    for (bytes, fits) in [(0, true), (1023, true), (1024, true), (1025, false), (100_000, false)] {
        let result = call(&guarded, "sized", json!({ "bytes": bytes })).await;
        if fits {
            assert_eq!((code(&result), text(&result).len()), (None, bytes));
            continue;
        }
        assert_eq!(code(&result).as_deref(), Some("output_too_large"));
        assert_eq!(text(&result), "The result is larger than 1024 bytes. Ask for less at once.");
        let record = guarded.records().await.pop().unwrap();
        assert_eq!((record.outcome, record.reason), (Outcome::Failed, "output_too_large"));
    }
    // {"last_digits":"","pin":"***"}
    let empty = 30;
    for (bytes, fits) in [(1024 - empty, true), (1024 - empty + 1, false)] {
        let result = call(&guarded, "sized_card", json!({ "bytes": bytes })).await;
        assert_eq!(code(&result).is_none(), fits, "{bytes}: {result:?}");
        assert_eq!(result.structured_content.is_some(), fits);
    }
}

#[tokio::test]
async fn numbers_that_json_cannot_carry_are_null() {
    let guarded = outputs();
    let result = call(&guarded, "odd_numbers", json!({})).await;
    assert_eq!((code(&result), text(&result)), (None, "[null,null,-0.0]"));
}
