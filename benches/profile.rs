//! A fixed number of calls, to be counted by callgrind: instructions do not depend on what else the
//! machine does.
//!
//! ```text
//! CARGO_PROFILE_BENCH_DEBUG=1 cargo bench --bench profile --no-run
//! valgrind --tool=callgrind --toggle-collect='profile::guards' TARGET/release/deps/profile-… guards served 5000
//! valgrind --tool=callgrind --toggle-collect='*Duplex::exchange' TARGET/release/deps/profile-… pipe ours 5000
//! callgrind_annotate --inclusive=yes callgrind.out.…
//! ```
//!
//! `guards`: `take`, `served`, `forbidden`, `rate_limited`, `unknown`, `too_long`. `pipe`: the same, and
//! `bare`, `cached`, `by_hand`, `by_hand_event`. `benches/profile.sh` counts them all.

#[allow(dead_code, reason = "one size is enough")]
#[path = "servers/bare.rs"]
mod bare;
#[allow(dead_code, reason = "one size is enough")]
#[path = "servers/by_hand.rs"]
mod by_hand;
#[allow(dead_code, reason = "one protocol revision is enough")]
#[path = "servers/duplex.rs"]
mod duplex;
#[allow(dead_code, reason = "one size is enough")]
#[path = "servers/ours.rs"]
mod ours;
#[path = "servers/special.rs"]
mod special;
#[allow(dead_code, reason = "the other benchmarks use more of it")]
#[path = "servers/tools.rs"]
mod tools;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use rmcp::handler::server::ServerHandler;
use rmcp::model::{CallToolRequestParams, CallToolResult};
use secure_tool_runtime::audit::Audit;
use secure_tool_runtime::{Caller, GuardedTools};
use tokio_util::sync::CancellationToken;

use crate::duplex::{Call, Duplex, Revision};

fn main() {
    // Cargo adds `--bench`.
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let path = arguments.next().unwrap_or_else(|| "guards".to_owned());
    let scenario = arguments.next().unwrap_or_else(|| "served".to_owned());
    let calls: u32 =
        arguments.next().map_or(200, |calls| calls.parse().expect("a number of calls"));
    match (path.as_str(), scenario.as_str()) {
        ("guards", scenario) => through_guards(scenario, calls),
        (_, "bare") => through_pipe(bare::ten::Tools, &called(), calls),
        (_, "cached") => through_pipe(bare::ten::cached(), &called(), calls),
        (_, "by_hand") => through_pipe(by_hand::ten::by_hand(false), &called(), calls),
        (_, "by_hand_event") => {
            let _events = tracing::subscriber::set_default(by_hand::json_events());
            through_pipe(by_hand::ten::by_hand(true), &called(), calls);
        }
        (_, scenario) => {
            let (caller, call) = case(scenario);
            through_pipe(tools(calls).for_local(caller), &call, calls);
        }
    }
}

fn case(scenario: &str) -> (Caller, Call) {
    let (ada, eve) = (ours::caller("ada"), ours::stranger("eve"));
    let call = |tool, arguments, served| Call { tool, arguments, served };
    match scenario {
        "take" => (ada, call("take", tools::arguments(), true)),
        "forbidden" => (eve, call(tools::CALLED, tools::arguments(), false)),
        "rate_limited" => (ada, call("seldom", tools::arguments(), false)),
        "unknown" => (ada, call(tools::CALLED, tools::with_unknown(), false)),
        "too_long" => (ada, call(tools::CALLED, tools::with_title(201), false)),
        _ => (ada, called()),
    }
}

fn called() -> Call {
    Call { tool: tools::CALLED, arguments: tools::arguments(), served: true }
}

/// With room for all records, so that no call waits for the audit thread.
fn tools(calls: u32) -> GuardedTools {
    let audit = Audit::builder().queue(calls as usize + 64).start().expect("the thread starts");
    ours::guarded(ours::ten::tools().and(special::Special), audit)
}

fn through_pipe(handler: impl ServerHandler, call: &Call, calls: u32) {
    let mut duplex = Duplex::new(handler, Revision::Sessions);
    if call.tool == "seldom" {
        // The one call that is let through.
        duplex.calls(1, &Call { served: true, ..call.clone() });
    }
    duplex.calls(calls.into(), call);
}

fn through_guards(scenario: &str, calls: u32) {
    let (caller, call) = case(scenario);
    let guarded = tools(calls);
    let token = CancellationToken::new();
    for number in 0..calls {
        let params = CallToolRequestParams::new(call.tool).with_arguments(call.arguments.clone());
        let result = guards(&guarded, caller.clone(), params, token.clone());
        // One call of the tool that has a limit is let through.
        let served = call.served || (number == 0 && call.tool == "seldom");
        assert_eq!(result.is_error != Some(true), served, "{result:?}");
    }
}

/// A handler that is ready at once makes the whole call ready at once.
#[inline(never)]
fn guards(
    tools: &GuardedTools,
    caller: Caller,
    call: CallToolRequestParams,
    token: CancellationToken,
) -> CallToolResult {
    let call = pin!(tools.call_as(caller, call, token));
    match call.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result.expect("there is such a tool"),
        Poll::Pending => unreachable!("nothing here waits"),
    }
}
