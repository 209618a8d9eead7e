//! How an expansion names the runtime.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;

/// The path of the runtime: `::secure_tool_runtime`, or what `crate = …` says.
///
/// Quoted, it is the path of the hidden module in which expansions find everything.
#[derive(Clone)]
pub(crate) struct Runtime {
    root: TokenStream,
}

impl Runtime {
    pub(crate) fn new(path: Option<&Path>) -> Self {
        let root = match path {
            Some(path) => quote!(#path),
            None => quote!(::secure_tool_runtime),
        };
        Runtime { root }
    }

    /// The same, in another place: the compiler points at all tokens of what is wrong together.
    pub(crate) fn at(&self, span: Span) -> Self {
        Runtime { root: located(self.root.clone(), span) }
    }

    /// The crate itself, for macros.
    pub(crate) fn root(&self) -> &TokenStream {
        &self.root
    }
}

impl ToTokens for Runtime {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let root = &self.root;
        tokens.extend(quote!(#root::__private));
    }
}

/// Moves tokens without changing what their names mean.
pub(crate) fn located(tokens: TokenStream, span: Span) -> TokenStream {
    let moved = tokens.into_iter().map(|token| {
        let mut token = match token {
            TokenTree::Group(group) => {
                TokenTree::Group(Group::new(group.delimiter(), located(group.stream(), span)))
            }
            other => other,
        };
        token.set_span(token.span().located_at(span));
        token
    });
    moved.collect()
}
