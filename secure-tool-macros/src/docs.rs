//! Doc comments, which become descriptions.

use syn::{Attribute, Expr, Lit, LitStr, Meta};

use crate::diagnostics::Errors;
use crate::lints::text::{self, Line, Place};

/// The text of all doc comments on an item; empty if there are none.
pub(crate) fn description(attributes: &[Attribute], place: Place, errors: &mut Errors) -> String {
    let mut lines: Vec<Line> = Vec::new();
    for attribute in attributes.iter().filter(|attribute| is_doc(attribute)) {
        let Meta::NameValue(doc) = &attribute.meta else {
            // `#[doc(hidden)]` and the like say nothing to a model.
            continue;
        };
        match literal(&doc.value) {
            Some(text) => lines.extend(
                text.value().lines().map(|line| Line { text: unindented(line), span: text.span() }),
            ),
            None => {
                errors.over(&doc.value, "a description has to be written out: the model reads it")
            }
        }
    }
    text::check(&lines, place, errors);
    let lines: Vec<String> = lines.into_iter().map(|line| line.text).collect();
    lines.join("\n").trim().to_owned()
}

pub(crate) fn is_doc(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc")
}

fn literal(value: &Expr) -> Option<&LitStr> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text),
            _ => None,
        },
        // From a `macro_rules!` macro.
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

/// `/// text` begins with a space, `/** text */` may begin its lines with a star.
fn unindented(line: &str) -> String {
    let line = line.trim_end();
    let line = match line.trim_start().strip_prefix("* ") {
        Some(rest) if line.starts_with(" * ") => rest,
        _ => line.strip_prefix(' ').unwrap_or(line),
    };
    line.to_owned()
}
