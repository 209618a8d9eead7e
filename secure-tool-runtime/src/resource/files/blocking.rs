//! File systems block; the runtime must not.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::FileError;
use super::root::Shared;

impl Shared {
    /// Runs work on a thread that may block, when it is its turn. The work ends by itself: whoever
    /// stops waiting for it cancels the token, which it heeds between steps, and its permit is
    /// returned when it has ended, not before.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Shared, &CancellationToken) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let token = CancellationToken::new();
        let _cancels = token.clone().drop_guard();
        let shared = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&shared, &token)
        });
        match done.await {
            Ok(result) => result.map_err(FileError::logged),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(error) => Err(FileError::Storage(error.into())),
            },
        }
    }
}
