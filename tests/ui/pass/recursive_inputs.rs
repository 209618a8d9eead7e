//! Types that contain themselves and each other.
use secure_tool_runtime::prelude::*;

#[secure_input]
struct Folder {
    /// Its name.
    name: Text<1, 100>,
    /// What is in it.
    items: List<Item, 0, 10>,
}

#[secure_input(tag = "kind")]
enum Item {
    Note {
        /// Its text.
        text: Text<1, 100>,
    },
    Nested {
        /// The inner one.
        inner: Option<Box<Folder>>,
    },
}

#[secure_input]
struct Tree(List<Tree, 0, 10>);

/// Store a folder.
#[secure_tool(scope = "a", effect = write)]
async fn store(
    /// Which.
    folder: Folder,
    /// And its shape.
    tree: Tree,
) {
    let _ = (folder.name, folder.items, tree.0);
}

fn main() {
    let _ = tools![store];
}
