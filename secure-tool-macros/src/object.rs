//! The fields of an input, as constants and as the code that takes an object apart.
//!
//! Shared by the input of tools, `#[secure_input]` structs and the variants of tagged enums.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::bound::Ends;
use crate::expand;
use crate::lints::names::NameCheck;
use crate::model::{Exception, Field};
use crate::runtime_path::Runtime;
use crate::validate::{Bounds, Custom, Form};

/// The fields of one object, with the names of their constants.
pub(crate) struct Object<'a> {
    rt: &'a Runtime,
    fields: &'a [Field],
    prefix: String,
    exceptions: &'a [Exception],
}

impl<'a> Object<'a> {
    /// The prefix tells objects in one scope apart.
    pub(crate) fn new(rt: &'a Runtime, fields: &'a [Field], prefix: &str) -> Self {
        Object { rt, fields, prefix: prefix.to_owned(), exceptions: &[] }
    }

    /// The same, with the rules that are lifted for the type.
    pub(crate) fn excepting(self, exceptions: &'a [Exception]) -> Self {
        Object { exceptions, ..self }
    }

    pub(crate) fn constant(&self, index: usize) -> Ident {
        format_ident!("__{}F{index}", self.prefix)
    }

    /// One constant a field: the only place where its type has to be bounded.
    pub(crate) fn constants(&self) -> TokenStream {
        let each = self.fields.iter().enumerate();
        let needed = self.needed_exception();
        each.map(|(index, field)| constant(self.rt, &self.constant(index), field))
            .chain(needed)
            .collect()
    }

    /// A lifted rule has to be broken by some field. Of variants, any one may do it, which nobody
    /// sees here.
    fn needed_exception(&self) -> Option<TokenStream> {
        let lifted = |field: &Field| field.name_check.as_ref().is_some_and(|check| check.lifted);
        let each = self.fields.iter().enumerate().filter(|(_, field)| lifted(field));
        let constants: Vec<Ident> = each.map(|(index, _)| self.constant(index)).collect();
        let first =
            self.fields.iter().find_map(|field| field.name_check.as_ref().filter(|c| c.lifted))?;
        self.prefix.is_empty().then(|| needed(self.rt, "text_needs_exception", &constants, first))
    }

