//! What a call costs over an in-process pipe: bare rmcp, rmcp secured by hand, and ours, with 1, 10
//! and 100 tools.
//!
//! ```text
//! cargo bench --bench call
//! ```
//!
//! Client and server share one thread; our audit thread runs beside them. All do the same work: the
//! same arguments, the same result.

#[path = "servers/bare.rs"]
mod bare;
#[path = "servers/by_hand.rs"]
mod by_hand;
#[path = "servers/duplex.rs"]
mod duplex;
#[path = "servers/ours.rs"]
mod ours;
#[path = "servers/special.rs"]
mod special;
#[path = "servers/tools.rs"]
mod tools;

use criterion::{Criterion, criterion_group, criterion_main};
use rmcp::handler::server::ServerHandler;
use secure_tool_runtime::audit::Audit;
use tempfile::TempDir;

use crate::duplex::{Call, Duplex, Revision};

macro_rules! size {
    ($c:ident, $size:ident, $count:literal, $revision:expr) => {{
        let group = concat!("served, tools: ", $count);
        let group = &match $revision {
            Revision::Sessions => group.to_owned(),
            Revision::Stateless => format!("{group}, 2026-07-28"),
        };
        let mut measure = Measure { c: $c, group, revision: $revision };
        let call = Call { tool: tools::CALLED, arguments: tools::arguments(), served: true };
        measure.run("a  bare rmcp", bare::$size::Tools, &call);
        measure.run("a2 bare rmcp, cached router", bare::$size::cached(), &call);
        measure.run("b2 by hand, no event", by_hand::$size::by_hand(false), &call);
        {
            // Of this thread, on which everything here runs.
            let _events = tracing::subscriber::set_default(by_hand::json_events());
            measure.run("b  by hand, one JSON event", by_hand::$size::by_hand(true), &call);
        }
        let ada = ours::caller("ada");
        let tools = ours::guarded(ours::$size::tools(), audit_events());
        measure.run("c  ours", tools.for_local(ada.clone()), &call);
        let (audit, _directory) = audit_file();
        let tools = ours::guarded(ours::$size::tools(), audit);
        measure.run("c2 ours, audit file", tools.for_local(ada), &call);
    }};
}

struct Measure<'a> {
    c: &'a mut Criterion,
    group: &'a str,
    revision: Revision,
}

impl Measure<'_> {
    fn run(&mut self, name: &str, handler: impl ServerHandler, call: &Call) {
        self.run_on(name, Duplex::new(handler, self.revision), call);
    }

    fn run_on(&mut self, name: &str, mut duplex: Duplex, call: &Call) {
        let mut group = self.c.benchmark_group(self.group);
        group.bench_function(name, |b| b.iter_custom(|calls| duplex.calls(calls, call)));
    }
}

fn served(c: &mut Criterion) {
    size!(c, one, "1", Revision::Sessions);
    size!(c, ten, "10", Revision::Sessions);
    size!(c, hundred, "100", Revision::Sessions);
    size!(c, ten, "10", Revision::Stateless);
}

/// Next to calls of the same size that are served.
fn refused(c: &mut Criterion) {
    let tools = || ours::guarded(ours::one::tools().and(special::Special), audit_events());
    let (ada, eve) = (ours::caller("ada"), ours::stranger("eve"));
    let served = |tool, arguments| Call { tool, arguments, served: true };
    let refused = |tool, arguments| Call { tool, arguments, served: false };
    let megabyte = tools::with_title(1_000_000);

    let mut measure = Measure { c, group: "refused", revision: Revision::Sessions };
    let cases = [
        ("served", &ada, served(tools::CALLED, tools::arguments())),
        ("forbidden", &eve, refused(tools::CALLED, tools::arguments())),
        ("unknown argument", &ada, refused(tools::CALLED, tools::with_unknown())),
        ("too long by one", &ada, refused(tools::CALLED, tools::with_title(201))),
        ("1 MB served", &ada, served("take_much", megabyte.clone())),
        ("1 MB forbidden", &eve, refused(tools::CALLED, megabyte.clone())),
        ("1 MB too long", &ada, refused(tools::CALLED, megabyte)),
    ];
    for (name, caller, call) in cases {
        measure.run(name, tools().for_local(caller.clone()), &call);
    }
    let mut duplex = Duplex::new(tools().for_local(ada), Revision::Sessions);
    // The one call that is let through.
    duplex.calls(1, &served("seldom", tools::arguments()));
    measure.run_on("rate limited", duplex, &refused("seldom", tools::arguments()));
}

fn audit_events() -> Audit {
    Audit::builder().start().expect("the thread starts")
}

/// An audit log with a file, and the directory that it is in.
fn audit_file() -> (Audit, TempDir) {
    let directory = tempfile::tempdir().expect("there is a temporary directory");
    let file = directory.path().join("audit.jsonl");
    (Audit::builder().file(file).start().expect("the file can be made"), directory)
}

criterion_group!(benches, served, refused);
criterion_main!(benches);
