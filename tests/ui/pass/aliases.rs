//! Types are recognised by what they are, not by how they are spelled.

use std::collections::{BTreeMap, BTreeSet};

use secure_tool_runtime::{Caller, Context, FreeTool, List, Text, secure_output, secure_tool};

type Title = Text<1, 20>;
type Titles = List<Title, 0, 5>;
type Free = String;
type Who = Caller;
type Answer<T> = Result<T, Failure>;
type Optional<T> = Option<T>;
type Labels = BTreeMap<Title, Optional<Title>>;

const MOST: usize = 40;
const LEAST: i64 = -5;

pub struct Failure;

#[secure_output]
pub struct Done {
    titles: Vec<Text<1, 20>>,
}

/// Uses aliases everywhere.
#[secure_tool(scope = "a", effect = read)]
async fn aliased(
    who: &Who,
    context: &Context,
    /// A title.
    title: Title,
    /// Titles.
    titles: Titles,
    /// Text that is bounded here.
    #[validate(length(max = MOST))]
    free: Free,
    /// Labels.
    #[validate(length(max = 3))]
    labels: Labels,
    /// A number.
    #[validate(range(min = LEAST, max = MOST))]
    number: Optional<i64>,
    /// Text that may be missing.
    #[validate(length(min = 2, max = MOST + 2), email)]
    mut missing: Optional<Free>,
    /// Different titles.
    #[validate(length(max = 5))]
    different: BTreeSet<Title>,
    /// Exactly three.
    three: [Title; 3],
) -> Answer<Done> {
    missing.take();
    let _ = (who, context, title, free, labels, number, missing, different, three);
    Ok(Done { titles: titles.into_vec() })
}

fn main() {
    assert_eq!(aliased::TOOL.name, "aliased");
}
