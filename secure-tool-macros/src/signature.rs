//! Functions and `impl` blocks as written. Bodies stay tokens: what they hold is not our grammar.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, FnArg, ImplItem, Signature, Token, Type, Visibility, parse_quote, token};

use crate::docs::is_doc;
use crate::helpers;

/// A function, free or in an `impl` block.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// The braces and what is in them.
    pub(crate) body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let signature = input.parse()?;
        // One group, or `;`, or whatever somebody is typing.
        let body = input.parse()?;
        Ok(Function { attributes, visibility, signature, body })
    }
}

impl Function {
    /// Removes what the compiler does not know on parameters, and keeps the rest.
    pub(crate) fn strip(&mut self) {
        // Our grammar demands both: parameters are the input, and blocking tools are refused.
        self.attributes.push(parse_quote! {
            #[allow(clippy::too_many_arguments, clippy::unused_async)]
        });
        for parameter in &mut self.signature.inputs {
            let attributes = match parameter {
                FnArg::Receiver(receiver) => &mut receiver.attrs,
                FnArg::Typed(parameter) => &mut parameter.attrs,
            };
            attributes.retain(|attribute| {
                // Refused, and might bring ours back.
                let refused = helpers::is_hidden(attribute);
                !is_doc(attribute) && !helpers::is(attribute, "validate") && !refused
            });
        }
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Function { attributes, visibility, signature, body } = self;
        tokens.extend(quote!(#(#attributes)* #visibility #signature #body));
    }
}

/// An `impl` block.
pub(crate) struct Block {
    attributes: Vec<Attribute>,
    head: TokenStream,
    pub(crate) generics: syn::Generics,
    pub(crate) of_trait: Option<TokenStream>,
    pub(crate) owner: Type,
    brace: token::Brace,
    inner: Vec<Attribute>,
    pub(crate) items: Vec<Item>,
}

/// What stands in an `impl` block.
pub(crate) enum Item {
    Function(Box<Function>),
    Other(TokenStream),
}

impl Parse for Block {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let safety: Option<Token![unsafe]> = input.parse()?;
        let token: Token![impl] = input.parse()?;
        let mut generics: syn::Generics =
            if input.peek(Token![<]) { input.parse()? } else { syn::Generics::default() };
        let first: Type = input.parse()?;
        let (of_trait, owner) = match input.parse::<Option<Token![for]>>()? {
            Some(token) => (Some(quote!(#first #token)), input.parse()?),
            None => (None, first),
        };
        generics.where_clause = input.parse()?;
        let content;
        let brace = syn::braced!(content in input);
        let inner = content.call(Attribute::parse_inner)?;
        let mut items = Vec::new();
        while !content.is_empty() {
            items.push(content.parse()?);
        }
        let head = quote!(#safety #token);
        Ok(Block { attributes, head, generics, of_trait, owner, brace, inner, items })
    }
}

impl Parse for Item {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let ahead = input.fork();
        ahead.call(Attribute::parse_outer)?;
        ahead.parse::<Visibility>()?;
        if !begins_function(&ahead) {
            return input.parse::<ImplItem>().map(|item| Item::Other(item.into_token_stream()));
        }
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let signature = input.parse()?;
        let body = input.parse::<TokenTree>()?.into_token_stream();
        Ok(Item::Function(Box::new(Function { attributes, visibility, signature, body })))
    }
}

/// True if `fn` follows, after any number of qualifiers that `syn` knows how to read.
fn begins_function(ahead: ParseStream) -> bool {
    loop {
        if ahead.peek(Token![fn]) {
            return true;
        }
        let qualifier = ahead.peek(Token![const])
            || ahead.peek(Token![async])
            || ahead.peek(Token![unsafe])
            || ahead.peek(Token![extern])
            || ahead.peek(syn::LitStr);
        if !qualifier || ahead.parse::<TokenTree>().is_err() {
            return false;
        }
    }
}

impl ToTokens for Block {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Block { attributes, head, generics, of_trait, owner, inner, items, .. } = self;
        let where_clause = &generics.where_clause;
        tokens.extend(quote!(#(#attributes)* #head #generics #of_trait #owner #where_clause));
        self.brace.surround(tokens, |tokens| tokens.extend(quote!(#(#inner)* #(#items)*)));
    }
}

impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Item::Function(function) => function.to_tokens(tokens),
            Item::Other(other) => other.to_tokens(tokens),
        }
    }
}

/// An item that comes out of a `macro_rules!` macro as a whole is in an invisible group.
pub(crate) fn ungrouped(tokens: TokenStream) -> TokenStream {
    let mut ahead = tokens.clone().into_iter();
    match (ahead.next(), ahead.next()) {
        (Some(TokenTree::Group(group)), None) if invisible(&group) => ungrouped(group.stream()),
        _ => tokens,
    }
}

fn invisible(group: &Group) -> bool {
    group.delimiter() == Delimiter::None
}
