//! What bodies are refused, and what bodies a hasty rule would refuse.

mod sinks;
mod texts;

use super::*;
use proc_macro2::Span;

/// The rules that a body breaks, in the order of its text.
fn broken(body: &str) -> Vec<&'static str> {
    let inputs = ["title", "count", "id"].map(|name| Ident::new(name, Span::call_site()));
    let mut errors = Errors::new();
    check(body.parse().expect("the test's own tokens"), &inputs, &mut errors);
    let messages = errors.finish().to_string();
    let rules = messages.split("compile_error").skip(1).map(|message| {
        let rule = Rule::liftable().find(|rule| message.contains(&format!("`allow({rule},")));
        rule.unwrap_or("secret_literal")
    });
    rules.collect()
}

#[track_caller]
fn all_break(rule: &str, bodies: &[&str]) {
    for body in bodies {
        assert_eq!(broken(&format!("{{ {body} }}")), [rule], "{body}");
        // Anywhere: in closures, in blocks, in the arguments of macros.
        let nested = format!("{{ join!(async move {{ let f = || {{ {body} }}; f() }}) }}");
        assert_eq!(broken(&nested), [rule], "{nested}");
    }
}

#[track_caller]
fn none_break(bodies: &[&str]) {
    for body in bodies {
        assert_eq!(broken(&format!("{{ {body} }}")), [""; 0], "{body}");
    }
}

#[test]
fn no_help_breaks_the_rule_that_it_is_for() {
    let bodies = [
        "std::fs::read(path)?;",
        "Command::new(name);",
        "Command::new(\"sh\");",
        "std::process::exit(1);",
        "std::env::var(\"KEY\")?;",
        "io::stdout();",
        "println!();",
        "dbg!(count);",
        "AssertSqlSafe(text);",
        "title.leak();",
        "format!(\"SELECT {title} FROM notes\");",
        "title.parse::<u8>().unwrap();",
        "\"ghp_16C7e42F292c6912E7710c83\";",
    ];
    for body in bodies {
        let mut errors = Errors::new();
        let title = Ident::new("title", Span::call_site());
        check(body.parse().expect("the test's own tokens"), &[title], &mut errors);
        let tokens = errors.finish();
        let told: Vec<String> = literals(tokens);
        let [told] = &told[..] else { panic!("{body}: {told:?}") };
        let help = told.split_once("help: ").expect("a line to paste").1;
        assert_eq!(broken(&format!("{{ {help} }}")), [""; 0], "{body}");
    }
}

/// The texts in tokens, at any depth.
fn literals(tokens: TokenStream) -> Vec<String> {
    let texts = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Group(group) => literals(group.stream()),
        TokenTree::Literal(literal) => text(&literal).into_iter().collect(),
        _ => Vec::new(),
    });
    texts.collect()
}

#[test]
fn no_body_makes_the_scan_panic() {
    let bodies = [
        "",
        "::",
        ":: ::",
        "use",
        "use ;",
        "use ::",
        "use {",
        ".unwrap()",
        "? .unwrap()",
        "> .unwrap()",
        "!().unwrap()",
        "::unwrap()",
        "<>::<>().unwrap()",
        "a::<b().unwrap()",
        "-> ().unwrap()",
        "+",
        "a +",
        "a + =",
        "= \"SELECT a FROM b\" +",
        "format!()",
        "format!(\"SELECT ( {\", )",
        "'a .leak()",
        "println!",
        "Command::new()",
        "std",
        "std::",
        "std::fs",
        "use std::{fs::{*, self as _}, , as}",
        "macro_rules!",
        "fn",
        "struct",
        ".push_str(\"DROP TABLE\")",
        "x.push_str()",
        "1.unwrap()",
        "impl Sized + use<'a>",
        "\"{ü\"",
        "format!(\"SELECT (ü{ü}{\")",
        "\"://:@\"",
        "\"sk-ü\"",
    ];
    for body in bodies {
        if let Ok(tokens) = body.parse() {
            let mut errors = Errors::new();
            let title = Ident::new("title", Span::call_site());
            check(tokens, &[title], &mut errors);
            drop(errors.finish());
        }
    }
}
