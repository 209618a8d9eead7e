//! Proxies: who of those that connect is believed about where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::{FORWARDED, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use ipnet::IpNet;

use crate::server::StartError;

/// The address from which a request comes, in the extensions of the request: that of the peer, or
/// what trusted proxies say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Not in the `http` crate: it is a custom, not a standard.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The most proxies in a row. Who is behind more is known as the last of them.
const HOPS: usize = 16;

/// Proxies in front of this server.
#[derive(Debug, Clone)]
pub(super) struct Proxies {
    pub(super) reason: String,
    networks: Vec<IpNet>,
}

/// The headers of a proxy say two things.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contradiction;

impl Proxies {
    pub(super) fn new(reason: String, networks: &[String]) -> Result<Self, StartError> {
        if reason.trim().is_empty() {
            return Err(StartError::new(
                "`behind_proxy` needs a reason",
                "say what ends TLS in front of this server: `.behind_proxy(\"nginx on the same host ends TLS\", [\"127.0.0.1\"])`",
            ));
        }
        if networks.is_empty() {
            return Err(StartError::new(
                "`behind_proxy` names no proxy",
                "say where proxies connect from: `.behind_proxy(\"…\", [\"10.1.2.3\", \"10.9.0.0/24\"])`",
            ));
        }
        let networks = networks.iter().map(|network| parse(network)).collect::<Result<_, _>>()?;
        Ok(Proxies { reason, networks })
    }

    /// Whether a peer is one of these proxies.
    pub(super) fn include(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// Where a request comes from. Headers count only from a trusted proxy, and from the right:
    /// each proxy adds who connected to it, and what is further left may be the client's invention.
    ///
    /// A proxy writes one of the two headers, and a client may write the other. So if both are
    /// there, they have to agree.
    pub(super) fn client(
        &self,
        peer: IpAddr,
        headers: &HeaderMap,
    ) -> Result<IpAddr, Contradiction> {
        if !self.include(peer) {
            return Ok(peer);
        }
        let customary = self.last_untrusted(peer, headers, &X_FORWARDED_FOR, forwarded_for);
        let standard = self.last_untrusted(peer, headers, &FORWARDED, forwarded);
        match (customary, standard) {
            (Some(one), Some(other)) if one != other => Err(Contradiction),
            (one, other) => Ok(one.or(other).unwrap_or(peer)),
        }
    }

    fn last_untrusted(
        &self,
        peer: IpAddr,
        headers: &HeaderMap,
        name: &HeaderName,
        read: fn(&str) -> Option<IpAddr>,
    ) -> Option<IpAddr> {
        if !headers.contains_key(name) {
            return None;
        }
        let lines = headers.get_all(name).iter().rev().map(HeaderValue::to_str);
        let mut nearest = peer;
        let mut hops = 0;
        for line in lines {
            // What is not text is as bad as what is no address.
            for entry in line.unwrap_or("?").rsplit(',') {
                hops += 1;
                let Some(address) = read(entry.trim()).filter(|_| hops <= HOPS) else {
                    return Some(nearest);
                };
                nearest = address;
                if !self.include(address) {
                    return Some(nearest);
                }
            }
        }
        Some(nearest)
    }
}

/// An address or a network. All of the internet is no proxy.
fn parse(text: &str) -> Result<IpNet, StartError> {
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network: IpNet = network.map_err(|_| {
        StartError::new(
            format!("`{text}` in `behind_proxy` is not an address or a network"),
            "write it as 10.1.2.3, 10.9.0.0/24 or 2001:db8::/64",
        )
    })?;
    if network.prefix_len() == 0 {
        return Err(StartError::new(
            format!("`{text}` in `behind_proxy` trusts everybody to be a proxy"),
            "name the addresses or networks from which your proxies connect",
        ));
    }
    Ok(network)
}

/// An entry of `X-Forwarded-For`: an address, with a port where proxies add one.
fn forwarded_for(entry: &str) -> Option<IpAddr> {
    address(entry)
}

/// An element of `Forwarded` (RFC 7239 §4): the `for` among its pairs.
fn forwarded(element: &str) -> Option<IpAddr> {
    let mut found = None;
    for pair in element.split(';') {
        let (name, value) = pair.split_once('=')?;
        // A quote that is not closed may hide what somebody else wrote.
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.strip_suffix('"')?,
            None => value,
        };
        if value.contains(['"', '\\']) {
            return None;
        }
        if name.trim().eq_ignore_ascii_case("for") && found.replace(value).is_some() {
            return None;
        }
    }
    address(found?)
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    bare().or_else(with_port).or_else(bracketed).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> Proxies {
        let networks = ["10.0.0.0/8".to_owned(), "2001:db8::1".to_owned()];
        Proxies::new("a test".into(), &networks).unwrap()
    }

