//! What would the others be?
#![allow(unused)]

use secure_tool_runtime::public_error;

#[public_error]
enum Failure {
    #[internal]
    Io(#[from] std::io::Error, u8),
}

fn main() {}
