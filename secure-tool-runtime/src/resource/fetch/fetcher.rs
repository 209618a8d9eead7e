//! The client: where it goes, and how far.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};

use super::resolver::Resolver;
use super::response::{Fetched, collect, redirect};
use super::{FetchError, SafeUrl};

/// Fetches from the hosts that it was made for. Clones share connections.
#[derive(Clone)]
pub struct Fetcher {
    client: Client,
    /// Nothing here means any host with public addresses.
    hosts: Option<BTreeSet<String>>,
    ports: BTreeSet<u16>,
    limits: Limits,
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    body: usize,
    redirects: usize,
    time: Duration,
}

impl Fetcher {
    /// Goes to these hosts and no others: not to names below them, and not where they redirect to.
    /// Even these have to have public addresses.
    ///
    /// # Errors
    /// If one of them is not a host name as a [`SafeUrl`] may have it, or there is no TLS.
    pub fn to_hosts<H: AsRef<str>>(hosts: impl IntoIterator<Item = H>) -> io::Result<Self> {
        let hosts = hosts.into_iter().map(|host| known(host.as_ref())).collect::<Result<_, _>>()?;
        Self::new(Some(hosts), Resolver::system(), Client::builder())
    }

    /// Goes to any host with public addresses. What comes from there may say anything: prefer
    /// [`Fetcher::to_hosts`] where hosts are known.
    ///
    /// # Errors
    /// If there is no TLS.
    pub fn to_public_internet() -> io::Result<Self> {
        Self::new(None, Resolver::system(), Client::builder())
    }

    /// The builder knows certificates at most: everything else is settled here.
    pub(super) fn new(
        hosts: Option<BTreeSet<String>>,
        resolver: Resolver,
        builder: ClientBuilder,
    ) -> io::Result<Self> {
        let client = builder
            .dns_resolver(resolver)
            .no_proxy()
            .redirect(Policy::none())
            .https_only(true)
            .http1_only()
            .referer(false)
            .retry(reqwest::retry::never())
            .user_agent(concat!("secure-tool/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(io::Error::other)?;
        let limits = Limits { body: 1 << 20, redirects: 5, time: Duration::from_secs(10) };
        Ok(Fetcher { client, hosts, ports: BTreeSet::from([443]), limits })
    }

    /// Allows a port beside 443.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.ports.insert(port);
        self
    }

    /// The longest body, in bytes. By default 1 MiB. A longer one is refused, not cut.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.limits.body = bytes;
        self
    }

    /// The most redirects that are followed for a request. By default 5.
    #[must_use]
    pub fn max_redirects(mut self, redirects: usize) -> Self {
        self.limits.redirects = redirects;
        self
    }

    /// The longest that a request may take, redirects and body included. By default 10 seconds.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.limits.time = time;
        self
    }

    /// What is at a URL. The status may be any: look at it.
    ///
    /// # Errors
    /// [`FetchError::Refused`] if the host, the port, an address or a redirect is not allowed;
    /// [`FetchError::Unreachable`], [`FetchError::TimedOut`], [`FetchError::TooManyRedirects`] and
    /// [`FetchError::TooLarge`] as they say.
    pub async fn get(&self, url: &SafeUrl) -> Result<Fetched, FetchError> {
        let fetched = tokio::time::timeout(self.limits.time, self.follow(url.clone())).await;
        fetched.unwrap_or(Err(FetchError::TimedOut)).map_err(FetchError::logged)
    }

    async fn follow(&self, mut url: SafeUrl) -> Result<Fetched, FetchError> {
        for _ in 0..=self.limits.redirects {
            self.admit(&url)?;
            let request = self.client.get(url.as_url().clone());
            let response = request.send().await.map_err(FetchError::of)?;
            let Some(location) = redirect(&response) else {
                return collect(url, response, self.limits.body).await;
            };
            let next = std::str::from_utf8(location).ok().and_then(|location| url.join(location));
            url = next.ok_or(FetchError::Refused("redirect"))?;
        }
        Err(FetchError::TooManyRedirects)
    }

    fn admit(&self, url: &SafeUrl) -> Result<(), FetchError> {
        if self.hosts.as_ref().is_some_and(|hosts| !hosts.contains(url.host())) {
            return Err(FetchError::Refused("host"));
        }
        if !self.ports.contains(&url.port()) {
            return Err(FetchError::Refused("port"));
        }
        Ok(())
    }
}

/// A host from configuration, spelled as it is in a URL.
fn known(host: &str) -> io::Result<String> {
    let url = SafeUrl::try_from(format!("https://{host}/").as_str());
    let url = url.ok().filter(|_| !host.contains(['/', '?', ':']));
    let wrong = || io::Error::new(io::ErrorKind::InvalidInput, "not the name of a public host");
    url.map(|url| url.host().to_owned()).ok_or_else(wrong)
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Fetcher");
        debug.field("hosts", &self.hosts).field("ports", &self.ports);
        debug.field("limits", &self.limits).finish_non_exhaustive()
    }
}
