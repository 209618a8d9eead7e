//! When files are looked at again: after a while, or at once when somebody asks for it (SIGHUP).

use std::sync::LazyLock;
use std::time::Duration;

use tokio::sync::watch;

static ASKED: LazyLock<watch::Sender<()>> = LazyLock::new(|| watch::Sender::new(()));

/// Asks all who wait to look now.
#[cfg(all(unix, feature = "cli"))]
pub(super) fn now() {
    ASKED.send_replace(());
}

/// Waits until it is time, or until somebody asks.
pub(super) async fn wait(time: Duration) {
    let mut asked = ASKED.subscribe();
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        // The other end is a static: it is never gone.
        _ = asked.changed() => {}
    }
}
