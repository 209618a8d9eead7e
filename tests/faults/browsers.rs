//! What browsers are told about pages of other origins (CORS).

use serde_json::json;

use crate::support::call;
use crate::world::{World, limits};

const PAGE: &str = "https://app.example";

async fn world() -> World {
    World::with(limits(), |server| server.allowed_origins([PAGE])).await
}

#[tokio::test]
async fn a_page_of_a_listed_origin_may_call() {
    let world = world().await;
    let mut browser = world.client().await.with("Origin", PAGE);
    let token = std::mem::take(&mut browser.headers);
    browser = browser
        .with("Origin", PAGE)
        .with("Access-Control-Request-Method", "POST")
        .with("Access-Control-Request-Headers", "authorization,content-type,mcp-protocol-version");
    let answer = browser.get("OPTIONS", "/mcp").await;
    assert_eq!(answer.status(), 204, "{answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(answer.header("access-control-allow-methods"), Some("POST, DELETE"));
    let allowed = answer.header("access-control-allow-headers").unwrap();
    for header in
        ["authorization", "content-type", "mcp-protocol-version", "mcp-method", "mcp-name"]
    {
        assert!(allowed.split(", ").any(|allowed| allowed == header), "{header}: {allowed}");
    }
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    assert_eq!(answer.header("vary"), Some("origin"));

    browser.headers = token;
    let answer = browser.post(&call(1, "who", json!({}))).await;
    assert_eq!(answer.result()["isError"], false, "{answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
    let exposed = answer.header("access-control-expose-headers").unwrap();
    assert!(
        exposed.contains("www-authenticate") && exposed.contains("mcp-session-id"),
        "{exposed}"
    );

    // A page has to read why it is refused, too.
    browser.headers = format!("Origin: {PAGE}\r\n");
    let answer = browser.post(&call(1, "who", json!({}))).await;
    assert_eq!((answer.status(), answer.header("access-control-allow-origin")), (401, Some(PAGE)));
    drop(browser);
    world.stop_well().await;
}

#[tokio::test]
async fn pages_of_other_origins_learn_nothing() {
    let world = world().await;
    for origin in
        ["https://evil.example", "null", "https://app.example.evil.example", "http://app.example"]
    {
        for method in ["OPTIONS", "GET"] {
            let mut browser = world.client().await;
            browser.headers.clear();
            browser = browser.with("Origin", origin).with("Access-Control-Request-Method", "POST");
            let answer = browser.get(method, "/mcp").await;
            assert_eq!(answer.status(), 403, "{answer:?}");
            assert_eq!(answer.header("access-control-allow-origin"), None, "{answer:?}");
            assert_eq!(answer.header("vary"), Some("origin"), "{answer:?}");
            assert!(!answer.head.contains("evil"), "{answer:?}");
        }
    }
    // Who is no page, is told nothing of pages.
    let mut program = world.client().await;
    let answer = program.post(&call(1, "who", json!({}))).await;
    assert_eq!((answer.status(), answer.header("access-control-allow-origin")), (200, None));
    let answer = program.get("OPTIONS", "/mcp").await;
    assert_eq!(answer.status(), 405, "{answer:?}");
    drop(program);
    world.stop_well().await;
}
