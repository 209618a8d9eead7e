//! Who calls is for the server to know.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

/// Read a note.
#[secure_tool(scope = "a", effect = read)]
async fn read(
    /// Whose.
    user_id: Text<1, 100>,
    /// Its owner.
    #[validate(range(min = 1, max = 1000))]
    owner: u64,
    /// As what.
    is_admin: bool,
    /// For whom.
    tenant: Text<1, 100>,
) {
}

fn main() {}
