//! The two ends of a length or range, as far as they are known here.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Lit, UnOp};

use crate::diagnostics::Errors;
use crate::self_type::resolved;

/// The greatest length of a text. Collections have a lower one, which the runtime knows.
const LENGTH_CEILING: i128 = 1 << 20;

/// The greatest integer that JSON carries without loss everywhere (RFC 8259 §6).
const EXACT_IN_JSON: i128 = 1 << 53;

/// Both ends, inclusive.
pub(crate) struct Ends {
    pub(crate) min: End,
    pub(crate) max: End,
}

/// One end.
#[derive(Clone)]
pub(crate) struct End {
    /// Where it is written as a literal, its value.
    known: Option<Known>,
    tokens: TokenStream,
    span: Span,
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Known {
    Integer(i128),
    Float(f64),
}

impl Known {
    fn as_f64(self) -> f64 {
        match self {
            // Only asked within ±2^53.
            Known::Integer(integer) => integer as f64,
            Known::Float(float) => float,
        }
    }
}

impl End {
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    pub(crate) fn zero(span: Span) -> Self {
        End { known: Some(Known::Integer(0)), tokens: quote!(0u64), span }
    }

    /// An end of a length: a whole number, or an expression of one.
    pub(crate) fn length(expression: Expr, errors: &mut Errors) -> Option<Self> {
        let span = span_of(&expression);
        is_number(&expression, errors)?;
        match known(&expression) {
            None => {
                let expression = cast(&expression, quote!(u64));
                Some(End { known: None, tokens: expression, span })
            }
            Some(Known::Integer(length)) if (0..=LENGTH_CEILING).contains(&length) => {
                let mut literal = Literal::u64_suffixed(u64::try_from(length).unwrap_or(u64::MAX));
                literal.set_span(span);
                Some(End { known: Some(Known::Integer(length)), tokens: quote!(#literal), span })
            }
            Some(Known::Integer(length)) if length > LENGTH_CEILING => {
                let message = "this is beyond the ceiling: 1 048 576 characters for text, 10 000 items for collections";
                errors.over_help(expression, message, "length(max = 10_000)");
                None
            }
            Some(_) => {
                let message = "a length is a whole number, 0 or more";
                errors.over_help(expression, message, "length(min = 1, max = 200)");
                None
            }
        }
    }

    /// An end of a range: a number, or an expression of one.
    pub(crate) fn range(expression: Expr, errors: &mut Errors) -> Option<Self> {
        let span = span_of(&expression);
        is_number(&expression, errors)?;
        let Some(known) = known(&expression) else {
            let expression = cast(&expression, quote!(f64));
            return Some(End { known: None, tokens: expression, span });
        };
        let exact = match known {
            Known::Integer(integer) => integer.unsigned_abs() <= EXACT_IN_JSON.unsigned_abs(),
            Known::Float(float) => float.abs() <= EXACT_IN_JSON as f64,
        };
        if !exact {
            let message = "JSON carries no number beyond 2^53 exactly: choose a smaller range";
            let help = "range(min = 0, max = 9_007_199_254_740_992)";
            errors.over_help(expression, message, help);
            return None;
        }
        let value = known.as_f64();
        let mut literal = Literal::f64_suffixed(value.abs());
        literal.set_span(span);
        let sign = (value < 0.0).then(|| quote_spanned!(span=> -));
        Some(End { known: Some(known), tokens: quote!(#sign #literal), span })
    }
}

impl Ends {
    /// Replaces `Self`, where it is not at hand.
    pub(crate) fn resolve(&mut self, this: &impl ToTokens) {
        for end in [&mut self.min, &mut self.max] {
            end.tokens = resolved(&end.tokens, this);
        }
    }

    /// Refuses ends that no value lies between, as far as they are known.
    pub(crate) fn ordered(self, errors: &mut Errors) -> Option<Self> {
        let contradiction = match (self.min.known, self.max.known) {
            (Some(min), Some(max)) => min.as_f64() > max.as_f64(),
            _ => false,
        };
        if contradiction {
            errors.at(self.min.span, "`min` is greater than `max`: no value is between them");
        }
        (!contradiction).then_some(self)
    }
}

impl ToTokens for End {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.tokens.clone());
    }
}

/// A constant may be of any number type.
fn cast(expression: &Expr, number: TokenStream) -> TokenStream {
    let span = span_of(expression);
    quote_spanned!(span=> (#expression) as #number)
}

fn span_of(expression: &Expr) -> Span {
    syn::spanned::Spanned::span(expression)
}

/// Text in quotes and the like; what else is no number, the compiler says.
fn is_number(expression: &Expr, errors: &mut Errors) -> Option<()> {
    match expression {
        Expr::Group(group) => is_number(&group.expr, errors),
        Expr::Lit(literal) if !matches!(literal.lit, Lit::Int(_) | Lit::Float(_)) => {
            errors.over_help(expression, "this is not a number", "max = 200");
            None
        }
        _ => Some(()),
    }
}

fn known(expression: &Expr) -> Option<Known> {
    match expression {
        Expr::Group(group) => known(&group.expr),
        Expr::Paren(paren) => known(&paren.expr),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match known(&unary.expr)? {
            Known::Integer(integer) => Some(Known::Integer(-integer)),
            Known::Float(float) => Some(Known::Float(-float)),
        },
        Expr::Lit(literal) => match &literal.lit {
            // What does not even fit here is beyond every ceiling.
            Lit::Int(integer) => Some(Known::Integer(integer.base10_parse().unwrap_or(i128::MAX))),
            Lit::Float(float) => Some(Known::Float(float.base10_parse().unwrap_or(f64::INFINITY))),
            _ => None,
        },
        _ => None,
    }
}
