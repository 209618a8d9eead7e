//! How often, how long, how much. What is not written follows from the class of the tool.

use proc_macro2::Span;
use syn::{Lit, LitInt, LitStr};

use crate::args::Args;
use crate::diagnostics::Errors;
use crate::model::{Effect, Limits, Rate};
use crate::quantity;
use crate::rules::Rule;

/// The rate of the strict class, a minute (checklist, “Rate Limiting”).
const STRICT_RATE: u64 = 10;

const MOST_CALLS: u64 = 1_000_000;
const LARGEST_BURST: u64 = 10_000;
const LONGEST_MS: u64 = 3_600_000;
const MOST_AT_ONCE: u64 = 10_000;
const LARGEST_OUTPUT: u64 = 64 << 20;

pub(super) fn check(args: &Args, effect: Option<Effect>, errors: &mut Errors) -> Limits {
    let strict = args.expensive.is_given() || effect == Some(Effect::Destructive);
    let rate = rate(args, errors);
    if strict {
        generous_rate(args, effect, rate, errors);
    }
    Limits {
        strict,
        rate,
        per: args.per.copied(),
        timeout_ms: args.timeout.given().and_then(|text| timeout(text, errors)),
        concurrency: args.concurrency.given().and_then(|number| concurrency(number, errors)),
        max_output: args.max_output.given().and_then(|size| max_output(size, errors)),
    }
}

fn rate(args: &Args, errors: &mut Errors) -> Option<Rate> {
    let Some(text) = args.rate.given() else {
        if let (Some(span), true) = (args.burst.span(), args.rate.is_absent()) {
            let message = "`burst` belongs to a `rate`: write both";
            errors.help(span, message, "rate = \"30/min\", burst = 10");
        }
        return None;
    };
    let Some((count, seconds)) = quantity::rate(&text.value()) else {
        let message = "a rate is calls in a period: `s`, `min`, `hour` or `day`";
        errors.help(text.span(), message, "rate = \"30/min\"");
        return None;
    };
    let says = ("a rate", " calls", "rate = \"100/min\"");
    let count = within(count, 1, MOST_CALLS, says, text.span(), errors)?;
    let burst = match args.burst.given() {
        Some(burst) => self::burst(burst, count, errors)?,
        None => count.min(LARGEST_BURST),
    };
    Some(Rate { count: narrow(count)?, seconds, burst: narrow(burst)? })
}

/// An expensive or destructive tool with the rate of a cheap one, or all of a long period at once.
fn generous_rate(args: &Args, effect: Option<Effect>, rate: Option<Rate>, errors: &mut Errors) {
    let (Some(rate), Some(written)) = (rate, args.rate.given()) else { return };
    let often = u64::from(rate.count) * 60 > STRICT_RATE * u64::from(rate.seconds);
    let at_once = u64::from(rate.burst) > STRICT_RATE;
    let text = written.value();
    let (span, bound, help) = match (often, at_once, args.burst.given()) {
        (true, true, Some(_)) => {
            (written.span(), "a minute", "rate = \"10/min\", burst = 10".to_owned())
        }
        (true, ..) => (written.span(), "a minute", "rate = \"10/min\"".to_owned()),
        (_, true, Some(burst)) => (burst.span(), "at once", "burst = 10".to_owned()),
        (_, true, None) => {
            (written.span(), "at once", format!("rate = \"{text}\", burst = {STRICT_RATE}"))
        }
        _ => return,
    };
    let kind = match effect {
        Some(Effect::Destructive) => "destructive",
        _ => "expensive",
    };
    let message =
        format_args!("a generous rate for a tool that is {kind}: at most {STRICT_RATE} {bound}");
    errors.breach(Rule::GenerousRate, span, message, help);
}

fn burst(burst: &LitInt, count: u64, errors: &mut Errors) -> Option<u64> {
    let most = count.saturating_mul(10).min(LARGEST_BURST);
    let says = ("the burst of this rate", " calls", "burst = 10");
    within(number(burst), 1, most, says, burst.span(), errors)
}

fn timeout(text: &LitStr, errors: &mut Errors) -> Option<u64> {
    let Some(milliseconds) = quantity::milliseconds(&text.value()) else {
        let message = "a timeout is a number with `ms`, `s`, `min` or `h`";
        errors.help(text.span(), message, "timeout = \"10s\"");
        return None;
    };
    let says = ("a timeout", " ms (an hour)", "timeout = \"30s\"");
    within(milliseconds, 1, LONGEST_MS, says, text.span(), errors)
}

fn concurrency(literal: &LitInt, errors: &mut Errors) -> Option<u32> {
    let number = number(literal);
    let says = ("`concurrency`", " calls", "concurrency = 64");
    let number = within(number, 1, MOST_AT_ONCE, says, literal.span(), errors)?;
    narrow(number)
}

fn max_output(size: &Lit, errors: &mut Errors) -> Option<usize> {
    let bytes = match size {
        Lit::Int(literal) => Some(number(literal)),
        Lit::Str(text) => quantity::bytes(&text.value()),
        _ => None,
    };
    let Some(bytes) = bytes else {
        let message = "a size is a number of bytes, or a number with `KiB` or `MiB`";
        errors.help(size.span(), message, "max_output = \"64KiB\"");
        return None;
    };
    let says = ("`max_output`", " bytes (64 MiB)", "max_output = \"1MiB\"");
    let bytes = within(bytes, 1, LARGEST_OUTPUT, says, size.span(), errors)?;
    usize::try_from(bytes).ok()
}

fn number(literal: &LitInt) -> u64 {
    // What does not fit is beyond every ceiling.
    literal.base10_parse().unwrap_or(u64::MAX)
}

fn narrow(number: u64) -> Option<u32> {
    u32::try_from(number).ok()
}

fn within(
    number: u64,
    least: u64,
    most: u64,
    (what, unit, help): (&str, &str, &str),
    span: Span,
    errors: &mut Errors,
) -> Option<u64> {
    if (least..=most).contains(&number) {
        return Some(number);
    }
    errors.help(span, format_args!("{what} is from {least} to {most}{unit}"), help);
    None
}
