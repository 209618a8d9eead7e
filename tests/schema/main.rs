//! What is advertised is what is enforced: an input is valid by the schema that the server shows if and
//! only if the server takes it. Judged by another author's implementation of JSON Schema.
//!
//! Where the two differ on purpose, `differences` says and proves it.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod changes;
mod differences;
mod edges;
mod inputs;
mod judge;
mod near;
#[path = "../support/mod.rs"]
mod support;

use std::cell::Cell;

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use proptest::{prop_assert, prop_assert_eq};
use secure_tool_runtime::ToolSet;
use secure_tool_runtime::manifest::Manifest;
use serde_json::{Value, json};

use edges::{edges, simplest};
use inputs::Inputs;
use judge::{Judges, Verdict};
use near::{near, valid};

/// The tools for which there is no difference.
const EXACT: &[&str] =
    &["nothing", "texts", "integers", "floats", "collections", "structures", "patterns"];

fn runner() -> TestRunner {
    // Others each time. What is found is printed small, and belongs into a test of its own.
    TestRunner::new(Config { failure_persistence: None, ..Config::default() })
}

fn agree(judges: &Judges, arguments: &Value) -> Result<Verdict, TestCaseError> {
    let verdict = judges.judge(arguments);
    prop_assert!(verdict.agrees(), "{:?}: {}", verdict, arguments);
    Ok(verdict)
}

fn agreement_near(tool: &'static str) {
    let judges = Judges::new(tool);
    let (taken, refused) = (Cell::new(0), Cell::new(0));
    let checked = runner().run(&near(&judges.schema), |arguments| {
        let count = if agree(&judges, &arguments)?.accepted { &taken } else { &refused };
        count.set(count.get() + 1);
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{tool}: {error}"));
    // Else the generator would be no good.
    assert!(taken.get() > 10 && refused.get() > 10, "{tool}: {taken:?} taken, {refused:?} refused");
}

macro_rules! near {
    ($($name:ident: $tool:literal,)*) => { $(
        #[test]
        fn $name() {
            agreement_near($tool);
        }
    )* };
}

near! {
    nothing_is_judged_alike: "nothing",
    texts_are_judged_alike: "texts",
    integers_are_judged_alike: "integers",
    floats_are_judged_alike: "floats",
    collections_are_judged_alike: "collections",
    structures_are_judged_alike: "structures",
    patterns_are_judged_alike: "patterns",
}

#[test]
fn valid_inputs_are_taken() {
    // Texts of the right length need not match the patterns, too.
    for tool in EXACT.iter().filter(|tool| **tool != "patterns") {
        let judges = Judges::new(tool);
        let checked = runner().run(&valid(&judges.schema), |arguments| {
            prop_assert_eq!(judges.judge(&arguments), Verdict::BOTH, "{}", arguments);
            Ok(())
        });
        checked.unwrap_or_else(|error| panic!("{tool}: {error}"));
    }
}

#[test]
fn every_end_is_judged_alike() {
    for tool in EXACT {
        let judges = Judges::new(tool);
        let simplest = simplest(&judges.schema, &judges.schema, 0);
        let mut differences = Vec::new();
        for arguments in edges(&judges.schema) {
            let verdict = judges.judge(&arguments);
            if !verdict.agrees() {
                differences.push(format!("{verdict:?}: {arguments}"));
            }
        }
        assert!(differences.is_empty(), "{tool}: {}\n{differences:#?}", differences.len());
        // Else all ends would be refused for another reason.
        assert_eq!(judges.judge(&simplest), Verdict::BOTH, "{tool}: {simplest}");
    }
}

#[test]
fn the_manifest_has_the_schema_that_is_advertised() {
    let manifest = Manifest::of(&ToolSet::new(Inputs)).unwrap().to_canonical_json().unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    for tool in manifest["tools"].as_array().unwrap() {
        let name: &'static str = String::leak(tool["name"].as_str().unwrap().to_owned());
        assert_eq!(floats(&tool["inputSchema"]), floats(&Judges::new(name).schema), "{name}");
    }
}

/// Canonical JSON has one kind of number.
fn floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(floats).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), floats(member))).collect()
        }
        other => other.clone(),
    }
}

const ADDRESSES: &[&str] = &[
    "192.0.2.1",
    "255.255.255.255",
    "0.0.0.0",
    "192.0.2.256",
    "192.0.2",
    "192.0.2.1.1",
    "192.0.02.1",
    "0300.0.2.1",
    "0xc0.0.2.1",
    "3221225985",
    " 192.0.2.1",
    "192.0.2.1\n",
    "192.0.2.1/24",
    "::",
    "::1",
    "2001:db8::1",
    "2001:DB8::1",
    "2001:db8::1::",
    "2001:db8",
    "::ffff:192.0.2.1",
    "::192.0.2.1",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7:8:9",
    "12345::",
    "fe80::1%eth0",
    "[::1]",
    "localhost",
    "",
    "١.١.١.١",
];

#[test]
fn ip_addresses_are_judged_alike_by_a_validator_that_looks_at_formats() {
    let judges = Judges::with_formats("ip", true);
    for address in ADDRESSES {
        let verdict = judges.judge(&json!({ "value": address }));
        assert!(verdict.agrees(), "{address:?}: {verdict:?}");
    }
    let near =
        proptest::string::string_regex("[0-9a-f:.]{0,12}|([0-9]{1,3}[.]){3}[0-9]{1,3}").unwrap();
    let checked = runner().run(&near, |address| {
        agree(&judges, &json!({ "value": address }))?;
        Ok(())
    });
    checked.unwrap();
}

#[test]
fn texts_to_look_for_are_patterns_in_the_dialect_of_json_schema() {
    // ECMA-262 in its Unicode mode, which validators use, refuses an escape that it does not know.
    let schema = Judges::new("patterns").schema.to_string();
    for escape in ["\\\\-", "\\\\#", "\\\\&", "\\\\~"] {
        assert!(!schema.contains(escape), "{schema}");
    }
}

/// Arguments as they come over the wire, through the parser that all transports use.
fn parsed(arguments: &str) -> Option<Value> {
    serde_json::from_str(arguments).ok()
}

#[test]
fn a_surrogate_pair_is_one_character() {
    let judges = Judges::new("texts");
    let mut arguments = simplest(&judges.schema, &judges.schema, 0);
    for (text, verdict) in
        [(r#""\ud83d\udc4d""#, Verdict::BOTH), (r#""\ud83d\udc4d\ud83d\udc4d""#, Verdict::NEITHER)]
    {
        arguments["character"] = parsed(text).unwrap();
        assert_eq!(judges.judge(&arguments), verdict, "{text}");
    }
}

#[test]
fn what_contains_itself_is_judged_alike_as_deep_as_json_goes() {
    let judges = Judges::new("structures");
    let mut arguments = simplest(&judges.schema, &judges.schema, 0);
    for (innermost, fine) in [(json!(null), true), (json!(0), false)] {
        let (mut chain, mut point) = (innermost.clone(), json!({ "x": 1, "label": innermost }));
        for _ in 0..120 {
            chain = json!([chain]);
            point = json!({ "x": 1, "next/~1$ref": point });
        }
        arguments["chain"] = chain;
        arguments["point"] = point;
        assert_eq!(judges.is_accepted(&arguments), fine);
        // The validator needs more room than a thread has.
        let valid = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(256 << 20);
            thread.spawn_scoped(scope, || judges.is_valid(&arguments)).unwrap().join().unwrap()
        });
        assert_eq!(valid, fine);
    }
}
