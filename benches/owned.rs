//! What `Owned` costs beside a tool that takes an identifier, looks by itself and compares the owner: both
//! look once, in memory. Measured in turns, so that what else the machine does meets both; only differences
//! within a turn are compared.
//!
//! ```text
//! cargo bench --bench owned
//! ```

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rmcp::model::{CallToolRequestParams, JsonObject};
use secure_tool_runtime::GuardedTools;
use secure_tool_runtime::audit::Audit;
use secure_tool_runtime::prelude::*;
use serde_json::json;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

const CALLS: u64 = 2048;
const TURNS: usize = 300;

/// Calls that are prepared at a time: few enough to stay in the processor's cache.
const BATCH: u64 = 64;

#[derive(Clone)]
struct Note {
    number: i64,
    owner: Arc<str>,
}

struct Notes {
    notes: HashMap<i64, Note>,
    looks: Arc<AtomicU64>,
}

/// The number of a note.
type NoteId = Int<1, 1000>;

impl Notes {
    async fn look(&self, id: NoteId) -> Option<Note> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        self.notes.get(&id.get()).cloned()
    }
}

impl OwnedResource for Note {
    type Id = NoteId;
    type Store = Notes;
    type Error = Infallible;

    async fn find(wanted: Wanted<'_, Self>) -> Result<Option<Self>, Infallible> {
        Ok(wanted.store().look(*wanted.id()).await)
    }

    fn owner(&self) -> &str {
        &self.owner
    }
}

/// What whoever writes it by hand has to think of.
#[public_error]
#[derive(Debug)]
enum NoSuch {
    /// Somebody else's, or none.
    #[public("There is no such thing, or it is not yours.")]
    Note,
}

#[secure_tools]
impl Notes {
    /// Look at a note.
    #[secure_tool(scope = "notes:read", effect = read, rate = "1000000/s", burst = 10000)]
    async fn owned(
        &self,
        /// Which one.
        note: Owned<Note>,
    ) -> Result<i64, NoSuch> {
        Ok(note.number)
    }

    /// Look at a note.
    #[secure_tool(scope = "notes:read", effect = read, rate = "1000000/s", burst = 10000)]
    async fn by_hand(
        &self,
        caller: &Caller,
        /// Which one.
        note: Int<1, 1000>,
    ) -> Result<i64, NoSuch> {
        let note = self.look(note).await.ok_or(NoSuch::Note)?;
        if *note.owner != *caller.subject().as_str() {
            return Err(NoSuch::Note);
        }
        Ok(note.number)
    }
}

struct Bench {
    runtime: Runtime,
    tools: GuardedTools,
    audit: Audit,
    looks: Arc<AtomicU64>,
}

impl Bench {
    fn new() -> Self {
        let note = |number: i64| {
            let owner = if number % 2 == 1 { "ada" } else { "eve" };
            (number, Note { number, owner: owner.into() })
        };
        let looks = Arc::new(AtomicU64::new(0));
        let notes = Notes { notes: (1..=1000).map(note).collect(), looks: Arc::clone(&looks) };
        let audit = Audit::builder().start().expect("the thread starts");
        let tools = Server::new(notes).audit(audit.clone()).embed().expect("there is randomness");
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        Bench { runtime: runtime.expect("a runtime starts"), tools, audit, looks }
    }

    /// Calls, and gives the nanoseconds from call to answer.
    fn time(&self, tool: &'static str, note: i64, served: bool) -> f64 {
        let caller = Caller::new("ada").and_then(|caller| caller.with_scopes(["notes:read"]));
        let caller = caller.expect("the names are valid");
        let arguments = JsonObject::from_iter([("note".to_owned(), json!(note))]);
        let before = self.looks.load(Ordering::Relaxed);
        let mut spent = Duration::ZERO;
        for _ in 0..CALLS / BATCH {
            let call = || CallToolRequestParams::new(tool).with_arguments(arguments.clone());
            let batch: Vec<_> = (0..BATCH).map(|_| (caller.clone(), call())).collect();
            let started = Instant::now();
            self.runtime.block_on(async {
                for (caller, call) in batch {
                    let result = self.tools.call_as(caller, call, CancellationToken::new()).await;
                    let result = result.expect("there is such a tool");
                    assert_eq!(result.is_error != Some(true), served, "{result:?}");
                }
            });
            spent += started.elapsed();
            // A call a microsecond is what the rate allows.
            while started.elapsed() < Duration::from_micros(BATCH) {
                std::hint::spin_loop();
            }
        }
        self.audit.flush_blocking(Duration::from_secs(10)).expect("the audit log works");
        assert_eq!(self.looks.load(Ordering::Relaxed) - before, CALLS, "one query a call");
        spent.as_secs_f64() * 1e9 / CALLS as f64
    }
}

fn main() {
    // `cargo test` asks for none.
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    let bench = Bench::new();
    for (case, note, served) in [("the caller's", 1, true), ("somebody else's", 2, false)] {
        let turns: Vec<_> = (0..TURNS)
            .map(|_| (bench.time("by_hand", note, served), bench.time("owned", note, served)))
            .collect();
        let by_hand = middle(turns.iter().map(|(by_hand, _)| *by_hand));
        let owned = middle(turns.iter().map(|(_, owned)| *owned));
        let more = middle(turns.iter().map(|(by_hand, owned)| owned - by_hand));
        say(&format!(
            "{case:16} by hand {by_hand:6.0} ns, `Owned` {owned:6.0} ns, {more:+5.0} ns (medians)"
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
