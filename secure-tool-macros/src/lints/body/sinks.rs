//! Paths that lead out of the process or round a guard, and the names that a body imports.

use proc_macro2::{Delimiter, Group, Span, TokenTree};

use super::{Path, is_punct, is_separator, text, unraw};
use crate::diagnostics::Errors;
use crate::rules::Rule;

/// Functions of `std::fs`. After a plain `fs::`, which may be somebody's own module, only these count.
const FILES: &[&str] = &[
    "canonicalize",
    "copy",
    "create_dir",
    "create_dir_all",
    "exists",
    "hard_link",
    "metadata",
    "read",
    "read_dir",
    "read_link",
    "read_to_string",
    "remove_dir",
    "remove_dir_all",
    "remove_file",
    "rename",
    "set_permissions",
    "soft_link",
    "symlink",
    "symlink_metadata",
    "try_exists",
    "write",
];

/// Functions of `std::env` that read or change what the process was started with.
const ENVIRONMENT: &[&str] = &[
    "args",
    "args_os",
    "remove_var",
    "set_current_dir",
    "set_var",
    "var",
    "var_os",
    "vars",
    "vars_os",
];

/// Programs that take text for a program.
const SHELLS: &[&str] =
    &["ash", "bash", "cmd", "dash", "fish", "ksh", "powershell", "pwsh", "sh", "zsh"];

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sink {
    Files,
    Program,
    Shell,
    Exit,
    Environment,
    StandardOutput,
    AssertedSql,
    Leak,
}

/// The names that `use` and items in the body bring in.
#[derive(Default)]
pub(super) struct Scope(Vec<(String, Vec<String>)>);

impl Scope {
    /// Takes in what a block imports and defines, and reports imports of sinks.
    pub(super) fn enter(&mut self, tokens: &[TokenTree], errors: &mut Errors) -> usize {
        let outside = self.0.len();
        for (at, token) in tokens.iter().enumerate() {
            let TokenTree::Ident(keyword) = token else { continue };
            match (keyword.to_string().as_str(), tokens.get(at + 1)) {
                ("use", _) if after_use(tokens, at) > at + 1 => {
                    self.tree(&tokens[at + 1..after_use(tokens, at)], &[], errors);
                }
                (
                    "struct" | "enum" | "union" | "mod" | "fn" | "type",
                    Some(TokenTree::Ident(name)),
                ) => {
                    let name = unraw(name);
                    self.0.push((name.clone(), vec!["self".to_owned(), name]));
                }
                ("macro_rules", _) => {
                    if let Some(TokenTree::Ident(name)) = tokens.get(at + 2) {
                        self.0.push((unraw(name), vec!["self".to_owned()]));
                    }
                }
                _ => {}
            }
        }
        outside
    }

    /// True if a name was imported or defined in the body.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Forgets what a block imported.
    pub(super) fn leave(&mut self, outside: usize) {
        self.0.truncate(outside);
    }

    /// Part of a `use`: `a::b`, `a as b`, `a::{b, c}`, `a::*`.
    fn tree(&mut self, tokens: &[TokenTree], prefix: &[String], errors: &mut Errors) {
        for branch in
            tokens.split(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ','))
        {
            let mut path = prefix.to_vec();
            let (mut name, mut last) = (None, None);
            let mut rest = branch.iter();
            while let Some(token) = rest.next() {
                match token {
                    TokenTree::Ident(ident) if ident == "as" => {
                        name = rest.next().map(ToString::to_string);
                    }
                    // `fs::{self}` is `fs`.
                    TokenTree::Ident(ident) if ident == "self" && !path.is_empty() => {
                        last = last.or(Some(ident.span()));
                    }
                    TokenTree::Ident(ident) => {
                        path.push(unraw(ident));
                        last = Some(ident.span());
                    }
                    TokenTree::Punct(punct) if punct.as_char() == '*' => {
                        path.push("*".to_owned());
                        last = Some(punct.span());
                    }
                    TokenTree::Group(group) => {
                        let mut inner = Vec::new();
                        super::flatten(group.stream(), &mut inner);
                        self.tree(&inner, &path, errors);
                        last = None;
                        break;
                    }
                    _ => {}
                }
            }
            let (Some(span), Some(end)) = (last, path.last()) else { continue };
            let name = name.unwrap_or_else(|| end.clone());
            if let Some(sink) = imported(&names(&path)) {
                sink.report_as(&path.join("::"), span, errors);
            }
            self.0.push((name, path));
        }
    }

    /// What a path in an expression leads to. An import that was reported says it all.
    pub(super) fn sink(&self, path: &Path, arguments: Option<&Group>) -> Option<Sink> {
        let (first, rest) = path.names.split_first()?;
        let import = self.0.iter().rev().find(|(name, _)| name == first && !path.global);
        let Some((_, import)) = import else {
            return called(&names(&path.names), path.global, arguments);
        };
        let import = names(import);
        if imported(&import).is_some() {
            return None;
        }
        let whole: Vec<&str> = import.into_iter().chain(rest.iter().map(String::as_str)).collect();
        called(&whole, true, arguments)
    }
}

