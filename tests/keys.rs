//! No key is inert: each changes what the manifest says, that and nothing else, and what a server does.
//!
//! What the keys change in an expansion, values of each included, is in secure-tool-macros/src/tests/.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeMap;

use secure_tool_runtime::manifest::Manifest;
use secure_tool_runtime::prelude::*;
use serde_json::{Value, json};
use support::code;
use support::guarded::{Guarded, guard, somebody};

/// The runtime under another name, with another view of outputs, by which it is told from the real one.
mod elsewhere {
    pub(crate) use secure_tool_runtime::__reply;

    pub(crate) mod __private {
        pub(crate) use secure_tool_runtime::__private::*;
        use secure_tool_runtime::Reply;
        use secure_tool_runtime::output::OutputSchema;

        pub(crate) fn tools_return_declared_output<R: Reply>() -> OutputSchema {
            let real = secure_tool_runtime::__private::tools_return_declared_output::<R>;
            let _: fn() -> OutputSchema = real;
            secure_tool_runtime::__private::tools_return_declared_output::<crate::Elsewhere>()
        }
    }
}

/// What every tool returns elsewhere.
#[secure_output]
struct Elsewhere {
    elsewhere: bool,
}

async fn never(_: &Caller, _: &PolicyInput) -> Decision {
    Decision::Deny
}

struct Tools;

/// Each tool is named after the key in which it differs from `plain`, or from another tool in `ROWS`.
#[secure_tools]
impl Tools {
    /// Do something.
    #[secure_tool(scope = "s", effect = write)]
    async fn plain(&self) {}

