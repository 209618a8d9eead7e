//! Names that say what a value is: who calls, a secret, or the raw material of an injection.
//!
//! A name is taken apart into words, and whole words decide, at its end: `base_url` is a URL,
//! `url_count` is a number. Some kinds of value are harmless under any name, a `bool` above all; that
//! is for the runtime's traits to say, which see through aliases.

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
    pub(crate) message: String,
}

/// What the caller is or may do, whatever its type. Only the server knows. Names as a whole.
const AUTHORITY: &[&str] = &[
    "role",
    "roles",
    "is_admin",
    "isadmin",
    "admin",
    "is_superuser",
    "superuser",
    "is_root",
    "is_staff",
    "is_owner",
    "tenant",
    "tenant_id",
    "tenantid",
    "org_id",
    "organization_id",
    "organisation_id",
    "privileges",
    "impersonate",
    "on_behalf_of",
    "run_as",
    "as_user",
    "sudo",
    "is_authenticated",
    "is_authorized",
    "current_user",
    "current_user_id",
    "acting_user",
    "logged_in_user",
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
const SECRETS_KEPT: &[&str] = &[
    "passwords",
    "secrets",
    "api_keys",
    "private_keys",
    "credit_cards",
    "password_hash",
    "pw_hash",
    "hashed_password",
    "password_salt",
    "totp_seed",
    "recovery_code",
    "recovery_codes",
    "backup_codes",
];

/// Tokens that continue a listing open nothing.
const CURSORS: &[&str] =
    &["page_token", "next_token", "cursor_token", "continuation_token", "sync_token"];

/// Text that something else interprets, and what to take instead.
const SINKS: &[(&[&str], &str, &str)] = &[
    (
        &["path", "filepath", "file", "filename", "file_name", "dir", "directory"],
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
        "commands as text do anything: take a choice of those that may run",
        "#[secure_input] enum Command { Status, Log }",
    ),
    (
        &["regex", "regexp"],
        "expressions as text can run for ever: search for plain text, or take a choice",
        "#[validate(length(max = 200))] search: String",
    ),
];

/// Judges the name of a value that a client sends.
pub(crate) fn input(name: &str, span: Span, errors: &mut Errors) -> Option<NameCheck> {
    let words = words(name);
    if AUTHORITY.contains(&words.as_str()) {
        let message = format_args!(
            "`{name}` is for the server to know, not for the client to say: ask the caller"
        );
        errors.breach(Rule::ClientIdentity, span, message, "caller: &Caller");
        return None;
    }
    if ends_in(&words, PEOPLE) {
        let message = format!(
            "`{name}` says who somebody is, and a client could say anybody: the caller is \
            `caller: &Caller`, somebody else a `Subject`"
        );
        return Some(NameCheck::new("must_not_identify", span, message));
    }
    if ends_in(&words, SECRETS) && !ends_in(&words, CURSORS) {
        let message = format!(
            "`{name}` is a secret, and what a model sends is logged on its way: hold secrets in the \
            server's state"
        );
        return Some(NameCheck::new("must_not_be_text", span, message));
    }
    let (_, why, instead) = SINKS.iter().find(|(sinks, ..)| ends_in(&words, sinks))?;
    if errors.lifts(Rule::SinkName) {
        return None;
    }
    let message =
        format!("`{name}`: {why}, or `allow(sink_name, reason = \"…\")`\nhelp: {instead}");
    Some(NameCheck::new("must_not_be_text", span, message))
}

/// Judges the name of a value that leaves the server undisguised.
pub(crate) fn output(name: &str, span: Span, errors: &mut Errors) -> Option<NameCheck> {
    let words = words(name);
    let secret = ends_in(&words, SECRETS) || ends_in(&words, SECRETS_KEPT);
    if !secret || ends_in(&words, CURSORS) || errors.lifts(Rule::SecretField) {
        return None;
    }
    let message = format!(
        "`{name}` would leave the server: keep it, or `allow(secret_field, reason = \"…\")`\n\
        help: #[sensitive]"
    );
    Some(NameCheck::new("must_not_tell", span, message))
}

impl NameCheck {
    fn new(check: &str, span: Span, message: String) -> Self {
        NameCheck { span, check: format_ident!("{check}"), message }
    }
}

/// `userId`, `user-id` and `USER_ID` as `user_id`.
fn words(name: &str) -> String {
    let separated = name.replace(['-', '.', ' '], "_");
    snake_case(&separated).split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
}

fn ends_in(words: &str, names: &[&str]) -> bool {
    names.iter().any(|name| {
        words.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('_'))
    })
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
            ("profile", "fine"),
            ("pathology", "fine"),
            ("tokenizer", "fine"),
            ("max_tokens", "fine"),
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
