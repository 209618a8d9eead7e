//! The rules that a tool has to keep, by the names under which `rules.md` explains them and `allow`
//! lifts them.

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

    /// True if `allow` may lift it.
    pub(crate) fn is_liftable(self) -> bool {
        RULES.iter().any(|(rule, _, liftable)| *rule == self && *liftable)
    }

    /// The names of those that `allow` may lift.
    pub(crate) fn liftable() -> impl Iterator<Item = &'static str> {
        RULES.iter().filter(|(.., liftable)| *liftable).map(|(_, name, _)| *name)
    }
}