    /// Do something.
    #[secure_tool(scope = "t", effect = write)]
    async fn scope(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", role = "r", effect = write)]
    async fn role(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", policy = never, effect = write)]
    async fn policy(&self) {}

    /// Do something.
    #[secure_tool(public = "a test", effect = write)]
    async fn public(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", effect = read)]
    async fn effect(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", effect = destructive)]
    async fn effect_destructive(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", effect = write, expensive)]
    async fn expensive(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", effect = write, idempotent)]
    async fn idempotent(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", effect = write, confirm = "Sure?")]
    async fn confirm(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", effect = write, open_world)]
    async fn open_world(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", effect = write, rate = "3/min")]
    async fn rate(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", effect = write, rate = "3/min", burst = 2)]
    async fn burst(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", effect = write, rate = "3/min", per = tool)]
    async fn per(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", effect = write, timeout = "1ms")]
    async fn timeout(&self) {
        std::future::pending::<()>().await;
    }

    /// Do something.
    #[secure_tool(scope = "s", effect = write, concurrency = 1)]
    async fn concurrency(&self) {
        tokio::task::yield_now().await;
    }

    /// Do something.
    #[secure_tool(scope = "s", effect = write, max_output = 1)]
    async fn max_output(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", effect = write, name = "another.name")]
    async fn name(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", effect = write, title = "Another name")]
    async fn title(&self) {}

    /// Do something.
    #[secure_tool(
        scope = "s", effect = write, expensive, rate = "3/s",
        allow(generous_rate, reason = "a test")
    )]
    async fn allow(&self) {}

    /// Do something.
    #[secure_tool(scope = "s", effect = write, crate = elsewhere)]
    async fn elsewhere(&self) {}
}

/// A key, the tool without it, the tool with it, and where their entries in the manifest differ.
const ROWS: &[(&str, &str, &str, &[&str])] = &[
    ("scope", "plain", "scope", &["/authorization/scopes/0"]),
    ("role", "plain", "role", &["/authorization/roles/0"]),
    ("policy", "plain", "policy", &["/authorization/policy"]),
    ("public", "plain", "public", &["/authorization/public", "/authorization/scopes/0"]),
    (
        "effect",
        "plain",
        "effect",
        &["/annotations/idempotentHint", "/annotations/readOnlyHint", "/effect"],
    ),
    (
        "effect",
        "plain",
        "effect_destructive",
        &[
            "/annotations/destructiveHint",
            "/effect",
            "/limits/concurrency",
            "/limits/rate/burst",
            "/limits/rate/count",
        ],
    ),
    ("confirm", "plain", "confirm", &["/confirm"]),
    (
        "expensive",
        "plain",
        "expensive",
        &["/expensive", "/limits/concurrency", "/limits/rate/burst", "/limits/rate/count"],
    ),
    ("idempotent", "plain", "idempotent", &["/annotations/idempotentHint"]),
    ("open_world", "plain", "open_world", &["/annotations/openWorldHint"]),
    ("rate", "plain", "rate", &["/limits/rate/burst", "/limits/rate/count"]),
    ("burst", "rate", "burst", &["/limits/rate/burst"]),
    ("per", "rate", "per", &["/limits/per"]),
    ("timeout", "plain", "timeout", &["/limits/timeout_ms"]),
    ("concurrency", "plain", "concurrency", &["/limits/concurrency"]),
    ("max_output", "plain", "max_output", &["/limits/max_output"]),
    ("name", "plain", "another.name", &["/name"]),
    ("title", "plain", "title", &["/title"]),
    (
        "allow",
        "expensive",
        "allow",
        &[
            "/exceptions/0/reason",
            "/exceptions/0/rule",
            "/limits/rate/burst",
            "/limits/rate/count",
            "/limits/rate/seconds",
        ],
    ),
    (
        "crate",
        "plain",
        "elsewhere",
        &[
            "/outputSchema/additionalProperties",
            "/outputSchema/description",
            "/outputSchema/properties/elsewhere/type",
            "/outputSchema/required/0",
            "/outputSchema/type",
        ],
    ),
];

/// The keys, as the attribute has them.
fn keys() -> Vec<&'static str> {
    const SOURCE: &str = include_str!("../secure-tool-macros/src/args.rs");
    let (_, list) = SOURCE.split_once("const KEYS: &[&str] = &[").expect("the list of keys");
    let (list, _) = list.split_once("];").expect("its end");
    list.split(',').map(|key| key.trim().trim_matches('"')).filter(|key| !key.is_empty()).collect()
}

/// All values in a document, by where they stand.
fn flat(value: &Value, at: &str, into: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| flat(member, &format!("{at}/{name}"), into));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| flat(item, &format!("{at}/{n}"), into));
        }
        other => drop(into.insert(at.to_owned(), other.clone())),
    }
}

fn entries() -> BTreeMap<String, BTreeMap<String, Value>> {
    let manifest = Manifest::of(&ToolSet::new(Tools)).unwrap().to_canonical_json().unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let entry = |tool: &Value| {
        let mut values = BTreeMap::new();
        flat(tool, "", &mut values);
        (tool["name"].as_str().unwrap().to_owned(), values)
    };
    manifest["tools"].as_array().unwrap().iter().map(entry).collect()
}

#[test]
fn every_key_changes_its_part_of_the_manifest_and_nothing_else() {
    let entries = entries();
    for (key, without, with, places) in ROWS {
        let (without, with) = (&entries[*without], &entries[*with]);
        assert_ne!(without["/digest"], with["/digest"], "{key}");
        let mut differing: Vec<&str> = without
            .keys()
            .chain(with.keys())
            .filter(|place| without.get(*place) != with.get(*place))
            .map(String::as_str)
            // Of every tool.
            .filter(|place| *place != "/digest" && (*key == "name" || *place != "/name"))
            .collect();
        differing.sort_unstable();
        differing.dedup();
        assert_eq!(differing, *places, "{key}");
    }
}

#[test]
fn every_key_has_a_row_and_is_documented() {
    let mut rows: Vec<&str> = ROWS.iter().map(|(key, ..)| *key).collect();
    rows.dedup();
    assert_eq!(rows, keys());
    for text in [include_str!("../README.md"), include_str!("../secure-tool-macros/src/lib.rs")] {
        for key in keys() {
            assert!(text.contains(&format!("`{key}")), "`{key}` is not documented");
        }
    }
}

/// Somebody who has what `plain` asks for.
fn ada() -> Caller {
    somebody("ada").with_scopes(["s"]).unwrap()
}

/// What becomes of so many calls, one after the other.
async fn calls(server: &Guarded, tool: &str, times: usize) -> Vec<String> {
    let mut codes = Vec::new();
    for _ in 0..times {
        let result = server.call(&ada(), tool, json!({})).await;
        codes.push(code(&result).unwrap_or_else(|| "served".to_owned()));
    }
    codes
}

/// What becomes of one call.
async fn once(server: &Guarded, tool: &str) -> String {
    calls(server, tool, 1).await.remove(0)
}

#[tokio::test]
async fn every_key_changes_what_the_server_does() {
    let server = guard(ToolSet::new(Tools));
    let shown = |tool: &str| server.tools.get_tool(tool).unwrap();
    let hint = |tool: &str, name: &str| json!(shown(tool).annotations)[name].clone();
    assert_eq!(once(&server, "plain").await, "served");
    for key in keys() {
        match key {
            "scope" | "role" => assert_eq!(once(&server, key).await, "forbidden"),
            "policy" => assert_eq!(once(&server, key).await, "denied"),
            "public" => {
                let stranger = somebody("eve");
                for (tool, expected) in [("plain", Some("forbidden")), (key, None)] {
                    let result = server.call(&stranger, tool, json!({})).await;
                    assert_eq!(code(&result).as_deref(), expected, "{tool}");
                }
            }
            "effect" => {
                assert_eq!(
                    (hint("plain", "readOnlyHint"), hint(key, "readOnlyHint")),
                    (false.into(), true.into())
                );
                assert_eq!(
                    calls(&server, "effect_destructive", 11).await[9..],
                    ["served", "rate_limited"]
                );
            }
            "expensive" => {
                assert_eq!(calls(&server, key, 11).await[9..], ["served", "rate_limited"])
            }
            "idempotent" => assert_eq!(hint(key, "idempotentHint"), true),
            "confirm" => {
                // Nobody is there to be asked.
                let called = server.try_call(&ada(), key, json!({})).await;
                assert_eq!(called.unwrap_err().code.0, -32021);
            }
            "open_world" => assert_eq!(hint(key, "openWorldHint"), true),
            "rate" => {
                assert_eq!(calls(&server, key, 4).await[2..], ["served", "rate_limited"]);
                let result = server.call(&ada_too(), key, json!({})).await;
                assert_eq!(code(&result), None, "others have a rate of their own");
            }
            "burst" => assert_eq!(calls(&server, key, 3).await[1..], ["served", "rate_limited"]),
            "per" => {
                assert_eq!(calls(&server, key, 3).await, ["served"; 3]);
                let result = server.call(&ada_too(), key, json!({})).await;
                assert_eq!(code(&result).as_deref(), Some("rate_limited"));
            }
            "timeout" => assert_eq!(once(&server, key).await, "timed_out"),
            "concurrency" => {
                let (one, other) = tokio::join!(once(&server, key), once(&server, key));
                assert_eq!((&*one, &*other), ("served", "busy"));
            }
            "max_output" => assert_eq!(once(&server, key).await, "output_too_large"),
            "name" => {
                assert!(server.tools.get_tool("name").is_none());
                assert_eq!(once(&server, "another.name").await, "served");
            }
            "title" => assert_eq!(shown(key).title.as_deref(), Some("Another name")),
            "allow" => assert_eq!(calls(&server, key, 4).await[2..], ["served", "rate_limited"]),
            "crate" => {
                let schema = shown("elsewhere").output_schema.expect("the one from elsewhere");
                assert_eq!(schema["required"], json!(["elsewhere"]));
                assert!(shown("plain").output_schema.is_none());
            }
            other => panic!("`{other}` is not proved to do anything"),
        }
    }
}

/// Somebody else who has the same.
fn ada_too() -> Caller {
    somebody("grace").with_scopes(["s"]).unwrap()
}
