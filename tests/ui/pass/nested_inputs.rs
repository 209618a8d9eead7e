//! Inputs in inputs, also in themselves.

#![allow(dead_code)]

use std::collections::BTreeMap;

use secure_tool_runtime::__private::{At, FieldOf, Input, Rules, Violations};
use secure_tool_runtime::{FreeTool, Int, Text, secure_input, secure_output, secure_tool};

#[secure_input]
#[derive(Debug)]
pub struct Order {
    /// Who gets it.
    address: Address,
    /// What is in it.
    #[validate(length(min = 1, max = 3))]
    items: Vec<Item>,
    /// Notes by topic.
    #[validate(length(max = 2))]
    notes: BTreeMap<Text<1, 10>, Text<0, 100>>,
    /// What to do instead.
    otherwise: Option<Box<Self>>,
}

#[secure_input]
#[derive(Debug)]
struct Address {
    /// The street.
    #[validate(length(max = 50), non_control_character)]
    street: String,
}

#[secure_input]
#[derive(Debug)]
struct Item {
    /// How many.
    count: Int<1, 9>,
    /// Of which kind.
    kind: Option<Kind>,
}

#[secure_input(tag = "type")]
#[derive(Debug)]
enum Kind {
    Plain,
    Mixed {
        /// Of what.
        #[validate(length(max = 2))]
        of: Vec<Kind>,
    },
}

#[secure_input]
#[derive(Debug)]
struct Forest(#[validate(length(max = 3))] Vec<Forest>);

#[secure_output]
struct Tree(Vec<Tree>);

/// Orders.
#[secure_tool(scope = "order", effect = write)]
async fn order(
    /// The order.
    order: Order,
    /// A forest.
    forest: Forest,
) -> Tree {
    let _ = (order, forest);
    Tree(Vec::new())
}

fn decode<T: Input>(json: &str) -> Result<T, String> {
    let value = serde_json::from_str(json).unwrap();
    let mut violations = Violations::new();
    let decoded = T::decode(value, &Rules::NONE, &At::ROOT, &mut violations);
    decoded.ok_or_else(|| violations.sentences())
}

fn main() {
    let _: Option<FieldOf<u8>> = None;
    let fine = r#"{"address": {"street": "High Street"}, "items": [{"count": 1, "kind": {"type": "mixed", "of": [{"type": "plain"}]}}], "notes": {}}"#;
    let order = decode::<Order>(fine).unwrap();
    assert_eq!(order.items.len(), 1);
    let wrong = r#"{"address": {"street": "a\u0007b"}, "items": [{"count": 0, "kind": {"type": "mixed", "of": [{}]}}], "notes": {"": "x"}, "other": 1}"#;
    let expected = "- `$.address.street` must not contain control characters\n\
        - `$.items[0].count` must be from 1 to 9\n\
        - `$.items[0].kind.of[0].type` is missing\n\
        - `$.notes[entry 0]` must have 1 to 10 characters\n\
        - `$` must have no other fields than `address`, `items`, `notes`, `otherwise`";
    assert_eq!(decode::<Order>(wrong).unwrap_err(), expected);
    assert!(decode::<Forest>("[[], [[]]]").is_ok());
    // Schemas of types that contain themselves end.
    assert!((order_tool().output)().structured().is_none());
}

fn order_tool() -> secure_tool_runtime::ToolDefinition<()> {
    order::TOOL
}
