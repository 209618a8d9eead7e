//! However a run ends, nothing of it is left.

use super::*;
use crate::PublicError;

#[tokio::test]
async fn exits_are_told_apart() {
    let run = |text| script(SHELL, text).run();
    assert_eq!(run("echo out; echo err >&2").await.unwrap().text(), "out\n");
    let three = run("exit 3").await.unwrap_err();
    assert!(matches!(three, CommandError::Failed(Exit::Code(3))), "{three:?}");
    assert!(!three.public().unwrap().contains('3'));
    let killed = run("kill -9 $$").await.unwrap_err();
    assert!(matches!(killed, CommandError::Failed(Exit::Signal(9))), "{killed:?}");
    let accepted = script(SHELL, "exit 3").accept(&[0, 3]).run().await.unwrap();
    assert_eq!(accepted.exit, Exit::Code(3));
    assert!(script(SHELL, "exit 0").accept(&[3]).run().await.is_err());
}

#[tokio::test]
async fn output_is_cleaned_as_text_and_kept_as_bytes() {
    let dirty = script(SHELL, r"printf 'a\033[31mb\342\200\256c\377'").run().await.unwrap();
    assert_eq!(dirty.text(), "abc\u{fffd}");
    assert_eq!(dirty.stdout, b"a\x1b[31mb\xe2\x80\xaec\xff");
    assert!(!format!("{dirty:?}").contains("31m"));
}

#[tokio::test]
async fn what_is_left_in_the_background_is_killed() {
    let begun = Instant::now();
    let left = script(SHELL, "sleep 31.21 & sleep 31.21 >/dev/null 2>&1 </dev/null & echo done");
    assert_eq!(left.run().await.unwrap().text(), "done\n");
    assert!(begun.elapsed() < Duration::from_secs(15));
    assert!(running("31.21").is_empty());
}

/// A program that does not want to die: a child, a grandchild whose parent is gone, one that hears no
/// signal, and one that tries to leave the group and the session.
const STUBBORN: &str = "trap '' TERM HUP INT; (trap '' TERM; (sleep 32.5 & sleep 32.5) &) ; \
    (setsid sleep 32.5 &) ; (setsid -f sleep 32.5) ; echo ready > ready; \
    while :; do sleep 32.5; done";

fn stubborn(place: &Place, mark: &'static str, time: Duration) -> Command {
    let text: &'static str = STUBBORN.replace("32.5", mark).leak();
    script(SHELL.timeout(time).sandbox(Sandbox::BestEffort), text).changing(&place.root())
}

#[tokio::test]
async fn the_whole_tree_is_gone_after_a_time_out() {
    if !is_complete("the_whole_tree_is_gone_after_a_time_out") {
        return;
    }
    let place = Place::new();
    let late = stubborn(&place, "33.1", Duration::from_secs(1)).run().await;
    assert!(matches!(late, Err(CommandError::TimedOut)), "{late:?}");
    assert!(exists(&place.at("ready")), "it has run");
    assert_eq!(running("33.1"), [""; 0]);
}

#[tokio::test]
async fn the_whole_tree_is_gone_when_nobody_waits_any_more() {
    if !is_complete("the_whole_tree_is_gone_when_nobody_waits_any_more") {
        return;
    }
    let place = Place::new();
    let run = tokio::spawn(stubborn(&place, "33.2", Duration::from_secs(30)).run());
    eventually("it runs", || exists(&place.at("ready"))).await;
    assert!(!running("33.2").is_empty());
    run.abort();
    eventually("all are gone", || running("33.2").is_empty()).await;
    assert!(run.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn the_whole_tree_is_gone_with_the_runtime() {
    if !is_complete("the_whole_tree_is_gone_with_the_runtime") {
        return;
    }
    let place = Place::new();
    let command = stubborn(&place, "33.3", Duration::from_secs(30));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.spawn(command.run());
    eventually("it runs", || exists(&place.at("ready"))).await;
    runtime.shutdown_background();
    eventually("all are gone", || running("33.3").is_empty()).await;
}

#[tokio::test]
async fn dropping_a_run_at_any_moment_leaves_nothing() {
    // Its own time is longer than our patience.
    let program = SHELL.at_once(64).timeout(Duration::from_secs(90)).open().unwrap();
    for delay in 0..60 {
        let run = program.command().literal("-c").literal("sleep 34.1 & sleep 34.1").run();
        let cut = tokio::time::timeout(Duration::from_micros(delay * 150), run).await;
        assert!(cut.is_err(), "{cut:?}");
    }
    eventually("all are gone", || running("34.1").is_empty()).await;
    // All permits are back: every group was reaped.
    let permits = std::sync::Arc::clone(&program.0.permits);
    eventually("all have ended", || permits.available_permits() == 64).await;
}

#[tokio::test]
async fn two_hundred_runs_leave_no_zombies() {
    let program = Program::at(&["/bin/true"]).open().unwrap();
    for _ in 0..200 {
        program.command().run().await.unwrap();
    }
    // Some may be of tests that run meanwhile: those go, and ours would stay.
    let left = zombies();
    eventually("no zombies", || zombies().iter().all(|zombie| !left.contains(zombie))).await;
}
