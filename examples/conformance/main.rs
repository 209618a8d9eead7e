//! The fixture of the MCP conformance suite: its tools written with our attributes, served by our server.
//!
//! ```console
//! $ cargo run --example conformance -- serve --http 127.0.0.1:0 --ready-file ready.json
//! ```
//!
//! `.ci/conformance` starts it and runs the suite against it, for both revisions. With
//! `CONFORMANCE_TOOLS_ALONE` set, it serves the tools without a handler around them: then most calls are served
//! without rmcp's service.

#![allow(deprecated, reason = "the suite checks sampling, roots and logging, too")]

mod handler;
mod questions;
mod resources;
mod subscriptions;
mod tools;

use std::process::ExitCode;
use std::sync::Arc;

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::server::Sessions;

use handler::Handler;
use subscriptions::Subscriptions;
use tools::Fixtures;

#[tokio::main]
async fn main() -> ExitCode {
    let subscriptions = Arc::new(Subscriptions::default());
    let fixtures = Fixtures { subscriptions: Arc::clone(&subscriptions) };
    // The suite sends no token.
    let callers = DevelopmentUsers::new().anybody("suite", &["conformance"], &[]);
    let server =
        Server::new(fixtures).name("conformance", env!("CARGO_PKG_VERSION")).callers(callers);
    if std::env::var_os("CONFORMANCE_TOOLS_ALONE").is_some() {
        return server.cli().await;
    }
    server
        .sessions(Sessions::default())
        .handler(move |tools| Handler { tools, subscriptions: Arc::clone(&subscriptions) })
        .cli()
        .await
}
