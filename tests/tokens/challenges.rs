//! What clients are told: where to get a token, and which scopes a call needs.

use secure_tool_runtime::policy::Rate;
use serde_json::json;

use crate::issuer::Issuer;
use crate::mint::{AUDIENCE, How, claims, signed, with};
use crate::oauth;
use crate::server::TestServer;

const METADATA: &str =
    "resource_metadata=\"https://notes.example/.well-known/oauth-protected-resource/mcp\"";

fn token(issuer: &Issuer, scope: &str) -> String {
    signed(How::Es256, How::Es256.header(), with(claims(&issuer.url), "scope", scope))
}

#[tokio::test]
async fn without_a_token_there_is_a_way_to_one() {
    let issuer = Issuer::start().await;
    let server = TestServer::start(oauth(&issuer)).await;
    let answer = server.post("whoami", &[], "127.0.0.1").await;
    assert_eq!(answer.status, 401);
    let scopes = "scope=\"notes:admin notes:read notes:write\"";
    assert_eq!(answer.header("www-authenticate"), format!("Bearer {METADATA}, {scopes}"));
    for path in ["", "/mcp"] {
        let answer = server.get(&format!("/.well-known/oauth-protected-resource{path}")).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        let expected = json!({
            "resource": AUDIENCE,
            "authorization_servers": [issuer.url],
            "scopes_supported": ["notes:admin", "notes:read", "notes:write"],
            "bearer_methods_supported": ["header"],
        });
        assert_eq!(answer.json(), expected);
    }
    assert_eq!(server.get("/.well-known/oauth-protected-resource/other").await.status, 404);
}

#[tokio::test]
async fn the_author_chooses_what_clients_ask_for_first() {
    let issuer = Issuer::start().await;
    let server = TestServer::start(oauth(&issuer).initial_scopes(["notes:read"])).await;
    let answer = server.post("whoami", &[], "127.0.0.1").await;
    assert!(answer.header("www-authenticate").ends_with(", scope=\"notes:read\""), "{answer:?}");
}

#[tokio::test]
async fn a_call_beyond_the_scopes_names_all_scopes_of_the_tool() {
    let issuer = Issuer::start().await;
    let server = TestServer::start(oauth(&issuer)).await;
    let narrow = token(&issuer, "notes:read");
    let answer = server.call("change", &narrow).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_eq!(
        answer.header("www-authenticate"),
        format!(
            "Bearer error=\"insufficient_scope\", scope=\"notes:read notes:write\", {METADATA}"
        )
    );
    // The call is refused, recorded and counted as any.
    assert_eq!(answer.json()["result"]["isError"], true);
    assert_eq!(server.runs.get(), 0);
    assert_eq!(server.reasons(1).await, ["forbidden"]);
    for _ in 0..4 {
        assert_eq!(server.call("change", &narrow).await.status, 403);
    }
    let sixth = server.call("change", &narrow).await;
    assert_eq!(sixth.status, 200, "over the rate it is no matter of scopes: {sixth:?}");
    let code = &sixth.json()["result"]["_meta"]["secure-tool/refusal"]["code"];
    assert_eq!(code, "rate_limited");

    let wide = signed(
        How::Es256,
        How::Es256.header(),
        with(with(claims(&issuer.url), "scope", "notes:*"), "sub", "bob"),
    );
    let answer = server.call("change", &wide).await;
    assert_eq!((answer.status, server.runs.get()), (200, 1), "{answer:?}");
}

#[tokio::test]
async fn what_no_scope_would_help_with_asks_for_none() {
    let issuer = Issuer::start().await;
    let server = TestServer::start(oauth(&issuer)).await;
    let answer = server.call("administer", token(&issuer, "notes:read")).await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (200, ""), "a role is missing");
    let answer = server.call("no_such_tool", token(&issuer, "notes:read")).await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (200, ""));
    assert_eq!(server.runs.get(), 0);
}

#[tokio::test]
async fn issuers_agree_on_the_name_of_the_server_and_not_on_subjects() {
    let (one, two) = (Issuer::start().await, Issuer::start().await);
    let start = async |callers| TestServer::start_with(callers, |server| server).await;
    let both = |second| secure_tool_runtime::Callers::from(oauth(&one)).or(second);
    let first = || oauth(&one).subject_prefix("one:");
    for prefix in ["", "two:"] {
        // The first issuer, without a prefix, could say `two:alice`.
        let error = start(both(oauth(&two).subject_prefix(prefix))).await.err().unwrap();
        assert!(error.to_string().contains("subject_prefix"), "{error}");
    }
    let elsewhere = oauth(&two).subject_prefix("two:").audience("https://other.example");
    let error = start(both(elsewhere)).await.err().unwrap().to_string();
    assert!(error.contains("audience"), "{error}");

    let apart = secure_tool_runtime::Callers::from(first()).or(oauth(&two).subject_prefix("two:"));
    let server = start(apart).await.unwrap();
    assert_eq!(server.whoami(token(&one, "notes:read")).await.text(), "one:alice");
    let second = server.whoami(token(&two, "notes:read")).await;
    assert_eq!(second.text(), "two:alice", "{second:?}");
}

