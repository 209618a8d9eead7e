//! Questions to the person behind the client, with values at any depth.
use secure_tool_runtime::prelude::*;

#[secure_input]
struct Place {
    /// Which book.
    book: Text<1, 20>,
    /// Which page.
    page: Int<1, 900>,
}

#[secure_input]
struct Number(#[validate(range(min = 0, max = 9))] i64);

struct Notes;

#[secure_tools]
impl Notes {
    /// Tear out a page.
    #[secure_tool(
        scope = "notes:write", effect = destructive,
        confirm = "Tear page {place.page} out of “{place.book}”, {r#type} of {number.0} {{for good}}?"
    )]
    async fn tear(
        &self,
        /// Where.
        place: Place,
        /// Of what kind.
        r#type: char,
        /// How many.
        number: Number,
    ) {
        let _ = (place, r#type, number);
    }

    /// Burn them all.
    #[secure_tool(role = "admin", effect = destructive, confirm = "Burn all notes?")]
    async fn burn(&self) {}
}

fn main() {
    let _ = Server::new(Notes);
}
