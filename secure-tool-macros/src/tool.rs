//! `#[secure_tool]` and `#[secure_tools]`: the stages, one after the other.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Path};

use crate::args;
use crate::check::{self, Checked};
use crate::diagnostics::Errors;
use crate::lints::alike::alike;
use crate::model::Tool;
use crate::rules::Rule;
use crate::runtime_path::Runtime;
use crate::signature::{Block, Function, Item, ungrouped};
use crate::{expand, fallback, helpers};

/// A free function.
pub(crate) fn free(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let item = ungrouped(item);
    let mut function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(misplaced(&item, error));
            return with(errors, fallback::stripped(item));
        }
    };
    if let Some(receiver) = function.signature.receiver() {
        let message = "`#[secure_tool]` on a method needs `#[secure_tools]` on its `impl` block";
        errors.over_help(receiver, message, "#[secure_tools]");
        function.strip();
        return with(errors, quote!(#function));
    }
    let mut args = args::parse(arguments, &mut errors);
    errors.allow(std::mem::take(&mut args.allow));
    let rt = Runtime::new(args.runtime());
    let fine = errors.count() == 0;
    let Checked { input, tool } =
        check::tool(&args, &function, None, Span::call_site(), &mut errors);
    let definition = match tool.filter(|_| fine) {
        Some(tool) => expand::definition(&rt, &tool),
        None => fallback::definition(&rt),
    };
    function.strip();
    let signature = &function.signature;
    let tool =
        expand::free(&rt, &function.visibility, &signature.ident, &input.conditions, definition);
    let input = expand::input(&rt, &input);
    with(errors, quote!(#function #input #tool))
}

/// The methods of a type.
pub(crate) fn methods(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let item = ungrouped(item);
    let mut block: Block = match syn::parse2(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            errors.push(no_block(&item, error));
            return with(errors, fallback::stripped(item));
        }
    };
    let path = args::only_runtime(arguments, &mut errors);
    placed(&block, &mut errors);
    let fine = errors.count() == 0;
    let (inputs, tools) = block_tools(&mut block, path.as_ref(), &mut errors);
    let rt = Runtime::new(path.as_ref());
    // A set that cannot be implemented would only add errors about what is generated.
    let set = fine.then(|| expand::set(&rt, &block.owner, &tools));
    let inputs = fine.then_some(inputs);
    with(errors, quote!(#block #inputs #set))
}

fn block_tools(
    block: &mut Block,
    path: Option<&Path>,
    errors: &mut Errors,
) -> (TokenStream, Vec<Tool>) {
    let owner = block.owner.clone();
    let (mut inputs, mut tools) = (TokenStream::new(), Vec::new());
    let mut any = false;
    for item in &mut block.items {
        let Item::Function(function) = item else { continue };
        any |= refuse_hidden(function, errors);
        let Some(attribute) = take_attribute(function, errors) else { continue };
        any = true;
        let before = errors.count();
        let mut args = args::parse(helpers::arguments(&attribute, errors), errors);
        errors.allow(std::mem::take(&mut args.allow));
        let span = check::span_of(&attribute);
        let fine = errors.count() == before;
        let Checked { input, tool } = check::tool(&args, function, Some(&owner), span, errors);
        function.strip();
        let rt = Runtime::new(args.runtime().or(path));
        inputs.extend(expand::input(&rt, &input));
        tools.extend(tool.filter(|_| fine));
    }
    if !any {
        let message =
            "there is no tool in this `impl` block: put `#[secure_tool(…)]` on its methods";
        errors.over_help(
            &block.owner,
            message,
            "#[secure_tool(scope = \"notes:read\", effect = read)]",
        );
    }
    unique(&tools, errors);
    (inputs, tools)
}

/// Refuses tools that are only tools under a condition. True if the method is one.
fn refuse_hidden(function: &mut Function, errors: &mut Errors) -> bool {
    let (hidden, others) = std::mem::take(&mut function.attributes)
        .into_iter()
        .partition::<Vec<_>, _>(|attribute| helpers::may_bring(attribute, "secure_tool"));
    function.attributes = others;
    for attribute in &hidden {
        let message = "`#[secure_tools]` sees this attribute before its condition is decided: put \
            `#[cfg(…)]` beside `#[secure_tool]`";
        errors.over_help(attribute, message, "#[cfg(feature = \"…\")]");
    }
    if !hidden.is_empty() {
        // What stands on the parameters is ours, too.
        function.strip();
    }
    !hidden.is_empty()
}

/// Removes `#[secure_tool(…)]` from a method.
fn take_attribute(function: &mut Function, errors: &mut Errors) -> Option<Attribute> {
    let (ours, others) = std::mem::take(&mut function.attributes)
        .into_iter()
        .partition::<Vec<_>, _>(|attribute| helpers::is(attribute, "secure_tool"));
    function.attributes = others;
    for surplus in ours.iter().skip(1) {
        errors.over(surplus, "a method is one tool: remove one `#[secure_tool]`");
    }
    ours.into_iter().next()
}

fn unique(tools: &[Tool], errors: &mut Errors) {
    for (index, tool) in tools.iter().enumerate() {
        let conditional = !tool.conditions.is_empty();
        // Under opposite conditions both may have the name; the server checks again.
        let clash = tools.iter().take(index).find(|earlier| {
            alike(&earlier.name, &tool.name) && (!conditional || earlier.conditions.is_empty())
        });
        let Some(Tool { name: taken, .. }) = clash else { continue };
        let message = match *taken == tool.name {
            true => format!("two tools have the name `{taken}`"),
            false => format!(
                "the names `{taken}` and `{}` are alike: models and users take one for the other",
                tool.name
            ),
        };
        let help = "name = \"another_name\"";
        errors.breach(Rule::ToolName, tool.function.span(), message, help);
    }
}

fn placed(block: &Block, errors: &mut Errors) {
    if let Some(of_trait) = &block.of_trait {
        let message =
            "tools are methods of a type's own: move them out of the trait's `impl` block";
        errors.over(of_trait, message);
    }
    if !block.generics.params.is_empty() {
        let message = "a set of tools cannot be generic: clients see one set, with one schema each";
        errors.over(&block.generics.params, message);
    }
}

fn misplaced(item: &TokenStream, error: syn::Error) -> syn::Error {
    if says(item, "fn") {
        return error;
    }
    let message = "`#[secure_tool]` goes on an `async fn`";
    syn::Error::new(Span::call_site(), message)
}

fn no_block(item: &TokenStream, error: syn::Error) -> syn::Error {
    if says(item, "impl") {
        return error;
    }
    let message = "`#[secure_tools]` goes on an `impl` block, `#[secure_tool]` on a function";
    syn::Error::new(Span::call_site(), message)
}

fn says(item: &TokenStream, keyword: &str) -> bool {
    let mut tokens = item.clone().into_iter();
    tokens.any(|token| matches!(token, proc_macro2::TokenTree::Ident(ident) if ident == keyword))
}

/// The expansion, after all errors.
pub(crate) fn with(errors: Errors, expansion: TokenStream) -> TokenStream {
    let errors = errors.finish();
    quote!(#errors #expansion)
}
