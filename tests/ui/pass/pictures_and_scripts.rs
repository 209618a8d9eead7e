//! Joiners and selectors where emoji and scripts need them.

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::{secure_input, secure_tool};

/// Counts families 👨‍👩‍👧‍👦, hearts ❤️‍🔥, flags 🏳️‍🌈 🇪🇺, hands 👍🏿 and keys 1️⃣. ©︎ and ☂︎ are signs.
#[secure_tool(scope = "a", effect = read, title = "Emoji 👩‍💻")]
async fn emoji(
    /// می‌خواهم کتاب‌ها را ببینم.
    persian: Text<1, 9>,
    /// क्‍ष और ක්‍ෂ.
    indic: Text<1, 9>,
) {
    let _ = (persian, indic);
}

#[secure_input]
pub enum Mood {
    /// Froh 😀
    #[name = "👍🏽"]
    Good,
    /// Traurig 🙁
    Bad,
}

fn main() {}
