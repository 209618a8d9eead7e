//! Policies: methods and functions, with or without errors, of the caller or the whole context.

use secure_tool_runtime::{Caller, Context, Decision, FreeTool, SecureTools, secure_tool, secure_tools};

pub struct Notes {
    closed: bool,
}

#[secure_tools]
impl Notes {
    /// Edits.
    #[secure_tool(policy = Self::may_edit, effect = write)]
    async fn edit(
        &self,
        /// Which.
        id: u8,
    ) {
        let _ = id;
    }

    /// Reads.
    #[secure_tool(policy = policies::may_read, role = "reader", effect = read)]
    async fn read(&self) {}

    async fn may_edit(&self, caller: &Caller, input: &EditInput) -> Result<Decision, std::io::Error> {
        let Self { closed } = self;
        Ok(Decision::allow_if(!closed && caller.has_scope("edit") && input.id > 0))
    }
}

/// Is free.
#[secure_tool(policy = crate::policies::may_free, effect = read)]
async fn free(
    /// Which.
    id: u8,
) {
    let _ = id;
}

mod policies {
    use super::*;

    pub async fn may_read(context: &Context, _: &ReadInput) -> Decision {
        Decision::allow_if(context.caller().has_role("reader"))
    }

    pub async fn may_free(_: &Caller, input: &FreeInput) -> Decision {
        std::future::ready(Decision::allow_if(input.id > 3)).await
    }
}

fn main() {
    let policies = Notes::TOOLS.iter().map(|tool| tool.policy.authorization.policy);
    let names = [Some("Notes::may_edit"), Some("policies::may_read")];
    assert_eq!(policies.collect::<Vec<_>>(), names);
    assert_eq!(free::TOOL.policy.authorization.policy, Some("crate::policies::may_free"));
}
