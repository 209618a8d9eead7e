//! SQL with values written into its text.

use std::str::SplitWhitespace;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

use super::{flatten, group, is_member, is_punct, is_separator, text};
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

/// `format!("SELECT … {title}")`, `format!("{base} WHERE title = '{title}'")` and
/// `write!(sql, "{title}")`, where `base` and `sql` hold SQL. True if the result is SQL.
pub(super) fn formatted(arguments: &Group, statements: &[String], errors: &mut Errors) -> bool {
    let Some((_, rest, text, span)) = format(arguments) else { return false };
    let format = Format { text: &text, rest: &rest, statements };
    let target = written_to(arguments).is_some_and(|target| statements.contains(&target));
    let sql = target || is_sql(&text) || format.has_statement();
    if sql && !format.is_constant() {
        breach(span, errors);
    }
    sql
}

/// The variable that `write!` writes to.
pub(super) fn written_to(arguments: &Group) -> Option<String> {
    let (before, ..) = format(arguments)?;
    let (comma, target) = before.split_last()?;
    let is_comma = matches!(comma, TokenTree::Punct(punct) if punct.as_char() == ',');
    match target.last() {
        Some(TokenTree::Ident(name)) if is_comma => Some(name.to_string()),
        _ => None,
    }
}

/// What stands before the text of a format, and after it; the text, and where it is.
fn format(arguments: &Group) -> Option<(Vec<TokenTree>, Vec<TokenTree>, String, Span)> {
    let mut tokens = Vec::new();
    flatten(arguments.stream(), &mut tokens);
    let (at, span, text) = tokens.iter().enumerate().find_map(|(at, token)| match token {
        TokenTree::Literal(literal) => Some((at, literal.span(), text(literal)?)),
        _ => None,
    })?;
    let rest = tokens.split_off(at + 1);
    tokens.truncate(at);
    Some((tokens, rest, text, span))
}

/// A text with holes, and what goes into them.
struct Format<'a> {
    text: &'a str,
    rest: &'a [TokenTree],
    statements: &'a [String],
}

impl Format<'_> {
    fn arguments(&self) -> impl Iterator<Item = &[TokenTree]> {
        let arguments =
            self.rest.split(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ','));
        arguments.filter(|argument| !argument.is_empty()).map(|argument| {
            let assigned = if is_punct(argument, 1, '=') { 2 } else { 0 };
            argument.get(assigned..).unwrap_or_default()
        })
    }

    /// `base` and `&base`, which hold SQL.
    fn is_statement(&self, argument: &[TokenTree]) -> bool {
        let name = match argument {
            [TokenTree::Ident(name)] => name,
            [TokenTree::Punct(reference), TokenTree::Ident(name)] if reference.as_char() == '&' => {
                name
            }
            _ => return false,
        };
        self.statements.iter().any(|known| name == known)
    }

    fn has_statement(&self) -> bool {
        holes(self.text).any(|hole| self.statements.iter().any(|known| known == hole))
            || self.arguments().any(|argument| self.is_statement(argument))
    }

    /// True if all that the text has holes for is constant, or a statement that is looked at itself.
    fn is_constant(&self) -> bool {
        let named = |name: &str| {
            self.rest.iter().enumerate().any(|(at, token)| {
                let first = at.checked_sub(1).is_some_and(|at| is_punct(self.rest, at, ','));
                matches!(token, TokenTree::Ident(ident) if ident == name)
                    && first
                    && is_punct(self.rest, at + 1, '=')
                    && !is_punct(self.rest, at + 2, '=')
            })
        };
        let positional = |hole: &str| hole.chars().all(|digit| digit.is_ascii_digit());
        let known = |hole: &str| self.statements.iter().any(|known| known == hole);
        holes(self.text)
            .all(|hole| is_constant_name(hole) || positional(hole) || named(hole) || known(hole))
            && self
                .arguments()
                .all(|argument| is_constant_expression(argument) || self.is_statement(argument))
    }
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
    match tokens.first() {
        Some(TokenTree::Ident(first)) if first == "match" || first == "if" => is_choice(tokens),
        _ => tokens.iter().enumerate().all(|(at, token)| match token {
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                is_member(tokens, at) || is_separator(tokens, at + 1) || is_constant_name(&name)
            }
            TokenTree::Group(group) => is_constant(group.stream()),
            _ => true,
        }),
    }
}

/// `if … { "a" } else { "b" }` and `match … { … => "a", … => "b" }`, whatever decides.
fn is_choice(tokens: &[TokenTree]) -> bool {
    let is_match = matches!(tokens.first(), Some(TokenTree::Ident(first)) if first == "match");
    let braces = |token: &TokenTree| matches!(token, TokenTree::Group(group) if is_braced(group));
    let last = match is_match {
        true => tokens.iter().position(braces),
        false => tokens.iter().rposition(braces),
    };
    let Some(last) = last else { return false };
    let (choice, after) = tokens.split_at(last + 1);
    let blocks = choice.iter().filter_map(|token| match token {
        TokenTree::Group(group) if is_braced(group) => Some(group.stream()),
        _ => None,
    });
    let mut blocks =
        blocks.map(|block| if is_match { has_constant_arms(block) } else { is_result(block) });
    blocks.all(|constant| constant) && is_constant_expression(after)
}

fn has_constant_arms(arms: TokenStream) -> bool {
    let mut tokens = Vec::new();
    flatten(arms, &mut tokens);
    let mut rest = &tokens[..];
    while let Some(arrow) = (0..rest.len()).find(|at| is_arrow(rest, *at)) {
        let arm = &rest[arrow + 2..];
        let block = matches!(arm.first(), Some(TokenTree::Group(group)) if is_braced(group));
        let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
        let end = match block {
            true => 1,
            false => arm.iter().position(comma).unwrap_or(arm.len()),
        };
        if !is_result(arm[..end].iter().cloned().collect()) {
            return false;
        }
        rest = &arm[end..];
    }
    true
}

/// True if a branch is constant, or leads elsewhere.
fn is_result(branch: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = branch.into_iter().collect();
    let leaves = match tokens.first() {
        Some(TokenTree::Ident(first)) if is_punct(&tokens, 1, '!') => {
            first == "panic" || first == "unreachable"
        }
        Some(TokenTree::Ident(first)) => {
            first == "return" || first == "continue" || first == "break"
        }
        Some(TokenTree::Group(group)) if tokens.len() == 1 => return is_result(group.stream()),
        _ => false,
    };
    leaves || is_constant_expression(&tokens)
}

/// True at `=>`.
fn is_arrow(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens, at, '=') && is_punct(tokens, at + 1, '>')
}

fn is_braced(group: &Group) -> bool {
    group.delimiter() == Delimiter::Brace
}

/// `COLUMNS`
fn is_constant_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_uppercase()) && !name.contains(char::is_lowercase)
}
