//! `#[secure_input]`: structs and enums that a client may send.

mod expand;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataEnum, DeriveInput, Fields, Ident, LitStr, Path, Variant};

pub(crate) use self::expand::{named, named_schema, other_kind, tool_input};
use crate::args::Arg;
use crate::diagnostics::Errors;
use crate::entries::{entries, unknown};
use crate::exceptions::Allowed;
use crate::expand::in_block;
use crate::fields::{self, Helpers};
use crate::lints::text::{self, Place};
use crate::model::Field;
use crate::rules::Rule;
use crate::runtime_path::Runtime;
use crate::tool::with;
use crate::{docs, helpers, lints, names, self_type, validate};

pub(crate) const KEYS: &[&str] = &["tag", "allow", "crate"];

pub(crate) const HELPERS: Helpers = Helpers { own: &["validate"], other: "secure_output" };

/// The attribute.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let mut item = match fields::parse(item, "secure_input", &mut errors) {
        Ok(item) => item,
        Err(item) => return with(errors, item),
    };
    let Arguments { tag, runtime, allow } = arguments_of(arguments, &mut errors);
    errors.allow(allow);
    let rt = Runtime::new(runtime.given());
    let shape = shape(&item, &tag, &mut errors);
    let exceptions = errors.exceptions("type");
    let implementation = match shape {
        Some(shape) if errors.count() == 0 => {
            in_block(&[], shape.expand(&rt, &item.ident, &exceptions))
        }
        shape if item.generics.params.is_empty() => {
            let checks = shape.map(|shape| shape.checks(&rt));
            let stub = expand::stub(&rt, &item.ident);
            in_block(&[], quote!(#checks #stub))
        }
        _ => TokenStream::new(),
    };
    HELPERS.strip(&mut item);
    with(errors, quote!(#item #implementation))
}

#[derive(Default)]
struct Arguments {
    tag: Arg<LitStr>,
    runtime: Arg<Path>,
    allow: Allowed,
}

fn arguments_of(tokens: TokenStream, errors: &mut Errors) -> Arguments {
    let mut arguments = Arguments::default();
    for entry in entries(tokens, errors) {
        match entry.name().as_str() {
            "tag" => arguments.tag.set(&entry, errors, |e| entry.value("\"kind\"", e)),
            "allow" => arguments.allow.take(&entry, errors),
            "crate" => arguments.runtime.set_path(&entry, errors),
            _ => {
                if unknown(&entry.key, KEYS, errors) == Some("tag") {
                    arguments.tag = Arg::Broken;
                }
            }
        }
    }
    arguments
}

/// What the type looks like on the wire.
enum Shape {
    Object { description: String, fields: Vec<Field> },
    Wrapper { description: String, field: Box<Field> },
    Choice { description: String, variants: Vec<Choice> },
    Tagged { description: String, tag: String, variants: Vec<Tagged> },
}

struct Choice {
    ident: Ident,
    name: String,
    meaning: String,
}

struct Tagged {
    ident: Ident,
    name: String,
    meaning: String,
    fields: Vec<Field>,
}

fn shape(item: &DeriveInput, tag: &Arg<LitStr>, errors: &mut Errors) -> Option<Shape> {
    text::ident(&item.ident, errors);
    let description = docs::description(&item.attrs, Place::Type, errors);
    if let (Data::Struct(_), Some(span)) = (&item.data, tag.span()) {
        errors
            .at(span, "`tag` tells the variants of an enum apart, and this is a struct: remove it");
    }
    match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => {
                let fields = fields_of(named.named.iter(), &item.ident, true, errors);
                Some(Shape::Object { description, fields })
            }
            Fields::Unnamed(unnamed) if unnamed.unnamed.len() == 1 => {
                let field = fields_of(unnamed.unnamed.iter(), &item.ident, false, errors).pop()?;
                Some(Shape::Wrapper { description, field: Box::new(field) })
            }
            Fields::Unnamed(unnamed) => {
                let message = "a tuple of several values has no names that a client could use: name the fields";
                let help = format_args!("struct {} {{ value: … }}", item.ident);
                errors.over_help(&unnamed.unnamed, message, help);
                None
            }
            Fields::Unit => {
                errors.at(item.ident.span(), "a unit struct says nothing as input: remove it");
                None
            }
        },
        Data::Enum(data) => variants(item, data, description, tag, errors),
        Data::Union(data) => {
            let help = format_args!("enum {}", item.ident);
            errors.help(data.union_token.span, "a union cannot be input: use an enum", help);
            None
        }
    }
}

fn variants(
    item: &DeriveInput,
    data: &DataEnum,
    description: String,
    tag: &Arg<LitStr>,
    errors: &mut Errors,
) -> Option<Shape> {
    if data.variants.is_empty() {
        errors.at(item.ident.span(), "an enum without variants has no value to send");
    }
    for variant in &data.variants {
        helpers::refuse_conditions(&variant.attrs, "variant", errors);
    }
    let plain = data.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit));
    match tag {
        Arg::Absent if plain => Some(choice(data, description, errors)),
        Arg::Absent => {
            let message = "the variants carry data: say which field tells them apart";
            errors.help(item.ident.span(), message, "#[secure_input(tag = \"kind\")]");
            None
        }
        Arg::Broken => None,
        Arg::Given(_, tag) => {
            let tag = names::check_field(tag, errors)?;
            let variants: Vec<Tagged> =
                data.variants.iter().filter_map(|v| tagged(v, item, &tag, errors)).collect();
            let names =
                variants.iter().map(|variant| (variant.name.as_str(), variant.ident.span()));
            fields::unique(names, errors);
            Some(Shape::Tagged { description, tag, variants })
        }
    }
}

