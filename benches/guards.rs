//! What the guards cost without a transport: rate permit, authorization, decoding, validation, the
//! handler's result, and the audit record.
//!
//! ```text
//! cargo bench --bench guards
//! ```
//!
//! “Handed over” is the time until the caller has its answer, while the audit thread works beside it.
//! “Written” is the processor time of all threads, until the records are in the file: what a call
//! costs altogether. Making the arguments is not measured, dropping the result is.

#[allow(dead_code, reason = "one size is enough")]
#[path = "servers/ours.rs"]
mod ours;
#[path = "servers/special.rs"]
mod special;
#[allow(dead_code, reason = "the transport's benchmarks use more of it")]
#[path = "servers/tools.rs"]
mod tools;

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use rmcp::model::{CallToolRequestParams, JsonObject};
use rustix::time::{ClockId, clock_gettime};
use secure_tool_runtime::audit::Audit;
use secure_tool_runtime::{Caller, GuardedTools};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// Calls that are prepared at a time: few enough to stay in the processor's cache, as they are when a
/// transport has just read one.
const BATCH: usize = 64;

/// Batches between two waits for the audit thread: fewer records than its queue takes. Waiting after
/// each batch would put it to sleep, and the next call would have to wake it.
const BATCHES: usize = 32;

/// Calls whose records are waited for: what it takes to wait is spread over them.
const WRITTEN: usize = 512;

/// Tools with what it takes to call them.
struct Bench {
    runtime: Runtime,
    tools: GuardedTools,
    audit: Audit,
}

/// What is called, by whom, and what is to come of it.
struct Case {
    tool: &'static str,
    arguments: JsonObject,
    callers: Vec<Caller>,
    served: bool,
}

impl Case {
    fn served(tool: &'static str) -> Self {
        Case {
            tool,
            arguments: tools::arguments(),
            callers: vec![ours::caller("ada")],
            served: true,
        }
    }

    fn refused(tool: &'static str, arguments: JsonObject) -> Self {
        Case { arguments, served: false, ..Case::served(tool) }
    }

    fn prepare(&self, caller: &Caller) -> Prepared {
        Prepared {
            caller: caller.clone(),
            call: CallToolRequestParams::new(self.tool).with_arguments(self.arguments.clone()),
            cancelled: CancellationToken::new(),
        }
    }

    fn by(self, callers: Vec<Caller>) -> Self {
        Case { callers, ..self }
    }
}

impl Bench {
    fn new(audit: Audit) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let tools = ours::guarded(ours::one::tools().and(special::Special), audit.clone());
        Bench { runtime: runtime.expect("a runtime starts"), tools, audit }
    }

    /// Calls, and gives the time from call to answer.
    fn handed_over(&self, calls: u64, case: &Case) -> Duration {
        let mut spent = Duration::ZERO;
        self.in_batches(calls, case, BATCH, |batch| {
            let started = Instant::now();
            self.runtime.block_on(self.call_all(batch, case.served));
            spent += started.elapsed();
        });
        spent
    }

    /// Calls, and gives the processor time that all threads needed until the records were written.
    fn written(&self, calls: u64, case: &Case) -> Duration {
        let mut spent = Duration::ZERO;
        self.in_batches(calls, case, WRITTEN, |batch| {
            let before = processor_time();
            self.runtime.block_on(self.call_all(batch, case.served));
            self.flush();
            spent += processor_time() - before;
        });
        spent
    }

    fn in_batches(&self, calls: u64, case: &Case, size: usize, mut run: impl FnMut(Vec<Prepared>)) {
        // Long arguments would not stay in the cache in any number.
        let long = case.arguments["title"].as_str().is_some_and(|title| title.len() > 1000);
        let size = if long { 8 } else { size };
        let mut callers = case.callers.iter().cycle();
        let mut left = usize::try_from(calls).expect("it fits");
        for batches in 1.. {
            let started = Instant::now();
            let batch: Vec<_> =
                callers.by_ref().take(left.min(size)).map(|caller| case.prepare(caller)).collect();
            left -= batch.len();
            run(batch);
            if left == 0 || batches % BATCHES == 0 {
                self.flush();
            }
            if left == 0 {
                return;
            }
            // A call a microsecond is what the rate allows.
            while started.elapsed() < Duration::from_micros(size as u64) {
                std::hint::spin_loop();
            }
        }
    }

    fn flush(&self) {
        self.audit.flush_blocking(Duration::from_secs(10)).expect("the audit log works");
    }

    async fn call_all(&self, batch: Vec<Prepared>, served: bool) {
        for Prepared { caller, call, cancelled } in batch {
            let result =
                self.tools.call_as(caller, call, cancelled).await.expect("there is such a tool");
            assert_eq!(result.is_error != Some(true), served, "{result:?}");
        }
    }
}

