//! Rules that may be lifted for one tool, and `allow`, which lifts them.

use crate::args::{Allow, Arg, Args};
use crate::diagnostics::{Errors, either, nearest};
use crate::model::{Effect, Exception, Limits};

/// What a rule holds against a tool, and where; nothing if the tool keeps it.
type Finding = Option<(proc_macro2::Span, String)>;

/// A rule: its name, and what it finds.
struct Rule {
    name: &'static str,
    find: fn(&Args, Option<Effect>, &Limits) -> Finding,
    help: &'static str,
}

const RULES: &[Rule] =
    &[Rule { name: "generous_rate", find: generous_rate, help: "rate = \"10/min\"" }];

/// The rate of the strict class, a minute (checklist, “Rate Limiting”).
const STRICT_RATE: u64 = 10;

pub(super) fn check(
    args: &Args,
    effect: Option<Effect>,
    limits: &Limits,
    errors: &mut Errors,
) -> Vec<Exception> {
    known(args, errors);
    let mut exceptions = Vec::new();
    for rule in RULES {
        let finding = (rule.find)(args, effect, limits);
        let allow = args.allow.iter().find(|allow| allow.rule == rule.name);
        match (finding, allow) {
            (None, None) => {}
            (Some((span, message)), None) => errors.help(span, message, rule.help),
            (Some(_), Some(allow)) => exceptions.extend(lifted(allow, errors)),
            (None, Some(allow)) => useless(allow, args, errors),
        }
    }
    exceptions
}

fn known(args: &Args, errors: &mut Errors) {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    for (index, Allow { rule, .. }) in args.allow.iter().enumerate() {
        let name = rule.to_string();
        if args.allow.iter().take(index).any(|earlier| earlier.rule == *rule) {
            errors.at(rule.span(), format_args!("`{name}` is allowed twice: remove one"));
        }
        if names.contains(&name.as_str()) {
            continue;
        }
        match nearest(&name, &names) {
            Some(meant) => {
                let message = format_args!("unknown rule `{name}`; did you mean `{meant}`?");
                errors.at(rule.span(), message);
            }
            None => {
                let message = format_args!("unknown rule `{name}`: expected {}", either(&names));
                errors.at(rule.span(), message);
            }
        }
    }
}

fn lifted(allow: &Allow, errors: &mut Errors) -> Option<Exception> {
    let rule = allow.rule.to_string();
    let help = format_args!("allow({rule}, reason = \"why this tool may\")");
    match &allow.reason {
        Arg::Given(_, reason) if !reason.value().trim().is_empty() => {
            Some(Exception { rule, reason: reason.clone() })
        }
        Arg::Given(_, reason) => {
            errors.help(reason.span(), "the reason is empty: it goes into the manifest", help);
            None
        }
        Arg::Absent => {
            errors.help(
                allow.rule.span(),
                "an exception needs a `reason`: it goes into the manifest",
                help,
            );
            None
        }
        Arg::Broken => None,
    }
}

fn useless(allow: &Allow, args: &Args, errors: &mut Errors) {
    // Where the rate or effect is broken, nobody knows.
    if matches!(args.rate, Arg::Broken) || args.effect.given().is_none() {
        return;
    }
    let rule = &allow.rule;
    errors.at(rule.span(), format_args!("this tool keeps the rule `{rule}`: remove the `allow`"));
}

/// An expensive or destructive tool with the rate of a cheap one, or all of a long period at once.
fn generous_rate(args: &Args, effect: Option<Effect>, limits: &Limits) -> Finding {
    let rate = limits.rate.filter(|_| limits.strict)?;
    let often = u64::from(rate.count) * 60 > STRICT_RATE * u64::from(rate.seconds);
    let at_once = u64::from(rate.burst) > STRICT_RATE;
    let bound = match (often, at_once) {
        (true, _) => "a minute",
        (_, true) => "at once: add `burst = 10`",
        _ => return None,
    };
    let kind = match effect {
        Some(Effect::Destructive) => "destructive",
        _ => "expensive",
    };
    let span = args.rate.given().map(syn::LitStr::span)?;
    Some((
        span,
        format!(
            "a generous rate for a tool that is {kind}: at most {STRICT_RATE} {bound}, or `allow(generous_rate, reason = \"…\")`"
        ),
    ))
}
