//! What `tools!` takes.
#![allow(unused)]

use secure_tool_runtime::{ToolSet, tools};

async fn plain() {}

struct Notes;

fn collect() {
    let _ = tools![plain];
    let _ = ToolSet::new(Notes);
}

fn main() {}
