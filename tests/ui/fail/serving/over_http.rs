//! Nor over HTTP, with any other setting.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

/// Say hello.
#[secure_tool(public = "harmless", effect = read)]
async fn hello() -> String {
    "hello".to_owned()
}

async fn serve() {
    let address = ([127, 0, 0, 1], 0).into();
    let _ = Server::new(tools![hello]).name("hello", "1").bind_http(address).await;
}

fn main() {}
