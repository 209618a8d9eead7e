//! Attributes in the wrong places.
#![allow(unused)]

use secure_tool_runtime::{public_error, secure_input, secure_output, secure_tool, secure_tools};

#[secure_tool(scope = "a", effect = read)]
struct Notes;

#[secure_tools]
async fn list() {}

#[secure_input]
async fn input() {}

#[secure_output]
impl Notes {}

#[public_error]
type Failure = ();

fn main() {}
