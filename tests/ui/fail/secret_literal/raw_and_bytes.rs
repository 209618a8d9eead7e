//! Raw, byte and C literals hold secrets too.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn tool() {
    let pem = r#"-----BEGIN PRIVATE KEY-----
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASC
    -----END PRIVATE KEY-----"#;
    let token = b"ghp_16C7e42F292c6912E7710c83";
    let key = c"AKIAQ3EGTZ5NLK4HWB2V";
}

fn main() {}
