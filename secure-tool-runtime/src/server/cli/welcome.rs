//! What a newcomer does next: printed when a server with development users listens.

use secrecy::ExposeSecret;
use serde_json::json;

use super::log::say;
use crate::server::HttpServer;

/// Tells the address, the tokens, and how three kinds of clients connect.
pub(super) fn print(name: &str, server: &HttpServer) {
    if server.tokens().next().is_none() {
        say(&format!("{name} listens on {}", server.url()));
        return;
    }
    say(&text(name, server));
}

fn text(name: &str, server: &HttpServer) -> String {
    let url = server.url();
    let tokens: Vec<(&str, &str)> =
        server.tokens().map(|(user, token)| (user, token.expose_secret())).collect();
    let width = tokens.iter().map(|(user, _)| user.len()).max().unwrap_or(0);
    let list: String =
        tokens.iter().map(|(user, token)| format!("  {user:width$}  {token}\n")).collect();
    let (first_user, first_token) = tokens.first().copied().unwrap_or(("", ""));
    let program = std::env::current_exe().unwrap_or_default();
    let desktop = json!({ "mcpServers": { name: {
        "command": program,
        "args": ["serve"],
        "env": { "SECURE_TOOL_CALLER": first_user },
    } } });
    format!(
        r#"
{name} listens on {url}

Users and their bearer tokens, new at every start, for development:

{list}
Look at the tools, as {first_user}:

  npx @modelcontextprotocol/inspector --cli {url} --transport http --method tools/list \
    --header 'Authorization: Bearer {first_token}'

  curl -s {url} -H 'Authorization: Bearer {first_token}' \
    -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \
    -H 'MCP-Protocol-Version: 2025-11-25' \
    -d '{{"jsonrpc":"2.0","id":1,"method":"tools/list"}}'

Or let a desktop client start the server itself, over stdio:

{desktop:#}

Stop with ctrl-C. What happens is recorded below.
"#
    )
}
