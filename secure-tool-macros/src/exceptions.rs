//! `allow(rule, reason = "…")`, which lifts a rule for one tool or type and says so in the manifest.

use proc_macro2::{Ident, Span};
use syn::LitStr;

use crate::args::Arg;
use crate::diagnostics::{Errors, either, nearest};
use crate::entries::{Entry, entries};
use crate::lints::text::{self, Place};
use crate::model::Exception;
use crate::rules::Rule;

/// One exception, as written.
pub(crate) struct Allow {
    rule: Rule,
    span: Span,
    reason: Arg<LitStr>,
    /// True once something would have been refused without it.
    used: bool,
}

/// The exceptions of one tool or type.
#[derive(Default)]
pub(crate) struct Allowed(Vec<Allow>);

impl Allowed {
    /// True if the rule is lifted, which is then noted.
    pub(crate) fn lifts(&mut self, rule: Rule) -> bool {
        let mut lifted = false;
        for allow in self.0.iter_mut().filter(|allow| allow.rule == rule) {
            allow.used = true;
            lifted = true;
        }
        lifted
    }

    /// Takes one more in.
    pub(crate) fn take(&mut self, entry: &Entry, errors: &mut Errors) {
        let Some(allow) = parse(entry, errors) else { return };
        if self.0.iter().any(|earlier| earlier.rule == allow.rule) {
            let message = format_args!("`{}` is allowed twice: remove one", allow.rule.name());
            return errors.at(allow.span, message);
        }
        self.0.push(allow);
    }

    /// Ends: what the manifest says. An exception that excepts nothing hides what comes later.
    /// `before` is how many errors there were when the tool or type began.
    pub(crate) fn finish(self, what: &str, before: usize, errors: &mut Errors) -> Vec<Exception> {
        let fine = errors.count() == before;
        let mut exceptions = Vec::new();
        for Allow { rule, span, reason, used } in self.0 {
            let rule = rule.name();
            // Beside other errors, nobody knows what would be found without them.
            if !used && fine {
                let message =
                    format_args!("this {what} keeps the rule `{rule}`: remove the `allow`");
                errors.at(span, message);
            }
            if let Arg::Given(_, reason) = reason {
                exceptions.push(Exception { rule, reason });
            }
        }
        exceptions
    }
}

fn parse(entry: &Entry, errors: &mut Errors) -> Option<Allow> {
    let tokens = entry.listed("rule, reason = \"…\"", errors)?;
    let mut rule: Option<Ident> = None;
    let mut reason = Arg::Absent;
    for inner in entries(tokens, errors) {
        match inner.name().as_str() {
            "reason" => reason.set(&inner, errors, |e| inner.value("\"…\"", e)),
            _ if rule.is_none() => {
                inner.flag(errors)?;
                rule = Some(inner.key);
            }
            _ => {
                let message = format_args!(
                    "`allow` lifts one rule: write another `allow` for `{}`",
                    inner.key
                );
                errors.at(inner.key.span(), message);
            }
        }
    }
    let Some(name) = rule else {
        errors.help(entry.key.span(), "`allow` needs a rule", "allow(rule, reason = \"…\")");
        return None;
    };
    let rule = liftable(&name, errors)?;
    checked(&name, &reason, errors);
    Some(Allow { rule, span: name.span(), reason, used: false })
}

fn liftable(ident: &Ident, errors: &mut Errors) -> Option<Rule> {
    let name = ident.to_string();
    let known: Vec<&str> = Rule::liftable().collect();
    match (Rule::named(&name), nearest(&name, &known)) {
        (Some(rule), _) if rule.is_liftable() => return Some(rule),
        (Some(_), _) => {
            let message = format_args!("the rule `{name}` cannot be lifted: keep it");
            errors.at(ident.span(), message);
        }
        (None, Some(meant)) => {
            let message = format_args!("unknown rule `{name}`; did you mean `{meant}`?");
            errors.at(ident.span(), message);
        }
        (None, None) => {
            let message = format_args!("unknown rule `{name}`: expected {}", either(&known));
            errors.at(ident.span(), message);
        }
    }
    None
}

fn checked(rule: &Ident, reason: &Arg<LitStr>, errors: &mut Errors) {
    let help = format_args!("allow({rule}, reason = \"why this is safe\")");
    match reason {
        Arg::Given(_, reason) if reason.value().trim().is_empty() => {
            errors.help(reason.span(), "the reason is empty: it goes into the manifest", help);
        }
        Arg::Absent => {
            let message = "an exception needs a `reason`: it goes into the manifest";
            errors.help(rule.span(), message, help);
        }
        Arg::Given(_, reason) => text::literal(reason, Place::Reason, errors),
        Arg::Broken => {}
    }
}
