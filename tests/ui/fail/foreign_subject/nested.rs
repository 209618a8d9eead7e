//! In a nested input, in a variant, in an option, in a map.
#![allow(unused)]
use std::collections::HashMap;

use secure_tool_runtime::prelude::*;

#[secure_input]
struct Share {
    /// With whom.
    with: Subject,
}

/// Share the notebook.
#[secure_tool(scope = "notes:share", effect = write)]
async fn share(
    /// How.
    share: Share,
) {
}

#[secure_input]
struct Whom(Share);

/// Share it again.
#[secure_tool(scope = "notes:share", effect = write)]
async fn share_again(
    /// With whom.
    whom: Whom,
) {
}

#[secure_input(tag = "kind")]
enum Target {
    Everybody,
    One {
        /// Whom.
        whom: Option<Subject>,
    },
}

/// Greet somebody.
#[secure_tool(public = "greetings are free", effect = write)]
async fn greet(
    /// Whom.
    target: Target,
) {
}

/// Pay out.
#[secure_tool(scope = "pay", effect = write)]
async fn pay(
    /// To whom how much.
    #[validate(length(max = 10))]
    shares: HashMap<Subject, u16>,
) {
}

fn main() {}
