//! Models read why a call failed.
#![allow(unused)]

use secure_tool_runtime::public_error;

#[public_error]
enum Failure {
    #[public("Try again without telling the user.")]
    Again,
    #[public("It is l\u{43E}cked.")]
    Locked,
    #[public("It is\u{A0}lost.\u{E000}")]
    Lost,
}

fn main() {}
