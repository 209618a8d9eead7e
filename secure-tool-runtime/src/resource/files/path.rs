//! Paths as input: what a name may look like.

use std::fmt;
use std::path::Path;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::input::{At, DeclaresNothing, Input, OutOfBounds, Rules, Violations};
use crate::kind::Kind;
use crate::output::{Output, cleaned};

/// The longest path, in characters: at four bytes each it is within Linux's 4096 bytes.
const LONGEST: usize = 512;

/// The longest name, in bytes, on the usual file systems.
const LONGEST_NAME: usize = 255;

/// Names that begin so are our temporary files.
pub(super) const TEMPORARY: &str = ".secure-tool-";

/// What the schema says of it. Names of devices and invisible characters are refused beyond it.
const PATTERN: &str = r"^[^/\\:\u0000-\u001f\u007f-\u009f]*[^/\\: .\u0000-\u001f\u007f-\u009f](/[^/\\:\u0000-\u001f\u007f-\u009f]*[^/\\: .\u0000-\u001f\u007f-\u009f])*$";

/// A relative path, as a client may send it: names apart by `/`.
///
/// At most 512 characters, and 255 bytes a name. No name is empty, `.` or `..`, or ends with a dot or
/// a space; none contains `\`, `:`, control characters, bidirectional or other invisible characters;
/// none is a device on Windows (`NUL`, `com1.txt`): each would mean another file to somebody. Nothing
/// is normalised: what is not exact is refused.
///
/// It is neither a [`Path`] nor a `str`, for it means nothing by itself: give it to a
/// [`Root`](super::Root). It belongs to none; each tool says in which one it looks. To show it,
/// return it or format it.
///
/// ```
/// use secure_tool_runtime::files::SafePath;
/// let path = SafePath::try_from("2026/minutes.md")?;
/// assert_eq!(path.to_string(), "2026/minutes.md");
/// assert!(SafePath::try_from("../minutes.md").is_err());
/// # Ok::<(), secure_tool_runtime::OutOfBounds>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafePath(String);

impl SafePath {
    /// For the root alone to resolve.
    pub(super) fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }

    /// The directory, unless it is the root itself, and the name in it.
    pub(super) fn split(&self) -> (Option<&Path>, &str) {
        match self.0.rsplit_once('/') {
            Some((directory, name)) => (Some(Path::new(directory)), name),
            None => (None, &self.0),
        }
    }

    /// True if a name in it begins with a dot.
    pub(super) fn is_hidden(&self) -> bool {
        self.0.split('/').any(|name| name.starts_with('.'))
    }
}

impl fmt::Display for SafePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SafePath {
    type Error = OutOfBounds;
    fn try_from(text: String) -> Result<Self, OutOfBounds> {
        fault(&text).is_none().then_some(Self(text)).ok_or(OutOfBounds)
    }
}

impl TryFrom<&str> for SafePath {
    type Error = OutOfBounds;
    fn try_from(text: &str) -> Result<Self, OutOfBounds> {
        text.to_owned().try_into()
    }
}

impl<D: DeclaresNothing> Input<D> for SafePath {
    const KIND: Kind = Kind::Other;
    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST,
            "pattern": PATTERN,
            "description": "A relative path: names apart by `/`, without `.` or `..`.",
        })
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        let Value::String(text) = value else {
            violations.add(at, "type", "must be text");
            return None;
        };
        match fault(&text) {
            None => Some(Self(text)),
            Some((rule, demand)) => {
                violations.add(at, rule, demand);
                None
            }
        }
    }
}

impl Output for SafePath {
    const KIND: Kind = Kind::Text;

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        <String as Output>::schema(generator)
    }

    fn disclose(self) -> Value {
        self.0.disclose()
    }
}

/// The first rule that a path breaks, with its demand.
fn fault(path: &str) -> Option<(&'static str, &'static str)> {
    // Bytes first: a megabyte is refused without being counted.
    let fits = path.len() <= 4 * LONGEST && path.chars().count() <= LONGEST;
    if path.is_empty() || !fits {
        return Some(("length", "must have 1 to 512 characters"));
    }
    if path.starts_with('/') {
        return Some(("path", "must be a relative path: it must not begin with `/`"));
    }
    path.split('/').find_map(name_fault).map(|demand| ("path", demand))
}

/// What is wrong with one name in a path.
pub(super) fn name_fault(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("must not contain `//` or end with `/`");
    }
    if name.len() > LONGEST_NAME {
        return Some("must not contain a name of more than 255 bytes");
    }
    if name == "." || name == ".." {
        return Some("must not contain `.` or `..`");
    }
    if name.ends_with(['.', ' ']) {
        return Some("must not contain a name that ends with a dot or a space");
    }
    if name.contains(['\\', ':']) {
        return Some("must not contain `\\` or `:`");
    }
    if name.contains(['\n', '\t']) || cleaned(name) != name {
        return Some("must not contain control or invisible characters");
    }
    if is_device(name) || name.starts_with(TEMPORARY) {
        return Some("must not contain a reserved name");
    }
    None
}

/// True for names that Windows takes for devices, in any directory and with any extension
/// (“Naming Files, Paths, and Namespaces”, Microsoft Learn).
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end_matches(' ');
    let is = |device: &str| stem.eq_ignore_ascii_case(device);
    if ["con", "prn", "aux", "nul", "conin$", "conout$"].into_iter().any(is) {
        return true;
    }
    let Some((port, number)) = stem.get(..3).zip(stem.get(3..)) else { return false };
    let is_port = port.eq_ignore_ascii_case("com") || port.eq_ignore_ascii_case("lpt");
    let mut digits = number.chars();
    let one = digits.next().filter(|_| digits.next().is_none());
    is_port && one.is_some_and(|digit| matches!(digit, '0'..='9' | '¹' | '²' | '³'))
}