    fn client(
        peer: &str,
        headers: &[(&'static str, &'static str)],
    ) -> Result<String, Contradiction> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        proxies().client(peer.parse().unwrap(), &map).map(|address| address.to_string())
    }

    #[test]
    fn x_forwarded_for_is_read_from_the_right_and_only_from_trusted_proxies() {
        for (peer, lines, expected) in [
            ("192.0.2.9", &["198.51.100.1"][..], "192.0.2.9"),
            ("192.0.2.9", &["10.0.0.1"], "192.0.2.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
            ("10.0.0.1", &["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["6.6.6.6,198.51.100.1,10.0.0.7, 10.0.0.8"], "198.51.100.1"),
            ("10.0.0.1", &["6.6.6.6", "198.51.100.1", "10.0.0.7"], "198.51.100.1"),
            ("10.0.0.1", &["10.0.0.9, 10.0.0.7"], "10.0.0.9"),
            ("10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
            ("2001:db8::1", &["2001:db8::2"], "2001:db8::2"),
            ("10.0.0.1", &["[2001:db8::2]:80"], "2001:db8::2"),
            ("10.0.0.1", &["[2001:db8::2]"], "2001:db8::2"),
            // What a proxy says and nobody understands ends at that proxy.
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1,"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, garbage, 10.0.0.7"], "10.0.0.7"),
            ("10.0.0.1", &["198.51.100.1\u{9}x"], "10.0.0.1"),
            ("10.0.0.1", &["127.1"], "10.0.0.1"),
            ("10.0.0.1", &["0x7f000001"], "10.0.0.1"),
        ] {
            let headers: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
            assert_eq!(client(peer, &headers).unwrap(), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn forwarded_is_read_likewise() {
        for (line, expected) in [
            ("for=198.51.100.1", "198.51.100.1"),
            ("For=198.51.100.1;proto=https;by=10.0.0.1", "198.51.100.1"),
            ("for=6.6.6.6, for=198.51.100.1;host=\"a\", for=10.0.0.7", "198.51.100.1"),
            ("for=\"[2001:db8::2]:4711\"", "2001:db8::2"),
            ("for=\"198.51.100.1:4711\"", "198.51.100.1"),
            ("proto=https", "10.0.0.1"),
            ("for=unknown", "10.0.0.1"),
            ("for=_hidden", "10.0.0.1"),
            ("for=6.6.6.6;for=198.51.100.1", "10.0.0.1"),
            // A quote of the client's does not swallow what the proxy adds, nor the other way round.
            ("for=\"6.6.6.6, for=198.51.100.1", "198.51.100.1"),
            ("for=198.51.100.1;host=\"x,for=6.6.6.6\"", "10.0.0.1"),
            ("for=198.51.100.1;host=\"x,for=6.6.6.6;y=\"", "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(client("10.0.0.1", &[("forwarded", line)]).unwrap(), expected, "{line}");
            assert_eq!(client("192.0.2.9", &[("forwarded", line)]).unwrap(), "192.0.2.9", "{line}");
        }
    }

    #[test]
    fn a_second_header_cannot_say_something_else() {
        let real = ("x-forwarded-for", "198.51.100.1");
        assert_eq!(client("10.0.0.1", &[real, ("forwarded", "for=6.6.6.6")]), Err(Contradiction));
        assert_eq!(client("10.0.0.1", &[real, ("forwarded", "garbage")]), Err(Contradiction));
        let same = client("10.0.0.1", &[real, ("forwarded", "for=198.51.100.1")]);
        assert_eq!(same.unwrap(), "198.51.100.1");
        let ignored = client("192.0.2.9", &[real, ("forwarded", "for=6.6.6.6")]);
        assert_eq!(ignored.unwrap(), "192.0.2.9");
    }

    #[test]
    fn a_row_of_proxies_has_an_end() {
        let mut headers = HeaderMap::new();
        let line = ["6.6.6.6"].into_iter().chain(["10.0.0.7"; 1000]).collect::<Vec<_>>().join(",");
        headers.insert(X_FORWARDED_FOR, line.parse().unwrap());
        let client = proxies().client("10.0.0.1".parse().unwrap(), &headers);
        assert_eq!(client.unwrap().to_string(), "10.0.0.7");
    }

    #[test]
    fn proxies_are_named_and_explained() {
        for (reason, networks) in [
            ("", &["10.0.0.0/8"][..]),
            (" ", &["10.0.0.0/8"]),
            ("nginx", &[]),
            ("nginx", &["0.0.0.0/0"]),
            ("nginx", &["10.0.0.1", "::/0"]),
            ("nginx", &["10.0.0.0/33"]),
            ("nginx", &["proxy.example"]),
            ("nginx", &[""]),
        ] {
            let networks: Vec<_> = networks.iter().map(|network| (*network).to_owned()).collect();
            let error = Proxies::new(reason.into(), &networks).unwrap_err().to_string();
            assert!(error.contains("help:"), "{error}");
        }
    }
}
