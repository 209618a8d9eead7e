//! `#[public_error]`: errors that say what a client may read of them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Fields, LitStr, Meta, Path, Token};

use crate::diagnostics::Errors;
use crate::expand::in_block;
use crate::fields::{attribute_lists, member, parse};
use crate::lints::text::{self, Place};
use crate::runtime_path::Runtime;
use crate::tool::with;
use crate::{args, helpers};

pub(crate) const HELPERS: &[&str] = &["public", "internal", "from"];

/// The attribute.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let mut item = match parse(item, "public_error", &mut errors) {
        Ok(item) => item,
        Err(item) => return with(errors, item),
    };
    let runtime = args::only_runtime(arguments, &mut errors);
    let rt = Runtime::new(runtime.as_ref());
    let cases = cases(&item, &mut errors);
    let cases = if errors.count() == 0 { cases } else { Vec::new() };
    let implementation = match item.generics.params.is_empty() {
        true => in_block(&[], implementations(&rt, &item, &cases)),
        false => TokenStream::new(),
    };
    let derive = (!derives_debug(&item)).then(|| quote!(#[derive(#rt::std::fmt::Debug)]));
    strip(&mut item);
    with(errors, quote!(#derive #item #implementation))
}

/// A variant, or the struct itself.
struct Case {
    /// What to match: `Self::Locked`.
    path: TokenStream,
    /// What the client reads; none if it reads nothing.
    public: Option<String>,
    fields: Vec<(syn::Member, TokenStream)>,
    /// The field that the error is made from, by its number.
    from: Option<usize>,
}

fn cases(item: &DeriveInput, errors: &mut Errors) -> Vec<Case> {
    match &item.data {
        Data::Struct(data) => {
            let span = item.ident.span();
            vec![case(quote!(Self), &item.attrs, &data.fields, (&item.ident, span), errors)]
        }
        Data::Enum(data) => {
            let each = data.variants.iter();
            each.map(|variant| {
                helpers::refuse_conditions(&variant.attrs, "variant", errors);
                let ident = &variant.ident;
                let place = (ident, ident.span());
                case(quote!(Self::#ident), &variant.attrs, &variant.fields, place, errors)
            })
            .collect()
        }
        Data::Union(data) => {
            errors.at(data.union_token.span, "a union cannot be an error: use an enum");
            Vec::new()
        }
    }
}

fn case(
    path: TokenStream,
    attributes: &[Attribute],
    fields: &Fields,
    place: (&Ident, Span),
    errors: &mut Errors,
) -> Case {
    let public = audience(attributes, place, errors);
    Case {
        path,
        public,
        from: from(fields, errors),
        fields: fields
            .iter()
            .enumerate()
            .map(|(index, field)| {
                let ty = &field.ty;
                (member(field, index), quote!(#ty))
            })
            .collect(),
    }
}

/// Exactly one of `#[public("…")]` and `#[internal]`.
fn audience(
    attributes: &[Attribute],
    (ident, span): (&Ident, Span),
    errors: &mut Errors,
) -> Option<String> {
    let ours: Vec<&Attribute> = attributes
        .iter()
        .filter(|a| helpers::is(a, "public") || helpers::is(a, "internal"))
        .collect();
    match ours.as_slice() {
        [] => {
            let message = format_args!(
                "`{ident}` does not say who may read it: `#[public(\"…\")]` for clients, `#[internal]` for the log"
            );
            errors.help(span, message, "#[internal]");
            None
        }
        [attribute] if helpers::is(attribute, "public") => public_text(attribute, errors),
        [attribute] => {
            if !matches!(attribute.meta, Meta::Path(_)) {
                errors.over_help(attribute, "`#[internal]` takes no value", "#[internal]");
            }
            None
        }
        [_, surplus, ..] => {
            let message = "an error is either public or internal: remove one of the attributes";
            errors.over(surplus, message);
            None
        }
    }
}

fn public_text(attribute: &Attribute, errors: &mut Errors) -> Option<String> {
    let literal = match &attribute.meta {
        Meta::List(list) => syn::parse2::<LitStr>(list.tokens.clone()).ok(),
        _ => None,
    };
    let Some(literal) = literal else {
        let message = "`#[public]` needs the text that clients read";
        errors.over_help(attribute, message, "#[public(\"The note is locked.\")]");
        return None;
    };
    let value = literal.value();
    let text = value.trim();
    let fault = if text.is_empty() {
        "the text is empty: clients would read nothing"
    } else if text.contains(['{', '}']) {
        "a public text is fixed: whatever it interpolated would leave the server"
    } else {
        text::literal(&literal, Place::PublicText, errors);
        return Some(text.to_owned());
    };
    errors.help(literal.span(), fault, "#[public(\"The note is locked.\")]");
    None
}

/// The field with `#[from]`, which has to be the only one.
fn from(fields: &Fields, errors: &mut Errors) -> Option<usize> {
    let is_from = |attribute: &&Attribute| helpers::is(attribute, "from");
    for (index, field) in fields.iter().enumerate() {
        helpers::refuse_conditions(&field.attrs, "field", errors);
        let Some(attribute) = field.attrs.iter().find(is_from) else { continue };
        if !matches!(attribute.meta, Meta::Path(_)) {
            errors.over_help(attribute, "`#[from]` takes no value", "#[from]");
        } else if fields.len() != 1 {
            errors.over(
                attribute,
                "`#[from]` needs a variant with one field: nothing says what the others are",
            );
        } else {
            return Some(index);
        }
    }
    None
}

fn implementations(rt: &Runtime, item: &DeriveInput, cases: &[Case]) -> TokenStream {
    let this = &item.ident;
    let public = matching(rt, cases, |case| match &case.public {
        Some(text) => quote!(#rt::std::option::Option::Some(#text)),
        None => quote!(#rt::std::option::Option::None),
    });
    let source = matching(rt, cases, |case| match case.from {
        Some(index) => {
            let field = format_ident!("__f{index}");
            quote!({
                #[allow(unused_imports)]
                use #rt::{DynErrorSource, ErrorSource, NoSource};
                (&&&#rt::SourceOf(#field)).find()
            })
        }
        None => quote!(#rt::std::option::Option::None),
    });
    let conversions = cases.iter().filter_map(|case| conversion(rt, this, case));
    quote! {
        impl #rt::PublicError for #this {
            fn public(&self) -> #rt::std::option::Option<&'static #rt::std::primitive::str> {
                #public
            }
        }
        impl #rt::std::fmt::Display for #this {
            fn fmt(&self, __f: &mut #rt::std::fmt::Formatter<'_>) -> #rt::std::fmt::Result {
                let __text = #rt::PublicError::public(self);
                __f.write_str(#rt::std::option::Option::unwrap_or(__text, "internal error"))
            }
        }
        impl #rt::std::error::Error for #this {
            fn source(&self)
            -> #rt::std::option::Option<&(dyn #rt::std::error::Error + 'static)> {
                #source
            }
        }
        #(#conversions)*
    }
}

/// A match over all cases. All fields are bound, so that nobody is told that they are never read.
fn matching(rt: &Runtime, cases: &[Case], arm: impl Fn(&Case) -> TokenStream) -> TokenStream {
    if cases.is_empty() {
        return quote!(#rt::std::option::Option::None);
    }
    let arms = cases.iter().map(|case| {
        let path = &case.path;
        let locals: Vec<Ident> =
            (0..case.fields.len()).map(|index| format_ident!("__f{index}")).collect();
        let members = case.fields.iter().map(|(member, _)| member);
        let result = arm(case);
        quote! {
            #path { #(#members: #locals),* } => { let _ = (#(#locals,)*); #result }
        }
    });
    quote!(match self { #(#arms)* })
}

fn conversion(rt: &Runtime, this: &Ident, case: &Case) -> Option<TokenStream> {
    let (member, ty) = case.fields.get(case.from?)?;
    let path = &case.path;
    Some(quote! {
        impl #rt::std::convert::From<#ty> for #this {
            fn from(__source: #ty) -> Self {
                #path { #member: __source }
            }
        }
    })
}

/// True if a `derive` that we can see makes `Debug`.
fn derives_debug(item: &DeriveInput) -> bool {
    let derives = item.attrs.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let mut paths = derives.filter_map(|derive| {
        derive.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).ok()
    });
    paths.any(|paths| {
        let mut last = paths.iter().filter_map(|path| path.segments.last());
        last.any(|segment| segment.ident == "Debug")
    })
}

fn strip(item: &mut DeriveInput) {
    let ours = |attribute: &Attribute| {
        // Refused, and might bring ours back.
        HELPERS.iter().any(|name| helpers::is(attribute, name)) || helpers::is_hidden(attribute)
    };
    item.attrs.retain(|attribute| !HELPERS.iter().any(|name| helpers::is(attribute, name)));
    for attributes in attribute_lists(item) {
        attributes.retain(|attribute| !ours(attribute));
    }
}
