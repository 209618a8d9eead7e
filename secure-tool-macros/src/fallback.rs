//! What remains of an item that has errors: the item itself, so that nothing else in the file lights
//! up, and stubs of what other code may name.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;

use crate::helpers::OURS;
use crate::runtime_path::Runtime;

/// The definition of a tool that has errors. Never evaluated: the errors end the build.
pub(crate) fn definition(rt: &Runtime) -> TokenStream {
    quote!(#rt::std::panic!("this tool has errors"))
}

/// Tokens that could not be understood, without the attributes that only we understand.
pub(crate) fn stripped(tokens: TokenStream) -> TokenStream {
    let mut kept = TokenStream::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        match (&token, rest.peek()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(attribute)))
                if hash.as_char() == '#' && names(attribute, OURS) =>
            {
                rest.next();
            }
            (TokenTree::Group(group), _) => kept.extend([TokenTree::Group(inside(group))]),
            _ => kept.extend([token]),
        }
    }
    kept
}

fn inside(group: &Group) -> Group {
    let mut copy = Group::new(group.delimiter(), stripped(group.stream()));
    copy.set_span(group.span());
    copy
}

/// True if the attribute's path ends in one of these names.
fn names(attribute: &Group, names: &[&str]) -> bool {
    let path = attribute.stream().into_iter().take_while(|token| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    });
    let last = path.filter_map(|token| match token {
        TokenTree::Ident(ident) => Some(ident),
        _ => None,
    });
    let last: Option<Ident> = last.last();
    attribute.delimiter() == Delimiter::Bracket
        && last.is_some_and(|last| names.iter().any(|name| last == name))
}
