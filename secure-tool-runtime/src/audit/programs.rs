//! What held the programs that a call ran: told from wherever they are started, for the call's record.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

tokio::task_local! {
    static CURRENT: Programs;
}

/// The most bytes that are kept of a call.
const MOST: usize = 1024;

/// Stands for those for which there was no room.
const MORE: &str = "…";

/// Whether this process has a program to run: others pay nothing for a list.
static ANY: AtomicBool = AtomicBool::new(false);

/// The programs of one call; nothing is kept where there are none when it begins.
#[derive(Debug, Clone)]
pub(crate) struct Programs(Option<Arc<Mutex<String>>>);

impl Programs {
    /// For a call that begins.
    pub(crate) fn none() -> Self {
        Programs(ANY.load(Ordering::Acquire).then(Arc::default))
    }

    /// There is a program that may be run from now on.
    pub(crate) fn expect() {
        ANY.store(true, Ordering::Release);
    }

    /// Hears of programs that are started in the course of a future, but for tasks that it spawns.
    pub(crate) fn hear<F: Future>(&self, future: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self.clone(), future)
    }

    /// Those of the call that this task serves.
    pub(crate) fn of_this_call() -> Self {
        CURRENT.try_with(Clone::clone).unwrap_or(Programs(None))
    }

    /// Adds a program with what holds it. The same is told once.
    pub(crate) fn add(&self, name: &str, held_by: impl Display) {
        let Some(all) = &self.0 else { return };
        let told = format!("{name}: {held_by}");
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.split("; ").any(|known| known == told || known == MORE) {
            return;
        }
        let told = if all.len() + told.len() > MOST { MORE } else { &told };
        if !all.is_empty() {
            all.push_str("; ");
        }
        all.push_str(told);
    }

    pub(crate) fn take(&self) -> Option<Box<str>> {
        let all = self.0.as_ref()?;
        let all = std::mem::take(&mut *all.lock().unwrap_or_else(PoisonError::into_inner));
        (!all.is_empty()).then(|| all.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn programs_are_told_to_the_call_that_runs_them() {
        Programs::expect();
        let (mine, yours) = (Programs::none(), Programs::none());
        let run = |name: &'static str| async move {
            tokio::task::yield_now().await;
            Programs::of_this_call().add(name, "seccomp");
        };
        tokio::join!(mine.hear(run("git")), yours.hear(run("ping")));
        mine.hear(run("git")).await;
        mine.hear(run("grep")).await;
        // Of no call.
        run("lost").await;
        assert_eq!(mine.take().as_deref(), Some("git: seccomp; grep: seccomp"));
        assert_eq!(yours.take().as_deref(), Some("ping: seccomp"));
        assert_eq!(yours.take(), None);
    }

    #[test]
    fn what_is_told_is_bounded() {
        Programs::expect();
        let programs = Programs::none();
        (0..10_000).for_each(|number| programs.add("git", number));
        let told = programs.take().unwrap();
        assert!(told.len() <= MOST + "; ".len() + MORE.len() && told.ends_with("; …"), "{told}");
        assert_eq!(told.matches('…').count(), 1);
    }
}
