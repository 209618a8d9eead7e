//! SQL with values written into its text.

use std::str::SplitWhitespace;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

use super::{group, is_member, is_punct, is_separator, text};
use crate::diagnostics::Errors;
use crate::rules::Rule;

/// What `CREATE`, `ALTER` and `DROP` are about.
const OBJECTS: &[&str] = &[
    "DATABASE",
    "INDEX",
    "SCHEMA",
    "TABLE",
    "TEMP",
    "TEMPORARY",
    "TRIGGER",
    "UNIQUE",
    "VIEW",
    "VIRTUAL",
];

/// Reports a value in SQL.
pub(super) fn breach(span: Span, errors: &mut Errors) {
    let message = "SQL with values in its text: a value can end the literal that it is in, and go on \
        as a statement: bind it";
    errors.breach(Rule::SqlText, span, message, "query(\"… WHERE title = ?\").bind(title)");
}

/// True if a text is SQL. Prose begins with a capital, or goes on otherwise: "Select a note from …".
pub(super) fn is_sql(text: &str) -> bool {
    let text = text.trim_start();
    let first: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
    let lower = first.chars().all(|letter| letter.is_ascii_lowercase());
    let upper = first.chars().all(|letter| letter.is_ascii_uppercase());
    if first.len() < 3 || !(lower || upper) {
        return false;
    }
    let is = |word: &str, keyword: &str| {
        if upper { word == keyword } else { word == keyword.to_ascii_lowercase() }
    };
    let rest = text[first.len()..].replace(['(', ')', ',', ';'], " ");
    let words = rest.split_whitespace();
    let any = |keyword: &str| words.clone().any(|word| is(word, keyword));
    let second = |keywords: &[&str]| {
        words.clone().next().is_some_and(|word| keywords.iter().any(|keyword| is(word, keyword)))
    };
    match first.to_ascii_uppercase().as_str() {
        "SELECT" if upper => any("FROM") || text.contains('('),
        "SELECT" => any("FROM") && is_projection(words),
        "INSERT" => second(&["INTO", "OR"]),
        "REPLACE" | "MERGE" => second(&["INTO"]),
        "DELETE" => second(&["FROM"]),
        "UPDATE" if upper => any("SET"),
        "UPDATE" => words.clone().nth(1) == Some("set") && text.contains('='),
        "WITH" => any("AS") && any("SELECT"),
        "CREATE" | "ALTER" | "DROP" | "TRUNCATE" => second(OBJECTS),
        "ATTACH" | "DETACH" => second(&["DATABASE"]) || (upper && text.contains('\'')),
        "PRAGMA" => upper || text.contains(['=', '(']),
        "EXPLAIN" => any("SELECT") && any("FROM"),
        // Parts of a statement.
        "WHERE" | "AND" | "HAVING" => {
            upper && (text.contains(['=', '<', '>']) || any("LIKE") || any("IN"))
        }
        "ORDER" | "GROUP" => upper && second(&["BY"]),
        "VALUES" => upper && text.contains('('),
        _ => false,
    }
}

/// True if what stands between `select` and `from` is a list of columns and no prose.
fn is_projection(words: SplitWhitespace) -> bool {
    let words: Vec<&str> = words.take_while(|word| *word != "from").collect();
    let prose = ["a", "an", "the", "one", "some", "any", "all", "your", "this", "that"];
    words.first().is_some_and(|first| !prose.contains(first))
}

/// `format!("SELECT … {title}")`
pub(super) fn formatted(arguments: &Group, errors: &mut Errors) {
    let tokens: Vec<TokenTree> = arguments.stream().into_iter().collect();
    let literal = tokens.iter().enumerate().find_map(|(at, token)| match token {
        TokenTree::Literal(literal) => Some((at, literal.span(), text(literal)?)),
        _ => None,
    });
    let Some((at, span, text)) = literal else { return };
    let rest = tokens.get(at + 1..).unwrap_or_default();
    if is_sql(&text) && holes(&text).any(|hole| !is_constant_name(hole)) && !constant(rest, &text) {
        breach(span, errors);
    }
}

