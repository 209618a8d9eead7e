//! Somebody else as input, for those who may.
use secure_tool_runtime::prelude::*;

#[secure_input]
struct Share {
    /// With whom.
    user: Subject,
    /// And with them.
    others: List<Subject, 0, 10>,
}

/// Share a notebook.
#[secure_tool(role = "admin", scope = "notes:share", effect = write)]
async fn share(
    /// Whose.
    owner: Subject,
    /// With whom.
    shares: List<Share, 1, 10>,
) -> u16 {
    let _ = owner;
    shares.iter().map(|share| 1 + share.others.len() as u16).sum()
}

/// Greet somebody.
#[secure_tool(policy = may_greet, effect = write)]
async fn greet(
    /// Whom.
    user_id: Option<Subject>,
) {
    let _ = user_id;
}

async fn may_greet(caller: &Caller, input: &GreetInput) -> Decision {
    Decision::allow_if(input.user_id.as_ref() != Some(caller.subject()))
}

fn main() {
    let _ = tools![share, greet];
}
