//! Texts and numbers.

use serde_json::{Value, json};

use super::scene;

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
