//! Descriptions in every form that the compiler knows.
use secure_tool_runtime::prelude::*;

/**
 * Find notes.
 *
 * The newest come first.
 */
#[secure_tool(scope = "a", effect = read)]
async fn find(
    #[doc = "What to look for."] search: Text<1, 100>,
    /** Where to begin. */ from: u16,
    /// How many at most.
    ///
    /// Ten if nothing is said.
    limit: Option<Int<1, 10>>,
) -> String {
    format!("{search} {from} {limit:?}")
}

fn main() {
    let manifest = secure_tool_runtime::manifest::Manifest::of(&tools![find]);
    let manifest = manifest.and_then(|manifest| manifest.to_canonical_json()).expect("JSON");
    for text in ["Find notes.\\n\\nThe newest come first.", "\"Where to begin.\"", "at most.\\n\\nTen if"] {
        assert!(manifest.contains(text), "{manifest}");
    }
}
