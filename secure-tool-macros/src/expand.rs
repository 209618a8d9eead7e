//! Valid tools, written down: static data and one function each. Nothing here can fail.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, Type};

use crate::check::authorization::is_method;
use crate::model::{
    Authorization, Confirm, Effect, Exception, InputStruct, Limits, Parameter, Per, Rate, Tool,
};
use crate::names;
use crate::object::{self, spelled};
use crate::runtime_path::Runtime;

/// The struct that holds a tool's input.
pub(crate) fn input(rt: &Runtime, input: &InputStruct) -> TokenStream {
    let InputStruct { name, visibility, conditions, tool, fields, whole, .. } = input;
    let doc = format!("Input of the tool `{tool}`.");
    let members = fields.iter().map(|field| {
        let (docs, member, ty) = (&field.docs, &field.member, &field.ty);
        quote!(#(#docs)* #visibility #member: #ty)
    });
    let object = match whole {
        true => object(rt, input),
        false => in_block(conditions, object::checks(rt, fields, "")),
    };
    // Should the name be taken, the function is to blame.
    let structure = quote_spanned!(here(name)=> struct #name { #(#members),* });
    quote! {
        #(#conditions)*
        #[doc = #doc]
        #[allow(dead_code, private_interfaces, missing_debug_implementations, deprecated)]
        #visibility #structure
        #object
    }
}

fn object(rt: &Runtime, input: &InputStruct) -> TokenStream {
    let InputStruct { name, conditions, fields, only_the_caller, .. } = input;
    let object = crate::input::tool_input(rt, name, fields);
    let check = only_the_caller.map(|place| {
        let span = Span::call_site().located_at(place);
        let there = rt.at(span);
        quote_spanned!(span=>
            const _: () = <#name as #there::InputObject>::OBJECT.must_be_about_the_caller();
        )
    });
    in_block(conditions, quote!(#object #check))
}

/// A scope of its own, so that the names of constants meet nobody else's.
pub(crate) fn in_block(conditions: &[syn::Attribute], content: TokenStream) -> TokenStream {
    quote! {
        #(#conditions)*
        #[allow(
            deprecated, trivial_casts, trivial_numeric_casts, unused_parens, unused_qualifications,
            clippy::all, clippy::pedantic
        )]
        const _: () = { #content };
    }
}

/// The tools of a type.
pub(crate) fn set(rt: &Runtime, owner: &Type, tools: &[Tool]) -> TokenStream {
    let definitions = tools.iter().map(|tool| {
        let own = tool.runtime.as_ref().map(|path| Runtime::new(Some(path)));
        let (conditions, definition) =
            (&tool.conditions, definition(own.as_ref().unwrap_or(rt), tool));
        quote!(#(#conditions)* #definition)
    });
    quote! {
        #[allow(deprecated, unused_qualifications, clippy::all, clippy::pedantic)]
        impl #rt::SecureTools for #owner {
            const TOOLS: &'static [#rt::ToolDefinition<Self>] = &[#(#definitions),*];
        }
    }
}

/// A free function that is a tool: a type of the same name stands for it in `tools![…]`.
pub(crate) fn free(
    rt: &Runtime,
    visibility: &syn::Visibility,
    function: &Ident,
    conditions: &[syn::Attribute],
    definition: TokenStream,
) -> TokenStream {
    quote! {
        #(#conditions)*
        #[doc(hidden)]
        #[allow(non_camel_case_types, missing_debug_implementations)]
        #visibility struct #function {}
        #(#conditions)*
        #[allow(deprecated, unused_qualifications, clippy::all, clippy::pedantic)]
        impl #rt::FreeTool for #function {
            const TOOL: #rt::ToolDefinition<()> = #definition;
        }
    }
}

/// The definition of one tool.
pub(crate) fn definition(rt: &Runtime, tool: &Tool) -> TokenStream {
    let Tool { name, description, reply, .. } = tool;
    let title = option(rt, tool.title.as_ref());
    let policy = policy(rt, tool);
    let input = names::input_type(&tool.function);
    let call = call(rt, tool, &input);
    let span = here(reply);
    let there = rt.at(span);
    let output = quote_spanned!(span=> #there::tools_return_declared_output::<#reply>);
    let talks = tool.parameters.iter().filter_map(Parameter::injected).map(|ty| {
        let span = here(ty);
        let there = rt.at(span);
        quote_spanned!(span=> || <#ty as #there::Injected>::TALKS)
    });
    quote! {
        #rt::ToolDefinition {
            name: #name,
            title: #title,
            description: #description,
            policy: #policy,
            input: #rt::InputShape::of::<#input>(),
            output: #output,
            talks: false #(#talks)*,
            call: #call,
        }
    }
}

fn policy(rt: &Runtime, tool: &Tool) -> TokenStream {
    let Tool { expensive, idempotent, open_world, .. } = tool;
    let authorization = authorization(rt, tool);
    let effect = format_ident!(
        "{}",
        match tool.effect {
            Effect::Read => "Read",
            Effect::Write => "Write",
            Effect::Destructive => "Destructive",
        }
    );
    let confirm = option(rt, tool.confirm.as_ref().map(|confirm| &confirm.text));
    let limits = limits(rt, &tool.limits);
    let exceptions = tool.exceptions.iter().map(|lifted| exception(rt, lifted));
    quote! {
        #rt::Policy {
            authorization: #authorization,
            effect: #rt::Effect::#effect,
            confirm: #confirm,
            expensive: #expensive,
            idempotent: #idempotent,
            open_world: #open_world,
            limits: #limits,
            exceptions: &[#(#exceptions),*],
        }
    }
}

/// A rule that is lifted, as the manifest says it.
pub(crate) fn exception(rt: &Runtime, Exception { rule, reason }: &Exception) -> TokenStream {
    let reason = reason.value().trim().to_owned();
    quote!(#rt::Exception { rule: #rule, reason: #reason })
}

fn authorization(rt: &Runtime, tool: &Tool) -> TokenStream {
    let (public, scopes, roles, policy) = match &tool.authorization {
        Authorization::Public(reason) => {
            (Some(reason.value().trim().to_owned()), &[][..], &[][..], None)
        }
        Authorization::Clauses { scopes, roles, policy } => {
            let policy = policy.as_ref().map(|policy| policy_name(policy, tool.owner.as_ref()));
            (None, scopes.as_slice(), roles.as_slice(), policy)
        }
    };
    let (public, policy) = (option(rt, public), option(rt, policy));
    quote! {
        #rt::Authorization {
            public: #public,
            scopes: &[#(#scopes),*],
            roles: &[#(#roles),*],
            policy: #policy,
        }
    }
}

/// The manifest is read without the `impl` block at hand: `Self` has to be spelled out.
fn policy_name(policy: &Path, owner: Option<&Type>) -> String {
    let name = spelled(policy);
    match (owner, name.strip_prefix("Self::")) {
        (Some(owner), Some(method)) => format!("{}::{method}", spelled(owner)),
        _ => name,
    }
}

fn limits(rt: &Runtime, limits: &Limits) -> TokenStream {
    let class = if limits.strict { quote!(STRICT) } else { quote!(ORDINARY) };
    let rate = limits.rate.map(
        |Rate { count, seconds, burst }| quote!(rate: #rt::Rate::new(#count, #seconds, #burst),),
    );
    let per = limits.per.map(|per| match per {
        Per::Caller => quote!(per: #rt::Per::Caller,),
        Per::Client => quote!(per: #rt::Per::Client,),
        Per::Tool => quote!(per: #rt::Per::Tool,),
    });
    let timeout =
        limits.timeout_ms.map(|ms| quote!(timeout: #rt::std::time::Duration::from_millis(#ms),));
    let concurrency = limits.concurrency.map(|most| quote!(concurrency: #most,));
    let max_output = limits.max_output.map(|most| quote!(max_output: #most,));
    // Defaults live in the runtime.
    quote!(#rt::Limits { #rate #per #timeout #concurrency #max_output ..#rt::Limits::#class })
}

/// Decodes the input, then runs the policy and the handler.
fn call(rt: &Runtime, tool: &Tool, input: &Ident) -> TokenStream {
    let (root, function) = (rt.root(), &tool.function);
    let load = load(rt, tool);
    let decide = decide(rt, tool);
    let confirm = tool.confirm.as_ref().map(|confirm| ask(rt, confirm));
    let (this, callee) = match &tool.owner {
        Some(owner) => (quote!(__this,), quote!(<#owner>::#function)),
        None => (quote!(), quote!(#function)),
    };
    let arguments = tool.parameters.iter().map(|parameter| match parameter {
        Parameter::Input(name) => quote!(__input.#name),
        Parameter::Injected(ty) => {
            let span = here(ty);
            let there = rt.at(span);
            quote_spanned!(span=> <#ty as #there::Injected>::inject(&__call))
        }
    });
    let handler = quote!(#callee(#this #(#arguments),*).await);
    // What is wrong with the future is wrong with the function.
    let span = here(function);
    let there = rt.at(span);
    let body = quote!(#load #decide #confirm #root::__reply!(#handler));
    let future = quote_spanned!(span=> #there::std::boxed::Box::pin(async move { #body }));
    quote! {
        |__this, __call| {
            let _ = __this;
            let (__input, __call) = #rt::Authorized::decode::<#input>(__call)?;
            let _ = &__input;
            #rt::std::result::Result::Ok(#future)
        }
    }
}

/// Loads the parameters that name resources: traits tell which. One that is loaded from another type
/// is to blame itself.
fn load(rt: &Runtime, tool: &Tool) -> Option<TokenStream> {
    let names: Vec<&Ident> = tool.parameters.iter().filter_map(Parameter::input).collect();
    let loads = names.iter().map(|name| {
        let (span, wire) = (here(name), names::wire(name));
        let there = rt.at(span);
        quote_spanned! {span=>
            (&&#there::parameter::ParameterOf(&__input.#name)).kind()
                .load(&mut __input.#name, __this, &__call, #wire).await?;
        }
    });
    (!names.is_empty()).then(|| {
        quote! {
            let mut __input = __input;
            {
                #[allow(unused_imports)]
                use #rt::parameter::{
                    MaybeParameter as _, OneParameter as _, PlainParameter as _,
                };
                #(#loads)*
            }
        }
    })
}

fn decide(rt: &Runtime, tool: &Tool) -> Option<TokenStream> {
    let Authorization::Clauses { policy: Some(policy), .. } = &tool.authorization else {
        return None;
    };
    let span = here(policy);
    let there = rt.at(span);
    let this = is_method(policy).then(|| quote_spanned!(span=> __this,));
    let arguments = quote_spanned!(span=> #this #there::Injected::inject(&__call), &__input);
    Some(quote_spanned!(span=> __call.decide(#policy(#arguments).await)?;))
}

/// Asks the person. Values that cannot be shown are to blame themselves.
fn ask(rt: &Runtime, Confirm { format, values, .. }: &Confirm) -> TokenStream {
    let shown = values.iter().map(|members| {
        let span = members.first().map_or_else(Span::call_site, Spanned::span);
        let there = rt.at(here_at(span));
        quote_spanned!(here_at(span)=> #there::shown(&__input #(.#members)*))
    });
    quote!(__call.confirm(&#rt::std::format!(#format, #(#shown),*)).await;)
}

fn option(rt: &Runtime, value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(#rt::std::option::Option::Some(#value)),
        None => quote!(#rt::std::option::Option::None),
    }
}

/// The place of something, with our own view of names.
fn here(place: impl ToTokens) -> Span {
    here_at(place.to_token_stream().span())
}

fn here_at(place: Span) -> Span {
    Span::call_site().located_at(place)
}
