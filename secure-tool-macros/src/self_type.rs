//! `Self` in what moves out of its `impl` block or into a constant beside the type.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};

/// The tokens with `Self` replaced by the type itself.
pub(crate) fn resolved(tokens: impl ToTokens, this: &impl ToTokens) -> TokenStream {
    let mut resolved = TokenStream::new();
    let mut rest = tokens.into_token_stream().into_iter().peekable();
    while let Some(token) = rest.next() {
        match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                let begins_path =
                    matches!(rest.peek(), Some(TokenTree::Punct(p)) if p.as_char() == ':');
                resolved.extend(if begins_path { quote!(<#this>) } else { quote!(#this) });
            }
            TokenTree::Group(group) => {
                let inner = self::resolved(group.stream(), this);
                let mut copy = Group::new(group.delimiter(), inner);
                copy.set_span(group.span());
                resolved.extend([TokenTree::Group(copy)]);
            }
            other => resolved.extend([other]),
        }
    }
    resolved
}

/// True if the tokens mention a name.
pub(crate) fn mentions(tokens: &TokenStream, name: &Ident) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_else_stays() {
        let tokens = resolved(quote!(Option<Box<Self>>, [Self::MAX; { Self::N }]), &quote!(Node));
        let expected = quote!(Option<Box<Node>>, [<Node>::MAX; { <Node>::N }]);
        assert_eq!(tokens.to_string(), expected.to_string());
    }
}