    /// The description that the runtime works with.
    pub(crate) fn description(&self, name: &str, description: &str) -> TokenStream {
        let rt = self.rt;
        let fields = (0..self.fields.len()).map(|index| self.constant(index));
        let exceptions = self.exceptions.iter().map(|exception| expand::exception(rt, exception));
        quote! {
            &#rt::Object {
                name: #name,
                description: #description,
                fields: &[#(&#fields.field),*],
                exceptions: &[#(#exceptions),*],
            }
        }
    }

    /// The user's own checks of a value that is no field of an object.
    pub(crate) fn wrapped_customs(&self) -> TokenStream {
        let rt = self.rt;
        let customs = self.fields.iter().flat_map(|field| &field.bounds.customs);
        customs
            .map(|Custom { name, function }| {
                let check = closure(function);
                quote!(let __f0 = #rt::custom(__f0, #name, #check, __at, __violations);)
            })
            .collect()
    }

    /// Takes `value` apart into `constructor { … }`, or returns `None`. Goes on with `describe` once it
    /// is known what the fields look like.
    pub(crate) fn decode(
        &self,
        value: TokenStream,
        describe: TokenStream,
        object: TokenStream,
        constructor: TokenStream,
    ) -> TokenStream {
        let rt = self.rt;
        let count = self.fields.len();
        let mutable = (count > 0).then(|| quote!(mut));
        let locals: Vec<Ident> = (0..count).map(|index| format_ident!("__f{index}")).collect();
        let takes = self.fields.iter().zip(&locals).enumerate().map(|(index, (field, local))| {
            let constant = self.constant(index);
            let customs = field.bounds.customs.iter().map(|Custom { name, function }| {
                let check = closure(function);
                quote!(let #local = __fields.custom(&#constant, #local, #name, #check);)
            });
            quote!(let #local = __fields.take(#index, &#constant); #(#customs)*)
        });
        let members = self.fields.iter().map(|field| &field.member);
        quote! {
            let mut __values = [const { #rt::std::option::Option::None }; #count];
            let #mutable __fields =
                #rt::Fields::open(#value, &mut __values, #object, __at, __violations)?;
            #describe
            #(#takes)*
            if !__fields.close() {
                return #rt::std::option::Option::None;
            }
            #rt::std::option::Option::Some(#constructor { #(#members: #locals?),* })
        }
    }
}

/// What can be said of fields beside others that have errors: all about their types and names.
pub(crate) fn checks(rt: &Runtime, fields: &[Field], prefix: &str) -> TokenStream {
    let object = Object::new(rt, fields, prefix);
    let sound = fields.iter().enumerate().filter(|(_, field)| field.sound);
    sound.map(|(index, field)| constant(rt, &object.constant(index), field)).collect()
}

/// A closure, so that a function of `&str` checks a `String`. A wrong function is to blame itself.
fn closure(function: &TokenStream) -> TokenStream {
    let span = Span::call_site().located_at(function.span());
    quote_spanned!(span=> |__value| #function(__value))
}

/// Errors about the type point at the type, as far as a token's span goes.
fn constant(rt: &Runtime, name: &Ident, field: &Field) -> TokenStream {
    let Field { ty, name: wire, description, bounds, .. } = field;
    let span = Span::call_site().located_at(ty.span());
    let rules = rules(rt, bounds);
    let there = &rt.at(span);
    let bounded = match bounds.forms.is_empty() {
        false => quote_spanned!(span=> #there::only_text_has_a_form::<#ty>),
        true => {
            let declared = format_ident!("{}", declared(bounds), span = span);
            quote_spanned!(span=> #there::input_has_to_be_bounded::<#ty, #there::#declared>)
        }
    };
    let check_rules = bounds.span().map(|span| check(name, "check_rules", span));
    let check_type = match field.loads {
        true => check(name, "check_type", span),
        false => check(name, "check_unloaded_type", span),
    };
    let demand = field.name_check.as_ref().filter(|demand| !demand.lifted);
    let check_name = demand.map(|demand| name_check(name, demand));
    quote! {
        const #name: #rt::FieldOf<#ty> = #bounded(#wire, #description, #rules);
        #check_rules
        #check_type
        #check_name
    }
}

/// Fails where no field needs the exception that is made for it, at the first of the names.
pub(crate) fn needed(
    rt: &Runtime,
    check: &str,
    constants: &[Ident],
    first: &NameCheck,
) -> TokenStream {
    let (span, message) = (Span::call_site().located_at(first.span), &first.message);
    let (check, there) = (Ident::new(check, span), rt.at(span));
    quote_spanned!(span=> const _: () = #there::#check(&[#(&#constants.field),*], #message);)
}

/// What a name demands of the type, at the name.
pub(crate) fn name_check(constant: &Ident, demand: &NameCheck) -> TokenStream {
    let NameCheck { span, check, message, .. } = demand;
    let span = Span::call_site().located_at(*span);
    let (constant, check) =
        (Ident::new(&constant.to_string(), span), Ident::new(&check.to_string(), span));
    quote_spanned!(span=> const _: () = #constant.field.#check(#message);)
}

/// A constant without a name, because the compiler would mention it.
fn check(constant: &Ident, check: &str, span: Span) -> TokenStream {
    let span = Span::call_site().located_at(span);
    let (constant, check) = (Ident::new(&constant.to_string(), span), Ident::new(check, span));
    quote_spanned!(span=> const _: () = #constant.field.#check();)
}

fn declared(bounds: &Bounds) -> &'static str {
    match bounds {
        Bounds { length: Some(_), .. } => "Length",
        Bounds { range: Some(_), .. } => "Range",
        _ => "Undeclared",
    }
}

fn rules(rt: &Runtime, bounds: &Bounds) -> TokenStream {
    let ends = match bounds {
        Bounds { length: Some(Ends { min, max }), .. } => quote!(#rt::Rules::length(#min, #max)),
        Bounds { range: Some(Ends { min, max }), .. } => quote!(#rt::Rules::range(#min, #max)),
        _ => quote!(#rt::Rules::NONE),
    };
    if bounds.forms.is_empty() {
        return ends;
    }
    let checks = bounds.forms.iter().map(|form| of_form(rt, form));
    quote!(#ends.checks(&[#(#checks),*]))
}

fn of_form(rt: &Runtime, form: &Form) -> TokenStream {
    let check = match form {
        Form::Email => quote!(Email),
        Form::Url => quote!(Url),
        Form::Ip => quote!(Ip),
        Form::NonControlCharacter => quote!(NonControlCharacter),
        Form::Contains(part) => quote!(Contains(#part)),
        Form::DoesNotContain(part) => quote!(DoesNotContain(#part)),
        Form::Regex(expression) => quote!(Regex(|| &#expression)),
    };
    quote!(#rt::Check::#check)
}

/// A path without the spaces that tokens are printed with.
pub(crate) fn spelled(path: impl ToTokens) -> String {
    path.into_token_stream().to_string().replace(' ', "")
}
