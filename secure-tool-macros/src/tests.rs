//! What holds for all attributes: every key counts, and no token stream makes one panic.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::quote;

use crate::args::KEYS;
use crate::{error, input, output, tool};

type Attribute = fn(TokenStream, TokenStream) -> TokenStream;

const ATTRIBUTES: &[(&str, Attribute)] = &[
    ("secure_tool", tool::free),
    ("secure_tools", tool::methods),
    ("secure_input", input::expand),
    ("secure_output", output::expand),
    ("public_error", error::expand),
];

fn function() -> TokenStream {
    quote! {
        /// Does something.
        async fn tool(
            caller: &Caller,
            /// The title.
            title: Text<1, 9>,
        ) -> u8 { 0 }
    }
}

fn parsed(tokens: &str) -> TokenStream {
    tokens.parse().expect("the test's own tokens")
}

fn has_errors(tokens: &TokenStream) -> bool {
    tokens.to_string().contains("compile_error")
}

/// Arguments to which a key is added, and the key with a value.
const KEYED: &[(&str, &str, &str)] = &[
    ("effect = read, role = \"r\"", "scope", "scope = \"s\""),
    ("effect = read, scope = \"s\"", "role", "role = \"r\""),
    ("effect = read, scope = \"s\"", "policy", "policy = may"),
    ("effect = read", "public", "public = \"why\""),
    ("scope = \"s\"", "effect", "effect = read"),
    ("effect = read, scope = \"s\"", "expensive", "expensive"),
    ("effect = read, scope = \"s\"", "idempotent", "idempotent"),
    ("effect = read, scope = \"s\"", "open_world", "open_world"),
    ("effect = read, scope = \"s\"", "rate", "rate = \"5/min\""),
    ("effect = read, scope = \"s\", rate = \"5/min\"", "burst", "burst = 4"),
    ("effect = read, scope = \"s\"", "per", "per = tool"),
    ("effect = read, scope = \"s\"", "timeout", "timeout = \"5s\""),
    ("effect = read, scope = \"s\"", "concurrency", "concurrency = 5"),
    ("effect = read, scope = \"s\"", "max_output", "max_output = \"5KiB\""),
    ("effect = read, scope = \"s\"", "name", "name = \"other\""),
    ("effect = read, scope = \"s\"", "title", "title = \"Other\""),
    (
        "effect = read, scope = \"s\", expensive, rate = \"50/min\"",
        "allow",
        "allow(generous_rate, reason = \"why\")",
    ),
    ("effect = read, scope = \"s\"", "crate", "crate = other"),
];

#[test]
fn every_key_changes_the_expansion() {
    for (others, key, with) in KEYED {
        let without = tool::free(parsed(others), function()).to_string();
        let with = tool::free(parsed(&format!("{others}, {with}")), function());
        assert!(!has_errors(&with), "{key}: {with}");
        assert_ne!(with.to_string(), without, "{key}");
    }
}

#[test]
fn every_known_key_is_in_the_table() {
    let table: Vec<&str> = KEYED.iter().map(|(_, key, _)| *key).collect();
    assert_eq!(table, KEYS);
}

#[test]
fn every_value_of_a_key_differs() {
    let expansion = |argument: &str| {
        let arguments = parsed(&format!("scope = \"s\", {argument}"));
        let expansion = tool::free(arguments, function());
        assert!(!has_errors(&expansion), "{argument}: {expansion}");
        expansion.to_string()
    };
    let groups: &[&[&str]] = &[
        &["effect = read", "effect = write", "effect = destructive"],
        &[
            "effect = read, per = caller",
            "effect = read, per = client",
            "effect = read, per = tool",
            "effect = read",
        ],
    ];
    for group in groups {
        let expansions: Vec<String> = group.iter().map(|argument| expansion(argument)).collect();
        for (index, expansion) in expansions.iter().enumerate() {
            assert!(!expansions[..index].contains(expansion), "{}", group[index]);
        }
    }
}

