//! Literals that look like secrets. No message repeats one.

use proc_macro2::{Span, TokenTree};

use super::is_punct;
use super::sql::{is_sql, variable};
use crate::diagnostics::Errors;
use crate::rules::Rule;

/// Tokens that say what they are: what it is called, how it begins, the least that follows.
const SHAPES: &[(&str, &str, usize)] = &[
    ("an AWS access key", "AKIA", 16),
    ("an AWS access key", "ASIA", 16),
    ("a GitHub token", "ghp_", 20),
    ("a GitHub token", "gho_", 20),
    ("a GitHub token", "ghu_", 20),
    ("a GitHub token", "ghs_", 20),
    ("a GitHub token", "ghr_", 20),
    ("a GitHub token", "github_pat_", 20),
    ("a GitLab token", "glpat-", 16),
    ("a Stripe key", "sk_live_", 10),
    ("a Stripe key", "sk_test_", 10),
    ("a Stripe key", "rk_live_", 10),
    ("a Stripe key", "whsec_", 16),
    ("a Slack token", "xoxb-", 10),
    ("a Slack token", "xoxp-", 10),
    ("a Slack token", "xoxa-", 10),
    ("a Slack token", "xoxr-", 10),
    ("a Slack token", "xoxs-", 10),
    ("a Slack token", "xapp-", 10),
    ("a Google key", "AIza", 30),
    ("a Google key", "GOCSPX-", 20),
    ("an npm token", "npm_", 30),
    ("a PyPI token", "pypi-AgEI", 16),
    ("a Hugging Face token", "hf_", 30),
    ("a SendGrid key", "SG.", 40),
    ("a DigitalOcean token", "dop_v1_", 40),
    ("a Shopify token", "shpat_", 30),
    ("a bearer token", "Bearer ", 12),
];

/// Words in a text that stands for a secret and is none.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "dummy",
    "example",
    "fake",
    "here",
    "invalid",
    "placeholder",
    "redacted",
    "sample",
    "xxx",
    "your",
];

/// Reports a literal that looks like a secret.
pub(super) fn check(text: &str, span: Span, tokens: &[TokenTree], at: usize, errors: &mut Errors) {
    let what = found(text).or_else(|| named(tokens, at).filter(|_| is_random(text, 16, 3)));
    let Some(what) = what else { return };
    let message = format_args!(
        "this text looks like {what}: whoever reads the code or the program has it, and so have its \
        old versions: read it where the server starts, and keep it in `self`"
    );
    errors.breach(Rule::SecretLiteral, span, message, "&self.key");
}

/// What a text looks like.
pub(super) fn found(text: &str) -> Option<&'static str> {
    // Nothing shorter is one.
    if text.len() < 10 {
        return None;
    }
    let shape = SHAPES.iter().find(|(_, prefix, least)| {
        tails(text, prefix).any(|tail| is_random(tail, *least, digits(prefix)))
    });
    if let Some((what, ..)) = shape {
        return Some(what);
    }
    if tails(text, "sk-").any(is_api_key) {
        return Some("an API key");
    }
    if has_private_key(text) {
        return Some("a private key");
    }
    if tails(text, "eyJ").any(|tail| tail.splitn(3, '.').filter(|part| part.len() > 7).count() == 3)
    {
        return Some("a JSON Web Token");
    }
    if has_webhook(text) {
        return Some("the address of a webhook");
    }
    if has_password_in_url(text) || has_password(text) {
        return Some("a password");
    }
    None
}

/// What follows a prefix that no letter or digit stands before, as far as a token may go.
fn tails<'a>(text: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(prefix).filter_map(move |(at, _)| {
        if text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            return None;
        }
        let tail = &text[at + prefix.len()..];
        let end = tail.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.+/=".contains(c)));
        Some(&tail[..end.unwrap_or(tail.len())])
    })
}

/// How many digits have to follow: these prefixes are words as well.
fn digits(prefix: &str) -> usize {
    if prefix == "Bearer " { 2 } else { 1 }
}

/// What follows `sk-` in a key, and not in prose such as `sk-learn-0.24.1`: the code of Slovak.
fn is_api_key(tail: &str) -> bool {
    let stripped = |kinds: &[&str]| kinds.iter().find_map(|kind| tail.strip_prefix(kind));
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    if stripped(&["proj-", "ant-", "svcacct-"]).is_some() {
        return is_random(tail, 8, 2);
    }
    // More digits than a year has.
    if let Some(rest) = stripped(&["prod-", "live-", "test-"]) {
        return is_random(tail, 8, 5) && digits(rest) > 4;
    }
    let parts = || tail.split(['-', '_', '.', '+', '/', '=']).filter(|part| !part.is_empty());
    let least = if parts().count() == 1 { 10 } else { 20 };
    is_random(tail, least, 2) && !parts().any(is_word)
}

