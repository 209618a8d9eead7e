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

/// What is said of a sink: `fs::read` and why not, and what to write instead.
struct Said {
    rule: Rule,
    why: &'static str,
    help: &'static str,
}

/// In the order of [`Sink`].
const SAID: [Said; Sink::Leak as usize + 1] = [
    Said {
        rule: Rule::FileSystem,
        why: "reaches all files of the server, wherever `..` and links lead: take a `SafePath`, and \
            open it beneath a `Root` in `self`",
        help: "self.documents.read_text(&path).await?",
    },
    Said {
        rule: Rule::Process,
        why: "starts a program, and what a caller sends can pick its options: use a crate that does \
            the work in this process, or open a `Program` at start, and run it from `self`",
        help: "self.git.command().value(&revision).run().await?",
    },
    Said {
        rule: Rule::Process,
        why: "starts a shell, which runs what it finds in its text, a caller's `;` and `$(…)` too: \
            use a crate that does the work in this process, or open what the shell would start as a \
            `Program`, and run it from `self`",
        help: "self.git.command().value(&revision).run().await?",
    },
    Said {
        rule: Rule::Process,
        why: "ends the server, for all callers: return an error",
        help: "return Err(error.into());",
    },
    Said {
        rule: Rule::Environment,
        why: "reaches what the whole process was started with, its secrets too: read it when the \
            server starts, and keep what the tool needs in `self`",
        help: "&self.key",
    },
    Said {
        rule: Rule::StandardOutput,
        why: "is standard output, which over stdio is the protocol: use `tracing`",
        help: "tracing::info!(\"…\")",
    },
    Said {
        rule: Rule::SqlText,
        why: "vouches for a text that nobody has checked: write the statement as one literal, and \
            bind its values",
        help: "query(\"… WHERE title = ?\").bind(title)",
    },
    Said {
        rule: Rule::LeakedMemory,
        why: "never frees: each call takes memory for good, and its `&'static str` passes for a \
            literal where SQL has to be one: borrow or clone",
        help: "let title: &str = &title;",
    },
];

/// The names that `use` and items in the body bring in.
#[derive(Default)]
pub(super) struct Scope(Vec<Import>);