#[test]
fn strictness_follows_from_effect_and_expense() {
    let strict = |arguments: &str| {
        tool::free(parsed(arguments), function()).to_string().contains("Limits :: STRICT")
    };
    assert!(!strict("scope = \"s\", effect = read"));
    assert!(!strict("scope = \"s\", effect = write"));
    assert!(strict("scope = \"s\", effect = destructive"));
    assert!(strict("scope = \"s\", effect = read, expensive"));
}

#[test]
fn errors_leave_the_item_in_place() {
    let cases: &[(Attribute, &str, &str)] = &[
        (tool::free, "/// D.\nasync fn kept(a: u8) { body }", "async fn kept (a : u8) { body }"),
        (tool::free, "fn kept(#[validate(nonsense)] a: u8) { body }", "fn kept (a : u8) { body }"),
        (tool::free, "fn broken(a: ) { body }", "fn broken (a :) { body }"),
        (
            tool::methods,
            "impl T { #[secure_tool] fn kept(&self) { body } const C: u8 = 1; }",
            "fn kept (& self) { body } const C : u8 = 1 ;",
        ),
        (input::expand, "struct Kept { #[validate()] a: u8 }", "struct Kept { a : u8 }"),
        (output::expand, "struct Kept { #[sensitive(x)] a: u8 }", "struct Kept { a : u8 }"),
        (error::expand, "enum Kept { A(#[from(x)] u8) }", "enum Kept { A (u8) }"),
    ];
    for (attribute, item, kept) in cases {
        let expansion = attribute(parsed("nonsense"), parsed(item));
        assert!(has_errors(&expansion), "{item}");
        let expansion = expansion
            .to_string()
            .replace("#[allow(clippy :: too_many_arguments, clippy :: unused_async)]", "");
        assert!(expansion.contains(kept), "{item}: {expansion}");
    }
}

#[test]
fn expansions_are_rust() {
    let method = function();
    let block = quote! {
        impl Type {
            const OTHER: u8 = 1;
            #[secure_tool(scope = "s", effect = read)]
            #method
        }
    };
    // Without `&self` it is refused; what comes back has to be Rust all the same.
    for expansion in [
        tool::methods(TokenStream::new(), block),
        tool::free(parsed("scope = \"s\", effect = read"), function()),
        tool::free(TokenStream::new(), function()),
    ] {
        assert!(syn::parse2::<syn::File>(expansion.clone()).is_ok(), "{expansion}");
    }
}

/// A generator of numbers that is the same everywhere (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(mixed).unwrap_or(0) % end
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    fn token(&mut self, depth: usize) -> TokenTree {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0..=2 => TokenTree::Ident(Ident::new(self.pick(WORDS), Span::call_site())),
            3 => TokenTree::Literal(self.literal()),
            4..=5 => {
                let spacing = if self.below(3) == 0 { Spacing::Joint } else { Spacing::Alone };
                let characters: Vec<char> = PUNCTUATION.chars().collect();
                TokenTree::Punct(Punct::new(characters[self.below(characters.len())], spacing))
            }
            _ => {
                let delimiter = match self.below(4) {
                    0 => Delimiter::Parenthesis,
                    1 => Delimiter::Brace,
                    2 => Delimiter::Bracket,
                    _ => Delimiter::None,
                };
                TokenTree::Group(Group::new(delimiter, self.stream(depth - 1)))
            }
        }
    }

    fn literal(&mut self) -> Literal {
        match self.below(6) {
            0 => {
                Literal::string(self.pick(&["", "a", "5/min", "10s", "64KiB", " ", "{}", "\u{7}"]))
            }
            1 => Literal::u64_unsuffixed(u64::MAX >> self.below(64)),
            2 => Literal::f64_unsuffixed(1.5),
            3 => Literal::character('c'),
            4 => Literal::byte_string(b"bytes"),
            _ => Literal::u8_suffixed(3),
        }
    }

    fn stream(&mut self, depth: usize) -> TokenStream {
        (0..self.below(9)).map(|_| self.token(depth)).collect()
    }

    /// A valid stream with a few tokens exchanged, dropped or added.
    fn mutated(&mut self, tokens: TokenStream) -> TokenStream {
        let mut mutated = TokenStream::new();
        for token in tokens {
            match self.below(40) {
                0 => {}
                1 => mutated.extend([self.token(1)]),
                2 => mutated.extend([self.token(1), token]),
                _ => mutated.extend([match token {
                    TokenTree::Group(group) => TokenTree::Group(Group::new(
                        group.delimiter(),
                        self.mutated(group.stream()),
                    )),
                    other => other,
                }]),
            }
        }
        mutated
    }
}

