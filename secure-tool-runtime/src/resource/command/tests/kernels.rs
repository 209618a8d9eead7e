//! Kernels that have less than this one.

use std::collections::BTreeMap;

use nix::libc;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};

use super::*;
use crate::audit::Programs;

/// Runs on a thread, with its threads, to which the kernel has no such system call.
fn without(call: libc::c_long, run: impl FnOnce() + Send) {
    let refusal = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let architecture = std::env::consts::ARCH.try_into().unwrap();
    let rules = BTreeMap::from([(call, Vec::new())]);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refusal, architecture).unwrap();
    let filter = BpfProgram::try_from(filter).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            apply_filter(&filter).unwrap();
            run();
        });
    });
}

#[test]
fn without_landlock_nothing_runs_unless_it_may() {
    if !is_complete("without_landlock_nothing_runs_unless_it_may") {
        return;
    }
    let required = ECHO.open().unwrap();
    without(libc::SYS_landlock_create_ruleset, || {
        let told = ECHO.open().unwrap_err().to_string();
        assert!(told.contains("this machine has no landlock, seccomp"), "{told}");
        assert!(told.contains("help: use a kernel with Landlock"), "{told}");

        Programs::expect();
        let programs = Programs::none();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let run = async |program: &Runner| program.command().literal("ran").run().await;
        runtime.block_on(programs.hear(async {
            // It was there when the program was opened, and is not now.
            let refused = run(&required).await;
            assert!(matches!(refused, Err(CommandError::Confinement(_))), "{refused:?}");
            let effort = ECHO.sandbox(Sandbox::BestEffort).open().unwrap();
            assert_eq!(run(&effort).await.unwrap().text(), "ran\n");
        }));
        assert_eq!(programs.take().as_deref(), Some("echo: no landlock, seccomp"));
    });
    // Other threads have it as before.
    assert!(ECHO.open().unwrap().confinement().is_complete());
}

#[test]
fn what_versions_of_landlock_lack_is_told() {
    let with = |landlock, seccomp| Confinement { landlock, seccomp, network: false };
    for (version, told) in [
        (Some(7), "landlock 7, seccomp"),
        (Some(6), "landlock 6, seccomp"),
        (Some(5), "landlock 5 without signals, seccomp"),
        (Some(4), "landlock 4 without devices and signals, seccomp"),
        (Some(1), "landlock 1 without truncating and devices and signals, seccomp"),
        (None, "no landlock, seccomp"),
    ] {
        assert_eq!(with(version, true).to_string(), told);
        assert_eq!(with(version, true).is_complete(), version >= Some(6), "{told}");
        assert!(!with(version, false).is_complete());
    }
}
