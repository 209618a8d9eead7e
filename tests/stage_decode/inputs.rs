//! Tools that take one of everything.

#![allow(dead_code, reason = "what is decoded is counted, not read")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use secure_tool_runtime::prelude::*;

use crate::support::CANARY;
use crate::support::guarded::Runs;

static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[a-z]+$").unwrap());

#[secure_input]
pub(crate) enum Color {
    Red,
    DarkGreen,
}

#[secure_input]
pub(crate) struct Point {
    /// From the left.
    #[validate(range(min = -10, max = 10))]
    pub(crate) x: i32,
    /// What is there.
    pub(crate) label: Option<Text<1, 3>>,
}

#[secure_input(tag = "kind")]
pub(crate) enum Shape {
    Circle {
        /// Its radius.
        radius: u8,
    },
    Square {
        /// Its side.
        side: u8,
        /// Its color.
        color: Color,
    },
}

#[secure_input]
pub(crate) struct Number(#[validate(range(min = 1, max = 5))] pub i64);

pub(crate) struct Inputs {
    pub(crate) runs: Runs,
}

#[secure_tools]
impl Inputs {
    /// Take one of everything.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    #[allow(clippy::too_many_arguments)]
    async fn take(
        &self,
        /// Text.
        #[validate(length(min = 2, max = 5))]
        text: Option<String>,
        /// Text with its bound in the type.
        bounded_text: Option<Text<2, 5>>,
        /// A character.
        character: Option<char>,
        /// Yes or no.
        flag: Option<bool>,
        /// A small number.
        small: Option<u8>,
        /// A number.
        #[validate(range(min = -3, max = 7))]
        number: Option<i64>,
        /// A number with its bound in the type.
        bounded_number: Option<Int<-3, 7>>,
        /// A large number.
        #[validate(range(min = 0, max = 9_007_199_254_740_992))]
        large: Option<u64>,
        /// A fraction.
        #[validate(range(min = 0.5, max = 1.5))]
        fraction: Option<f64>,
        /// A list.
        #[validate(length(min = 1, max = 3))]
        list: Option<Vec<u8>>,
        /// A list with its bound in the type.
        bounded_list: Option<List<Text<1, 2>, 1, 3>>,
        /// Three of them.
        three: Option<[u8; 3]>,
        /// A set.
        #[validate(length(max = 2))]
        set: Option<BTreeSet<Text<1, 2>>>,
        /// A map.
        #[validate(length(max = 2))]
        map: Option<BTreeMap<Text<1, 2>, Int<0, 9>>>,
        /// A map with its bound in the type.
        bounded_map: Option<Map<Text<1, 2>, u8, 1, 2>>,
        /// A choice.
        color: Option<Color>,
        /// A point.
        point: Option<Point>,
        /// A shape.
        shape: Option<Shape>,
        /// Wrapped.
        wrapped: Option<Number>,
        /// An address.
        #[validate(length(max = 50), email)]
        email: Option<String>,
        /// A page.
        #[validate(length(max = 50), url)]
        homepage: Option<String>,
        /// A machine.
        #[validate(length(max = 50), ip)]
        ip: Option<String>,
        /// Contains.
        #[validate(length(max = 50), contains(pattern = "ab"), does_not_contain(pattern = "cd"))]
        parts: Option<String>,
        /// One line.
        #[validate(length(max = 50), non_control_character)]
        line: Option<String>,
        /// A word.
        #[validate(length(max = 50), regex(path = *WORD))]
        word: Option<String>,
    ) {
        let _ = (text, bounded_text, character, flag, small, number, bounded_number, large);
        let _ = (fraction, list, bounded_list, three, set, map, bounded_map);
        let _ = (color, point, shape, wrapped);
        let _ = (email, homepage, ip, parts, line, word);
        self.runs.count();
    }

    /// Take what is needed.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn need(
        &self,
        /// Text.
        #[validate(length(min = 2, max = 5))]
        text: String,
        /// A number.
        small: u8,
        /// Even, and small.
        #[validate(custom(function = even), custom(function = below_ten))]
        checked: u8,
    ) {
        let _ = (text, small, checked);
        self.runs.count();
    }

    /// Take nothing.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn nothing(&self) {
        self.runs.count();
    }

    /// Take any of a thousand.
    #[secure_tool(public = "test", effect = read)]
    async fn many(
        &self,
        /// A list.
        #[validate(length(max = 10_000))]
        list: Vec<u8>,
    ) {
        let _ = list;
        self.runs.count();
    }
}

fn even(number: &u8) -> Result<(), &'static str> {
    if number.is_multiple_of(2) { Ok(()) } else { Err(CANARY) }
}

fn below_ten(number: &u8) -> Result<(), &'static str> {
    if *number < 10 { Ok(()) } else { Err(CANARY) }
}
