//! The keys of `#[secure_tool(…)]`, as written: every one with its span, nothing decided.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::{Lit, LitInt, LitStr, Path};

use crate::diagnostics::Errors;
use crate::entries::{Entry, duplicate, entries, unknown};
use crate::exceptions::Allowed;
use crate::model::{Effect, Per};

/// All keys, in the order in which they are best read.
pub(crate) const KEYS: &[&str] = &[
    "scope",
    "role",
    "policy",
    "public",
    "effect",
    "confirm",
    "expensive",
    "idempotent",
    "open_world",
    "rate",
    "burst",
    "per",
    "timeout",
    "concurrency",
    "max_output",
    "name",
    "title",
    "allow",
    "crate",
];

/// The keys of attributes that only ask where the runtime is.
pub(crate) const ONLY_RUNTIME: &[&str] = &["crate"];

/// A key's value.
#[derive(Default)]
pub(crate) enum Arg<T> {
    /// Not written.
    #[default]
    Absent,
    /// Written, but wrong; the error is reported, and nothing more should be said.
    Broken,
    /// Written at that key.
    Given(Span, T),
}

/// The arguments of one tool.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) scope: Arg<Vec<LitStr>>,
    pub(crate) role: Arg<Vec<LitStr>>,
    pub(crate) policy: Arg<Path>,
    pub(crate) public: Arg<LitStr>,
    pub(crate) effect: Arg<Effect>,
    pub(crate) confirm: Arg<LitStr>,
    pub(crate) expensive: Arg<()>,
    pub(crate) idempotent: Arg<()>,
    pub(crate) open_world: Arg<()>,
    pub(crate) rate: Arg<LitStr>,
    pub(crate) burst: Arg<LitInt>,
    pub(crate) per: Arg<Per>,
    pub(crate) timeout: Arg<LitStr>,
    pub(crate) concurrency: Arg<LitInt>,
    pub(crate) max_output: Arg<Lit>,
    pub(crate) name: Arg<LitStr>,
    pub(crate) title: Arg<LitStr>,
    pub(crate) runtime: Arg<Path>,
    pub(crate) allow: Allowed,
}

/// Reads all keys; what is wrong is reported and left out.
pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Args {
    let mut args = Args::default();
    for entry in entries(tokens, errors) {
        args.take(&entry, errors);
    }
    args
}

impl Args {
    fn take(&mut self, entry: &Entry, errors: &mut Errors) {
        const TEXT: &str = "\"…\"";
        let name = entry.name();
        match name.as_str() {
            "scope" => self.scope.set(entry, errors, |e| texts(entry, "\"notes:read\"", e)),
            "role" => self.role.set(entry, errors, |e| texts(entry, "\"admin\"", e)),
            "policy" => self.policy.set(entry, errors, |e| path(entry, "path::of::a_function", e)),
            "public" => self
                .public
                .set(entry, errors, |e| entry.value("\"why everybody may call this\"", e)),
            "effect" => self.effect.set(entry, errors, |e| entry.word(Effect::WORDS, e)),
            "confirm" => {
                self.confirm.set(entry, errors, |e| entry.value("\"Delete “{title}”?\"", e));
            }
            "expensive" => self.expensive.set(entry, errors, |e| entry.flag(e)),
            "idempotent" => self.idempotent.set(entry, errors, |e| entry.flag(e)),
            "open_world" => self.open_world.set(entry, errors, |e| entry.flag(e)),
            "rate" => self.rate.set(entry, errors, |e| entry.value("\"30/min\"", e)),
            "burst" => self.burst.set(entry, errors, |e| entry.value("10", e)),
            "per" => self.per.set(entry, errors, |e| entry.word(Per::WORDS, e)),
            "timeout" => self.timeout.set(entry, errors, |e| entry.value("\"10s\"", e)),
            "concurrency" => self.concurrency.set(entry, errors, |e| entry.value("8", e)),
            "max_output" => self.max_output.set(entry, errors, |e| entry.value("\"64KiB\"", e)),
            "name" => self.name.set(entry, errors, |e| entry.value(TEXT, e)),
            "title" => self.title.set(entry, errors, |e| entry.value(TEXT, e)),
            "crate" => self.runtime.set_path(entry, errors),
            "allow" => self.allow.take(entry, errors),
            _ => {
                if let Some(meant) = unknown(&entry.key, KEYS, errors) {
                    self.mark(meant);
                }
            }
        }
    }

