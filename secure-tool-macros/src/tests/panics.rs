//! An attribute is given whatever somebody is typing. It answers with Rust or with an error, never with
//! a panic, which would tell nobody where to look.

use std::panic::catch_unwind;

use proptest::prelude::*;
use proptest::sample::select;

use super::tokens::{changed, changes, stream, tokens};
use super::*;

const ATTRIBUTES: &[(&str, Attribute)] = &[
    ("secure_tool", tool::free),
    ("secure_tools", tool::methods),
    ("secure_input", input::expand),
    ("secure_output", output::expand),
    ("public_error", error::expand),
    ("Secrets", derive_secrets),
];

/// Arguments and items with most of what there is, valid for one attribute or another.
const VALID: &[(&str, &str)] = &[
    (
        "scope = [\"a\", \"b\"], role = \"r\", policy = a::b, effect = destructive, \
         rate = \"50/min\", burst = 3, per = client, allow(generous_rate, reason = \"why\"), \
         max_output = 5, timeout = \"5s\", concurrency = 2, name = \"n\", title = \"T\", crate = c",
        "/// D.\n#[cfg(all())] pub async fn f(/// P.\n #[validate(length(min = 1, max = MAX), \
         contains = \"x\", regex(path = *RE), custom(function = a::b))] mut t: Option<String>, \
         c: &Caller, /** L. */ #[validate(length(equal = 3))] l: Vec<Text<1, 2>>, \
         /// N.\n #[validate(range(min = -1.5, max = 9e3))] n: f64) -> Result<Note, E> { body }",
    ),
    (
        "",
        "#[x] impl Tools { #![inner] const X: u8 = 1; type Y = u8; m!(); \
         /// D.\n #[secure_tool(policy = Self::may, effect = read, expensive, idempotent, open_world)] \
         pub(crate) async fn f(&self, /// P.\n #[validate(range(min = 0, max = Self::X))] a: u32) {} \
         fn g(self: &Self) {} #[secure_tool] #[secure_tool] async fn h<'a, T: X>(&'a mut self) {} }",
    ),
    (
        "crate = ::other",
        "/// D.\n#[secure_output] pub struct S { /// F.\n #[validate(range(min = -1.5, max = 9))] \
         #[name = \"n\"] #[sensitive(mask)] pub a: Box<Self>, /// B.\n b: [u8; { 3 }] }",
    ),
    ("", "pub struct W(#[validate(length(equal = 3), email, url, ip)] String);"),
    ("", "/// D.\nenum C { A, #[name = \"b\"] B, /// C.\n HTTPError = 3 }"),
    ("tag = \"kind\"", "/// D.\npub enum E { A, #[name = \"b\"] B { /// F.\n c: u8 } }"),
    (
        "",
        "#[derive(Debug, Clone)] pub enum F { #[public(\"text\")] A, \
         #[internal] B(#[from] std::io::Error), #[public(\"other\")] C { x: u8 } }",
    ),
    ("", "#[internal] struct G<T>(#[from] T) where T: X;"),
    (
        "allow(sink_name, reason = \"why\")",
        "/// D.\nstruct P { /// F.\n path: Text<1, 9>, /// G.\n #[name = \"g\"] url: Option<u8> }",
    ),
    ("allow(secret_field, reason = \"why\")", "struct T { token: String, #[sensitive] key: u8 }"),
    (
        "",
        "#[secret(prefix = \"P_\", crate = ::other)] struct S { \
         #[secret(env = \"A\", credential = \"a\", begins(production = \"x\", r#staging = \"y\"))] \
         a: SecretString, r#type: Option<SecretString> }",
    ),
    ("", "union U { a: u8 }"),
];

/// What comes back for an item that is Rust is Rust, or says what is wrong. (An item that is none, the
/// compiler refuses whatever we say.)
fn is_answered(arguments: &TokenStream, item: &TokenStream) -> Result<(), TestCaseError> {
    let is_rust = syn::parse2::<syn::Item>(item.clone()).is_ok();
    for (name, attribute) in ATTRIBUTES {
        let written = format!("#[{name}({arguments})] {item}");
        let answer = catch_unwind(|| attribute(arguments.clone(), item.clone()));
        let Ok(answer) = answer else {
            return Err(TestCaseError::fail(format!("a panic: {written}")));
        };
        let fine = !is_rust || has_errors(&answer) || syn::parse2::<syn::File>(answer).is_ok();
        prop_assert!(fine, "no Rust comes of {}", written);
    }
    Ok(())
}

proptest! {
    // Other cases each time; what is found is printed small, and belongs into a test of its own.
    // More of them: `PROPTEST_CASES=100000`.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_tokens_are_answered(arguments in tokens(), item in tokens()) {
        is_answered(&stream(&arguments), &stream(&item))?;
    }

    #[test]
    fn arbitrary_arguments_of_valid_items_are_answered(
        arguments in tokens(),
        (_, item) in select(VALID),
    ) {
        is_answered(&stream(&arguments), &parsed(item))?;
    }

    #[test]
    fn changed_items_are_answered((arguments, item) in select(VALID), changes in changes()) {
        is_answered(&parsed(arguments), &changed(parsed(item), &changes))?;
    }

    #[test]
    fn changed_arguments_are_answered((arguments, item) in select(VALID), changes in changes()) {
        is_answered(&changed(parsed(arguments), &changes), &parsed(item))?;
    }
}

#[test]
fn valid_samples_are_valid_for_one_attribute_each() {
    // Else the changes would be of what is refused at once.
    let fine = |(arguments, item): &&(&str, &str)| {
        ATTRIBUTES
            .iter()
            .any(|(_, attribute)| !has_errors(&attribute(parsed(arguments), parsed(item))))
    };
    let refused: Vec<_> =
        VALID.iter().filter(|sample| !fine(sample)).map(|(_, item)| item).collect();
    assert_eq!(refused.len(), 3, "{refused:#?}");
}

#[test]
fn what_was_found_before_is_answered() {
    for (arguments, item) in [
        ("scope = \"s\", effect = read", "/// D.\nasync fn _·x() {}"),
        ("", "struct S { _: [u8; 3] }"),
        ("tag = \"k\"", "enum E { A { /// F.\n _: u8 } }"),
        ("", "#[internal] struct E { #[from] _: u8 }"),
    ] {
        is_answered(&parsed(arguments), &parsed(item)).unwrap_or_else(|error| panic!("{error}"));
    }
}
