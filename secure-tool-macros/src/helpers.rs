//! The attributes that only ours understand: `#[validate]`, `#[name]`, `#[sensitive]`, ….

use proc_macro2::TokenStream;
use syn::{Attribute, Meta};

use crate::diagnostics::Errors;

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
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            let message = format_args!(
                "a {place} cannot be conditional, for this attribute sees it before the condition \
                is decided: put `#[cfg(…)]` on the whole item"
            );
            errors.over(attribute, message);
        }
    }
}
