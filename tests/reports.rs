//! The example `reports` over the wire: a client chooses a report, and nothing that it sends is a statement.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::path::Path;

use secure_tool_runtime::sql::Database;
use serde_json::{Value, json};
use support::call;
use support::http::Request;
use support::process::{HttpProcess, clean, example};

async fn shop(directory: &Path) -> HttpProcess {
    let file = directory.join("shop.db");
    let made = Database::sqlite(&file).create().read_write().await.unwrap();
    made.schema(include_str!("../examples/reports/sample.sql")).await.unwrap();
    let mut command = clean(example("reports"));
    command.env("REPORTS_DB", file);
    HttpProcess::start(command)
}

fn query(server: &HttpProcess, user: &str, report: &Value) -> Value {
    let message = call(1, "query", json!({ "report": report }));
    Request::post(server, user, message).send(server).json()
}

fn lines(answer: &Value) -> String {
    let lines = answer["result"]["structuredContent"]["lines"].as_array();
    let line = |line: &Value| format!("{}={} ", line["name"].as_str().unwrap(), line["cents"]);
    lines.unwrap_or_else(|| panic!("{answer}")).iter().map(line).collect()
}

fn sales(by: &str, order: &str) -> Value {
    json!({ "kind": "sales", "from": 2025, "to": 2026, "by": by, "order": order })
}

fn products(text: &str) -> Value {
    json!({ "kind": "products", "text": text, "limit": 10 })
}

#[tokio::test]
async fn clients_choose_reports() {
    let directory = tempfile::tempdir().unwrap();
    let server = shop(directory.path()).await;
    assert_eq!(lines(&query(&server, "alice", &sales("country", "amount"))), "DE=3000 FR=2290 ");
    assert_eq!(lines(&query(&server, "alice", &sales("year", "name"))), "2025=2710 2026=2580 ");
    assert_eq!(
        lines(&query(&server, "alice", &products("OLIVE"))),
        "Olive oil=990 Olives, 500 g=1950 "
    );
    assert_eq!(query(&server, "bob", &products("x"))["result"]["isError"], true);
}

#[tokio::test]
async fn nothing_that_they_send_is_a_statement() {
    let directory = tempfile::tempdir().unwrap();
    let server = shop(directory.path()).await;
    let file = directory.path().join("shop.db");
    let before = std::fs::read(&file).unwrap();
    for text in [
        "'; DROP TABLE orders; --",
        "%' UNION SELECT sql, 1 FROM sqlite_schema --",
        "COMMIT; DELETE FROM orders",
        "ATTACH DATABASE 'x' AS y",
        "' OR 1=1 --",
        "\\",
        "{by}",
    ] {
        assert_eq!(lines(&query(&server, "alice", &products(text))), "", "{text}");
        for report in [sales(text, "name"), sales("country", text)] {
            let answer = query(&server, "alice", &report);
            assert_eq!(answer["result"]["isError"], true, "{answer}");
            assert!(!answer.to_string().contains("DROP"), "{answer}");
        }
    }
    assert_eq!(lines(&query(&server, "alice", &products("%"))), "Coffee, 100% arabica=3870 ");
    let left = server.stop();
    assert!(!left.audit.contains("DROP") && !left.stderr.contains("DROP"), "{left:?}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1, "nothing else was made");
}
