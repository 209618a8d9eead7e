//! Names of tools that are taken for each other, where sets are joined.

use secure_tool_runtime::{secure_tool, tools};

/// Lists.
#[secure_tool(scope = "a", effect = read)]
async fn list_l() {}

/// Lists, too.
#[secure_tool(scope = "a", effect = read)]
async fn list_1() {}

/// Lists something else.
#[secure_tool(scope = "a", effect = read)]
async fn list_2() {}

#[test]
fn sets_with_names_that_differ_are_joined() {
    let set = tools![list_l].and(tools![list_2]);
    assert_eq!(set.names().collect::<Vec<_>>(), ["list_2", "list_l"]);
}

#[test]
#[should_panic(expected = "the names `list_l` and `list_1` are alike")]
fn sets_with_names_that_are_alike_are_not() {
    let _ = tools![list_l].and(tools![list_1]);
}

#[test]
#[should_panic(expected = "two tools have the name `list_l`")]
fn sets_with_the_same_name_are_not() {
    let _ = tools![list_l].and(tools![list_l]);
}

/// One crate cannot use the other's function, so both have the file.
#[test]
fn both_crates_mean_the_same_by_alike() {
    let of_macros = include_str!("../secure-tool-macros/src/lints/alike.rs");
    let of_runtime = include_str!("../secure-tool-runtime/src/alike.rs");
    assert!(of_macros == of_runtime, "copy one over the other");
}
