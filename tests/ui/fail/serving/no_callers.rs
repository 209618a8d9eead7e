use secure_tool_runtime::prelude::*;

/// Say hello.
#[secure_tool(public = "harmless", effect = read)]
async fn hello() -> String {
    "hello".to_owned()
}

async fn serve() {
    Server::new(tools![hello]).cli().await;
}

fn main() {}
