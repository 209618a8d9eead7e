//! The rules that a tool has to keep, by the names under which `rules.md` explains them and `allow`
//! lifts them.

use std::fmt::Display;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    UnboundedInput,
    ImpossibleBound,
    InputShape,
    RawSink,
    SinkName,
    SecretInput,
    ClientIdentity,
    ForeignSubject,
    Authorization,
    Effect,
    Limits,
    GenerousRate,
    Keys,
    Exceptions,
    LeakingOutput,
    OutputShape,
    SecretField,
    LeakingError,
    Description,
    PoisonedText,
    ToolName,
    ToolShape,
    Serving,
    Secrets,
    SecretLiteral,
    SqlText,
    Process,
    FileSystem,
    Environment,
    StandardOutput,
    LeakedMemory,
    Unwrap,
}

/// All rules, in the order of `rules.md`, and whether `allow` may lift them for one tool or type.
const RULES: &[(Rule, &str, bool)] = &[
    (Rule::UnboundedInput, "unbounded_input", false),
    (Rule::ImpossibleBound, "impossible_bound", false),
    (Rule::InputShape, "input_shape", false),
    (Rule::RawSink, "raw_sink", false),
    (Rule::SinkName, "sink_name", true),
    (Rule::SecretInput, "secret_input", false),
    (Rule::ClientIdentity, "client_identity", false),
    (Rule::ForeignSubject, "foreign_subject", false),
    (Rule::Authorization, "authorization", false),
    (Rule::Effect, "effect", false),
    (Rule::Limits, "limits", false),
    (Rule::GenerousRate, "generous_rate", true),
    (Rule::Keys, "keys", false),
    (Rule::Exceptions, "exceptions", false),
    (Rule::LeakingOutput, "leaking_output", false),
    (Rule::OutputShape, "output_shape", false),
    (Rule::SecretField, "secret_field", true),
    (Rule::LeakingError, "leaking_error", false),
    (Rule::Description, "description", false),
    (Rule::PoisonedText, "poisoned_text", false),
    (Rule::ToolName, "tool_name", false),
    (Rule::ToolShape, "tool_shape", false),
    (Rule::Serving, "serving", false),
    (Rule::Secrets, "secrets", false),
    (Rule::SecretLiteral, "secret_literal", false),
    (Rule::SqlText, "sql_text", true),
    (Rule::Process, "process", true),
    (Rule::FileSystem, "file_system", true),
    (Rule::Environment, "environment", true),
    (Rule::StandardOutput, "standard_output", true),
    (Rule::LeakedMemory, "leaked_memory", true),
    (Rule::Unwrap, "unwrap", true),
];

impl Rule {
    /// The rule of that name.
    pub(crate) fn named(name: &str) -> Option<Rule> {
        RULES.iter().find(|(_, known, _)| *known == name).map(|(rule, ..)| *rule)
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        RULES.iter().find(|(rule, ..)| *rule == self).map_or("", |(_, name, _)| *name)
    }

    /// What is wrong, and under which name to read about it or to lift it.
    pub(crate) fn says(self, message: impl Display) -> String {
        let name = self.name();
        match self.is_liftable() {
            true => format!("{message}; `allow({name}, reason = \"…\")` lifts this rule"),
            false => format!("{message} (rule `{name}`)"),
        }
    }

    /// True if `allow` may lift it.
    pub(crate) fn is_liftable(self) -> bool {
        RULES.iter().any(|(rule, _, liftable)| *rule == self && *liftable)
    }

    /// The names of those that `allow` may lift.
    pub(crate) fn liftable() -> impl Iterator<Item = &'static str> {
        RULES.iter().filter(|(.., liftable)| *liftable).map(|(_, name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../rules.md");

    /// The sections of the page: a name in its heading, and the text below it.
    fn sections() -> Vec<(&'static str, &'static str)> {
        let sections = PAGE.split("\n## ").skip(1);
        sections
            .map(|section| {
                let (heading, text) = section.split_once('\n').expect("a heading and a text");
                (heading.trim_matches('`'), text)
            })
            .collect()
    }

    #[test]
    fn every_rule_has_its_section_in_the_same_order() {
        let explained: Vec<&str> = sections().iter().map(|(name, _)| *name).collect();
        let known: Vec<&str> = RULES.iter().map(|(_, name, _)| *name).collect();
        assert_eq!(explained, known);
    }

    #[test]
    fn sections_say_what_is_true_and_show_it() {
        for (name, text) in sections() {
            let rule = Rule::named(name).expect("a rule of that name");
            let lifted = match rule.is_liftable() {
                true => "- **May be lifted:** yes.",
                false => "- **May be lifted:** no.",
            };
            for part in [
                "- **Why:** ",
                "- **Fix:** ",
                lifted,
                "```rust,compile_fail\nuse secure_tool_runtime::prelude::*;",
                "```rust\nuse secure_tool_runtime::prelude::*;",
            ] {
                assert!(text.contains(part), "`{name}` lacks {part}");
            }
        }
    }

    #[test]
    fn names_are_stable_words() {
        for (rule, name, _) in RULES {
            assert_eq!(Rule::named(name), Some(*rule));
            assert_eq!(crate::names::snake_case(&format!("{rule:?}")), *name);
        }
    }
}
