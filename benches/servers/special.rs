//! Tools that show what a note does not: results of no size, long texts, a limit that is reached.

use secure_tool_runtime::prelude::*;

use crate::ours::{Note, Priority};

pub(crate) struct Special;

#[secure_tools]
impl Special {
    /// Take three fields and return nothing: the guards without a result worth the name.
    #[secure_tool(scope = "notes:write", effect = write, rate = "1000000/s", burst = 10000)]
    async fn take(
        &self,
        /// Title shown in lists.
        #[validate(length(min = 1, max = 200))]
        title: String,
        /// How many to make.
        #[validate(range(min = 1, max = 100))]
        copies: u32,
        /// How soon it matters.
        priority: Priority,
    ) {
        std::hint::black_box((title, copies, priority));
    }

    /// Take a text of any length that is allowed at all.
    #[secure_tool(scope = "notes:write", effect = write, rate = "1000000/s", burst = 10000)]
    async fn take_much(
        &self,
        /// A long text.
        #[validate(length(max = 1048576))]
        title: String,
        /// How many to make.
        #[validate(range(min = 1, max = 100))]
        copies: u32,
        /// How soon it matters.
        priority: Priority,
    ) {
        std::hint::black_box((title, copies, priority));
    }

    /// Add a note, once a day.
    #[secure_tool(scope = "notes:write", effect = write, rate = "1/day")]
    async fn seldom(
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
}
