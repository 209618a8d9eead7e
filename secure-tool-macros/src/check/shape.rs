//! Functions that cannot be tools, whatever their arguments say.

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Receiver, ReceiverKind, ReturnType, Safety, Type};

use crate::diagnostics::Errors;
use crate::signature::Function;

pub(super) fn check(function: &Function, owner: Option<&Type>, errors: &mut Errors) {
    qualifiers(function, errors);
    generics(function, errors);
    receiver(function, owner, errors);
    reply(&function.signature.output, errors);
}

fn qualifiers(function: &Function, errors: &mut Errors) {
    let signature = &function.signature;
    if let Some(token) = &signature.constness {
        errors.at(token.span(), "a tool cannot be a `const fn`: remove `const`");
    }
    if signature.asyncness.is_none() {
        let message = "a tool cannot be a blocking `fn`: it would hold up all other calls";
        let help = format_args!("async fn {}", signature.ident);
        errors.help(signature.fn_token.span(), message, help);
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors
            .at(token.span(), "a tool cannot be `unsafe`: clients call it, and they prove nothing");
    }
    if let Some(abi) = &signature.abi {
        errors.over(abi, "a tool cannot be `extern`: the server calls it, nobody else");
    }
    if let Some(variadic) = &signature.variadic {
        errors.over(variadic, "a tool cannot be variadic: take a bounded list");
    }
}

fn generics(function: &Function, errors: &mut Errors) {
    let generics = &function.signature.generics;
    if !generics.params.is_empty() {
        let message = "a tool cannot be generic: clients call one function, with one schema";
        errors.over(&generics.params, message);
    } else if let Some(clause) = &generics.where_clause {
        errors.over(clause, "a tool cannot have a `where` clause: remove it");
    }
}

fn receiver(function: &Function, owner: Option<&Type>, errors: &mut Errors) {
    let signature = &function.signature;
    match (signature.receiver(), owner) {
        (None, Some(_)) => {
            let message =
                "a method that is a tool takes `&self`; without it, make it a free function";
            errors.help(signature.ident.span(), message, "&self");
        }
        (Some(receiver), Some(_)) => shared(receiver, errors),
        // Told before, with the advice to put `#[secure_tools]` on the block.
        (Some(_), None) | (None, None) => {}
    }
}

fn shared(receiver: &Receiver, errors: &mut Errors) {
    match &receiver.kind {
        ReceiverKind::Reference(_, None, None) => {}
        ReceiverKind::Reference(_, _, Some(_)) => {
            let message = "a tool takes `&self`, not `&mut self`, for calls run at the same time: put \
                the state behind a `Mutex` or into a database";
            errors.over_help(receiver, message, "&self");
        }
        ReceiverKind::Reference(_, Some(lifetime), _) => {
            errors
                .at(lifetime.span(), "remove the lifetime: a tool borrows its state for one call");
        }
        _ => errors.over_help(receiver, "a tool borrows its state: calls share it", "&self"),
    }
}

fn reply(output: &ReturnType, errors: &mut Errors) {
    let ReturnType::Type(_, reply) = output else { return };
    if let Some(span) = opaque(reply) {
        let message = "a tool names the type that it returns: the schema is made from it";
        errors.help(span, message, "-> Note");
    }
}

/// Where a type says `impl`.
pub(super) fn opaque(ty: &Type) -> Option<Span> {
    // Tokens, because it may stand deep inside: `Result<Option<impl Output>, E>`.
    fn search(tokens: proc_macro2::TokenStream) -> Option<Span> {
        tokens.into_iter().find_map(|token| match token {
            proc_macro2::TokenTree::Ident(ident) if ident == "impl" => Some(ident.span()),
            proc_macro2::TokenTree::Group(group) => search(group.stream()),
            _ => None,
        })
    }
    search(ty.to_token_stream())
}
