//! `#[secure_input]`: structs and enums that a client may send.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataEnum, DeriveInput, Fields, Ident, LitStr, Path, Variant};

use crate::args::Arg;
use crate::diagnostics::Errors;
use crate::entries::{entries, unknown};
use crate::expand::in_block;
use crate::fields::{self, Helpers};
use crate::model::Field;
use crate::object::Object;
use crate::runtime_path::Runtime;
use crate::tool::with;
use crate::{docs, helpers, names, self_type, validate};

const HELPERS: Helpers = Helpers { own: &["validate"], other: "secure_output" };

/// The attribute.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let mut item = match fields::parse(item, "secure_input", &mut errors) {
        Ok(item) => item,
        Err(item) => return with(errors, item),
    };
    let Arguments { tag, runtime } = arguments_of(arguments, &mut errors);
    let rt = Runtime::new(runtime.given());
    let shape = shape(&item, &tag, &mut errors);
    let implementation = match shape {
        Some(shape) if errors.count() == 0 => in_block(&[], shape.expand(&rt, &item.ident)),
        _ if item.generics.params.is_empty() => in_block(&[], stub(&rt, &item.ident)),
        _ => TokenStream::new(),
    };
    HELPERS.strip(&mut item);
    with(errors, quote!(#item #implementation))
}

#[derive(Default)]
struct Arguments {
    tag: Arg<LitStr>,
    runtime: Arg<Path>,
}

fn arguments_of(tokens: TokenStream, errors: &mut Errors) -> Arguments {
    let mut arguments = Arguments::default();
    for entry in entries(tokens, errors) {
        match entry.name().as_str() {
            "tag" => arguments.tag.set(&entry, errors, |e| entry.value("\"kind\"", e)),
            "crate" => arguments.runtime.set_path(&entry, errors),
            _ => {
                if unknown(&entry.key, &["tag", "crate"], errors) == Some("tag") {
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
    Wrapper { description: String, field: Field },
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
    let description = docs::description(&item.attrs, errors);
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
                Some(Shape::Wrapper { description, field })
            }
            Fields::Unnamed(unnamed) => {
                let message = "a tuple of several values has no names that a client could use: name the fields";
                errors.over(&unnamed.unnamed, message);
                None
            }
            Fields::Unit => {
                errors.at(item.ident.span(), "a unit struct says nothing as input: remove it");
                None
            }
        },
        Data::Enum(data) => variants(item, data, description, tag, errors),
        Data::Union(data) => {
            errors.at(data.union_token.span, "a union cannot be input: use an enum");
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
            meaning: docs::description(&variant.attrs, errors),
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
            let help = format_args!("{} {{ /// What it means.\n value: … }}", variant.ident);
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
        meaning: docs::description(&variant.attrs, errors),
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
        helpers::refuse_conditions(&field.attrs, "field", errors);
        let before = errors.count();
        let description = docs::description(&field.attrs, errors);
        if described && description.is_empty() && errors.count() == before {
            undescribed(field, errors);
        }
        spans.push(fields::span_of(field));
        decided.push(Field {
            member: fields::member(field, index),
            docs: Vec::new(),
            ty: self_type::resolved(&field.ty, this),
            name: fields::field_name(field, errors),
            description,
            bounds: validate::bounds(&field.attrs, errors).resolved(this),
        });
    }
    fields::unique(decided.iter().map(|field| field.name.as_str()).zip(spans), errors);
    decided
}

fn undescribed(field: &syn::Field, errors: &mut Errors) {
    let name = field.ident.as_ref().map(names::wire).unwrap_or_default();
    let message = format_args!("the field `{name}` has no description: say what it means");
    let help = "/// What it means, in a sentence for the model.";
    errors.help(fields::span_of(field), message, help);
}

impl Shape {
    fn expand(&self, rt: &Runtime, this: &Ident) -> TokenStream {
        match self {
            Shape::Object { description, fields } => object(rt, this, description, fields),
            Shape::Wrapper { description, field } => wrapper(rt, this, description, field),
            Shape::Choice { description, variants } => choices(rt, this, description, variants),
            Shape::Tagged { description, tag, variants } => {
                tagged_union(rt, this, description, tag, variants)
            }
        }
    }
}

/// The implementation of `Input`.
pub(crate) fn implementation(
    rt: &Runtime,
    this: &Ident,
    schema: TokenStream,
    decode: TokenStream,
) -> TokenStream {
    quote! {
        impl #rt::Input for #this {
            fn schema(
                __generator: &mut #rt::SchemaGenerator,
                _: &#rt::Rules,
            ) -> #rt::Schema {
                let _ = &__generator;
                #schema
            }
            fn decode(
                __value: #rt::Value,
                _: &#rt::Rules,
                __at: &#rt::At<'_>,
                __violations: &mut #rt::Violations,
            ) -> #rt::std::option::Option<Self> {
                #decode
            }
        }
    }
}

