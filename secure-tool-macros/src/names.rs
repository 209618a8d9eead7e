//! Names: on the wire and of generated types.

use proc_macro2::Ident;
use quote::format_ident;
use syn::LitStr;
use syn::ext::IdentExt;

use crate::diagnostics::Errors;
use crate::lints::text::{self, Place};
use crate::rules::Rule;

/// The longest name that the protocol allows for a tool; ours for fields too.
const LONGEST: usize = 128;

/// An identifier as clients see it: `r#type` is `type`.
pub(crate) fn wire(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// The name of the type that holds a tool's input: `AddNoteInput` for `add_note`.
pub(crate) fn input_type(tool: &Ident) -> Ident {
    let mut name: String = wire(tool).split('_').map(capitalised).collect();
    name.push_str("Input");
    // `_1` is an identifier, `1Input` is none; nor may one begin with an accent or a middle dot.
    let word = name.starts_with(|first: char| first.is_ascii_alphabetic());
    if !word && wire(tool).starts_with('_') {
        name.insert(0, '_');
    }
    format_ident!("{name}", span = tool.span())
}

fn capitalised(word: &str) -> String {
    let mut rest = word.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest).collect()
}

/// `HighPriority` as `high_priority`, `HTTPError` as `http_error`.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| letters.get(i));
        let after = letters.get(i + 1);
        let begins_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                *before != '_'
                    && (!before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()))
            });
        if begins_word {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// Checks the name of a tool (protocol revision 2025-11-25, “Tool Names”).
pub(crate) fn check_tool(name: &LitStr, errors: &mut Errors) -> Option<String> {
    let text = name.value();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if (1..=LONGEST).contains(&text.len()) && text.chars().all(allowed) {
        text::literal(name, Place::Name, errors);
        return Some(text);
    }
    let message = "a tool's name has 1 to 128 of the characters A-Z, a-z, 0-9, `_`, `-` and `.`";
    errors.breach(Rule::ToolName, name.span(), message, "name = \"add_note\"");
    None
}

/// Checks the name of a field or variant.
pub(crate) fn check_field(name: &LitStr, errors: &mut Errors) -> Option<String> {
    let text = name.value();
    let forbidden = |c: char| c.is_control() || c.is_whitespace();
    if (1..=LONGEST).contains(&text.len()) && !text.chars().any(forbidden) {
        text::literal(name, Place::Name, errors);
        return Some(text);
    }
    let message = "a name has 1 to 128 bytes without white space or control characters";
    errors.help(name.span(), message, "#[name = \"another_name\"]");
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Span;

    #[test]
    fn variants_are_spelled_in_snake_case() {
        let cases = [
            ("Low", "low"),
            ("HighPriority", "high_priority"),
            ("HTTPError", "http_error"),
            ("Utf8", "utf8"),
            ("A", "a"),
            ("AB", "ab"),
            ("Already_Split", "already_split"),
        ];
        for (variant, expected) in cases {
            assert_eq!(snake_case(variant), expected);
        }
    }

    #[test]
    fn input_types_are_named_after_their_tool() {
        let cases = [
            ("add_note", "AddNoteInput"),
            ("r#type", "TypeInput"),
            ("_x", "XInput"),
            ("_1", "_1Input"),
            ("__", "Input"),
            // Letters that an identifier may have, but not begin with.
            ("_\u{301}x", "_\u{301}xInput"),
            ("_·", "_·Input"),
            ("_٣", "_٣Input"),
        ];
        for (tool, expected) in cases {
            let tool: Ident = syn::parse_str(tool).expect("an identifier");
            assert_eq!(input_type(&tool), expected);
        }
    }

    #[test]
    fn names_of_tools_are_those_of_the_protocol() {
        for (name, fine) in [("a.b-c_D9", true), ("", false), ("a b", false), ("ä", false)] {
            let mut errors = Errors::new();
            let checked = check_tool(&LitStr::new(name, Span::call_site()), &mut errors);
            assert_eq!(checked.is_some(), fine, "{name}");
            assert_eq!(errors.finish().is_empty(), fine);
        }
    }
}
