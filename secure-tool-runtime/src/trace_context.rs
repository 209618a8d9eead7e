//! W3C Trace Context, as MCP carries it in `_meta` (SEP-414).
//!
//! The one thing of a client that gets into logs. So it is taken only as the recommendation writes it
//! (<https://www.w3.org/TR/trace-context-2/>, sections 3.2 and 3.3): hexadecimal digits of a fixed
//! length, and a list of keys and printable values of 512 bytes at most. Everything else is dropped
//! as if it were not there.

/// The longest `tracestate`, in bytes, and its most members.
const LONGEST: usize = 512;
const MOST: usize = 32;

/// The longest key and value of a member, in bytes.
const KEY: usize = 256;
const VALUE: usize = 256;

/// Which span of another program a call belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TraceContext {
    /// `00-<trace>-<parent>-<flags>`.
    pub(crate) parent: String,
    /// What tracing systems tell one another about it.
    pub(crate) state: Option<String>,
}

impl TraceContext {
    /// Without a valid parent there is no state, either.
    pub(crate) fn parse(parent: &str, state: Option<&str>) -> Option<Self> {
        let state = state.filter(|state| is_state(state)).map(str::to_owned);
        Some(TraceContext { parent: known_parent(parent)?, state })
    }
}

/// The parent in the form of version 00.
fn known_parent(text: &str) -> Option<String> {
    let (known, rest) = text.split_at_checked(55)?;
    let mut parts = known.split('-');
    let mut part = |length| parts.next().filter(|part| part.len() == length && is_hex(part));
    let (version, trace, parent, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
    // Later versions may go on after a dash.
    let ends =
        if version == "00" { rest.is_empty() } else { rest.is_empty() || rest.starts_with('-') };
    let fine = version != "ff" && ends && !is_zero(trace) && !is_zero(parent);
    fine.then(|| format!("00-{trace}-{parent}-{flags}"))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_zero(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'0')
}

fn is_state(text: &str) -> bool {
    let mut keys = Vec::new();
    let members = text.split(',').map(|member| member.trim_matches([' ', '\t']));
    for member in members.filter(|member| !member.is_empty()) {
        let Some((key, value)) = member.split_once('=') else { return false };
        if keys.len() == MOST || keys.contains(&key) || !is_key(key) || !is_value(value) {
            return false;
        }
        keys.push(key);
    }
    text.len() <= LONGEST && !keys.is_empty()
}

fn is_key(key: &str) -> bool {
    let first = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    key.len() <= KEY
        && key.bytes().next().is_some_and(first)
        && key.bytes().all(|byte| first(byte) || b"_-*/@".contains(&byte))
}

fn is_value(value: &str) -> bool {
    let visible = |byte: u8| matches!(byte, 0x21..=0x7e) && byte != b',' && byte != b'=';
    value.len() <= VALUE
        && value.bytes().next_back().is_some_and(visible)
        && value.bytes().all(|byte| byte == b' ' || visible(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn parent(text: &str) -> Option<String> {
        TraceContext::parse(text, None).map(|context| context.parent)
    }

    fn state(text: &str) -> Option<String> {
        TraceContext::parse(PARENT, Some(text)).unwrap().state
    }

    #[test]
    fn a_parent_is_taken_as_it_is_written() {
        assert_eq!(parent(PARENT).as_deref(), Some(PARENT));
        let later = PARENT.replacen("00-", "cc-", 1);
        assert_eq!(parent(&later).as_deref(), Some(PARENT));
        assert_eq!(
            parent(&format!("{later}-what-the-future-will-be-like")).as_deref(),
            Some(PARENT)
        );
    }

    #[test]
    fn a_parent_that_is_not_valid_is_none() {
        for text in [
            String::new(),
            PARENT.to_uppercase(),
            PARENT.replacen("00-", "ff-", 1),
            PARENT.replacen("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32), 1),
            PARENT.replacen("00f067aa0ba902b7", &"0".repeat(16), 1),
            PARENT.replacen('-', "_", 1),
            PARENT.replacen("4b", "4g", 1),
            PARENT.replacen("4b", "é", 1),
            format!("{PARENT}-01"),
            format!("{PARENT} "),
            format!(" {PARENT}"),
            format!("{}x", PARENT.replacen("00-", "cc-", 1)),
            PARENT[..54].to_owned(),
            PARENT.replacen("b7-01", "b7-\n1", 1),
            "-".repeat(55),
        ] {
            assert_eq!(parent(&text), None, "{text:?}");
        }
    }

    #[test]
    fn a_state_is_taken_if_all_of_it_is_valid() {
        for text in ["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "a=1 ,\t, b=x y", "0t@v=:;!~"] {
            assert_eq!(state(text).as_deref(), Some(text));
        }
        let long = format!("a={}", "x".repeat(257));
        let wide = (0..33).map(|n| format!("k{n}=v,")).collect::<String>();
        let big = ["a", "b"].map(|key| format!("{key}={}", "x".repeat(255))).join(",");
        for text in [
            "",
            ",",
            "a",
            "a=",
            "=1",
            "A=1",
            "a=1,a=2",
            "a=1=2",
            "a=é",
            "a=1\n",
            "a=\x1b[2J",
            "a b=1",
            &long,
            &wide,
            &big,
        ] {
            assert_eq!(state(text), None, "{text:?}");
        }
        assert_eq!(TraceContext::parse("no parent", Some("a=1")), None);
    }
}
