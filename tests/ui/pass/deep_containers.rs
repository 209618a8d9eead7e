//! Bounds in bounds in bounds, through aliases.
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use secure_tool_runtime::prelude::*;

type Word = Text<1, 20>;
type Words = List<Word, 0, 5>;
type Index = BTreeMap<Word, Words>;

/// Index a text.
#[secure_tool(scope = "a", effect = read)]
async fn index(
    /// By word.
    #[validate(length(max = 10))]
    index: Option<Index>,
    /// Each once.
    #[validate(length(max = 10))]
    unique: BTreeSet<Word>,
    /// Each once, in any order.
    #[validate(length(max = 10))]
    some: HashSet<Int<0, 9>>,
    /// Counted.
    #[validate(length(max = 10))]
    counts: HashMap<Word, u16>,
    /// A table.
    table: List<List<Option<Word>, 0, 3>, 0, 3>,
    /// Tables by name.
    tables: Map<Word, List<Map<Word, u16, 0, 3>, 0, 3>, 1, 3>,
    /// In a box.
    boxed: Box<Words>,
) -> u32 {
    let _ = (index, unique, some, counts, tables, boxed);
    table.len() as u32
}

fn main() {
    let _ = tools![index];
}
