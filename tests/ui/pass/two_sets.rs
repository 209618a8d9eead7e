//! Sets of tools do not get into each other's way: in one module, in nested ones, in functions.

use secure_tool_runtime::{ToolSet, secure_tools};

pub struct Notes;
pub struct Users;

#[secure_tools]
impl Notes {
    /// Lists notes.
    #[secure_tool(scope = "notes", effect = read)]
    async fn list_notes(
        &self,
        /// How many.
        limit: u8,
    ) -> u8 {
        limit
    }
}

#[secure_tools]
impl Users {
    /// Lists users.
    #[secure_tool(scope = "users", effect = read)]
    async fn list_users(
        &self,
        /// How many.
        limit: u8,
    ) -> u8 {
        limit
    }
}

pub mod nested {
    pub mod deeply {
        use secure_tool_runtime::{secure_tool, secure_tools};

        pub struct Groups;

        #[secure_tools]
        impl Groups {
            /// Lists groups.
            #[secure_tool(scope = "groups", effect = read)]
            pub(in crate::nested) async fn list_groups(&self) {}
        }

        #[secure_tools]
        impl super::Others {
            /// Lists others.
            #[secure_tool(scope = "others", effect = read, name = "list-others")]
            pub(super) async fn list(&self) {}
        }

        /// Is nested.
        #[secure_tool(scope = "groups", effect = read)]
        pub async fn free() {}
    }

    pub struct Others;
}

fn in_a_function() -> ToolSet {
    struct Local;

    #[secure_tools]
    impl Local {
        /// Is local.
        #[secure_tool(scope = "local", effect = read)]
        async fn local(&self) {}
    }

    ToolSet::new(Local)
}

fn main() {
    use nested::deeply::free;
    let set = ToolSet::new(Notes)
        .and(Users)
        .and(nested::deeply::Groups)
        .and(nested::Others)
        .and(in_a_function())
        .and(secure_tool_runtime::tools![free]);
    let names = ["free", "list-others", "list_groups", "list_notes", "list_users", "local"];
    assert_eq!(set.names().collect::<Vec<_>>(), names);
}
