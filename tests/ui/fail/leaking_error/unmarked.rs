//! Nobody said who may read it.
#![allow(unused)]

use secure_tool_runtime::public_error;

#[public_error]
enum Failure {
    Locked,
    #[public("It is there already.")]
    Exists,
}

#[public_error]
struct Closed;

fn main() {}
