//! Decisions that need the input.

use secure_tool_runtime::prelude::*;

use super::RemindMeInput;

/// Where the users of this notebook have their mail.
const MAIL_DOMAIN: &str = "example.org";

/// Mail goes to callers themselves: a tool that writes to others is a tool for spam.
pub(crate) async fn own_mailbox(caller: &Caller, input: &RemindMeInput) -> Decision {
    let mailbox = format!("{}@{MAIL_DOMAIN}", caller.subject());
    Decision::allow_if(input.reminder.email.eq_ignore_ascii_case(&mailbox))
}
