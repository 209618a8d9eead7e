//! Names of hosts as input.

use std::fmt;
use std::net::IpAddr;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::input::{At, DeclaresNothing, Input, OutOfBounds, Rules, Violations};
use crate::kind::Kind;
use crate::output::Output;

/// The longest name, in characters (RFC 1123, §2.1).
const LONGEST: usize = 253;

/// The longest label, in characters (RFC 1035, §2.3.4).
const LONGEST_LABEL: usize = 63;

/// What the schema says of it. Spellings of addresses are looked at beyond it.
const PATTERN: &str = r"^[0-9A-Za-z:]([0-9A-Za-z.:\-]*[0-9A-Za-z:])?$";

/// The name or the address of a host, as a client may send it.
///
/// A name is labels of ASCII letters, digits and inner hyphens, apart by dots (RFC 1123, §2.1), at most
/// 253 characters. An address is spelled in the one usual way: `192.0.2.1`, `2001:db8::1`. What resolvers
/// take for an address in another spelling (`2130706433`, `0x7f.1`, `127.1`) is refused.
///
/// It says nothing about where the host is. Give it to a program that may reach all of the network that
/// the machine reaches; to fetch something, there is `SafeUrl`.
///
/// ```
/// use secure_tool_runtime::command::HostName;
/// assert!(HostName::try_from("example.com").is_ok());
/// assert!(HostName::try_from("2130706433").is_err());
/// assert!(HostName::try_from("-f").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

impl HostName {
    /// The name, as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address, if it is one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.0.parse().ok()
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for HostName {
    type Error = OutOfBounds;
    fn try_from(text: String) -> Result<Self, OutOfBounds> {
        is_host(&text).then_some(Self(text)).ok_or(OutOfBounds)
    }
}

impl TryFrom<&str> for HostName {
    type Error = OutOfBounds;
    fn try_from(text: &str) -> Result<Self, OutOfBounds> {
        text.to_owned().try_into()
    }
}

impl<D: DeclaresNothing> Input<D> for HostName {
    const KIND: Kind = Kind::Other;
    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST,
            "pattern": PATTERN,
            "description": "The name of a host, or its IP address.",
        })
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        let Value::String(text) = value else {
            violations.add(at, "type", "must be text");
            return None;
        };
        if is_host(&text) {
            return Some(Self(text));
        }
        violations.add(
            at,
            "host",
            "must be the name of a host, such as `example.com`, or its IP address",
        );
        None
    }
}

impl Output for HostName {
    const KIND: Kind = Kind::Text;

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        <String as Output>::schema(generator)
    }

    fn disclose(self) -> Value {
        self.0.disclose()
    }
}

fn is_host(text: &str) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    if text.parse::<IpAddr>().is_ok() {
        return true;
    }
    // A resolver takes a name for an address if its last label is a number (WHATWG URL, “ends in a number”).
    let last = text.rsplit('.').next().unwrap_or_default();
    let digits = last.strip_prefix(['0']).and_then(|rest| rest.strip_prefix(['x', 'X']));
    let hexadecimal = digits.is_some_and(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()));
    let number = last.chars().all(|c| c.is_ascii_digit()) || hexadecimal;
    !number && text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = label.as_bytes();
    label.len() <= LONGEST_LABEL
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}
