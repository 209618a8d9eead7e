//! What held the programs that a call ran: told from wherever they are started, for the call's record.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

tokio::task_local! {
    static CURRENT: Programs;
}

/// The most bytes that are kept of a call.
const MOST: usize = 1024;

/// The programs of one call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Programs(Arc<Mutex<String>>);

impl Programs {
    /// Hears of programs that are started in the course of a future, but for tasks that it spawns.
    pub(crate) fn hear<F: Future>(&self, future: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self.clone(), future)
    }

    /// Those of the call that this task serves.
    pub(crate) fn of_this_call() -> Self {
        CURRENT.try_with(Clone::clone).unwrap_or_default()
    }

    /// Adds a program with what holds it. The same is told once.
    pub(crate) fn add(&self, name: &str, held_by: impl Display) {
        let told = format!("{name}: {held_by}");
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.split("; ").any(|known| known == told) || all.len() + told.len() > MOST {
            return;
        }
        if !all.is_empty() {
            all.push_str("; ");
        }
        all.push_str(&told);
    }

    pub(crate) fn take(&self) -> Option<Box<str>> {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        (!all.is_empty()).then(|| all.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn programs_are_told_to_the_call_that_runs_them() {
        let (mine, yours) = (Programs::default(), Programs::default());
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
        let programs = Programs::default();
        (0..10_000).for_each(|number| programs.add("git", number));
        assert!(programs.take().unwrap().len() <= MOST);
    }
}
