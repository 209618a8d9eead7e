//! Bounds at their ceilings, bounds of one value, and bounds that are constants.
use secure_tool_runtime::prelude::*;

const LEAST: i64 = -(1 << 53);
const MOST: u64 = 1 << 53;

#[secure_input]
struct Extremes {
    /// As long as text may be.
    long: Text<0, 1_048_576>,
    /// As many as there may be.
    many: List<bool, 0, 10_000>,
    /// As many entries as there may be.
    entries: Map<Text<0, 9>, bool, 0, 10_000>,
    /// As far as JSON goes.
    wide: Int<LEAST, { 1 << 53 }>,
    /// The same, declared.
    #[validate(range(min = 0, max = MOST))]
    declared: u64,
    /// One value only.
    #[validate(range(min = 7, max = 7))]
    seven: i32,
    /// Nothing but empty.
    #[validate(length(equal = 0))]
    empty: String,
    /// Below nothing.
    #[validate(range(min = -1.5, max = -0.5))]
    negative: f32,
    /// A fixed number.
    fixed: [u8; 3],
}

/// Take them all.
#[secure_tool(scope = "a", effect = read)]
async fn take(
    /// The extremes.
    extremes: Extremes,
) -> bool {
    let Extremes { long, many, entries, wide, declared, seven, empty, negative, fixed } = extremes;
    let sum = wide.get() as f64 + declared as f64 + f64::from(seven) + f64::from(negative);
    long.is_empty() && many.is_empty() && entries.is_empty() && empty.is_empty() && sum < 0.0 && fixed[0] == 0
}

fn main() {
    let _ = tools![take];
}
