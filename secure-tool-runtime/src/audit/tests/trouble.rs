//! When records cannot be written.

use super::*;

#[test]
fn refuses_calls_while_records_cannot_be_written_and_loses_none() {
    let sink = Faulty::default();
    let audit = sink.start(16);
    let runtime = runtime();
    runtime.block_on(call(&audit, 0)).unwrap();
    audit.flush_blocking(LONG).unwrap();

    let under_way = runtime.block_on(audit.open()).unwrap();
    // The thread commits nothing now and then: trouble must not be found before there is a record.
    sink.hold.store(true, Ordering::SeqCst);
    sink.fail(true);
    runtime.block_on(call(&audit, 1)).unwrap();
    sink.hold.store(false, Ordering::SeqCst);
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
    // As above: the thread commits nothing when it begins.
    sink.hold.store(true, Ordering::SeqCst);
    let audit = sink.start(1);
    sink.fail(true);
    runtime().block_on(async {
        call(&audit, 1).await.unwrap();
        sink.hold.store(false, Ordering::SeqCst);
        until(|| !audit.is_healthy());
        call(&audit, 2).await.unwrap_err();
        sink.fail(false);
        until(|| audit.is_healthy());
        call(&audit, 3).await.unwrap();
        audit.flush().await.unwrap();
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
