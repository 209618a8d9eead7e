//! What a stranger may take of the transport before anybody knows who he is.

use std::time::Duration;

/// Limits of connections over HTTP. Every default is safe; change what a measurement tells you to.
///
/// They hold for everybody who can reach the port, before any authentication: slow clients
/// ("slow-loris"), clients that open and hold, and clients that flood one connection
/// (checklist, "Rate Limiting"; RFC 9112 §9.5 and RFC 9113 §10.5 on resources of a server).
///
/// ```
/// use std::time::Duration;
/// use secure_tool_runtime::server::HttpLimits;
///
/// let mut limits = HttpLimits::default();
/// limits.connections_per_address = 32;
/// limits.idle_time = Duration::from_secs(20);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HttpLimits {
    /// Connections at the same time; 10 000, or half of the files that the process may have open
    /// if that is less. A further one is closed at once. An idle one takes 10 KiB, and 25 KiB once it was served.
    pub connections: usize,
    /// Connections at the same time from one address (IPv4), or from one network of 64 bits (IPv6,
    /// where one line has as many addresses as it likes); 256. Trusted proxies are exempt: they
    /// bring the connections of many.
    pub connections_per_address: usize,
    /// The longest that a TLS handshake may take; 10 s.
    pub handshake_time: Duration,
    /// From the first byte of a request to the end of its headers; 10 s.
    pub header_time: Duration,
    /// Bytes of the request line and all headers together; 32 KiB, 8 KiB at least. A longer head is
    /// answered with 431.
    pub header_size: usize,
    /// Headers of a request over HTTP/1.1; 64. More are answered with 431.
    pub headers: usize,
    /// From the headers to the end of the body; 15 s. Then the request is answered with 408.
    pub body_time: Duration,
    /// How long a connection may be open without a request; 60 s.
    pub idle_time: Duration,
    /// How long a client may take nothing of an answer that is ready; 30 s, up to twice as long
    /// where it takes some of another answer on the same HTTP/2 connection.
    pub write_time: Duration,
    /// Requests at the same time on one HTTP/2 connection; 100, which clients take for granted
    /// before they are told (RFC 9113 §6.5.2). More are refused, to be sent again.
    pub streams: u32,
    /// Requests on one HTTP/2 connection that were cancelled before they were looked at; 20. More
    /// end the connection ("rapid reset", CVE-2023-44487).
    pub resets: usize,
    /// How long a server that was asked to stop goes on as if nothing had happened, except that
    /// `/readyz` says 503; none by default. For balancers that take time to notice.
    pub notice_time: Duration,
    /// How long calls may go on after that; 10 s. Then they are cancelled.
    pub drain_time: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        HttpLimits {
            connections: 10_000,
            connections_per_address: 256,
            handshake_time: Duration::from_secs(10),
            header_time: Duration::from_secs(10),
            header_size: 32 << 10,
            headers: 64,
            body_time: Duration::from_secs(15),
            idle_time: Duration::from_secs(60),
            write_time: Duration::from_secs(30),
            streams: 100,
            resets: 20,
            notice_time: Duration::ZERO,
            drain_time: Duration::from_secs(10),
        }
    }
}

impl HttpLimits {
    /// With no more connections than the process has room for: the other half of its files is for
    /// the audit log, the connections of the tools, and what else they open.
    pub(super) fn within_open_files(mut self) -> Self {
        let Some(files) = open_files() else { return self };
        let room = (files / 2).max(1);
        if self.connections > room {
            tracing::info!(
                target: "secure_tool",
                "no more than {room} connections at the same time, because this process may have {files} files open; raise that (`ulimit -n`, `LimitNOFILE=`) for more"
            );
            self.connections = room;
        }
        self
    }
}

#[cfg(unix)]
fn open_files() -> Option<usize> {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok())
}

#[cfg(not(unix))]
fn open_files() -> Option<usize> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_other_files() {
        let limited = |connections| {
            HttpLimits { connections, ..HttpLimits::default() }.within_open_files().connections
        };
        assert_eq!(limited(3), 3);
        if let Some(files) = open_files() {
            assert_eq!(limited(usize::MAX), files / 2);
        }
    }
}
