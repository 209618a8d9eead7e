//! Who may call: there is no default, because omission never opens.

use proc_macro2::Span;
use syn::{LitStr, Path, Type};

use crate::args::{Arg, Args};
use crate::diagnostics::Errors;
use crate::lints::text::{self, Place};
use crate::model::{Authorization, Effect};

/// As the runtime's `Caller` takes them.
const LONGEST: usize = 256;

pub(super) fn check(
    args: &Args,
    owner: Option<&Type>,
    attribute: Span,
    errors: &mut Errors,
) -> Option<Authorization> {
    let before = errors.count();
    present(args, attribute, errors);
    conflict(args, errors);
    for name in args.scope.given().into_iter().chain(args.role.given()).flatten() {
        valid(name, errors);
    }
    repeated(args.scope.given(), errors);
    repeated(args.role.given(), errors);
    if let Some(policy) = args.policy.given() {
        receiver_of(policy, owner, errors);
    }
    if let Some(reason) = args.public.given() {
        public(reason, args, errors);
    }
    (errors.count() == before).then(|| decided(args))
}

fn decided(args: &Args) -> Authorization {
    match args.public.given() {
        Some(reason) => Authorization::Public(reason.clone()),
        None => Authorization::Clauses {
            scopes: args.scope.given().cloned().unwrap_or_default(),
            roles: args.role.given().cloned().unwrap_or_default(),
            policy: args.policy.given().cloned(),
        },
    }
}

impl Authorization {
    /// Where it is written, if it says what a caller may do and not to whom.
    pub(super) fn only_the_caller(&self, args: &Args) -> Option<Span> {
        match self {
            Authorization::Public(_) => args.public.span(),
            Authorization::Clauses { roles, policy: None, .. } if roles.is_empty() => {
                args.scope.span()
            }
            Authorization::Clauses { .. } => None,
        }
    }
}

fn present(args: &Args, attribute: Span, errors: &mut Errors) {
    let Args { scope, role, policy, public, .. } = args;
    if scope.is_absent() && role.is_absent() && policy.is_absent() && public.is_absent() {
        let message =
            "a tool says who may call it: `scope`, `role`, `policy`, or `public` with the reason";
        errors.help(attribute, message, "scope = \"notes:read\"");
    }
}

fn conflict(args: &Args, errors: &mut Errors) {
    let Some(public) = args.public.span() else { return };
    let others =
        [("scope", args.scope.span()), ("role", args.role.span()), ("policy", args.policy.span())];
    for (name, span) in others {
        if span.is_some() {
            let message = format_args!(
                "`public` and `{name}` contradict each other, for a public tool is for everybody: \
                remove one of them"
            );
            errors.at(public, message);
        }
    }
}

fn valid(name: &LitStr, errors: &mut Errors) {
    let text = name.value();
    let fine = (1..=LONGEST).contains(&text.len())
        && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    if !fine {
        let message =
            "a scope or role has 1 to 256 bytes without white space or control characters";
        return errors.help(name.span(), message, "scope = \"notes:read\"");
    }
    text::literal(name, Place::Name, errors);
}

fn repeated(names: Option<&Vec<LitStr>>, errors: &mut Errors) {
    let names = names.map_or(&[][..], Vec::as_slice);
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|earlier| earlier.value() == name.value()) {
            errors.at(name.span(), format_args!("`{}` is listed twice: remove one", name.value()));
        }
    }
}

fn receiver_of(policy: &Path, owner: Option<&Type>, errors: &mut Errors) {
    if is_method(policy) && owner.is_none() {
        let message = "there is no `Self` here: name a function";
        errors.help(super::first_span(policy), message, "policy = may_call");
    }
}

/// True for `Self::may_edit`, which is called with the state.
pub(crate) fn is_method(policy: &Path) -> bool {
    policy.leading_colon.is_none()
        && policy.segments.first().is_some_and(|segment| segment.ident == "Self")
}

fn public(reason: &LitStr, args: &Args, errors: &mut Errors) {
    text::literal(reason, Place::Reason, errors);
    if reason.value().trim().is_empty() {
        let message = "the reason is empty: say why everybody may call this tool";
        errors.help(reason.span(), message, "public = \"the opening hours are on the door\"");
    }
    if let (Arg::Given(_, Effect::Destructive), Some(span)) = (&args.effect, args.public.span()) {
        let message = "a destructive tool cannot be public: say who may destroy";
        errors.help(span, message, "scope = \"notes:write\"");
    }
}
