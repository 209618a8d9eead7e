//! The smallest useful server: one tool that anybody may call, over standard input and output.
//!
//! ```text
//! cargo run --example hello             # serve; an MCP client starts it like this
//! cargo run --example hello manifest    # what it offers, and to whom
//! ```

use std::process::ExitCode;

use secure_tool_runtime::prelude::*;

/// Greet somebody by name.
#[secure_tool(public = "a greeting tells nothing", effect = read)]
async fn hello(
    /// Whom to greet.
    #[validate(length(min = 1, max = 100))]
    name: String,
) -> String {
    format!("Hello, {name}!")
}

#[tokio::main]
async fn main() -> ExitCode {
    Server::new(tools![hello]).callers(LocalCaller::from_env()).cli().await
}
