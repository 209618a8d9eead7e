//! What a tool's body must not do, as far as its tokens tell.
//!
//! Best effort: nothing is parsed and no name is resolved beyond the `use`s in the body itself. What a
//! helper function does, what is imported at the top of the file under another name and what comes
//! out of a macro is not seen; for that, users copy the `clippy.toml` of the runtime crate.

mod secrets;
mod sinks;
mod sql;
mod unwraps;

use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};

use crate::diagnostics::Errors;
use crate::rules::Rule;
use sinks::Scope;

/// Reports what the body of a tool must not do. `inputs` are the parameters that clients send.
pub(crate) fn check(body: TokenStream, inputs: &[Ident], errors: &mut Errors) {
    Scan { inputs, scope: Scope::default(), statements: Vec::new(), errors }.level(body);
}

struct Scan<'a> {
    inputs: &'a [Ident],
    scope: Scope,
    /// The variables that hold SQL.
    statements: Vec<String>,
    errors: &'a mut Errors,
}

impl Scan<'_> {
    /// One group's tokens, and those of the groups in it.
    fn level(&mut self, tokens: TokenStream) {
        let mut level = Vec::new();
        flatten(tokens, &mut level);
        let tokens = &level;
        let outside = self.scope.enter(tokens, self.errors);
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at = match token {
                TokenTree::Group(group) => {
                    sql::pieces(tokens, at, group, self.errors);
                    self.level(group.stream());
                    at + 1
                }
                TokenTree::Literal(literal) => {
                    if let Some(text) = text(literal) {
                        secrets::check(&text, literal.span(), tokens, at, self.errors);
                        if sql::is_sql(&text) {
                            self.sql(tokens, at, sql::owned(tokens, at + 1), literal.span());
                        }
                    }
                    at + 1
                }
                TokenTree::Ident(ident) if is_member(tokens, at) => {
                    self.member(tokens, at, ident);
                    at + 1
                }
                TokenTree::Ident(ident) if ident == "use" => sinks::after_use(tokens, at),
                TokenTree::Ident(_) => self.path(tokens, at),
                TokenTree::Punct(_) if is_global(tokens, at) => self.path(tokens, at),
                TokenTree::Punct(_) => at + 1,
            };
        }
        self.scope.leave(outside);
    }

    /// A path, and what is done with it. Returns where it ends.
    fn path(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        let path = Path::read(tokens, at);
        let Some(last) = path.segments.last() else { return path.end };
        if is_punct(tokens, path.end, '!') && group(tokens, path.end + 1).is_some() {
            self.called_macro(&path, last.span(), tokens, at);
            return path.end + 1;
        }
        let arguments = group(tokens, path.end).filter(|group| is_parenthesised(group));
        if let Some(sink) = self.scope.sink(&path, arguments) {
            sink.report(&path, last.span(), self.errors);
        } else if let [name] = &path.names[..] {
            self.statement(name, tokens, path.end);
        } else if let Some(arguments) = arguments {
            unwraps::function(&path, arguments, self.inputs, self.errors);
            if path.names.ends_with(&["String".to_owned(), "from".to_owned()])
                && let Some(span) = sql::statement(arguments.stream())
            {
                self.sql(tokens, at, path.end + 1, span);
            }
        }
        path.end
    }

    /// `name!(…)`
    fn called_macro(&mut self, path: &Path, span: Span, tokens: &[TokenTree], at: usize) {
        let Some(name) = path.in_the_standard_library() else { return };
        if self.scope.knows(name) {
            return;
        }
        match name {
            "print" | "println" => {
                let message = format_args!(
                    "`{name}!` writes to standard output, which over stdio is the protocol: use \
                    `tracing`"
                );
                self.errors.breach(Rule::StandardOutput, span, message, "tracing::info!(\"…\")");
            }
            "dbg" => {
                let message = "`dbg!` prints values, which no log may have: use `tracing`, without \
                    what the caller sent";
                self.errors.breach(Rule::StandardOutput, span, message, "tracing::debug!(\"…\")");
            }
            "format" | "format_args" | "write" | "writeln" => {
                let Some(arguments) = group(tokens, path.end + 1) else { return };
                if sql::formatted(arguments, &self.statements, self.errors) {
                    let holder = sql::written_to(arguments).or_else(|| sql::variable(tokens, at));
                    self.statements.extend(holder);
                }
            }
            _ => {}
        }
    }

    /// `.name`, a method or a field.
    fn member(&mut self, tokens: &[TokenTree], at: usize, ident: &Ident) {
        let Some(arguments) = group(tokens, after_turbofish(tokens, at + 1)) else { return };
        if !is_parenthesised(arguments) {
            return;
        }
        if (ident == "unwrap" && arguments.stream().is_empty()) || ident == "expect" {
            unwraps::method(tokens, at, self.inputs, self.errors);
        } else if ident == "leak" && arguments.stream().is_empty() {
            sinks::leaks(ident.span(), self.errors);
        } else if ident == "push_str"
            && let Some(TokenTree::Ident(name)) = at.checked_sub(2).and_then(|at| tokens.get(at))
        {
            let name = name.to_string();
            if sql::statement(arguments.stream()).is_some() {
                self.statements.push(name);
            } else if self.statements.contains(&name) && !sql::is_constant(arguments.stream()) {
                sql::breach(ident.span(), self.errors);
            }
        }
    }

    /// A text with SQL between two tokens: joined with something here, or kept for later.
    fn sql(&mut self, tokens: &[TokenTree], at: usize, end: usize, span: Span) {
        if sql::is_joined(tokens, end) {
            sql::breach(span, self.errors);
        } else {
            self.statements.extend(sql::variable(tokens, at));
        }
    }

    /// `name + …` and `name += …` of a variable that holds SQL.
    fn statement(&mut self, name: &str, tokens: &[TokenTree], end: usize) {
        if self.statements.iter().any(|known| known == name)
            && let Some(plus) = tokens.get(end)
            && sql::is_joined(tokens, end)
        {
            sql::breach(plus.span(), self.errors);
        }
    }
}

