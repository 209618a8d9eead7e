//! How an expansion names the runtime.

use proc_macro2::TokenStream;
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
