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
fn refuses_calls_while_records_cannot_be_written_and_loses_none() {
    let sink = Faulty::default();
    let audit = sink.start(16);
    let runtime = runtime();
    runtime.block_on(call(&audit, 0)).unwrap();
    audit.flush_blocking(LONG).unwrap();

    let under_way = runtime.block_on(audit.open()).unwrap();
    sink.fail(true);
    runtime.block_on(call(&audit, 1)).unwrap();
    until(|| !audit.is_healthy());
    runtime.block_on(call(&audit, 99)).unwrap_err();
    runtime.block_on(audit.flush()).unwrap_err();
    audit.flush_blocking(LONG).unwrap_err();
    under_way.close(Record::example(2));
    let failures = sink.failures.load(Ordering::SeqCst);
    until(|| sink.failures.load(Ordering::SeqCst) > failures + 3);
    assert_eq!(sink.committed(), [0]);

    sink.fail(false);
    until(|| audit.is_healthy());
    runtime.block_on(call(&audit, 3)).unwrap();
    audit.flush_blocking(LONG).unwrap();
    assert_eq!(sink.committed(), [0, 1, 2, 3]);
}

#[test]
fn refuses_a_flush_and_a_call_that_wait_when_trouble_begins() {
    let sink = Faulty::default();
    // Before the thread starts, which commits at once: it must not find one without the other.
    sink.hold.store(true, Ordering::SeqCst);
    sink.fail(true);
    let audit = sink.start(1);
    runtime().block_on(async {
        // Closed at the end only: the waiting call cannot get its room.
        let held = audit.open().await.unwrap();
        let release = async {
            // The other two have begun to wait, while nothing could be found out about the disk.
            assert!(audit.is_healthy());
            sink.hold.store(false, Ordering::SeqCst);
        };
        let (waited, flushed, ()) = tokio::join!(audit.open(), audit.flush(), release);
        waited.unwrap_err();
        flushed.unwrap_err();
        sink.fail(false);
        until(|| audit.is_healthy());
        held.close(Record::example(1));
        audit.flush().await.unwrap();
    });
    assert_eq!(sink.committed(), [1]);
}

#[test]
fn gives_up_in_the_end_when_nobody_is_left() {
    let sink = Faulty::default();
    let audit = sink.start(1000);
    sink.fail(true);
    runtime().block_on(async {
        // More than a batch, so that giving up has to stick.
        for n in 0..500 {
            if call(&audit, n).await.is_err() {
                break;
            }
        }
    });
    let state = Arc::clone(&audit.shared.worker.state);
    drop(audit);
    assert!(state.wait_for_end(LONG));
    assert!(sink.failures.load(Ordering::SeqCst) < 100);
    assert!(sink.committed().is_empty());
}

#[test]
fn refuses_calls_when_the_thread_has_failed() {
    let sink = Faulty::default();
    let audit = sink.start(16);
    let runtime = runtime();
    let under_way = runtime.block_on(audit.open()).unwrap();
    sink.panics.store(true, Ordering::SeqCst);
    runtime.block_on(call(&audit, 1)).unwrap();
    until(|| !audit.is_healthy());
    runtime.block_on(call(&audit, 2)).unwrap_err();
    audit.flush_blocking(LONG).unwrap_err();
    under_way.close(Record::example(3));
    let state = Arc::clone(&audit.shared.worker.state);
    assert!(state.wait_for_end(LONG));
    runtime.block_on(audit.flush()).unwrap_err();
}

#[test]
fn the_thread_ends_after_a_failure_even_if_a_slot_was_leaked() {
    let sink = Faulty::default();
    let audit = sink.start(16);
    let runtime = runtime();
    std::mem::forget(runtime.block_on(audit.open()).unwrap());
    sink.panics.store(true, Ordering::SeqCst);
    runtime.block_on(call(&audit, 1)).unwrap();
    until(|| !audit.is_healthy());
    let state = Arc::clone(&audit.shared.worker.state);
    drop(audit);
    assert!(state.wait_for_end(LONG));
}

#[test]
fn records_keep_their_room_until_they_are_written() {
    for capacity in [1, 2, 1000] {
        let sink = Faulty::default();
        let audit = sink.start(capacity);
        audit.flush_blocking(LONG).unwrap();
        sink.hold.store(true, Ordering::SeqCst);
        let runtime = runtime();
        runtime.block_on(async {
            call(&audit, 1).await.unwrap();
            let early = tokio::time::timeout(Duration::from_millis(50), audit.all_closed()).await;
            early.unwrap_err();
            assert!(sink.committed().is_empty());
            sink.hold.store(false, Ordering::SeqCst);
            audit.all_closed().await;
            assert_eq!(sink.committed(), [1]);
            // And it is given back.
            for n in 2..500 {
                call(&audit, n).await.unwrap();
            }
            audit.all_closed().await;
        });
        assert_eq!(sink.committed().len(), 499);
    }
}

