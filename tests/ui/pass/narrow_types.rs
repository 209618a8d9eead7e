//! Types that are bounded by themselves need no word about it.
use secure_tool_runtime::prelude::*;

/// Set a colour.
#[secure_tool(scope = "a", effect = write)]
async fn paint(
    /// Red.
    red: u8,
    /// Brightness.
    brightness: i16,
    /// In which letter.
    letter: char,
    /// At once.
    now: bool,
    /// The others.
    others: Option<[u16; 2]>,
) -> String {
    format!("{red} {brightness} {letter} {now} {others:?}")
}

fn main() {
    let _ = tools![paint];
}
