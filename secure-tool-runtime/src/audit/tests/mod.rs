//! Records on their way from calls to a sink.

mod files;
mod trouble;

use std::fs;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use tempfile::TempDir;
use tokio::runtime::{self, Runtime};

use super::sink::Sink;
use super::*;

const SOON: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(60);

fn runtime() -> Runtime {
    runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn call(audit: &Audit, n: u64) -> Result<(), AuditDown> {
    audit.open().await?.close(Record::example(n));
    Ok(())
}

/// Waits for what happens on another thread. Tests fail by time-out, they do not pass by it.
fn until(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LONG, "waited in vain");
        thread::sleep(Duration::from_millis(1));
    }
}

/// A sink that fails while it is told to.
#[derive(Clone, Default)]
struct Faulty {
    fails: Arc<AtomicBool>,
    panics: Arc<AtomicBool>,
    /// Commits hang.
    hold: Arc<AtomicBool>,
    failures: Arc<AtomicUsize>,
    taken: Vec<u64>,
    committed: Arc<Mutex<Vec<u64>>>,
}

impl Faulty {
    fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }

    fn start(&self, queue: usize) -> Audit {
        Audit::builder().queue(queue).retry(SOON).start_with(Box::new(self.clone())).unwrap()
    }

    fn committed(&self) -> Vec<u64> {
        self.committed.lock().unwrap().clone()
    }
}

impl Sink for Faulty {
    fn take(&mut self, record: Record) {
        assert!(!self.panics.load(Ordering::SeqCst), "told to panic");
        self.taken.push(record.reference.0);
    }

    fn commit(&mut self) -> io::Result<()> {
        until(|| !self.hold.load(Ordering::SeqCst));
        if self.fails.load(Ordering::SeqCst) {
            self.failures.fetch_add(1, Ordering::SeqCst);
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.committed.lock().unwrap().append(&mut self.taken);
        Ok(())
    }
}

#[test]
fn loses_none_among_threads_with_a_small_queue() {
    let (log, sink) = MemoryLog::new(100_000);
    let audit = Audit::builder().queue(64).start_with(Box::new(sink)).unwrap();
    thread::scope(|scope| {
        for from in 0..8 {
            let audit = audit.clone();
            scope.spawn(move || {
                runtime().block_on(async {
                    for n in 0..12_500 {
                        call(&audit, from * 12_500 + n).await.unwrap();
                    }
                });
            });
        }
    });
    audit.flush_blocking(LONG).unwrap();
    let mut seen: Vec<u64> = log.records().iter().map(|record| record.reference.0).collect();
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..100_000));
}

#[test]
fn flush_waits_for_everything_before_it() {
    let (audit, log) = Audit::memory(1000);
    runtime().block_on(async {
        for n in 0..500 {
            call(&audit, n).await.unwrap();
            if n % 50 == 0 {
                audit.flush().await.unwrap();
                assert_eq!(log.records().len() as u64, n + 1);
            }
        }
    });
    audit.flush_blocking(LONG).unwrap();
    let order: Vec<u64> = log.take().iter().map(|record| record.reference.0).collect();
    assert!(order.into_iter().eq(0..500));
    assert!(log.records().is_empty());
}

#[test]
fn dropping_the_last_handle_writes_what_is_queued() {
    let (audit, log) = Audit::memory(1000);
    let other = audit.clone();
    runtime().block_on(async {
        for n in 0..1000 {
            call(&other, n).await.unwrap();
        }
    });
    drop(audit);
    drop(other);
    assert_eq!(log.records().len(), 1000);
}

#[test]
fn a_slot_that_is_not_closed_gives_its_room_back() {
    let (log, sink) = MemoryLog::new(10);
    let audit = Audit::builder().queue(2).start_with(Box::new(sink)).unwrap();
    runtime().block_on(async {
        for _ in 0..100 {
            drop(audit.open().await.unwrap());
        }
        let one = audit.open().await.unwrap();
        let two = audit.open().await.unwrap();
        one.close(Record::example(1));
        two.close(Record::example(2));
        audit.flush().await.unwrap();
    });
    assert_eq!(log.records().len(), 2);
}

#[test]
fn waits_for_room_and_gets_it() {
    let (log, sink) = MemoryLog::new(10);
    let audit = Audit::builder().queue(1).start_with(Box::new(sink)).unwrap();
    runtime().block_on(async {
        let held = audit.open().await.unwrap();
        let waiting = async { audit.open().await.unwrap().close(Record::example(2)) };
        let closing = async {
            tokio::task::yield_now().await;
            held.close(Record::example(1));
        };
        tokio::join!(waiting, closing);
        audit.flush().await.unwrap();
    });
    assert_eq!(log.records().len(), 2);
}

#[test]
fn closes_during_a_panic() {
    struct Guard<'a>(Option<Slot<'a>>);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            self.0.take().unwrap().close(Record { reason: "panicked", ..Record::example(1) });
        }
    }
    let (audit, log) = Audit::memory(10);
    runtime().block_on(async {
        let inner = audit.clone();
        let tool = tokio::spawn(async move {
            let _guard = Guard(Some(inner.open().await.unwrap()));
            panic!("in a tool");
        });
        tool.await.unwrap_err();
    });
    audit.flush_blocking(LONG).unwrap();
    assert_eq!(log.records()[0].reason, "panicked");
}

#[test]
fn violations_are_the_cause() {
    let (audit, log) = Audit::memory(10);
    let mut violations = Violations::new();
    violations.add(&crate::input::At::ROOT.field("title"), "length", "must be shorter");
    violations.add(&crate::input::At::ROOT, "unknown", "must be empty");
    runtime().block_on(async {
        let slot = audit.open().await.unwrap();
        slot.close_at(Instant::now(), Record::example(1), Some(violations));
        audit.flush().await.unwrap();
    });
    assert_eq!(log.records()[0].cause.as_deref(), Some("$.title length, $ unknown"));
}

#[test]
fn a_record_takes_the_memory_that_the_builder_says() {
    #[cfg(target_pointer_width = "64")]
    assert!((730..=770).contains(&(2 * size_of::<Ended>())), "{}", 2 * size_of::<Ended>());
}

#[test]
fn settings_out_of_range_are_errors() {
    let builder = Audit::builder().file("/nonexistent/audit.jsonl");
    assert_eq!(builder.clone().start().unwrap_err().kind(), io::ErrorKind::NotFound);
    let huge = builder.clone().queue(usize::MAX);
    for wrong in [builder.clone().rotate_at(0), builder.clone().keep(0), builder.queue(0), huge] {
        assert_eq!(wrong.start().unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
