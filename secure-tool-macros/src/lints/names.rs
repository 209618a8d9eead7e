//! Names that say what a value is: who calls, a secret, or the raw material of an injection.
//!
//! A name is taken apart into words, and whole words decide, at its end: `base_url` is a URL,
//! `url_count` is a number. Some kinds of value are harmless under any name, a `bool` above all; that
//! is for the runtime's traits to say, which see through aliases.

use std::fmt::Display;

use proc_macro2::{Ident, Span};
use quote::format_ident;

use crate::diagnostics::Errors;
use crate::names::snake_case;
use crate::rules::Rule;

/// What the compiler still has to find out about the type of a field, and what it says then.
pub(crate) struct NameCheck {
    /// Where the name stands.
    pub(crate) span: Span,
    /// The runtime's function that looks at the kind of the value.
    pub(crate) check: Ident,
    /// True if the rule is lifted: then there has to be a value that would break it.
    pub(crate) lifted: bool,
    pub(crate) message: String,
}

/// What the caller is or may do, whatever its type: only the server knows.
const AUTHORITY: &[&str] = &[
    "is_admin",
    "isadmin",
    "is_superuser",
    "superuser",
    "is_root",
    "is_staff",
    "tenant_id",
    "tenantid",
    "org_id",
    "organization_id",
    "organisation_id",
    "current_user",
    "current_user_id",
    "acting_user",
    "logged_in_user",
    "on_behalf_of",
    "run_as",
    "is_authenticated",
    "is_authorized",
    "user_role",
    "caller_role",
    "user_roles",
    "caller_roles",
    "user_tenant",
    "caller_tenant",
];

/// The same, as a whole name only: `granted_role` is what a tool grants.
const AUTHORITY_ALONE: &[&str] = &[
    "role",
    "roles",
    "admin",
    "tenant",
    "is_owner",
    "privileges",
    "impersonate",
    "as_user",
    "sudo",
];

/// Who somebody is: the caller, which the server knows, or somebody else, who is a `Subject`.
const PEOPLE: &[&str] = &[
    "user",
    "user_id",
    "userid",
    "uid",
    "username",
    "user_name",
    "owner",
    "owner_id",
    "ownerid",
    "caller",
    "caller_id",
    "subject_id",
];

/// What a client must not be asked for, and what a result must not tell.
const SECRETS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secret_key",
    "client_secret",
    "api_key",
    "apikey",
    "api_secret",
    "access_key",
    "private_key",
    "privatekey",
    "signing_key",
    "encryption_key",
    "token",
    "jwt",
    "credential",
    "credentials",
    "connection_string",
    "session_cookie",
    "cvv",
    "cvc",
    "credit_card",
    "card_number",
    "ssn",
    "social_security_number",
];

/// As [`SECRETS`], in results only.
const SECRETS_KEPT: &[&str] =
    &["password_hash", "pw_hash", "password_salt", "totp_seed", "recovery_code", "backup_code"];

/// Tokens that continue a listing open nothing.
const CURSORS: &[&str] =
    &["page_token", "next_token", "cursor_token", "continuation_token", "sync_token"];

/// Text that something else interprets, and what to take instead.
const SINKS: &[(&[&str], &str, &str)] = &[
    (
        &["path", "filepath", "file", "filename", "file_name", "dir", "directory", "directories"],
        "a path as text reaches any file",
        "SafePath",
    ),
    (&["url", "uri", "webhook"], "an address as text reaches any host", "SafeUrl"),
    (
        &["sql", "query_sql", "sql_query", "where_clause"],
        "statements as text do anything: write the statement, take the values that it binds",
        "#[validate(length(max = 200))] title: String",
    ),
    (
        &["command", "cmd", "shell", "script", "command_line", "cmdline", "executable"],
        "commands as text do anything: take a choice of those that may run, and `Argument` for what \
            they get",
        "#[secure_input] enum Command { Status, Log }",
    ),
    (
        &["regex", "regexes", "regexp"],
        "expressions as text can run for ever: search for plain text, or take a choice",
        "#[validate(length(max = 200))] search: String",
    ),
];

/// Judges the name of a value that a client sends.
pub(crate) fn input(name: &str, span: Span, errors: &mut Errors) -> Option<NameCheck> {
    let words = words(name);
    if ends_in(&words, AUTHORITY) || AUTHORITY_ALONE.contains(&words.as_str()) {
        let message = format_args!(
            "`{name}` says what a caller is or may do, which is for the server to know: ask the \
            caller, and name what a tool grants otherwise, such as `granted_role`"
        );
        errors.breach(Rule::ClientIdentity, span, message, "caller: &Caller");
        return None;
    }
    if ends_in(&words, PEOPLE) {
        let message = format_args!(
            "`{name}` says who somebody is, and a client could say anybody: ask the caller; somebody \
            else is a `Subject`"
        );
        let rule = Rule::ClientIdentity;
        return NameCheck::new("must_not_identify", rule, span, message, "caller: &Caller", errors);
    }
    if ends_in(&words, SECRETS) && !ends_in(&words, CURSORS) {
        let message = format_args!(
            "`{name}` is a secret, and what a model sends is logged on its way: hold it in the \
            server's state"
        );
        let help = format_args!("{name}: secrecy::SecretString");
        return NameCheck::new("must_not_be_text", Rule::SecretInput, span, message, help, errors);
    }
    let (_, why, instead) = SINKS.iter().find(|(sinks, ..)| ends_in(&words, sinks))?;
    let message = format_args!("`{name}`: {why}");
    NameCheck::new("must_not_be_text", Rule::SinkName, span, message, instead, errors)
}

