//! URLs as input: one meaning for all who read them.

use std::fmt;
use std::net::IpAddr;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;
use url::{Host, Url};

use super::address::special;
use crate::input::{At, DeclaresNothing, Input, OutOfBounds, Rules, Violations};
use crate::kind::Kind;
use crate::output::{Output, cleaned};

/// The longest URL, in characters as sent and in bytes as parsed.
const LONGEST: usize = 2048;

const SCHEME: &str = "https://";

/// What the schema says of it.
const PATTERN: &str = r"^https://[^/?#@%\\\s]+([/?][^#\\\s]*)?$";

/// Last labels of names that are not on the public internet: IANA Special-Use Domain Names, ICANN's
/// `internal`, and what machines call themselves.
const SPECIAL_USE: [&str; 9] =
    ["alt", "arpa", "internal", "invalid", "local", "localdomain", "localhost", "onion", "test"];

/// An `https` URL of a host on the public internet, as a client may send it.
///
/// At most 2048 characters. It has no user name, password or fragment, and nothing in it has to be
/// guessed: no white space, `\`, control or invisible characters, no escapes in the host. International
/// names become ASCII (IDNA). A host that is an address, in whatever spelling, has to be a public one;
/// a name has to have a dot and must not be of special use (`localhost`, `*.internal`). Where a name
/// leads is looked at when it is resolved.
///
/// It is no `Url` and no `str`: give it to a [`Fetcher`](super::Fetcher), which says what hosts and
/// ports are allowed. To show it, return it or format it.
///
/// ```
/// use secure_tool_runtime::fetch::SafeUrl;
/// let url = SafeUrl::try_from("https://example.com/a?b=c")?;
/// assert_eq!(url.host(), "example.com");
/// assert!(SafeUrl::try_from("https://2130706433/").is_err()); // 127.0.0.1
/// # Ok::<(), secure_tool_runtime::OutOfBounds>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafeUrl(Url);

impl SafeUrl {
    /// The host, in lower case and ASCII, for policies.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port, 443 if it says none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port().unwrap_or(443)
    }

    /// For the fetcher alone to request.
    pub(super) fn as_url(&self) -> &Url {
        &self.0
    }

    /// Where a response redirects to.
    pub(super) fn join(&self, location: &str) -> Option<Self> {
        // What is said of text holds of that of servers too; relative ones get the scheme by joining.
        plain(location).ok()?;
        let mut url = self.0.join(location).ok()?;
        // A fragment is the client's business and never sent.
        url.set_fragment(None);
        parse(url.as_str()).ok().map(Self)
    }
}

impl fmt::Display for SafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl TryFrom<&str> for SafeUrl {
    type Error = OutOfBounds;
    fn try_from(text: &str) -> Result<Self, OutOfBounds> {
        parse(text).map(Self).map_err(|_| OutOfBounds)
    }
}

impl<D: DeclaresNothing> Input<D> for SafeUrl {
    const KIND: Kind = Kind::Other;
    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": SCHEME.len() + 1,
            "maxLength": LONGEST,
            "format": "uri",
            "pattern": PATTERN,
            "description": "An `https` URL without user name and fragment.",
        })
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        let Value::String(text) = value else {
            violations.add(at, "type", "must be text");
            return None;
        };
        match parse(&text) {
            Ok(url) => Some(Self(url)),
            Err((rule, demand)) => {
                violations.add(at, rule, demand);
                None
            }
        }
    }
}

impl Output for SafeUrl {
    const KIND: Kind = Kind::Text;

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        <String as Output>::schema(generator)
    }

    fn disclose(self) -> Value {
        String::from(self.0).disclose()
    }
}

/// A rule with what it demands.
type Fault = (&'static str, &'static str);

const TOO_LONG: Fault = ("length", "must have 9 to 2048 characters");

fn parse(text: &str) -> Result<Url, Fault> {
    plain(text)?;
    let Some(rest) = text.strip_prefix(SCHEME) else {
        return Err(("url", "must begin with `https://`"));
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    if authority.contains('@') {
        return Err(("url", "must not contain a user name or password"));
    }
    if authority.contains('%') {
        return Err(("url", "must not contain escapes in the host"));
    }
    if rest.contains('#') {
        return Err(("url", "must not contain a fragment"));
    }
    let url = Url::parse(text).map_err(|_| ("url", "must be a valid URL"))?;
    // International names and escapes are longer as they are sent.
    if url.as_str().len() > LONGEST {
        return Err(TOO_LONG);
    }
    // The parser forgives an empty authority; we read the same as it does, or refuse.
    if authority.is_empty() || url.port() == Some(0) || !url.username().is_empty() {
        return Err(("url", "must be a valid URL"));
    }
    check_host(url.host())?;
    Ok(url)
}

/// What parsers skip, strip or replace, each in its own way.
fn plain(text: &str) -> Result<(), Fault> {
    let fits = text.len() <= 4 * LONGEST && text.chars().count() <= LONGEST;
    if !fits || text.is_empty() {
        return Err(TOO_LONG);
    }
    if text.contains(|c: char| c.is_whitespace() || c == '\\') || cleaned(text) != text {
        return Err(("url", "must not contain white space, `\\`, control or invisible characters"));
    }
    Ok(())
}

fn check_host(host: Option<Host<&str>>) -> Result<(), Fault> {
    let public = match host {
        None => false,
        Some(Host::Ipv4(address)) => special(IpAddr::V4(address)).is_none(),
        Some(Host::Ipv6(address)) => special(IpAddr::V6(address)).is_none(),
        Some(Host::Domain(name)) => is_public_name(name),
    };
    public.then_some(()).ok_or(("url", "must be of a host on the public internet"))
}

/// A name with a dot, and none of special use. One that ends with a dot is the same host, and another
/// one to those who compare names.
fn is_public_name(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, last)| !last.is_empty() && !SPECIAL_USE.contains(&last))
}
