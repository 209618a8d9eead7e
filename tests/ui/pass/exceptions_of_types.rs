//! Rules that are lifted for a type are in the manifest of each tool that uses it, and nowhere else.
use secure_tool_runtime::manifest::Manifest;
use secure_tool_runtime::prelude::*;

#[secure_input(allow(sink_name, reason = "looked up in a table"))]
struct Page {
    /// Which page of the handbook.
    path: Text<1, 100>,
}

#[secure_output(allow(secret_field, reason = "shown once, to whom it belongs"))]
struct Invitation {
    token: String,
}

/// Invite to a page.
#[secure_tool(scope = "a", effect = write, allow(sink_name, reason = "an id of ours"))]
async fn invite(
    /// To which pages.
    pages: List<Page, 1, 3>,
    /// From which.
    file: Text<1, 10>,
) -> Invitation {
    let token = pages.iter().map(|page| page.path.len()).sum::<usize>() + file.len();
    Invitation { token: token.to_string() }
}

/// List invitations.
#[secure_tool(scope = "a", effect = read)]
async fn invitations() -> Vec<Invitation> {
    Vec::new()
}

#[secure_input(tag = "kind", allow(sink_name, reason = "a key"))]
enum Target {
    All,
    Page {
        /// Which page of the handbook.
        path: Text<1, 100>,
    },
}

/// Visit a page.
#[secure_tool(scope = "a", effect = read)]
async fn visit(
    /// Which.
    target: Target,
) {
    if let Target::Page { path } = target {
        drop(path);
    }
}

fn main() {
    let manifest = Manifest::of(&tools![invite]).and_then(|m| m.to_canonical_json());
    let manifest = manifest.expect("a manifest");
    let exceptions = r#""exceptions":[{"reason":"an id of ours","rule":"sink_name"},{"reason":"shown once, to whom it belongs","rule":"secret_field","type":"Invitation"},{"reason":"looked up in a table","rule":"sink_name","type":"Page"}]"#;
    assert!(manifest.contains(exceptions), "{manifest}");
    assert_eq!(manifest.matches("looked up in a table").count(), 1);
    let manifest = Manifest::of(&tools![invitations]).and_then(|m| m.to_canonical_json());
    let exceptions = r#""rule":"secret_field","type":"Invitation"}]"#;
    assert!(manifest.expect("a manifest").contains(exceptions));
    let manifest = Manifest::of(&tools![visit]).and_then(|m| m.to_canonical_json());
    let exceptions = r#"{"reason":"a key","rule":"sink_name","type":"Target"}"#;
    assert!(manifest.expect("a manifest").contains(exceptions));
}