struct Import {
    name: String,
    path: Vec<String>,
    /// False for what a `type` stands for: its first name may come from outside of the body.
    known: bool,
}

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
                ("type", Some(TokenTree::Ident(name))) => self.alias(unraw(name), tokens, at + 2),
                ("struct" | "enum" | "union" | "mod" | "fn", Some(TokenTree::Ident(name))) => {
                    self.own(unraw(name));
                }
                ("macro_rules", _) => {
                    if let Some(TokenTree::Ident(name)) = tokens.get(at + 2) {
                        self.own(unraw(name));
                    }
                }
                _ => {}
            }
        }
        outside
    }

    /// True if a name was imported or defined in the body.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.0.iter().any(|import| import.name == name)
    }

    /// Forgets what a block imported.
    pub(super) fn leave(&mut self, outside: usize) {
        self.0.truncate(outside);
    }

    /// What the body defines.
    fn own(&mut self, name: String) {
        let path = vec!["self".to_owned(), name.clone()];
        self.0.push(Import { name, path, known: true });
    }

    /// `type name = path;`, from what follows the name.
    fn alias(&mut self, name: String, tokens: &[TokenTree], after: usize) {
        let end = (after..tokens.len()).find(|at| is_punct(tokens, *at, ';'));
        let equals = (after..end.unwrap_or(tokens.len())).find(|at| is_punct(tokens, *at, '='));
        let path = equals.map(|equals| Path::read(tokens, equals + 1));
        match path {
            Some(path) if !path.names.is_empty() => {
                self.0.push(Import { name, path: path.names, known: path.global });
            }
            _ => self.own(name),
        }
    }

    /// Part of a `use`: `a::b`, `a as b`, `a::{b, c}`, `a::*`.
    fn tree(&mut self, tokens: &[TokenTree], prefix: &[String], errors: &mut Errors) {
        for branch in
            tokens.split(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ','))
        {
            self.branch(branch, prefix.to_vec(), errors);
        }
    }

    fn branch(&mut self, tokens: &[TokenTree], mut path: Vec<String>, errors: &mut Errors) {
        let (mut name, mut last) = (None, None);
        let mut rest = tokens.iter();
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
                    return self.tree(&inner, &path, errors);
                }
                _ => {}
            }
        }
        let (Some(span), Some(end)) = (last, path.last()) else { return };
        let name = name.unwrap_or_else(|| end.clone());
        if let Some(sink) = imported(&names(&path)) {
            sink.report_as(&path.join("::"), span, errors);
        }
        self.0.push(Import { name, path, known: true });
    }

    /// What a path in an expression leads to. An import that was reported says it all.
    pub(super) fn sink(&self, path: &Path, arguments: Option<&Group>) -> Option<Sink> {
        let (mut whole, mut known) = (names(&path.names), path.global);
        // Names that stand for names, but not for themselves.
        for _ in 0..8 {
            let (first, rest) = whole.split_first()?;
            let import = self.0.iter().rev().find(|import| import.name == *first && !known);
            let Some(import) = import else { break };
            let import_path = names(&import.path);
            if imported(&import_path).is_some() {
                return None;
            }
            let itself = import_path.first() == Some(first);
            known = import.known && import_path.first().is_none_or(|first| !self.knows(first));
            whole = import_path.into_iter().chain(rest.iter().copied()).collect();
            if itself {
                break;
            }
        }
        called(&whole, known, arguments)
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
        ["fs_err", "File", "open" | "create" | "create_new" | "options"]
        | ["fs_err", "OpenOptions", "new"] => Some(Sink::Files),
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
        let Said { rule, why, help } = SAID[self as usize];
        errors.breach(rule, span, format_args!("`{path}` {why}"), help);
    }
}

/// Reports memory that is never freed.
pub(super) fn leaks(span: Span, errors: &mut Errors) {
    Sink::Leak.report_as("leak", span, errors);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The file for clippy that users copy.
    fn shipped() -> String {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../secure-tool-runtime/lints/clippy.toml");
        std::fs::read_to_string(path).expect("the shipped file")
    }

    #[test]
    fn clippy_knows_each_function_that_bodies_are_refused_for() {
        let shipped = shipped();
        let lists = |path: &str| shipped.contains(&format!("path = \"{path}\""));
        // Of other modules, deprecated, or of this library alone.
        let missing = ["std::fs::symlink", "std::fs::try_exists", "std::fs::soft_link"];
        let missing_elsewhere = ["tokio::fs::exists", "tokio::fs::soft_link"];
        for library in ["std::fs", "tokio::fs", "async_std::fs", "fs_err"] {
            for function in FILES {
                let path = format!("{library}::{function}");
                let missing = [&missing[..], &missing_elsewhere].concat().contains(&path.as_str());
                assert_eq!(lists(&path), !missing, "{path}");
            }
            for function in ["File::open", "File::create", "OpenOptions::new"] {
                let path = format!("{library}::{function}");
                assert!(lists(&path), "{path}");
            }
        }
        for function in ENVIRONMENT {
            assert!(lists(&format!("std::env::{function}")), "{function}");
        }
    }

    #[test]
    fn what_is_said_of_a_sink_is_about_it() {
        let rules = [
            (Sink::Files, Rule::FileSystem),
            (Sink::Program, Rule::Process),
            (Sink::Shell, Rule::Process),
            (Sink::Exit, Rule::Process),
            (Sink::Environment, Rule::Environment),
            (Sink::StandardOutput, Rule::StandardOutput),
            (Sink::AssertedSql, Rule::SqlText),
            (Sink::Leak, Rule::LeakedMemory),
        ];
        assert_eq!(rules.len(), SAID.len());
        for (sink, rule) in rules {
            assert_eq!(SAID[sink as usize].rule, rule, "{sink:?}");
        }
    }
}
