//! One of each: every kind of input that the attributes take, with its bounds in every way in which they
//! can be declared. All fields are mandatory unless they are there to be left out.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;
use secure_tool_runtime::prelude::*;

pub(crate) static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[a-z]+$").unwrap());
pub(crate) static DIGITS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\d+$").unwrap());

const EDGE: u64 = 1 << 53;

#[secure_input]
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Color {
    Red,
    DarkGreen,
    #[name = "$ref"]
    Strange,
}

#[secure_input]
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// From the left.
    #[validate(range(min = -10, max = 10))]
    pub x: i32,
    /// What is there.
    pub label: Option<Text<1, 3>>,
    /// Where it leads.
    #[name = "next/~1$ref"]
    pub next: Option<Box<Point>>,
}

#[secure_input(tag = "kind")]
#[allow(dead_code, reason = "only taken, never looked at")]
pub enum Shape {
    Dot,
    Circle {
        /// Its radius.
        radius: u8,
        /// Its color.
        color: Option<Color>,
    },
    #[name = "many"]
    Group {
        /// Its parts.
        parts: List<Shape, 1, 2>,
    },
}

#[secure_input]
#[allow(dead_code, reason = "only taken, never looked at")]
pub struct Number(#[validate(range(min = 1, max = 5))] i64);

#[secure_input]
#[allow(dead_code, reason = "only taken, never looked at")]
pub struct Maybe(Option<Text<1, 2>>);

#[secure_input]
#[allow(dead_code, reason = "only taken, never looked at")]
pub struct Chain(Option<Box<List<Chain, 0, 2>>>);

/// A key for which case does not matter.
#[secure_input]
pub struct Header(Text<1, 2>);

impl Header {
    fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl PartialEq for Header {
    fn eq(&self, other: &Self) -> bool {
        self.folded() == other.folded()
    }
}

impl Eq for Header {}

impl PartialOrd for Header {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Header {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded().cmp(&other.folded())
    }
}

pub(crate) fn even(number: &u8) -> Result<(), &'static str> {
    if number.is_multiple_of(2) { Ok(()) } else { Err("odd") }
}

pub(crate) struct Inputs;

#[secure_tools]
#[allow(clippy::too_many_arguments)]
impl Inputs {
    /// Take nothing.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn nothing(&self) {}

    /// Take text.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn texts(
        &self,
        /// From two to five.
        #[validate(length(min = 2, max = 5))]
        some: String,
        /// Three.
        #[validate(length(equal = 3))]
        exact: String,
        /// One to three.
        typed: Text<1, 3>,
        /// None or one.
        short: Text<0, 1>,
        /// One.
        character: char,
        /// Perhaps.
        #[validate(length(min = 1, max = 2))]
        perhaps: Option<String>,
    ) {
        let _ = (some, exact, typed, short, character, perhaps);
    }

    /// Take whole numbers.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn integers(
        &self,
        /// 8 bits.
        a: u8,
        /// 8 bits.
        b: i8,
        /// 16 bits.
        c: u16,
        /// 16 bits.
        d: i16,
        /// 8 bits, bounded.
        #[validate(range(min = 10, max = 20))]
        e: u8,
        /// 16 bits, between fractions.
        #[validate(range(min = -0.5, max = 2.5))]
        f: i16,
        /// 32 bits, all of them.
        #[validate(range(min = 0, max = u32::MAX))]
        g: u32,
        /// 32 bits, all of them.
        #[validate(range(min = i32::MIN, max = i32::MAX))]
        h: i32,
        /// 64 bits, as far as JSON goes.
        #[validate(range(min = 0, max = EDGE))]
        i: u64,
        /// 64 bits, as far as JSON goes.
        #[validate(range(min = -9_007_199_254_740_992, max = 9_007_199_254_740_992))]
        j: i64,
        /// One more than it seems.
        #[validate(range(min = -5, max = 9))]
        k: usize,
        /// Below zero.
        #[validate(range(min = -9, max = -5))]
        l: isize,
        /// In the type.
        m: Int<-3, 7>,
        /// In the type, as far as JSON goes.
        n: Int<-9_007_199_254_740_992, 9_007_199_254_740_992>,
    ) {
        let _ = (a, b, c, d, e, f, g, h, i, j, k, l, m, n);
    }

    /// Take fractions.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn floats(
        &self,
        /// 64 bits.
        #[validate(range(min = 0.5, max = 1.5))]
        a: f64,
        /// 64 bits, as far as JSON goes.
        #[validate(range(min = -9_007_199_254_740_992, max = 9_007_199_254_740_992))]
        b: f64,
        /// Nothing but zero.
        #[validate(range(min = 0, max = 0))]
        c: f64,
        /// 32 bits.
        #[validate(range(min = -1.0, max = 0.1))]
        d: f32,
    ) {
        let _ = (a, b, c, d);
    }

    /// Take collections.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn collections(
        &self,
        /// A list.
        #[validate(length(min = 1, max = 3))]
        list: Vec<u8>,
        /// A list with its bound in the type.
        typed: List<Text<1, 2>, 1, 3>,
        /// Three.
        three: [u8; 3],
        /// Of lists.
        nested: [List<Option<bool>, 0, 2>; 2],
        /// A set.
        #[validate(length(max = 3))]
        set: BTreeSet<u8>,
        /// A set.
        #[validate(length(min = 1, max = 2))]
        hashed: HashSet<Text<0, 1>>,
        /// A map.
        #[validate(length(max = 2))]
        map: BTreeMap<Text<1, 2>, Int<0, 9>>,
        /// A map with its bound in the type.
        typed_map: Map<Text<1, 2>, Option<u8>, 1, 2>,
        /// A map.
        #[validate(length(min = 1, max = 2))]
        by_character: HashMap<char, bool>,
        /// A map.
        #[validate(length(max = 3))]
        by_color: BTreeMap<Color, Option<u8>>,
        /// A map that can only be empty, for no key is a number.
        #[validate(length(max = 2))]
        by_number: BTreeMap<u8, u8>,
    ) {
        let _ = (list, typed, three, nested, set, hashed, map, typed_map);
        let _ = (by_character, by_color, by_number);
    }

    /// Take structures.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn structures(
        &self,
        /// Yes or no.
        flag: bool,
        /// A choice.
        color: Color,
        /// A point.
        point: Point,
        /// A shape.
        shape: Shape,
        /// Wrapped.
        number: Number,
        /// Wrapped, and may be null, but not be left out.
        maybe: Maybe,
        /// Wrapped, and contains itself.
        chain: Chain,
        /// Twice optional.
        twice: Option<Option<Number>>,
        /// Boxed.
        boxed: Box<Option<Color>>,
        /// Points.
        #[validate(length(max = 2))]
        points: Option<Vec<Point>>,
    ) {
        let _ = (flag, color, point, shape, number, maybe, chain, twice, boxed, points);
    }

    /// Take text of a form that a pattern can say.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn patterns(
        &self,
        /// Contains, also what means something in a pattern.
        #[validate(length(max = 9), contains(pattern = "a-b"), contains(pattern = ".$"))]
        with: String,
        /// Does not contain.
        #[validate(length(max = 9), does_not_contain = "a-", does_not_contain = "\n")]
        without: String,
        /// One line.
        #[validate(length(max = 9), non_control_character)]
        line: String,
        /// A word.
        #[validate(length(max = 9), regex(path = *WORD))]
        word: String,
        /// All at once.
        #[validate(length(max = 9), non_control_character, contains = "a", regex(path = *WORD), does_not_contain = "b")]
        all: Option<String>,
    ) {
        let _ = (with, without, line, word, all);
    }

    /// Take an address.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn email(
        &self,
        /// An address.
        #[validate(length(max = 100), email)]
        value: String,
    ) {
        let _ = value;
    }

    /// Take a page.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn url(
        &self,
        /// A page.
        #[validate(length(max = 100), url)]
        value: String,
    ) {
        let _ = value;
    }

    /// Take a machine.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn ip(
        &self,
        /// A machine.
        #[validate(length(max = 100), ip)]
        value: String,
    ) {
        let _ = value;
    }

    /// Take what a class of characters matches.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn class(
        &self,
        /// Digits.
        #[validate(length(max = 9), regex(path = *DIGITS))]
        value: String,
    ) {
        let _ = value;
    }

    /// Take what a function of the author's checks.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn checked(
        &self,
        /// Even.
        #[validate(custom(function = even))]
        value: u8,
    ) {
        let _ = value;
    }

    /// Take what is compared in a way of its own.
    #[secure_tool(public = "test", effect = read, rate = "1000000/day", burst = 10_000)]
    async fn compared(
        &self,
        /// Points.
        #[validate(length(max = 2))]
        points: BTreeSet<Point>,
        /// Headers.
        #[validate(length(max = 2))]
        headers: BTreeMap<Header, u8>,
    ) {
        let _ = (points, headers);
    }
}
