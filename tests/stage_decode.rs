//! The stage *decoded + validated input*: every bound is enforced at its edges, violations are named
//! by path and rule, all at once, and never with the value.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use secure_tool_runtime::audit::Outcome;
use secure_tool_runtime::prelude::*;
use serde_json::{Value, json};
use support::guarded::{Guarded, Runs, guard, somebody};
use support::{CANARY, code, text};

static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[a-z]+$").unwrap());

#[secure_input]
pub enum Color {
    Red,
    DarkGreen,
}

#[secure_input]
pub struct Point {
    /// From the left.
    #[validate(range(min = -10, max = 10))]
    pub x: i32,
    /// What is there.
    pub label: Option<Text<1, 3>>,
}

#[secure_input(tag = "kind")]
pub enum Shape {
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
pub struct Number(#[validate(range(min = 1, max = 5))] pub i64);

struct Inputs {
    runs: Runs,
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
        let _ = (fraction, list, bounded_list, three, set, map, color, point, shape, wrapped);
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

struct Scene {
    guarded: Guarded,
    runs: Runs,
}

fn scene() -> Scene {
    let runs = Runs::default();
    Scene { guarded: guard(Inputs { runs: runs.clone() }), runs }
}

impl Scene {
    /// The lines that list violations; none if the call was served.
    async fn violations(&self, tool: &str, arguments: Value) -> Vec<String> {
        let before = self.runs.get();
        let result = self.guarded.call(&somebody("ada"), tool, arguments).await;
        if code(&result).is_none() {
            assert_eq!(self.runs.get(), before + 1, "it was served");
            return Vec::new();
        }
        assert_eq!(code(&result).as_deref(), Some("invalid_input"), "{result:?}");
        assert_eq!(self.runs.get(), before, "it was refused, and must not run");
        let text = text(&result);
        assert!(!text.contains(CANARY), "{text}");
        let mut lines = text.lines();
        let opening = lines.next();
        assert_eq!(opening, Some("The arguments are not valid. Correct them and call again:"));
        lines.map(|line| line.strip_prefix("- ").expect(line).to_owned()).collect()
    }

    async fn accepts(&self, field: &str, values: impl IntoIterator<Item = Value>) {
        for value in values {
            let violations = self.violations("take", json!({ field: value })).await;
            assert_eq!(violations, [""; 0], "{field} = {value}");
        }
    }

    async fn refuses(&self, field: &str, demand: &str, values: impl IntoIterator<Item = Value>) {
        for value in values {
            let violations = self.violations("take", json!({ field: value })).await;
            let path = if demand.starts_with('`') {
                demand.to_owned()
            } else {
                format!("`$.{field}` {demand}")
            };
            let start: String = value.to_string().chars().take(60).collect();
            assert_eq!(violations, [path], "{field} = {start}");
        }
    }
}

#[tokio::test]
async fn text_has_a_length_in_characters() {
    let scene = scene();
    for field in ["text", "bounded_text"] {
        scene
            .accepts(
                field,
                [json!("ab"), json!("abcde"), json!("äöüßé"), json!("👍👍"), json!("\0\0")],
            )
            .await;
        let wrong = ["", "a", "é", "👍", "abcdef", "äöüßéa"].map(|text| json!(text));
        scene.refuses(field, "must have 2 to 5 characters", wrong).await;
        scene.refuses(field, "must have 2 to 5 characters", [json!("x".repeat(1 << 20))]).await;
        let others = [json!(12), json!(true), json!(["ab"]), json!({ "a": "b" })];
        scene.refuses(field, "must be text", others).await;
    }
}

#[tokio::test]
async fn characters_and_booleans_are_what_they_are() {
    let scene = scene();
    scene.accepts("character", [json!("a"), json!("é"), json!("👍")]).await;
    let wrong = [json!(""), json!("ab"), json!(7), json!("e\u{301}")];
    scene.refuses("character", "must be a single character", wrong).await;
    scene.accepts("flag", [json!(true), json!(false)]).await;
    let wrong = [json!("true"), json!(1), json!(0), json!([])];
    scene.refuses("flag", "must be true or false", wrong).await;
}

#[tokio::test]
async fn whole_numbers_have_a_range() {
    let scene = scene();
    scene.accepts("small", [json!(0), json!(255), json!(7.0)]).await;
    scene
        .refuses(
            "small",
            "must be from 0 to 255",
            [json!(-1), json!(256), json!(u64::MAX), json!(i64::MIN)],
        )
        .await;
    for field in ["number", "bounded_number"] {
        scene.accepts(field, [json!(-3), json!(7), json!(-3.0), json!(0)]).await;
        scene
            .refuses(
                field,
                "must be from -3 to 7",
                [json!(-4), json!(8), json!(u64::MAX), json!(1e15)],
            )
            .await;
        let wrong =
            [json!(0.5), json!("0"), json!(true), json!([1]), json!(1e300), json!(6.999_999)];
        scene.refuses(field, "must be a whole number", wrong).await;
    }
    let edge = 9_007_199_254_740_992_u64;
    scene.accepts("large", [json!(0), json!(edge), json!(edge - 1)]).await;
    let wrong = [json!(-1), json!(edge + 1), json!(edge + 2), json!(u64::MAX)];
    scene.refuses("large", "must be from 0 to 9007199254740992", wrong).await;
}

#[tokio::test]
async fn fractions_have_a_range() {
    let scene = scene();
    scene.accepts("fraction", [json!(0.5), json!(1.5), json!(1)]).await;
    let wrong =
        [json!(0.499_999), json!(1.500_001), json!(0), json!(2), json!(-1.0), json!(f64::MAX)];
    scene.refuses("fraction", "must be from 0.5 to 1.5", wrong).await;
    scene.refuses("fraction", "must be a number", [json!("1"), json!("NaN"), json!([])]).await;
}

#[tokio::test]
async fn collections_have_a_length_and_bounded_items() {
    let scene = scene();
    scene.accepts("list", [json!([1]), json!([1, 2, 255])]).await;
    scene
        .refuses(
            "list",
            "must have 1 to 3 items",
            [json!([]), json!([1, 2, 3, 4]), json!(vec![CANARY; 100_000])],
        )
        .await;
    scene.refuses("list", "must be a list", [json!({}), json!("[1]"), json!(1)]).await;
    scene
        .refuses("list", "`$.list[1]` must be from 0 to 255", [json!([1, 256]), json!([1, -1, 2])])
        .await;

    scene.accepts("bounded_list", [json!(["a"]), json!(["a", "bb", "cc"])]).await;
    scene
        .refuses("bounded_list", "must have 1 to 3 items", [json!([]), json!(["a", "b", "c", "d"])])
        .await;
    let demand = "`$.bounded_list[2]` must have 1 to 2 characters";
    scene.refuses("bounded_list", demand, [json!(["a", "b", ""]), json!(["a", "b", CANARY])]).await;

    scene.accepts("three", [json!([1, 2, 3])]).await;
    scene.refuses("three", "must have exactly 3 items", [json!([1, 2]), json!([1, 2, 3, 4])]).await;

    scene.accepts("set", [json!([]), json!(["a", "b"])]).await;
    scene
        .refuses(
            "set",
            "must have at most 2 items",
            [json!(["a", "b", "c"]), json!(["a", "a", "a"])],
        )
        .await;
    scene.refuses("set", "must not repeat an item", [json!(["a", "a"])]).await;

    scene.accepts("map", [json!({}), json!({ "a": 0, "bb": 9 })]).await;
    scene.refuses("map", "must have at most 2 entries", [json!({ "a": 0, "b": 0, "c": 0 })]).await;
    // Keys are the client's: their position is told, not their text.
    let demand = "`$.map[entry 1]` must be from 0 to 9";
    scene.refuses("map", demand, [json!({ "a": 0, "b": 10 })]).await;
    let demand = "`$.map[entry 0]` must have 1 to 2 characters";
    scene.refuses("map", demand, [json!({ CANARY: 1 }), json!({ "": 1 })]).await;
    scene.refuses("map", "must be an object", [json!([]), json!("a")]).await;
}

#[tokio::test]
async fn choices_are_spelled_exactly() {
    let scene = scene();
    scene.accepts("color", [json!("red"), json!("dark_green")]).await;
    let wrong = [
        json!("Red"),
        json!("RED"),
        json!("red "),
        json!(""),
        json!(0),
        json!({ "red": {} }),
        json!(CANARY),
    ];
    scene.refuses("color", "must be one of `red`, `dark_green`", wrong).await;
}

#[tokio::test]
async fn nested_objects_are_checked_all_the_way_down() {
    let scene = scene();
    scene
        .accepts(
            "point",
            [
                json!({ "x": -10 }),
                json!({ "x": 10, "label": "abc" }),
                json!({ "x": 0, "label": null }),
            ],
        )
        .await;
    for (value, demand) in [
        (json!({ "x": 11 }), "`$.point.x` must be from -10 to 10"),
        (json!({ "x": -11 }), "`$.point.x` must be from -10 to 10"),
        (json!({}), "`$.point.x` is missing"),
        (json!({ "x": 0, "label": "" }), "`$.point.label` must have 1 to 3 characters"),
        (json!({ "x": 0, CANARY: 0 }), "`$.point` must have no other fields than `x`, `label`"),
        (json!([0]), "`$.point` must be an object"),
    ] {
        scene.refuses("point", demand, [value]).await;
    }
    scene.accepts("wrapped", [json!(1), json!(5)]).await;
    scene.refuses("wrapped", "must be from 1 to 5", [json!(0), json!(6)]).await;
}

#[tokio::test]
async fn variants_are_told_apart_by_their_tag() {
    let scene = scene();
    scene
        .accepts(
            "shape",
            [
                json!({ "kind": "circle", "radius": 255 }),
                json!({ "kind": "square", "side": 0, "color": "red" }),
            ],
        )
        .await;
    for (value, demand) in [
        (json!({ "radius": 1 }), "`$.shape.kind` is missing"),
        (
            json!({ "kind": CANARY, "radius": 1 }),
            "`$.shape.kind` must be one of `circle`, `square`",
        ),
        (json!({ "kind": "circle", "radius": 256 }), "`$.shape.radius` must be from 0 to 255"),
        (
            json!({ "kind": "square", "side": 1, "color": CANARY }),
            "`$.shape.color` must be one of `red`, `dark_green`",
        ),
        (json!("circle"), "`$.shape` must be an object"),
    ] {
        scene.refuses("shape", demand, [value]).await;
    }
    let of_another = json!({ "shape": { "kind": "circle", "radius": 1, "side": CANARY } });
    let violations = scene.violations("take", of_another).await;
    assert_eq!(violations.len(), 1);
    assert!(
        violations[0].starts_with("`$.shape` must have no other fields than "),
        "{violations:?}"
    );
    assert!(
        violations[0].contains("`radius`") && !violations[0].contains("side"),
        "{violations:?}"
    );
}

#[tokio::test]
async fn the_form_of_a_text_is_checked() {
    let scene = scene();
    scene.accepts("email", [json!("ada@example.org")]).await;
    scene
        .refuses(
            "email",
            "must be an e-mail address",
            [json!("ada"), json!("@"), json!(""), json!("a b@c.de")],
        )
        .await;
    scene.accepts("homepage", [json!("https://example.org/a?b=c")]).await;
    scene
        .refuses("homepage", "must be a URL", [json!("example.org"), json!(""), json!("//a")])
        .await;
    scene.accepts("ip", [json!("192.0.2.1"), json!("2001:db8::1")]).await;
    scene
        .refuses(
            "ip",
            "must be an IP address",
            [json!("192.0.2.256"), json!("localhost"), json!("1")],
        )
        .await;
    scene.accepts("parts", [json!("xabx")]).await;
    scene.refuses("parts", "must contain `ab`", [json!(""), json!("ba")]).await;
    scene.refuses("parts", "must not contain `cd`", [json!("abcd")]).await;
    scene.accepts("line", [json!("one"), json!("")]).await;
    scene
        .refuses(
            "line",
            "must not contain control characters",
            [json!("a\nb"), json!("\u{1b}[0m"), json!("\u{85}")],
        )
        .await;
    scene.accepts("word", [json!("word")]).await;
    scene
        .refuses(
            "word",
            "must match `^[a-z]+$`",
            [json!("Word"), json!(""), json!("a b"), json!("word\n")],
        )
        .await;
    // The length is checked before the form.
    scene
        .refuses(
            "word",
            "must have at most 50 characters",
            [json!("A".repeat(51)), json!("A".repeat(1 << 20))],
        )
        .await;
}

#[tokio::test]
async fn checks_of_the_author_tell_their_name_only() {
    let scene = scene();
    let arguments = |checked: u8| json!({ "text": "abc", "small": 1, "checked": checked });
    assert_eq!(scene.violations("need", arguments(8)).await, [""; 0]);
    assert_eq!(
        scene.violations("need", arguments(7)).await,
        ["`$.checked` must pass the check `even`"]
    );
    assert_eq!(
        scene.violations("need", arguments(12)).await,
        ["`$.checked` must pass the check `below_ten`"]
    );
}

#[tokio::test]
async fn null_is_a_value_for_what_may_be_left_out_only() {
    let scene = scene();
    scene.accepts("text", [Value::Null]).await;
    let violations =
        scene.violations("need", json!({ "text": null, "small": null, "checked": null })).await;
    assert_eq!(
        violations,
        [
            "`$.text` must be text",
            "`$.small` must be a whole number",
            "`$.checked` must be a whole number"
        ]
    );
}

#[tokio::test]
async fn all_violations_are_told_at_once() {
    let scene = scene();
    let arguments = json!({
        "text": CANARY, "small": 300, "number": 8, "color": CANARY, "unknown": CANARY,
        "point": { "x": 99, "label": CANARY },
    });
    assert_eq!(
        scene.violations("take", arguments).await,
        [
            "`$.text` must have 2 to 5 characters",
            "`$.small` must be from 0 to 255",
            "`$.number` must be from -3 to 7",
            "`$.color` must be one of `red`, `dark_green`",
            "`$.point.x` must be from -10 to 10",
            "`$.point.label` must have 1 to 3 characters",
        ]
        .map(String::from)
        .into_iter()
        .chain(scene.violations("take", json!({ "unknown": 1 })).await)
        .collect::<Vec<_>>()
    );
    assert_eq!(
        scene.violations("need", json!({})).await,
        ["`$.text` is missing", "`$.small` is missing", "`$.checked` is missing"]
    );
}

#[tokio::test]
async fn very_many_violations_are_cut_short() {
    let scene = scene();
    let violations = scene.violations("many", json!({ "list": vec![CANARY; 10_000] })).await;
    assert_eq!(violations.len(), 11);
    assert_eq!(violations[0], "`$.list[0]` must be a whole number");
    assert_eq!(violations[10], "and more");
    let record = scene.guarded.record().await;
    assert!(record.cause.unwrap().len() < 1000);
}

#[tokio::test]
async fn unknown_arguments_are_refused_and_not_named() {
    let scene = scene();
    assert_eq!(scene.violations("nothing", json!({})).await, [""; 0]);
    assert_eq!(scene.violations("nothing", Value::Null).await, [""; 0]);
    assert_eq!(scene.violations("nothing", json!({ CANARY: 1 })).await, ["`$` must be empty"]);
    let violations = scene
        .violations(
            "need",
            json!({ "text": "abc", "small": 1, "checked": 2, CANARY: 1, "Text": "abc" }),
        )
        .await;
    assert_eq!(violations, ["`$` must have no other fields than `text`, `small`, `checked`"]);
}

#[tokio::test]
async fn huge_inputs_are_refused_briefly() {
    let scene = scene();
    let mut deep = json!(CANARY);
    for _ in 0..100 {
        deep = json!({ "x": [deep] });
    }
    let huge_map: Value = (0..100_000)
        .map(|n| (format!("{CANARY}{n}"), json!(n)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    for value in [json!(CANARY.repeat(1 << 19)), json!(vec![CANARY; 500_000]), huge_map, deep] {
        for field in ["text", "number", "list", "map", "point", "shape", "color", "set", CANARY] {
            let violations = scene.violations("take", json!({ field: value })).await;
            assert!((1..=2).contains(&violations.len()), "{field}: {violations:?}");
            assert!(violations.concat().len() < 500, "{field}: {violations:?}");
        }
    }
}

#[tokio::test]
async fn the_record_has_the_shape_and_the_rules_but_no_value() {
    let scene = scene();
    let result = scene
        .guarded
        .call(&somebody("ada"), "take", json!({ "text": CANARY, "list": [1, 2], CANARY: CANARY }))
        .await;
    assert_eq!(code(&result).as_deref(), Some("invalid_input"));
    let record = scene.guarded.record().await;
    assert_eq!((record.outcome, record.reason), (Outcome::Refused, "invalid_input"));
    let cause = record.cause.as_deref().unwrap();
    assert_eq!(cause, "$.text length, $ unknown");
    let shape = record.arguments.to_string();
    assert!(shape.contains("text=string(13)") && shape.contains("list=array(2)"), "{shape}");
    assert!(!format!("{record:?}").contains(CANARY), "{record:?}");
}

#[tokio::test]
async fn what_is_advertised_is_what_is_enforced() {
    let scene = scene();
    let schema =
        Value::Object((*scene.guarded.tools.get_tool("take").unwrap().input_schema).clone());
    assert_eq!(schema["additionalProperties"], false);
    let property = |name: &str| {
        let property = schema["properties"][name].clone();
        // Optional ones are `anyOf` themselves and null.
        property["anyOf"].get(0).cloned().unwrap_or(property)
    };
    for (name, key, expected) in [
        ("text", "minLength", json!(2)),
        ("text", "maxLength", json!(5)),
        ("bounded_text", "maxLength", json!(5)),
        ("number", "minimum", json!(-3)),
        ("number", "maximum", json!(7)),
        ("bounded_number", "maximum", json!(7)),
        ("small", "maximum", json!(255)),
        ("fraction", "maximum", json!(1.5)),
        ("list", "minItems", json!(1)),
        ("list", "maxItems", json!(3)),
        ("bounded_list", "maxItems", json!(3)),
        ("three", "minItems", json!(3)),
        ("set", "uniqueItems", json!(true)),
        ("map", "maxProperties", json!(2)),
        ("color", "enum", json!(["red", "dark_green"])),
        ("point", "additionalProperties", json!(false)),
        ("email", "format", json!("email")),
        ("homepage", "format", json!("uri")),
        ("word", "pattern", json!("^[a-z]+$")),
    ] {
        assert_eq!(property(name)[key], expected, "{name}: {}", property(name));
    }
    assert_eq!(property("bounded_list")["items"]["maxLength"], 2);
    assert_eq!(property("map")["propertyNames"]["maxLength"], 2);
    assert_eq!(property("map")["additionalProperties"]["maximum"], 9);
    assert_eq!(property("point")["properties"]["x"]["minimum"], -10);
    let empty = scene.guarded.tools.get_tool("nothing").unwrap().input_schema;
    assert_eq!(
        Value::Object((*empty).clone()),
        json!({ "type": "object", "additionalProperties": false })
    );
}
