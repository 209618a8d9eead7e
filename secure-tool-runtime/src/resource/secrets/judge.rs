//! Whether a value can be a secret of this server, in this environment.

/// The shortest secret, in bytes: shorter ones are guessed, and cannot be told from other text.
pub const SHORTEST: usize = 8;

/// The longest secret, in bytes.
pub const LONGEST: usize = 16 << 10;

/// What the text says is missing, without marks between its words and in lower case.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "changeit",
    "changethis",
    "changemeplease",
    "replaceme",
    "replacethis",
    "fillmein",
    "insertkeyhere",
    "placeholder",
    "notset",
    "undefined",
    "nosecret",
    "mysecret",
    "thesecret",
    "supersecret",
    "secretkey",
    "secrettoken",
    "topsecret",
    "password",
    "password1",
    "password123",
    "passw0rd",
    "mypassword",
    "letmein1",
    "testtest",
    "testtoken",
    "testsecret",
    "dummykey",
    "dummytoken",
    "dummyvalue",
    "examplekey",
    "12345678",
    "123456789",
    "1234567890",
    "0123456789",
];

/// How such texts begin or end.
const BEGIN: &[&str] = &["your", "changeme", "replaceme", "replacewith", "insertyour", "enteryour"];
const END: &[&str] = &[
    "changeme",
    "goeshere",
    "keyhere",
    "tokenhere",
    "secrethere",
    "passwordhere",
    "examplekey",
    "example",
];

/// Marks around what was to be put in.
const MARKS: &[(&str, &str)] =
    &[("<", ">"), ("[", "]"), ("${", "}"), ("{{", "}}"), ("$(", ")"), ("%", "%"), ("__", "__")];

/// What values say of the environment that they are made for.
const NOT_PRODUCTION: &[&str] = &["dev", "sandbox", "staging", "test"];
const PRODUCTION: &[&str] = &["live", "prod", "production"];

/// Such words are among the first few of a value: `sk_test_…`, `sandbox-sq0idb-…`.
const FIRST: usize = 3;

/// Last names of hosts that belong to nobody: what stands before them is no registered name.
const NOBODYS: &[&str] = &["internal", "intranet", "lan", "local", "localdomain"];

/// What is wrong with a value, and what to do.
pub(super) fn fault(value: &str) -> Option<String> {
    let length = value.len();
    let fault = match () {
        () if value.trim().is_empty() => "is empty: give it a value, or unset it".to_owned(),
        () if value.trim() != value => {
            "begins or ends with white space: remove it, and quotation marks around it".to_owned()
        }
        () if length > LONGEST => format!("is longer than {LONGEST} bytes: is it the right file?"),
        () if is_placeholder(value) => "is a placeholder: put the real value in".to_owned(),
        () if length < SHORTEST => format!(
            "is shorter than {SHORTEST} bytes: anybody could guess it, and nobody could tell it from \
             other text: make a longer one, at random"
        ),
        () => return None,
    };
    Some(fault)
}

fn is_placeholder(value: &str) -> bool {
    let marked = |(open, close): &(&str, &str)| {
        value.len() > open.len() + close.len() && value.starts_with(open) && value.ends_with(close)
    };
    let bare: String = value.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ')).collect();
    let bare = bare.to_ascii_lowercase();
    // Of two marks of the same kind there may be one in a real value.
    MARKS.iter().any(marked)
        || PLACEHOLDERS.contains(&bare.as_str())
        || BEGIN.iter().any(|begin| bare.starts_with(begin))
        || END.iter().any(|end| bare.ends_with(end))
        || blanks(value)
}

/// `xxxxxxxx`, `sk_live_************`: the same character over and over, where no key has it.
fn blanks(value: &str) -> bool {
    let first = value.chars().next();
    value.chars().all(|c| Some(c) == first)
        || ["xxxxxx", "XXXXXX", "******", "......", "••••••"].iter().any(|run| value.contains(run))
}

/// What is wrong with a value in this environment, where `begins` says how values begin in which.
pub(super) fn misplaced(value: &str, environment: &str, begins: &[(&str, &str)]) -> Option<String> {
    let is = |prefix: &&str| value.starts_with(*prefix);
    let here = begins.iter().find(|(name, _)| *name == environment);
    let elsewhere = begins.iter().find(|(_, prefix)| is(prefix));
    let other = match (here, elsewhere) {
        (Some((_, prefix)), _) if is(prefix) => return None,
        (_, Some((other, _))) => (*other).to_owned(),
        (Some((_, prefix)), None) => {
            return Some(format!(
                "does not begin with `{prefix}`, as it has to in the environment `{environment}`"
            ));
        }
        (None, None) if !begins.is_empty() => return None,
        (None, None) => told(value, environment)?.to_owned(),
    };
    Some(format!(
        "is of another environment ({other}), and this one is `{environment}`: put in the value that is \
         made for it, or set `SECURE_TOOL_ENVIRONMENT`; if it is made for this one, say how it begins, with \
         `begins({environment} = \"…\")`"
    ))
}

/// The other environment for which a value says that it is made. Only whole words count: random text has none
/// of these between two marks.
fn told(value: &str, environment: &str) -> Option<&'static str> {
    let others = if environment == "production" { NOT_PRODUCTION } else { PRODUCTION };
    let is = |word: &str| {
        // All in lower or all in upper case.
        let other = others.iter().find(|other| **other == word || other.to_uppercase() == word);
        other.copied().filter(|other| *other != environment)
    };
    if let Some(url) = value.contains("://").then(|| url::Url::parse(value).ok()).flatten() {
        return names(url.host_str()?).iter().flat_map(|name| name.split(['-', '_'])).find_map(is);
    }
    if value.contains(char::is_whitespace) {
        return None;
    }
    let words: Vec<&str> = value.split(['_', '-', '.']).collect();
    // The last one is the secret itself.
    words[..words.len() - 1].iter().take(FIRST).copied().find_map(is)
}

/// The names of a host that its owner chose, without the registered one: `live.com` is a name like any other.
fn names(host: &str) -> Vec<&str> {
    let mut names: Vec<&str> = host.split('.').collect();
    let last = names.pop();
    if !last.is_some_and(|last| NOBODYS.contains(&last)) {
        names.pop();
    }
    names
}
