//! Each rule about bodies that can be lifted, lifted for a reason.

use secure_tool_runtime::prelude::*;

/// Counts lines.
#[secure_tool(
    scope = "a",
    effect = read,
    allow(process, reason = "`wc` counts a file that callers do not name"),
    allow(file_system, reason = "the file is always the same"),
    allow(environment, reason = "the time zone may change while the server runs"),
    allow(standard_output, reason = "this server speaks HTTP only"),
)]
async fn count() -> usize {
    println!("counting");
    let zone = std::env::var("TZ").unwrap_or_default();
    let output = std::process::Command::new("wc").arg("/usr/share/dict/words").output();
    let words = std::fs::read("/usr/share/dict/words").unwrap_or_default();
    zone.len() + output.map_or(0, |output| output.stdout.len()) + words.len()
}

/// Counts rows.
#[secure_tool(
    scope = "a",
    effect = read,
    allow(sql_text, reason = "the table comes from a list of two"),
    allow(leaked_memory, reason = "twice in the life of the server"),
    allow(unwrap, reason = "the bound on the text makes it a number"),
)]
async fn rows(
    /// From the client.
    #[validate(length(min = 1, max = 3), contains(pattern = "1"))]
    number: String,
) -> String {
    let table: &'static str = String::from("notes").leak();
    let number: u16 = number.parse().unwrap();
    format!("SELECT count(*) FROM {table} WHERE id = {number}")
}

fn main() {
    let _ = tools![count, rows];
}
