//! (c) the same tools with our attributes.

use secure_tool_runtime::GuardedTools;
use secure_tool_runtime::audit::Audit;
use secure_tool_runtime::prelude::*;

use crate::tools::{SCOPE, sizes};

/// How soon it matters.
#[secure_input]
#[derive(Clone, Copy)]
pub(crate) enum Priority {
    /// Some day.
    Low,
    /// This week.
    Normal,
    /// Today.
    High,
}

/// A note.
#[secure_output]
pub(crate) struct Note {
    /// Its number.
    pub(crate) id: u64,
    /// Its title.
    pub(crate) title: String,
}

macro_rules! make {
    ($size:ident: $($tool:ident)*) => {
        pub(crate) mod $size {
            use secure_tool_runtime::{ToolSet, secure_tools};

            use super::{Note, Priority};

            struct Tools;

            #[secure_tools]
            impl Tools {
                $(
                    /// Add a note.
                    #[secure_tool(scope = "notes:write", effect = write, rate = "1000000/s", burst = 10000)]
                    async fn $tool(
                        &self,
                        /// Title shown in lists.
                        #[validate(length(min = 1, max = 200))]
                        title: String,
                        /// How many to make.
                        #[validate(range(min = 1, max = 100))]
                        copies: u32,
                        /// How soon it matters.
                        priority: Priority,
                    ) -> Note {
                        Note { id: u64::from(copies) + priority as u64, title }
                    }
                )*
            }

            pub(crate) fn tools() -> ToolSet {
                ToolSet::new(Tools)
            }
        }
    };
}

sizes!(make);

/// Tools under guard.
pub(crate) fn guarded(tools: impl Into<ToolSet>, audit: Audit) -> GuardedTools {
    let server = Server::new(tools).audit(audit).rate_capacity(1 << 17);
    server.embed().expect("there is randomness")
}

/// A caller who may call.
pub(crate) fn caller(name: &str) -> Caller {
    let caller = Caller::new(name).and_then(|caller| caller.with_scopes([SCOPE]));
    caller.expect("the names are valid")
}

/// A caller who may call nothing.
pub(crate) fn stranger(name: &str) -> Caller {
    Caller::new(name).expect("the name is valid")
}
