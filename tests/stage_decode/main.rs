//! The stage *decoded + validated input*: every bound is enforced at its edges, violations are named
//! by path and rule, all at once, and never with the value.

#![allow(clippy::unwrap_used, missing_docs)]

mod inputs;
mod structures;
#[path = "../support/mod.rs"]
mod support;
mod values;
mod violations;

use inputs::Inputs;
use serde_json::{Value, json};
use support::guarded::{Guarded, Runs, guard, somebody};
use support::{CANARY, code, text};

struct Scene {
    guarded: Guarded,
    runs: Runs,
}

fn scene() -> Scene {
    let runs = Runs::default();
    Scene { guarded: guard(Inputs { runs: runs.clone() }), runs }
}

impl Scene {
    /// The lines that list violations; none if the call was served.
    async fn violations(&self, tool: &str, arguments: Value) -> Vec<String> {
        let before = self.runs.get();
        let result = self.guarded.call(&somebody("ada"), tool, arguments).await;
        if code(&result).is_none() {
            assert_eq!(self.runs.get(), before + 1, "it was served");
            return Vec::new();
        }
        assert_eq!(code(&result).as_deref(), Some("invalid_input"), "{result:?}");
        assert_eq!(self.runs.get(), before, "it was refused, and must not run");
        let text = text(&result);
        assert!(!text.contains(CANARY), "{text}");
        let mut lines = text.lines();
        let opening = lines.next();
        assert_eq!(opening, Some("The arguments are not valid. Correct them and call again:"));
        lines.map(|line| line.strip_prefix("- ").expect(line).to_owned()).collect()
    }

    async fn accepts(&self, field: &str, values: impl IntoIterator<Item = Value>) {
        for value in values {
            let violations = self.violations("take", json!({ field: value })).await;
            assert_eq!(violations, [""; 0], "{field} = {value}");
        }
    }

    async fn refuses(&self, field: &str, demand: &str, values: impl IntoIterator<Item = Value>) {
        for value in values {
            let violations = self.violations("take", json!({ field: value })).await;
            let path = if demand.starts_with('`') {
                demand.to_owned()
            } else {
                format!("`$.{field}` {demand}")
            };
            let start: String = value.to_string().chars().take(60).collect();
            assert_eq!(violations, [path], "{field} = {start}");
        }
    }
}
