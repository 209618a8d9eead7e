//! Tools move between threads.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Waits with something that cannot.
#[secure_tool(scope = "a", effect = read)]
async fn tool() {
    let shared = std::rc::Rc::new(1);
    std::future::ready(()).await;
    drop(shared);
}

fn main() {}
