//! Into the statements of reports, and to the orders of others.

use serde_json::json;

use crate::support::call;
use crate::support::http::Request;
use crate::world::World;

fn report(order: &str, article: &str) -> serde_json::Value {
    json!({ "report": "revenue_by_article", "order": order, "article": article })
}

#[test]
fn reports_are_about_the_callers_own_orders() {
    let world = World::new();
    let all = json!({ "report": "revenue_by_article", "order": "revenue" });
    assert_eq!(
        world.served("query", all.clone()),
        r#"[{"name":"100% cotton","cents":2000},{"name":"tea","cents":500}]"#
    );
    let by_day = json!({ "report": "revenue_by_day", "order": "name", "article": "tea" });
    assert_eq!(
        world.served("query", by_day),
        r#"[{"name":"2026-11-01","cents":450},{"name":"2026-11-02","cents":50}]"#
    );
    let request = Request::post(&world.server, "reader", call(1, "query", all));
    let answer = request.send(&world.server).json();
    assert_eq!(answer["result"]["content"][0]["text"], "[]", "{answer}");
}

#[test]
fn text_is_text_in_every_statement() {
    let world = World::new();
    let out = world.at("out.db");
    // Short: a text has a hundred characters.
    let attach = format!("';ATTACH '{}' AS o;CREATE TABLE o.t(x);--", out.display());
    let texts = [
        "tea' OR '1'='1",
        "' OR 1=1 --",
        "'; COMMIT; DROP TABLE orders; --",
        "COMMIT; DROP TABLE orders",
        &attach,
        "' UNION SELECT article, cents FROM orders --",
        "'; PRAGMA writable_schema = 1; --",
        "' || load_extension('/tmp/x.so') || '",
        // Wildcards are characters.
        "%",
        "_",
        "\\",
        "CANARY",
    ];
    world.unchanged(|| {
        for text in texts {
            let told = world.served("query", report("name", text));
            let expected =
                if text == "%" { r#"[{"name":"100% cotton","cents":2000}]"# } else { "[]" };
            assert_eq!(told, expected, "{text}");
        }
    });
}

#[test]
fn what_is_not_a_value_is_a_choice() {
    let world = World::new();
    world.unchanged(|| {
        for order in ["cents; DROP TABLE orders", "1; COMMIT", "(SELECT 1)", "owner", "Name", ""] {
            world.refused("query", report(order, "tea"));
        }
        world.refused("query", json!({ "report": "article", "order": "name" }));
        world.refused("query", json!({ "sql": "SELECT * FROM orders" }));
        world.refused("query", report("name", "tea\u{0}"));
    });
}
