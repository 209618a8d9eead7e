//! Nothing to lift.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read, rate = "1000/min", allow(generous_rate, reason = "why not"))]
async fn tool() {}


#[secure_input]
enum Script {
    Latin,
}

/// Found by name, fine by type.
#[secure_tool(scope = "a", effect = read, allow(sink_name, reason = "why not"))]
async fn write(
    /// In which script.
    script: Script,
) {
}

#[secure_output(allow(secret_field, reason = "why not"))]
struct Account {
    has_password: bool,
}

fn main() {}
