//! What `#[secure_input]` types, and the inputs of tools, are written down as.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use super::{Choice, Shape, Tagged};
use crate::expand::exception;
use crate::model::{Exception, Field};
use crate::names;
use crate::object::{self, Object};
use crate::runtime_path::Runtime;
use crate::self_type::mentions;

impl Shape {
    pub(super) fn expand(
        &self,
        rt: &Runtime,
        this: &Ident,
        exceptions: &[Exception],
    ) -> TokenStream {
        match self {
            Shape::Object { description, fields } => {
                nested_object(rt, this, description, fields, exceptions)
            }
            Shape::Wrapper { description, field } => wrapper(rt, this, description, field),
            Shape::Choice { description, variants } => choices(rt, this, description, variants),
            Shape::Tagged { description, tag, variants } => {
                tagged_union(rt, this, description, (tag, variants), exceptions)
            }
        }
    }
}

impl Shape {
    /// What can be said of its fields where the type as a whole has errors.
    pub(super) fn checks(&self, rt: &Runtime) -> TokenStream {
        match self {
            Shape::Object { fields, .. } => object::checks(rt, fields, ""),
            Shape::Wrapper { field, .. } => object::checks(rt, std::slice::from_ref(field), ""),
            Shape::Choice { .. } => TokenStream::new(),
            Shape::Tagged { variants, .. } => {
                let each = variants.iter().enumerate();
                each.map(|(index, variant)| {
                    object::checks(rt, &variant.fields, &format!("V{index}"))
                })
                .collect()
            }
        }
    }
}

/// The implementation of `Input`.
fn implementation(
    rt: &Runtime,
    this: &Ident,
    nature: TokenStream,
    schema: TokenStream,
    decode: TokenStream,
) -> TokenStream {
    quote! {
        impl<__D: #rt::DeclaresNothing> #rt::Input<__D> for #this {
            #nature
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

/// The object that a tool takes as a whole.
pub(crate) fn tool_input(rt: &Runtime, this: &Ident, fields: &[Field]) -> TokenStream {
    // Its exceptions are the tool's.
    object(rt, this, "", fields, &[])
}

/// An object that may stand anywhere in an input.
fn nested_object(
    rt: &Runtime,
    this: &Ident,
    description: &str,
    fields: &[Field],
    exceptions: &[Exception],
) -> TokenStream {
    let object = object(rt, this, description, fields, exceptions);
    let schema = quote!(#rt::object_schema::<Self>(__generator));
    let decode = quote! {
        let __seen = #rt::std::option::Option::None;
        <Self as #rt::InputObject>::decode_object(__value, __seen, __at, __violations)
    };
    let other = other_kind(rt);
    let nature = quote! {
        #other
        const NAMES_SUBJECT: #rt::std::primitive::bool =
            <Self as #rt::InputObject>::OBJECT.names_subject();
    };
    let input = implementation(rt, this, nature, schema, decode);
    quote!(#object #input)
}

fn object(
    rt: &Runtime,
    this: &Ident,
    description: &str,
    fields: &[Field],
    exceptions: &[Exception],
) -> TokenStream {
    let object = Object::new(rt, fields, "").excepting(exceptions);
    let constants = object.constants();
    let described = object.description(&names::wire(this), description);
    let itself = quote!(<Self as #rt::InputObject>::OBJECT);
    let describe = quote!(__fields.describe(__seen););
    let decode = object.decode(quote!(__value), describe, itself, quote!(Self));
    quote! {
        #constants
        impl #rt::InputObject for #this {
            const OBJECT: &'static #rt::Object = #described;
            fn decode_object(
                __value: #rt::Value,
                __seen: #rt::std::option::Option<&mut #rt::Shape>,
                __at: &#rt::At<'_>,
                __violations: &mut #rt::Violations,
            ) -> #rt::std::option::Option<Self> {
                #decode
            }
        }
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
    let nature = (!mentions(&field.ty, this)).then(|| {
        quote! {
            const KIND: #rt::Kind = #constant.field.kind();
            const NAMES_SUBJECT: #rt::std::primitive::bool = #constant.field.names_subject();
        }
    });
    let input = implementation(rt, this, quote!(#nature), named_schema(rt, false), decode);
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
    implementation(rt, this, other_kind(rt), schema, decode)
}

/// What says no more than it is made for.
pub(crate) fn other_kind(rt: &Runtime) -> TokenStream {
    quote!(const KIND: #rt::Kind = #rt::Kind::Other;)
}

fn tagged_union(
    rt: &Runtime,
    this: &Ident,
    description: &str,
    (tag, variants): (&str, &[Tagged]),
    exceptions: &[Exception],
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
        let decode = object.decode(quote!(__value), quote!(), this, quote!(Self::#ident));
        arms.push(quote!((#name, |__value, __at, __violations| { #decode })));
    }
    let exceptions = exceptions.iter().map(|lifted| exception(rt, lifted));
    let type_name = names::wire(this);
    let describe = quote! {
        #rt::tagged_schema(
            __generator, (#type_name, #description), #tag, __OBJECTS, &[#(#exceptions),*],
        )
    };
    let decode = quote! {
        let mut __value = __value;
        let __choices: &[(&'static #rt::std::primitive::str, #rt::DecodeVariant<Self>)] =
            &[#(#arms),*];
        let __decode = #rt::tagged(&mut __value, #tag, __choices, __at, __violations)?;
        __decode(__value, __at, __violations)
    };
    let named = named(rt, this, false, describe);
    let other = other_kind(rt);
    let nature = quote! {
        #other
        const NAMES_SUBJECT: #rt::std::primitive::bool = #rt::any_names_subject(__OBJECTS);
    };
    let input = implementation(rt, this, nature, named_schema(rt, false), decode);
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
pub(super) fn stub(rt: &Runtime, this: &Ident) -> TokenStream {
    let schema = quote!(#rt::std::default::Default::default());
    let decode = quote! {
        let _ = (__value, __at, __violations);
        #rt::std::option::Option::None
    };
    implementation(rt, this, TokenStream::new(), schema, decode)
}
