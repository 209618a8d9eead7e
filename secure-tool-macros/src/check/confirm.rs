//! What a person is asked before a tool runs: a text of the author's, with values from the input.

use syn::{Ident, LitStr, Member};

use crate::diagnostics::{Errors, either};
use crate::lints::text::{self, Place};
use crate::model::{Confirm, Parameter};

const HELP: &str = "confirm = \"Delete “{title}”?\"";

/// Reads `Delete “{note.title}”?`.
pub(super) fn check(
    message: &LitStr,
    parameters: &[Parameter],
    errors: &mut Errors,
) -> Option<Confirm> {
    let before = errors.count();
    let value = message.value();
    if value.trim().is_empty() {
        errors.help(message.span(), "the question is empty: say what will happen", HELP);
        return None;
    }
    text::literal(message, Place::Question, errors);
    let mut confirm = Confirm { text: value.clone(), format: String::new(), values: Vec::new() };
    let mut rest = value.as_str();
    while let Some(at) = rest.find(['{', '}']) {
        let (plain, from) = rest.split_at(at);
        confirm.format.push_str(plain);
        rest = if let Some(doubled) = ["{{", "}}"].into_iter().find(|two| from.starts_with(two)) {
            confirm.format.push_str(doubled);
            from.get(2..)?
        } else {
            let (name, after) =
                from.strip_prefix('{').and_then(|from| from.split_once('}')).or_else(|| {
                    errors.help(
                        message.span(),
                        "a brace is open; for one that is meant write two",
                        HELP,
                    );
                    None
                })?;
            confirm.format.push_str("{}");
            confirm.values.extend(member(name, message, parameters, errors));
            after
        };
    }
    confirm.format.push_str(rest);
    (errors.count() == before).then_some(confirm)
}

/// A parameter, or a field of one.
fn member(
    name: &str,
    message: &LitStr,
    parameters: &[Parameter],
    errors: &mut Errors,
) -> Option<Vec<Member>> {
    let mut members: Vec<Member> = Vec::new();
    for part in name.split('.') {
        let Ok(mut member) = syn::parse_str::<Member>(part) else {
            let what = format_args!("`{{{name}}}` is not a parameter or a field of one");
            errors.help(message.span(), what, HELP);
            return None;
        };
        match &mut member {
            Member::Named(ident) => ident.set_span(message.span()),
            Member::Unnamed(index) => index.span = message.span(),
        }
        members.push(member);
    }
    let inputs: Vec<&Ident> = parameters.iter().filter_map(Parameter::input).collect();
    let known =
        |member: &&Member| matches!(member, Member::Named(ident) if inputs.contains(&ident));
    if members.first().is_some_and(|first| known(&first)) {
        return Some(members);
    }
    let names: Vec<String> = inputs.iter().map(|ident| ident.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let what = match names.as_slice() {
        [] => format!("`{{{name}}}`: this tool takes nothing from the client"),
        names => format!("`{{{name}}}` is not what the client sends: expected {}", either(names)),
    };
    errors.at(message.span(), what);
    None
}
