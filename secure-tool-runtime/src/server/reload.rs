//! When files are looked at again: after a while, or at once when somebody asks for it (SIGHUP).

use std::sync::LazyLock;
use std::time::Duration;

use tokio::sync::watch;

static ASKED: LazyLock<watch::Sender<()>> = LazyLock::new(|| watch::Sender::new(()));

/// Asks all who wait to look now.
#[cfg(all(unix, feature = "cli", feature = "http"))]
pub(crate) fn now() {
    ASKED.send_replace(());
}

/// Tells when to look. One for each who looks, kept from one look to the next: what somebody asks for during
/// a look is another look.
#[derive(Debug)]
pub(crate) struct Looks(watch::Receiver<()>);

impl Looks {
    pub(crate) fn new() -> Self {
        Looks(ASKED.subscribe())
    }

    /// Waits until it is time, or until somebody asks, or not at all if somebody has since the last wait.
    pub(crate) async fn next(&mut self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            // The other end is a static: it is never gone.
            _ = self.0.changed() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn what_is_asked_for_during_a_look_is_another_look() {
        const HOUR: Duration = Duration::from_secs(3600);
        let mut looks = Looks::new();
        // Nobody waits: a look is being taken.
        ASKED.send_replace(());
        ASKED.send_replace(());
        timeout(Duration::from_secs(30), looks.next(HOUR)).await.unwrap();
        timeout(Duration::from_millis(50), looks.next(HOUR)).await.unwrap_err();
        looks.next(Duration::from_millis(1)).await;
    }
}
