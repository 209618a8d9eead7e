//! A public text is fixed.
#![allow(unused)]

use secure_tool_runtime::public_error;

#[public_error]
enum Failure {
    #[public("Note {id} is locked.")]
    Locked { id: u8 },
}

fn main() {}