const WORDS: &[&str] = &[
    "scope",
    "role",
    "policy",
    "public",
    "effect",
    "read",
    "destructive",
    "rate",
    "burst",
    "per",
    "timeout",
    "allow",
    "reason",
    "crate",
    "name",
    "tag",
    "validate",
    "length",
    "range",
    "min",
    "max",
    "equal",
    "email",
    "contains",
    "pattern",
    "regex",
    "path",
    "custom",
    "function",
    "async",
    "fn",
    "impl",
    "struct",
    "enum",
    "union",
    "self",
    "Self",
    "mut",
    "pub",
    "doc",
    "secure_tool",
    "sensitive",
    "mask",
    "from",
    "internal",
    "cfg",
    "for",
    "where",
    "const",
    "unsafe",
    "u8",
    "String",
    "_x",
    "dyn",
    "extern",
    "type",
];
const PUNCTUATION: &str = "=,;:#<>&*!-+.'|@$";

fn samples() -> Vec<(TokenStream, TokenStream)> {
    let arguments = parsed(
        "scope = [\"a\", \"b\"], role = \"r\", policy = a::b, effect = destructive, rate = \"5/min\", \
         burst = 3, allow(generous_rate, reason = \"why\"), max_output = 5, timeout = \"5s\"",
    );
    let items = [
        "/// D.\n#[cfg(all())] pub async fn f<'a>(&self, /// P.\n #[validate(length(min = 1, max = MAX), \
         contains = \"x\", regex(path = *RE), custom(function = a::b))] mut t: Option<Vec<String>>, \
         c: &Caller) -> Result<Self, E> where u8: Copy { body }",
        "#[x] impl<T> A<T> for B { #![inner] const X: u8 = 1; type Y = u8; m!(); \
         /// D.\n #[secure_tool(scope = \"s\", effect = read)] pub(crate) async fn f(&self, /// P.\n a: u8) -> u8 { 0 } \
         fn g(self: &Self) {} }",
        "/// D.\n#[secure_output] pub struct S { /// F.\n #[validate(range(min = -1.5, max = 9))] #[name = \"n\"] \
         #[sensitive(mask)] pub a: Box<Self>, b: [u8; { 3 }] }",
        "pub struct W(#[sensitive] #[validate(length(equal = 3))] String);",
        "/// D.\npub enum E { A, #[name = \"b\"] B { /// F.\n kind: u8 }, C(u8) = 3 }",
        "#[derive(Debug)] pub enum F { #[public(\"text\")] A, #[internal] B(#[from] std::io::Error), \
         #[public(\"{x}\")] C { x: u8 } }",
        "union U { a: u8 }",
    ];
    items.iter().map(|item| (arguments.clone(), parsed(item))).collect()
}

#[test]
fn no_token_stream_makes_an_attribute_panic() {
    let mut random = Random(0x5eed_5eed_5eed_5eed);
    let samples = samples();
    for round in 0..4000 {
        let (arguments, item) = match round % 4 {
            0 => (random.stream(3), random.stream(4)),
            1 => (random.stream(3), samples[random.below(samples.len())].1.clone()),
            _ => {
                let (arguments, item) = samples[random.below(samples.len())].clone();
                (random.mutated(arguments), random.mutated(item))
            }
        };
        for (name, attribute) in ATTRIBUTES {
            let texts = (arguments.to_string(), item.to_string());
            let result = std::panic::catch_unwind(|| attribute(arguments.clone(), item.clone()));
            assert!(result.is_ok(), "#[{name}({})] {}", texts.0, texts.1);
        }
    }
}
