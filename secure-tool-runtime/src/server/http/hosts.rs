//! `Host`: who is asked.
//!
//! A web page whose name resolves to this server's address (DNS rebinding) sends its own name as
//! `Host`. Only names that are known are answered (checklist, "Transport Security"; MCP, Transports).

use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri};

use crate::server::StartError;

/// The names of this server.
#[derive(Debug)]
pub(super) struct AllowedHosts(Vec<Name>);

#[derive(Debug)]
struct Name {
    host: String,
    /// Any, if none is said.
    port: Option<u16>,
}

/// What a server on this machine is called.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl AllowedHosts {
    /// Names as `Host` has them: a domain or an address, and a port if only that one is meant. The
    /// names of loopback are among them if the server listens there.
    pub(super) fn new(hosts: &[String], loopback: bool) -> Result<Self, StartError> {
        let loopback = LOOPBACK.iter().filter(|_| loopback).map(|host| (*host).to_owned());
        let names: Result<_, _> =
            hosts.iter().cloned().chain(loopback).map(|host| Name::configured(&host)).collect();
        names.map(AllowedHosts)
    }

    /// Whether every name that a request asks for is one of these, and there is one.
    pub(super) fn are_asked(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(HOST).iter();
        let host = hosts.next();
        // HTTP/2 has the name in the target.
        let target = uri.authority().map(|authority| authority.as_str());
        let fine = |host: &str| self.includes(host);
        hosts.next().is_none()
            && (host.is_some() || target.is_some())
            && host.is_none_or(|host| host.to_str().is_ok_and(fine))
            && target.is_none_or(fine)
    }

    fn includes(&self, host: &str) -> bool {
        let Some((host, port)) = split(host) else { return false };
        self.0.iter().any(|name| {
            name.host.eq_ignore_ascii_case(host) && (name.port.is_none() || name.port == port)
        })
    }
}

impl Name {
    fn configured(text: &str) -> Result<Self, StartError> {
        let name = split(text).filter(|(host, _)| is_host(host));
        let (host, port) = name.ok_or_else(|| {
            StartError::new(
                format!("`{text}` in `allowed_hosts` is not the name of a host"),
                "write it as `Host` has it, without scheme or path: `mcp.example.com` or `mcp.example.com:8443`",
            )
        })?;
        Ok(Name { host: host.to_owned(), port })
    }
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(address) => address
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok()),
        None => {
            let fits =
                |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
            !host.is_empty() && host.bytes().all(fits)
        }
    }
}

/// A host, with brackets if it has them, and its port.
fn split(text: &str) -> Option<(&str, Option<u16>)> {
    let after_address = text.find(']').unwrap_or(0);
    let Some(colon) = text.get(after_address..)?.find(':') else { return Some((text, None)) };
    let (host, port) = text.split_at(after_address + colon);
    let port = &port[1..];
    // Not `+80`.
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    Some((host, Some(port.parse().ok().filter(|_| digits)?)))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked(hosts: &AllowedHosts, target: &str, values: &[&'static str]) -> bool {
        let headers = values.iter().map(|value| (HOST, HeaderValue::from_static(value))).collect();
        hosts.are_asked(&target.parse().unwrap(), &headers)
    }

    #[test]
    fn loopback_has_its_names() {
        let hosts = AllowedHosts::new(&[], true).unwrap();
        for (values, expected) in [
            (&["localhost:8080"][..], true),
            (&["LOCALHOST"], true),
            (&["127.0.0.1:80"], true),
            (&["[::1]:8080"], true),
            (&["[::1]"], true),
            (&["evil.example"], false),
            (&["localhost.evil.example"], false),
            (&["127.0.0.1.evil.example"], false),
            (&["127.0.0.1@evil.example"], false),
            (&["evil.example@127.0.0.1"], false),
            (&["127.0.0.1:80@evil.example"], false),
            (&["localhost:"], false),
            (&["localhost:+80"], false),
            (&["localhost:99999"], false),
            (&["localhost."], false),
            (&["::1"], false),
            (&["localhost", "evil.example"], false),
            (&["localhost", "localhost"], false),
            (&[""], false),
            (&["]:"], false),
            (&[], false),
        ] {
            assert_eq!(asked(&hosts, "/mcp", values), expected, "{values:?}");
        }
        assert!(asked(&hosts, "http://localhost/mcp", &[]), "HTTP/2");
        assert!(!asked(&hosts, "http://localhost/mcp", &["evil.example"]), "both count");
        assert!(!asked(&hosts, "http://evil.example/mcp", &["localhost"]), "both count");
    }

    #[test]
    fn elsewhere_only_listed_names_are_known() {
        let listed = ["mcp.example.com".to_owned(), "other.example:8443".to_owned()];
        let hosts = AllowedHosts::new(&listed, false).unwrap();
        for (host, expected) in [
            ("mcp.example.com", true),
            ("MCP.Example.com:443", true),
            ("mcp.example.com:1", true),
            ("other.example:8443", true),
            ("other.example", false),
            ("other.example:443", false),
            ("example.com", false),
            ("a.mcp.example.com", false),
            ("mcp.example.com.", false),
            ("localhost", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(asked(&hosts, "/mcp", &[host]), expected, "{host}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused_at_the_start() {
        for host in [
            "",
            "https://a",
            "a/b",
            "*.example.com",
            "a:x",
            "a:",
            "u@a",
            "[::1",
            "[a]",
            "a b",
            "::1",
        ] {
            assert!(AllowedHosts::new(&[host.to_owned()], false).is_err(), "{host}");
        }
    }
}
