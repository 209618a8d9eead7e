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
            Some(literal) => {
                let (text, span) = (literal.value(), literal.span());
                let in_block = text.contains('\n');
                // `lines` would leave out the empty one between two paragraphs.
                let each = text.split('\n');
                lines.extend(each.map(|line| Line { text: unindented(line, in_block), span }));
            }
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

/// A line of `/// text` begins with a space; those of a block comment may begin with a star, too.
fn unindented(line: &str, in_block: bool) -> String {
    let line = line.trim_end();
    let line = line.strip_prefix(' ').unwrap_or(line);
    match line.strip_prefix('*') {
        Some(rest) if in_block && (rest.is_empty() || rest.starts_with(' ')) => rest.trim_start(),
        _ => line,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_spaces_of_comments_are_not_part_of_the_text() {
        for (line, in_block, text) in [
            (" text ", false, "text"),
            ("text", false, "text"),
            ("", false, ""),
            (" * item", false, "* item"),
            ("   indented", false, "  indented"),
            (" * text", true, "text"),
            (" *", true, ""),
            (" **bold**", true, "**bold**"),
            (" text", true, "text"),
        ] {
            assert_eq!(unindented(line, in_block), text, "{line:?}");
        }
    }
}
