//! For clients, or for the log?
#![allow(unused)]

use secure_tool_runtime::public_error;

#[public_error]
enum Failure {
    #[public("Locked.")]
    #[internal]
    Locked,
}

fn main() {}
