//! In a nested input, in a list, and under another name on the wire.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

#[secure_input]
struct Filter {
    /// Whose.
    #[name = "userId"]
    author: Text<1, 100>,
    /// Of whom.
    #[validate(length(max = 10))]
    owner: Vec<Text<1, 100>>,
}

#[secure_input]
enum Role {
    Reader,
    Admin,
}

#[secure_input]
struct Session {
    /// As what.
    role: Role,
}

fn main() {}
