//! Words that only look like secrets, sinks or identities.
use secure_tool_runtime::prelude::*;

#[secure_input]
enum Script {
    Latin,
    Greek,
}

#[secure_input]
struct Anatomy {
    /// Of which part.
    pathology: Text<1, 100>,
    /// How many characters its file name has.
    filename_length: u8,
    /// How its text is taken apart.
    tokenizer: Text<1, 20>,
    /// How many tokens there may be.
    max_tokens: u16,
    /// Where the last page ended.
    next_page_token: Option<Text<1, 200>>,
    /// In which script.
    script: Script,
    /// Whether it is protected.
    secret: bool,
    /// Whether to tell the user.
    notify_user: bool,
    /// What it is about.
    subject: Text<1, 100>,
    /// Who speaks.
    message_role: Text<1, 20>,
    /// What it is shared as.
    public_key: Text<1, 100>,
}

/// Find profiles.
#[secure_tool(scope = "a", effect = read)]
async fn find(
    /// Which.
    profile: Text<1, 100>,
    /// Ownership of what.
    ownership: Text<1, 100>,
    /// What to look for.
    keyword: Text<1, 100>,
    /// In which part.
    anatomy: Anatomy,
) -> bool {
    let _ = (profile, ownership, keyword);
    anatomy.secret && anatomy.notify_user
}

fn main() {
    let _ = tools![find];
}
