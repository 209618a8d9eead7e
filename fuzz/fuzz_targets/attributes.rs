//! All five attributes and the derive macro, on text whose first line is the arguments and whose rest is the item.
//!
//! `none!(…)` is an invisible group, which only macros can make and no text can say.

#![no_main]

use libfuzzer_sys::fuzz_target;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

include!(concat!(env!("OUT_DIR"), "/modules.rs"));

/// The compiler refuses deeper nesting before we see it.
const DEEPEST: usize = 60;

type Attribute = fn(TokenStream, TokenStream) -> TokenStream;

const ATTRIBUTES: [Attribute; 6] = [
    tool::free,
    tool::methods,
    input::expand,
    output::expand,
    error::expand,
    |_, item| secrets::expand(item),
];

fuzz_target!(|text: &str| {
    if text.matches(['(', '[', '{', '<', '&', '!', '-']).count() > DEEPEST {
        return;
    }
    let (arguments, item) = text.split_once('\n').unwrap_or(("", text));
    let (Ok(arguments), Ok(item)) = (arguments.parse(), item.parse()) else { return };
    let (arguments, item) = (invisible(arguments), invisible(item));
    let is_rust = syn::parse2::<syn::Item>(item.clone()).is_ok();
    for attribute in ATTRIBUTES {
        let answer = attribute(arguments.clone(), item.clone());
        let refused = || answer.to_string().contains("compile_error");
        let fine = !is_rust || refused() || syn::parse2::<syn::File>(answer.clone()).is_ok();
        assert!(fine, "no Rust comes back: {answer}");
    }
});

fn invisible(tokens: TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter().peekable();
    let mut result = TokenStream::new();
    while let Some(token) = tokens.next() {
        let none = matches!(&token, TokenTree::Ident(ident) if ident == "none");
        let bang = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == '!');
        let hidden = none && tokens.next_if(bang).is_some();
        let token = if hidden { tokens.next() } else { Some(token) };
        result.extend(token.map(|token| match token {
            TokenTree::Group(group) => {
                let delimiter = if hidden { Delimiter::None } else { group.delimiter() };
                TokenTree::Group(Group::new(delimiter, invisible(group.stream())))
            }
            other => other,
        }));
    }
    result
}
