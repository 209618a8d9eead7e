//! The rules, one function each.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::parse::Parser;
use syn::{Expr, LitStr, Path};

use super::{Custom, Form, REFUSED, RULES};
use crate::args::Arg;
use crate::bound::{End, Ends};
use crate::diagnostics::Errors;
use crate::entries::{Entry, Value, duplicate, entries, unknown};
use crate::object::spelled;

pub(super) fn form(name: &str, entry: &Entry, errors: &mut Errors) -> Option<Form> {
    match name {
        "email" => plain(entry, errors).map(|()| Form::Email),
        "url" => plain(entry, errors).map(|()| Form::Url),
        "ip" => plain(entry, errors).map(|()| Form::Ip),
        "non_control_character" => plain(entry, errors).map(|()| Form::NonControlCharacter),
        "contains" => pattern(entry, errors).map(Form::Contains),
        "does_not_contain" => pattern(entry, errors).map(Form::DoesNotContain),
        "regex" => regex(entry, errors).map(|path| Form::Regex(path.into_token_stream())),
        _ => {
            refused_or_unknown(&entry.key, errors);
            None
        }
    }
}

fn refused_or_unknown(key: &Ident, errors: &mut Errors) {
    match REFUSED.iter().find(|(name, _)| key == name) {
        Some((name, why)) => {
            errors.at(key.span(), format_args!("`{name}` is not supported here: {why}"));
        }
        None => {
            unknown(key, RULES, errors);
        }
    }
}

/// A rule without arguments.
fn plain(entry: &Entry, errors: &mut Errors) -> Option<()> {
    match &entry.value {
        // `email(message = "…")`: say why `message` is refused.
        Value::Listed(tokens) if !tokens.is_empty() => {
            for inner in entries(tokens.clone(), errors) {
                refused_or_unknown(&inner.key, errors);
            }
            None
        }
        _ => entry.flag(errors),
    }
}

/// The keys of one rule, each at most once.
fn keys(entry: &Entry, example: &str, known: &[&str], errors: &mut Errors) -> Option<Vec<Entry>> {
    let tokens = entry.listed(example, errors)?;
    let before = errors.count();
    let mut seen: Vec<Entry> = Vec::new();
    for inner in entries(tokens, errors) {
        let name = inner.name();
        if seen.iter().any(|earlier| earlier.key == inner.key) {
            duplicate(&inner.key, errors);
        } else if name.starts_with("exclusive_") {
            let message = format_args!("`{name}` is not supported here: use inclusive ends");
            errors.help(inner.key.span(), message, "range(min = 0, max = 100)");
        } else if known.contains(&name.as_str()) {
            seen.push(inner);
        } else {
            match REFUSED.iter().any(|(refused, _)| inner.key == refused) {
                true => refused_or_unknown(&inner.key, errors),
                false => {
                    unknown(&inner.key, known, errors);
                }
            }
        }
    }
    (errors.count() == before).then_some(seen)
}

fn take(keys: &[Entry], name: &str, errors: &mut Errors) -> Arg<Expr> {
    match keys.iter().find(|entry| entry.key == name) {
        None => Arg::Absent,
        Some(entry) => match entry.value("100", errors) {
            Some(value) => Arg::Given(entry.key.span(), value),
            None => Arg::Broken,
        },
    }
}

pub(super) fn length(entry: &Entry, errors: &mut Errors) -> Option<Ends> {
    let keys = keys(entry, "max = 200", &["min", "max", "equal"], errors)?;
    let before = errors.count();
    let [min, max, equal] = ["min", "max", "equal"].map(|name| take(&keys, name, errors));
    if errors.count() > before {
        return None;
    }
    let ends = match (min, max, equal) {
        (Arg::Absent, Arg::Absent, Arg::Given(_, equal)) => {
            let end = End::length(equal, errors)?;
            return Some(Ends { min: end.clone(), max: end });
        }
        (_, _, Arg::Given(span, _)) => {
            errors.at(span, "`equal` says both ends: remove `min` and `max`");
            return None;
        }
        (Arg::Given(span, _), Arg::Absent, _) => {
            let message = "a minimum without a maximum: a client could send any amount";
            errors.help(span, message, "length(min = 1, max = 200)");
            return None;
        }
        (_, Arg::Absent, _) => {
            let message = "a length without a maximum: a client could send any amount";
            errors.help(entry.key.span(), message, "length(max = 200)");
            return None;
        }
        (min, Arg::Given(_, max), _) => {
            let min = match min {
                Arg::Given(_, min) => End::length(min, errors)?,
                _ => End::zero(Span::call_site()),
            };
            Ends { min, max: End::length(max, errors)? }
        }
        _ => return None,
    };
    ends.ordered(errors)
}

