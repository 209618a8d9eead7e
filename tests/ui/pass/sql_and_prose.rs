//! Statements that are the same in every call, and prose that begins like one.

use secure_tool_runtime::prelude::*;

const COLUMNS: &str = "id, title";

/// How to sort.
#[secure_input]
#[derive(Clone, Copy)]
pub enum Sort {
    Title,
    Age,
}

/// Says and asks a lot.
#[secure_tool(scope = "a", effect = read)]
async fn tool(
    /// From the client.
    title: Text<1, 200>,
    /// From the client.
    sort: Sort,
) -> String {
    let query = sqlx::query::<sqlx::Sqlite>("SELECT * FROM notes WHERE title = ?").bind(&*title);
    drop(query);
    let mut all = format!("SELECT {COLUMNS} FROM notes");
    all.push_str(" WHERE title = ?");
    all.push_str(match sort {
        Sort::Title => " ORDER BY title",
        Sort::Age => " ORDER BY id",
    });
    let both = concat!("SELECT id FROM notes", " WHERE title = ?");
    let counted = "SELECT id FROM notes".to_owned() + " LIMIT 3";
    let prose = [
        format!("Select a note from {title}."),
        format!("select a note from {title}"),
        format!("Update of {title}"),
        format!("Delete from {title}?"),
        format!("with {title} as the title"),
        format!("{title} is not SELECT * FROM notes"),
    ];
    [all, both.to_owned(), counted, prose.concat()].concat()
}

fn main() {
    let _ = tools![tool];
}
