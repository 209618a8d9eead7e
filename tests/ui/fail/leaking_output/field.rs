//! Fields are disclosed only if their types are.
#![allow(unused)]

use secure_tool_runtime::secure_output;

struct Secret;

#[secure_output]
struct Note {
    secret: Secret,
    all: Option<Vec<Secret>>,
    json: serde_json::Value,
    #[sensitive]
    kept: Secret,
}

#[secure_output]
struct Wrapper(Secret);

fn main() {}
