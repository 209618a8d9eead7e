//! Texts that speak of secrets, stand for them or look for them.

use secure_tool_runtime::prelude::*;

/// Looks for secrets in a text.
#[secure_tool(scope = "a", effect = read)]
async fn has_secrets(
    /// From the client.
    text: Text<1, 200>,
) -> bool {
    let examples = ["sk-…", "sk-your-key-here-123", "AKIAIOSFODNN7EXAMPLE", "Bearer <token>"];
    let id = "550e8400-e29b-41d4-a716-446655440000";
    let statement = "UPDATE users SET password=? WHERE token=$1";
    let address = format!("postgres://{}:{}@{}/notes", "a", "b", "c");
    let prefixes = ["ghp_", "AKIA", "-----BEGIN PRIVATE KEY-----", "xoxb-", "eyJ"];
    let token = "next";
    let known = [id, statement, &address, token].contains(&&*text) || examples.contains(&&*text);
    known || prefixes.iter().any(|prefix| text.starts_with(prefix))
}

fn main() {
    let _ = tools![has_secrets];
}
