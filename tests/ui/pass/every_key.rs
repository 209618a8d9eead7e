//! Every key at once arrives in the definition.

use std::time::Duration;

use secure_tool_runtime::__private::{Effect, Per};
use secure_tool_runtime::{Caller, Decision, FreeTool, secure_tool};

/// Does everything.
#[secure_tool(
    scope = ["a:b", "c"],
    role = "admin",
    policy = may,
    effect = destructive,
    expensive,
    idempotent,
    open_world,
    rate = "600/hour",
    burst = 5,
    per = client,
    timeout = "500ms",
    concurrency = 3,
    max_output = "64KiB",
    name = "all.of-it",
    title = "All of it",
    crate = ::secure_tool_runtime,
)]
async fn everything() {}

/// Is generous.
#[secure_tool(scope = "a", effect = read, expensive, rate = "2_000/min", per = tool, max_output = 1_000,
    allow(generous_rate, reason = "  its cost is borne by the caller "))]
async fn generous() {}

/// Is ordinary.
#[secure_tool(public = " everybody may know ", effect = read)]
async fn ordinary() {}

async fn may(_: &Caller, _: &EverythingInput) -> Decision {
    Decision::Allow
}

fn main() {
    let tool = everything::TOOL;
    let policy = tool.policy;
    assert_eq!((tool.name, tool.title), ("all.of-it", Some("All of it")));
    assert_eq!(tool.description, "Does everything.");
    assert_eq!(policy.authorization.scopes, ["a:b", "c"]);
    assert_eq!(policy.authorization.roles, ["admin"]);
    assert_eq!(policy.authorization.policy, Some("may"));
    assert_eq!(policy.effect, Effect::Destructive);
    assert!(policy.expensive && policy.idempotent && policy.open_world);
    assert_eq!(policy.limits.rate.to_string().is_empty(), false);
    assert_eq!((policy.limits.rate.count(), policy.limits.rate.seconds()), (600, 3600));
    assert_eq!(policy.limits.per, Per::Client);
    assert_eq!(policy.limits.timeout, Duration::from_millis(500));
    assert_eq!((policy.limits.concurrency, policy.limits.max_output), (3, 65_536));

    let policy = generous::TOOL.policy;
    assert_eq!(policy.exceptions[0].rule, "generous_rate");
    assert_eq!(policy.exceptions[0].reason, "its cost is borne by the caller");
    assert_eq!((policy.limits.per, policy.limits.max_output), (Per::Tool, 1000));
    assert_eq!(policy.limits.concurrency, 4);

    let policy = ordinary::TOOL.policy;
    assert_eq!(policy.authorization.public, Some("everybody may know"));
    assert_eq!(policy.limits.concurrency, 64);
}
