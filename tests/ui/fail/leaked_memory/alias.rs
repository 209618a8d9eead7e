//! Under another name, and with a type written out.
#![allow(unused)]

use secure_tool_runtime::prelude::*;

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn tool(
    /// From the client.
    title: Text<1, 200>,
) {
    use std::boxed::Box as Keep;
    let text: &'static String = Keep::leak(Box::new(title.to_string()));
    let text: &'static str = Box::<str>::leak(title.to_string().into());
}

fn main() {}
