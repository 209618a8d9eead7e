//! Not over stdio either.
#![allow(unused)]
use secure_tool_runtime::prelude::*;
use tokio_util::sync::CancellationToken;

/// Say hello.
#[secure_tool(public = "harmless", effect = read)]
async fn hello() -> String {
    "hello".to_owned()
}

async fn serve(shutdown: CancellationToken) {
    let _ = Server::new(tools![hello]).serve_stdio(shutdown).await;
}

fn main() {}