#[test]
fn room_is_given_back_when_trouble_ends() {
    let sink = Faulty::default();
    let audit = sink.start(1);
    sink.fail(true);
    runtime().block_on(async {
        call(&audit, 1).await.unwrap();
        until(|| !audit.is_healthy());
        call(&audit, 2).await.unwrap_err();
        sink.fail(false);
        until(|| audit.is_healthy());
        call(&audit, 3).await.unwrap();
        audit.all_closed().await;
    });
    assert_eq!(sink.committed(), [1, 3]);
}

#[test]
fn trouble_is_told_once() {
    let errors = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&errors);
    let make = move || Told(Arc::clone(&writer));
    let subscriber = tracing_subscriber::fmt().with_writer(make).finish();
    let state = State::default();
    tracing::subscriber::with_default(subscriber, || {
        for _ in 0..3 {
            state.goes_down(&io::ErrorKind::StorageFull.into());
        }
        state.comes_up();
        state.goes_down(&io::ErrorKind::StorageFull.into());
    });
    let text = String::from_utf8(errors.lock().unwrap().clone()).unwrap();
    assert_eq!(text.matches("cannot be written").count(), 2, "{text}");
}

struct Told(Arc<Mutex<Vec<u8>>>);

impl io::Write for Told {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
    assert!((700..=740).contains(&(2 * size_of::<Ended>())), "{}", 2 * size_of::<Ended>());
}

#[test]
fn a_full_memory_log_refuses_like_a_full_disk() {
    let (log, sink) = MemoryLog::new(2);
    let audit = Audit::builder().retry(SOON).start_with(Box::new(sink)).unwrap();
    let runtime = runtime();
    runtime.block_on(async {
        let slots =
            [audit.open().await.unwrap(), audit.open().await.unwrap(), audit.open().await.unwrap()];
        for (n, slot) in (0..).zip(slots) {
            slot.close(Record::example(n));
        }
    });
    until(|| !audit.is_healthy());
    runtime.block_on(call(&audit, 9)).unwrap_err();
    assert_eq!(log.take().len(), 2);
    until(|| audit.is_healthy());
    audit.flush_blocking(LONG).unwrap();
    assert_eq!(log.records()[0].reference, Reference(2));
}

fn lines(dir: &TempDir) -> Vec<serde_json::Value> {
    let mut files: Vec<_> =
        fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    // The current file has the shortest name and the latest lines.
    files.sort_by_key(|path| std::cmp::Reverse(path.clone()));
    let text: String = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn writes_a_line_for_each_call_to_rotated_files() {
    let dir = TempDir::new().unwrap();
    let audit =
        Audit::builder().file(dir.path().join("audit.jsonl")).rotate_at(4096).start().unwrap();
    runtime().block_on(async {
        for n in 0..1000 {
            call(&audit, n).await.unwrap();
        }
        audit.flush().await.unwrap();
    });
    let files: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap()).collect();
    assert_eq!(files.len(), 6);
    assert!(files.iter().all(|file| file.metadata().unwrap().len() <= 4096));
    let lines = lines(&dir);
    // The latest ones, without a gap.
    let first = 1000 - lines.len() as u64;
    assert!(lines.len() > 100);
    for (n, line) in (first..).zip(&lines) {
        assert_eq!(line["reference"], Reference(n).to_string());
    }
}

#[test]
fn a_second_server_on_the_same_file_is_refused() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("audit.jsonl");
    let first = Audit::builder().file(&path).start().unwrap();
    let second = Audit::builder().file(&path).start();
    assert_eq!(second.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    drop(first);
    Audit::builder().file(&path).start().unwrap();
}

#[test]
fn a_hostile_text_makes_no_second_line() {
    let dir = TempDir::new().unwrap();
    let audit = Audit::builder().file(dir.path().join("audit.jsonl")).start().unwrap();
    runtime().block_on(async {
        let hostile = "x\n{\"tool\":\"fake\"}\r\n";
        let record =
            Record { caller: hostile.into(), cause: Some(hostile.into()), ..Record::example(1) };
        audit.open().await.unwrap().close(record);
    });
    drop(audit);
    let lines = lines(&dir);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["tool"], "add_note");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_refuses_calls() {
    let audit = Audit::builder().file("/dev/full").retry(SOON).start().unwrap();
    runtime().block_on(async {
        call(&audit, 1).await.unwrap();
        until(|| !audit.is_healthy());
        call(&audit, 2).await.unwrap_err();
        audit.flush().await.unwrap_err();
    });
}

#[test]
fn recovers_when_the_directory_comes_back() {
    let dir = TempDir::new().unwrap();
    let home = dir.path().join("log");
    fs::create_dir(&home).unwrap();
    let audit = Audit::builder().file(home.join("audit.jsonl")).retry(SOON).start().unwrap();
    let runtime = runtime();
    runtime.block_on(call(&audit, 1)).unwrap();
    audit.flush_blocking(LONG).unwrap();
    fs::remove_dir_all(&home).unwrap();
    runtime.block_on(call(&audit, 2)).unwrap();
    until(|| !audit.is_healthy());
    fs::create_dir(&home).unwrap();
    until(|| audit.is_healthy());
    audit.flush_blocking(LONG).unwrap();
    let text = fs::read_to_string(home.join("audit.jsonl")).unwrap();
    assert!(text.lines().count() == 1 && text.contains("0000000000000002"), "{text}");
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
