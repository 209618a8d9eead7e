//! The place of a handler among those of its tool that run at the same time.
//!
//! It is given back while the handler waits for a person on a session, who may take all the time there is: else
//! a few callers who do not answer would keep a tool busy for all.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A place that may be left for a while.
#[derive(Default)]
pub(crate) struct Place(Mutex<State>);

#[derive(Default)]
struct State {
    /// The place, while it is taken.
    permit: Option<OwnedSemaphorePermit>,
    /// Where to get it again, until the handler is over.
    places: Option<Arc<Semaphore>>,
}

impl Place {
    /// Takes the place of a handler that begins. It is given back when what is returned is dropped.
    pub(crate) fn take(&self, permit: OwnedSemaphorePermit) -> Taken<'_> {
        let places = Arc::clone(permit.semaphore());
        *self.lock() = State { permit: Some(permit), places: Some(places) };
        Taken(self)
    }

    /// Waits for somebody without it.
    pub(super) async fn without<T>(&self, wait: impl Future<Output = T>) -> T {
        drop(self.lock().permit.take());
        let waited = wait.await;
        let places = self.lock().places.clone();
        if let Some(places) = places {
            // Those who wait here come before those who call anew. It is never closed.
            let permit = places.acquire_owned().await.ok();
            let mut state = self.lock();
            if state.places.is_some() {
                state.permit = permit;
            }
        }
        waited
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in there can be half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}

/// The place of a handler, until it is over: also if it has left somebody behind who still asks.
#[derive(Debug)]
pub(crate) struct Taken<'a>(&'a Place);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.0.lock() = State::default();
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::poll;

    use super::*;

    #[tokio::test]
    async fn who_waits_for_somebody_lets_others_run_and_goes_on_before_new_ones() {
        let places = Arc::new(Semaphore::new(1));
        let try_begin = || Arc::clone(&places).try_acquire_owned().ok();
        let place = Place::default();
        let taken = place.take(try_begin().unwrap());
        assert!(try_begin().is_none(), "it runs");
        let (answer, answered) = tokio::sync::oneshot::channel();
        let mut asks = pin!(place.without(answered));
        assert!(poll!(&mut asks).is_pending());
        let other = try_begin().unwrap();
        answer.send(7).unwrap();
        assert!(poll!(&mut asks).is_pending(), "the other one runs");
        drop(other);
        assert!(try_begin().is_none(), "who waits is first");
        assert_eq!(asks.await, Ok(7));
        assert!(try_begin().is_none(), "it runs again");
        drop(taken);
        assert!(try_begin().is_some());
    }

    #[tokio::test]
    async fn what_a_handler_leaves_behind_takes_no_place() {
        let places = Arc::new(Semaphore::new(1));
        let place = Place::default();
        let taken = place.take(Arc::clone(&places).try_acquire_owned().unwrap());
        drop(taken);
        place.without(std::future::ready(())).await;
        assert_eq!(places.available_permits(), 1);
    }
}
