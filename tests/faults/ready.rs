//! What balancers are told while records of calls cannot be written.

use std::fs;

use secure_tool_runtime::audit::Audit;
use serde_json::json;

use crate::support::{bounded, call};
use crate::world::{World, limits};

#[tokio::test]
async fn a_server_that_cannot_record_calls_is_not_ready() {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("log");
    fs::create_dir(&home).unwrap();
    let audit = Audit::builder().file(home.join("audit.jsonl")).start().unwrap();
    let world = World::with(limits(), |server| server.audit(audit)).await;
    let mut watcher = world.client().await;
    watcher.headers.clear();
    let mut caller = world.client().await;
    assert_eq!(watcher.get("GET", "/readyz").await.status(), 200);

    fs::remove_dir_all(&home).unwrap();
    // This one is found out to be lost only when it is over.
    assert_eq!(caller.post(&call(1, "who", json!({}))).await.result()["isError"], false);
    let told = async |status: u16, watcher: &mut crate::clients::Client<_>| loop {
        let answer = watcher.get("GET", "/readyz").await;
        if answer.status() == status {
            return answer.body;
        }
    };
    let told_so = bounded("another answer", told(503, &mut watcher)).await;
    assert_eq!(told_so, "audit records cannot be written\n");
    assert_eq!(watcher.get("GET", "/healthz").await.status(), 200, "it still lives");
    assert_eq!(caller.post(&call(2, "who", json!({}))).await.result()["isError"], true);

    fs::create_dir(&home).unwrap();
    assert_eq!(bounded("another answer", told(200, &mut watcher)).await, "ready\n");
    drop((watcher, caller));
    world.stop_well().await;
}