fn names(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

/// What a `use` brings in.
fn imported(path: &[&str]) -> Option<Sink> {
    match path {
        ["std" | "tokio" | "async_std", "fs"] | ["fs_err"] => Some(Sink::Files),
        ["std" | "tokio" | "async_std", "fs", "*"] | ["fs_err", "*"] => Some(Sink::Files),
        ["std" | "tokio" | "async_std", "process", "*"] => Some(Sink::Program),
        ["std", "env", "*"] => Some(Sink::Environment),
        // A type does nothing yet.
        _ => called(path, true, None),
    }
}

/// What a path leads to. `known` if its first name is a crate's and no module that somebody named so.
fn called(path: &[&str], known: bool, arguments: Option<&Group>) -> Option<Sink> {
    let (library, rest) = match path {
        ["std" | "tokio" | "async_std" | "alloc", rest @ ..] => (true, rest),
        _ => (false, path),
    };
    let is_function = |name: &str| name.starts_with(|first: char| first.is_ascii_lowercase());
    match rest {
        ["fs", function] if library && is_function(function) => Some(Sink::Files),
        ["os", _, "fs", function] if library && is_function(function) => Some(Sink::Files),
        ["fs_err", function] if is_function(function) => Some(Sink::Files),
        [.., "AssertSqlSafe"] => Some(Sink::AssertedSql),
        ["String" | "Vec" | "Box", "leak"] => Some(Sink::Leak),
        ["string" | "vec" | "boxed", _, "leak"] if library => Some(Sink::Leak),
        // From here on a path that begins with a plain name is guessed at.
        _ if known && !library => None,
        ["fs", function] if FILES.contains(function) => Some(Sink::Files),
        ["fs", "File", "open" | "create" | "create_new" | "options"]
        | ["File", "open" | "create" | "create_new" | "options"]
        | ["fs", "OpenOptions" | "DirBuilder", "new"]
        | ["OpenOptions", "new"] => Some(Sink::Files),
        ["process", "Command", "new" | "from"] => Some(program(arguments)),
        // More than one argument: a command of somebody's own.
        ["Command", "new"] if !library && arguments.is_some_and(is_one) => Some(program(arguments)),
        ["process", "exit" | "abort"] => Some(Sink::Exit),
        ["env", function] if ENVIRONMENT.contains(function) => Some(Sink::Environment),
        ["io", "stdout"] => Some(Sink::StandardOutput),
        _ => None,
    }
}

fn program(arguments: Option<&Group>) -> Sink {
    let first = arguments.and_then(|arguments| arguments.stream().into_iter().next());
    let Some(TokenTree::Literal(literal)) = first else { return Sink::Program };
    let text = text(&literal).unwrap_or_default();
    let file = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = file.strip_suffix(".exe").unwrap_or(file);
    if SHELLS.contains(&name) { Sink::Shell } else { Sink::Program }
}

fn is_one(arguments: &Group) -> bool {
    let mut tokens = arguments.stream().into_iter().peekable();
    let mut any = false;
    while let Some(token) = tokens.next() {
        any = true;
        let comma = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',');
        if comma && tokens.peek().is_some() {
            return false;
        }
    }
    any
}

impl Sink {
    /// Reports a path as it is written.
    pub(super) fn report(self, path: &Path, span: Span, errors: &mut Errors) {
        self.report_as(&path.names.join("::"), span, errors);
    }

    fn report_as(self, path: &str, span: Span, errors: &mut Errors) {
        let (rule, why, help) = match self {
            Sink::Files => (
                Rule::FileSystem,
                "reaches all files of the server, wherever `..` and links lead: take a `SafePath`, and \
                open it beneath a `Root` in `self`",
                "self.documents.read_text(&path).await?",
            ),
            Sink::Program => (
                Rule::Process,
                "starts a program, and what a caller sends can pick its options: use a crate that \
                does the work in this process",
                "self.archive.unpack(id).await?",
            ),
            Sink::Shell => (
                Rule::Process,
                "starts a shell, which runs what it finds in its text, a caller's `;` and `$(…)` \
                too: use a crate that does the work in this process",
                "Command::new(\"grep\").args([\"--\", &*pattern]), no shell, and `allow(process, …)`",
            ),
            Sink::Exit => (
                Rule::Process,
                "ends the server, for all callers: return an error",
                "return Err(NotesError::Corrupt)",
            ),
            Sink::Environment => (
                Rule::Environment,
                "reaches what the whole process was started with, its secrets too: read it when \
                the server starts, and keep what the tool needs in `self`",
                "Notes { key: std::env::var(\"NOTES_KEY\")? }",
            ),
            Sink::StandardOutput => (
                Rule::StandardOutput,
                "is standard output, which over stdio is the protocol: use `tracing`",
                "tracing::info!(\"…\")",
            ),
            Sink::AssertedSql => (
                Rule::SqlText,
                "vouches for a text that nobody has checked: write the statement as one literal, \
                and bind its values",
                "query(\"… WHERE title = ?\").bind(title)",
            ),
            Sink::Leak => return leaks(span, errors),
        };
        errors.breach(rule, span, format_args!("`{path}` {why}"), help);
    }
}

/// Reports memory that is never freed.
pub(super) fn leaks(span: Span, errors: &mut Errors) {
    let message = "`leak` never frees: each call takes memory for good, and its `&'static str` \
        passes for a literal where SQL has to be one: borrow or clone";
    errors.breach(Rule::LeakedMemory, span, message, "let title: &str = &title;");
}

/// After the `;` of a `use`; at the next token if it is none, as in `impl Sized + use<'a>`.
pub(super) fn after_use(tokens: &[TokenTree], at: usize) -> usize {
    let begins = match tokens.get(at + 1) {
        Some(TokenTree::Ident(_)) => true,
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        _ => is_separator(tokens, at + 1),
    };
    let end = (at + 1..tokens.len()).find(|at| is_punct(tokens, *at, ';'));
    match end {
        Some(end) if begins => end + 1,
        _ => at + 1,
    }
}
