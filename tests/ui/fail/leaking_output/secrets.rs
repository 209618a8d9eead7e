//! Secrets, in whatever they are wrapped, and untyped JSON under another name.
#![allow(unused)]

use secrecy::SecretString;
use secure_tool_runtime::prelude::*;

type Anything = serde_json::Value;

#[secure_output]
struct Note {
    direct: SecretString,
    optional: Option<SecretString>,
    anything: Anything,
}

/// Returns a secret.
#[secure_tool(scope = "a", effect = read)]
async fn direct() -> SecretString {
    "".into()
}

/// Returns a secret.
#[secure_tool(scope = "a", effect = read)]
async fn optional() -> Option<SecretString> {
    None
}

/// Returns anything.
#[secure_tool(scope = "a", effect = read)]
async fn anything() -> Result<Anything, String> {
    Ok(Anything::Null)
}

fn main() {}
