//! Ends that are no numbers, or beyond all of them.
#![allow(unused)]

use secure_tool_runtime::secure_tool;

const NONE: f64 = f64::NAN;

/// Does something.
#[secure_tool(scope = "notes:read", effect = read)]
async fn tool(
    /// A number.
    #[validate(range(min = f64::NAN, max = 1.0))]
    one: f64,
    /// A number.
    #[validate(range(min = 0.0, max = NONE))]
    other: f64,
    /// A number.
    #[validate(range(min = 0.0, max = f64::INFINITY))]
    above: f64,
    /// A number.
    #[validate(range(min = f64::NEG_INFINITY, max = 0.0))]
    below: f64,
) {}

fn main() {}
