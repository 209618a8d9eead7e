//! What makes a tool valid. Every check reports what is wrong and goes on.

pub(crate) mod authorization;
mod confirm;
mod limits;
mod parameters;
mod shape;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, ReturnType, Type};

use crate::args::Args;
use crate::diagnostics::Errors;
use crate::lints::text::{self, Place};
use crate::model::{Effect, InputStruct, Parameter, Tool};
use crate::rules::Rule;
use crate::signature::Function;
use crate::{docs, helpers, lints, names};

/// A tool as far as it is valid: its input may be fine where its arguments are not.
pub(crate) struct Checked {
    pub(crate) input: InputStruct,
    pub(crate) tool: Option<Tool>,
}

/// Checks a function with its arguments. `attribute` is where the attribute stands.
pub(crate) fn tool(
    args: &Args,
    function: &Function,
    owner: Option<&Type>,
    attribute: Span,
    errors: &mut Errors,
) -> Checked {
    let before = errors.count();
    shape::check(function, owner, errors);
    let description = description(function, errors);
    let (mut input, parameters) = parameters::check(function, owner, errors);
    let authorization = authorization::check(args, owner, attribute, errors);
    input.only_the_caller = authorization.as_ref().and_then(|who| who.only_the_caller(args));
    let effect = effect(args, attribute, errors);
    let limits = limits::check(args, effect, errors);
    let name = name(args, function, errors);
    let title = title(args, errors);
    let question = args.confirm.given();
    let confirm = question.and_then(|text| confirm::check(text, &parameters, errors));
    body(function, &parameters, errors);
    let exceptions = errors.exceptions("tool");
    let tool = match (authorization, effect) {
        (Some(authorization), Some(effect)) if errors.count() == before => Some(Tool {
            function: function.signature.ident.clone(),
            owner: owner.cloned(),
            conditions: helpers::conditions(&function.attributes),
            runtime: args.runtime().cloned(),
            name,
            title,
            description,
            authorization,
            effect,
            confirm,
            expensive: args.expensive.is_given(),
            idempotent: args.idempotent.is_given(),
            open_world: args.open_world.is_given(),
            limits,
            exceptions,
            parameters,
            reply: reply(function),
        }),
        _ => None,
    };
    Checked { input, tool }
}

fn body(function: &Function, parameters: &[Parameter], errors: &mut Errors) {
    let inputs: Vec<Ident> = parameters.iter().filter_map(Parameter::input).cloned().collect();
    lints::body::check(function.body.clone(), &inputs, errors);
}

fn description(function: &Function, errors: &mut Errors) -> String {
    let before = errors.count();
    let text = docs::description(&function.attributes, Place::Tool, errors);
    if text.is_empty() && errors.count() == before {
        let ident = &function.signature.ident;
        let message = format_args!("the tool `{ident}` has no description: say what it does");
        let help = "/// What it does, in a sentence for the model.";
        errors.breach(Rule::Description, ident.span(), message, help);
    }
    text
}

fn effect(args: &Args, attribute: Span, errors: &mut Errors) -> Option<Effect> {
    if args.effect.is_absent() {
        let message = "a tool declares its `effect`: `read`, `write` or `destructive`";
        errors.help(attribute, message, "effect = read");
    }
    args.effect.copied()
}

fn name(args: &Args, function: &Function, errors: &mut Errors) -> String {
    let of_function = names::wire(&function.signature.ident);
    match args.name.given() {
        Some(name) => names::check_tool(name, errors).unwrap_or(of_function),
        None => {
            // An identifier may have letters that the protocol does not allow.
            let ident = &function.signature.ident;
            let name = syn::LitStr::new(&of_function, ident.span());
            if args.name.is_absent() {
                names::check_tool(&name, errors);
            }
            of_function
        }
    }
}

fn title(args: &Args, errors: &mut Errors) -> Option<syn::LitStr> {
    let title = args.title.given()?;
    if title.value().trim().is_empty() {
        let message = "the title is empty: write one, or remove the key";
        errors.help(title.span(), message, "title = \"Add a note\"");
    }
    text::literal(title, Place::Title, errors);
    Some(title.clone())
}

fn reply(function: &Function) -> TokenStream {
    match &function.signature.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, reply) => reply.into_token_stream(),
    }
}

/// The attribute `#[secure_tool]` of a method, to point at.
pub(crate) fn span_of(attribute: &Attribute) -> Span {
    let last = attribute.path().segments.last();
    last.map_or_else(Span::call_site, |segment| segment.ident.span())
}

fn first_span(path: &syn::Path) -> Span {
    path.segments.first().map_or_else(Span::call_site, |segment| segment.ident.span())
}
