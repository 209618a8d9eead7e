//! Structs and enums as `#[secure_input]` and `#[secure_output]` see them.

use proc_macro2::{Span, TokenStream};
use syn::{Attribute, Data, DeriveInput, Expr, Lit, LitStr, Member, Meta, Variant};

use crate::diagnostics::Errors;
use crate::lints::names::NameCheck;
use crate::lints::text;
use crate::signature::ungrouped;
use crate::{fallback, helpers, names};

/// Parses the item, or reports where the attribute belongs.
pub(crate) fn parse(
    item: TokenStream,
    attribute: &str,
    errors: &mut Errors,
) -> Result<DeriveInput, TokenStream> {
    let item = ungrouped(item);
    let parsed: Result<DeriveInput, _> = syn::parse2(item.clone());
    match parsed {
        Ok(parsed) => {
            if !parsed.generics.params.is_empty() {
                let message = format_args!(
                    "`#[{attribute}]` takes no generic type: its schema would be unknown"
                );
                errors.over(&parsed.generics.params, message);
            }
            named(&parsed, errors);
            Ok(parsed)
        }
        Err(_) => {
            let message = format_args!("`#[{attribute}]` goes on a struct or an enum");
            errors.at(Span::call_site(), message);
            Err(fallback::stripped(item))
        }
    }
}

/// Refuses fields without a name, which `syn` knows and the language does not have (yet).
pub(crate) fn named(item: &DeriveInput, errors: &mut Errors) {
    let fields: Vec<&syn::Field> = match &item.data {
        Data::Struct(data) => data.fields.iter().collect(),
        Data::Enum(data) => data.variants.iter().flat_map(|variant| &variant.fields).collect(),
        Data::Union(_) => Vec::new(),
    };
    let idents = fields.into_iter().filter_map(|field| field.ident.as_ref());
    for ident in idents.filter(|ident| *ident == "_") {
        errors.at(ident.span(), "`_` is no name of a field: choose one");
    }
}

/// What `#[name = "…"]` says, or else the given name.
pub(crate) fn wire_name(
    attributes: &[Attribute],
    otherwise: String,
    errors: &mut Errors,
) -> String {
    let mut given = attributes.iter().filter(|attribute| helpers::is(attribute, "name"));
    let Some(attribute) = given.next() else { return otherwise };
    if let Some(surplus) = given.next() {
        errors.over(surplus, "duplicate `#[name]`: remove one of them");
    }
    let literal = match &attribute.meta {
        Meta::NameValue(pair) => literal(&pair.value),
        _ => None,
    };
    match literal {
        Some(name) => names::check_field(&name, errors).unwrap_or(otherwise),
        None => {
            errors.over_help(attribute, "`#[name]` needs a text", "#[name = \"…\"]");
            otherwise
        }
    }
}

/// The name of a variant on the wire.
pub(crate) fn variant_name(variant: &Variant, errors: &mut Errors) -> String {
    let otherwise = names::snake_case(&names::wire(&variant.ident));
    text::ident(&variant.ident, errors);
    wire_name(&variant.attrs, otherwise, errors)
}

/// The name of a field on the wire; that of a tuple field is never seen.
pub(crate) fn field_name(field: &syn::Field, errors: &mut Errors) -> String {
    let otherwise = field.ident.as_ref().map(names::wire).unwrap_or_default();
    if let Some(ident) = &field.ident {
        text::ident(ident, errors);
    }
    wire_name(&field.attrs, otherwise, errors)
}

/// What the name of a field demands of its type: the name on the wire, or else that in the code.
pub(crate) fn judged(
    field: &syn::Field,
    name: &str,
    judge: fn(&str, Span, &mut Errors) -> Option<NameCheck>,
    errors: &mut Errors,
) -> Option<NameCheck> {
    // A field without a name is known by that of the field which holds its type.
    let ident = field.ident.as_ref()?;
    let before = errors.count();
    let demand = judge(name, ident.span(), errors);
    let in_code = names::wire(ident);
    if demand.is_some() || errors.count() > before || in_code == name {
        return demand;
    }
    judge(&in_code, ident.span(), errors)
}

/// How a field is named in an expression.
pub(crate) fn member(field: &syn::Field, index: usize) -> Member {
    match &field.ident {
        Some(ident) => Member::Named(ident.clone()),
        None => Member::from(index),
    }
}

/// Refuses names that occur twice.
pub(crate) fn unique<'a>(names: impl Iterator<Item = (&'a str, Span)>, errors: &mut Errors) {
    let mut seen: Vec<&str> = Vec::new();
    for (name, span) in names {
        if seen.contains(&name) {
            errors.help(
                span,
                format_args!("the name `{name}` is taken"),
                "#[name = \"another_name\"]",
            );
        }
        seen.push(name);
    }
}

/// Where a field is named, or else its type.
pub(crate) fn span_of(field: &syn::Field) -> Span {
    match &field.ident {
        Some(ident) => ident.span(),
        None => syn::spanned::Spanned::span(&field.ty),
    }
}

/// Which helper attributes are whose.
pub(crate) struct Helpers {
    /// Those that only this attribute understands.
    pub(crate) own: &'static [&'static str],
    /// The other attribute that shares `#[name]`.
    pub(crate) other: &'static str,
}

impl Helpers {
    /// Removes what nobody after us understands.
    pub(crate) fn strip(&self, item: &mut DeriveInput) {
        // The other attribute still has to read the names.
        let pending = item.attrs.iter().any(|attribute| helpers::is(attribute, self.other));
        let ours = |attribute: &Attribute| {
            self.own.iter().any(|name| helpers::is(attribute, name))
                || !pending && helpers::is(attribute, "name")
                // Refused, and might bring ours back.
                || helpers::is_hidden(attribute)
        };
        for attributes in attribute_lists(item) {
            attributes.retain(|attribute| !ours(attribute));
        }
    }
}

/// The attributes of variants and fields.
pub(crate) fn attribute_lists(item: &mut DeriveInput) -> Vec<&mut Vec<Attribute>> {
    match &mut item.data {
        Data::Struct(data) => data.fields.iter_mut().map(|field| &mut field.attrs).collect(),
        Data::Enum(data) => {
            let each = data.variants.iter_mut();
            each.flat_map(|variant| {
                let fields = variant.fields.iter_mut().map(|field| &mut field.attrs);
                std::iter::once(&mut variant.attrs).chain(fields)
            })
            .collect()
        }
        Data::Union(data) => data.fields.named.iter_mut().map(|field| &mut field.attrs).collect(),
    }
}

fn literal(value: &Expr) -> Option<LitStr> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.clone()),
            _ => None,
        },
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}
