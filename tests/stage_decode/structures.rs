//! Collections, choices and objects.

use serde_json::json;

use super::scene;
use crate::support::CANARY;

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

    scene.accepts("bounded_map", [json!({ "a": 0 }), json!({ "a": 0, "bb": 255 })]).await;
    let wrong = [json!({}), json!({ "a": 0, "b": 0, "c": 0 })];
    scene.refuses("bounded_map", "must have 1 to 2 entries", wrong).await;
    let demand = "`$.bounded_map[entry 1]` must be from 0 to 255";
    scene.refuses("bounded_map", demand, [json!({ "a": 0, "b": 256 })]).await;
    let demand = "`$.bounded_map[entry 0]` must have 1 to 2 characters";
    scene.refuses("bounded_map", demand, [json!({ CANARY: 1 }), json!({ "": 1 })]).await;
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
