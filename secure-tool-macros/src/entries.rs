//! What stands in the parentheses of an attribute: `key = value`, `key(list)` or `key`, separated by
//! commas. One broken entry does not hide the others.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::parse::{Parse, Parser};

use crate::diagnostics::{Errors, either, nearest};

/// One entry as written.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

/// What follows a key.
pub(crate) enum Value {
    /// Nothing.
    None,
    /// `= tokens`
    Assigned(TokenStream),
    /// `(tokens)`
    Listed(TokenStream),
}

/// Takes the entries apart.
pub(crate) fn entries(tokens: TokenStream, errors: &mut Errors) -> Vec<Entry> {
    let pieces = split_at_commas(tokens);
    pieces.into_iter().filter_map(|piece| entry(piece, errors)).collect()
}

fn split_at_commas(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut pieces = vec![Vec::new()];
    for token in tokens {
        let comma = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',');
        match pieces.last_mut() {
            Some(piece) if !comma => piece.push(token),
            _ => pieces.push(Vec::new()),
        }
    }
    // A comma may end the list, and an empty list has no piece.
    if pieces.last().is_some_and(Vec::is_empty) {
        pieces.pop();
    }
    pieces
}

fn entry(piece: Vec<TokenTree>, errors: &mut Errors) -> Option<Entry> {
    let mut tokens = ungrouped(piece).into_iter();
    let key = match tokens.next() {
        Some(TokenTree::Ident(key)) => key,
        Some(other) => {
            errors.at(other.span(), "expected a key, such as `scope`");
            return None;
        }
        None => {
            errors.at(Span::call_site(), "expected a key between two commas");
            return None;
        }
    };
    let value = match tokens.next() {
        None => Value::None,
        Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => {
            return Some(Entry { key, value: Value::Assigned(tokens.collect()) });
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            Value::Listed(group.stream())
        }
        Some(other) => {
            errors.at(other.span(), format_args!("expected `=`, `(` or `,` after `{key}`"));
            return None;
        }
    };
    if let Some(surplus) = tokens.next() {
        errors.at(surplus.span(), "expected `,`");
        return None;
    }
    Some(Entry { key, value })
}

/// A fragment of a `macro_rules!` macro arrives in an invisible group.
fn ungrouped(mut piece: Vec<TokenTree>) -> Vec<TokenTree> {
    while let [TokenTree::Group(group)] = piece.as_slice() {
        if group.delimiter() != Delimiter::None {
            break;
        }
        piece = group.stream().into_iter().collect();
    }
    piece
}

impl Entry {
    /// The key's name.
    pub(crate) fn name(&self) -> String {
        self.key.to_string()
    }

    /// A key without a value.
    pub(crate) fn flag(&self, errors: &mut Errors) -> Option<()> {
        if matches!(self.value, Value::None) {
            return Some(());
        }
        let key = &self.key;
        errors.help(key.span(), format_args!("`{key}` takes no value"), format_args!("{key}"));
        None
    }

    /// The tokens after `=`.
    pub(crate) fn assigned(&self, example: &str, errors: &mut Errors) -> Option<TokenStream> {
        match &self.value {
            Value::Assigned(tokens) if !tokens.is_empty() => Some(tokens.clone()),
            _ => {
                let key = &self.key;
                let message = format_args!("`{key}` needs a value");
                errors.help(key.span(), message, format_args!("{key} = {example}"));
                None
            }
        }
    }

    /// The tokens in parentheses.
    pub(crate) fn listed(&self, example: &str, errors: &mut Errors) -> Option<TokenStream> {
        if let Value::Listed(tokens) = &self.value {
            return Some(tokens.clone());
        }
        let key = &self.key;
        let message = format_args!("`{key}` needs a list");
        errors.help(key.span(), message, format_args!("{key}({example})"));
        None
    }

    /// A value of a type that `syn` parses; the example says what it looks like.
    pub(crate) fn value<T: Parse>(&self, example: &str, errors: &mut Errors) -> Option<T> {
        let tokens = self.assigned(example, errors)?;
        let parsed = T::parse.parse2(tokens.clone());
        if parsed.is_err() {
            self.misfit(tokens, example, errors);
        }
        parsed.ok()
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&self, words: &[(&str, T)], errors: &mut Errors) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let example = names.first().copied().unwrap_or_default();
        let word: Ident = self.value(example, errors)?;
        let name = word.to_string();
        if let Some((_, value)) = words.iter().find(|(known, _)| *known == name) {
            return Some(*value);
        }
        let key = &self.key;
        let message = format_args!("`{key}` is {}, not `{name}`", either(&names));
        match nearest(&name, &names) {
            Some(meant) => errors.help(word.span(), message, format_args!("{key} = {meant}")),
            None => errors.help(word.span(), message, format_args!("{key} = {example}")),
        }
        None
    }

    /// Says that the value is of the wrong kind.
    pub(crate) fn misfit(&self, tokens: TokenStream, example: &str, errors: &mut Errors) {
        let key = &self.key;
        let message = format_args!("this is not a value of `{key}`");
        errors.over_help(tokens, message, format_args!("{key} = {example}"));
    }
}

/// Says that a key is unknown, and which one was probably meant.
pub(crate) fn unknown<'a>(key: &Ident, known: &[&'a str], errors: &mut Errors) -> Option<&'a str> {
    let nearest = nearest(&key.to_string(), known);
    match nearest {
        Some(meant) => {
            errors.at(key.span(), format_args!("unknown key `{key}`; did you mean `{meant}`?"));
        }
        None => {
            let message = format_args!("unknown key `{key}`: expected {}", either(known));
            errors.at(key.span(), message);
        }
    }
    nearest
}

/// Says that something is given twice.
pub(crate) fn duplicate(key: &Ident, errors: &mut Errors) {
    errors.at(key.span(), format_args!("duplicate key `{key}`: remove one of them"));
}
