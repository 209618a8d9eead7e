//! Parameters: owned ones come from the client, borrowed ones from the server.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{FnArg, Member, Pat, PatType, Type, TypeReference};

use crate::diagnostics::Errors;
use crate::lints::text::{self, Place};
use crate::model::{Field, InputStruct, Parameter};
use crate::rules::Rule;
use crate::signature::Function;
use crate::{docs, helpers, lints, names, object, self_type, validate};

pub(super) fn check(
    function: &Function,
    owner: Option<&Type>,
    errors: &mut Errors,
) -> (InputStruct, Vec<Parameter>) {
    let before = errors.count();
    let mut fields = Vec::new();
    let mut parameters = Vec::new();
    for parameter in &function.signature.inputs {
        let FnArg::Typed(parameter) = parameter else { continue };
        helpers::refuse_conditions(&parameter.attrs, "parameter", errors);
        match borrowed(&parameter.ty) {
            Some(reference) => parameters.extend(injected(parameter, reference, errors)),
            None => {
                let Some(field) = input(parameter, owner, errors) else { continue };
                if let Member::Named(ident) = &field.member {
                    parameters.push(Parameter::Input(ident.clone()));
                }
                fields.push(field);
            }
        }
    }
    let generic = !function.signature.generics.params.is_empty();
    let whole = errors.count() == before && !generic;
    // Last, for what a name says is no reason to leave the type unchecked.
    for field in &mut fields {
        let Member::Named(ident) = &field.member else { continue };
        field.name_check = lints::names::input(&field.name, ident.span(), errors);
    }
    let ident = &function.signature.ident;
    let input = InputStruct {
        name: names::input_type(ident),
        visibility: function.visibility.clone(),
        conditions: helpers::conditions(&function.attributes),
        tool: names::wire(ident),
        fields,
        only_the_caller: None,
        whole,
    };
    (input, parameters)
}

/// The reference that a type is, through the groups that `macro_rules!` adds.
fn borrowed(ty: &Type) -> Option<&TypeReference> {
    match ty {
        Type::Reference(reference) => Some(reference),
        Type::Group(group) => borrowed(&group.elem),
        Type::Paren(paren) => borrowed(&paren.elem),
        _ => None,
    }
}

fn injected(
    parameter: &PatType,
    reference: &TypeReference,
    errors: &mut Errors,
) -> Option<Parameter> {
    if let Some(token) = &reference.mutability {
        let message = "what the server supplies is shared: remove `mut`";
        errors.at(token.span(), message);
        return None;
    }
    if let Some(lifetime) = &reference.lifetime {
        errors.at(lifetime.span(), "remove the lifetime: the server lends this for one call");
        return None;
    }
    if let Some(attribute) = parameter.attrs.iter().find(|a| helpers::is(a, "validate")) {
        let message = "`#[validate]` is for input, and this is supplied by the server: remove it";
        errors.over(attribute, message);
    }
    Some(Parameter::Injected(reference.elem.clone()))
}

fn input(parameter: &PatType, owner: Option<&Type>, errors: &mut Errors) -> Option<Field> {
    let before = errors.count();
    let Some(ident) = plain(&parameter.pat) else {
        let message = "a parameter is a plain name, which clients see: take it apart in the body";
        let help = format_args!("value: {}", object::spelled(&parameter.ty));
        errors.over_help(&parameter.pat, message, help);
        return None;
    };
    if let Some(span) = super::shape::opaque(&parameter.ty) {
        let message = "input needs a type with a schema: name it instead of `impl`";
        errors.help(span, message, "Text<1, 200>");
        return None;
    }
    text::ident(ident, errors);
    let description = description(parameter, ident, errors);
    let bounds = validate::bounds(&parameter.attrs, errors);
    let bounds = match owner {
        Some(owner) => bounds.resolved(owner),
        None => bounds,
    };
    let ty = match owner {
        Some(owner) => self_type::resolved(&parameter.ty, owner),
        None => parameter.ty.to_token_stream(),
    };
    Some(Field {
        member: Member::Named(ident.clone()),
        name: names::wire(ident),
        docs: parameter.attrs.iter().filter(|a| docs::is_doc(a)).cloned().collect(),
        ty,
        description,
        loads: bounds.customs.is_empty(),
        bounds,
        name_check: None,
        sound: errors.count() == before,
    })
}

fn plain(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
            Some(&pattern.ident)
        }
        _ => None,
    }
}

fn description(parameter: &PatType, ident: &Ident, errors: &mut Errors) -> String {
    let before = errors.count();
    let text = docs::description(&parameter.attrs, Place::Parameter, errors);
    if text.is_empty() && errors.count() == before {
        let ident = ident.unraw();
        let message = format_args!("the parameter `{ident}` has no description: say what it means");
        let help = "/// What it means, in a sentence for the model.";
        errors.breach(Rule::Description, ident.span(), message, help);
    }
    text
}
