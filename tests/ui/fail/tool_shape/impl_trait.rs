//! A type has a name.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

/// Takes something.
#[secure_tool(scope = "a", effect = read)]
async fn tool(
    /// Something.
    something: impl Sized,
) -> Result<impl Sized, ()> {
    Ok(())
}

fn main() {}
