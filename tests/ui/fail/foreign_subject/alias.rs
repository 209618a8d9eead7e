//! In a method, under an alias, in a list.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

type Member = Subject;

struct Groups;

#[secure_tools]
impl Groups {
    /// Remove members.
    #[secure_tool(scope = "groups:write", effect = destructive)]
    async fn remove(
        &self,
        /// Whom.
        members: List<Member, 1, 10>,
    ) {
    }
}

fn main() {}
