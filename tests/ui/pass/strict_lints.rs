//! A crate that denies everything is not told off for what is generated.
#![deny(
    warnings, missing_docs, unreachable_pub, unused_qualifications, unused_lifetimes, single_use_lifetimes,
    trivial_casts, trivial_numeric_casts, unused_results, let_underscore_drop, missing_debug_implementations,
    non_ascii_idents, unused_import_braces, rust_2018_idioms, future_incompatible
)]
#![forbid(unsafe_code)]

use secure_tool_runtime::prelude::*;

/// How to sort.
#[secure_input]
#[derive(Debug)]
enum Order {
    Title,
    Date,
}

/// A note.
#[secure_output]
#[derive(Debug)]
struct Note {
    title: String,
}

/// What may go wrong.
#[public_error]
enum Problem {
    /// No notes.
    #[public("There are no notes.")]
    Empty,
}

/// List notes.
#[secure_tool(scope = "a", effect = read)]
async fn list(
    caller: &Caller,
    /// In which order.
    order: Order,
    /// How many.
    #[validate(range(min = 1, max = 10))]
    limit: u32,
) -> Result<Vec<Note>, Problem> {
    let title = format!("{order:?} {}", caller.subject());
    match order {
        Order::Title if limit > 1 => Ok(vec![Note { title }]),
        Order::Title | Order::Date => Err(Problem::Empty),
    }
}

fn main() {
    drop(tools![list]);
}