pub(super) fn range(entry: &Entry, errors: &mut Errors) -> Option<Ends> {
    let keys = keys(entry, "min = 0, max = 100", &["min", "max"], errors)?;
    let before = errors.count();
    let [min, max] = ["min", "max"].map(|name| take(&keys, name, errors));
    if errors.count() > before {
        return None;
    }
    let (span, missing) = match (&min, &max) {
        (Arg::Given(_, min), Arg::Given(_, max)) => {
            let (min, max) = (End::range(min.clone(), errors), End::range(max.clone(), errors));
            return Ends { min: min?, max: max? }.ordered(errors);
        }
        (Arg::Given(span, _), _) => (*span, "a minimum without a maximum"),
        (_, Arg::Given(span, _)) => (*span, "a maximum without a minimum"),
        _ => (entry.key.span(), "a range without ends"),
    };
    let message = format_args!("{missing}: a client could send any number");
    errors.help(span, message, "range(min = 0, max = 100)");
    None
}

/// `contains = "…"` or `contains(pattern = "…")`.
fn pattern(entry: &Entry, errors: &mut Errors) -> Option<LitStr> {
    let text: LitStr = match &entry.value {
        Value::Assigned(_) => entry.value("\"…\"", errors)?,
        _ => {
            let keys = keys(entry, "pattern = \"…\"", &["pattern"], errors)?;
            let Some(pattern) = keys.first() else {
                entry.assigned("\"…\"", errors);
                return None;
            };
            pattern.value("\"…\"", errors)?
        }
    };
    if text.value().is_empty() {
        errors.at(text.span(), "every text contains the empty text: write what to look for");
        return None;
    }
    Some(text)
}

fn regex(entry: &Entry, errors: &mut Errors) -> Option<Expr> {
    const EXAMPLE: &str = "path = *EXPRESSION";
    let keys = keys(entry, EXAMPLE, &["path"], errors)?;
    let Some(path) = keys.first() else {
        errors.help(entry.key.span(), "`regex` needs a `path`", format_args!("regex({EXAMPLE})"));
        return None;
    };
    let expression: Expr = path.value("*EXPRESSION", errors)?;
    let fine = match &expression {
        Expr::Unary(unary) => {
            matches!(unary.op, syn::UnOp::Deref(_)) && matches!(*unary.expr, Expr::Path(_))
        }
        Expr::Path(_) => true,
        _ => false,
    };
    if !fine {
        let message = "`path` names a static with a compiled expression";
        errors.over_help(&expression, message, "path = *EXPRESSION");
    }
    fine.then_some(expression)
}

pub(super) fn custom(entry: &Entry, errors: &mut Errors) -> Option<Custom> {
    const EXAMPLE: &str = "function = path::of::a_function";
    let keys = keys(entry, EXAMPLE, &["function"], errors)?;
    let Some(function) = keys.first() else {
        errors.help(
            entry.key.span(),
            "`custom` needs a `function`",
            format_args!("custom({EXAMPLE})"),
        );
        return None;
    };
    let tokens: TokenStream = function.assigned("path::of::a_function", errors)?;
    let parsed = Path::parse_mod_style.parse2(tokens.clone());
    if parsed.is_err() {
        function.misfit(tokens, "path::of::a_function", errors);
    }
    let function = parsed.ok()?.into_token_stream();
    Some(Custom { name: spelled(&function), function })
}
