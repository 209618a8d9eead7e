//! The exploits that worked on published servers, against the example `workbench`, over HTTP: each is
//! refused, and nothing has happened.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod files;
mod git;
mod lists;
mod network;
mod reports;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
mod web;
mod world;