/// A path as written: `std::fs::read`, `::std::fs::read`, `Box::<str>::leak`.
struct Path<'a> {
    /// It begins with `::`.
    global: bool,
    segments: Vec<&'a Ident>,
    /// The segments, without `r#`.
    names: Vec<String>,
    /// The token after it.
    end: usize,
}

impl<'a> Path<'a> {
    fn read(tokens: &'a [TokenTree], at: usize) -> Self {
        let global = is_global(tokens, at);
        let mut path = Path {
            global,
            segments: Vec::new(),
            names: Vec::new(),
            end: if global { at + 2 } else { at },
        };
        while let Some(TokenTree::Ident(ident)) = tokens.get(path.end) {
            path.segments.push(ident);
            path.names.push(unraw(ident));
            path.end += 1;
            let next = after_turbofish(tokens, path.end);
            if !is_separator(tokens, next) {
                break;
            }
            let Some(TokenTree::Ident(_)) = tokens.get(next + 2) else { break };
            path.end = next + 2;
        }
        path.end = after_turbofish(tokens, path.end);
        path
    }

    /// The only name in it, or the one after `std`.
    fn in_the_standard_library(&self) -> Option<&str> {
        match &self.names[..] {
            [name] => Some(name),
            [library, name] if matches!(&**library, "std" | "core" | "alloc") => Some(name),
            _ => None,
        }
    }
}

/// Fragments of a `macro_rules!` macro come in invisible groups.
fn flatten(tokens: TokenStream, into: &mut Vec<TokenTree>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                flatten(group.stream(), into);
            }
            token => into.push(token),
        }
    }
}

/// True if a name stands after the dot of a method or field, and not after a range; also lifetimes.
fn is_member(tokens: &[TokenTree], at: usize) -> bool {
    let before = |steps: usize, punct: char| {
        at.checked_sub(steps).is_some_and(|at| is_punct(tokens, at, punct))
    };
    before(1, '\'') || (before(1, '.') && !before(2, '.'))
}

fn is_punct(tokens: &[TokenTree], at: usize, expected: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == expected)
}

/// True at `::`.
fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    let first = tokens.get(at);
    matches!(first, Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint)
        && is_punct(tokens, at + 1, ':')
}

/// True at the `::` that a path begins with, and not at that of `<T>::name`.
fn is_global(tokens: &[TokenTree], at: usize) -> bool {
    let follows = at.checked_sub(1).is_some_and(|at| is_punct(tokens, at, '>'));
    is_separator(tokens, at) && !follows
}

/// After `::<…>`, if there is one.
fn after_turbofish(tokens: &[TokenTree], at: usize) -> usize {
    if !is_separator(tokens, at) || !is_punct(tokens, at + 2, '<') {
        return at;
    }
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(at + 2) {
        let TokenTree::Punct(punct) = token else { continue };
        match punct.as_char() {
            '<' => depth += 1,
            '>' if is_punct(tokens, index - 1, '-') => {}
            '>' if depth == 1 => return index + 1,
            '>' => depth -= 1,
            _ => {}
        }
    }
    at
}

fn group(tokens: &[TokenTree], at: usize) -> Option<&Group> {
    match tokens.get(at) {
        Some(TokenTree::Group(group)) => Some(group),
        _ => None,
    }
}

fn is_parenthesised(group: &Group) -> bool {
    group.delimiter() == Delimiter::Parenthesis
}

fn unraw(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

/// The text of a literal that is one.
fn text(literal: &proc_macro2::Literal) -> Option<String> {
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => Some(text.value()),
        syn::Lit::ByteStr(text) => Some(String::from_utf8_lossy(&text.value()).into_owned()),
        syn::Lit::CStr(text) => Some(text.value().to_string_lossy().into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