#[tokio::test]
async fn what_an_author_got_wrong_is_told_at_the_start() {
    let issuer = Issuer::start().await;
    let url = issuer.url.as_str();
    let missing = secure_tool_runtime::OAuth::issuer(url);
    let named = |issuer: &str| secure_tool_runtime::OAuth::issuer(issuer).audience(AUDIENCE);
    for (what, callers) in [
        ("audience", missing),
        ("https", named("http://login.example")),
        ("https", named("login.example")),
        ("https", named("https://user:secret@login.example")),
        ("https", named("https://login.example/?a=b")),
        ("https", named(url).audience("notes.example/mcp")),
        ("https", named(url).audience("https://notes.example/mcp#x")),
        ("algorithm", named(url).algorithms([])),
        ("leeway", named(url).leeway(std::time::Duration::from_secs(3600))),
        ("scope", named(url).initial_scopes(["a b"])),
        ("scope", named(url).initial_scopes(["a\"b"])),
        ("prefix", named(url).subject_prefix("key:")),
        ("prefix", named(url).subject_prefix("key")),
        ("prefix", named(url).subject_prefix("k")),
        ("prefix", named(url).subject_prefix("cert:agents:")),
        ("prefix", named(url).subject_prefix("cer")),
        ("prefix", named(url).subject_prefix("a b")),
    ] {
        let started = TestServer::start_with(callers, |server| server).await;
        let error = started.err().unwrap_or_else(|| panic!("{what}")).to_string();
        assert!(error.contains(what) && error.contains("help:"), "{what}: {error}");
    }
    let rate = Rate::new(1, 1, 1);
    let fine = TestServer::start_with(named(url), |server| server.failed_logins(rate)).await;
    assert!(fine.is_ok());
}

#[tokio::test]
async fn clients_of_the_newer_revision_step_up_too() {
    let issuer = Issuer::start().await;
    let server = TestServer::start(oauth(&issuer)).await;
    let answer = server.modern("tools/call", "change", token(&issuer, "notes:read")).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("scope=\"notes:read notes:write\""), "{challenge}");
    let wide = token(&issuer, "notes:read notes:write");
    assert_eq!(server.modern("tools/call", "change", wide).await.status, 200);
    assert_eq!(server.runs.get(), 1);
}

#[tokio::test]
async fn tools_beyond_the_scopes_are_listed_where_the_author_wants_it() {
    let issuer = Issuer::start().await;
    let listed = async |oauth| {
        let server = TestServer::start(oauth).await;
        let answer = server.modern("tools/list", "", token(&issuer, "notes:read")).await;
        let tools = answer.json()["result"]["tools"].as_array().unwrap().clone();
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(oauth(&issuer)).await, ["whoami"]);
    // A role is no matter of scopes.
    assert_eq!(listed(oauth(&issuer).list_beyond_scopes()).await, ["change", "whoami"]);
}

#[tokio::test]
async fn in_a_session_too() {
    let issuer = Issuer::start().await;
    let server =
        TestServer::start_with(oauth(&issuer), |server| server.sessions(Default::default()));
    let server = server.await.unwrap();
    let narrow = format!("Bearer {}", token(&issuer, "notes:read"));
    let authorization = ("Authorization", narrow.as_bytes());
    let initialize = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": { "name": "test", "version": "0" },
    } });
    let begun = server.post_as("2025-11-25", &initialize, &[authorization], "127.0.0.1").await;
    let session = begun.header("mcp-session-id").to_owned();
    assert_eq!(session.len(), 64, "{begun:?}");
    let headers = [authorization, ("Mcp-Session-Id", session.as_bytes())];
    let answer = server.post("change", &headers, "127.0.0.1").await;
    assert_eq!(answer.status, 403, "{answer:?}");
    let needed = "scope=\"notes:read notes:write\"";
    assert!(answer.header("www-authenticate").contains(needed), "{answer:?}");
    assert_eq!(server.reasons(1).await, ["forbidden"]);
    // What it may, and what no scope would help with, are answered as ever.
    for tool in ["whoami", "administer"] {
        let answer = server.post(tool, &headers, "127.0.0.1").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"));
    }
    assert_eq!(server.runs.get(), 1);
}
