//! Where a server may listen: on loopback, unless whatever others need is there.
//!
//! Off loopback tokens cross networks, so that there has to be TLS, here or in a proxy; web pages
//! reach the server, so that its names have to be known; and strangers do, so that there has to be
//! authentication that is made for them (checklist, "Transport Security").

use std::net::IpAddr;

use super::hosts::AllowedHosts;
use super::options::Options;
use super::proxy::Proxies;
use crate::server::StartError;

/// What was found out about who can reach a server.
#[derive(Debug)]
pub(super) struct Exposure {
    pub(super) hosts: AllowedHosts,
    pub(super) proxies: Option<Proxies>,
    tls: bool,
    loopback: bool,
}

impl Exposure {
    /// Judges whether a server may listen on an address.
    ///
    /// # Errors
    /// With what is missing, and how to supply it.
    pub(super) fn judge(
        address: IpAddr,
        options: &Options,
        tls: bool,
        for_loopback_only: bool,
    ) -> Result<Self, StartError> {
        let loopback = address.to_canonical().is_loopback();
        let proxies = match &options.proxies {
            Some((reason, networks)) => Some(Proxies::new(reason.clone(), networks)?),
            None => None,
        };
        if for_loopback_only && !loopback {
            return Err(development_users(&format!("{address} is not a loopback address")));
        }
        if for_loopback_only && proxies.is_some() {
            return Err(development_users("behind a proxy, everybody reaches this server"));
        }
        if !loopback && !tls && proxies.is_none() {
            return Err(without_tls(address));
        }
        if options.allowed_hosts.is_empty() && (!loopback || proxies.is_some()) {
            return Err(StartError::new(
                "others reach this server, and it does not know under which names",
                "list them: `.allowed_hosts([\"mcp.example.com\"])`",
            ));
        }
        let hosts = AllowedHosts::new(&options.allowed_hosts, loopback)?;
        Ok(Exposure { hosts, proxies, tls, loopback })
    }

    /// Whether a peer may speak without TLS: on this machine, and as a trusted proxy.
    pub(super) fn lets_in(&self, peer: IpAddr) -> bool {
        self.tls || self.loopback || peer.is_loopback() || self.is_proxy(peer)
    }

    pub(super) fn has_tls(&self) -> bool {
        self.tls
    }

    /// Whether browsers may be told to use nothing but TLS for this name. For `localhost` that would
    /// be meant for whatever else listens there.
    pub(super) fn is_https(&self) -> bool {
        self.tls && !self.loopback
    }

    /// What the origin of this server's own pages begins with, as browsers know it. A proxy ends TLS, so
    /// that a page without it is of somebody on the way.
    pub(super) fn scheme(&self) -> &'static str {
        if self.tls || self.proxies.is_some() { "https://" } else { "http://" }
    }

    pub(super) fn is_proxy(&self, peer: IpAddr) -> bool {
        self.proxies.as_ref().is_some_and(|proxies| proxies.include(peer))
    }
}

fn development_users(where_: &str) -> StartError {
    StartError::new(
        format!("{where_}, and development users are for loopback only"),
        "listen on 127.0.0.1 or [::1] without a proxy, or let `.callers(…)` know its callers in a way that is made for strangers",
    )
}

fn without_tls(address: IpAddr) -> StartError {
    StartError::new(
        format!(
            "{address} is not a loopback address, and without TLS everybody on the way reads the tokens"
        ),
        "give it a certificate: `.tls(Tls::files(…))`, or `--tls-cert FILE --tls-key FILE` (feature `tls`); or, if a proxy ends TLS, name it with `.behind_proxy(\"why\", [\"10.1.2.3\"])`; or listen on 127.0.0.1",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(address: &str, options: &Options, tls: bool, for_loopback_only: bool) -> String {
        let address = address.parse().unwrap();
        match Exposure::judge(address, options, tls, for_loopback_only) {
            Ok(_) => "starts".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    fn options(hosts: &[&str], proxies: Option<&[&str]>) -> Options {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Options {
            allowed_hosts: own(hosts),
            proxies: proxies.map(|networks| ("a test".to_owned(), own(networks))),
            ..Options::default()
        }
    }

    #[test]
    fn what_is_missing_is_said_with_its_fix() {
        let (none, host, proxy) = (
            options(&[], None),
            options(&["mcp.example.com"], None),
            options(&["mcp.example.com"], Some(&["10.0.0.0/8"])),
        );
        let nameless = options(&[], Some(&["10.0.0.0/8"]));
        for (address, options, tls, development, expected) in [
            ("127.0.0.1", &none, false, true, "starts"),
            ("127.8.8.8", &none, false, true, "starts"),
            ("::1", &none, false, true, "starts"),
            ("::ffff:127.0.0.1", &none, false, true, "starts"),
            ("127.0.0.1", &none, true, true, "starts"),
            ("127.0.0.1", &proxy, false, false, "starts"),
            ("0.0.0.0", &host, true, false, "starts"),
            ("192.0.2.1", &proxy, false, false, "starts"),
            ("192.0.2.1", &proxy, true, false, "starts"),
            ("0.0.0.0", &none, false, true, "for loopback only"),
            ("0.0.0.0", &host, true, true, "for loopback only"),
            ("127.0.0.1", &proxy, false, true, "for loopback only"),
            ("0.0.0.0", &none, false, false, "Tls::files"),
            ("::", &host, false, false, "Tls::files"),
            ("192.168.0.1", &host, false, false, "behind_proxy"),
            ("169.254.1.1", &host, false, false, "behind_proxy"),
            ("0.0.0.0", &none, true, false, "allowed_hosts"),
            ("0.0.0.0", &nameless, false, false, "allowed_hosts"),
            ("127.0.0.1", &nameless, false, false, "allowed_hosts"),
        ] {
            let said = judged(address, options, tls, development);
            assert!(said.contains(expected), "{address}: {said}");
            assert_eq!(said.contains("help:"), expected != "starts", "{said}");
        }
    }

    #[test]
    fn without_tls_only_proxies_and_this_machine_are_let_in() {
        let judge = |address: &str, options: &Options, tls| {
            Exposure::judge(address.parse().unwrap(), options, tls, false).unwrap()
        };
        let lets_in = |exposure: &Exposure, peer: &str| exposure.lets_in(peer.parse().unwrap());
        let proxy = judge("0.0.0.0", &options(&["a.example"], Some(&["10.0.0.0/8"])), false);
        assert!(lets_in(&proxy, "10.1.2.3"));
        assert!(lets_in(&proxy, "127.0.0.1"));
        assert!(!lets_in(&proxy, "192.0.2.1"));
        let tls = judge("0.0.0.0", &options(&["a.example"], Some(&["10.0.0.0/8"])), true);
        assert!(lets_in(&tls, "192.0.2.1"));
    }
}
