//! Token streams near our grammar: arbitrary ones, and valid ones with a few tokens changed at any depth.

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::parsed;
use crate::{args, error, input, output, validate};

/// A token that can be compared, printed and made smaller, unlike those of the compiler.
#[derive(Clone, Debug)]
pub(super) enum Token {
    /// As it is written. May be several tokens, such as `..=` or `'a`.
    Text(&'static str),
    /// A literal that begins with a sign, which only macros can make.
    Negative(f64),
    Group(Delimiter, Vec<Token>),
}

/// Words of Rust, and of ours those that are in no list.
const WORDS: &str = r#"
    read write destructive caller client reason generous_rate sink_name secret_field path token min max equal pattern function
    exclusive_min nested required message secure_tool secure_tools secure_input secure_output
    public_error doc cfg cfg_attr derive Debug name mask async fn impl struct enum union self Self mut
    pub for where const unsafe u8 String Option dyn extern type trait static let super macro_rules
    _x _1 __ _ r#type r#async r#fn r#impl é _·x _٣ ǅ ŉ ß
"#;

const PUNCTUATION: &str = r#"
    = , ; : :: # < > & * ! - + . .. ..= ... -> => | || @ $ ? ~ ^ % / && << >>= 'a 'static '_ 'r#a
"#;

const LITERALS: &str = r###"
    "" "a" "\u{20}" "30/min" "0/day" "10s" "64KiB" "{}" "\u{7}" "\u{202e}" "é" r"raw" r##"#"##
    b"bytes" br#"b"# c"c" cr"c" b'b' 'c' '\'' true false 0 1 100 1u8 1_000 0x10 0b1 0o7 0usize 1f64
    1.5 1. 1e3 1e400 1e-400 1.5f32 1foo 1.5foo "s"foo 0xffi128
    9007199254740992 9007199254740993 9007199254740993.0 18446744073709551616
    170141183460469231731687303715884105728 340282366920938463463374607431768211456000000000000000
"###;

fn listed(text: &'static str) -> Vec<&'static str> {
    text.split_whitespace().collect()
}

fn words() -> Vec<&'static str> {
    let helpers = [input::HELPERS.own, output::HELPERS.own, error::HELPERS].concat();
    [args::KEYS, input::KEYS, output::KEYS, validate::RULES, &helpers, &listed(WORDS)].concat()
}

fn delimiter() -> impl Strategy<Value = Delimiter> {
    use Delimiter::{Brace, Bracket, None, Parenthesis};
    select(vec![Parenthesis, Parenthesis, Brace, Bracket, None])
}

fn token() -> impl Strategy<Value = Token> {
    let leaf = prop_oneof![
        6 => select(words()).prop_map(Token::Text),
        5 => select(listed(PUNCTUATION)).prop_map(Token::Text),
        3 => select(listed(LITERALS)).prop_map(Token::Text),
        1 => select(&[-1.0, -1.5, -9e300][..]).prop_map(Token::Negative),
    ];
    leaf.prop_recursive(4, 48, 8, |inner| {
        (delimiter(), prop::collection::vec(inner, 0..8))
            .prop_map(|(delimiter, tokens)| Token::Group(delimiter, tokens))
    })
}

/// Any tokens.
pub(super) fn tokens() -> impl Strategy<Value = Vec<Token>> {
    prop::collection::vec(token(), 0..16)
}

pub(super) fn stream(tokens: &[Token]) -> TokenStream {
    tokens.iter().flat_map(Token::stream).collect()
}

impl Token {
    fn stream(&self) -> TokenStream {
        match self {
            Token::Text(text) => parsed(text),
            Token::Negative(float) if float.fract() == 0.0 && *float > -9.0 => {
                TokenTree::Literal(Literal::i64_unsuffixed(*float as i64)).into()
            }
            Token::Negative(float) => TokenTree::Literal(Literal::f64_unsuffixed(*float)).into(),
            Token::Group(delimiter, tokens) => {
                TokenTree::Group(Group::new(*delimiter, stream(tokens))).into()
            }
        }
    }
}

/// A change of one token, wherever it stands.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Delete,
    Duplicate,
    /// With what follows it in its group.
    Swap,
    Replace(Vec<Token>),
    Insert(Vec<Token>),
    /// Into a group of its own.
    Wrap(Delimiter),
    /// Removes the delimiters of a group.
    Unwrap,
}

/// A few changes, each at the place that the number chooses among all tokens.
pub(super) fn changes() -> impl Strategy<Value = Vec<(Index, Change)>> {
    let few = || prop::collection::vec(token(), 1..4);
    let change = prop_oneof![
        3 => Just(Change::Delete),
        2 => Just(Change::Duplicate),
        2 => Just(Change::Swap),
        4 => few().prop_map(Change::Replace),
        2 => few().prop_map(Change::Insert),
        1 => delimiter().prop_map(Change::Wrap),
        1 => Just(Change::Unwrap),
    ];
    prop::collection::vec((any::<Index>(), change), 1..5)
}

pub(super) fn changed(tokens: TokenStream, changes: &[(Index, Change)]) -> TokenStream {
    changes.iter().fold(tokens, |tokens, (index, change)| match count(tokens.clone()) {
        0 => tokens,
        count => change.at(tokens, &mut index.index(count)),
    })
}

fn count(tokens: TokenStream) -> usize {
    let inside = |token| match token {
        TokenTree::Group(group) => count(group.stream()),
        _ => 0,
    };
    tokens.into_iter().map(|token| 1 + inside(token)).sum()
}

impl Change {
    /// Applies it to the token that comes after `left` others. Afterwards there are `usize::MAX` left.
    fn at(&self, tokens: TokenStream, left: &mut usize) -> TokenStream {
        let mut result = TokenStream::new();
        let mut rest = tokens.into_iter();
        while let Some(token) = rest.next() {
            if *left == 0 {
                *left = usize::MAX;
                self.to(token, &mut rest, &mut result);
                continue;
            }
            *left -= usize::from(*left != usize::MAX);
            result.extend([match token {
                TokenTree::Group(group) if *left != usize::MAX => {
                    let inner = self.at(group.stream(), left);
                    TokenTree::Group(Group::new(group.delimiter(), inner))
                }
                other => other,
            }]);
        }
        result
    }

    fn to(
        &self,
        token: TokenTree,
        rest: &mut impl Iterator<Item = TokenTree>,
        result: &mut TokenStream,
    ) {
        match (self, token) {
            (Change::Delete, _) => {}
            (Change::Duplicate, token) => result.extend([token.clone(), token]),
            (Change::Swap, token) => result.extend(rest.next().into_iter().chain([token])),
            (Change::Replace(tokens), _) => result.extend(stream(tokens)),
            (Change::Insert(tokens), token) => {
                result.extend(stream(tokens));
                result.extend([token]);
            }
            (Change::Wrap(delimiter), token) => {
                result.extend([TokenTree::Group(Group::new(*delimiter, token.into()))]);
            }
            (Change::Unwrap, TokenTree::Group(group)) => result.extend(group.stream()),
            (Change::Unwrap, token) => result.extend([token]),
        }
    }
}