fn choice(data: &DataEnum, description: String, errors: &mut Errors) -> Shape {
    let variants: Vec<Choice> = data
        .variants
        .iter()
        .map(|variant| Choice {
            ident: variant.ident.clone(),
            name: fields::variant_name(variant, errors),
            meaning: docs::description(&variant.attrs, Place::Variant, errors),
        })
        .collect();
    fields::unique(variants.iter().map(|v| (v.name.as_str(), v.ident.span())), errors);
    Shape::Choice { description, variants }
}

fn tagged(variant: &Variant, item: &DeriveInput, tag: &str, errors: &mut Errors) -> Option<Tagged> {
    let fields = match &variant.fields {
        Fields::Named(named) => fields_of(named.named.iter(), &item.ident, true, errors),
        Fields::Unit => Vec::new(),
        Fields::Unnamed(unnamed) => {
            let message = "a variant's values need names that a client can use";
            let help = format_args!("{} {{ value: … }}", variant.ident);
            errors.over_help(&unnamed.unnamed, message, help);
            return None;
        }
    };
    if let (Some(field), Fields::Named(named)) =
        (fields.iter().position(|field| field.name == tag), &variant.fields)
    {
        let span =
            named.named.iter().nth(field).map_or_else(|| variant.ident.span(), fields::span_of);
        errors.at(span, format_args!("the name `{tag}` is taken by the tag: rename one of them"));
    }
    Some(Tagged {
        ident: variant.ident.clone(),
        name: fields::variant_name(variant, errors),
        meaning: docs::description(&variant.attrs, Place::Variant, errors),
        fields,
    })
}

fn fields_of<'a>(
    fields: impl Iterator<Item = &'a syn::Field>,
    this: &Ident,
    described: bool,
    errors: &mut Errors,
) -> Vec<Field> {
    let mut spans = Vec::new();
    let mut decided = Vec::new();
    for (index, field) in fields.enumerate() {
        let whole = errors.count();
        helpers::refuse_conditions(&field.attrs, "field", errors);
        let before = errors.count();
        let description = docs::description(&field.attrs, Place::Field, errors);
        if described && description.is_empty() && errors.count() == before {
            undescribed(field, errors);
        }
        spans.push(fields::span_of(field));
        let name = fields::field_name(field, errors);
        decided.push(Field {
            member: fields::member(field, index),
            docs: Vec::new(),
            ty: self_type::resolved(&field.ty, this),
            description,
            bounds: validate::bounds(&field.attrs, errors).resolved(this),
            name_check: fields::judged(field, &name, lints::names::input, errors),
            name,
            loads: false,
            sound: errors.count() == whole,
        });
    }
    fields::unique(decided.iter().map(|field| field.name.as_str()).zip(spans), errors);
    decided
}

fn undescribed(field: &syn::Field, errors: &mut Errors) {
    let name = field.ident.as_ref().map(names::wire).unwrap_or_default();
    let message = format_args!("the field `{name}` has no description: say what it means");
    let help = "/// What it means, in a sentence for the model.";
    errors.breach(Rule::Description, fields::span_of(field), message, help);
}
