//! What holds for all attributes: every key counts, expansions are what they are, errors leave the item
//! in place, and no token stream makes one panic.

mod expansions;
mod keys;
mod panics;
mod tokens;

use proc_macro2::TokenStream;
use quote::quote;

use crate::{error, input, output, secrets, tool};

type Attribute = fn(TokenStream, TokenStream) -> TokenStream;

/// A derive has no arguments.
fn derive_secrets(_: TokenStream, item: TokenStream) -> TokenStream {
    secrets::expand(item)
}

fn function() -> TokenStream {
    quote! {
        /// Does something.
        async fn tool(
            caller: &Caller,
            /// The title.
            title: Text<1, 9>,
        ) -> u8 { 0 }
    }
}

fn parsed(tokens: &str) -> TokenStream {
    tokens.parse().expect("the test's own tokens")
}

fn has_errors(tokens: &TokenStream) -> bool {
    tokens.to_string().contains("compile_error")
}

#[test]
fn strictness_follows_from_effect_and_expense() {
    let strict = |arguments: &str| {
        tool::free(parsed(arguments), function()).to_string().contains("Limits :: STRICT")
    };
    assert!(!strict("scope = \"s\", effect = read"));
    assert!(!strict("scope = \"s\", effect = write"));
    assert!(strict("scope = \"s\", effect = destructive"));
    assert!(strict("scope = \"s\", effect = read, expensive"));
}

#[test]
fn a_generous_rate_says_which_number_to_change() {
    let told = |limits: &str| {
        let arguments = format!("scope = \"s\", effect = destructive, {limits}");
        tool::free(parsed(&arguments), function()).to_string()
    };
    let helps = [
        ("rate = \"600/hour\"", r#"help: rate = \"600/hour\", burst = 10""#),
        ("rate = \"600/hour\", burst = 50", r#"help: burst = 10""#),
        ("rate = \"60/min\"", r#"help: rate = \"10/min\"""#),
        ("rate = \"60/min\", burst = 5", r#"help: rate = \"10/min\"""#),
        ("rate = \"60/min\", burst = 50", r#"help: rate = \"10/min\", burst = 10""#),
    ];
    for (limits, help) in helps {
        let told = told(limits);
        assert!(told.contains(help), "{limits}: {told}");
        assert!(!told.contains("add `burst"), "{limits}: {told}");
    }
    assert!(!has_errors(&parsed(&told("rate = \"600/hour\", burst = 10"))));
}

#[test]
fn errors_leave_the_item_in_place() {
    let cases: &[(Attribute, &str, &str)] = &[
        (tool::free, "/// D.\nasync fn kept(a: u8) { body }", "async fn kept (a : u8) { body }"),
        (tool::free, "fn kept(#[validate(nonsense)] a: u8) { body }", "fn kept (a : u8) { body }"),
        (tool::free, "fn broken(a: ) { body }", "fn broken (a :) { body }"),
        (
            tool::methods,
            "impl T { #[secure_tool] fn kept(&self) { body } const C: u8 = 1; }",
            "fn kept (& self) { body } const C : u8 = 1 ;",
        ),
        (input::expand, "struct Kept { #[validate()] a: u8 }", "struct Kept { a : u8 }"),
        (output::expand, "struct Kept { #[sensitive(x)] a: u8 }", "struct Kept { a : u8 }"),
        (error::expand, "enum Kept { A(#[from(x)] u8) }", "enum Kept { A (u8) }"),
    ];
    for (attribute, item, kept) in cases {
        let expansion = attribute(parsed("nonsense"), parsed(item));
        assert!(has_errors(&expansion), "{item}");
        let expansion = expansion
            .to_string()
            .replace("#[allow(clippy :: too_many_arguments, clippy :: unused_async)]", "");
        assert!(expansion.contains(kept), "{item}: {expansion}");
    }
}

#[test]
fn expansions_are_rust() {
    let method = function();
    let block = quote! {
        impl Type {
            const OTHER: u8 = 1;
            #[secure_tool(scope = "s", effect = read)]
            #method
        }
    };
    // Without `&self` it is refused; what comes back has to be Rust all the same.
    for expansion in [
        tool::methods(TokenStream::new(), block),
        tool::free(parsed("scope = \"s\", effect = read"), function()),
        tool::free(TokenStream::new(), function()),
    ] {
        assert!(syn::parse2::<syn::File>(expansion.clone()).is_ok(), "{expansion}");
    }
}
