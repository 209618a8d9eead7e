//! `#[secure_output]`: structs and enums that may leave the server.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Data, DataEnum, DeriveInput, Fields, Member, Meta, Path};

use crate::args::Arg;
use crate::diagnostics::Errors;
use crate::entries::{entries, unknown};
use crate::exceptions::Allowed;
use crate::expand::{exception, in_block};
use crate::fields::{self, Helpers};
use crate::input::{named, named_schema, other_kind};
use crate::lints::names::NameCheck;
use crate::lints::text::{self, Place};
use crate::model::Exception;
use crate::runtime_path::Runtime;
use crate::self_type::mentions;
use crate::tool::with;
use crate::{docs, helpers, lints, names, object, self_type};

pub(crate) const KEYS: &[&str] = &["allow", "crate"];

pub(crate) const HELPERS: Helpers = Helpers { own: &["sensitive"], other: "secure_input" };

/// The attribute.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let mut item = match fields::parse(item, "secure_output", &mut errors) {
        Ok(item) => item,
        Err(item) => return with(errors, item),
    };
    let Arguments { runtime, allow } = arguments_of(arguments, &mut errors);
    errors.allow(allow);
    let rt = Runtime::new(runtime.given());
    let shape = shape(&item, &mut errors);
    let exceptions = errors.exceptions("type");
    let implementation = match shape {
        Some(shape) if errors.count() == 0 => {
            in_block(&[], shape.expand(&rt, &item.ident, &exceptions))
        }
        shape if item.generics.params.is_empty() => {
            let checks = shape.map(|shape| shape.checks(&rt));
            let stub = stub(&rt, &item.ident);
            in_block(&[], quote!(#checks #stub))
        }
        _ => TokenStream::new(),
    };
    HELPERS.strip(&mut item);
    with(errors, quote!(#item #implementation))
}

#[derive(Default)]
struct Arguments {
    runtime: Arg<Path>,
    allow: Allowed,
}

fn arguments_of(tokens: TokenStream, errors: &mut Errors) -> Arguments {
    let mut arguments = Arguments::default();
    for entry in entries(tokens, errors) {
        match entry.name().as_str() {
            "allow" => arguments.allow.take(&entry, errors),
            "crate" => arguments.runtime.set_path(&entry, errors),
            _ => {
                unknown(&entry.key, KEYS, errors);
            }
        }
    }
    arguments
}

/// What the type looks like on the wire.
enum Shape {
    Object { description: String, fields: Vec<Field> },
    Wrapper { description: String, ty: TokenStream },
    Choice { description: String, variants: Vec<(Ident, String, String)> },
}

struct Field {
    member: Member,
    ty: TokenStream,
    name: String,
    description: String,
    disclosure: Disclosure,
    /// What its name demands of its type.
    name_check: Option<NameCheck>,
    /// False if an error is reported for it.
    sound: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Disclosure {
    Open,
    Masked,
    Dropped,
}

fn shape(item: &DeriveInput, errors: &mut Errors) -> Option<Shape> {
    text::ident(&item.ident, errors);
    let description = docs::description(&item.attrs, Place::Type, errors);
    match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(unnamed) if unnamed.unnamed.len() == 1 => {
                let field = unnamed.unnamed.first()?;
                wrapped(field, &item.ident, description, errors)
            }
            Fields::Unnamed(unnamed) => {
                let message = "a tuple of several values has no names that a client could read: name the fields";
                let help = format_args!("struct {} {{ value: … }}", item.ident);
                errors.over_help(&unnamed.unnamed, message, help);
                None
            }
            named => {
                let fields = fields_of(named, &item.ident, errors);
                Some(Shape::Object { description, fields })
            }
        },
        Data::Enum(data) => choice(item, data, description, errors),
        Data::Union(data) => {
            let help = format_args!("struct {}", item.ident);
            errors.help(data.union_token.span, "a union cannot be output: use a struct", help);
            None
        }
    }
}

fn fields_of(fields: &Fields, this: &Ident, errors: &mut Errors) -> Vec<Field> {
    let mut decided = Vec::new();
    let mut spans = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let before = errors.count();
        helpers::refuse_conditions(&field.attrs, "field", errors);
        let disclosure = disclosure(&field.attrs, errors);
        if disclosure != Disclosure::Dropped {
            spans.push(fields::span_of(field));
        }
        let name = fields::field_name(field, errors);
        let name_check = match disclosure {
            Disclosure::Open => fields::judged(field, &name, lints::names::output, errors),
            Disclosure::Masked | Disclosure::Dropped => None,
        };
        decided.push(Field {
            member: fields::member(field, index),
            ty: self_type::resolved(&field.ty, this),
            name,
            description: docs::description(&field.attrs, Place::Field, errors),
            disclosure,
            name_check,
            sound: errors.count() == before,
        });
    }
    let disclosed = decided.iter().filter(|field| field.disclosure != Disclosure::Dropped);
    fields::unique(disclosed.map(|field| field.name.as_str()).zip(spans), errors);
    decided
}

fn disclosure(attributes: &[Attribute], errors: &mut Errors) -> Disclosure {
    let mut sensitive = attributes.iter().filter(|attribute| helpers::is(attribute, "sensitive"));
    let Some(attribute) = sensitive.next() else { return Disclosure::Open };
    if let Some(surplus) = sensitive.next() {
        errors.over(surplus, "duplicate `#[sensitive]`: remove one of them");
    }
    match &attribute.meta {
        Meta::Path(_) => Disclosure::Dropped,
        Meta::List(list) if list.tokens.to_string() == "mask" => Disclosure::Masked,
        _ => {
            let message = "`#[sensitive]` drops a field, `#[sensitive(mask)]` shows `***` for it";
            errors.over_help(attribute, message, "#[sensitive]");
            Disclosure::Dropped
        }
    }
}

fn wrapped(
    field: &syn::Field,
    this: &Ident,
    description: String,
    errors: &mut Errors,
) -> Option<Shape> {
    if let Some(attribute) = field.attrs.iter().find(|a| helpers::is(a, "sensitive")) {
        let message =
            "this is all that there is to disclose: put `#[sensitive]` where the type is used";
        errors.over(attribute, message);
        return None;
    }
    Some(Shape::Wrapper { description, ty: self_type::resolved(&field.ty, this) })
}

fn choice(
    item: &DeriveInput,
    data: &DataEnum,
    description: String,
    errors: &mut Errors,
) -> Option<Shape> {
    if data.variants.is_empty() {
        errors.at(item.ident.span(), "an enum without variants has no value to disclose");
    }
    let mut variants = Vec::new();
    for variant in &data.variants {
        helpers::refuse_conditions(&variant.attrs, "variant", errors);
        if !matches!(variant.fields, Fields::Unit) {
            let message = "an output enum has no data, for clients know one shape of a result: use \
                a struct with an `Option` for what may be missing";
            let help = format_args!("struct {} {{ … }}", item.ident);
            errors.over_help(&variant.fields, message, help);
        }
        if let Some(attribute) = variant.attrs.iter().find(|a| helpers::is(a, "sensitive")) {
            errors.over(
                attribute,
                "`#[sensitive]` goes on the field that holds the enum: remove it here",
            );
        }
        let name = fields::variant_name(variant, errors);
        let meaning = docs::description(&variant.attrs, Place::Variant, errors);
        variants.push((variant.ident.clone(), name, meaning));
    }
    fields::unique(variants.iter().map(|(ident, name, _)| (name.as_str(), ident.span())), errors);
    Some(Shape::Choice { description, variants })
}

impl Shape {
    fn expand(&self, rt: &Runtime, this: &Ident, exceptions: &[Exception]) -> TokenStream {
        match self {
            Shape::Object { description, fields } => {
                object(rt, this, description, fields, exceptions)
            }
            Shape::Wrapper { description, ty } => wrapper(rt, this, description, ty),
            Shape::Choice { description, variants } => choices(rt, this, description, variants),
        }
    }

    /// What can be said of its fields where the type as a whole has errors.
    fn checks(&self, rt: &Runtime) -> TokenStream {
        let Shape::Object { fields, .. } = self else { return TokenStream::new() };
        let disclosed = |field: &Field| field.sound && field.disclosure == Disclosure::Open;
        let open_fields = fields.iter().enumerate().filter(|(_, field)| disclosed(field));
        open_fields.map(|(index, field)| open(rt, &format_ident!("__F{index}"), field)).collect()
    }
}

fn implementation(
    rt: &Runtime,
    this: &Ident,
    nature: TokenStream,
    schema: TokenStream,
    disclose: TokenStream,
) -> TokenStream {
    quote! {
        impl #rt::Output for #this {
            #nature
            fn schema(__generator: &mut #rt::SchemaGenerator) -> #rt::Schema {
                let _ = &__generator;
                #schema
            }
            fn disclose(self) -> #rt::Value {
                #disclose
            }
        }
    }
}

