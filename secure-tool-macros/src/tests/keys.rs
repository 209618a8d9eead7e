//! No key is inert: with it, or with another value of it, the expansion is another one. Printed tokens
//! are compared, so spans do not count.
//!
//! What the keys change while a server runs is in `tests/keys.rs` of the whole.

use super::*;
use crate::{args, validate};

/// A key, arguments without it or with one value, and arguments with it or with another value.
type Row = (&'static str, &'static str, &'static str);

const TOOL: &[Row] = &[
    ("scope", "effect = read, role = \"r\"", "effect = read, role = \"r\", scope = \"s\""),
    ("scope", "effect = read, scope = \"s\"", "effect = read, scope = [\"s\", \"t\"]"),
    ("role", "effect = read, scope = \"s\"", "effect = read, scope = \"s\", role = \"r\""),
    ("role", "effect = read, role = \"r\"", "effect = read, role = \"s\""),
    ("policy", "effect = read, scope = \"s\"", "effect = read, scope = \"s\", policy = may"),
    ("policy", "effect = read, policy = may", "effect = read, policy = may::not"),
    ("public", "effect = read, scope = \"s\"", "effect = read, public = \"why\""),
    ("public", "effect = read, public = \"because\"", "effect = read, public = \"why\""),
    ("effect", "scope = \"s\", effect = read", "scope = \"s\", effect = write"),
    ("effect", "scope = \"s\", effect = read", "scope = \"s\", effect = destructive"),
    ("effect", "scope = \"s\", effect = write", "scope = \"s\", effect = destructive"),
    ("confirm", "", "confirm = \"Sure?\""),
    ("confirm", "confirm = \"Sure?\"", "confirm = \"Really?\""),
    ("expensive", "", "expensive"),
    ("idempotent", "", "idempotent"),
    ("open_world", "", "open_world"),
    ("rate", "", "rate = \"5/min\""),
    ("rate", "rate = \"5/h\"", "rate = \"5/min\""),
    ("burst", "rate = \"5/min\"", "rate = \"5/min\", burst = 4"),
    ("per", "per = caller", "per = tool"),
    ("per", "per = client", "per = tool"),
    ("per", "per = caller", "per = client"),
    ("per", "", "per = caller"),
    ("timeout", "", "timeout = \"5s\""),
    ("timeout", "timeout = \"5ms\"", "timeout = \"5s\""),
    ("concurrency", "", "concurrency = 5"),
    ("max_output", "", "max_output = \"5KiB\""),
    ("max_output", "max_output = 5", "max_output = \"5KiB\""),
    ("name", "", "name = \"other\""),
    ("title", "", "title = \"Other\""),
    (
        "allow",
        "expensive, rate = \"5/min\"",
        "expensive, rate = \"50/min\", allow(generous_rate, reason = \"why\")",
    ),
    (
        "allow",
        "expensive, rate = \"50/min\", allow(generous_rate, reason = \"because\")",
        "expensive, rate = \"50/min\", allow(generous_rate, reason = \"why\")",
    ),
    ("crate", "", "crate = other"),
    ("crate", "crate = ::another", "crate = other"),
];

/// The same for what stands in `#[validate(…)]`, on a parameter of this type.
const RULES: &[(&str, &str, &str, &str)] = &[
    ("length", "String", "length(max = 5)", "length(max = 6)"),
    ("length", "String", "length(max = 5)", "length(min = 1, max = 5)"),
    ("length", "String", "length(max = 5)", "length(equal = 5)"),
    ("length", "String", "length(max = MOST)", "length(max = 5)"),
    ("range", "f64", "range(min = 0, max = 5)", "range(min = 0, max = 6)"),
    ("range", "f64", "range(min = 0, max = 5)", "range(min = -1.5, max = 5)"),
    ("range", "u8", "", "range(min = 0, max = 5)"),
    ("email", "String", "length(max = 5)", "length(max = 5), email"),
    ("url", "String", "length(max = 5)", "length(max = 5), url"),
    ("ip", "String", "length(max = 5)", "length(max = 5), ip"),
    ("contains", "String", "length(max = 5)", "length(max = 5), contains = \"a\""),
    (
        "contains",
        "String",
        "length(max = 5), contains(pattern = \"a\")",
        "length(max = 5), contains(pattern = \"b\")",
    ),
    ("does_not_contain", "String", "length(max = 5)", "length(max = 5), does_not_contain = \"a\""),
    (
        "does_not_contain",
        "String",
        "length(max = 5), contains(pattern = \"a\")",
        "length(max = 5), does_not_contain(pattern = \"a\")",
    ),
    ("regex", "String", "length(max = 5)", "length(max = 5), regex(path = *WORD)"),
    (
        "regex",
        "String",
        "length(max = 5), regex(path = *LINE)",
        "length(max = 5), regex(path = *WORD)",
    ),
    (
        "non_control_character",
        "String",
        "length(max = 5)",
        "length(max = 5), non_control_character",
    ),
    ("custom", "u8", "", "custom(function = even)"),
    ("custom", "u8", "custom(function = even)", "custom(function = odd)"),
    ("custom", "u8", "custom(function = even)", "custom(function = even), custom(function = odd)"),
];

/// Asserts that both are fine and that they differ.
fn differ(what: &str, one: TokenStream, other: TokenStream) {
    assert!(!has_errors(&one), "{what}: {one}");
    assert!(!has_errors(&other), "{what}: {other}");
    assert_ne!(one.to_string(), other.to_string(), "{what} changes nothing");
}

/// Arguments that are mandatory are added where a row does not care.
fn complete(arguments: &str) -> TokenStream {
    let cares = ["scope", "role", "policy", "public"].iter().any(|key| arguments.contains(key));
    parsed(&if cares {
        arguments.to_owned()
    } else {
        format!("scope = \"s\", effect = read, {arguments}")
    })
}

#[test]
fn every_key_of_a_function_changes_the_expansion() {
    for (key, one, other) in TOOL {
        let expansion = |arguments| tool::free(complete(arguments), function());
        differ(key, expansion(one), expansion(other));
    }
}

#[test]
fn every_key_of_a_method_changes_the_expansion() {
    for (key, one, other) in TOOL {
        let expansion = |arguments| {
            let arguments = complete(arguments);
            let item = quote! {
                impl Type {
                    /// Does something.
                    #[secure_tool(#arguments)]
                    async fn tool(&self) {}
                }
            };
            tool::methods(TokenStream::new(), item)
        };
        differ(key, expansion(one), expansion(other));
    }
}

#[test]
fn every_known_key_is_in_the_table() {
    let mut table: Vec<&str> = TOOL.iter().map(|(key, ..)| *key).collect();
    table.dedup();
    assert_eq!(table, args::KEYS);
}

#[test]
fn every_rule_changes_the_expansion_of_each_item_that_takes_it() {
    for (rule, ty, one, other) in RULES {
        let ty = parsed(ty);
        let validate = |rules: &str| {
            let rules = parsed(rules);
            (!rules.is_empty()).then(|| quote!(#[validate(#rules)]))
        };
        let parameter = |rules: &str| {
            let validate = validate(rules);
            let item = quote! {
                /// Does something.
                async fn tool(
                    /// What.
                    #validate value: #ty
                ) {}
            };
            tool::free(parsed("scope = \"s\", effect = read"), item)
        };
        let field = |rules: &str| {
            let validate = validate(rules);
            let item = quote! {
                struct Input {
                    /// What.
                    #validate value: #ty
                }
            };
            input::expand(TokenStream::new(), item)
        };
        let wrapper = |rules: &str| {
            let validate = validate(rules);
            input::expand(TokenStream::new(), quote!(struct Input(#validate #ty);))
        };
        let variant = |rules: &str| {
            let validate = validate(rules);
            let item = quote! {
                enum Input { One {
                    /// What.
                    #validate value: #ty
                } }
            };
            input::expand(quote!(tag = "kind"), item)
        };
        differ(rule, parameter(one), parameter(other));
        differ(rule, field(one), field(other));
        differ(rule, wrapper(one), wrapper(other));
        differ(rule, variant(one), variant(other));
    }
}

#[test]
fn every_known_rule_is_in_the_table() {
    let mut table: Vec<&str> = RULES.iter().map(|(rule, ..)| *rule).collect();
    table.dedup();
    assert_eq!(table, validate::RULES);
}

/// For each other attribute: a key or helper attribute, and two attributed items that differ in it.
type Other = (&'static str, (&'static str, &'static str), (&'static str, &'static str));

const TOOLS_KEYS: &[Other] = &[(
    "crate",
    ("", "impl T { /// D.\n #[secure_tool(scope = \"s\", effect = read)] async fn f(&self) {} }"),
    (
        "crate = other",
        "impl T { /// D.\n #[secure_tool(scope = \"s\", effect = read)] async fn f(&self) {} }",
    ),
)];

const TOOLS_HELPERS: &[Other] = &[(
    "secure_tool",
    ("", "impl T { /// D.\n #[secure_tool(scope = \"s\", effect = read)] async fn f(&self) {} }"),
    (
        "",
        "impl T { /// D.\n #[secure_tool(scope = \"s\", effect = read)] async fn f(&self) {} \
         /// D.\n #[secure_tool(scope = \"s\", effect = read)] async fn g(&self) {} }",
    ),
)];

const INPUT_KEYS: &[Other] = &[
    ("tag", ("", "enum E { A }"), ("tag = \"kind\"", "enum E { A }")),
    ("tag", ("tag = \"type\"", "enum E { A }"), ("tag = \"kind\"", "enum E { A }")),
    (
        "allow",
        ("allow(sink_name, reason = \"because\")", "struct S { /// F.\n path: u8 }"),
        ("allow(sink_name, reason = \"why\")", "struct S { /// F.\n path: u8 }"),
    ),
    ("crate", ("", "enum E { A }"), ("crate = other", "enum E { A }")),
];

const INPUT_HELPERS: &[Other] = &[
    ("validate", ("", "struct S(u8);"), ("", "struct S(#[validate(range(min = 0, max = 5))] u8);")),
    (
        "name",
        ("", "struct S { /// F.\n a: u8 }"),
        ("", "struct S { /// F.\n #[name = \"b\"] a: u8 }"),
    ),
    ("name", ("", "enum E { A }"), ("", "enum E { #[name = \"b\"] A }")),
    ("name", ("tag = \"k\"", "enum E { A }"), ("tag = \"k\"", "enum E { #[name = \"b\"] A }")),
];

const OUTPUT_KEYS: &[Other] = &[
    (
        "allow",
        ("allow(secret_field, reason = \"because\")", "struct S { token: String }"),
        ("allow(secret_field, reason = \"why\")", "struct S { token: String }"),
    ),
    ("crate", ("", "struct S { a: u8 }"), ("crate = other", "struct S { a: u8 }")),
];

const OUTPUT_HELPERS: &[Other] = &[
    ("sensitive", ("", "struct S { a: u8 }"), ("", "struct S { #[sensitive] a: u8 }")),
    ("sensitive", ("", "struct S { a: u8 }"), ("", "struct S { #[sensitive(mask)] a: u8 }")),
    (
        "sensitive",
        ("", "struct S { #[sensitive] a: u8 }"),
        ("", "struct S { #[sensitive(mask)] a: u8 }"),
    ),
    ("name", ("", "struct S { a: u8 }"), ("", "struct S { #[name = \"b\"] a: u8 }")),
    (
        "name",
        ("", "struct S { #[sensitive(mask)] a: u8 }"),
        ("", "struct S { #[sensitive(mask)] #[name = \"b\"] a: u8 }"),
    ),
    ("name", ("", "enum E { A }"), ("", "enum E { #[name = \"b\"] A }")),
];

const ERROR_KEYS: &[Other] =
    &[("crate", ("", "#[internal] struct E;"), ("crate = other", "#[internal] struct E;"))];

const ERROR_HELPERS: &[Other] = &[
    ("public", ("", "#[internal] struct E;"), ("", "#[public(\"Text.\")] struct E;")),
    ("public", ("", "enum E { #[public(\"A.\")] A }"), ("", "enum E { #[public(\"B.\")] A }")),
    ("internal", ("", "enum E { #[public(\"A.\")] A }"), ("", "enum E { #[internal] A }")),
    ("from", ("", "enum E { #[internal] A(u8) }"), ("", "enum E { #[internal] A(#[from] u8) }")),
];

const SECRETS_KEYS: &[Other] = &[
    ("prefix", ("", "struct S { a: T }"), ("", "#[secret(prefix = \"P_\")] struct S { a: T }")),
    (
        "prefix",
        ("", "#[secret(prefix = \"Q\")] struct S { a: T }"),
        ("", "#[secret(prefix = \"P\")] struct S { a: T }"),
    ),
    ("crate", ("", "struct S { a: T }"), ("", "#[secret(crate = other)] struct S { a: T }")),
];

const SECRETS_HELPERS: &[Other] = &[
    ("env", ("", "struct S { a: T }"), ("", "struct S { #[secret(env = \"B\")] a: T }")),
    (
        "credential",
        ("", "struct S { a: T }"),
        ("", "struct S { #[secret(credential = \"b\")] a: T }"),
    ),
    ("begins", ("", "struct S { a: T }"), ("", "struct S { #[secret(begins(x = \"y\"))] a: T }")),
    (
        "begins",
        ("", "struct S { #[secret(begins(x = \"y\"))] a: T }"),
        ("", "struct S { #[secret(begins(z = \"y\"))] a: T }"),
    ),
    (
        "begins",
        ("", "struct S { #[secret(begins(x = \"y\"))] a: T }"),
        ("", "struct S { #[secret(begins(x = \"z\"))] a: T }"),
    ),
];

#[test]
fn every_key_and_helper_of_the_other_attributes_changes_the_expansion() {
    let tables: &[(Attribute, &[&[Other]])] = &[
        (tool::methods, &[TOOLS_KEYS, TOOLS_HELPERS]),
        (input::expand, &[INPUT_KEYS, INPUT_HELPERS]),
        (output::expand, &[OUTPUT_KEYS, OUTPUT_HELPERS]),
        (error::expand, &[ERROR_KEYS, ERROR_HELPERS]),
        (derive_secrets, &[SECRETS_KEYS, SECRETS_HELPERS]),
    ];
    for (attribute, tables) in tables {
        for (key, one, other) in tables.iter().copied().flatten() {
            let expansion = |(arguments, item)| attribute(parsed(arguments), parsed(item));
            // The item comes back without its helpers, so the difference is what is generated.
            differ(key, expansion(*one), expansion(*other));
        }
    }
}

#[test]
fn every_key_and_helper_of_the_other_attributes_is_in_a_table() {
    let names = |table: &[Other]| {
        let mut names: Vec<&str> = table.iter().map(|(name, ..)| *name).collect();
        names.dedup();
        names
    };
    let with = |own: &[&'static str], more: &[&'static str]| [own, more].concat();
    // That of methods and `#[name]` are in no list of helpers.
    assert_eq!(names(TOOLS_KEYS), args::ONLY_RUNTIME);
    assert_eq!(names(TOOLS_HELPERS), ["secure_tool"]);
    assert_eq!(names(INPUT_KEYS), input::KEYS);
    assert_eq!(names(INPUT_HELPERS), with(input::HELPERS.own, &["name"]));
    assert_eq!(names(OUTPUT_KEYS), output::KEYS);
    assert_eq!(names(OUTPUT_HELPERS), with(output::HELPERS.own, &["name"]));
    assert_eq!(names(ERROR_KEYS), args::ONLY_RUNTIME);
    assert_eq!(names(ERROR_HELPERS), error::HELPERS);
    assert_eq!(names(SECRETS_KEYS), secrets::STRUCT_KEYS);
    assert_eq!(names(SECRETS_HELPERS), secrets::FIELD_KEYS);
}

#[test]
fn every_helper_is_one_of_ours() {
    let mut all = vec!["secure_tool", "name"];
    for own in [input::HELPERS.own, output::HELPERS.own, error::HELPERS] {
        all.extend(own);
    }
    all.sort_unstable();
    let mut ours = crate::helpers::OURS.to_vec();
    ours.sort_unstable();
    assert_eq!(all, ours);
}

#[test]
fn every_description_is_in_what_is_generated() {
    let documented: &[(Attribute, &str, &str)] = &[
        (tool::free, "scope = \"s\", effect = read", "/// Text.\nasync fn f() {}"),
        (
            tool::free,
            "scope = \"s\", effect = read",
            "/// D.\nasync fn f(/// Text.\n a: u8, /// B.\n b: u8) {}",
        ),
        (input::expand, "", "/// Text.\nstruct S { /// F.\n a: u8 }"),
        (input::expand, "", "struct S { /// Text.\n a: u8 }"),
        (input::expand, "", "/// Text.\nstruct S(u8);"),
        (input::expand, "", "/// Text.\nenum E { A }"),
        (input::expand, "", "enum E { /// Text.\n A }"),
        (input::expand, "tag = \"k\"", "/// Text.\nenum E { A }"),
        (input::expand, "tag = \"k\"", "enum E { /// Text.\n A }"),
        (input::expand, "tag = \"k\"", "enum E { A { /// Text.\n a: u8 } }"),
        (output::expand, "", "/// Text.\nstruct S { a: u8 }"),
        (output::expand, "", "struct S { /// Text.\n a: u8 }"),
        (output::expand, "", "struct S { /// Text.\n #[sensitive(mask)] a: u8 }"),
        (output::expand, "", "/// Text.\nstruct S(u8);"),
        (output::expand, "", "/// Text.\nenum E { A }"),
        (output::expand, "", "enum E { /// Text.\n A }"),
    ];
    for (attribute, arguments, item) in documented {
        let expansion = attribute(parsed(arguments), parsed(item));
        assert!(!has_errors(&expansion), "{item}: {expansion}");
        // The comment has a space in front, what is generated has none.
        assert!(expansion.to_string().contains("\"Text.\""), "{item}: {expansion}");
    }
}
