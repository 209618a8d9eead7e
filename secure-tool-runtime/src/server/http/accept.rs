//! Accepting connections, and letting them end.
//!
//! An accept loop of our own, because no library's counts connections by address, tells idle ones
//! from slow ones, and closes those at once when the server stops.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;

use super::connection::{Peer, Phase, Serving};
use super::connections::{Connections, Place};
use super::exposure::Exposure;
use super::notice::Notice;
#[cfg(feature = "tls")]
use super::tls::TlsAcceptor;

/// How long to wait when no connection can be accepted, such as for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// How long connections that are cut may take to notice.
const CUT: Duration = Duration::from_secs(1);

/// Takes connections from a listener.
#[derive(Clone)]
pub(super) struct Acceptor {
    pub(super) serving: Arc<Serving>,
    pub(super) connections: Connections,
    pub(super) exposure: Arc<Exposure>,
    #[cfg(feature = "tls")]
    pub(super) handshake_time: Duration,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Arc<TlsAcceptor>>,
}

impl Acceptor {
    /// Serves until `stopped`, then lets what is running go on for `drain_time`. At the end of
    /// that, `over` is called, and what is left is cut.
    pub(super) async fn run(
        self,
        listener: TcpListener,
        stopped: impl Future<Output = ()>,
        drain_time: Duration,
        over: impl FnOnce(),
    ) {
        let (phase, watched) = watch::channel(Phase::Serving);
        let tasks = TaskTracker::new();
        tokio::select! {
            () = stopped => {}
            () = self.accept(&listener, &tasks, &watched) => {}
        }
        // Nobody is accepted any more: clients are told so, and not left in a queue.
        drop(listener);
        tasks.close();
        phase.send_replace(Phase::Draining);
        let drained = timeout(drain_time, tasks.wait()).await;
        over();
        phase.send_replace(Phase::Over);
        if drained.is_err() && timeout(CUT, tasks.wait()).await.is_err() {
            tracing::warn!(target: "secure_tool", "some connections do not end");
        }
    }

    async fn accept(
        &self,
        listener: &TcpListener,
        tasks: &TaskTracker,
        phase: &watch::Receiver<Phase>,
    ) {
        let (mut refusals, mut failures) = (Notice::new(), Notice::new());
        loop {
            let (stream, address) = match next(listener).await {
                Ok(accepted) => accepted,
                // The client left while it was in the queue.
                Err(error) if is_the_clients(&error) => continue,
                Err(error) => {
                    if let Some(count) = failures.count() {
                        tracing::error!(target: "secure_tool", %error, count, "connections cannot be accepted");
                    }
                    sleep(PAUSE).await;
                    continue;
                }
            };
            let Some(place) = self.admit(address.ip()) else {
                if let Some(count) = refusals.count() {
                    tracing::warn!(target: "secure_tool", count, "connections are closed at once: there are too many, or they do not come from a proxy");
                }
                continue;
            };
            tasks.spawn(self.clone().serve(stream, address, place, phase.clone()));
        }
    }

    fn admit(&self, address: IpAddr) -> Option<Place> {
        if !self.exposure.lets_in(address) {
            self.connections.count_refused();
            return None;
        }
        self.connections.admit(self.counted(address))
    }

    /// For which address a connection counts. A proxy brings the connections of many.
    fn counted(&self, address: IpAddr) -> Option<IpAddr> {
        Some(address).filter(|address| !self.exposure.is_proxy(*address))
    }

    /// Serves a connection, which has its place until the end.
    async fn serve(
        self,
        stream: TcpStream,
        address: SocketAddr,
        _place: Place,
        #[allow(unused_mut, reason = "only handshakes wait for it")] mut phase: watch::Receiver<
            Phase,
        >,
    ) {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            let from = self.counted(address.ip());
            if !tls.lets_try(from) {
                tracing::debug!(target: "secure_tool", "a connection is closed at once: handshakes from there have failed too often");
                return self.connections.count_refused();
            }
            let shaken = tokio::select! {
                shaken = tls.accept(stream, from, self.handshake_time) => shaken,
                // A server that stops begins nothing.
                _ = phase.changed() => return,
            };
            let Some((stream, certificate)) = shaken else { return };
            return self.serving.connection(stream, Peer { address, certificate }, phase).await;
        }
        let peer = Peer {
            address,
            #[cfg(feature = "tls")]
            certificate: None,
        };
        self.serving.connection(stream, peer, phase).await;
    }
}

/// The next connection, and where it comes from.
async fn next(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let (stream, address) = listener.accept().await?;
    // Without it, small answers wait for the client's delayed acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(target: "secure_tool", %error, "TCP_NODELAY cannot be set");
    }
    Ok((stream, SocketAddr::new(address.ip().to_canonical(), address.port())))
}

fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_answers_wait_for_no_acknowledgement() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, address) = next(&listener).await.unwrap();
        assert!(stream.nodelay().unwrap());
        assert_eq!(address, client.local_addr().unwrap());
    }
}
