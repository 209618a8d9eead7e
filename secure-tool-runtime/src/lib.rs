//! MCP tools that are secure because they compile.
//!
//! An attribute on a function generates its bounded input type, authorization check, rate limit,
//! sanitised errors and manifest entry, and refuses signatures that are not safe. This crate, on the
//! official SDK `rmcp`, enforces all of it on every transport.
//!
//! ```no_run
//! use secure_tool_runtime::prelude::*;
//!
//! /// Greet somebody.
//! #[secure_tool(public = "says nothing but hello", effect = read)]
//! async fn greet(
//!     /// Whom to greet.
//!     #[validate(length(min = 1, max = 50))]
//!     name: String,
//! ) -> String {
//!     format!("Hello, {name}!")
//! }
//!
//! # #[cfg(feature = "cli")]
//! #[tokio::main]
//! async fn main() -> std::process::ExitCode {
//!     Server::new(tools![greet]).callers(LocalCaller::from_env()).cli().await
//! }
//! # #[cfg(not(feature = "cli"))]
//! # fn main() {}
//! ```
//!
//! Where to look: [`secure_tool`] for the grammar, [`Server`] for serving, [`input`] and [`output`]
//! for what may come in and go out, [`policy`] for what a tool declares, [`audit`] for what is
//! recorded, [`manifest`] for what is offered.

#![cfg_attr(test, allow(clippy::unwrap_used))]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod advertise;
mod alike;
pub mod audit;
pub mod authorizer;
mod caller;
mod context;
mod digits;
mod entry;
mod error;
mod exceptions;
mod exchange;
mod guarded_tools;
mod guards;
pub mod input;
mod kind;
pub mod manifest;
#[cfg(feature = "metrics")]
pub mod metrics;
pub mod output;
mod pipeline;
pub mod policy;
pub mod prelude;
#[cfg_attr(
    not(feature = "http"),
    allow(dead_code, reason = "keys of servers are read for HTTP only")
)]
mod private_file;
pub mod rate_limit;
mod resource;
pub mod server;
#[cfg(feature = "redis")]
pub mod shared;
mod span;
mod tool;
mod tool_set;
mod trace_context;

pub use caller::{Caller, InvalidName, Subject};
pub use context::{Client, Context, Injected};
pub use error::{Decision, IntoDecision, PublicError, REFUSAL_KEY, Refusal};
pub use guarded_tools::GuardedTools;
pub use input::{Input, Int, List, Map, OutOfBounds, Text};

pub use output::{Content, Output, Untrusted};
#[cfg(all(feature = "command", target_os = "linux"))]
pub use resource::command;
#[cfg(feature = "fetch")]
pub use resource::fetch;
#[cfg(all(feature = "files", unix))]
pub use resource::files;
pub use resource::handle as handles;
pub use resource::owned::{self, Owned, OwnedResource, Wanted};
pub use resource::secrets::{self, Secrets};
#[cfg(feature = "sql")]
pub use resource::sql;
pub use secure_tool_macros::{
    Secrets, public_error, secure_input, secure_output, secure_tool, secure_tools,
};
#[cfg(feature = "http")]
pub use server::ApiKeys;
#[cfg(feature = "oauth")]
pub use server::OAuth;
pub use server::{Callers, DevelopmentUsers, LocalCaller, Server};
pub use tool::{FreeTool, Reply, SecureTools, ToolDefinition};
pub use tool_set::ToolSet;

/// The README's examples are tests.
#[cfg(all(doctest, feature = "full"))]
#[doc = include_str!("../../README.md")]
struct Readme;
