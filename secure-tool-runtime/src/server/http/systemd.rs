//! systemd: sockets that it opens, and word of the server's state (`sd_listen_fds(3)`,
//! `sd_notify(3)`).

use std::io;
use std::net::TcpListener;

use listenfd::ListenFd;
use sd_notify::NotifyState;

use crate::server::StartError;

/// The one TCP socket of the unit.
///
/// # Errors
/// If there is none, or more than one.
pub(super) fn socket() -> Result<TcpListener, StartError> {
    let mut passed = ListenFd::from_env();
    let count = passed.len();
    if count != 1 {
        return Err(StartError::new(
            format!("systemd has passed {count} sockets, and one is served"),
            "start the service by a `.socket` unit with one `ListenStream=`",
        ));
    }
    let taken = passed.take_tcp_listener(0);
    let socket = taken.and_then(|taken| taken.ok_or_else(|| io::ErrorKind::NotFound.into()));
    socket.map_err(|error| {
        StartError::new(
            "the socket from systemd is not one for TCP",
            "name an address and a port in `ListenStream=`",
        )
        .because(error)
    })
}

/// Says that calls are taken.
pub(super) fn ready() {
    notify(NotifyState::Ready);
}

/// Says that no more calls are taken.
pub(super) fn stopping() {
    notify(NotifyState::Stopping);
}

/// Does nothing where systemd has not asked to be told.
fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(target: "secure_tool", %error, "systemd cannot be told");
    }
}
