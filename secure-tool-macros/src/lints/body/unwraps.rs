//! `.unwrap()` and `.expect(…)` where what a caller sent decides whether it panics.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::{Path, is_member, is_punct, is_separator};
use crate::diagnostics::Errors;
use crate::rules::Rule;

/// Methods without arguments whose failure says something about the other side, not about the data.
const OTHERS: &[&str] = &["acquire", "join", "lock", "read", "recv", "try_lock", "write"];

/// The same with arguments.
const SENDERS: &[&str] = &["blocking_send", "send", "spawn", "spawn_blocking"];

/// `receiver.unwrap()`, where `at` is `unwrap`.
pub(super) fn method(tokens: &[TokenTree], at: usize, inputs: &[Ident], errors: &mut Errors) {
    let Some(dot) = at.checked_sub(1) else { return };
    let receiver = receiver(tokens, dot);
    let receiver = tokens.get(receiver..dot).unwrap_or_default();
    if !fails_for_others(receiver) && mentions(receiver, inputs) {
        breach(tokens[at].span(), errors);
    }
}

/// `Result::unwrap(…)`
pub(super) fn function(path: &Path, arguments: &Group, inputs: &[Ident], errors: &mut Errors) {
    let [.., of, name] = &path.names[..] else { return };
    if !matches!(&**of, "Option" | "Result") || !matches!(&**name, "unwrap" | "expect") {
        return;
    }
    let arguments: Vec<TokenTree> = arguments.stream().into_iter().collect();
    if mentions(&arguments, inputs) {
        breach(path.segments.last().map_or_else(Span::call_site, |name| name.span()), errors);
    }
}

fn breach(span: Span, errors: &mut Errors) {
    let message = "this panics if a caller wants it to: return an error of `#[public_error]`";
    errors.breach(Rule::Unwrap, span, message, ".map_err(|_| NotesError::NoSuchNote)?");
}

/// Where the chain of calls that ends before a dot begins.
fn receiver(tokens: &[TokenTree], dot: usize) -> usize {
    let mut begin = dot;
    while let Some(at) = begin.checked_sub(1) {
        match &tokens[at] {
            TokenTree::Punct(punct) if punct.as_char() == '?' => begin = at,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                // Anything else that ends in a brace is a statement of its own.
                let whole = is_punct(tokens, begin, '.') || is_punct(tokens, begin, '?');
                return if whole { at } else { begin };
            }
            // The name of what is called comes next: `name(…)`, `name::<T>(…)`, `name!(…)`.
            TokenTree::Group(_) => {
                begin = opening(tokens, at).unwrap_or(at);
                if begin.checked_sub(1).is_some_and(|at| is_punct(tokens, at, '!')) {
                    begin -= 1;
                }
            }
            TokenTree::Ident(ident) if is_keyword(ident) => return begin,
            TokenTree::Ident(_) | TokenTree::Literal(_) if is_member(tokens, at) => begin = at - 1,
            TokenTree::Ident(_) if at > 1 && is_separator(tokens, at - 2) => {
                begin = opening(tokens, at - 2).unwrap_or(at - 2);
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => return at,
            TokenTree::Punct(_) => return begin,
        }
    }
    begin
}

fn is_keyword(ident: &Ident) -> bool {
    let name = ident.to_string();
    matches!(&*name, "return" | "break" | "in" | "if" | "while" | "match" | "else" | "let" | "move")
}

/// The `::` before the `<…>` that ends before `end`, if one does.
fn opening(tokens: &[TokenTree], end: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for at in (0..end).rev() {
        match &tokens[at] {
            TokenTree::Punct(punct) if punct.as_char() == '>' => {
                let arrow = at > 0 && is_punct(tokens, at - 1, '-');
                depth += usize::from(!arrow);
            }
            TokenTree::Punct(punct) if punct.as_char() == '<' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            let separator = at.checked_sub(2)?;
            return is_separator(tokens, separator).then_some(separator);
        }
    }
    None
}

/// True if a lock is poisoned or a channel closed; and for `write!` to a text.
fn fails_for_others(receiver: &[TokenTree]) -> bool {
    let name = |at: usize| match receiver.get(at) {
        Some(TokenTree::Ident(ident)) => ident.to_string(),
        _ => String::new(),
    };
    if matches!(&*name(0), "write" | "writeln") && is_punct(receiver, 1, '!') {
        return true;
    }
    let mut end = receiver.len();
    // `send(title).await`
    if end > 2 && name(end - 1) == "await" {
        end -= 2;
    }
    let Some(method) = end.checked_sub(2) else { return false };
    let Some(TokenTree::Group(arguments)) = receiver.get(method + 1) else { return false };
    let called = name(method);
    let quiet =
        OTHERS.contains(&&*called) && is_member(receiver, method) && arguments.stream().is_empty();
    quiet || SENDERS.contains(&&*called)
}

/// True if one of the inputs is named, and not a field or an item of the same name.
fn mentions(tokens: &[TokenTree], inputs: &[Ident]) -> bool {
    fn inside(tokens: TokenStream, inputs: &[Ident]) -> bool {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        mentions(&tokens, inputs)
    }
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Ident(ident) => {
            let of_path = at > 1 && is_separator(tokens, at - 2);
            inputs.contains(ident) && !is_member(tokens, at) && !of_path
        }
        TokenTree::Group(group) => inside(group.stream(), inputs),
        _ => false,
    })
}
