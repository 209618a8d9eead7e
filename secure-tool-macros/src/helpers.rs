//! The attributes that only ours understand: `#[validate]`, `#[name]`, `#[sensitive]`, ….

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Meta};

use crate::diagnostics::Errors;
use crate::signature::ungrouped;

/// All of them.
pub(crate) const OURS: &[&str] =
    &["secure_tool", "validate", "name", "sensitive", "public", "internal", "from"];

/// True if the attribute's last segment is this name. Ours may be written with a path.
pub(crate) fn is(attribute: &Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == name)
}

/// The tokens in the parentheses of an attribute; none if there are no parentheses.
pub(crate) fn arguments(attribute: &Attribute, errors: &mut Errors) -> TokenStream {
    match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) => TokenStream::new(),
        Meta::NameValue(pair) => {
            errors.over(&pair.value, "expected a list in parentheses");
            TokenStream::new()
        }
    }
}

/// The attributes that decide whether an item exists.
pub(crate) fn conditions(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

/// Refuses conditions where what the client sees would depend on them unnoticed.
pub(crate) fn refuse_conditions(attributes: &[Attribute], place: &str, errors: &mut Errors) {
    for attribute in attributes {
        if attribute.path().is_ident("cfg") || is_hidden(attribute) {
            let message = format_args!(
                "a {place} cannot be conditional, for this attribute sees it before the condition \
                is decided: put `#[cfg(…)]` on the whole item"
            );
            errors.over(attribute, message);
        }
    }
}

/// True for a `cfg_attr` that may bring what we have to see: ours, documentation or a condition.
pub(crate) fn is_hidden(attribute: &Attribute) -> bool {
    brings(attribute, &|name| OURS.contains(&name) || name == "cfg" || name == "doc")
}

/// True for a `cfg_attr` that may bring this attribute.
pub(crate) fn may_bring(attribute: &Attribute, name: &str) -> bool {
    brings(attribute, &|brought| brought == name)
}

fn brings(attribute: &Attribute, wanted: &dyn Fn(&str) -> bool) -> bool {
    match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg_attr") => any_brought(&list.tokens, wanted),
        _ => false,
    }
}

/// `condition, attribute, attribute(…)`
fn any_brought(tokens: &TokenStream, wanted: &dyn Fn(&str) -> bool) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
    tokens.split(comma).skip(1).any(|attribute| {
        let tokens = ungrouped(attribute.iter().cloned().collect());
        let mut last = String::new();
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => last = unraw(&ident),
                TokenTree::Punct(punct) if punct.as_char() == ':' => {}
                TokenTree::Group(group) if last == "cfg_attr" => {
                    return any_brought(&group.stream(), wanted);
                }
                _ => break,
            }
        }
        wanted(&last)
    })
}

fn unraw(ident: &proc_macro2::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditional_attributes_hide_only_what_they_name() {
        let hidden: &[Attribute] = &[
            syn::parse_quote!(#[cfg_attr(test, validate(length(max = 3)))]),
            syn::parse_quote!(#[cfg_attr(all(), allow(unused), secure_tool_runtime::name = "x")]),
            syn::parse_quote!(#[cfg_attr(any(a, b), cfg_attr(c, doc = "Text."))]),
            syn::parse_quote!(#[cfg_attr(test, cfg(any()))]),
            syn::parse_quote!(#[cfg_attr(test, r#sensitive)]),
        ];
        let fine: &[Attribute] = &[
            syn::parse_quote!(#[cfg_attr(feature = "serde", serde(rename = "x"))]),
            syn::parse_quote!(#[cfg_attr(doc, serde(from = "name", validate))]),
            syn::parse_quote!(#[cfg_attr(any(doc, validate), allow(dead_code),)]),
            syn::parse_quote!(#[validate(length(max = 3))]),
            syn::parse_quote!(#[cfg_attr]),
        ];
        for attribute in hidden {
            assert!(is_hidden(attribute), "{attribute:?}");
        }
        for attribute in fine {
            assert!(!is_hidden(attribute), "{attribute:?}");
        }
    }
}
