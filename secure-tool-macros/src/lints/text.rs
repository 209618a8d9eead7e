//! Texts that models and clients read: seen by people as they are, no orders, and short.
//!
//! The description of a tool is part of the prompt of whoever may call it (checklist, “Tool
//! Poisoning Defense”), and what it says is decided long before anybody looks at it again.

mod characters;
mod phrases;
mod scripts;

use proc_macro2::{Ident, Span};
use syn::LitStr;
use syn::ext::IdentExt;

use crate::diagnostics::Errors;
use crate::rules::Rule;

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Tool,
    Parameter,
    Field,
    Variant,
    Type,
    Title,
    PublicText,
    Question,
    Name,
    Identifier,
    Reason,
}

/// What a place is called, and the most characters that it holds.
///
/// A client sends all descriptions of all tools with every request to its model, so they are paid for
/// again and again, and a long one is where orders hide. 2 000 characters are a page, and more than
/// the descriptions of the protocol's own reference servers have; 500 are a paragraph. A title is a
/// line in a list, a public text a line in an answer. Names are counted elsewhere (`names.rs`), and
/// reasons by whoever writes them: only people read those.
const PLACES: &[(Place, &str, usize)] = &[
    (Place::Tool, "the description of a tool", 2000),
    (Place::Parameter, "the description of a parameter", 500),
    (Place::Field, "the description of a field", 500),
    (Place::Variant, "the description of a variant", 500),
    (Place::Type, "the description of a type", 500),
    (Place::Title, "a title", 100),
    (Place::PublicText, "a public text", 300),
    (Place::Question, "a question", 300),
    (Place::Name, "a name", usize::MAX),
    (Place::Identifier, "a name", usize::MAX),
    (Place::Reason, "a reason", usize::MAX),
];

impl Place {
    fn name(self) -> &'static str {
        PLACES.iter().find(|(place, ..)| *place == self).map_or("", |(_, name, _)| *name)
    }

    fn longest(self) -> usize {
        PLACES.iter().find(|(place, ..)| *place == self).map_or(0, |(.., longest)| *longest)
    }

    /// True for what is written as a doc comment.
    fn is_comment(self) -> bool {
        use Place::{Field, Parameter, Tool, Type, Variant};
        matches!(self, Tool | Parameter | Field | Variant | Type)
    }

    fn is_one_line(self) -> bool {
        matches!(self, Place::Title | Place::PublicText | Place::Name | Place::Identifier)
    }

    /// What may stand there instead.
    fn example(self) -> &'static str {
        match self {
            Place::Tool => "/// What it does, in a sentence for the model.",
            Place::Title => "title = \"What it does\"",
            Place::PublicText => "#[public(\"What went wrong.\")]",
            Place::Name => "\"another_name\"",
            Place::Identifier => "another_name",
            Place::Reason => "reason = \"why this is safe\"",
            _ => "/// What it means, in a sentence for the model.",
        }
    }

    /// A text, as it is written in this place.
    fn written(self, text: &str) -> String {
        match (text.trim(), self.is_comment()) {
            ("", _) => self.example().to_owned(),
            (text, _) if self == Place::Identifier => text.to_owned(),
            (text, true) => format!("/// {text}"),
            (text, false) => format!("{text:?}"),
        }
    }
}

/// A line, and where it is written.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// Checks a text that may have several lines. The longest text is that of its lines, trimmed.
pub(crate) fn check(lines: &[Line], place: Place, errors: &mut Errors) {
    for line in lines {
        characters(line, place, errors);
    }
    orders(lines, place, errors);
    length(lines, place, errors);
}

/// Checks a text that is written as a literal.
pub(crate) fn literal(literal: &LitStr, place: Place, errors: &mut Errors) {
    check(&[Line { text: literal.value(), span: literal.span() }], place, errors);
}

/// Checks an identifier that becomes a name on the wire.
pub(crate) fn ident(ident: &Ident, errors: &mut Errors) {
    check(
        &[Line { text: ident.unraw().to_string(), span: ident.span() }],
        Place::Identifier,
        errors,
    );
}

fn characters(line: &Line, place: Place, errors: &mut Errors) {
    let refused = characters::refused(&line.text);
    let name = place.name();
    if place.is_one_line() && line.text.contains(['\n', '\t']) {
        let message = format_args!("{name} is one line, without line feeds and tabs");
        let clean = characters::cleaned(&line.text).replace(['\n', '\t'], " ");
        errors.breach(Rule::PoisonedText, line.span, message, place.written(&clean));
    } else if let Some((first, others)) = refused.split_first() {
        let first = characters::named(*first);
        let others = match others.len() {
            0 => String::new(),
            others => format!(" (and {others} more like it)"),
        };
        let message =
            format_args!("{name} has {first}{others}: models read what people do not see");
        let clean = characters::cleaned(&line.text);
        errors.breach(Rule::PoisonedText, line.span, message, place.written(&clean));
    } else if let Some(stranger) = scripts::stranger(&line.text) {
        mixed(line, &stranger, place, errors);
    }
}

fn mixed(line: &Line, stranger: &scripts::Stranger, place: Place, errors: &mut Errors) {
    let scripts::Stranger { letter, script, passes_for } = stranger;
    let name = place.name();
    let code = u32::from(*letter);
    let like = match passes_for {
        Some(latin) => format!("looks like `{latin}`"),
        None => "may stand in a word of its own".to_owned(),
    };
    let message = format_args!(
        "{name} has a word that mixes letters of Latin and {script}: U+{code:04X} {like}"
    );
    let latin = scripts::latinised(&line.text);
    let help = match latin == line.text || scripts::stranger(&latin).is_some() {
        true => {
            "write each script in words of its own, with `-` or a space between them".to_owned()
        }
        false => place.written(&latin),
    };
    errors.breach(Rule::PoisonedText, line.span, message, help);
}

fn orders(lines: &[Line], place: Place, errors: &mut Errors) {
    if place == Place::Reason {
        return;
    }
    let name = place.name();
    let texts = lines.iter().flat_map(|line| line.text.split('\n'));
    for found in phrases::found(texts) {
        let mut count = 0;
        let line = lines.iter().find(|line| {
            count += line.text.split('\n').count();
            found.line < count
        });
        let Some(line) = line else { continue };
        let words = &found.words;
        let message = match found.mark {
            true => format!("{name} has `{words}`, after which a model expects orders: remove it"),
            false => format!(
                "{name} gives orders to a model (`{words}`): say what happens, and leave to the user what to do"
            ),
        };
        errors.breach(Rule::PoisonedText, line.span, message, place.example());
    }
}

fn length(lines: &[Line], place: Place, errors: &mut Errors) {
    let text: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let length = text.join("\n").trim().chars().count();
    let (name, longest) = (place.name(), place.longest());
    if length <= longest {
        return;
    }
    let mut count = 0;
    let beyond = lines.iter().find(|line| {
        count += line.text.chars().count() + 1;
        count > longest
    });
    let Some(line) = beyond.or(lines.last()) else { return };
    let message = format_args!(
        "{name} has at most {longest} characters, and this has {length}: keep what a caller has to know"
    );
    errors.breach(Rule::Description, line.span, message, place.example());
}

#[cfg(test)]
mod tests;
