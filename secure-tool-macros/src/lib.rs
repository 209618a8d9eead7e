//! The attributes of secure-tool: tools that are secure because they compile.
//!
//! Use them through `secure-tool-runtime`, which re-exports them and is what they expand to.
//!
//! Each attribute goes through the same stages, one file a stage:
//!
//! ```text
//! tokens → args (as written, every key spanned) ┐
//! tokens → signature (body kept as tokens)      ┴→ check → model (valid) → expand
//!                                                  any error → fallback: the item + all errors
//! ```

use proc_macro::TokenStream;

mod args;
mod bound;
mod check;
mod diagnostics;
mod docs;
mod entries;
mod error;
mod expand;
mod fallback;
mod fields;
mod helpers;
mod input;
mod model;
mod names;
mod object;
mod output;
mod quantity;
mod runtime_path;
mod self_type;
mod signature;
mod tool;
mod validate;

#[cfg(test)]
mod tests;

/// Makes an `async fn` a tool.
#[proc_macro_attribute]
pub fn secure_tool(arguments: TokenStream, item: TokenStream) -> TokenStream {
    tool::free(arguments.into(), item.into()).into()
}

/// Makes the methods of an `impl` block that have `#[secure_tool]` the tools of its type.
#[proc_macro_attribute]
pub fn secure_tools(arguments: TokenStream, item: TokenStream) -> TokenStream {
    tool::methods(arguments.into(), item.into()).into()
}

/// Makes a struct or enum something that a client may send.
#[proc_macro_attribute]
pub fn secure_input(arguments: TokenStream, item: TokenStream) -> TokenStream {
    input::expand(arguments.into(), item.into()).into()
}

/// Makes a struct or enum something that may leave the server.
#[proc_macro_attribute]
pub fn secure_output(arguments: TokenStream, item: TokenStream) -> TokenStream {
    output::expand(arguments.into(), item.into()).into()
}

/// Makes an enum an error that says what a client may read.
#[proc_macro_attribute]
pub fn public_error(arguments: TokenStream, item: TokenStream) -> TokenStream {
    error::expand(arguments.into(), item.into()).into()
}