fn object(
    rt: &Runtime,
    this: &Ident,
    description: &str,
    fields: &[Field],
    exceptions: &[Exception],
) -> TokenStream {
    let (mut constants, mut described, mut steps) =
        (TokenStream::new(), Vec::new(), TokenStream::new());
    let mut dropped = TokenStream::new();
    for (index, field) in fields.iter().enumerate() {
        let constant = format_ident!("__F{index}");
        let Field { member, name, description, disclosure, .. } = field;
        match disclosure {
            // Looked at, so that nobody is told that it is never read.
            Disclosure::Dropped => dropped.extend(quote!(let _ = &self.#member;)),
            Disclosure::Masked => {
                dropped.extend(quote!(let _ = &self.#member;));
                constants.extend(quote! {
                    const #constant: #rt::OutputField = #rt::OutputField::masked(#name, #description);
                });
                described.push(quote!(&#constant));
                steps.extend(quote!(.masked(&#constant)));
            }
            Disclosure::Open => {
                constants.extend(open(rt, &constant, field));
                described.push(quote!(&#constant.field));
                steps.extend(quote!(.open(&#constant, self.#member)));
            }
        }
    }
    let lifted = fields.iter().enumerate().filter_map(|(index, field)| {
        let check = field.name_check.as_ref().filter(|check| check.lifted)?;
        Some((format_ident!("__F{index}"), check))
    });
    let (lifted, checks): (Vec<_>, Vec<_>) = lifted.unzip();
    let needed =
        checks.first().map(|first| object::needed(rt, "secret_needs_exception", &lifted, first));
    constants.extend(needed);
    let exceptions = (!exceptions.is_empty()).then(|| {
        let lifted = exceptions.iter().map(|lifted| exception(rt, lifted));
        quote!(const EXCEPTIONS: &'static [#rt::Exception] = &[#(#lifted),*];)
    });
    let name = names::wire(this);
    let schema = quote!(#rt::output_object_schema::<Self>(__generator));
    let disclose = quote!(#dropped #rt::Disclosure::new()#steps.close());
    let (is_object, other) = (is_object(rt, quote!(true)), other_kind(rt));
    let nature = quote!(#is_object #other);
    let output = implementation(rt, this, nature, schema, disclose);
    quote! {
        #constants
        impl #rt::OutputObject for #this {
            const NAME: &'static #rt::std::primitive::str = #name;
            const DESCRIPTION: &'static #rt::std::primitive::str = #description;
            const FIELDS: &'static [&'static #rt::OutputField] = &[#(#described),*];
            #exceptions
        }
        #output
    }
}

/// A field that is disclosed: its type has to be output, and may have to be more for its name.
fn open(rt: &Runtime, constant: &Ident, field: &Field) -> TokenStream {
    let Field { ty, name, description, name_check, .. } = field;
    let declared = declared(rt, ty);
    let demand = name_check.as_ref().filter(|demand| !demand.lifted);
    let check = demand.map(|demand| object::name_check(constant, demand));
    quote! {
        const #constant: #rt::OutputFieldOf<#ty> = #declared(#name, #description);
        #check
    }
}

fn is_object(rt: &Runtime, is_object: TokenStream) -> TokenStream {
    quote!(const IS_OBJECT: #rt::std::primitive::bool = #is_object;)
}

/// The only place where the type has to be output. Errors point at the type.
fn declared(rt: &Runtime, ty: &TokenStream) -> TokenStream {
    let span = Span::call_site().located_at(ty.span());
    let there = rt.at(span);
    quote_spanned!(span=> #there::output_has_to_be_declared::<#ty>)
}

fn wrapper(rt: &Runtime, this: &Ident, description: &str, ty: &TokenStream) -> TokenStream {
    let declared = declared(rt, ty);
    let constant = quote!(const __F0: #rt::OutputFieldOf<#ty> = #declared("", ""););
    let describe = quote!(#rt::output_wrapped_schema(__generator, #description, &__F0));
    let disclose = quote!(#rt::output_wrapped(&__F0, self.0));
    let named = named(rt, this, true, describe);
    let is_object = is_object(rt, quote!(__F0.is_object()));
    let kind = (!mentions(ty, this)).then(|| quote!(const KIND: #rt::Kind = __F0.kind();));
    let nature = quote!(#is_object #kind);
    let output = implementation(rt, this, nature, named_schema(rt, true), disclose);
    quote!(#constant #named #output)
}

fn choices(
    rt: &Runtime,
    this: &Ident,
    description: &str,
    variants: &[(Ident, String, String)],
) -> TokenStream {
    let idents = variants.iter().map(|(ident, ..)| ident);
    let names: Vec<&String> = variants.iter().map(|(_, name, _)| name).collect();
    let meanings = variants.iter().map(|(.., meaning)| meaning);
    let schema = quote!(#rt::choice_schema(#description, &[#((#names, #meanings)),*]));
    let disclose = quote! {
        #rt::Value::String(#rt::std::convert::From::from(match self {
            #(Self::#idents => #names,)*
        }))
    };
    implementation(rt, this, other_kind(rt), schema, disclose)
}

/// Errors of the type are reported; whoever uses it need not be told again.
fn stub(rt: &Runtime, this: &Ident) -> TokenStream {
    let schema = quote!(#rt::std::default::Default::default());
    implementation(rt, this, TokenStream::new(), schema, quote!(#rt::Value::Null))
}