struct Prepared {
    caller: Caller,
    call: CallToolRequestParams,
    cancelled: CancellationToken,
}

/// Of all threads of this process.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let (seconds, nanoseconds) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.expect("it began at zero"), nanoseconds.expect("it is below a second"))
}

fn events() -> Audit {
    Audit::builder().start().expect("the thread starts")
}

fn served(c: &mut Criterion) {
    let mut group = c.benchmark_group("guards, served");
    let bench = Bench::new(events());
    for (name, tool) in
        [("nothing returned, handed over", "take"), ("note returned, handed over", tools::CALLED)]
    {
        let case = Case::served(tool);
        group.bench_function(name, |b| b.iter_custom(|calls| bench.handed_over(calls, &case)));
    }
    let directory = tempfile::tempdir().expect("there is a temporary directory");
    let file = directory.path().join("audit.jsonl");
    let bench = Bench::new(Audit::builder().file(file).start().expect("the file can be made"));
    for (name, tool) in
        [("nothing returned, written", "take"), ("note returned, written", tools::CALLED)]
    {
        let case = Case::served(tool);
        group.bench_function(name, |b| b.iter_custom(|calls| bench.written(calls, &case)));
    }
}

const CALLERS: &str = "guards, callers";

/// True if the command line asks for these measurements. Criterion sees to its own groups; here, a filter
/// is part of the name of the group, and `--test` and `--list` ask for none.
fn is_wanted(group: &str) -> bool {
    let mut filters = std::env::args().skip(1);
    filters.all(|argument| match argument.strip_prefix("--") {
        Some(flag) => flag != "test" && flag != "list",
        None => group.contains(&argument),
    })
}

/// The number of known callers must not matter. Three cases in turns, a few thousand calls each time, so
/// that what else the machine does meets all of them; only ratios within a turn are compared.
fn callers(_: &mut Criterion) {
    const CALLS: u64 = 2048;
    const TURNS: usize = 200;
    if !is_wanted(CALLERS) {
        return;
    }
    let known: Vec<_> = (0..50_000).map(|n| ours::caller(&format!("caller-{n}"))).collect();
    let (alone, crowded) = (Bench::new(events()), Bench::new(events()));
    let one = Case::served("take");
    let all = Case::served("take").by(known);
    crowded.handed_over(50_000, &all);
    let cases = [
        ("1 known", &alone, &one),
        ("50 000 known, always the same", &crowded, &one),
        ("50 000 known, one after the other", &crowded, &all),
    ];
    let mut times = cases.map(|_| Vec::with_capacity(TURNS));
    for _ in 0..TURNS {
        for ((_, bench, case), times) in cases.iter().zip(&mut times) {
            let spent = bench.handed_over(CALLS, case);
            times.push(spent.as_secs_f64() * 1e9 / CALLS as f64);
        }
    }
    for ((name, ..), own) in cases.iter().zip(&times) {
        let ratios = own.iter().zip(&times[0]).map(|(own, alone)| own / alone);
        let (least, median, ratio) = (
            own.iter().copied().fold(f64::MAX, f64::min),
            middle(own.iter().copied()),
            middle(ratios),
        );
        say(&format!(
            "{CALLERS}/{name:34} {least:6.0} ns least, {median:6.0} ns median, {ratio:.3} of 1 known"
        ));
    }
}

fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(clippy::print_stdout, reason = "this is what the benchmark is for")]
fn say(line: &str) {
    println!("{line}");
}

/// Refusing must not cost more than serving, whatever the size of what is refused.
fn refused(c: &mut Criterion) {
    let mut group = c.benchmark_group("guards, refused");
    let bench = Bench::new(events());
    let eve = || vec![ours::stranger("eve")];
    let megabyte = tools::with_title(1_000_000);

    // The one call that is let through.
    bench.handed_over(1, &Case::served("seldom"));
    for (name, case) in [
        ("served", Case::served(tools::CALLED)),
        ("rate limited", Case::refused("seldom", tools::arguments())),
        ("forbidden", Case::refused(tools::CALLED, tools::arguments()).by(eve())),
        ("unknown argument", Case::refused(tools::CALLED, tools::with_unknown())),
        ("too long by one", Case::refused(tools::CALLED, tools::with_title(201))),
        ("1 MB served", Case { arguments: megabyte.clone(), ..Case::served("take_much") }),
        ("1 MB rate limited", Case::refused("seldom", megabyte.clone())),
        ("1 MB forbidden", Case::refused(tools::CALLED, megabyte.clone()).by(eve())),
        ("1 MB too long", Case::refused(tools::CALLED, megabyte)),
    ] {
        group.bench_function(name, |b| b.iter_custom(|calls| bench.handed_over(calls, &case)));
    }
}

criterion_group!(benches, served, callers, refused);
criterion_main!(benches);