/// True if all that a text has holes for is constant.
fn constant(rest: &[TokenTree], text: &str) -> bool {
    let arguments = || {
        let arguments =
            rest.split(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ','));
        arguments.filter(|argument| !argument.is_empty())
    };
    let named = |name: &str| {
        arguments().any(|argument| {
            matches!(argument.first(), Some(TokenTree::Ident(ident)) if ident == name)
                && is_punct(argument, 1, '=')
        })
    };
    let positional = |hole: &str| hole.chars().all(|digit| digit.is_ascii_digit());
    holes(text).all(|hole| is_constant_name(hole) || positional(hole) || named(hole))
        && arguments().all(|argument| {
            let assigned = if is_punct(argument, 1, '=') { 2 } else { 0 };
            is_constant_expression(argument.get(assigned..).unwrap_or_default())
        })
}

/// The names in a format's holes.
fn holes(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = &rest[rest.find('{')? + 1..];
            match rest.strip_prefix('{') {
                Some(after) => rest = after,
                None => break,
            }
        }
        let hole = &rest[..rest.find('}')?];
        Some(hole.split(':').next().unwrap_or_default().trim())
    })
}

/// `["SELECT … FROM ", table].concat()`
pub(super) fn pieces(tokens: &[TokenTree], at: usize, list: &Group, errors: &mut Errors) {
    let joined = match tokens.get(at + 2) {
        Some(TokenTree::Ident(method)) if is_punct(tokens, at + 1, '.') => {
            method == "concat" || method == "join"
        }
        _ => false,
    };
    if !joined || list.delimiter() != Delimiter::Bracket || is_constant(list.stream()) {
        return;
    }
    if let Some(span) = statement(list.stream()) {
        breach(span, errors);
    }
}

/// The literal that tokens begin with, if it is SQL.
pub(super) fn statement(tokens: TokenStream) -> Option<Span> {
    match tokens.into_iter().find(|token| !matches!(token, TokenTree::Punct(_)))? {
        TokenTree::Literal(literal) => {
            text(&literal).filter(|text| is_sql(text)).map(|_| literal.span())
        }
        _ => None,
    }
}

/// After the `.to_owned()` of a literal, if it has one.
pub(super) fn owned(tokens: &[TokenTree], at: usize) -> usize {
    match tokens.get(at + 1) {
        Some(TokenTree::Ident(method)) if is_punct(tokens, at, '.') => {
            let known = ["to_owned", "to_string", "into"].iter().any(|known| method == known);
            if known && group(tokens, at + 2).is_some() { at + 3 } else { at }
        }
        _ => at,
    }
}

/// True if `+` or `+=` follows, and then something that may differ from call to call.
pub(super) fn is_joined(tokens: &[TokenTree], at: usize) -> bool {
    if !is_punct(tokens, at, '+') {
        return false;
    }
    let begin = if is_punct(tokens, at + 1, '=') { at + 2 } else { at + 1 };
    let rest = tokens.get(begin..).unwrap_or_default();
    let ends = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if matches!(p.as_char(), ';' | ','));
    !is_constant_expression(rest.split(ends).next().unwrap_or_default())
}

/// The variable that what begins here is assigned to.
pub(super) fn variable(tokens: &[TokenTree], at: usize) -> Option<String> {
    let mut before = tokens.get(..at)?.iter().rev();
    if !matches!(before.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '=') {
        return None;
    }
    let mut name = None;
    // `let mut sql: std::string::String =` at most.
    for token in before.take(12) {
        match token {
            TokenTree::Ident(ident) if ident == "let" || ident == "const" => break,
            TokenTree::Ident(ident) if ident == "mut" || ident == "static" => {}
            TokenTree::Ident(ident) => name = Some(ident.to_string()),
            TokenTree::Punct(punct) if matches!(punct.as_char(), ':' | '&' | '\'') => {}
            _ => break,
        }
    }
    name
}

/// True if tokens are the same in every call, as far as they tell.
pub(super) fn is_constant(tokens: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    is_constant_expression(&tokens)
}

fn is_constant_expression(tokens: &[TokenTree]) -> bool {
    // A choice between literals is how to do it.
    if matches!(tokens.first(), Some(TokenTree::Ident(first)) if first == "match" || first == "if")
    {
        return true;
    }
    tokens.iter().enumerate().all(|(at, token)| match token {
        TokenTree::Ident(ident) => {
            let name = ident.to_string();
            is_member(tokens, at) || is_separator(tokens, at + 1) || is_constant_name(&name)
        }
        TokenTree::Group(group) => is_constant(group.stream()),
        _ => true,
    })
}

/// `COLUMNS`
fn is_constant_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_uppercase()) && !name.contains(char::is_lowercase)
}