/// Judges the name of a value that leaves the server undisguised.
pub(crate) fn output(name: &str, span: Span, errors: &mut Errors) -> Option<NameCheck> {
    let words = words(name);
    let secret = ends_in(&words, SECRETS) || ends_in(&words, SECRETS_KEPT);
    if !secret || ends_in(&words, CURSORS) {
        return None;
    }
    let message = format_args!("`{name}` says secret, and would leave the server");
    NameCheck::new("must_not_tell", Rule::SecretField, span, message, "#[sensitive]", errors)
}

impl NameCheck {
    fn new(
        check: &str,
        rule: Rule,
        span: Span,
        message: impl Display,
        help: impl Display,
        errors: &mut Errors,
    ) -> Option<Self> {
        let lifted = errors.lifts(rule);
        let message = match lifted {
            true => format!("nothing here breaks the rule `{}`: remove the `allow`", rule.name()),
            false => format!("{}\nhelp: {help}", rule.says(message)),
        };
        Some(NameCheck { span, check: format_ident!("{check}"), lifted, message })
    }
}

/// `userId`, `user-id` and `USER_ID` as `user_id`; `file_1` and `path_str` as `file` and `path`.
fn words(name: &str) -> String {
    let separated = snake_case(&name.replace(['-', '.', ' '], "_"));
    let undigited =
        separated.split('_').map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()));
    let mut words: Vec<&str> = undigited.filter(|word| !word.is_empty()).collect();
    // What is said about the type says nothing about the value.
    if words.len() > 1 && words.last().is_some_and(|last| ["str", "string", "value"].contains(last))
    {
        words.pop();
    }
    words.join("_")
}

/// True if the last words are one of these names, or several of it.
fn ends_in(words: &str, names: &[&str]) -> bool {
    // Text taken apart for a language model is no secret.
    let one = words.strip_suffix('s').filter(|_| words != "tokens").unwrap_or(words);
    let ends = |words: &str, name: &str| {
        words.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('_'))
    };
    names.iter().any(|name| ends(words, name) || ends(one, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check that a name asks for, or that it is refused at once.
    fn judged(judge: fn(&str, Span, &mut Errors) -> Option<NameCheck>, name: &str) -> String {
        let mut errors = Errors::new();
        let check = judge(name, Span::call_site(), &mut errors);
        let refused = !errors.finish().is_empty();
        match (refused, check) {
            (true, _) => "refused".into(),
            (false, Some(check)) => check.check.to_string(),
            (false, None) => "fine".into(),
        }
    }

    #[test]
    fn whole_words_at_the_end_decide() {
        for (name, expected) in [
            ("role", "refused"),
            ("user_role", "refused"),
            ("customer_tenant_id", "refused"),
            ("isAdmin", "refused"),
            ("TENANT_ID", "refused"),
            ("user_id", "must_not_identify"),
            ("targetUserId", "must_not_identify"),
            ("note-owner", "must_not_identify"),
            ("password", "must_not_be_text"),
            ("github_token", "must_not_be_text"),
            ("apiKey", "must_not_be_text"),
            ("path", "must_not_be_text"),
            ("output_file", "must_not_be_text"),
            ("query_sql", "must_not_be_text"),
            ("baseURL", "must_not_be_text"),
            ("paths", "must_not_be_text"),
            ("file_2", "must_not_be_text"),
            ("urlString", "must_not_be_text"),
            ("scripts", "must_not_be_text"),
            ("user_ids", "must_not_identify"),
            ("usernames", "must_not_identify"),
            ("passwords", "must_not_be_text"),
            ("token_value", "must_not_be_text"),
            ("granted_role", "fine"),
            ("tokens", "fine"),
            ("class", "fine"),
            ("access", "fine"),
            ("profile", "fine"),
            ("pathology", "fine"),
            ("tokenizer", "fine"),
            ("max_tokens", "must_not_be_text"),
            ("next_page_token", "fine"),
            ("filename_length", "fine"),
            ("url_count", "fine"),
            ("message_role", "fine"),
            ("ownership", "fine"),
            ("keyword", "fine"),
            ("secretary", "fine"),
            ("description", "fine"),
        ] {
            assert_eq!(judged(input, name), expected, "{name}");
        }
    }

    #[test]
    fn results_keep_more_to_themselves() {
        for (name, expected) in [
            ("password_hash", "must_not_tell"),
            ("api_keys", "must_not_tell"),
            ("ssn", "must_not_tell"),
            ("userPrivateKey", "must_not_tell"),
            ("recovery_codes", "must_not_tell"),
            ("owner", "fine"),
            ("role", "fine"),
            ("path", "fine"),
            ("page_token", "fine"),
            ("token_count", "fine"),
            ("public_key", "fine"),
        ] {
            assert_eq!(judged(output, name), expected, "{name}");
        }
    }
}
