//! Words of several scripts, where nobody is deceived.

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::{secure_output, secure_tool};

/// 日本語のAPIでTシャツとカタカナを検索する。中文API、API를 호출、ใช้APIนี้。
#[secure_tool(scope = "a", effect = read, title = "検索")]
async fn search(
    /// Слово или несколько слов; IP-адрес, API-ключ и PDF'ы тоже.
    words: Text<1, 9>,
    /// Μια λέξη, in Greek; מילה, in Hebrew; كلمة, in Arabic; straße, naïve, Ł, ø.
    others: Text<1, 9>,
) -> Found {
    let _ = (words, others);
    Found { anzahl: 1 }
}

#[secure_output]
pub struct Found {
    /// Wie viele – „über“ alle…
    anzahl: u8,
}

fn main() {}