    /// A misspelt key was meant, so nobody should say that it is missing.
    fn mark(&mut self, meant: &str) {
        match meant {
            "scope" => self.scope.mark(),
            "role" => self.role.mark(),
            "policy" => self.policy.mark(),
            "public" => self.public.mark(),
            "effect" => self.effect.mark(),
            "rate" => self.rate.mark(),
            // The others are never missing.
            _ => {}
        }
    }

    /// Where the runtime is, as far as it is told.
    pub(crate) fn runtime(&self) -> Option<&Path> {
        self.runtime.given()
    }
}

impl<T> Arg<T> {
    /// Takes the value, or refuses a second one.
    pub(crate) fn set(
        &mut self,
        entry: &Entry,
        errors: &mut Errors,
        read: impl FnOnce(&mut Errors) -> Option<T>,
    ) {
        if !self.is_absent() {
            return duplicate(&entry.key, errors);
        }
        *self = match read(errors) {
            Some(value) => Arg::Given(entry.key.span(), value),
            None => Arg::Broken,
        };
    }

    fn mark(&mut self) {
        if self.is_absent() {
            *self = Arg::Broken;
        }
    }

    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Arg::Absent)
    }

    pub(crate) fn is_given(&self) -> bool {
        matches!(self, Arg::Given(..))
    }

    pub(crate) fn given(&self) -> Option<&T> {
        match self {
            Arg::Given(_, value) => Some(value),
            _ => None,
        }
    }

    /// Where the key stands, if its value is fine.
    pub(crate) fn span(&self) -> Option<Span> {
        match self {
            Arg::Given(span, _) => Some(*span),
            _ => None,
        }
    }
}

impl Arg<Path> {
    /// Takes the path of the runtime.
    pub(crate) fn set_path(&mut self, entry: &Entry, errors: &mut Errors) {
        self.set(entry, errors, |errors| path(entry, "::secure_tool_runtime", errors));
    }
}

/// The path that `crate = …` names in the attributes that know no other key.
pub(crate) fn only_runtime(tokens: TokenStream, errors: &mut Errors) -> Option<Path> {
    let mut runtime = Arg::Absent;
    for entry in entries(tokens, errors) {
        match entry.name().as_str() {
            "crate" => runtime.set_path(&entry, errors),
            _ => {
                unknown(&entry.key, ONLY_RUNTIME, errors);
            }
        }
    }
    runtime.given().cloned()
}

pub(crate) fn path(entry: &Entry, example: &str, errors: &mut Errors) -> Option<Path> {
    let tokens = entry.assigned(example, errors)?;
    let parsed = Path::parse_mod_style.parse2(tokens.clone());
    if parsed.is_err() {
        entry.misfit(tokens, example, errors);
    }
    parsed.ok()
}

/// `"a"` or `["a", "b"]`.
fn texts(entry: &Entry, example: &str, errors: &mut Errors) -> Option<Vec<LitStr>> {
    let tokens = entry.assigned(example, errors)?;
    let mut ahead = tokens.clone().into_iter();
    let list = match (ahead.next(), ahead.next()) {
        (Some(TokenTree::Group(group)), None) => bracketed(&group),
        _ => None,
    };
    let parsed = match list {
        Some(list) => syn::punctuated::Punctuated::<LitStr, syn::Token![,]>::parse_terminated
            .parse2(list)
            .map(|texts| texts.into_iter().collect()),
        None => syn::parse2::<LitStr>(tokens.clone()).map(|text| vec![text]),
    };
    match parsed {
        Ok(texts) if texts.is_empty() => {
            let key = &entry.key;
            let message = format_args!("this list is empty: it would let every caller in");
            errors.over_help(tokens, message, format_args!("{key} = {example}"));
            None
        }
        Ok(texts) => Some(texts),
        Err(_) => {
            entry.misfit(tokens, example, errors);
            None
        }
    }
}

fn bracketed(group: &proc_macro2::Group) -> Option<TokenStream> {
    (group.delimiter() == proc_macro2::Delimiter::Bracket).then(|| group.stream())
}