/// An object of fields, with the implementation of `Input` that goes with it.
pub(crate) fn object(
    rt: &Runtime,
    this: &Ident,
    description: &str,
    fields: &[Field],
) -> TokenStream {
    let object = Object::new(rt, fields, "");
    let constants = object.constants();
    let described = object.description(&names::wire(this), description);
    let itself = quote!(<Self as #rt::InputObject>::OBJECT);
    let decode = object.decode(quote!(__value), itself, quote!(Self));
    let schema = quote!(#rt::object_schema::<Self>(__generator));
    let input = implementation(rt, this, schema, decode);
    quote! {
        #constants
        impl #rt::InputObject for #this {
            const OBJECT: &'static #rt::Object = #described;
        }
        #input
    }
}

fn wrapper(rt: &Runtime, this: &Ident, description: &str, field: &Field) -> TokenStream {
    let object = Object::new(rt, std::slice::from_ref(field), "");
    let (constants, constant) = (object.constants(), object.constant(0));
    let customs = object.wrapped_customs();
    let describe = quote!(#rt::wrapped_schema(__generator, #description, &#constant));
    let decode = quote! {
        let __f0 = #rt::wrapped(__value, &#constant, __at, __violations);
        #customs
        __f0.map(Self)
    };
    let named = named(rt, this, false, describe);
    let input = implementation(rt, this, named_schema(rt, false), decode);
    quote!(#constants #named #input)
}

fn choices(rt: &Runtime, this: &Ident, description: &str, variants: &[Choice]) -> TokenStream {
    let names: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
    let meanings = variants.iter().map(|variant| &variant.meaning);
    let idents = variants.iter().map(|variant| &variant.ident);
    let schema = quote!(#rt::choice_schema(#description, &[#((#names, #meanings)),*]));
    // Functions, because the type need not be `Copy`.
    let decode = quote! {
        const __CHOICES: &[(&#rt::std::primitive::str, fn() -> #this)] =
            &[#((#names, || #this::#idents)),*];
        #rt::choice(&__value, __CHOICES, __at, __violations).map(|__make| __make())
    };
    implementation(rt, this, schema, decode)
}

fn tagged_union(
    rt: &Runtime,
    this: &Ident,
    description: &str,
    tag: &str,
    variants: &[Tagged],
) -> TokenStream {
    let mut constants = TokenStream::new();
    let (mut objects, mut arms) = (Vec::new(), Vec::new());
    for (index, variant) in variants.iter().enumerate() {
        let Tagged { ident, name, meaning, fields } = variant;
        let object = Object::new(rt, fields, &format!("V{index}"));
        constants.extend(object.constants());
        let described = object.description(name, meaning);
        objects.push(described);
        let this = quote!(__OBJECTS[#index]);
        let decode = object.decode(quote!(__value), this, quote!(Self::#ident));
        arms.push(quote!((#name, |__value, __at, __violations| { #decode })));
    }
    let describe = quote!(#rt::tagged_schema(__generator, #description, #tag, __OBJECTS));
    let decode = quote! {
        let mut __value = __value;
        let __choices: &[(&'static #rt::std::primitive::str, #rt::DecodeVariant<Self>)] =
            &[#(#arms),*];
        let __decode = #rt::tagged(&mut __value, #tag, __choices, __at, __violations)?;
        __decode(__value, __at, __violations)
    };
    let named = named(rt, this, false, describe);
    let input = implementation(rt, this, named_schema(rt, false), decode);
    quote! {
        #constants
        const __OBJECTS: &[&'static #rt::Object] = &[#(#objects),*];
        #named
        #input
    }
}

/// A type that may contain itself describes itself under its name.
pub(crate) fn named(
    rt: &Runtime,
    this: &Ident,
    output: bool,
    describe: TokenStream,
) -> TokenStream {
    let name = names::wire(this);
    quote! {
        impl #rt::Named<#output> for #this {
            const NAME: &'static #rt::std::primitive::str = #name;
            fn describe(__generator: &mut #rt::SchemaGenerator) -> #rt::Schema {
                #describe
            }
        }
    }
}

pub(crate) fn named_schema(rt: &Runtime, output: bool) -> TokenStream {
    quote!(#rt::named_schema::<Self, #output>(__generator))
}

/// Errors of the type are reported; whoever uses it need not be told again.
fn stub(rt: &Runtime, this: &Ident) -> TokenStream {
    let schema = quote!(#rt::std::default::Default::default());
    let decode = quote! {
        let _ = (__value, __at, __violations);
        #rt::std::option::Option::None
    };
    implementation(rt, this, schema, decode)
}
