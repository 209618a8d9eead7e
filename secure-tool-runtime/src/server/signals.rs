//! When to stop: interrupt and, on Unix, terminate. When to look at files again: hangup.

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

/// Looks at keys, certificates and policies again at each SIGHUP, as `systemctl reload` asks services to. At a
/// terminal the signal says that it is closed, and ends the process.
#[cfg(all(unix, feature = "http"))]
pub(super) fn reload() {
    use std::io::IsTerminal;
    use tokio::signal::unix::{SignalKind, signal};
    if std::io::stderr().is_terminal() {
        return;
    }
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            tracing::info!(target: "secure_tool", "looking at keys, certificates and policies again");
            super::reload::now();
        }
    });
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
