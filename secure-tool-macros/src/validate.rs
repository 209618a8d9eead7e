//! `#[validate(…)]`, in the vocabulary of the `validator` crate.
//!
//! What it declares is advertised, enforced and recorded, so every word is either understood or
//! refused; none is skipped.

mod rules;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::{Attribute, LitStr};

use self::rules::{custom, form, length, range};
use crate::bound::Ends;
use crate::diagnostics::Errors;
use crate::entries::{Entry, duplicate, entries};
use crate::helpers;
use crate::self_type::resolved;

/// Everything declared for one parameter or field.
#[derive(Default)]
pub(crate) struct Bounds {
    pub(crate) length: Option<Ends>,
    pub(crate) range: Option<Ends>,
    pub(crate) forms: Vec<Form>,
    pub(crate) customs: Vec<Custom>,
}

/// A check of the user's own.
pub(crate) struct Custom {
    /// As the client gets to know it.
    pub(crate) name: String,
    pub(crate) function: TokenStream,
}

/// A demand on the form of a text.
pub(crate) enum Form {
    Email,
    Url,
    Ip,
    NonControlCharacter,
    Contains(LitStr),
    DoesNotContain(LitStr),
    Regex(TokenStream),
}

pub(crate) const RULES: &[&str] = &[
    "length",
    "range",
    "email",
    "url",
    "ip",
    "contains",
    "does_not_contain",
    "regex",
    "non_control_character",
    "custom",
];

/// Words of `validator` that have no place here, and why.
const REFUSED: &[(&str, &str)] = &[
    ("nested", "fields of nested inputs are always checked, so remove it"),
    ("must_match", "compare the two values in the tool, and return a public error"),
    ("schema", "check what concerns several values in the tool, and return a public error"),
    ("required", "a value without `Option` is required"),
    ("required_nested", "a value without `Option` is required"),
    ("credit_card", "the number of a card does not belong into a tool's input"),
    ("message", "the sentence for the client is made from the rule, so remove it"),
    ("code", "the code of a violation is the name of the rule, so remove it"),
];

/// Reads all `#[validate(…)]` of one place together.
pub(crate) fn bounds(attributes: &[Attribute], errors: &mut Errors) -> Bounds {
    let mut reader = Reader { bounds: Bounds::default(), seen: Vec::new() };
    let before = errors.count();
    for attribute in attributes.iter().filter(|attribute| helpers::is(attribute, "validate")) {
        let tokens = helpers::arguments(attribute, errors);
        if tokens.is_empty() && errors.count() == before {
            let example = "#[validate(length(max = 200))]";
            errors.over_help(attribute, "this declares nothing", example);
        }
        for entry in entries(tokens, errors) {
            reader.rule(&entry, errors);
        }
    }
    if errors.count() == before {
        reader.contradictions(errors);
    }
    reader.bounds
}

impl Bounds {
    /// Where the greatest value is declared.
    pub(crate) fn span(&self) -> Option<Span> {
        self.length.as_ref().or(self.range.as_ref()).map(|ends| ends.max.span())
    }

    /// The same, where `Self` is not at hand.
    pub(crate) fn resolved(mut self, this: &impl ToTokens) -> Self {
        for ends in self.length.iter_mut().chain(&mut self.range) {
            ends.resolve(this);
        }
        for form in &mut self.forms {
            if let Form::Regex(path) = form {
                *path = resolved(&*path, this);
            }
        }
        for custom in &mut self.customs {
            custom.function = resolved(&custom.function, this);
        }
        self
    }
}

struct Reader {
    bounds: Bounds,
    seen: Vec<Ident>,
}

impl Reader {
    fn rule(&mut self, entry: &Entry, errors: &mut Errors) {
        let name = entry.name();
        // Several parts may have to be there, or several functions agree.
        let repeatable = ["contains", "does_not_contain", "custom"].contains(&name.as_str());
        if !repeatable && self.seen.contains(&entry.key) {
            return duplicate(&entry.key, errors);
        }
        self.seen.push(entry.key.clone());
        let bounds = &mut self.bounds;
        match name.as_str() {
            "length" => bounds.length = length(entry, errors),
            "range" => bounds.range = range(entry, errors),
            "custom" => bounds.customs.extend(custom(entry, errors)),
            _ => bounds.forms.extend(form(&name, entry, errors)),
        }
    }

    fn contradictions(&self, errors: &mut Errors) {
        let mut kinds = self.seen.iter().filter(|rule| *rule == "length" || *rule == "range");
        if let Some(second) = kinds.nth(1) {
            let message = "`length` and `range` contradict each other: text and collections have a \
                `length`, numbers a `range`";
            errors.help(second.span(), message, "length(max = 200)");
        }
        let bounds = ["length", "range", "custom"];
        let form = self.seen.iter().find(|rule| !bounds.iter().any(|bound| *rule == bound));
        if let (Some(form), None) = (form, &self.bounds.length) {
            let message = format_args!("`{form}` without a length: the text could be of any size");
            errors.help(form.span(), message, format_args!("length(max = 200), {form}"));
        }
    }
}
