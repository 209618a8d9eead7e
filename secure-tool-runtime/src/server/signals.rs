//! When to stop: interrupt and, on Unix, terminate.

use tokio_util::sync::CancellationToken;

/// A token that is cancelled by the first signal. A second one ends the process at once.
pub(super) fn shutdown() -> CancellationToken {
    let shutdown = CancellationToken::new();
    let token = shutdown.clone();
    tokio::spawn(async move {
        signal().await;
        tracing::info!(target: "secure_tool", "stopping; interrupt again to stop at once");
        token.cancel();
        signal().await;
        std::process::exit(130);
    });
    shutdown
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without a handler, the default action ends the process, which is as well.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
