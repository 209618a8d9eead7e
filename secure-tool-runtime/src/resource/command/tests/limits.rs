//! Programs that take more than they may.

use std::sync::Arc;

use super::*;

fn elapsed(begun: Instant) -> Duration {
    begun.elapsed()
}

#[tokio::test]
async fn time_is_limited() {
    let begun = Instant::now();
    let late = script(SHELL.timeout(Duration::from_millis(300)), "sleep 30.11").run().await;
    assert!(matches!(late, Err(CommandError::TimedOut)), "{late:?}");
    assert!(elapsed(begun) < Duration::from_secs(10));
    assert!(running("30.11").is_empty());
}

#[tokio::test]
async fn processor_time_is_limited() {
    let ended = script(SHELL.max_cpu(1), "while :; do :; done").run().await;
    let by = |signal| matches!(ended, Err(CommandError::Failed(Exit::Signal(s))) if s == signal);
    // SIGXCPU or SIGKILL. Whoever counts may be a moment earlier.
    let counted = matches!(ended, Err(CommandError::TooMuchTime));
    assert!(by(24) || by(9) || counted, "{ended:?}");
}

#[tokio::test]
async fn memory_is_limited() {
    // `tail` keeps a line without an end in memory.
    let hog = "head -c 400000000 /dev/zero | tail -n 1 | wc -c";
    match script(SHELL.max_memory(100 << 20), hog).run().await {
        // It gets no more.
        Ok(much) => {
            let said = String::from_utf8_lossy(&much.stderr);
            assert!(much.text().trim() == "0" && said.contains("memory"), "{said}");
        }
        // Somebody looked at the whole run when it had all but a little.
        Err(ended) => assert!(matches!(ended, CommandError::TooMuchMemory), "{ended:?}"),
    }
    // The control.
    let enough = script(SHELL.max_memory(1 << 30), hog).run().await.unwrap();
    assert_eq!(enough.text().trim(), "400000000");
}

#[tokio::test]
async fn processes_have_no_more_together_than_one() {
    // Each for itself is within its limit when all together are not.
    let time = "for i in 1 2 3 4; do while :; do :; done & done; wait";
    let ended = script(SHELL.max_cpu(2), time).run().await;
    assert!(matches!(ended, Err(CommandError::TooMuchTime)), "{ended:?}");
    let memory = "for i in 1 2 3 4; do \
                  { head -c 80000000 /dev/zero; sleep 3.94; } | tail -n 1 >/dev/null & done; wait";
    let ended = script(SHELL.max_memory(200 << 20), memory).run().await;
    assert!(matches!(ended, Err(CommandError::TooMuchMemory)), "{ended:?}");
    assert!(running("3.94").is_empty());
    // The control.
    let memory = "head -c 80000000 /dev/zero | tail -n 1 >/dev/null; echo done";
    let ended = script(SHELL.max_memory(200 << 20), memory).run().await.unwrap();
    assert_eq!(ended.text(), "done\n");
}

#[tokio::test]
async fn files_that_it_writes_are_limited() {
    let place = Place::new();
    let write =
        script(SHELL.max_file(1000), "head -c 100000 /dev/zero > big").changing(&place.root());
    let ended = write.run().await;
    assert!(matches!(ended, Err(CommandError::Failed(_))), "{ended:?}");
    assert!(fs::metadata(place.at("big")).unwrap().len() <= 1000);
}

#[tokio::test]
async fn output_is_limited_whether_it_ends_or_not() {
    for endless in ["cat /dev/zero", "cat /dev/zero >&2", "head -c 10001 /dev/zero"] {
        let program = SHELL.max_output(10_000).max_errors(10_000);
        let much = script(program, endless).run().await;
        assert!(matches!(much, Err(CommandError::TooMuchOutput)), "{endless}: {much:?}");
        let cut = script(program, endless).cut().run().await.unwrap();
        assert!(cut.is_cut);
        assert_eq!(cut.stdout.len().max(cut.stderr.len()), 10_000);
    }
    let all = script(SHELL.max_output(10_000), "head -c 10000 /dev/zero").run().await.unwrap();
    assert_eq!((all.stdout.len(), all.is_cut), (10_000, false));
}

#[tokio::test]
async fn processes_are_limited() {
    // A bomb with a short fuse: it ends by itself, should nothing stop it.
    let bomb = "f() { [ $1 -gt 0 ] && { f $(($1-1)) & f $(($1-1)) & wait; } || sleep 2.47; }; f 6";
    let ended = script(SHELL.max_processes(8), bomb).run().await;
    assert!(matches!(ended, Err(CommandError::TooManyProcesses)), "{ended:?}");
    assert!(running("2.47").is_empty());
    // The control.
    let few = "sleep 0.2 & sleep 0.2 & sleep 0.2 & wait; echo done";
    let ended = script(SHELL.max_processes(8), few).run().await.unwrap();
    assert_eq!(ended.text(), "done\n");
}

#[tokio::test]
async fn runs_at_a_time_are_limited() {
    let program = SHELL.at_once(1).timeout(Duration::from_secs(3)).open().unwrap();
    let run = || program.command().literal("-c").literal("sleep 2").run();
    let (one, two, three) = tokio::join!(run(), run(), run());
    let outcomes = [one, two, three];
    assert!(outcomes[0].is_ok(), "{outcomes:?}");
    // The second begins late. When it is over, so is the time of the third, which may have begun by then.
    assert!(outcomes.iter().any(|one| matches!(one, Err(CommandError::TimedOut))), "{outcomes:?}");
    assert!(outcomes[1..].iter().all(Result::is_err), "{outcomes:?}");
}

#[tokio::test]
async fn who_waits_in_vain_for_a_turn_starts_nothing() {
    let place = Place::new();
    let program = SHELL.at_once(1).timeout(Duration::from_millis(200)).open().unwrap();
    let held = Arc::clone(&program.0.permits).acquire_owned().await.unwrap();
    let run =
        || program.command().literal("-c").literal("echo > ran").changing(&place.root()).run();
    let refused = run().await;
    assert!(matches!(refused, Err(CommandError::Busy)), "{refused:?}");
    assert!(!exists(&place.at("ran")));
    drop(held);
    let turn = Arc::clone(&program.0.permits).try_acquire_owned();
    assert!(turn.is_ok(), "who has gone waits no more");
}

#[tokio::test]
async fn a_core_is_not_dumped_and_files_are_few() {
    let shown = script(SHELL, "ulimit -c; ulimit -n; ulimit -l").run().await.unwrap().text();
    assert_eq!(shown, "0\n256\n0\n");
}

#[tokio::test]
async fn a_run_waits_without_the_thread_of_the_runtime() {
    // One thread: were it blocked, nothing else would run meanwhile.
    let slow = tokio::spawn(script(SHELL, "sleep 3").run());
    let begun = Instant::now();
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(elapsed(begun) < Duration::from_millis(2500), "{:?}", elapsed(begun));
    assert!(!slow.is_finished());
    slow.await.unwrap().unwrap();
}
