//! What a valid tool is: every decision made, ready to be written down.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Attribute, LitStr, Path, Type, Visibility};

use crate::args::Arg;
use crate::lints::names::NameCheck;
use crate::validate::Bounds;

/// A tool that passed every check.
pub(crate) struct Tool {
    pub(crate) function: Ident,
    /// The type whose method it is; none for a free function.
    pub(crate) owner: Option<Type>,
    /// Conditions under which it exists.
    pub(crate) conditions: Vec<Attribute>,
    /// Where the runtime is, if this tool says so.
    pub(crate) runtime: Option<Path>,
    pub(crate) name: String,
    pub(crate) title: Option<LitStr>,
    pub(crate) description: String,
    pub(crate) authorization: Authorization,
    pub(crate) effect: Effect,
    /// What the person behind the client is asked first.
    pub(crate) confirm: Option<Confirm>,
    pub(crate) expensive: bool,
    pub(crate) idempotent: bool,
    pub(crate) open_world: bool,
    pub(crate) limits: Limits,
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) parameters: Vec<Parameter>,
    /// `()` where nothing is written.
    pub(crate) reply: TokenStream,
}

/// Who may call it.
pub(crate) enum Authorization {
    Public(LitStr),
    Clauses { scopes: Vec<LitStr>, roles: Vec<LitStr>, policy: Option<Path> },
}

/// What it does to the world.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Write,
    Destructive,
}

impl Effect {
    pub(crate) const WORDS: &[(&str, Effect)] =
        &[("read", Effect::Read), ("write", Effect::Write), ("destructive", Effect::Destructive)];
}

/// Whose calls are counted together.
#[derive(Clone, Copy)]
pub(crate) enum Per {
    Caller,
    Client,
    Tool,
}

impl Per {
    pub(crate) const WORDS: &[(&str, Per)] =
        &[("caller", Per::Caller), ("client", Per::Client), ("tool", Per::Tool)];
}

/// The limits that differ from those of the class.
#[derive(Default)]
pub(crate) struct Limits {
    pub(crate) strict: bool,
    pub(crate) rate: Option<Rate>,
    pub(crate) per: Option<Per>,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) concurrency: Option<u32>,
    pub(crate) max_output: Option<usize>,
}

/// Calls in a period, and how many at once.
#[derive(Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) count: u32,
    pub(crate) seconds: u32,
    pub(crate) burst: u32,
}

/// A question, with values from the input.
pub(crate) struct Confirm {
    /// As it is written.
    pub(crate) text: String,
    /// With `{}` for each value.
    pub(crate) format: String,
    /// Parameters, or fields of them.
    pub(crate) values: Vec<Vec<syn::Member>>,
}

/// A rule that is lifted.
pub(crate) struct Exception {
    pub(crate) rule: &'static str,
    pub(crate) reason: LitStr,
}

/// A parameter in its place.
pub(crate) enum Parameter {
    /// From the client: the field of that name.
    Input(Ident),
    /// From the server: the type behind the reference.
    Injected(Box<Type>),
}

impl Parameter {
    /// The name of what comes from the client.
    pub(crate) fn input(&self) -> Option<&Ident> {
        match self {
            Parameter::Input(ident) => Some(ident),
            Parameter::Injected(_) => None,
        }
    }

    /// The type of what comes from the server.
    pub(crate) fn injected(&self) -> Option<&Type> {
        match self {
            Parameter::Input(_) => None,
            Parameter::Injected(ty) => Some(ty),
        }
    }
}

/// The input of one tool: a struct that we generate.
pub(crate) struct InputStruct {
    pub(crate) name: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) tool: String,
    pub(crate) fields: Vec<Field>,
    /// Where its authorization says nothing about others than the caller.
    pub(crate) only_the_caller: Option<Span>,
    /// False if a field is broken: then there is a struct to name, and checks of the others.
    pub(crate) whole: bool,
}

/// A value from the client.
pub(crate) struct Field {
    pub(crate) member: syn::Member,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) ty: TokenStream,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) bounds: Bounds,
    /// What its name demands of its type.
    pub(crate) name_check: Option<NameCheck>,
    /// True where a resource is loaded: in a parameter that no check of the user's looks at before.
    pub(crate) loads: bool,
    /// False if an error is reported for it, so that its type would only be judged by half.
    pub(crate) sound: bool,
}

impl<T: Copy> Arg<T> {
    /// The value, if there is one and it is fine.
    pub(crate) fn copied(&self) -> Option<T> {
        self.given().copied()
    }
}