/// `bratislava`, `Bratislava` or `bratislava2024`.
fn is_word(part: &str) -> bool {
    let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
    let small = letters.chars().skip(1).all(|c| c.is_ascii_lowercase());
    letters.len() > 2 && part.len() - letters.len() < 5 && small
}

/// True if a text has at least so many characters and digits, and is no placeholder.
fn is_random(text: &str, least: usize, least_digits: usize) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let mut different: Vec<char> = text.chars().collect();
    different.sort_unstable();
    different.dedup();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.+/=".contains(c);
    text.len() >= least
        && digits >= least_digits
        && different.len() > 5
        && text.chars().all(plain)
        && !is_placeholder(text)
}

fn is_placeholder(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|word| text.contains(word)) || text.contains("...")
}

/// A header alone may be there to look for one.
fn has_private_key(text: &str) -> bool {
    let Some((_, after)) = text.split_once("-----BEGIN ") else { return false };
    let Some((_, body)) = after.split_once("PRIVATE KEY-----") else { return false };
    let body = body.trim_start();
    let base64 = |c: &char| c.is_ascii_alphanumeric() || "+/=".contains(*c);
    body.chars().take_while(base64).count() > 15
}

fn has_webhook(text: &str) -> bool {
    let hosts = ["hooks.slack.com/services/", "discord.com/api/webhooks/"];
    hosts.iter().any(|host| {
        text.split_once(host).is_some_and(|(_, path)| {
            let end = path.find(char::is_whitespace).unwrap_or(path.len());
            is_random(&path[..end], 20, 1)
        })
    })
}

/// `scheme://user:password@host`
fn has_password_in_url(text: &str) -> bool {
    text.match_indices("://").any(|(at, separator)| {
        let rest = &text[at + separator.len()..];
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'".contains(c));
        let authority = &rest[..end.unwrap_or(rest.len())];
        let Some((login, host)) = authority.rsplit_once('@') else { return false };
        login.split_once(':').is_some_and(|(user, password)| {
            is_written_out(password) && !stands_for_a_login(user, password, host)
        })
    })
}

/// `user:password@localhost` and the like, of which everybody knows that they are nobody's.
fn stands_for_a_login(user: &str, password: &str, host: &str) -> bool {
    let [user, password, host] = [user, password, host].map(str::to_ascii_lowercase);
    let host = host.split(':').next().unwrap_or_default();
    let nowhere = ["localhost", "127.0.0.1", "0.0.0.0", "host", "hostname", "server"];
    let reserved = ["example.com", "example.org", "example.net", ".example", ".test", ".invalid"];
    let nowhere = nowhere.contains(&host) || reserved.iter().any(|end| host.ends_with(end));
    let nobody = ["user", "username", "usr", "name", "login", "me"].contains(&user.as_str());
    let stands = ["pass", "password", "passwd", "passwort", "pwd", "pw", "secret", "changeme"];
    let stands = stands.contains(&password.as_str());
    (stands || password == user) && (nobody || nowhere)
}

/// `password=…`, but neither `password=?` nor `password=required`.
fn has_password(text: &str) -> bool {
    // Columns have such names.
    if is_sql(text) {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    ["password=", "passwd=", "pwd=", "api_key=", "apikey=", "secret=", "token="].iter().any(|key| {
        lower.match_indices(key).any(|(at, key)| {
            let rest = &text[at + key.len()..];
            let end = rest.find(|c: char| c.is_whitespace() || "&;,'\")".contains(c));
            let value = &rest[..end.unwrap_or(rest.len())];
            let digits = value.chars().any(|c| c.is_ascii_digit());
            value.len() > 5 && digits && is_written_out(value)
        })
    })
}

/// True if a password is there, and not a place where one goes.
fn is_written_out(password: &str) -> bool {
    let hole = |c: char| "{}<>$%*?:…".contains(c);
    password.len() > 2 && !password.contains(hole) && !is_placeholder(password)
}

/// What a literal is called by the variable or field that it goes into: `let api_key = "…"`.
fn named(tokens: &[TokenTree], at: usize) -> Option<&'static str> {
    let name = variable(tokens, at).or_else(|| field(tokens, at))?.to_ascii_lowercase();
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| name.ends_with(suffix));
    if ends(&["password", "passwd", "passphrase"]) {
        Some("a password")
    } else if ends(&["api_key", "apikey", "access_key", "private_key", "secret_key"]) {
        Some("a key")
    } else if ends(&["secret", "token"]) {
        Some("a secret")
    } else {
        None
    }
}

/// `name: "…"`
fn field(tokens: &[TokenTree], at: usize) -> Option<String> {
    let before = at.checked_sub(2)?;
    match &tokens[before] {
        TokenTree::Ident(name) if is_punct(tokens, before + 1, ':') => Some(name.to_string()),
        _ => None,
    }
}
